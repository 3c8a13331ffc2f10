//! The quick way of trying a draft out, which works out only what the draft
//! reaches, finds what working everything out anew finds: on random drafts over
//! a store with judgements. What it finds is also what taking the draft into
//! force makes, and the store is then what a batch makes of the records.

#![cfg(feature = "store")]
#![allow(clippy::unwrap_used)]

use einklang::engine::live::{self, Graph, Impact, Shelf};
use einklang::engine::progress::Silent;
use einklang::judgement::Judgement;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// Makes a store of the shipped channels.
fn store_of_channels(folder: &Path) -> PathBuf {
    let store = folder.join("store");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/channels");
    let inputs = ["shop", "crm", "newsletter", "till", "support"];
    let made = Command::new(env!("CARGO_BIN_EXE_einklang"))
        .arg("unify")
        .arg("-q")
        .args(inputs.map(|name| root.join(format!("{name}.csv"))))
        .arg("--out")
        .arg(folder.join("out"))
        .arg("--store")
        .arg(&store)
        .status()
        .unwrap();
    assert!(made.success());
    store
}

/// Numbers that follow from a seed alone.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn often(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// A rule file that moves some of what a steward may move.
fn draft(dice: &mut Dice) -> String {
    let mut text = String::new();
    if dice.often() {
        let link = dice.one(&[0.3, 0.5, 0.6667, 0.8, 0.9, 0.99, 0.999_99]);
        text += &format!("[thresholds]\nlink = {link}\nreview = {}\n", dice.one(&[0.001, 0.05, 0.1, 0.3]));
    }
    if dice.often() {
        let on = dice.one(&["email", "phone", "given_name", "family_name", "birth_date", "address"]);
        let weight = dice.one(&[-9.0, -2.5, 0.0, 1.5, 7.0]);
        let level = dice.one(&["different", "same", "close"]);
        text += &format!("[[comparison]]\non = \"{on}\"\nweights = {{ {level} = {weight} }}\n");
    }
    if dice.often() {
        let then = dice.one(&["link", "review", "never"]);
        let when = dice.one(&[
            "email is same",
            "phone is same and name is at least similar",
            "birth_date is at most weak",
        ]);
        text += &format!("[[rule]]\nname = \"a rule\"\nwhen = \"{when}\"\nthen = \"{then}\"\n");
    }
    if dice.below(4) == 0 {
        text += "[blocking]\nkeys = [\"email\", \"prefix(family_name, 4) + birth_date\"]\n";
    }
    if dice.below(4) == 0 {
        let order = dice.one(&["longest", "most_recent", "most_frequent"]);
        text += &format!("[[survivorship]]\nfield = \"family_name\"\norder = [\"{order}\"]\n");
    }
    if dice.below(5) == 0 {
        text += "[cluster]\nlink_only = true\n";
    }
    text
}

/// Judges some pairs of the queue, and pins what some of them show.
fn judge_some(graph: &mut Graph, dice: &mut Dice) {
    let queue = live::review_queue(&graph.store, &graph.bundle).unwrap();
    let filter = live::ReviewFilter::default();
    let page = live::review_page(&queue, &graph.store, &filter, None, 40).unwrap();
    for item in page.items {
        let judgement = dice.one(&[Judgement::Positive, Judgement::Negative, Judgement::Unsure]);
        let name = |member: &live::MemberView| (member.source.clone(), member.record_id.clone());
        graph.judge_pairs(vec![(name(&item.a), name(&item.b), judgement)], "anna", "", 1).unwrap();
        if dice.often() {
            let new = live::NewPin {
                of: live::PinnedOf::Record(name(&item.a)),
                field: "family_name".to_owned(),
                value: Some(format!("Pinned {}", dice.below(3))),
                who: "anna".to_owned(),
                why: String::new(),
            };
            graph.pin(&new, 2).unwrap();
        }
    }
}

fn told(impact: &Impact) -> Impact {
    Impact { seconds: 0.0, ..impact.clone() }
}

#[test]
fn the_quick_way_finds_what_the_full_way_finds() {
    let folder = tempfile::tempdir().unwrap();
    let path = store_of_channels(folder.path());
    let mut dice = Dice(0x5eed);
    let mut graph = Graph::open(&path).unwrap();
    judge_some(&mut graph, &mut dice);
    let shelf = Shelf::default();
    let mut moved = 0;
    for round in 0..24 {
        let text = draft(&mut dice);
        let (store, in_force) = (graph.store.moment(), Arc::clone(&graph.bundle));
        let bundle = || live::draft_bundle(&store, &in_force, &text, false).unwrap();
        let quick = live::impact(&store, &in_force, bundle(), 7, Some(&shelf), &Silent).unwrap();
        let full = live::impact_in_full(&store, &in_force, bundle(), 7).unwrap();
        assert_eq!(told(&quick), told(&full), "round {round} of\n{text}");
        moved += quick.kinds.values().sum::<u64>();
        if round % 4 == 3 {
            let made = graph.apply_rules(text.clone(), false, "otto", "", 8).unwrap();
            let kinds: Vec<(&str, u64)> = made.kinds.iter().map(|(kind, count)| (*kind, *count)).collect();
            let foreseen: Vec<(&str, u64)> =
                quick.kinds.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
            assert_eq!((kinds, made.customers), (foreseen, quick.customers), "round {round} of\n{text}");
            let found = live::verify(&graph.store, &graph.bundle).unwrap();
            assert!(found.is_clean(), "round {round} of\n{text}{:#?}", found.differences);
        }
    }
    assert!(moved > 1000, "the drafts moved {moved} customers in all");
    let version = graph.bundle.version;
    graph.roll_back(1, "otto", "", 9).unwrap();
    graph.roll_back(version, "otto", "", 10).unwrap();
    let found = live::verify(&graph.store, &graph.bundle).unwrap();
    assert!(found.is_clean(), "{:#?}", found.differences);
}

/// How often a sample's interval holds what the exact answer says.
#[test]
fn a_sample_tells_roughly_what_a_draft_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = store_of_channels(folder.path());
    let graph = Graph::open(&path).unwrap();
    let (store, in_force) = (graph.store.moment(), Arc::clone(&graph.bundle));
    let mut dice = Dice(0xfeed);
    let (mut told, mut held) = (0, 0);
    for _ in 0..24 {
        let text = draft(&mut dice);
        let bundle = || live::draft_bundle(&store, &in_force, &text, false).unwrap();
        let Some(found) = live::outlook(&store, &in_force, &bundle(), None, 3000).unwrap() else { continue };
        assert!(found.customers < found.of_customers && found.records >= 3000);
        let exact = live::impact(&store, &in_force, bundle(), 7, None, &Silent).unwrap();
        for (kind, [_, low, high]) in [("merged", found.merged), ("split", found.split)] {
            let count = exact.kinds.get(kind).copied().unwrap_or(0) as f64;
            told += 1;
            held += u32::from(low <= count && count <= high);
        }
    }
    assert!(told >= 30, "{told}");
    // Merges of three customers count thrice in a sample, so that not all hold.
    assert!(f64::from(held) >= 0.8 * f64::from(told), "{held} of {told} intervals hold the exact count");
    let few = live::outlook(&store, &in_force, &in_force, None, 3000).unwrap();
    assert_eq!(few, None, "what changes nothing needs no sample");
}

#[test]
fn columns_of_a_draft_take_effect_and_what_would_not_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = store_of_channels(folder.path());
    let mut graph = Graph::open(&path).unwrap();
    let told = |graph: &Graph| -> u64 {
        let survey = live::survey(&graph.store, 0).unwrap();
        let shop = survey.sources.iter().find(|source| source.name == "shop").unwrap();
        shop.fields.get("phone").map_or(0, |field| field.filled)
    };
    let (before, digest) = (told(&graph), graph.store.counters.digest);
    assert!(before > 0);
    let phone = graph.bundle.layouts.of_source("shop").into_iter();
    let phone = phone.filter(|column| column.attribute.name() == "phone").map(|column| column.name);
    let rules: Vec<String> = phone
        .map(|name| format!("[[column]]\nsource = \"shop\"\ncolumn = \"{name}\"\nis = \"carried\"\n"))
        .collect();
    let text = rules.concat();
    let impact = {
        let draft = live::draft_bundle(&graph.store, &graph.bundle, &text, false).unwrap();
        live::impact(&graph.store, &graph.bundle, draft, 7, None, &Silent).unwrap()
    };
    assert!(impact.kinds.values().sum::<u64>() > 0, "the shop's phones are evidence no more");
    graph.apply_rules(text, false, "otto", "", 8).unwrap();
    assert_eq!(told(&graph), 0);
    assert!(live::verify(&graph.store, &graph.bundle).unwrap().is_clean());
    graph.apply_rules(String::new(), false, "otto", "", 9).unwrap();
    assert_eq!((told(&graph), graph.store.counters.digest), (before, digest), "recognised as at first");
    assert!(live::verify(&graph.store, &graph.bundle).unwrap().is_clean());
    let refused = [
        ("[[column]]\ncolumn = \"Telefn\"\nis = \"phone\"\n", "there is no column `Telefn`"),
        ("[[source]]\nname = \"shopp\"\npriority = 1\n", "there is no source `shopp`"),
        ("[[comparison]]\non = \"iban\"\nweights = { same = 3.0 }\n", "does not compare `iban`"),
        ("[model]\nprior = 0.001\n", "learned with its `prior`"),
    ];
    for (text, wanted) in refused {
        let faults = live::check_draft(&graph.store, &graph.bundle, text, false).faults;
        assert!(faults.iter().any(|fault| fault.message.contains(wanted)), "{text}: {faults:?}");
        assert!(faults.iter().all(|fault| fault.hint.is_some()), "{text}: {faults:?}");
        assert!(live::draft_bundle(&graph.store, &graph.bundle, text, false).is_err(), "{text}");
    }
    assert!(
        live::check_draft(&graph.store, &graph.bundle, "[model]\nprior = 0.001\n", true).faults.is_empty()
    );
    let off = "[[comparison]]\non = \"phone\"\noff = true\n";
    let draft = live::draft_bundle(&graph.store, &graph.bundle, off, false).unwrap();
    let impact = live::impact(&graph.store, &graph.bundle, draft, 7, None, &Silent).unwrap();
    assert!(impact.kinds.values().sum::<u64>() > 0, "a comparison that is off is evidence no more");
}

#[test]
fn an_appraisal_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = store_of_channels(folder.path());
    let (store, bundle) = live::read(&path).unwrap();
    let found = live::appraisal(&store, &bundle).unwrap();
    for [share, low, high] in [found.precision, found.recall, found.lost] {
        assert!(0.0 <= low && low <= share && share <= high && high <= 1.0, "{low} {share} {high}");
    }
    assert_eq!(found.keys.len(), bundle.keys().len());
    assert_eq!(found.keys.iter().map(|key| key.pairs_new).sum::<u64>(), found.pairs);
    let by_source = found.unlinkable.sources.values().flat_map(|reasons| reasons.values()).sum::<u64>();
    assert_eq!(found.unlinkable.reasons.values().sum::<u64>(), by_source);
}
