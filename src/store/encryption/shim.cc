// Puts a cipher of Rust under RocksDB's own encrypting file system, which its C
// interface does not pass on. Knows no key and no cipher itself.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "rocksdb/env.h"
#include "rocksdb/env_encryption.h"
#include "rocksdb/file_system.h"

namespace rocks = ROCKSDB_NAMESPACE;

// As RocksDB's db/c.cc has it, whose `rocksdb_env_destroy` frees it.
struct rocksdb_env_t {
  rocks::Env* rep;
  bool is_default;
};

extern "C" {
// The fields of `Calls` in env.rs.
struct einklang_calls {
  size_t prefix_bytes;
  bool (*make_prefix)(const void* key, char* prefix, size_t length);
  uint8_t (*open_file)(const void* key, const char* prefix, size_t length, void** file);
  bool (*encrypt)(const void* file, uint64_t offset, char* data, size_t length);
  bool (*decrypt)(const void* file, uint64_t offset, char* data, size_t length);
  void (*close_file)(void* file);
  void (*drop_key)(void* key);
};
}

namespace {

class FileStream final : public rocks::BlockAccessCipherStream {
 public:
  FileStream(void* file, const einklang_calls* calls) : file_(file), calls_(calls) {}
  ~FileStream() override { calls_->close_file(file_); }

  size_t BlockSize() override { return 1; }

  rocks::Status Encrypt(uint64_t offset, char* data, size_t length) override {
    if (length == 0 || calls_->encrypt(file_, offset, data, length)) {
      return rocks::Status::OK();
    }
    return rocks::Status::IOError("cannot encrypt");
  }

  rocks::Status Decrypt(uint64_t offset, char* data, size_t length) override {
    if (length == 0 || calls_->decrypt(file_, offset, data, length)) {
      return rocks::Status::OK();
    }
    return rocks::Status::IOError("cannot decrypt");
  }

 protected:
  // Whole stretches are handed on above, so that no block ever comes here.
  void AllocateScratch(std::string&) override {}
  rocks::Status EncryptBlock(uint64_t, char*, char*) override { return rocks::Status::NotSupported(); }
  rocks::Status DecryptBlock(uint64_t, char*, char*) override { return rocks::Status::NotSupported(); }

 private:
  void* file_;
  const einklang_calls* calls_;
};

class Provider final : public rocks::EncryptionProvider {
 public:
  Provider(void* key, const einklang_calls* calls) : key_(key), calls_(calls) {}
  ~Provider() override { calls_->drop_key(key_); }

  const char* Name() const override { return "Einklang"; }

  size_t GetPrefixLength() const override { return calls_->prefix_bytes; }

  rocks::Status CreateNewPrefix(const std::string&, char* prefix, size_t length) const override {
    if (calls_->make_prefix(key_, prefix, length)) {
      return rocks::Status::OK();
    }
    return rocks::Status::IOError("the system gives no random numbers");
  }

  rocks::Status AddCipher(const std::string&, const char*, size_t, bool) override {
    return rocks::Status::NotSupported();
  }

  rocks::Status CreateCipherStream(const std::string& name, const rocks::EnvOptions&, rocks::Slice& prefix,
                                   std::unique_ptr<rocks::BlockAccessCipherStream>* stream) override {
    void* file = nullptr;
    switch (calls_->open_file(key_, prefix.data(), prefix.size(), &file)) {
      case 0:
        stream->reset(new FileStream(file, calls_));
        return rocks::Status::OK();
      case 1:
        return rocks::Status::Corruption("encrypted by another key", name);
      default:
        return rocks::Status::Corruption("not encrypted", name);
    }
  }

 private:
  void* key_;
  const einklang_calls* calls_;
};

// RocksDB's encrypting file system, with three of its ways mended.
class FileSystem final : public rocks::FileSystemWrapper {
 public:
  explicit FileSystem(const std::shared_ptr<rocks::FileSystem>& encrypted)
      : rocks::FileSystemWrapper(encrypted) {}

  const char* Name() const override { return "EinklangFileSystem"; }

  // It would write a second beginning to the end of the file. RocksDB reopens
  // files only to sync those that it takes in whole, which their writer synced,
  // and to cut unused space off a log; it does without where it must.
  rocks::IOStatus ReopenWritableFile(const std::string&, const rocks::FileOptions&,
                                     std::unique_ptr<rocks::FSWritableFile>*,
                                     rocks::IODebugContext*) override {
    return rocks::IOStatus::NotSupported("files are not reopened for writing");
  }

  // It takes the beginning off any size, also where a power cut left less.
  rocks::IOStatus GetFileSize(const std::string& name, const rocks::IOOptions& options, uint64_t* size,
                              rocks::IODebugContext* dbg) override {
    auto status = rocks::FileSystemWrapper::GetFileSize(name, options, size, dbg);
    if (status.ok() && *size > std::numeric_limits<uint64_t>::max() / 2) {
      *size = 0;
    }
    return status;
  }

  // It would leave the database's own log in the clear, where keys of rows are
  // told of.
  rocks::IOStatus NewLogger(const std::string& name, const rocks::IOOptions& options,
                            std::shared_ptr<rocks::Logger>* result, rocks::IODebugContext* dbg) override {
    return rocks::FileSystem::NewLogger(name, options, result, dbg);
  }
};

}  // namespace

extern "C" rocksdb_env_t* einklang_encrypted_env(void* key, const einklang_calls* calls) {
  auto provider = std::make_shared<Provider>(key, calls);
  auto encrypted = rocks::NewEncryptedFS(rocks::FileSystem::Default(), provider);
  if (encrypted == nullptr) {
    return nullptr;
  }
  auto* env = new rocksdb_env_t;
  env->rep = rocks::NewCompositeEnv(std::make_shared<FileSystem>(encrypted)).release();
  env->is_default = false;
  return env;
}
