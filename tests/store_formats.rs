//! Stores that former versions wrote still open: readers are told to have them
//! brought up to date, the first writer does it, and nothing is lost.

#![cfg(feature = "store")]
#![allow(clippy::unwrap_used)]

use einklang::engine::live::{self, Graph, NewPin, PinnedOf, Resolved};
use einklang::store::{Batch, FORMAT_VERSION, Family};
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

#[test]
fn a_store_of_format_2_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    copy("format-2", &path);
    let refused = live::read(&path).err().unwrap();
    assert!(refused.to_string().contains("has an older format"), "{refused}");
    let mut graph = Graph::open(&path).unwrap();
    // Judgements that were taken back are read, and what holds still holds.
    let of = |id: &str| live::record(&graph.store, &("crm".to_owned(), id.to_owned())).unwrap();
    assert_eq!((of("K-20018").judgements.len(), of("K-20040").judgements.len()), (0, 1));
    let made = live::judgements_from(&graph.store, 0, 10).unwrap();
    assert!(made.iter().any(|made| made.judgement == einklang::judgement::Judgement::Withdrawn));
    let found = live::verify(&graph.store, &graph.bundle).unwrap();
    assert!(found.is_clean(), "{:#?}", found.differences);
    assert_eq!((found.records, found.customers), (119, 116));
    assert_eq!(found.digest, "16eb028f456e0e573b3caa8565b5a4b6");
    // What is new in the format can be written.
    let new = NewPin {
        of: PinnedOf::Customer(of("K-20040").customer_id),
        field: "email".to_owned(),
        value: Some("pinned@example.org".to_owned()),
        who: "tester".to_owned(),
        why: String::new(),
    };
    graph.pin(&new, 1).unwrap();
    drop(graph);
    let (store, bundle) = live::read(&path).unwrap();
    assert!(live::verify(&store, &bundle).unwrap().is_clean());
}

#[test]
fn a_store_of_format_3_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    copy("format-3", &path);
    let refused = live::read(&path).err().unwrap();
    assert!(refused.to_string().contains("has an older format"), "{refused}");
    let graph = Graph::open(&path).unwrap();
    // What is derived was made anew, which told of no change.
    assert_eq!((graph.store.counters.last_change, graph.store.pending().unwrap()), (124, None));
    let of = live::record(&graph.store, &("crm".to_owned(), "K-20040".to_owned())).unwrap();
    assert_eq!(of.judgements.len(), 1);
    let Ok(Resolved::Customer(customer)) = live::customer(&graph.store, &of.customer_id) else {
        panic!("the customer is gone");
    };
    assert_eq!(customer.golden["email"].value, "pinned@example.org");
    drop(graph);
    let (store, bundle) = live::read(&path).unwrap();
    let found = live::verify(&store, &bundle).unwrap();
    assert!(found.is_clean(), "{:#?}", found.differences);
    assert_eq!((found.records, found.customers), (119, 115));
    assert_eq!(found.digest, "a82be8b179cc9f17be11cf0175e08970");
}

#[test]
fn a_store_of_a_later_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    copy("format-2", &path);
    let graph = Graph::open(&path).unwrap();
    let mut batch = Batch::default();
    graph.store.db.put(&mut batch, Family::Meta, b"format", &[FORMAT_VERSION as u8 + 1]);
    graph.store.db.commit(batch).unwrap();
    drop(graph);
    for refused in [Graph::open(&path).err().unwrap(), live::read(&path).err().unwrap()] {
        assert!(refused.to_string().contains("the store has format 5, this version reads 4"), "{refused}");
    }
}
