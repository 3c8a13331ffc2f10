//! Property: the graph is a function of the records that are left. Random
//! streams of upserts, updates and deletes, in sets of any size and with the
//! store closed in between or a set worked in while the one before is written, with judgements, pinned values, values that are hubs
//! of the model and models learned anew on the way, end where working everything out anew
//! under the same model ends. Blocks are small here, so that nearly every stream takes
//! some across their bound, upward and downward.
//!
//! `EINKLANG_STREAMS=10000` runs as many streams instead of a few hundred.

#![cfg(feature = "store")]
#![allow(clippy::unwrap_used)]

use einklang::engine::live::{
    self, Answer, CustomerView, Decided, Graph, NewPin, Operation, PinnedOf, Prepared, customers_after,
};
use einklang::engine::load::{Input, LoadOptions};
use einklang::engine::progress::Silent;
use einklang::engine::unify::{UnifyRequest, unify};
use einklang::error::Result;
use einklang::judgement::Judgement;
use einklang::record::{Attribute, Field, Hub};
use einklang::rules::{self, Rules};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

const GIVEN: [&str; 7] = ["Anna", "Ana", "Hans", "Johannes", "Eva", "Anna Lena", ""];
const FAMILY: [&str; 6] = ["Müller", "Mueller", "Moller", "Schmidt", "Schmitt", ""];
const BIRTH: [&str; 5] = ["1980-03-12", "1980-12-03", "1981-03-12", "1955-07-30", ""];
const EMAIL: [&str; 6] =
    ["anna.mueller@web.de", "hans.schmidt@gmx.de", "familie@gmx.de", "eva@firma.de", "a.moller@web.de", ""];
const PHONE: [&str; 4] = ["0711 6717416", "0171 3096863", "0711 6717416 / 0171 3096863", ""];
const STREET: [&str; 4] = ["Hauptstr. 5", "Hauptstraße 5", "Goethestr. 11", ""];
const CITY: [&str; 3] = ["Stuttgart", "München", ""];
const COLUMNS: [&str; 7] = ["vorname", "nachname", "geburtsdatum", "email", "telefon", "strasse", "ort"];
const SOURCES: [&str; 3] = ["crm", "shop", "till"];

/// A record's values, by place in the lists above.
type Values = [usize; 7];

/// Two records by source and id, and what they are judged to be.
type Judged = ((usize, usize), (usize, usize), Judgement);

/// What a stream does to one record; `None`: it goes.
type Step = (usize, usize, Option<Values>);

fn texts(values: &Values) -> [&'static str; 7] {
    let [given, family, birth, email, phone, street, city] = *values;
    [
        GIVEN[given % 7],
        FAMILY[family % 6],
        BIRTH[birth % 5],
        EMAIL[email % 6],
        PHONE[phone % 4],
        STREET[street % 4],
        CITY[city % 3],
    ]
}

fn operation(step: &Step) -> Operation {
    let (source, id, values) = step;
    let fields = values.as_ref().map(|values| {
        let named = COLUMNS.iter().zip(texts(values)).filter(|(_, text)| !text.is_empty());
        named.map(|(column, text)| ((*column).to_owned(), text.to_owned())).collect()
    });
    Operation {
        source: SOURCES[source % 3].to_owned(),
        record_id: format!("r{id}"),
        at: None,
        fields,
        position: None,
    }
}

/// Values that are no evidence: some few records are too few to find any.
fn hubs() -> Vec<Hub> {
    let hub = |attributes: &[Attribute], values: &[&str]| Hub {
        fields: attributes.iter().map(|&attribute| Field::of(attribute)).collect(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
        people: 100,
        people_likely_max: 10,
        records: 120,
    };
    vec![
        hub(&[Attribute::Email], &["familie@gmx.de"]),
        hub(&[Attribute::BirthDate], &["1955-07-30"]),
        hub(&[Attribute::GivenName, Attribute::FamilyName], &["anna", "muller"]),
    ]
}

/// A store of these records, loaded in one batch.
fn load(folder: &Path, records: &BTreeMap<(usize, usize), Values>, rules: &Rules, with_hubs: bool) {
    let mut text = format!("quelle,id,{}\n", COLUMNS.join(","));
    for ((source, id), values) in records {
        let _ = writeln!(text, "{},r{id},{}", SOURCES[source % 3], texts(values).join(","));
    }
    let path = folder.join("records.csv");
    std::fs::write(&path, text).unwrap();
    let mut request = UnifyRequest {
        inputs: vec![Input { path, source: None }],
        load: LoadOptions {
            id: Some("id".to_owned()),
            source_column: Some("quelle".to_owned()),
            ..LoadOptions::default()
        },
        rules: rules.clone(),
        keep_raw: true,
        ..UnifyRequest::default()
    };
    if with_hubs {
        let mut model =
            unify(&request, &Silent, |outcome| Ok(outcome.matcher.model.clone().into_owned())).unwrap();
        model.hubs = hubs();
        request.model = Some(model);
    }
    unify(&request, &Silent, |outcome| live::create(&folder.join("store"), outcome, rules, 0)).unwrap();
}

/// Works operations in, `ahead` of them at a time, each time while those before
/// are being written.
fn one_after_the_other(
    graph: &mut Graph,
    operations: &[Operation],
    ahead: usize,
    now: i64,
) -> Result<Vec<Answer>> {
    let bundle = Arc::clone(&graph.bundle);
    let mut succession = graph.succession();
    let mut answers = Vec::new();
    for set in operations.chunks(ahead) {
        answers.extend(succession.apply(set, &Prepared::new(&bundle, set), now)?);
    }
    answers.extend(succession.settle()?);
    Ok(answers)
}

/// Checks that everything derived is what the records make it, and returns the
/// partition's digest.
fn verified(folder: &Path) -> std::result::Result<String, TestCaseError> {
    let (store, bundle) = live::read(&folder.join("store")).unwrap();
    let found = live::verify(&store, &bundle).unwrap();
    prop_assert!(found.is_clean(), "{:#?}", found.differences);
    Ok(found.digest)
}

fn values() -> impl Strategy<Value = Values> {
    proptest::array::uniform7(0usize..42)
}

fn seed_records() -> impl Strategy<Value = BTreeMap<(usize, usize), Values>> {
    proptest::collection::btree_map((0usize..3, 0usize..20), values(), 12..40)
}

fn stream() -> impl Strategy<Value = Vec<Step>> {
    let step = (0usize..3, 0usize..20, proptest::option::weighted(0.65, values()));
    proptest::collection::vec(step, 1..60)
}

fn judgements() -> impl Strategy<Value = Vec<Judged>> {
    let one = prop_oneof![Just(Judgement::Positive), Just(Judgement::Negative), Just(Judgement::Unsure)];
    proptest::collection::vec(((0usize..3, 0usize..20), (0usize..3, 0usize..20), one), 0..8)
}

/// A record whose customer has a value pinned, which field, and which value;
/// `None`: what is pinned is released.
type Pinning = ((usize, usize), usize, Option<usize>);

fn pinnings() -> impl Strategy<Value = Vec<Pinning>> {
    let value = proptest::option::weighted(0.7, 0usize..6);
    proptest::collection::vec(((0usize..3, 0usize..20), 0usize..3, value), 0..12)
}

fn new_pin((source, id): (usize, usize), field: usize, value: Option<usize>) -> NewPin {
    NewPin {
        of: PinnedOf::Record((SOURCES[source].to_owned(), format!("r{id}"))),
        field: ["email", "family_name", "postcode"][field].to_owned(),
        value: value.map(|value| format!("pinned {value}")),
        who: "tester".to_owned(),
        why: String::new(),
    }
}

/// Members and golden values of every customer, pins included, whatever the ids.
fn shown(folder: &Path) -> Vec<String> {
    let (store, _) = live::read(&folder.join("store")).unwrap();
    let one = |view: CustomerView| format!("{:?} {:?}", view.members, view.golden);
    let mut all: Vec<String> =
        customers_after(&store, "", usize::MAX).unwrap().into_iter().map(one).collect();
    all.sort_unstable();
    all
}

fn streams() -> u32 {
    std::env::var("EINKLANG_STREAMS").ok().and_then(|count| count.parse().ok()).unwrap_or(200)
}

/// Rules that make blocks small.
fn small_blocks(size: u32) -> Rules {
    let text = format!("[blocking]\nblock_size_max = {size}\n");
    rules::parse(&text, Path::new("rules.toml")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: streams(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_stream_ends_where_a_batch_ends(
        records in seed_records(), stream in stream(), size in 2u32..12, set in 1usize..20, reopen in any::<u64>(),
        judged in judgements(), pinned in pinnings(), threads in 1usize..4, with_hubs in any::<bool>(), learns in 0usize..80,
        ahead in proptest::option::of(1usize..8),
    ) {
        let folder = tempfile::tempdir().unwrap();
        load(folder.path(), &records, &small_blocks(size), with_hubs);
        let path = folder.path().join("store");
        verified(folder.path())?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (mut judged, mut pinned) = (judged.into_iter(), pinned.into_iter());
        // Mostly so few that the pages of blocks are written all the while.
        let held = (reopen >> 48) % 64;
        let mut graph = Graph::open(&path).unwrap();
        graph.store.db.hold_changes_at_most(held);
        for (at, steps) in stream.chunks(set).enumerate() {
            let operations: Vec<Operation> = steps.iter().map(operation).collect();
            let answers = pool.install(|| match ahead {
                None => graph.apply(&operations, at as i64),
                Some(ahead) => one_after_the_other(&mut graph, &operations, ahead, at as i64),
            });
            let names = answers.unwrap().into_iter().map(|answer| answer.record_id);
            prop_assert!(names.eq(operations.iter().map(|operation| operation.record_id.clone())));
            if let Some((a, b, judgement)) = judged.next().filter(|(a, b, _)| a != b) {
                let name = |(source, id): (usize, usize)| (SOURCES[source].to_owned(), format!("r{id}"));
                let decided = Decided { judgement, who: "tester".to_owned(), why: String::new() };
                // One of the two may not be there, which is refused.
                let _ = graph.judge(&name(a), &name(b), &decided, at as i64);
            }
            if let Some((of, field, value)) = pinned.next() {
                // The record may not be there, or nothing be pinned.
                let _ = graph.pin(&new_pin(of, field, value), at as i64);
            }
            // One stream in some learns a new model on the way.
            if at == learns
                && let Ok(bundle) = live::retrain(&graph.store, &graph.bundle, small_blocks(size))
            {
                graph.adopt(bundle, "training", at as i64).unwrap();
            }
            if reopen >> (at % 64) & 7 == 0 {
                drop(graph);
                graph = Graph::open(&path).unwrap();
                graph.store.db.hold_changes_at_most(held);
            }
        }
        drop(graph);
        verified(folder.path())?;
    }

    #[test]
    fn what_went_and_came_back_left_no_trace(
        records in seed_records(), size in 2u32..12, set in 1usize..20, seed in any::<u64>(),
        pinned in pinnings(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        load(folder.path(), &records, &small_blocks(size), false);
        let mut graph = Graph::open(&folder.path().join("store")).unwrap();
        for (at, (of, field, value)) in pinned.into_iter().enumerate() {
            let _ = graph.pin(&new_pin(of, field, value), at as i64);
        }
        drop(graph);
        let expect = (verified(folder.path())?, shown(folder.path()));
        let mut steps: Vec<Step> = records.iter().map(|(&(source, id), &values)| (source, id, Some(values))).collect();
        steps.sort_by_key(|(source, id, _)| ((*source * 20 + *id) as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        steps.truncate(steps.len() / 2);
        let gone: Vec<Step> = steps.iter().map(|&(source, id, _)| (source, id, None)).collect();
        steps.reverse();
        let mut graph = Graph::open(&folder.path().join("store")).unwrap();
        graph.store.db.hold_changes_at_most(seed % 64);
        for steps in gone.chunks(set).chain(steps.chunks(set)) {
            let operations: Vec<Operation> = steps.iter().map(operation).collect();
            graph.apply(&operations, 0).unwrap();
        }
        drop(graph);
        prop_assert_eq!((verified(folder.path())?, shown(folder.path())), expect);
    }
}
