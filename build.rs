//! Puts the built workbench (`web/dist/app`) into the program, where it is there:
//! `make web` builds it. Without it everything else builds and works the same.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=web/dist");
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    if let Err(error) = embed(&root.join("web").join("dist").join("app"), &out) {
        println!("cargo::error=cannot take the workbench in: {error}");
    }
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
