//! A store as a whole: its model is learned anew and taken back, what is
//! damaged is made anew, customers are searched for, joined and taken apart.

#![cfg(feature = "store")]
#![allow(clippy::unwrap_used)]

use einklang::engine::live::{self, Decided, Graph, Name, Operation, Resolved};
use einklang::engine::load::{Input, LoadOptions};
use einklang::engine::progress::Silent;
use einklang::engine::unify::{UnifyRequest, unify};
use einklang::judgement::Judgement;
use einklang::rules::Rules;
use einklang::store::{Batch, Family, Pending};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A store of two of the shipped channels.
fn load(folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/channels");
    let input = |name: &&str| Input { path: root.join(format!("{name}.csv")), source: None };
    let request = UnifyRequest {
        inputs: ["crm", "support"].iter().map(input).collect(),
        load: LoadOptions::default(),
        keep_raw: true,
        ..UnifyRequest::default()
    };
    let path = folder.join("store");
    unify(&request, &Silent, |outcome| live::create(&path, outcome, &Rules::default(), 0)).unwrap();
    path
}

/// Checks the store and returns its digest.
#[track_caller]
fn verified(path: &Path) -> String {
    let (store, bundle) = live::read(path).unwrap();
    let found = live::verify(&store, &bundle).unwrap();
    assert!(found.is_clean(), "{:#?}", found.differences);
    found.digest
}

/// Each record's customer.
fn owners(graph: &Graph) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let rows = graph.store.db.rows(Family::Owners, &[]).map(Result::unwrap);
    rows.map(|(number, owner)| (number.into_vec(), owner.into_vec())).collect()
}

fn upsert(id: &str, fields: &[(&str, &str)]) -> Operation {
    let fields = fields.iter().map(|&(column, value)| (column.to_owned(), value.to_owned()));
    Operation {
        source: "crm".to_owned(),
        record_id: id.to_owned(),
        at: None,
        position: None,
        fields: Some(fields.collect()),
    }
}

#[test]
fn a_model_is_compared_taken_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = load(folder.path());
    let first = verified(&path);
    let mut graph = Graph::open(&path).unwrap();
    let before = owners(&graph);
    let gone: Vec<Operation> = before
        .keys()
        .take(300)
        .map(|number| {
            let number = u32::from_be_bytes(number.as_slice().try_into().unwrap());
            let row = graph.store.by_number(Family::Records, &[number], einklang::store::RecordRow::decode);
            let row = row.unwrap().pop().flatten().unwrap();
            let source = graph.store.terms.text(einklang::store::TermKind::Source, row.source).to_owned();
            Operation { source, record_id: row.id, at: None, position: None, fields: None }
        })
        .collect();
    graph.apply(&gone, 1).unwrap();
    let counters = graph.store.counters;
    let left = owners(&graph);
    let bundle = live::retrain(&graph.store, &graph.bundle, Rules::default()).unwrap();
    assert_eq!(bundle.version, 2);
    let compared = graph.compare(bundle.clone(), 2).unwrap();
    assert_eq!((graph.store.counters, graph.bundle.version), (counters, 1));
    let digest = format!("{:032x}", counters.digest);
    assert_eq!(verified(&path), digest);
    let taken = graph.adopt(bundle, "training", 3).unwrap();
    assert_eq!((taken.kinds, taken.customers), (compared.kinds, compared.customers));
    assert_eq!((graph.bundle.version, graph.store.counters.model), (2, 2));
    let kept = owners(&graph).iter().filter(|(record, owner)| left.get(*record) == Some(owner)).count();
    assert!(kept * 10 >= left.len() * 9, "{kept} of {} records kept their customer", left.len());
    drop(graph);
    verified(&path);
    let mut graph = Graph::open(&path).unwrap();
    let former = live::former_version(&graph.store, &graph.bundle, 1).unwrap();
    graph.adopt(former, "back to model version 1", 4).unwrap();
    drop(graph);
    assert_eq!(verified(&path), digest);
    assert_ne!(digest, first);
}

#[test]
fn what_was_interrupted_is_completed() {
    let folder = tempfile::tempdir().unwrap();
    let path = load(folder.path());
    let digest = verified(&path);
    let graph = Graph::open(&path).unwrap();
    // As a process leaves it that is killed after half of the work.
    let bundle = live::retrain(&graph.store, &graph.bundle, Rules::default()).unwrap();
    let mut batch = Batch::default();
    bundle.put(&graph.store, &mut batch).unwrap();
    let pending = Pending { version: bundle.version, cause: "training".to_owned(), at: 7 };
    graph.store.put_pending(&mut batch, Some(&pending));
    graph.store.db.commit(batch).unwrap();
    graph.store.db.clear(Family::Blocks).unwrap();
    graph.store.db.clear(Family::Normals).unwrap();
    drop(graph);
    let refused = live::read(&path).err().unwrap();
    assert!(refused.to_string().contains("was interrupted"), "{refused}");
    let graph = Graph::open(&path).unwrap();
    assert_eq!((graph.bundle.version, graph.store.pending().unwrap()), (2, None));
    drop(graph);
    // The same records teach the same model.
    assert_eq!(verified(&path), digest);
}

#[test]
fn whatever_is_derived_can_be_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = load(folder.path());
    let digest = verified(&path);
    let graph = Graph::open(&path).unwrap();
    let before = owners(&graph);
    let mut batch = Batch::default();
    let derived = [
        Family::Names,
        Family::Normals,
        Family::Blocks,
        Family::Links,
        Family::Owners,
        Family::Customers,
        Family::Words,
    ];
    for family in derived {
        for (at, row) in graph.store.db.rows(family, &[]).map(Result::unwrap).take(60).enumerate() {
            match at % 3 {
                0 => graph.store.db.delete(&mut batch, family, &row.0),
                1 => graph.store.db.put(&mut batch, family, &row.0, &row.1[..row.1.len() / 2]),
                _ => {}
            }
        }
    }
    // Where a customer's records still tell whose they are, it keeps its id.
    let whole: Vec<Vec<u8>> = before.keys().take(60).cloned().collect();
    graph.store.db.commit(batch).unwrap();
    drop(graph);
    let mut graph = Graph::open(&path).unwrap();
    graph.repair(5).unwrap();
    let after = owners(&graph);
    drop(graph);
    assert_eq!(verified(&path), digest);
    let kept = before.iter().filter(|(record, owner)| !whole.contains(record) && after[*record] == **owner);
    assert!(kept.count() * 100 >= (before.len() - whole.len()) * 97);
}

#[test]
fn customers_are_found_by_mistyped_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = load(folder.path());
    let mut graph = Graph::open(&path).unwrap();
    let fields = [
        ("first_name", "Xaverine"),
        ("last_name", "Quellmüller"),
        ("phone", "0711 99887766"),
        ("email", "xq@beispielhaus.example"),
    ];
    graph.apply(&[upsert("x1", &fields)], 1).unwrap();
    let first = |graph: &Graph, query: &str| {
        let hits = live::search(&graph.store, query, 3).unwrap();
        hits.first().and_then(|hit| hit.customer.members.first()).map(|member| member.record_id.clone())
    };
    for query in
        ["xaverine quellmüller", "Xavrine", "quellmuler", "quellm", "beispielhaus", "+49 711 99887766"]
    {
        assert_eq!(first(&graph, query).as_deref(), Some("x1"), "{query}");
    }
    graph.apply(&[Operation { fields: None, ..upsert("x1", &[]) }], 2).unwrap();
    assert_eq!(first(&graph, "quellmüller"), None);
    drop(graph);
    verified(&path);
}

#[test]
fn customers_are_joined_and_a_record_is_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = load(folder.path());
    let mut graph = Graph::open(&path).unwrap();
    let members = |graph: &Graph, id: &str| -> Vec<Name> {
        match live::customer(&graph.store, id).unwrap() {
            Resolved::Customer(view) => {
                view.members.into_iter().map(|member| (member.source, member.record_id)).collect()
            }
            Resolved::Retired { .. } => Vec::new(),
        }
    };
    let mut sizes: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    owners(&graph).into_values().for_each(|owner| *sizes.entry(owner).or_default() += 1);
    let large: Vec<String> = sizes
        .into_iter()
        .filter(|(_, size)| *size > 1)
        .map(|(owner, _)| String::from_utf8(owner).unwrap())
        .take(2)
        .collect();
    let (a, b) = (members(&graph, &large[0]), members(&graph, &large[1]));
    let decided = |judgement| Decided { judgement, who: "tester".to_owned(), why: String::new() };
    graph.judge_all(&a, &b, &decided(Judgement::Positive), 1).unwrap();
    let survivor = large.iter().find(|id| !members(&graph, id).is_empty()).unwrap();
    let joined = members(&graph, survivor);
    assert_eq!(joined.len(), a.len() + b.len());
    graph.judge_all(&joined[..1], &joined, &decided(Judgement::Negative), 2).unwrap();
    let number = graph.known(&joined[0]).unwrap();
    let owner = graph.owner(number).unwrap().unwrap();
    assert_eq!(members(&graph, &owner), joined[..1]);
    drop(graph);
    verified(&path);
}

/// The cells of a record, as they came.
fn cells(graph: &Graph, name: &Name) -> Vec<(String, String)> {
    live::record(&graph.store, name).unwrap().fields.into_iter().collect()
}

/// All that a record says: as it came, cleaned, compared, and to search by.
fn said(graph: &Graph, name: &Name) -> Vec<String> {
    let view = live::record(&graph.store, name).unwrap();
    let values = view.values.into_iter().flat_map(|value| {
        let folded = einklang::normalise::text::fold(&value.value).to_string();
        [Some(folded), Some(value.value), value.compared]
    });
    view.fields.into_values().chain(values.flatten()).collect()
}

#[test]
fn erased_customers_leave_nothing_and_stay_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = load(folder.path());
    let mut graph = Graph::open(&path).unwrap();
    let mut of_customer: BTreeMap<Vec<u8>, Vec<Name>> = BTreeMap::new();
    for (number, owner) in owners(&graph) {
        let number = u32::from_be_bytes(number.as_slice().try_into().unwrap());
        let row = graph.store.by_number(Family::Records, &[number], einklang::store::RecordRow::decode);
        let row = row.unwrap().pop().flatten().unwrap();
        let source = graph.store.terms.text(einklang::store::TermKind::Source, row.source).to_owned();
        of_customer.entry(owner).or_default().push((source, row.id));
    }
    let names: Vec<Name> = of_customer.values().step_by(10).flatten().cloned().collect();
    let held: Vec<Vec<(String, String)>> = names.iter().map(|name| cells(&graph, name)).collect();
    let is_gone = |name: &Name| names.contains(name);
    let others: Vec<Name> = of_customer.values().flatten().filter(|name| !is_gone(name)).cloned().collect();
    let mut shared: Vec<u8> = Vec::new();
    for name in &others {
        said(&graph, name).iter().for_each(|value| shared.extend(value.to_lowercase().bytes().chain([0])));
    }
    // Values that say something, and that only the erased had.
    let secrets: Vec<String> = held
        .iter()
        .flatten()
        .map(|(_, value)| value.to_lowercase())
        .filter(|value| value.len() > 7 && memchr::memmem::find(&shared, value.as_bytes()).is_none())
        .collect();
    assert!(secrets.len() > 300, "{}", secrets.len());
    let before = owners(&graph);
    let receipt = graph.erase(&names, 9).unwrap();
    assert_eq!(receipt.records as usize, names.len());
    // Erasing again is no fault: it completes what an interruption left.
    assert_eq!(graph.erase(&names, 10).unwrap().records, 0);
    let after = owners(&graph);
    assert!(after.iter().all(|(record, owner)| before.get(record) == Some(owner)));
    assert_eq!(after.len(), others.len());
    let mut bytes = Vec::new();
    for family in Family::ALL {
        for (key, value) in graph.store.db.rows(family, &[]).map(Result::unwrap) {
            bytes.extend(key.iter().chain([&0]).chain(&value).chain([&0]));
        }
    }
    let again: Vec<Operation> = names
        .iter()
        .zip(&held)
        .map(|((source, id), fields)| Operation {
            source: source.clone(),
            record_id: id.clone(),
            at: None,
            position: None,
            fields: Some(fields.clone()),
        })
        .collect();
    assert!(graph.apply(&again, 11).unwrap().iter().all(|answer| answer.suppressed));
    drop(graph);
    // Files may be packed, so both the rows and the bytes are looked at.
    for entry in std::fs::read_dir(&path).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap_or_default());
    }
    bytes.make_ascii_lowercase();
    let found: Vec<&String> =
        secrets.iter().filter(|secret| memchr::memmem::find(&bytes, secret.as_bytes()).is_some()).collect();
    assert!(found.is_empty(), "{} of {} values: {found:?}", found.len(), secrets.len());
    verified(&path);
}
