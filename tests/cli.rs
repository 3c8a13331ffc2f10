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
        #[cfg(target_os = "linux")]
        (
            &["unify", "shop.csv", "--out", "o", "--memory-max", "1MB"],
            &["normalising would hold about", "more than `--memory-max` allows (0 MiB)", "the column `"],
        ),
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

/// A record that no other record's likeness joins says what did.
#[test]
fn a_record_that_fits_only_all_others_together_says_so() {
    let channels = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/channels");
    let files = ["shop.csv", "crm.csv", "newsletter.csv", "till.csv", "support.csv"];
    let pair = ["explain", "--quiet", "till:3290", "support:T51438"];
    let output = einklang(&channels, &[pair.as_slice(), &files].concat());
    assert_eq!(code(&output), 0, "{}", said(&output));
    let sentence = "till:3290 and support:T51438 are one customer, \
                    since till:3290 fits the customer's 2 other records taken together (+";
    assert!(printed(&output).starts_with(sentence), "{}", printed(&output));
}

/// A pair that no key brings: the answer in a sentence, why each key failed, a
/// key that would have done, and the values as the files spell them.
#[test]
fn a_pair_never_compared_gets_a_key_that_would_have_brought_it() {
    let shop = "id,first_name,last_name,email,zip\n\
        1,ANNA,Müller,anna@mueller.de,70173\n2,Peter,Weber,p.weber@web.de,70174\n3,Ida,Voss,ida@voss.de,20095\n";
    let crm = "Nr,Vorname,Nachname,E-Mail,PLZ\n\
        7,Jutta,Maier,,70173\n8,Julia,Koch,julia@koch.de,50667\n9,Ralf,Bruhn,r.bruhn@gmx.de,20099\n";
    let folder = folder(&[("shop.csv", shop), ("crm.csv", crm)]);
    let output = einklang(folder.path(), &["explain", "--quiet", "shop:1", "crm:7", "shop.csv", "crm.csv"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let text = printed(&output);
    let sentence = "shop:1 and crm:7 are two customers: they were never compared; \
                    the blocking key `postcode` would have brought them together\n";
    assert!(text.starts_with(sentence), "{text}");
    for part in [
        "crm:7 has nothing for email",
        "they differ in family_name",
        "1 more pair to compare",
        "shop:1 as it was read",
        "first_name          ANNA",
        "Vorname             Jutta",
    ] {
        assert!(text.contains(part), "`{part}` is missing:\n{text}");
    }
    assert!(text.find("as it was read") < text.find("as compared"), "raw values come first:\n{text}");

    // The key does what is said of it.
    let rules = "[blocking]\nkeys = [\"postcode\"]\n";
    std::fs::write(folder.path().join("rules.toml"), rules).expect("a file");
    let output = einklang(
        folder.path(),
        &["explain", "--json", "--quiet", "--rules", "rules.toml", "shop:1", "crm:7", "shop.csv", "crm.csv"],
    );
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["compared"], true);
    assert_eq!(found["keys"][0], serde_json::json!({ "key": "postcode", "verdict": "brought" }));
    assert_eq!(found["proposals"], serde_json::json!([]));
}

#[test]
fn a_rule_file_may_name_the_records_and_free_sources() {
    let shop =
        "card,first_name,last_name,email\nx9,Anna,Müller,anna@mueller.de\nx8,Anna,Müller,anna@mueller.de\n";
    let rules = "[[column]]\ncolumn = \"card\"\nis = \"record_id\"\n\
        [[source]]\nname = \"shop\"\nfree_of_duplicates = true\n";
    let folder = folder(&[("shop.csv", shop), ("rules.toml", rules)]);
    let output = einklang(folder.path(), &["unify", "-q", "--rules", "rules.toml", "shop.csv", "--out", "o"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let crosswalk = std::fs::read_to_string(folder.path().join("o/crosswalk.csv")).expect("a result");
    let rows: Vec<Vec<&str>> = crosswalk.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!((rows[0][1], rows[1][1]), ("x8", "x9"), "{crosswalk}");
    assert_ne!(rows[0][2], rows[1][2], "a source free of duplicates is left apart");
}

#[test]
fn customers_too_large_are_put_to_review_and_term_frequency_can_be_switched_off() {
    let folder = folder(&[("shop.csv", SHOP), ("crm.csv", CRM)]);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a result");
    let merge = |rules: &str, out: &str| {
        std::fs::write(folder.path().join("rules.toml"), rules).expect("a file");
        let arguments = ["unify", "-q", "--rules", "rules.toml", "shop.csv", "crm.csv", "--out", out];
        assert_eq!(code(&einklang(folder.path(), &arguments)), 0);
    };
    let rule = "[[rule]]\nname = \"e\"\nthen = \"link\"\nwhen = \"email is same\"\n";
    merge(rule, "plain");
    assert_eq!((read("plain/links.csv").lines().count(), read("plain/review.csv").lines().count()), (2, 1));
    merge(&format!("{rule}[cluster]\nsize_review = 2\n"), "two");
    assert_eq!(read("two/links.csv").lines().count(), 2, "two records are not more than two");
    merge("[[comparison]]\non = \"email\"\nterm_frequency = false\n", "flat");
    let model: serde_json::Value = serde_json::from_str(&read("flat/model.json")).expect("JSON");
    let flat: Vec<_> =
        model["weights"].as_array().expect("a list").iter().map(|w| w["flat"] == true).collect();
    assert_eq!(flat.iter().filter(|flat| **flat).count(), 1, "{flat:?}");
}

/// The forecast of blocking on the shipped channels, held against the truth.
#[test]
fn blocking_is_forecast() {
    let folder = folder(&[]);
    let channels = Path::new(ROOT).join("testdata/channels");
    let inputs: Vec<String> = ["shop", "crm", "newsletter", "till", "support"]
        .map(|name| channels.join(format!("{name}.csv")).display().to_string())
        .into();
    let run = |rules: &str| {
        std::fs::write(folder.path().join("rules.toml"), rules).expect("a file");
        let mut arguments = vec!["blocking", "--quiet", "--json", "--rules", "rules.toml"];
        arguments.extend(inputs.iter().map(String::as_str));
        let output = einklang(folder.path(), &arguments);
        assert_eq!(code(&output), 0, "{}", said(&output));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("JSON")
    };
    let lost = |forecast: &serde_json::Value| forecast["lost"]["share"].as_f64().unwrap_or(1.0);
    let derived = run("");
    assert!(lost(&derived) < 0.03, "{derived}");
    assert!(!derived.to_string().contains('@'), "no value is told");
    let poor = run("[blocking]\nkeys = [\"phone\"]\n");
    assert!(lost(&poor) > 0.6, "{}", lost(&poor));
    let keys = poor["keys"].as_array().expect("a list");
    let found = keys[0]["found"].as_f64().expect("a share");
    assert!((found + lost(&poor) - 1.0).abs() < 1e-9, "one key finds what is not lost");
    let suggestion = poor["suggestions"][0]["key"].as_str().expect("a key");
    let better = run(&format!("[blocking]\nkeys = [\"phone\", \"{suggestion}\"]\n"));
    assert!(lost(&better) < lost(&poor) - 0.1, "`{suggestion}` leaves {}", lost(&better));
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
}

/// Rule files that ask another question than which records are one person have
/// data of their own: legal entities, and who shares a flat.
#[test]
fn rule_files_for_companies_and_households_keep_their_figures() {
    for (name, files, precision_min, recall_min) in [
        ("companies", &["suppliers.csv", "leads.csv", "invoices.csv"][..], 0.98, 0.83),
        ("households", &["crm.csv", "shop.csv"][..], 0.97, 0.84),
    ] {
        let folder = folder(&[]);
        let data = Path::new(ROOT).join("testdata").join(name);
        let rules = Path::new(ROOT).join(format!("rules/{name}.toml")).display().to_string();
        let inputs: Vec<String> = files.iter().map(|file| data.join(file).display().to_string()).collect();
        let mut arguments = vec!["unify", "--quiet", "--rules", &rules, "--out", "merged"];
        arguments.extend(inputs.iter().map(String::as_str));
        let output = einklang(folder.path(), &arguments);
        assert_eq!(code(&output), 0, "{name}: {}", said(&output));
        let truth = data.join("truth.csv").display().to_string();
        let output = einklang(
            folder.path(),
            &["evaluate", "--json", "--crosswalk", "merged/crosswalk.csv", "--truth", &truth],
        );
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(found["missing"], 0, "{name}: records are named as the truth names them");
        let figure = |measure: &str| found["pairwise"][measure].as_f64().unwrap_or(0.0);
        assert!(figure("precision") >= precision_min, "{name}: precision {}", figure("precision"));
        assert!(figure("recall") >= recall_min, "{name}: recall {}", figure("recall"));
    }
}
