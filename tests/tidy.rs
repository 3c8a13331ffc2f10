//! The house rules as a test: the one-way street between the layers, who may
//! name which crate, and what every file must say. `ARCHITECTURE.md` gives the
//! reasons.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Module, layer, and the modules of its own or a higher layer that it may
/// also import.
const LAYERS: &[(&str, u32, &[&str])] = &[
    ("error", 0, &["record", "judgement"]),
    ("judgement", 0, &["error", "record"]),
    ("record", 0, &["error", "judgement"]),
    ("rules", 1, &[]),
    ("normalise", 2, &[]),
    ("recognise", 2, &["normalise"]),
    ("blocking", 2, &["normalise"]),
    ("compare", 2, &["normalise"]),
    ("score", 2, &["compare"]),
    ("cluster", 2, &[]),
    ("survivorship", 2, &[]),
    ("ingest", 3, &[]),
    ("store", 3, &[]),
    ("engine", 4, &[]),
    ("report", 5, &[]),
    ("consume", 5, &[]),
    ("serve", 6, &[]),
    ("cli", 6, &["serve"]),
];

/// A crate that only some places may name, and why it is kept there.
const KEPT: &[(&str, &[&str])] = &[
    ("rayon", &["engine"]),
    ("rocksdb", &["store"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("axum", &["serve"]),
    ("hyper", &["serve"]),
    ("tokio", &["serve"]),
    ("rdkafka", &["consume"]),
    ("opentelemetry", &["serve"]),
    ("opentelemetry_sdk", &["serve"]),
    ("librocksdb_sys", &["store"]),
    ("csv", &["ingest", "report"]),
    ("csv_core", &["ingest"]),
    ("parquet", &["ingest", "report"]),
];

/// Names in the pure layers that would be I/O, threads, clocks or chance.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::io",
    "std::net",
    "std::thread",
    "std::time",
    "std::env",
    "SystemTime",
    "Instant::",
    "rand::",
];

const LINES_MAX: usize = 700;

struct Source {
    path: PathBuf,
    module: String,
    /// Without its tests, which may do what they like.
    code: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inner = path.strip_prefix(&root).unwrap();
                let module = inner.components().next().unwrap().as_os_str().to_string_lossy();
                let text = fs::read_to_string(&path).unwrap();
                let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
                let code = if is_test { "" } else { text.split("#[cfg(test)]").next().unwrap() }.to_owned();
                let module = module.trim_end_matches(".rs").to_owned();
                found.push(Source { path, module, code, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 30, "the sources were not found");
    found
}

/// The modules of this crate that the code names after `crate::`.
fn imports(code: &str) -> Vec<String> {
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut found = Vec::new();
    for line in lines {
        for rest in line.split("crate::").skip(1) {
            let name: String =
                rest.chars().take_while(|letter| letter.is_ascii_lowercase() || *letter == '_').collect();
            found.push(name);
        }
    }
    found
}

#[test]
fn imports_go_one_way() {
    let layers: BTreeMap<_, _> =
        LAYERS.iter().map(|&(module, layer, also)| (module, (layer, also))).collect();
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !["lib", "main"].contains(&source.module.as_str())) {
        let Some(&(layer, also)) = layers.get(source.module.as_str()) else {
            faults.push(format!("{}: module has no layer", source.path.display()));
            continue;
        };
        for import in imports(&source.code) {
            let Some(&(other, _)) = layers.get(import.as_str()) else { continue };
            if import != source.module && other >= layer && !also.contains(&import.as_str()) {
                faults.push(format!("{} imports {import}", source.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn crates_are_named_where_they_belong() {
    let mut faults = Vec::new();
    for source in sources() {
        for (name, allowed) in KEPT {
            let names = source.code.lines().any(|line| {
                !line.trim_start().starts_with("//")
                    && (line.contains(&format!("use {name}::"))
                        || line.contains(&format!(" {name}::"))
                        || line.contains(&format!("({name}::")))
            });
            if names && !allowed.contains(&source.module.as_str()) {
                faults.push(format!("{} names {name}", source.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn pure_layers_are_pure() {
    let pure: Vec<&str> =
        LAYERS.iter().filter(|(_, layer, _)| *layer == 2).map(|(module, ..)| *module).collect();
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| pure.contains(&source.module.as_str())) {
        for name in IMPURE {
            if source.code.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(name)) {
                faults.push(format!("{} names {name}", source.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn one_file_prints() {
    let mouths: Vec<_> = sources()
        .iter()
        .filter(|source| {
            ["println!", "print!(", "eprint!(", "eprintln!", "io::stdout", "io::stderr"]
                .iter()
                .any(|name| source.code.contains(name))
        })
        .map(|source| source.path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(mouths, ["printer.rs"]);
}

#[test]
fn every_file_says_what_it_is_for_and_stays_short() {
    let mut faults = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//! ") {
            faults.push(format!("{} does not open with its purpose", source.path.display()));
        }
        if source.text.lines().count() > LINES_MAX {
            faults.push(format!("{} is longer than {LINES_MAX} lines", source.path.display()));
        }
        let name = source.path.file_stem().unwrap().to_string_lossy().into_owned();
        if ["utils", "util", "misc", "manager", "helper", "helpers", "common"].contains(&name.as_str()) {
            faults.push(format!("{} is named after nothing", source.path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
