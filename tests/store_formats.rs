//! Stores that former versions wrote still open: readers are told to have them
//! brought up to date, the first writer does it, and nothing is lost.

#![cfg(feature = "store")]
#![allow(clippy::unwrap_used)]

use einklang::engine::live::{self, Graph};
use std::path::Path;

/// Copies a committed store, which opening would change.
fn copy(name: &str, target: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/stores").join(name);
    std::fs::create_dir_all(target).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), target.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_store_of_format_1_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    copy("format-1", &path);
    let refused = live::read(&path).err().unwrap();
    assert!(refused.to_string().contains("has an older format"), "{refused}");
    Graph::open(&path).unwrap().close().unwrap();
    let (store, bundle) = live::read(&path).unwrap();
    let found = live::verify(&store, &bundle).unwrap();
    assert!(found.is_clean(), "{:#?}", found.differences);
    assert_eq!((found.records, found.customers), (116, 113));
    assert_eq!(found.digest, "8523757411ccec4e53733f1fed3a5fda");
    // The customers can be searched now, and what was decided still holds.
    let hits = live::search(&store, "marcel gunther", 5).unwrap();
    assert_eq!(hits[0].customer.golden["family_name"].value, "Günther");
    let judged = live::record(&store, &("crm".to_owned(), "K-20018".to_owned())).unwrap();
    assert_eq!(judged.judgements.len(), 1);
}
