//! How the database is set up: caches, filters, levels, how files are packed.

use super::Family;
use rocksdb::{BlockBasedOptions, Cache, DBCompressionType, Env, Options};

/// Bytes of the block cache that all families share.
pub const CACHE_BYTES: usize = 256 << 20;
/// Bytes of a block of rows, about.
pub const BLOCK_BYTES: usize = 8 << 10;
/// Bytes written to one family before they are flushed to a file.
const WRITE_BUFFER_BYTES: usize = 32 << 20;
/// Buffers of a family, the one in use and those being flushed: as many as fill
/// what all unflushed writes together hold when flushing begins, so that one family
/// that is slow to be flushed stops no write.
const WRITE_BUFFERS_MAX: i32 = 6;
/// Bytes of all unflushed writes together at which flushing begins.
const WRITE_BUFFERS_BYTES: usize = 192 << 20;
/// Bytes of write-ahead log after which the oldest family is flushed; bounds
/// the time that opening takes.
const LOG_BYTES_MAX: u64 = 96 << 20;
/// Bytes that a family's last level may hold before there is one above it. Keys
/// come at random, so that each level on the way writes every byte ten times.
const LEVEL_BYTES: u64 = 1 << 30;
/// Rows of blocks that share the beginnings of their keys.
const BLOCKS_RESTART_INTERVAL: i32 = 4;
/// How hard is tried to pack what is read for people.
const ZSTD_LEVEL: i32 = 1;
/// Bits per key of the filters that spare reading for keys that are not there.
const FILTER_BITS: f64 = 10.0;

/// Bytes a second that flushing and compacting write at most, so that they
/// leave the disk to the log that answers wait for. A stream of changes makes
/// some 40 MB a second, and ten times as much at once where pages are rewritten:
/// at 96 MB a second nothing else was flushed for seconds, and writes waited.
const BACKGROUND_BYTES_PER_SECOND: i64 = 256 << 20;

pub fn database_options(create: bool, env: Option<&Env>) -> Options {
    let mut options = Options::default();
    options.create_if_missing(create);
    options.create_missing_column_families(true);
    options.set_max_background_jobs(2);
    options.set_db_write_buffer_size(WRITE_BUFFERS_BYTES);
    options.set_max_total_wal_size(LOG_BYTES_MAX);
    options.set_bytes_per_sync(1 << 20);
    options.set_ratelimiter(BACKGROUND_BYTES_PER_SECOND, 100_000, 10);
    options.set_keep_log_file_num(2);
    options.set_max_log_file_size(1 << 20);
    options.set_max_open_files(512);
    match env {
        Some(env) => options.set_env(env),
        // What is not packed is read where the system's cache has it.
        None => options.set_allow_mmap_reads(true),
    }
    options
}

/// `is_mapped`: files are read where the system's cache has them.
pub fn family_options(family: Family, cache: &Cache, is_mapped: bool) -> Options {
    // Hashes and customers' ids do not pack, and each change reads dozens of blocks.
    let is_unpacked = matches!(
        family,
        Family::Blocks
            | Family::Crowds
            | Family::Links
            | Family::Owners
            | Family::Roots
            | Family::Recent
            | Family::Words
            | Family::History
    );
    let mut table = BlockBasedOptions::default();
    match is_mapped && is_unpacked {
        // It would be asked in vain: what is read where it lies is not put there.
        true => table.disable_cache(),
        false => table.set_block_cache(cache),
    }
    // Filters are for what is asked for and may not be there: the others are gone
    // through in order, or, as pages and changes, asked for only where they are.
    let is_asked_for = !matches!(
        family,
        Family::Roots
            | Family::Recent
            | Family::Crowds
            | Family::Words
            | Family::Feed
            | Family::History
            | Family::Journal
    );
    if is_asked_for {
        table.set_bloom_filter(FILTER_BITS, false);
        table.set_data_block_index_type(rocksdb::DataBlockIndexType::BinaryAndHash);
    }
    table.set_format_version(5);
    table.set_block_size(if family == Family::Blocks { BLOCK_BYTES / 2 } else { BLOCK_BYTES });
    if family == Family::Blocks {
        // Fewer rows to go through from where the index of a stretch leads to.
        table.set_block_restart_interval(BLOCKS_RESTART_INTERVAL);
    }
    let mut options = Options::default();
    options.set_block_based_table_factory(&table);
    options.set_write_buffer_size(WRITE_BUFFER_BYTES);
    options.set_max_write_buffer_number(WRITE_BUFFERS_MAX);
    options.set_memtable_prefix_bloom_ratio(0.05);
    options.set_memtable_whole_key_filtering(true);
    options.set_level_compaction_dynamic_level_bytes(true);
    options.set_max_bytes_for_level_base(LEVEL_BYTES);
    options.set_compression_type(DBCompressionType::Lz4);
    let packed = if is_rarely_read(family) { DBCompressionType::Zstd } else { DBCompressionType::Lz4 };
    options.set_bottommost_compression_type(packed);
    if is_rarely_read(family) {
        // Zstandard's own level, 3, would save 0.3 % of a store.
        options.set_compression_options(-14, ZSTD_LEVEL, 0, 0);
        options.set_bottommost_compression_options(-14, ZSTD_LEVEL, 0, 0, true);
    }
    if is_unpacked {
        options.set_compression_type(DBCompressionType::None);
        options.set_bottommost_compression_type(DBCompressionType::None);
    }
    options
}

/// As [`family_options`], of files that are loaded whole: packed quickly, and
/// harder when they are rewritten.
pub fn bulk_options(family: Family, cache: &Cache, is_mapped: bool) -> Options {
    let mut options = family_options(family, cache, is_mapped);
    if is_rarely_read(family) {
        options.set_bottommost_compression_type(DBCompressionType::Lz4);
    }
    options
}

/// Whether it is read for people rather than for matching, and so may take longer
/// to unpack.
fn is_rarely_read(family: Family) -> bool {
    matches!(family, Family::Records | Family::Feed | Family::Models | Family::Journal)
}
