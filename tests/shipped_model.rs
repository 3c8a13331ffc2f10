//! The model that an empty store begins with. `UPDATE_DOCS=1` learns it anew
//! from the shipped channel records.

#![cfg(feature = "store")]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use einklang::engine::live::{self, Bundle, Graph, Operation};
use einklang::engine::load::{Input, LoadOptions};
use einklang::engine::progress::Silent;
use einklang::engine::unify::{UnifyRequest, unify};
use einklang::rules::Rules;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

#[test]
fn update() {
    if std::env::var_os("UPDATE_DOCS").is_none() {
        return;
    }
    let channels = ["shop", "crm", "newsletter", "till", "support"];
    let input =
        |name: &&str| Input { path: root().join(format!("testdata/channels/{name}.csv")), source: None };
    let request = UnifyRequest {
        inputs: channels.iter().map(input).collect(),
        load: LoadOptions::default(),
        keep_raw: true,
        ..UnifyRequest::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    unify(&request, &Silent, |outcome| live::create(&store, outcome, &Rules::default(), 0)).unwrap();
    let (_, bundle): (_, Bundle) = live::read(&store).unwrap();
    let text = live::shipped_text(&bundle).unwrap();
    std::fs::write(root().join("src/engine/live/shipped-model.json"), text).unwrap();
}

/// Records of another origin than those it was learned from, put one by one
/// into an empty store, become nearly the customers that they should.
#[test]
fn an_empty_store_links_what_it_never_saw() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    live::create_empty(&store, Rules::default()).unwrap();
    let mut graph = Graph::open(&store).unwrap();
    let data = std::fs::File::open(root().join("testdata/febrl/febrl1.csv.gz")).unwrap();
    let mut reader = csv::Reader::from_reader(flate2::read::GzDecoder::new(data));
    let header = reader.headers().unwrap().clone();
    let mut operations = Vec::new();
    for row in reader.records().map(Result::unwrap) {
        let fields = header.iter().zip(row.iter()).skip(1).filter(|(_, value)| !value.trim().is_empty());
        operations.push(Operation {
            source: "febrl".to_owned(),
            record_id: row[0].to_owned(),
            at: None,
            fields: Some(
                fields.map(|(column, value)| (column.to_owned(), value.trim().to_owned())).collect(),
            ),
            position: None,
        });
    }
    let mut customer_of: HashMap<String, String> = HashMap::new();
    for set in operations.chunks(100) {
        graph.apply(set, 0).unwrap();
    }
    for operation in &operations {
        let name = (operation.source.clone(), operation.record_id.clone());
        let view = live::record(&graph.store, &name).unwrap();
        customer_of.insert(operation.record_id.clone(), view.customer_id);
    }
    drop(graph);
    let (read, bundle) = live::read(&store).unwrap();
    let found = live::verify(&read, &bundle).unwrap();
    assert!(found.is_clean(), "{:#?}", found.differences);
    let mut truth = csv::Reader::from_path(root().join("testdata/febrl/febrl1_truth.csv")).unwrap();
    let truth: HashMap<String, String> =
        truth.records().map(Result::unwrap).map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    let entity = |id: &str| &truth[id];
    let ids: Vec<&String> = customer_of.keys().collect();
    let (mut right, mut wrong, mut missed) = (0u32, 0u32, 0u32);
    for (at, a) in ids.iter().enumerate() {
        for b in &ids[at + 1..] {
            match (customer_of[*a] == customer_of[*b], entity(a) == entity(b)) {
                (true, true) => right += 1,
                (true, false) => wrong += 1,
                (false, true) => missed += 1,
                (false, false) => {}
            }
        }
    }
    println!("{right} right, {wrong} wrong, {missed} missed");
    assert!(wrong * 50 <= right && missed * 5 <= right, "{right} right, {wrong} wrong, {missed} missed");
}
