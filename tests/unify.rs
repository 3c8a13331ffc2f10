//! The batch run from outside: the shipped data give the promised quality, and
//! the result is a function of the records alone.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CHANNELS: [&str; 5] = ["shop", "crm", "newsletter", "till", "support"];
const TABLES: [&str; 5] = ["crosswalk.csv", "customers.csv", "links.csv", "review.csv", "quarantine.csv"];

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)
}

fn einklang(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_einklang")).args(arguments).output().unwrap()
}

/// Merges and returns the output folder's tables.
fn unify(inputs: &[PathBuf], more: &[&str]) -> (tempfile::TempDir, Vec<Vec<u8>>) {
    let out = tempfile::tempdir().unwrap();
    let mut arguments = vec!["unify", "--quiet", "--out", out.path().to_str().unwrap()];
    arguments.extend(inputs.iter().map(|input| input.to_str().unwrap()));
    arguments.extend(more);
    let output = einklang(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tables = TABLES.map(|table| fs::read(out.path().join(table)).unwrap()).to_vec();
    (out, tables)
}

/// Pairwise precision, recall and F1.
fn measure(out: &Path, truth: &Path) -> (f64, f64, f64) {
    let crosswalk = out.join("crosswalk.csv");
    let arguments = [
        "--json",
        "evaluate",
        "--crosswalk",
        crosswalk.to_str().unwrap(),
        "--truth",
        truth.to_str().unwrap(),
    ];
    let output = einklang(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let figure = |name: &str| figures["pairwise"][name].as_f64().unwrap();
    (figure("precision"), figure("recall"), figure("f1"))
}

fn channels() -> Vec<PathBuf> {
    CHANNELS.iter().map(|channel| testdata(&format!("channels/{channel}.csv"))).collect()
}

#[test]
fn five_channels_become_customers() {
    let (out, _) = unify(&channels(), &[]);
    let (precision, recall, f1) = measure(out.path(), &testdata("channels/truth.csv"));
    println!("channels: precision {precision} recall {recall} F1 {f1}");
    assert!(precision >= 0.95 && f1 >= 0.94);
    for file in ["report.html", "report.json", "model.json"] {
        assert!(out.path().join(file).metadata().unwrap().len() > 1000, "{file}");
    }
}

#[test]
fn the_same_bytes_on_every_run_and_thread_count() {
    let (_first, expect) = unify(&channels(), &["--threads", "1"]);
    for threads in ["1", "2", "5"] {
        let (_again, tables) = unify(&channels(), &["--threads", threads]);
        for (table, (found, expect)) in TABLES.iter().zip(tables.iter().zip(&expect)) {
            assert!(found == expect, "{table} differs on {threads} threads");
        }
    }
}

#[test]
fn the_order_of_rows_and_files_changes_nothing() {
    let (_first, expect) = unify(&channels(), &[]);
    let shuffled = tempfile::tempdir().unwrap();
    for round in 1..3u64 {
        let mut inputs: Vec<PathBuf> =
            channels().iter().map(|path| shuffle(path, shuffled.path(), round)).collect();
        inputs.rotate_left(round as usize);
        let (_again, tables) = unify(&inputs, &[]);
        for (table, (found, expect)) in TABLES.iter().zip(tables.iter().zip(&expect)) {
            assert!(found == expect, "{table} differs with rows in another order");
        }
    }
}

/// Writes the file's rows in another order. The shipped channels have no line
/// breaks inside fields.
fn shuffle(path: &Path, folder: &Path, seed: u64) -> PathBuf {
    let bytes = fs::read(path).unwrap();
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
    let header = lines.remove(0);
    let mixed = |line: &[u8]| {
        line.iter()
            .fold(seed, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(17))
    };
    lines.sort_by_key(|line| mixed(line));
    lines.insert(0, header);
    let target = folder.join(path.file_name().unwrap());
    fs::write(&target, lines.concat()).unwrap();
    target
}

#[test]
fn febrl_is_linked_without_configuration() {
    for (set, more) in [
        ("febrl1", &[][..]),
        ("febrl2", &[]),
        ("febrl3", &[]),
        ("febrl4", &["--link-only", "--source-column", "source"]),
    ] {
        let (out, _) = unify(&[testdata(&format!("febrl/{set}.csv.gz"))], more);
        let (precision, recall, f1) = measure(out.path(), &testdata(&format!("febrl/{set}_truth.csv")));
        println!("{set}: precision {precision} recall {recall} F1 {f1}");
        assert!(f1 >= 0.998, "{set}: {f1}");
    }
}

#[test]
fn historical_figures_are_linked_without_configuration() {
    let (out, _) = unify(&[testdata("historical_50k/historical_50k.csv.gz")], &[]);
    let truth = out.path().join("truth.csv");
    let packed = fs::File::open(testdata("historical_50k/truth.csv.gz")).unwrap();
    std::io::copy(&mut flate2::read::GzDecoder::new(packed), &mut fs::File::create(&truth).unwrap()).unwrap();
    let (precision, recall, f1) = measure(out.path(), &truth);
    println!("historical_50k: precision {precision} recall {recall} F1 {f1}");
    assert!(precision >= 0.97 && f1 >= 0.90, "{f1}");
}

#[test]
fn what_init_proposes_gives_the_same_result() {
    let (_first, expect) = unify(&channels(), &[]);
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules.toml");
    let paths = channels();
    let mut arguments = vec!["init"];
    arguments.extend(paths.iter().map(|path| path.to_str().unwrap()));
    fs::write(&rules, einklang(&arguments).stdout).unwrap();
    let (_again, tables) = unify(&channels(), &["--rules", rules.to_str().unwrap()]);
    for (table, (found, expect)) in TABLES.iter().zip(tables.iter().zip(&expect)) {
        assert!(found == expect, "{table} differs under the proposed rules");
    }
}

#[test]
fn link_only_never_joins_records_of_one_source() {
    let (_out, tables) = unify(&channels(), &["--link-only"]);
    let mut seen = std::collections::HashSet::new();
    let mut reader = csv::Reader::from_reader(tables[0].as_slice());
    for row in reader.records() {
        let row = row.unwrap();
        assert!(
            seen.insert((row[0].to_owned(), row[2].to_owned())),
            "two records of `{}` are one customer",
            &row[0]
        );
    }
    assert!(seen.len() > 5000);
}
