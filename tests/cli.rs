//! The command line from outside: exit codes, what goes to which stream, and
//! what the messages say about bad input.

use std::path::Path;
use std::process::{Command, Output, Stdio};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn einklang(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_einklang"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).env("NO_COLOR", "1");
    command.output().expect("the binary runs")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it was not killed")
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

const SHOP: &str =
    "id,first_name,last_name,email\n1,Anna,Müller,anna@mueller.de\n2,Peter,Weber,p.weber@web.de\n";
const CRM: &str = "Nr,Vorname,Nachname,E-Mail\n7,Anna,Mueller,anna@mueller.de\n8,Julia,Koch,julia@koch.de\n";

#[test]
fn a_merge_writes_every_promised_file() {
    let folder = folder(&[("shop.csv", SHOP), ("crm.csv", CRM)]);
    let output = einklang(folder.path(), &["unify", "shop.csv", "crm.csv", "--out", "merged"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    for name in [
        "crosswalk.csv",
        "customers.csv",
        "links.csv",
        "review.csv",
        "quarantine.csv",
        "report.json",
        "report.html",
    ] {
        assert!(folder.path().join("merged").join(name).is_file(), "{name} is missing");
    }
    assert!(said(&output).contains("given_name"), "what was recognised is told: {}", said(&output));
    let quiet =
        einklang(folder.path(), &["unify", "--quiet", "--json", "shop.csv", "crm.csv", "--out", "merged"]);
    assert_eq!(said(&quiet), "");
    let counts: serde_json::Value = serde_json::from_slice(&quiet.stdout).expect("JSON");
    assert_eq!(counts["records"], 4);
}

#[test]
fn a_proposed_rule_file_gives_the_same_result() {
    let folder = folder(&[("shop.csv", SHOP), ("crm.csv", CRM)]);
    let proposed = einklang(folder.path(), &["init", "--quiet", "shop.csv", "crm.csv"]);
    assert_eq!(code(&proposed), 0, "{}", said(&proposed));
    std::fs::write(folder.path().join("rules.toml"), &proposed.stdout).expect("a file");
    einklang(folder.path(), &["unify", "shop.csv", "crm.csv", "--out", "free"]);
    einklang(folder.path(), &["unify", "--rules", "rules.toml", "shop.csv", "crm.csv", "--out", "told"]);
    for name in ["crosswalk.csv", "customers.csv", "links.csv", "review.csv"] {
        let read = |run: &str| std::fs::read(folder.path().join(run).join(name)).expect("a result");
        assert_eq!(read("free"), read("told"), "{name}");
    }
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let folder = folder(&[]);
    for arguments in [
        &["unify"][..],
        &["nonsense"],
        &["normalise", "--type", "phon"],
        &["unify", "x.csv", "--out", "o", "--threads", "0"],
    ] {
        assert_eq!(code(&einklang(folder.path(), arguments)), 2, "{arguments:?}");
    }
}

#[test]
fn failures_say_what_and_how_to_mend_it() {
    let folder = folder(&[
        ("shop.csv", SHOP),
        ("rules.toml", "[[column]]\ncolumn = \"lastname\"\nis = \"family_name\"\n"),
        ("bad.toml", "[model]\nlern = true\n"),
    ]);
    for (arguments, parts) in [
        (&["unify", "nix.csv", "--out", "o"][..], &["error: cannot read `nix.csv`", "hint:"][..]),
        (
            &["unify", "shop.csv", "--rules", "rules.toml", "--out", "o"],
            &["there is no column `lastname`", "rules.toml:2:10", "did you mean `last_name`?"],
        ),
        (
            &["unify", "shop.csv", "--rules", "bad.toml", "--out", "o"],
            &["unknown key `lern` in `model`", "bad.toml:2:1", "did you mean `learn`?"],
        ),
        (&["rules", "check", "bad.toml"], &["unknown key `lern`", "error: the rule file has faults"]),
        (&["unify", "shop.csv", "--out", "shop.csv"], &["error:", "shop.csv"]),
    ] {
        let output = einklang(folder.path(), arguments);
        assert_eq!(code(&output), 1, "{arguments:?}: {}", said(&output));
        for part in parts {
            assert!(said(&output).contains(part), "{arguments:?} lacks `{part}`:\n{}", said(&output));
        }
        assert!(!said(&output).contains('\u{1b}'), "colours without a terminal");
    }
}

#[test]
fn pairs_are_explained() {
    let folder = folder(&[("shop.csv", SHOP), ("crm.csv", CRM)]);
    let output = einklang(folder.path(), &["explain", "--quiet", "shop:1", "crm:7", "shop.csv", "crm.csv"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    for part in ["shop:1 and crm:7", "before any evidence", "email same", "share `email`"] {
        assert!(printed(&output).contains(part), "`{part}` is missing:\n{}", printed(&output));
    }
    let output = einklang(folder.path(), &["explain", "--quiet", "shop:99", "crm:7", "shop.csv", "crm.csv"]);
    assert_eq!((code(&output), said(&output).contains("there is no record `shop:99`")), (2, true));
}

#[test]
fn what_is_printed_for_machines_is_sound() {
    let folder = folder(&[]);
    let schema = einklang(folder.path(), &["rules", "schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).expect("JSON");
    assert_eq!(schema["title"], "Einklang rules");
    assert!(printed(&einklang(folder.path(), &["rules", "reference"])).starts_with("<!-- Generated"));
    assert!(printed(&einklang(folder.path(), &["completions", "bash"])).contains("_einklang"));
    assert!(printed(&einklang(folder.path(), &["man"])).contains(".TH einklang"));
}

/// The shipped rule files on the shipped exports: how right and how complete
/// their links are, as far as a rule file may fall behind before it is a fault.
#[test]
fn shipped_rule_files_keep_their_figures() {
    let folder = folder(&[]);
    let channels = Path::new(ROOT).join("testdata/channels");
    let inputs: Vec<String> = ["shop", "crm", "newsletter", "till", "support"]
        .map(|name| channels.join(format!("{name}.csv")).display().to_string())
        .into();
    for (name, precision_min, recall_min) in
        [("customers-dach", 0.93, 0.90), ("customers-international", 0.96, 0.80), ("strict", 0.98, 0.40)]
    {
        let rules = Path::new(ROOT).join(format!("rules/{name}.toml")).display().to_string();
        let mut arguments = vec!["unify", "--quiet", "--rules", &rules, "--out", name];
        arguments.extend(inputs.iter().map(String::as_str));
        let output = einklang(folder.path(), &arguments);
        assert_eq!(code(&output), 0, "{name}: {}", said(&output));
        let (crosswalk, truth) =
            (format!("{name}/crosswalk.csv"), channels.join("truth.csv").display().to_string());
        let output =
            einklang(folder.path(), &["evaluate", "--json", "--crosswalk", &crosswalk, "--truth", &truth]);
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let figure = |measure: &str| found["pairwise"][measure].as_f64().unwrap_or(0.0);
        assert!(figure("precision") >= precision_min, "{name}: precision {}", figure("precision"));
        assert!(figure("recall") >= recall_min, "{name}: recall {}", figure("recall"));
    }
    // Companies and households are other questions than the truth answers:
    // they must run, and join something.
    for name in ["companies", "households"] {
        let rules = Path::new(ROOT).join(format!("rules/{name}.toml")).display().to_string();
        let mut arguments = vec!["unify", "--quiet", "--json", "--rules", &rules, "--out", name];
        arguments.extend(inputs.iter().map(String::as_str));
        let counts: serde_json::Value =
            serde_json::from_slice(&einklang(folder.path(), &arguments).stdout).expect("JSON");
        assert!(counts["pairs_link"].as_u64() > Some(100), "{name}: {counts}");
    }
}
