//! Writes that fail, one after the other, and logs cut off anywhere: whatever
//! was answered is there when the store is opened again, nothing is half done,
//! and the graph is what its records make it. Damaged files and disks that
//! cannot be written are told of clearly.
//!
//! `EINKLANG_CUTS=2000` cuts the log as often instead of a few hundred times.

#![cfg(feature = "store")]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod chance;

use chance::Chance;
use einklang::engine::live::{self, Decided, Graph, NewPin, Operation, PinnedOf, Prepared};
use einklang::engine::load::{Input, LoadOptions};
use einklang::engine::progress::Silent;
use einklang::engine::unify::{UnifyRequest, unify};
use einklang::error::Result;
use einklang::judgement::Judgement;
use einklang::rules::{self, Rules};
use einklang::store::{Faults, Key, Location};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// So few changes of whole blocks that their pages are written on the way.
const CHANGES_HELD: u64 = 60;

/// Per record the given name that it has; none where it is gone.
type State = BTreeMap<String, String>;

fn rules() -> Rules {
    rules::parse("[blocking]\nblock_size_max = 6\n", Path::new("rules.toml")).unwrap()
}

/// A store of 60 records, and what is in it.
fn load(folder: &Path) -> (PathBuf, State) {
    load_with(folder, None)
}

fn load_with(folder: &Path, key: Option<&Key>) -> (PathBuf, State) {
    let mut text = "quelle,id,vorname,nachname,geburtsdatum,ort\n".to_owned();
    let mut state = State::new();
    for at in 0..60 {
        let given = format!("Vorname{}", at / 2);
        let _ = writeln!(text, "crm,r{at},{given},Name{},1970-01-{:02},Ulm", at / 2, 1 + at / 2 % 28);
        state.insert(format!("r{at}"), given);
    }
    let input = folder.join("crm.csv");
    fs::write(&input, text).unwrap();
    let request = UnifyRequest {
        inputs: vec![Input { path: input, source: None }],
        load: LoadOptions {
            id: Some("id".to_owned()),
            source_column: Some("quelle".to_owned()),
            ..LoadOptions::default()
        },
        rules: rules(),
        keep_raw: true,
        ..UnifyRequest::default()
    };
    let at = Location { path: folder.join("loaded"), key: key.cloned() };
    unify(&request, &Silent, |outcome| live::create(&at, outcome, &rules(), 0)).unwrap();
    (at.path, state)
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(std::result::Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

fn name(id: &str) -> (String, String) {
    ("crm".to_owned(), id.to_owned())
}

fn operation(id: &str, given: Option<&str>) -> Operation {
    let fields = given.map(|given| {
        let fields =
            [("vorname", given), ("nachname", "Dorn"), ("geburtsdatum", "1980-03-12"), ("ort", "Ulm")];
        fields.map(|(column, value)| (column.to_owned(), value.to_owned())).to_vec()
    });
    let (source, record_id) = name(id);
    Operation { source, record_id, at: None, fields, position: None }
}

/// What is done to a store in one go.
enum Step {
    Apply(Vec<(&'static str, Option<&'static str>)>),
    Judge(&'static str, &'static str),
    Pin(&'static str),
    Erase(&'static str),
    Train,
    Repair,
    Close,
}

fn script() -> Vec<Step> {
    vec![
        Step::Apply(vec![
            ("r1", Some("Anna")),
            ("r2", Some("Anna")),
            ("n1", Some("Anna")),
            ("n2", Some("Hanna")),
        ]),
        Step::Judge("r4", "r9"),
        Step::Apply(vec![("r1", None), ("r5", None), ("n3", Some("Ana")), ("n4", Some("Eva"))]),
        Step::Train,
        Step::Apply(vec![
            ("n1", Some("Eva")),
            ("r7", Some("Anna")),
            ("r8", Some("Anna")),
            ("r9", Some("Anna")),
        ]),
        Step::Pin("r7"),
        Step::Pin("r20"),
        Step::Erase("r7"),
        Step::Repair,
        Step::Apply(vec![("n5", Some("Eva")), ("n2", None)]),
        Step::Close,
    ]
}

/// What a step makes of the records.
fn after(step: &Step, mut state: State) -> State {
    match step {
        Step::Apply(changes) => {
            for (id, given) in changes {
                match given {
                    Some(given) => _ = state.insert((*id).to_owned(), (*given).to_owned()),
                    None => _ = state.remove(*id),
                }
            }
        }
        Step::Erase(id) => _ = state.remove(*id),
        Step::Judge(..) | Step::Pin(_) | Step::Train | Step::Repair | Step::Close => {}
    }
    state
}

fn make(graph: &mut Graph, step: &Step, now: i64) -> Result<()> {
    match step {
        Step::Pin(id) => {
            let new = NewPin {
                of: PinnedOf::Record(name(id)),
                field: "family_name".to_owned(),
                value: Some("Pinned".to_owned()),
                who: "tester".to_owned(),
                why: String::new(),
            };
            graph.pin(&new, now).map(drop)
        }
        Step::Apply(changes) => {
            let operations: Vec<Operation> =
                changes.iter().map(|(id, given)| operation(id, *given)).collect();
            graph.apply(&operations, now).map(drop)
        }
        Step::Judge(a, b) => {
            let decided =
                Decided { judgement: Judgement::Positive, who: "tester".to_owned(), why: String::new() };
            graph.judge(&name(a), &name(b), &decided, now).map(drop)
        }
        Step::Erase(id) => graph.erase(&[name(id)], now).map(drop),
        Step::Train => {
            let bundle = live::retrain(&graph.store, &graph.bundle, rules())?;
            graph.adopt(bundle, "training", now).map(drop)
        }
        Step::Repair => graph.repair(now).map(drop),
        Step::Close => graph.store.db.flush(),
    }
}

/// What the store holds; everything derived must be what the records make it.
fn held(at: impl Into<Location>, context: &str) -> State {
    let at = at.into();
    Graph::open(&at).unwrap().close().unwrap();
    let (store, bundle) = live::read(&at).unwrap();
    let found = live::verify(&store, &bundle).unwrap();
    assert!(found.is_clean(), "{context}: {:#?}", found.differences);
    let mut state = State::new();
    for id in (0..60).map(|at| format!("r{at}")).chain((1..9).map(|at| format!("n{at}"))) {
        if let Ok(view) = live::record(&store, &name(&id)) {
            state.insert(id, view.fields["vorname"].clone());
        }
    }
    state
}

#[test]
fn any_write_may_fail() {
    let folder = tempfile::tempdir().unwrap();
    let (loaded, before) = load(folder.path());
    let path = folder.path().join("store");
    let script = script();
    copy(&loaded, &path);
    let counting = Arc::new(Faults::default());
    let mut graph = Graph::open_failing(&path, Arc::clone(&counting)).unwrap();
    graph.store.db.hold_changes_at_most(CHANGES_HELD);
    script.iter().zip(0..).for_each(|(step, now)| make(&mut graph, step, now).unwrap());
    drop(graph);
    assert_eq!(held(&path, "no fault"), script.iter().fold(before.clone(), |state, step| after(step, state)));
    assert!(counting.writes() > 40, "{} writes", counting.writes());
    for first in 0..counting.writes() {
        for is_made in [false, true] {
            let context = format!("write {first}{}", if is_made { " made" } else { "" });
            copy(&loaded, &path);
            let mut graph = Graph::open_failing(&path, Arc::new(Faults::at(first, is_made))).unwrap();
            graph.store.db.hold_changes_at_most(CHANGES_HELD);
            let mut state = before.clone();
            let mut possible = state.clone();
            for (step, now) in script.iter().zip(0..) {
                possible = after(step, state.clone());
                match make(&mut graph, step, now) {
                    Ok(()) => state = possible.clone(),
                    Err(error) => {
                        assert!(error.to_string().contains("on purpose"), "{context}: {error}");
                        break;
                    }
                }
            }
            drop(graph);
            let found = held(&path, &context);
            assert!(found == state || found == possible, "{context}: {found:?}");
        }
    }
}

/// Sets of changes to random records, no record twice in one.
fn sets() -> Vec<Vec<(String, Option<&'static str>)>> {
    const GIVEN: [Option<&str>; 4] = [Some("Anna"), Some("Hanna"), Some("Eva"), None];
    let mut chance = Chance(5);
    let set = |_| {
        let change = |_| (format!("r{}", chance.below(60)), GIVEN[chance.below(4) as usize]);
        (0..12).map(change).collect::<BTreeMap<_, _>>().into_iter().collect()
    };
    (0..8).map(set).collect()
}

/// Works sets in, each while the one before is written, until a write fails.
/// Returns how many operations were answered.
fn answered(graph: &mut Graph, sets: &[Vec<(String, Option<&str>)>]) -> (usize, Result<()>) {
    let bundle = Arc::clone(&graph.bundle);
    let mut succession = graph.succession();
    let mut answered = 0;
    for (set, now) in sets.iter().zip(0..) {
        let set: Vec<Operation> = set.iter().map(|(id, given)| operation(id, *given)).collect();
        match succession.apply(&set, &Prepared::new(&bundle, &set), now) {
            Ok(answers) => answered += answers.len(),
            Err(error) => return (answered, Err(error)),
        }
    }
    match succession.settle() {
        Ok(answers) => (answered + answers.len(), Ok(())),
        Err(error) => (answered, Err(error)),
    }
}

#[test]
fn any_write_may_fail_while_the_next_set_is_worked_in() {
    let folder = tempfile::tempdir().unwrap();
    let (loaded, before) = load(folder.path());
    let path = folder.path().join("store");
    let sets = sets();
    let mut states = vec![before];
    for set in &sets {
        let mut state = states[states.len() - 1].clone();
        for (id, given) in set {
            match given {
                Some(given) => _ = state.insert(id.clone(), (*given).to_owned()),
                None => _ = state.remove(id),
            }
        }
        states.push(state);
    }
    for first in 0..=sets.len() {
        for is_made in [false, true] {
            let context = format!("write {first}{}", if is_made { " made" } else { "" });
            copy(&loaded, &path);
            let mut graph = Graph::open_failing(&path, Arc::new(Faults::at(first as u64, is_made))).unwrap();
            graph.store.db.hold_changes_at_most(CHANGES_HELD);
            let (answered, result) = answered(&mut graph, &sets);
            assert_eq!(result.is_err(), first < sets.len(), "{context}");
            let whole: usize = sets.iter().take(first).map(Vec::len).sum();
            assert_eq!(answered, whole, "{context}");
            drop(graph);
            let expect = (first + usize::from(is_made)).min(sets.len());
            assert_eq!(held(&path, &context), states[expect], "{context}");
        }
    }
}

/// The log that is being written.
fn newest_log(path: &Path) -> PathBuf {
    let logs = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    logs.filter(|path| path.extension().is_some_and(|extension| extension == "log")).max().unwrap()
}

#[test]
fn a_log_may_be_cut_off_anywhere() {
    cut_the_log(None);
}

#[test]
fn the_log_of_an_encrypted_store_may_be_cut_off_anywhere() {
    cut_the_log(Some(&Key::from_hex(&"5a".repeat(32)).unwrap()));
}

fn cut_the_log(key: Option<&Key>) {
    let cuts = std::env::var("EINKLANG_CUTS").ok().and_then(|count| count.parse().ok()).unwrap_or(200);
    let folder = tempfile::tempdir().unwrap();
    let (loaded, before) = load_with(folder.path(), key);
    let keyed = |path: &Path| Location { path: path.to_owned(), key: key.cloned() };
    let (written, path) = (folder.path().join("written"), folder.path().join("store"));
    copy(&loaded, &written);
    let mut graph = Graph::open(keyed(&written)).unwrap();
    let log = newest_log(&written);
    let length = || fs::metadata(&log).unwrap().len();
    // Where the log ended when each state was answered.
    let mut answered: Vec<(u64, State)> = vec![(length(), before)];
    let mut chance = Chance(11);
    for now in 0..40 {
        const GIVEN: [Option<&str>; 4] = [Some("Anna"), Some("Hanna"), Some("Eva"), None];
        let changes: BTreeMap<String, Option<&str>> = (0..1 + chance.below(4))
            .map(|_| (format!("r{}", chance.below(60)), GIVEN[chance.below(4) as usize]))
            .collect();
        let operations: Vec<Operation> = changes.iter().map(|(id, given)| operation(id, *given)).collect();
        graph.apply(&operations, now).unwrap();
        let mut state = answered.last().unwrap().1.clone();
        for (id, given) in changes {
            match given {
                Some(given) => _ = state.insert(id, given.to_owned()),
                None => _ = state.remove(&id),
            }
        }
        answered.push((length(), state));
    }
    // As a killed process leaves it.
    copy(&written, &folder.path().join("killed"));
    drop(graph);
    let (killed, end) = (folder.path().join("killed"), answered.last().unwrap().0);
    for cut in (0..cuts).map(|_| chance.below(end + 1)).chain([0, 1, 40, 4095, 4096, 4097, end - 1, end]) {
        copy(&killed, &path);
        let log = path.join(log.file_name().unwrap());
        fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(cut).unwrap();
        let found = held(keyed(&path), &format!("cut at {cut}"));
        let last = answered.iter().rposition(|(length, _)| *length <= cut).unwrap_or(0);
        assert_eq!(found, answered[last].1, "cut at {cut} of {end}");
    }
}

#[test]
fn damaged_files_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let (loaded, _) = load(folder.path());
    let path = folder.path().join("store");
    copy(&loaded, &path);
    let tables = || {
        let files = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|extension| extension == "sst"))
    };
    for table in tables() {
        let mut bytes = fs::read(&table).unwrap();
        let middle = bytes.len() / 3;
        bytes[..middle].iter_mut().for_each(|byte| *byte ^= 0x55);
        fs::write(&table, bytes).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_einklang"))
        .args(["verify", "--store", path.to_str().unwrap()])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(said.contains("is damaged") && said.contains("einklang restore"), "{said}");
}

/// A small file system of its own, taken away at the end; `None` where this
/// process may not mount one.
struct Disk(PathBuf);

impl Disk {
    fn new(path: PathBuf, megabytes: u32) -> Option<Self> {
        fs::create_dir_all(&path).unwrap();
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "none"]).arg(&path).output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(path));
        }
        eprintln!("skipped: this test mounts a file system, which takes the rights of root");
        None
    }

    fn make_read_only(&self) {
        let done = Command::new("mount").args(["-o", "remount,ro"]).arg(&self.0).status().unwrap();
        assert!(done.success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_read_only_disk_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::new(folder.path().join("disk"), 64) else { return };
    let (loaded, before) = load(folder.path());
    let path = disk.0.join("store");
    copy(&loaded, &path);
    disk.make_read_only();
    let error = Graph::open(&path).err().unwrap();
    assert!(error.hint().is_some_and(|hint| hint.contains("writable")), "{error}");
    let (store, bundle) = live::read(&path).unwrap();
    assert!(live::verify(&store, &bundle).unwrap().is_clean(), "reading goes on");
    assert_eq!(store.counters.records, before.len() as u64);
}

#[test]
fn a_full_disk_loses_nothing_that_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::new(folder.path().join("disk"), 24) else { return };
    let (loaded, mut state) = load(folder.path());
    let path = disk.0.join("store");
    copy(&loaded, &path);
    let mut graph = Graph::open(&path).unwrap();
    let mut refused = None;
    for at in 0..4000 {
        let (id, given) = (format!("r{}", at % 60), format!("Anna {}", "x".repeat(9000 + at)));
        match graph.apply(&[operation(&id, Some(&given))], at as i64) {
            Ok(_) => _ = state.insert(id, given),
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    let refused = refused.expect("the disk is full");
    assert!(refused.hint().is_some_and(|hint| hint.contains("space")), "{refused}");
    drop(graph);
    // With room again, everything that was answered is there.
    let roomy = folder.path().join("roomy");
    copy(&path, &roomy);
    let mut found = held(&roomy, "a full disk");
    found.retain(|id, given| state.get(id) != Some(given));
    assert!(found.len() <= 1, "only the change that was refused may differ: {:?}", found.keys());
}
