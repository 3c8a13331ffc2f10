//! Judgements from outside: a steward's session, and what its answers do to
//! the customers.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const SHOP: &str =
    "id,first_name,last_name,email\n1,Anna,Müller,anna@mueller.de\n2,Peter,Weber,p.weber@web.de\n";
const CRM: &str = "Nr,Vorname,Nachname,E-Mail\n7,Anna,Mueller,anna@mueller.de\n8,Julia,Koch,julia@koch.de\n";
const HEADER: &str = "source_a,record_id_a,source_b,record_id_b,judgement\n";

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_einklang"));
    command.current_dir(folder).args(arguments).env("NO_COLOR", "1");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let output = command(folder, arguments).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// A folder with both files and these labels.
fn folder(labels: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("shop.csv", SHOP), ("crm.csv", CRM), ("labels.csv", labels)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Customer by `source:record_id`.
fn customers(folder: &Path, out: &str) -> HashMap<String, String> {
    let text = std::fs::read_to_string(folder.join(out).join("crosswalk.csv")).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        (format!("{}:{}", cells[0], cells[1]), cells[2].to_owned())
    };
    text.lines().skip(1).map(row).collect()
}

#[test]
fn judged_pairs_are_settled_whatever_the_weights_say() {
    let labels = format!("{HEADER}shop,1,crm,7,negative\nshop,2,crm,8,positive\nshop,9,crm,8,positive\n");
    let folder = folder(&labels);
    let inputs = ["shop.csv", "crm.csv", "--out"];
    run(folder.path(), &[&["unify", "-q"], &inputs[..], &["free"]].concat());
    let output = run(folder.path(), &[&["unify", "--labels", "labels.csv"], &inputs[..], &["told"]].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("2 pairs are judged"), "{said}");
    assert!(said.contains("labels that name records which are not in the inputs: 1"), "{said}");
    let (free, told) = (customers(folder.path(), "free"), customers(folder.path(), "told"));
    assert_eq!(free["shop:1"], free["crm:7"]);
    assert_ne!(free["shop:2"], free["crm:8"]);
    assert_ne!(told["shop:1"], told["crm:7"], "a negative judgement outranks the weight");
    assert_eq!(told["shop:2"], told["crm:8"], "a positive one needs no key and no weight");
}

#[test]
fn the_later_of_two_labels_holds_and_unsure_changes_nothing() {
    let labels = format!("{HEADER}shop,1,crm,7,negative\ncrm,7,shop,1,unsure\n");
    let folder = folder(&labels);
    run(folder.path(), &["unify", "-q", "--labels", "labels.csv", "shop.csv", "crm.csv", "--out", "o"]);
    let told = customers(folder.path(), "o");
    assert_eq!(told["shop:1"], told["crm:7"]);
}

#[test]
fn a_labels_file_that_is_none_is_told() {
    let folder = folder(&format!("{HEADER}shop,1,crm,7,maybe\n"));
    let arguments = ["unify", "-q", "--labels", "labels.csv", "shop.csv", "crm.csv", "--out", "o"];
    let output = command(folder.path(), &arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = "error: 1 row has no judgement that is known\n  --> labels.csv:2, `judgement`\n\
                    hint: a judgement is `positive`, `negative` or `unsure`\n";
    assert_eq!(said, expected);
}

/// A session that answers by `judge` as long as that has an answer.
fn session(
    folder: &Path,
    arguments: &[&str],
    mut judge: impl FnMut(&serde_json::Value) -> &'static str,
) -> Child {
    let mut child = command(folder, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut answers, questions) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    for line in BufReader::new(questions).lines() {
        let question = serde_json::from_str(&line.unwrap()).unwrap();
        if writeln!(answers, "{}", judge(&question)).is_err() {
            break;
        }
    }
    child
}

#[test]
fn answers_are_written_and_can_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let channels = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/channels");
    let inputs = ["shop.csv", "crm.csv"].map(|name| channels.join(name).display().to_string());
    let arguments = ["label", "--labels", "labels.csv", "--who", "ida", &inputs[0], &inputs[1]];
    let answers = ["perhaps", "y", "b", "n", "q"].map(|answer| format!("{answer}\n")).concat();
    let mut child = command(folder.path(), &arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(folder.path().join("labels.csv")).unwrap();
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows.len(), 2, "{text}");
    assert!(
        rows[0].starts_with("source_a,record_id_a,source_b,record_id_b,judgement,who,when,why"),
        "{text}"
    );
    assert!(rows[1].contains(",negative,ida,20"), "{text}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("answer y, n, u, b or q"));
    let asked = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        asked.matches("\n1. ").count(),
        2,
        "the question of an answer taken back comes again:\n{asked}"
    );
    assert!(asked.contains("[y]es [n]o [u]nsure [b]ack [q]uit"), "{asked}");
}

/// The channels' files and who is who in them.
fn channels() -> (Vec<String>, HashMap<(String, String), String>, PathBuf) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/channels");
    let names = ["shop", "crm", "newsletter", "till", "support"];
    let inputs = names.map(|name| folder.join(format!("{name}.csv")).display().to_string());
    let truth = folder.join("truth.csv");
    let text = std::fs::read_to_string(&truth).unwrap();
    let rows = text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let entity_of = rows.map(|cells| ((cells[0].clone(), cells[1].clone()), cells[2].clone())).collect();
    (inputs.to_vec(), entity_of, truth)
}

/// Whether a question's two records are one entity.
fn is_match(question: &serde_json::Value, entity_of: &HashMap<(String, String), String>) -> bool {
    let text = |name: &str| question[name].as_str().unwrap().to_owned();
    let entity = |source: &str, id: &str| entity_of[&(text(source), text(id))].clone();
    entity("source_a", "record_id_a") == entity("source_b", "record_id_b")
}

/// A judged sample tells precision and recall about as the whole truth does,
/// and asks nothing twice.
#[test]
fn a_judged_sample_tells_precision_and_recall() {
    let folder = tempfile::tempdir().unwrap();
    let (inputs, entity_of, truth) = channels();
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let arguments =
        [&["estimate", "--json", "--count", "150", "--judged", "sample.csv"], &inputs[..]].concat();
    let mut told = None;
    let mut child = session(folder.path(), &arguments, |line| {
        if line["answers"].is_number() {
            told = Some(line.clone());
            return "q";
        }
        if is_match(line, &entity_of) { "y" } else { "n" }
    });
    assert!(child.wait().unwrap().success());
    let told = told.expect("a result");
    assert!(told["answers"].as_u64() >= Some(150), "{told}");
    run(folder.path(), &[&["unify", "-q", "--out", "o"], &inputs[..]].concat());
    let truth = truth.display().to_string();
    let output =
        run(folder.path(), &["evaluate", "--json", "--crosswalk", "o/crosswalk.csv", "--truth", &truth]);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for measure in ["precision", "recall"] {
        let (share, truly) =
            (told[measure]["share"].as_f64().unwrap(), found["pairwise"][measure].as_f64().unwrap());
        assert!((share - truly).abs() < 0.04, "{measure}: {share} by the sample, {truly} by the truth");
        assert!(told[measure]["low"].as_f64() < told[measure]["high"].as_f64());
    }
    let again: serde_json::Value =
        serde_json::from_slice(&run(folder.path(), &arguments).stdout).expect("a result and no question");
    assert_eq!(again, told);
}

/// Fifty answers of a steward who knows the truth make the customers better.
#[test]
fn fifty_labels_help() {
    let folder = tempfile::tempdir().unwrap();
    let (inputs, entity_of, truth) = channels();
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let labels = ["label", "--json", "--count", "50", "--labels", "labels.csv"];
    let mut child = session(folder.path(), &[&labels[..], &inputs].concat(), |question| {
        if is_match(question, &entity_of) { "y" } else { "n" }
    });
    assert!(child.wait().unwrap().success());
    let given = std::fs::read_to_string(folder.path().join("labels.csv")).unwrap();
    assert_eq!(given.lines().count(), 51);
    let f1 = |more: &[&str], out: &str| {
        run(folder.path(), &[&["unify", "-q", "--out", out], more, &inputs[..]].concat());
        let crosswalk = format!("{out}/crosswalk.csv");
        let arguments = ["evaluate", "--json", "--crosswalk", &crosswalk, "--truth", truth.to_str().unwrap()];
        let output = run(folder.path(), &arguments);
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        found["pairwise"]["f1"].as_f64().unwrap()
    };
    let (without, with) = (f1(&[], "free"), f1(&["--labels", "labels.csv"], "told"));
    assert!(with > without, "F1 {without} without labels, {with} with 50");
}
