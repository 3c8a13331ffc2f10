//! Runs that may hold less memory than they need: they keep to the limit, give
//! the same bytes, leave no scratch behind, and say what they lack. And the
//! allocator beneath: whatever is asked of it, pieces keep what was written.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use einklang::engine::scratch::{Heap, Scratch, bytes_max};
use proptest::prelude::*;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[global_allocator]
static HEAP: Heap = Heap;

/// Only one run of a process is out of core at a time, and what a test allocates
/// meanwhile would be part of it.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

const FILES: [&str; 7] = [
    "crosswalk.csv",
    "customers.csv",
    "links.csv",
    "review.csv",
    "quarantine.csv",
    "candidates.bin",
    "model.json",
];
const RECORDS: usize = 60_000;
const LIMIT_MIB: u64 = 112;

/// Customers with one to three records each, spelt a little differently.
fn table() -> String {
    const GIVEN: [&str; 12] = [
        "Anna", "Bernd", "Clara", "Dieter", "Elif", "Frank", "Gerda", "Hans", "Ines", "Jonas", "Karla",
        "Luis",
    ];
    const FAMILY: [&str; 14] = [
        "Müller", "Schmidt", "Weber", "Wagner", "Becker", "Hoffmann", "Koch", "Richter", "Klein", "Wolf",
        "Neumann", "Braun", "Krüger", "Hartmann",
    ];
    let mut text =
        "id,given_name,family_name,email,phone,street,house_number,postcode,city,birth_date\n".to_owned();
    for record in 0..RECORDS {
        let person = record * 2 / 3;
        let mixed = person.wrapping_mul(0x9e37_79b1) >> 3;
        let (given, family) = (GIVEN[mixed % 12], FAMILY[mixed / 12 % 14]);
        let suffix = person % 499;
        let email = match record % 3 {
            2 => String::new(),
            _ => format!("{}.{person}@mail{}.example", given.to_lowercase(), person % 7),
        };
        let (year, month, day) = (1950 + mixed % 50, 1 + mixed / 50 % 12, 1 + mixed / 600 % 28);
        writeln!(
            text,
            "r{record},{given},{family}{},{email},0151{:07},{family}weg {suffix},{},{:05},Ort {},{year}-{month:02}-{day:02}",
            if record % 5 == 4 { "-Lang" } else { "" },
            mixed % 10_000_000,
            1 + mixed % 90,
            10_000 + mixed % 3000,
            mixed % 300,
        )
        .unwrap();
    }
    text
}

/// A folder with the table in it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("shop.csv"), table()).unwrap();
    folder
}

/// `unify` of the table, with what the shell is told before.
fn command(folder: &Path, before: &str, more: &str) -> Command {
    let binary = env!("CARGO_BIN_EXE_einklang");
    let mut command = Command::new("sh");
    command
        .current_dir(folder)
        .args(["-c", &format!("{before} exec {binary} unify --id id shop.csv {more}")]);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_run_out_of_core_keeps_its_limit_and_gives_the_same_bytes() {
    let _alone = alone();
    let folder = folder();
    let in_core = command(folder.path(), "", "--out core").output().unwrap();
    assert!(in_core.status.success(), "{}", said(&in_core));
    // The system refuses this run what its process would hold beyond the limit.
    let data = format!("ulimit -d {};", LIMIT_MIB << 10);
    let limit = format!("--memory-max {LIMIT_MIB}MiB");
    let out = command(folder.path(), &data, &format!("--out less {limit}")).output().unwrap();
    assert!(out.status.success(), "{}", said(&out));
    assert!(said(&out).contains("the run goes out of core"), "{}", said(&out));
    for file in FILES {
        let read = |out: &str| fs::read(folder.path().join(out).join(file)).unwrap();
        assert!(read("core") == read("less"), "{file} differs");
    }
    let report = |out: &str| -> serde_json::Value {
        serde_json::from_slice(&fs::read(folder.path().join(out).join("report.json")).unwrap()).unwrap()
    };
    let held = report("less")["run"]["memory_bytes_max"].as_u64().unwrap();
    assert!(held <= LIMIT_MIB << 20, "{} MiB", held >> 20);
    assert!(report("less")["run"]["scratch_bytes_max"].as_u64().unwrap() > 10 << 20);
    assert!(report("core")["run"].get("scratch_bytes_max").is_none());
    assert!(names(&folder.path().join("less")).iter().all(|name| !name.starts_with('.')));
}

#[test]
fn scratch_that_cannot_be_had_is_said_and_nothing_is_left() {
    let _alone = alone();
    let folder = folder();
    let limit = format!("--memory-max {LIMIT_MIB}MiB");
    let cases = [
        // Room runs out in the midst of it.
        ("trap '' XFSZ; ulimit -f 16384;", format!("--out full {limit}"), "--scratch"),
        // A file, where a folder is wanted.
        ("", format!("--out file {limit} --scratch shop.csv"), "cannot keep scratch in `shop.csv`"),
        ("", format!("--out none {limit} --scratch nowhere"), "cannot keep scratch in `nowhere`"),
        ("", "--out little --memory-max 20MiB".to_owned(), "the column `"),
    ];
    for (before, more, expected) in cases {
        let output = command(folder.path(), before, &more).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{more}: {}", said(&output));
        assert!(said(&output).contains(expected), "{more}: {}", said(&output));
        assert!(said(&output).contains("hint:"), "{more}: {}", said(&output));
        let out = more.split(' ').nth(1).unwrap();
        assert_eq!(names(&folder.path().join(out)), Vec::<String>::new(), "{more}");
    }
}

#[test]
fn a_killed_run_leaves_no_scratch() {
    let _alone = alone();
    let folder = folder();
    let limit = format!("--out out --memory-max {LIMIT_MIB}MiB");
    let mut run =
        command(folder.path(), "", &limit).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let out = folder.path().join("out");
    // However long a busy machine takes to come to it.
    while !out.exists() && run.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(300));
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(names(&out).iter().all(|name| !name.contains("scratch")));
}

#[test]
fn too_little_room_is_refused_beforehand() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let refused = Scratch::start(folder.path(), 1 << 30, u64::MAX).err().unwrap();
    assert!(refused.to_string().contains("MiB left"), "{refused}");
    assert!(refused.hint().unwrap().contains("--scratch"));
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

/// What is done to one of a few lists of numbers.
#[derive(Debug, Clone)]
enum Step {
    Grow(usize, usize),
    Shrink(usize, usize),
    Reserve(usize, usize),
    Zeroed(usize, usize),
    Clear(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let list = 0..4_usize;
    // Up to 2 MiB of numbers, on both sides of what counts as large.
    let size = 0..260_000_usize;
    prop_oneof![
        4 => (list.clone(), size.clone()).prop_map(|(list, size)| Step::Grow(list, size)),
        2 => (list.clone(), size.clone()).prop_map(|(list, size)| Step::Shrink(list, size)),
        2 => (list.clone(), size.clone()).prop_map(|(list, size)| Step::Reserve(list, size)),
        1 => (list.clone(), size).prop_map(|(list, size)| Step::Zeroed(list, size)),
        1 => list.prop_map(Step::Clear),
    ]
}

/// The number that stands at a place of a list.
fn number(list: usize, at: usize) -> u64 {
    (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ list as u64
}

fn work(step: &Step, lists: &mut [Vec<u64>]) {
    match *step {
        Step::Grow(list, size) => {
            let from = lists[list].len();
            lists[list].extend((from..from.max(size)).map(|at| number(list, at)));
        }
        Step::Shrink(list, size) => {
            lists[list].truncate(size);
            lists[list].shrink_to_fit();
        }
        Step::Reserve(list, size) => lists[list].reserve_exact(size),
        Step::Zeroed(list, size) => {
            let mut zeros = vec![0_u64; size];
            assert!(zeros.iter().all(|&zero| zero == 0));
            zeros.iter_mut().enumerate().for_each(|(at, zero)| *zero = number(list, at));
            lists[list] = zeros;
        }
        Step::Clear(list) => lists[list] = Vec::new(),
    }
}

fn check(lists: &[Vec<u64>]) {
    for (list, numbers) in lists.iter().enumerate() {
        assert!(numbers.iter().enumerate().all(|(at, &found)| found == number(list, at)), "list {list}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_keep_what_was_written(steps in prop::collection::vec(step(), 1..40)) {
        let _alone = alone();
        let folder = tempfile::tempdir().unwrap();
        let mut lists = vec![Vec::new(); 4];
        let (before, during) = steps.split_at(steps.len() / 4);
        before.iter().for_each(|step| work(step, &mut lists));
        // A limit below what the process holds anyway, so that all is let go of.
        let scratch = Scratch::start(folder.path(), 1, 0).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut lists = vec![Vec::new(); 4];
                    during.iter().for_each(|step| work(step, &mut lists));
                    check(&lists);
                });
            }
            during.iter().for_each(|step| work(step, &mut lists));
            check(&lists);
        });
        prop_assert!(bytes_max().is_some());
        scratch.check().unwrap();
        drop(scratch);
        check(&lists);
        during.iter().for_each(|step| work(step, &mut lists));
        check(&lists);
    }
}
