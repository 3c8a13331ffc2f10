//! The live graph from outside, through the binary: what is loaded can be
//! exported, changed, followed, decided about, copied and erased.

#![cfg(feature = "store")]
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const CHANNELS: [&str; 5] = ["shop", "crm", "newsletter", "till", "support"];

fn channels() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/channels");
    CHANNELS.iter().map(|channel| folder.join(format!("{channel}.csv"))).collect()
}

fn run(arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_einklang"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.as_ref().to_vec();
    let writing = std::thread::spawn(move || _ = stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    output
}

/// Runs a command that must succeed, and returns what it printed.
#[track_caller]
fn done(arguments: &[&str], input: &str) -> String {
    let output = run(arguments, input);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that must fail, and returns what it said.
#[track_caller]
fn failed(arguments: &[&str], input: &str) -> String {
    let output = run(arguments, input);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

struct Loaded {
    folder: tempfile::TempDir,
    store: String,
    merged: String,
}

impl Loaded {
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn digest(&self) -> String {
        let text = done(&["verify", "--store", &self.store, "--json"], "");
        let found: Value = serde_json::from_str(&text).unwrap();
        found["digest"].as_str().unwrap().to_owned()
    }

    fn changes(&self, after: u64) -> Vec<Value> {
        let text = done(&["changes", "--store", &self.store, "--after", &after.to_string()], "");
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The shipped channels, merged into a store.
fn load() -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let name = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (store, merged) = (name("store"), name("merged"));
    let mut arguments = vec!["unify", "--quiet", "--out", &merged, "--store", &store];
    let paths = channels();
    arguments.extend(paths.iter().map(|path| path.to_str().unwrap()));
    done(&arguments, "");
    Loaded { folder, store, merged }
}

/// A small store of which every value is known.
fn small(rows: &[&str]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let name = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (store, merged, input) = (name("store"), name("merged"), name("crm.csv"));
    let mut text = "id,vorname,nachname,geburtsdatum,email,telefon,ort\n".to_owned();
    rows.iter().for_each(|row| _ = writeln!(text, "{row}"));
    // Strangers, so that a model can be learned.
    for at in 0..60 {
        let (day, month) = (1 + at % 28, 1 + at % 12);
        let _ = writeln!(
            text,
            "f{at},Vorname{at},Fremd{at},19{:02}-{month:02}-{day:02},fremd{at}@web.de,0711 55{at:05},Ort{at}",
            50 + at % 40
        );
    }
    fs::write(&input, text).unwrap();
    done(&["unify", "--quiet", "--out", &merged, "--store", &store, &input], "");
    Loaded { folder, store, merged }
}

fn crosswalk(folder: &str) -> BTreeMap<String, String> {
    let mut reader = csv::Reader::from_path(Path::new(folder).join("crosswalk.csv")).unwrap();
    reader
        .records()
        .map(Result::unwrap)
        .map(|row| (format!("{}:{}", &row[0], &row[1]), row[2].to_owned()))
        .collect()
}

#[test]
fn export_gives_the_files_of_the_batch() {
    let loaded = load();
    let out = loaded.path("exported");
    done(&["export", "--store", &loaded.store, "--out", &out], "");
    for file in ["crosswalk.csv", "customers.csv", "links.csv", "review.csv", "candidates.bin", "model.json"]
    {
        let read = |folder: &str| fs::read(Path::new(folder).join(file)).unwrap();
        assert!(read(&out) == read(&loaded.merged), "{file} differs");
    }
    assert_eq!(loaded.digest().len(), 32);
}

#[test]
fn replaying_the_feed_gives_the_customers() {
    let loaded =
        small(&["1,Anna,Müller,1980-03-12,anna@web.de,,Ulm", "2,Anna,Müller,1980-03-12,anna@web.de,,Ulm"]);
    let operations = concat!(
        r#"{"op":"upsert","source":"crm","record_id":"3","fields":{"vorname":"Eva","nachname":"Kunze","geburtsdatum":"1971-01-02","email":"eva@gmx.de"}}"#,
        "\n",
        r#"{"op":"upsert","source":"shop","record_id":"9","fields":{"vorname":"Eva","nachname":"Kunze","geburtsdatum":"1971-01-02","email":"eva@gmx.de"}}"#,
        "\n",
        r#"{"op":"delete","source":"crm","record_id":"1"}"#,
        "\n",
        r#"{"op":"upsert","source":"crm","record_id":"2","fields":{"vorname":"Anna","nachname":"Weber","email":"weber@web.de"}}"#,
        "\n",
        r#"{"op":"delete","source":"crm","record_id":"3"}"#,
        "\n",
    );
    let answers = done(&["upsert", "--store", &loaded.store, "--batch", "2"], operations);
    assert_eq!(answers.lines().count(), 5);
    loaded.digest();
    let mut customers: BTreeMap<String, Value> = BTreeMap::new();
    for (at, change) in loaded.changes(0).into_iter().enumerate() {
        assert_eq!(change["seq"].as_u64(), Some(at as u64 + 1));
        let id = change["customer_id"].as_str().unwrap().to_owned();
        match change.get("members") {
            Some(members) => _ = customers.insert(id, members.clone()),
            None => _ = customers.remove(&id),
        }
    }
    let out = loaded.path("exported");
    done(&["export", "--store", &loaded.store, "--out", &out], "");
    let mut expect: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (record, customer) in crosswalk(&out) {
        expect.entry(customer).or_default().push(record);
    }
    let name = |member: &Value| {
        format!("{}:{}", member["source"].as_str().unwrap(), member["record_id"].as_str().unwrap())
    };
    let told: BTreeMap<String, Vec<String>> = customers
        .into_iter()
        .map(|(id, members)| (id, members.as_array().unwrap().iter().map(name).collect()))
        .collect();
    assert_eq!(told, expect);
}

#[test]
fn ids_last_through_merge_and_split() {
    let anna = "Anna,Müller,1980-03-12,anna.mueller@web.de,0711 6717416,Ulm";
    let loaded = small(&[
        &format!("1,{anna}"),
        &format!("2,{anna}"),
        "3,Hans,Dorn,1960-01-02,dorn@gmx.de,0711 998877,Köln",
    ]);
    let before = crosswalk(&loaded.merged);
    assert_eq!(before["crm:1"], before["crm:2"]);
    let judge = |a: &str, b: &str, verdict: &str| {
        done(
            &["judge", "--store", &loaded.store, a, b, "--as", verdict, "--who", "tester", "--why", "test"],
            "",
        )
    };
    judge("crm:1", "crm:3", "same");
    loaded.digest();
    let customer = |record: &str| {
        let text = done(&["record", "--store", &loaded.store, record], "");
        serde_json::from_str::<Value>(&text).unwrap()["customer_id"].as_str().unwrap().to_owned()
    };
    // Both were there from the start; the one created first survives.
    assert_eq!(customer("crm:3"), before["crm:1"]);
    let retired: Value =
        serde_json::from_str(&done(&["customer", "--store", &loaded.store, &before["crm:3"]], "")).unwrap();
    assert_eq!(retired["successors"][0].as_str(), Some(before["crm:1"].as_str()));
    judge("crm:3", "crm:1", "different");
    loaded.digest();
    assert_eq!(customer("crm:1"), before["crm:1"]);
    assert_ne!(customer("crm:3"), before["crm:1"]);
    let kinds: Vec<String> = done(&["history", "--store", &loaded.store, &before["crm:1"]], "")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["created", "merged", "split"]);
    // The judgement outlasts the record.
    let gone = r#"{"op":"delete","source":"crm","record_id":"3"}"#;
    let back = r#"{"op":"upsert","source":"crm","record_id":"3","fields":{"vorname":"Anna","nachname":"Müller","geburtsdatum":"1980-03-12","email":"anna.mueller@web.de"}}"#;
    done(&["upsert", "--store", &loaded.store], &format!("{gone}\n{back}\n"));
    assert_ne!(customer("crm:3"), customer("crm:1"));
    loaded.digest();
}

#[test]
fn a_pinned_value_is_exported_with_its_lineage() {
    let loaded = small(&["1,Anna,Müller,1980-03-12,anna@web.de,,Ulm"]);
    let pin = |rest: &[&str]| done(&[&["pin", "--store", &loaded.store], rest].concat(), "");
    pin(&["crm:1", "email", "eva@example.org", "--who", "b.weber", "--why", "by phone"]);
    pin(&["crm:1", "phone", "0711 1", "--who", "b.weber"]);
    let out = loaded.path("exported");
    done(&["export", "--store", &loaded.store, "--out", &out, "--lineage"], "");
    let read = |file: &str| fs::read_to_string(Path::new(&out).join(file)).unwrap();
    let customers = read("customers.csv");
    let anna = customers.lines().find(|line| line.contains("Müller")).unwrap();
    assert!(anna.contains("eva@example.org") && anna.contains("0711 1"), "{anna}");
    let lineage = read("lineage.csv");
    let email = lineage.lines().find(|line| line.contains(",email,crm,1,")).unwrap();
    assert!(email.contains(",crm,1,b.weber,20"), "{email}");
    assert_eq!(pin(&[]).lines().count(), 2);
    let said = failed(&["pin", "--store", &loaded.store, "crm:1", "email", "--who", "b.weber"], "");
    assert!(said.contains("no value is given"), "{said}");
    pin(&["crm:1", "email", "--release", "--who", "b.weber"]);
    loaded.digest();
}

#[test]
fn an_older_version_changes_nothing() {
    let loaded = small(&["1,Anna,Müller,1980-03-12,anna@web.de,,Ulm"]);
    let upsert = |name: &str, at: &str| {
        format!(
            r#"{{"op":"upsert","source":"shop","record_id":"7","fields":{{"vorname":"{name}"}},"at":"{at}"}}"#
        )
    };
    let field = || {
        let text = done(&["record", "--store", &loaded.store, "shop:7"], "");
        serde_json::from_str::<Value>(&text).unwrap()["fields"]["vorname"].as_str().unwrap().to_owned()
    };
    done(&["upsert", "--store", &loaded.store], &upsert("Neu", "2026-02-01T00:00:00Z"));
    let answer = done(&["upsert", "--store", &loaded.store], &upsert("Alt", "2026-01-01T00:00:00Z"));
    assert_eq!(serde_json::from_str::<Value>(&answer).unwrap()["changes"].as_array().unwrap().len(), 0);
    assert_eq!(field(), "Neu");
    let delete = r#"{"op":"delete","source":"shop","record_id":"7","at":"2026-03-01T00:00:00Z"}"#;
    done(
        &["upsert", "--store", &loaded.store],
        &format!("{delete}\n{}\n", upsert("Spät", "2026-02-15T00:00:00Z")),
    );
    let said = failed(&["record", "--store", &loaded.store, "shop:7"], "");
    assert!(said.contains("there is no record `shop:7`"), "{said}");
    loaded.digest();
}

#[test]
fn what_is_erased_is_gone_from_every_file() {
    let secret = "9,Xaverine,Quellmalz,1951-11-23,xaverine.quellmalz@posteo.example,0711 4443322,Buxtehude";
    let near = "10,Xaverine,Quellmalz,1951-11-23,quellmalz@firma.example,,Stade";
    let loaded = small(&[secret, near, "11,Hans,Dorn,1960-01-02,dorn@gmx.de,,Köln"]);
    let again = r#"{"op":"upsert","source":"crm","record_id":"9","fields":{"vorname":"Xaverine","nachname":"Quellmalz","email":"xaverine.quellmalz@posteo.example","geburtsdatum":"1951-11-24"}}"#;
    done(&["upsert", "--store", &loaded.store], again);
    let text = done(&["record", "--store", &loaded.store, "crm:9"], "");
    let customer = serde_json::from_str::<Value>(&text).unwrap()["customer_id"].as_str().unwrap().to_owned();
    let held = done(&["access", "--store", &loaded.store, &customer], "");
    assert!(held.contains("xaverine.quellmalz@posteo.example"));
    let page = loaded.path("held.html");
    done(&["access", "--store", &loaded.store, &customer, "--html", &page], "");
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("xaverine.quellmalz@posteo.example") && page.contains("upsert crm:9"));
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("href="));
    let receipt: Value =
        serde_json::from_str(&done(&["erase", "--store", &loaded.store, "crm:9", "crm:10"], "")).unwrap();
    assert_eq!(receipt["records"].as_u64(), Some(2));
    let check = |bytes: &[u8], place: &str| {
        for value in ["Xaverine", "xaverine", "uellmalz", "Buxtehude", "buxtehude", "1951-11-2", "7114443322"]
        {
            let found = bytes.windows(value.len()).any(|window| window == value.as_bytes());
            assert!(!found, "`{value}` stands in {place}");
        }
    };
    for entry in fs::read_dir(&loaded.store).unwrap() {
        let path = entry.unwrap().path();
        if let Ok(bytes) = fs::read(&path) {
            check(&bytes, &path.display().to_string());
        }
    }
    // Some files are packed, so the rows are looked at as well.
    let store = einklang::engine::live::read_rows(Path::new(&loaded.store)).unwrap();
    for family in einklang::store::Family::ALL {
        for row in store.db.rows(family, &[]) {
            let (key, value) = row.unwrap();
            check(&key, family.name());
            check(&value, family.name());
        }
    }
    drop(store);
    let answer: Value = serde_json::from_str(&done(&["upsert", "--store", &loaded.store], again)).unwrap();
    assert_eq!((answer["suppressed"].as_bool(), answer["customer_id"].is_null()), (Some(true), true));
    loaded.digest();
}

#[test]
fn a_copy_is_the_store() {
    let loaded = small(&["1,Anna,Müller,1980-03-12,anna@web.de,,Ulm"]);
    let (copy, restored) = (loaded.path("copy"), loaded.path("restored"));
    let digest = loaded.digest();
    done(&["backup", "--store", &loaded.store, "--out", &copy], "");
    done(&["upsert", "--store", &loaded.store], r#"{"op":"delete","source":"crm","record_id":"1"}"#);
    assert_ne!(loaded.digest(), digest);
    done(&["restore", "--from", &copy, "--store", &restored], "");
    let restored = Loaded { store: restored, ..loaded };
    assert_eq!(restored.digest(), digest);
}

#[test]
fn one_process_writes_and_others_read() {
    let loaded = small(&["1,Anna,Müller,1980-03-12,anna@web.de,,Ulm"]);
    let mut writer = Command::new(env!("CARGO_BIN_EXE_einklang"))
        .args(["upsert", "--store", &loaded.store])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = writer.stdin.take().unwrap();
    writeln!(stdin, r#"{{"op":"upsert","source":"shop","record_id":"7","fields":{{"vorname":"Eva"}}}}"#)
        .unwrap();
    stdin.flush().unwrap();
    let mut answer = String::new();
    let mut answers = std::io::BufReader::new(writer.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut answers, &mut answer).unwrap();
    assert!(answer.contains("\"record_id\":\"7\""), "{answer}");
    let said = failed(&["upsert", "--store", &loaded.store], "");
    assert!(said.contains("is in use by another process") && said.contains("hint:"), "{said}");
    assert!(done(&["record", "--store", &loaded.store, "shop:7"], "").contains("Eva"));
    drop(stdin);
    assert!(writer.wait().unwrap().success());
}

#[test]
fn who_hears_no_answers_ends_though_changes_may_come() {
    let loaded = small(&["1,Anna,Müller,1980-03-12,anna@web.de,,Ulm"]);
    let mut writer = Command::new(env!("CARGO_BIN_EXE_einklang"))
        .args(["upsert", "--store", &loaded.store])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(writer.stdout.take());
    let mut stdin = writer.stdin.take().unwrap();
    writeln!(stdin, r#"{{"op":"upsert","source":"shop","record_id":"7","fields":{{"vorname":"Eva"}}}}"#)
        .unwrap();
    // The input stays open: only that nobody hears can end it.
    let output = writer.wait_with_output().unwrap();
    drop(stdin);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot write to standard output"), "{said}");
    assert!(done(&["record", "--store", &loaded.store, "shop:7"], "").contains("Eva"));
}

#[test]
fn what_cannot_be_read_is_told_by_line() {
    let loaded = small(&["1,Anna,Müller,1980-03-12,anna@web.de,,Ulm"]);
    let input = "nonsense\n{\"op\":\"upsert\",\"source\":\"shop\",\"record_id\":\"1\",\"fields\":{\"vorname\":\"Eva\"}}\n{\"op\":\"upsert\",\"source\":\"shop\"}\n";
    let output = run(&["upsert", "--store", &loaded.store], input);
    assert_eq!(output.status.code(), Some(3));
    let lines: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!((lines[0]["line"].as_u64(), lines[2]["line"].as_u64()), (Some(1), Some(3)));
    assert!(lines[1]["customer_id"].is_string());
}

/// A line that is no text is refused by its number, and those after it come in.
#[test]
fn a_line_of_other_bytes_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store").to_str().unwrap().to_owned();
    let line = |id: u8| {
        format!(r#"{{"op":"upsert","source":"a","record_id":"{id}","fields":{{"email":"p{id}@web.de"}}}}"#)
    };
    let input = [line(1).as_bytes(), b"\n\xff\xfe\n", line(2).as_bytes()].concat();
    let output = run(&["upsert", "--store", &store], input);
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), answers.lines().count()), (Some(3), 3), "{answers}");
    let refused: Value = serde_json::from_str(answers.lines().nth(1).unwrap()).unwrap();
    assert_eq!(refused, serde_json::json!({ "line": 2, "error": "the line is not valid UTF-8" }));
}
