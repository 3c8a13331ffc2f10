//! Puts the built workbench (`web/dist/app`) into the program, where it is there:
//! `make web` builds it. Without it everything else builds and works the same.
//! Compiles what stands between RocksDB and the cipher of encrypted stores.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=web/dist");
    #[cfg(feature = "store")]
    compile_shim();
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    if let Err(error) = embed(&root.join("web").join("dist").join("app"), &out) {
        println!("cargo::error=cannot take the workbench in: {error}");
    }
}

/// With the headers, and the one define that matters to them, of the RocksDB that
/// is linked.
#[cfg(feature = "store")]
fn compile_shim() {
    const SHIM: &str = "src/store/encryption/shim.cc";
    println!("cargo::rerun-if-changed={SHIM}");
    println!("cargo::rerun-if-env-changed=ROCKSDB_INCLUDE_DIR");
    let of_crate = || {
        let root = std::env::var_os("DEP_ROCKSDB_CARGO_MANIFEST_DIR").unwrap_or_default();
        PathBuf::from(root).join("rocksdb").join("include")
    };
    let headers = std::env::var_os("ROCKSDB_INCLUDE_DIR").map_or_else(of_crate, PathBuf::from);
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .include(headers)
        .define("NDEBUG", Some("1"))
        .flag_if_supported("-Wno-unused-parameter")
        .file(SHIM)
        .compile("einklang_encryption");
}

/// Writes the list of the workbench's files. They are copied first, so that
/// building the workbench anew does not take them away under the compiler.
fn embed(dist: &Path, out: &Path) -> std::io::Result<()> {
    let copies = out.join("workbench");
    if copies.exists() {
        std::fs::remove_dir_all(&copies)?;
    }
    std::fs::create_dir_all(&copies)?;
    let mut text = "static FILES: &[File] = &[\n".to_owned();
    for (at, path) in files(dist).into_iter().enumerate() {
        let name = path.strip_prefix(dist).unwrap_or(&path).display().to_string().replace('\\', "/");
        let copy = copies.join(at.to_string());
        std::fs::copy(&path, &copy)?;
        let copy = copy.display().to_string();
        let _ = writeln!(text, "    File {{ name: {name:?}, bytes: include_bytes!({copy:?}) }},");
    }
    text.push_str("];\n");
    std::fs::write(out.join("workbench.rs"), text)
}

/// Every file of a folder, sorted; none where there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}
