//! Values that thousands of strangers share: one e-mail address, one phone, one
//! address, and `n/a` in every column. Nobody is joined through them, and they
//! cost nothing. `EINKLANG_HUBS_FULL=1` runs it on 200,000 records with 5,000
//! who share and 10,000 without any value; else on a tenth.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// A number for a number, well mixed (Steele, Lea & Flood 2014).
fn splitmix(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn pick<'a>(from: &[&'a str], seed: u64) -> &'a str {
    from[(splitmix(seed) % from.len() as u64) as usize]
}

const GIVEN: [&str; 24] = [
    "Anna", "Peter", "Sabine", "Klaus", "Julia", "Markus", "Petra", "Jens", "Laura", "Tobias", "Heike",
    "Stefan", "Monika", "Uwe", "Nicole", "Florian", "Birgit", "Dirk", "Claudia", "Oliver", "Karin", "Ralf",
    "Sandra", "Holger",
];
const FAMILY: [&str; 12] = [
    "Becker", "Kramer", "Vogel", "Seidel", "Lorenz", "Brandt", "Haas", "Graf", "Dietrich", "Ziegler", "Kuhn",
    "Engel",
];
const MIDDLES: [&str; 20] = [
    "", "al", "an", "ar", "el", "em", "en", "er", "ib", "id", "il", "in", "is", "ol", "on", "or", "ul", "um",
    "un", "ur",
];
const ENDINGS: [&str; 12] =
    ["", "mann", "er", "ing", "inger", "hardt", "sen", "ke", "lein", "stein", "berger", "hofer"];

/// Who holds which of the shared values.
#[derive(Clone, Copy)]
struct Sizes {
    records: u64,
    sharers: u64,
    without: u64,
}

/// The records as CSV; every tenth person has two. With `hubs` the first
/// people share values, each kind its own people.
fn generate(sizes: Sizes, hubs: bool) -> String {
    let mut csv = String::from("id,vorname,nachname,strasse,hausnummer,plz,ort,email,telefon,geburtsdatum\n");
    let people = (sizes.records - sizes.without) * 10 / 11;
    let mut id = 0;
    for person in 0..people {
        let copies = if person % 10 == 0 { 2 } else { 1 };
        let kind = if hubs { person / sizes.sharers } else { u64::MAX };
        for _ in 0..copies {
            id += 1;
            row(&mut csv, id, person, kind);
        }
    }
    for _ in 0..sizes.without {
        id += 1;
        writeln!(csv, "{id}{}", ",n/a".repeat(9)).unwrap();
    }
    csv
}

fn row(csv: &mut String, id: u64, person: u64, kind: u64) {
    let seed = person << 8;
    let given = pick(&GIVEN, seed);
    let family = [pick(&FAMILY, seed + 1), pick(&MIDDLES, seed + 11), pick(&ENDINGS, seed + 2)].concat();
    let number = |at: u64, below: u64| splitmix(seed + at) % below;
    let address = match kind {
        2 => "Lagerstraße,1,60327,Frankfurt".to_owned(),
        _ => format!(
            "{}straße,{},{},{}",
            pick(&FAMILY, seed + 3),
            number(4, 120) + 1,
            10_000 + number(5, 80_000),
            pick(&["Berlin", "Hamburg", "Kassel", "Mainz", "Jena"], seed + 6)
        ),
    };
    let email = match kind {
        0 => "bestellung@versand-nord.de".to_owned(),
        _ => format!("{}.{}{person}@web.de", given.to_lowercase(), family.to_lowercase()),
    };
    let phone = match kind {
        1 => "+49 40 5555017".to_owned(),
        _ => format!("+49 151 {:08}", number(7, 100_000_000)),
    };
    let (year, month, day) = (1940 + number(8, 65), number(9, 12) + 1, number(10, 28) + 1);
    writeln!(csv, "{id},{given},{family},{address},{email},{phone},{year}-{month:02}-{day:02}").unwrap();
}

/// The person behind each record, in the order of [`generate`].
fn people(sizes: Sizes) -> Vec<u64> {
    let people = (sizes.records - sizes.without) * 10 / 11;
    let mut of_record = Vec::new();
    for person in 0..people {
        of_record.extend(std::iter::repeat_n(person, if person % 10 == 0 { 2 } else { 1 }));
    }
    of_record.extend((0..sizes.without).map(|at| people + at));
    of_record
}

struct Run {
    /// Records by customer.
    customers: BTreeMap<String, Vec<usize>>,
    report: serde_json::Value,
}

fn unify(csv: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("shop.csv"), folder.path().join("out"));
    std::fs::write(&input, csv).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_einklang"))
        .args(["unify", "--quiet", "--id", "id", "--out"])
        .arg(&out)
        .arg(&input)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Run { customers: customers(&out), report: report(&out) }
}

fn customers(out: &Path) -> BTreeMap<String, Vec<usize>> {
    let mut customers: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for row in csv::Reader::from_path(out.join("crosswalk.csv")).unwrap().records() {
        let row = row.unwrap();
        customers.entry(row[2].to_owned()).or_default().push(row[1].parse::<usize>().unwrap() - 1);
    }
    customers
}

fn report(out: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap()
}

#[test]
fn strangers_are_not_joined_through_what_they_share() {
    let full = std::env::var_os("EINKLANG_HUBS_FULL").is_some();
    let sizes = match full {
        true => Sizes { records: 200_000, sharers: 5_000, without: 10_000 },
        false => Sizes { records: 20_000, sharers: 500, without: 1_000 },
    };
    let (plain, shared) = (unify(&generate(sizes, false)), unify(&generate(sizes, true)));
    for (what, run) in [("without hubs", &plain), ("with hubs", &shared)] {
        let (counts, of_run) = (&run.report["counts"], &run.report["run"]);
        println!(
            "{what}: {} records, {} customers, {} pairs compared, {} s, {} bytes at most",
            counts["records"],
            counts["customers"],
            counts["pairs_compared"],
            of_run["seconds"],
            of_run["memory_bytes_max"]
        );
    }
    // Only the copies of one person are joined, and nearly all of them are.
    let people = people(sizes);
    let mut pairs = 0;
    for records in shared.customers.values() {
        let who: BTreeSet<u64> = records.iter().map(|&record| people[record]).collect();
        assert_eq!(who.len(), 1, "strangers are one customer");
        pairs += records.len() - 1;
    }
    let copies = people.len() - people.iter().collect::<BTreeSet<_>>().len();
    assert!(pairs * 100 >= copies * 99, "{pairs} of {copies} copies were joined");
    // Each of the three is found, with all who share it.
    let hubs = shared.report["hubs"].as_array().unwrap();
    for field in ["address", "email", "phone"] {
        let hub = hubs.iter().find(|hub| hub["field"] == field).unwrap_or_else(|| panic!("{field}"));
        assert_eq!(hub["values"], 1, "{field}");
        let found = hub["most_shared"][0]["people"].as_u64().unwrap();
        // Some of those who share have a name or a birthday in common as well.
        assert!(found * 100 >= sizes.sharers * 80, "{field}: {found} of {}", sizes.sharers);
    }
    assert_eq!(hubs.len(), 3);
    assert!(plain.report["hubs"].as_array().unwrap().is_empty());
    // They cost no comparisons.
    let compared = |run: &Run| run.report["counts"]["pairs_compared"].as_u64().unwrap();
    assert!(compared(&shared) <= compared(&plain) + compared(&plain) / 10);
}

#[test]
fn a_model_keeps_the_hubs_it_was_learned_with() {
    let sizes = Sizes { records: 4_000, sharers: 200, without: 40 };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("all.csv"), generate(sizes, true)).unwrap();
    // Four of those who share: too few to be found without the model.
    let few: Vec<String> = generate(sizes, true).lines().take(5).map(str::to_owned).collect();
    std::fs::write(path("few.csv"), few.join("\n")).unwrap();
    let run = |arguments: &[&str]| {
        let mut run = Command::new(env!("CARGO_BIN_EXE_einklang"));
        let output = run.args(["unify", "--quiet", "--id", "id"]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run(&[&path("all.csv"), "--out", &path("learned")]);
    let model = path("learned/model.json");
    let learned: serde_json::Value = serde_json::from_slice(&std::fs::read(&model).unwrap()).unwrap();
    assert_eq!(learned["hubs"].as_array().unwrap().len(), 3);
    run(&[&path("few.csv"), "--model", &model, "--out", &path("few")]);
    let quality = report(Path::new(&path("few")))["quality"].clone();
    let email = quality.as_array().unwrap().iter().find(|field| field["field"] == "email").cloned().unwrap();
    assert_eq!((email["hub"].as_u64(), email["valid"].as_u64()), (Some(4), Some(0)));
}
