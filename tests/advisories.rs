//! No locked dependency may have a known advisory. Reads the list beside this
//! file, which needs no network, and the whole database of advisories where
//! `EINKLANG_ADVISORIES` names a checkout of it.

use semver::{Version, VersionReq};
use std::path::{Path, PathBuf};

struct Advisory {
    id: String,
    package: String,
    /// Versions that it does not touch.
    free: Vec<VersionReq>,
}

impl Advisory {
    /// From a table with `id` and `package`, and the one that has the versions.
    fn from_tables(named: &toml::Table, versions: &toml::Table) -> Self {
        let text = |key: &str| named[key].as_str().unwrap().to_owned();
        let ranges = ["patched", "unaffected"].iter().filter_map(|key| versions.get(*key));
        let ranges = ranges.flat_map(|listed| listed.as_array().unwrap());
        let free = ranges.map(|range| VersionReq::parse(range.as_str().unwrap()).unwrap()).collect();
        Self { id: text("id"), package: text("package"), free }
    }

    fn touches(&self, package: &str, version: &Version) -> bool {
        self.package == package && !self.free.iter().any(|range| range.matches(version))
    }
}

fn listed() -> Vec<Advisory> {
    let table: toml::Table = include_str!("advisories.toml").parse().unwrap();
    let advisories = table["advisory"].as_array().unwrap().iter().map(|one| one.as_table().unwrap());
    advisories.map(|one| Advisory::from_tables(one, one)).collect()
}

/// Those of a checkout of the database: files that open with a block of TOML.
fn of_checkout(folder: &Path) -> Vec<Advisory> {
    let mut folders = vec![folder.join("crates")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}")) {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                let text = std::fs::read_to_string(&path).unwrap();
                let Some(block) = text.split("```").nth(1).and_then(|block| block.strip_prefix("toml"))
                else {
                    continue;
                };
                let table: toml::Table = block.parse().unwrap_or_else(|error| panic!("{path:?}: {error}"));
                let advisory = table["advisory"].as_table().unwrap();
                if !advisory.contains_key("withdrawn") {
                    found.push(Advisory::from_tables(advisory, table["versions"].as_table().unwrap()));
                }
            }
        }
    }
    found
}

fn locked() -> Vec<(String, Version)> {
    let table: toml::Table = include_str!("../Cargo.lock").parse().unwrap();
    let packages = table["package"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let text = |key: &str| package[key].as_str().unwrap();
            (text("name").to_owned(), Version::parse(text("version")).unwrap())
        })
        .collect()
}

fn touched(advisories: &[Advisory], locked: &[(String, Version)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (package, version) in locked {
        let of_package = advisories.iter().filter(|advisory| advisory.touches(package, version));
        faults.extend(of_package.map(|advisory| format!("{package} {version}: {}", advisory.id)));
    }
    faults
}

#[test]
fn no_locked_dependency_has_a_known_advisory() {
    let mut advisories = listed();
    match std::env::var_os("EINKLANG_ADVISORIES") {
        Some(folder) => advisories.extend(of_checkout(Path::new(&folder))),
        None => println!("{} advisories checked; EINKLANG_ADVISORIES names more", advisories.len()),
    }
    let faults = touched(&advisories, &locked());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_listed_advisory_is_of_a_locked_dependency() {
    let locked = locked();
    for advisory in listed() {
        let there = locked.iter().any(|(package, _)| *package == advisory.package);
        assert!(there, "{} is not locked: {} can go", advisory.package, advisory.id);
    }
}

#[test]
fn an_old_version_is_found() {
    let old = [("h2".to_owned(), Version::new(0, 4, 15)), ("hashbrown".to_owned(), Version::new(0, 15, 0))];
    assert_eq!(touched(&listed(), &old).len(), 2);
    let free = [("hashbrown".to_owned(), Version::new(0, 14, 5))];
    assert!(touched(&listed(), &free).is_empty());
}
