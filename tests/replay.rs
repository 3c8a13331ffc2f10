//! A copy brought to a later moment by the journal is the store as it was then:
//! records, customers with their ids, golden values, pins, change feed. What
//! was erased in the meantime stays erased.

#![cfg(feature = "store")]
#![allow(clippy::unwrap_used)]

use einklang::engine::live::{self, Decided, Graph, NewPin, Operation, PinnedOf, Until, restore_until};
use einklang::judgement::Judgement;
use einklang::rules::Rules;
use std::path::{Path, PathBuf};

/// Sometime in 2030, so that nothing is old.
const BEGIN: i64 = 1_900_000_000_000_000;

fn name(id: usize) -> (String, String) {
    ("crm".to_owned(), format!("r{id}"))
}

/// A fixed sequence that looks like chance.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

fn operation(id: usize, chance: &mut Chance) -> Operation {
    const GIVEN: [&str; 4] = ["Anna", "Hanna", "Eva", "Hans"];
    const FAMILY: [&str; 3] = ["Müller", "Dorn", "Kunze"];
    const EMAIL: [&str; 4] = ["a.mueller@web.de", "dorn@gmx.de", "kunze@firma.de", "h@web.de"];
    let fields = [
        ("vorname", GIVEN[chance.below(4)]),
        ("nachname", FAMILY[chance.below(3)]),
        ("geburtsdatum", ["1980-03-12", "1955-07-30"][chance.below(2)]),
        ("email", EMAIL[chance.below(4)]),
    ];
    let fields = fields.map(|(column, value)| (column.to_owned(), value.to_owned())).to_vec();
    let (source, record_id) = name(id);
    let position = Some(live::Position { stream: "topic/0".to_owned(), place: chance.0 });
    let fields = (chance.below(4) > 0).then_some(fields);
    Operation { source, record_id, at: None, fields, position: position.filter(|_| chance.below(2) > 0) }
}

/// One step of a store's life; some are refused, and change nothing.
fn step(graph: &mut Graph, chance: &mut Chance, now: i64) {
    let who = "tester".to_owned();
    match chance.below(10) {
        0 | 9 => {
            let judgement = [Judgement::Positive, Judgement::Negative, Judgement::Withdrawn][chance.below(3)];
            let decided = Decided { judgement, who, why: String::new() };
            let _ = graph.judge(&name(chance.below(9)), &name(chance.below(30)), &decided, now);
        }
        1 => {
            let value = (chance.below(3) > 0).then(|| format!("pinned {now}"));
            let of = PinnedOf::Record(name(chance.below(30)));
            let _ = graph.pin(&NewPin { of, field: "email".to_owned(), value, who, why: String::new() }, now);
        }
        2 if chance.below(3) == 0 => {
            let link = ["0.5", "0.8", "0.95"][chance.below(3)];
            let rules = format!("[thresholds]\nlink = {link}\nreview = 0.1\n");
            let _ = graph.apply_rules(rules, false, "otto", "", now);
        }
        _ => {
            let operations: Vec<Operation> =
                (0..1 + chance.below(6)).map(|_| operation(chance.below(30), chance)).collect();
            graph.apply(&operations, now).unwrap();
        }
    }
}

/// Everything that a store shows, and what it says of the place in its stream.
fn held(path: &Path) -> String {
    let (store, bundle) = live::read(path).unwrap();
    let found = live::verify(&store, &bundle).unwrap();
    assert!(found.is_clean(), "{:#?}", found.differences);
    let customers = live::customers_after(&store, "", usize::MAX).unwrap();
    let feed = live::changes_after(&store, 0, usize::MAX).unwrap();
    let rules = live::rule_text(&store, bundle.version).unwrap();
    let place = store.position("topic/0").unwrap();
    format!("{} {customers:#?} {feed:#?} {} {rules} {place:?}", found.digest, bundle.version)
}

fn empty(folder: &Path) -> PathBuf {
    let path = folder.join("store");
    live::create_empty(&path, Rules::default()).unwrap();
    path
}

#[test]
fn the_state_at_any_moment_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = empty(folder.path());
    let at = |name: String| folder.path().join(name);
    let mut graph = Graph::open(&path).unwrap();
    let mut chance = Chance(7);
    // Per moment: the last change, when it was, and the store as it was.
    let mut moments: Vec<(u64, i64, String)> = Vec::new();
    for round in 0..90 {
        let now = BEGIN + round * 1_000_000;
        step(&mut graph, &mut chance, now);
        if round == 20 {
            live::backup(&path, &at("copy".to_owned())).unwrap();
        }
        if round >= 20 && round % 6 == 2 {
            moments.push((graph.store.counters.last_change, now, held(&path)));
        }
        if round % 25 == 24 {
            drop(graph);
            graph = Graph::open(&path).unwrap();
        }
    }
    live::backup(&path, &at("later".to_owned())).unwrap();
    // Every kind of change was there to be worked in again.
    let (judged, pinned) = (graph.store.judged.made, graph.store.pinned.made);
    assert!(
        judged > 0 && pinned > 0 && graph.bundle.version > 1,
        "{judged} {pinned} {}",
        graph.bundle.version
    );
    drop(graph);
    for (place, (change, time, expect)) in moments.iter().enumerate() {
        let (until, log) = match place % 2 {
            0 => (Until::Change(*change), path.clone()),
            _ => (Until::Time(*time), at("later".to_owned())),
        };
        let target = at(format!("restored{place}"));
        let done = restore_until(&at("copy".to_owned()), &log, &target, until, BEGIN).unwrap();
        assert_eq!((done.last_change, done.erased), (*change, 0));
        assert!(held(&target) == *expect, "moment {place} differs");
    }
    // The restored store goes on, and copies of it can be brought on in turn.
    let restored = at("restored0".to_owned());
    live::backup(&restored, &at("copy of restored".to_owned())).unwrap();
    let mut graph = Graph::open(&restored).unwrap();
    (0..5).for_each(|round| step(&mut graph, &mut chance, BEGIN + (200 + round) * 1_000_000));
    drop(graph);
    let end = (Until::Time(i64::MAX), at("again".to_owned()));
    restore_until(&at("copy of restored".to_owned()), &restored, &end.1, end.0, BEGIN).unwrap();
    assert!(held(&end.1) == held(&restored));
    // What does not fit together is refused.
    let refused = |from: &str, log: &str, until| {
        let target = at("refused".to_owned());
        restore_until(&at(from.to_owned()), &at(log.to_owned()), &target, until, BEGIN)
            .unwrap_err()
            .to_string()
    };
    let first = moments[0].0;
    assert!(refused("later", "store", Until::Change(first)).contains("was made after that moment"));
    assert!(refused("copy", "store", Until::Change(1 << 40)).contains("the journal ends with change"));
    assert!(refused("later", "restored0", Until::Change(1 << 40)).contains("are not of one store"));
    assert!(refused("copy of restored", "store", Until::Change(1 << 40)).contains("are not of one store"));
    assert!(!at("refused".to_owned()).exists());
}

#[test]
fn what_was_erased_stays_erased() {
    let folder = tempfile::tempdir().unwrap();
    let path = empty(folder.path());
    let at = |name: &str| folder.path().join(name);
    let mut graph = Graph::open(&path).unwrap();
    let put = |graph: &mut Graph, id: usize, email: &str, now: i64| {
        let fields = [("vorname", "Anna"), ("nachname", "Müller"), ("email", email)];
        let fields = fields.map(|(column, value)| (column.to_owned(), value.to_owned())).to_vec();
        let (source, record_id) = name(id);
        let operation = Operation { source, record_id, at: None, fields: Some(fields), position: None };
        graph.apply(&[operation], now).unwrap();
    };
    let pin = |graph: &mut Graph, id: usize, value: &str, now: i64| {
        let of = PinnedOf::Record(name(id));
        let (field, value) = ("email".to_owned(), Some(value.to_owned()));
        graph.pin(&NewPin { of, field, value, who: "tester".to_owned(), why: String::new() }, now).unwrap();
    };
    put(&mut graph, 1, "quellmalz1@example.org", BEGIN);
    put(&mut graph, 2, "dorn@example.org", BEGIN + 1);
    live::backup(&path, &at("copy")).unwrap();
    put(&mut graph, 3, "quellmalz3@example.org", BEGIN + 2);
    pin(&mut graph, 3, "quellmalz4@example.org", BEGIN + 3);
    pin(&mut graph, 2, "dorn.neu@example.org", BEGIN + 4);
    put(&mut graph, 4, "kunze@example.org", BEGIN + 5);
    graph.erase(&[name(1), name(3)], BEGIN + 6).unwrap();
    drop(graph);
    drop(Graph::open(&path).unwrap());
    let check = |folder: &Path| {
        for entry in std::fs::read_dir(folder).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(9).any(|window| window == b"quellmalz"), "{}", folder.display());
        }
        let store = live::read_rows(folder).unwrap();
        for family in einklang::store::Family::ALL {
            for row in store.db.rows(family, &[]) {
                let (_, value) = row.unwrap();
                assert!(!value.windows(9).any(|window| window == b"quellmalz"), "{}", family.name());
            }
        }
    };
    check(&path);
    let target = at("restored");
    let done = restore_until(&at("copy"), &path, &target, Until::Time(BEGIN + 4), BEGIN + 9).unwrap();
    assert_eq!(done.erased, 1);
    held(&target);
    check(&target);
    let (store, _) = live::read(&target).unwrap();
    for gone in [1, 3, 4] {
        assert!(live::record(&store, &name(gone)).is_err(), "r{gone}");
    }
    let customers = live::customers_after(&store, "", 10).unwrap();
    assert_eq!(customers.len(), 1);
    assert_eq!(customers[0].golden["email"].value, "dorn.neu@example.org");
    drop(store);
    let mut graph = Graph::open(&target).unwrap();
    put(&mut graph, 3, "quellmalz3@example.org", BEGIN + 20);
    assert!(live::record(&graph.store, &name(3)).is_err());
}
