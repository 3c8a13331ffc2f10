//! Kills a process that takes changes in, again and again at random moments:
//! whatever it answered is there afterwards, nothing is half done, and the
//! graph is what its records make it.
//!
//! `EINKLANG_KILLS=500` kills as often instead of a few times.

#![cfg(feature = "store")]
#![allow(clippy::unwrap_used)]

mod chance;

use chance::Chance;
use einklang::engine::live;
use einklang::store::{Key, Location};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The key of the encrypted store.
const KEY: &str = "8e2f6c0d5b7a49138e2f6c0d5b7a49138e2f6c0d5b7a49138e2f6c0d5b7a4913";

fn einklang(arguments: &[&str], key: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_einklang"));
    command.args(arguments);
    key.map(|key| command.env("EINKLANG_STORE_KEY", key));
    command
}

/// Some operation on one of 300 records, and the given name it leaves there.
fn operation(chance: &mut Chance) -> (String, String, Option<String>) {
    const GIVEN: [&str; 8] = ["Anna", "Hans", "Eva", "Otto", "Ida", "Paul", "Lena", "Emil"];
    const FAMILY: [&str; 6] = ["Müller", "Mueller", "Schmidt", "Weber", "Wagner", "Dorn"];
    let id = format!("r{}", chance.below(300));
    if chance.below(4) == 0 {
        return (format!(r#"{{"op":"delete","source":"live","record_id":"{id}"}}"#), id, None);
    }
    // The count makes every version of a record another.
    let given = format!("{} {}", GIVEN[chance.below(8) as usize], chance.below(1 << 40));
    let (family, day) = (FAMILY[chance.below(6) as usize], 1 + chance.below(9));
    let line = format!(
        r#"{{"op":"upsert","source":"live","record_id":"{id}","fields":{{"vorname":"{given}","nachname":"{family}","geburtsdatum":"1980-03-0{day}","ort":"Ulm"}}}}"#
    );
    (line, id, Some(given))
}

fn kills() -> u64 {
    std::env::var("EINKLANG_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(12)
}

#[test]
fn what_was_answered_outlasts_a_kill() {
    outlasts_kills(None);
}

#[test]
fn what_was_answered_outlasts_a_kill_in_an_encrypted_store() {
    outlasts_kills(Some(KEY));
}

fn outlasts_kills(key: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let name = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (store, merged, input) = (name("store"), name("merged"), name("crm.csv"));
    let mut text = "id,vorname,nachname,geburtsdatum,ort\n".to_owned();
    for at in 0..80 {
        let _ = writeln!(text, "{at},Vorname{at},Name{},1970-01-{:02},Ulm", at / 2, 1 + at % 28);
    }
    fs::write(&input, text).unwrap();
    let unify = ["unify", "-q", "--out", &merged, "--store", &store, &input];
    assert!(einklang(&unify, key).status().unwrap().success());
    let location = Location { path: store.clone().into(), key: key.map(|text| Key::from_hex(text).unwrap()) };
    let mut chance = Chance(7);
    // Per record the given names that it may have now: the last that was
    // answered, or any that was sent since.
    let mut possible: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    for round in 0..kills() {
        run_and_kill(&store, key, &mut chance, &mut possible);
        if round % 10 == 9 || round + 1 == kills() {
            check(&location, &mut possible);
        }
    }
}

/// Sends operations, and kills the process some time after.
fn run_and_kill(
    store: &str,
    key: Option<&str>,
    chance: &mut Chance,
    possible: &mut BTreeMap<String, Vec<Option<String>>>,
) {
    let mut child = einklang(&["upsert", "--store", store, "--batch", "16"], key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let operations: Vec<_> = (0..2000).map(|_| operation(chance)).collect();
    let lines: String = operations.iter().map(|(line, ..)| format!("{line}\n")).collect();
    let writing = std::thread::spawn(move || _ = stdin.write_all(lines.as_bytes()));
    let reading = std::thread::spawn(move || stdout.lines().map_while(Result::ok).collect::<Vec<_>>());
    std::thread::sleep(Duration::from_millis(20 + chance.below(250)));
    // SIGKILL: the process has no chance to tidy up.
    child.kill().unwrap();
    child.wait().unwrap();
    writing.join().unwrap();
    let answers = reading.join().unwrap();
    let whole = answers.iter().filter(|line| serde_json::from_str::<Value>(line).is_ok()).count();
    for (at, (_, id, given)) in operations.into_iter().enumerate() {
        let known = possible.entry(id).or_insert_with(|| vec![None]);
        if at < whole {
            known.clear();
        }
        known.push(given);
    }
}

fn check(location: &Location, possible: &mut BTreeMap<String, Vec<Option<String>>>) {
    let (store, bundle) = live::read(location).unwrap();
    let found = live::verify(&store, &bundle).unwrap();
    assert!(found.is_clean(), "{:#?}", found.differences);
    for (id, possible) in possible {
        let view = live::record(&store, &("live".to_owned(), id.clone())).ok();
        let found = view.map(|view| view.fields["vorname"].clone());
        assert!(possible.contains(&found), "{id} is {found:?}, not one of {possible:?}");
        *possible = vec![found];
    }
}
