//! Encrypted stores: no file tells a value, a name or an id, whatever was done
//! to the store; a key that does not fit is told of; a copy may have another.

#![cfg(feature = "store")]
#![allow(clippy::unwrap_used)]

use einklang::engine::live::{self, Graph, Operation};
use einklang::store::{Key, Location, Opened};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Values, names and ids that stand in the stores of these tests.
const TOLD: [&str; 6] = [
    "Zwetschgenberg",
    "zwetschgenberg",
    "Quintiliana",
    "quintiliana",
    "quintiliana@zwetschge.example",
    "KD-4711-X",
];

/// What every encrypted file begins with.
const MARK: &[u8] = b"einklang-aes-v1\n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A file with a key of that byte alone.
    fn key(&self, byte: u8) -> String {
        let path = self.path(&format!("{byte}.key"));
        fs::write(&path, format!("{byte:02x}").repeat(32)).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn key(byte: u8) -> Key {
    Key::from_hex(&format!("{byte:02x}").repeat(32)).unwrap()
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_einklang")).args(arguments).output().unwrap()
}

#[track_caller]
fn done(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn failed(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// 60 strangers and one record that tells.
fn records() -> String {
    let mut text = "quelle,id,vorname,nachname,geburtsdatum,email,ort\n".to_owned();
    text.push_str("crm,KD-4711-X,Quintiliana,Zwetschgenberg,1970-01-02,quintiliana@zwetschge.example,Ulm\n");
    for at in 0..60 {
        let _ = writeln!(
            text,
            "crm,f{at},Vorname{at},Fremd{at},19{}-03-{:02},f{at}@web.de,Ort{at}",
            40 + at,
            1 + at % 28
        );
    }
    text
}

/// Loads the records into `store`, with that key file where one is named.
fn load(folder: &Folder, store: &str, key_file: Option<&str>) {
    fs::write(folder.path("crm.csv"), records()).unwrap();
    let (input, merged, store) = (folder.text("crm.csv"), folder.text("merged"), folder.text(store));
    let mut arguments = vec![
        "unify",
        "-q",
        "--id",
        "id",
        "--source-column",
        "quelle",
        &input,
        "--out",
        &merged,
        "--store",
        &store,
    ];
    arguments.extend(key_file.iter().flat_map(|file| ["--key-file", file]));
    done(&arguments);
}

/// Every file under a folder that is not empty, with its bytes. Files that the
/// database removes in the background meanwhile are none any more.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => match fs::read(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                read => found.push((path, read.unwrap())),
            },
        }
    }
    found.retain(|(_, bytes)| !bytes.is_empty());
    found
}

/// What the bytes tell, as it is or as the database prints its keys.
fn told(bytes: &[u8]) -> Vec<&'static str> {
    let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    let in_hex = |text: &str| text.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"));
    TOLD.into_iter().filter(|text| holds(text.as_bytes()) || holds(in_hex(text).as_bytes())).collect()
}

#[track_caller]
fn tells_nothing(folder: &Path, context: &str) {
    let files = files(folder);
    assert!(files.len() > 5, "{context}: {} files", files.len());
    for (path, bytes) in files {
        assert!(bytes.starts_with(MARK), "{context}: {} is not encrypted", path.display());
        assert_eq!(told(&bytes), [""; 0], "{context}: {}", path.display());
    }
}

fn change(id: &str, given: &str) -> Operation {
    let fields = [("vorname", given), ("nachname", "Zwetschgenberg"), ("ort", "Ulm")];
    Operation {
        source: "crm".to_owned(),
        record_id: id.to_owned(),
        at: None,
        fields: Some(fields.map(|(column, value)| (column.to_owned(), value.to_owned())).to_vec()),
        position: None,
    }
}

#[test]
fn no_file_of_an_encrypted_store_tells_anything() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let (old, new) = (folder.key(1), folder.key(2));
    load(&folder, "store", Some(&old));
    load(&folder, "plain", None);
    tells_nothing(&folder.path("store"), "a bulk load");
    let at = Location { path: folder.path("store"), key: Some(key(1)) };
    // A store without a key shows that the search would find something.
    for (at, is_plain) in [(Location::from(&folder.path("plain")), true), (at.clone(), false)] {
        let mut graph = Graph::open(&at).unwrap();
        graph.apply(&[change("KD-4711-X", "Quintiliana"), change("f1", "Quintiliana")], 0).unwrap();
        if is_plain {
            let found: Vec<_> = files(&at.path).iter().flat_map(|(_, bytes)| told(bytes)).collect();
            assert!(
                TOLD[..4].iter().chain(["KD-4711-X"].iter()).all(|text| found.contains(text)),
                "{found:?}"
            );
            continue;
        }
        // What is not flushed stands in the log alone.
        tells_nothing(&at.path, "changes under way");
        let store = live::follow(&at).unwrap();
        assert_eq!(store.counters.records, 61);
        drop(store);
        // Small files, all of them rewritten, and a new model's bulk files.
        graph.erase(&[("crm".to_owned(), "f2".to_owned())], 1).unwrap();
        let bundle = live::retrain(&graph.store, &graph.bundle, graph.bundle.rules.clone()).unwrap();
        graph.adopt(bundle, "training", 2).unwrap();
        tells_nothing(&at.path, "an erasure and another model");
        graph.close().unwrap();
        tells_nothing(&at.path, "closing");
    }
    let (store, copy, back) = (folder.text("store"), folder.text("copy"), folder.text("back"));
    done(&["backup", "--store", &store, "--key-file", &old, "--out", &copy, "--new-key-file", &new]);
    tells_nothing(&folder.path("copy"), "a copy with another key");
    done(&["restore", "--from", &copy, "--key-file", &new, "--store", &back]);
    tells_nothing(&folder.path("back"), "a restored copy");
    let digest = |store: &str, key: &str| done(&["verify", "--store", store, "--key-file", key, "--json"]);
    assert_eq!(digest(&store, &old), digest(&copy, &new));
    assert_eq!(digest(&store, &old), digest(&back, &new));
    let plain = folder.text("unencrypted");
    done(&["backup", "--store", &store, "--key-file", &old, "--out", &plain, "--plain"]);
    assert_eq!(digest(&store, &old), done(&["verify", "--store", &plain, "--json"]));
    let found = done(&["search", "--store", &copy, "--key-file", &new, "zwetschgenberk"]);
    assert!(found.contains("Zwetschgenberg"), "{found}");
}

#[test]
fn a_key_that_does_not_fit_is_told_of() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let (right, wrong) = (folder.key(3), folder.key(4));
    load(&folder, "store", Some(&right));
    load(&folder, "plain", None);
    let (store, plain) = (folder.text("store"), folder.text("plain"));
    for command in ["verify", "upsert", "review", "backup"] {
        let mut arguments = vec![command, "--store", &store];
        let copy = folder.text("copy");
        if command == "backup" {
            arguments.extend(["--out", &copy]);
        }
        let said = failed(&arguments);
        assert!(said.contains("is encrypted, and no key is given") && said.contains("--key-file"), "{said}");
        arguments.extend(["--key-file", &wrong]);
        let said = failed(&arguments);
        assert!(said.contains("has another key") && said.contains("hint: "), "{said}");
        assert!(!said.contains(&"04".repeat(32)), "{said}");
        assert!(!folder.path("copy").exists());
    }
    let said = failed(&["verify", "--store", &plain, "--key-file", &right]);
    assert!(said.contains("is not encrypted"), "{said}");
    // A restored store has the key of its copy, and `--log` is read by it too.
    let (at, back) = (folder.text("early"), folder.text("back"));
    done(&["backup", "--store", &store, "--key-file", &right, "--out", &at]);
    done(&[
        "restore",
        "--from",
        &at,
        "--log",
        &store,
        "--until",
        "61",
        "--key-file",
        &right,
        "--store",
        &back,
    ]);
    done(&["verify", "--store", &back, "--key-file", &right]);
}

#[test]
fn a_key_comes_from_a_file_or_the_environment() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let (file, other) = (folder.key(5), folder.key(6));
    load(&folder, "store", Some(&file));
    let store = folder.text("store");
    let verify = |variables: &[(&str, &str)], more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_einklang"));
        command.args(["verify", "--store", &store]).args(more).envs(variables.iter().copied());
        command.output().unwrap().status.success()
    };
    let (hex, wrong) = ("05".repeat(32), "06".repeat(32));
    assert!(verify(&[("EINKLANG_STORE_KEY", &hex)], &[]));
    assert!(verify(&[("EINKLANG_KEY_FILE", &file)], &[]));
    assert!(!verify(&[("EINKLANG_STORE_KEY", &wrong)], &[]));
    assert!(!verify(&[("EINKLANG_STORE_KEY", "")], &[]));
    // The nearer comes first: flag, variable with a file, variable with a key.
    assert!(verify(&[("EINKLANG_KEY_FILE", &other), ("EINKLANG_STORE_KEY", &wrong)], &["--key-file", &file]));
    assert!(verify(&[("EINKLANG_KEY_FILE", &file), ("EINKLANG_STORE_KEY", &wrong)], &[]));
    #[cfg(unix)]
    {
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        let said = failed(&["verify", "--store", &store, "--key-file", &file]);
        assert!(said.contains("open to everybody") && said.contains("chmod 600"), "{said}");
    }
}

/// The way of a store to another key, with the service on it before and after.
#[cfg(feature = "serve")]
#[test]
fn a_served_store_changes_its_key() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let (old, new) = (folder.key(7), folder.key(8));
    load(&folder, "store", Some(&old));
    let (store, copy) = (folder.path("store"), folder.path("copy"));
    serve_and_change(&folder, &old, "KD-4711-X");
    let (from, to) = (folder.text("store"), folder.text("copy"));
    done(&["backup", "--store", &from, "--key-file", &old, "--out", &to, "--new-key-file", &new]);
    fs::rename(store.join("service"), copy.join("service")).unwrap();
    fs::rename(&store, folder.path("former")).unwrap();
    fs::rename(&copy, &store).unwrap();
    serve_and_change(&folder, &new, "KD-4711-Y");
    done(&["verify", "--store", &from, "--key-file", &new]);
    let entries = done(&["audit", "verify", "--store", &from]);
    assert!(entries.contains("each as it was written"), "{entries}");
}

/// Serves the store, puts a record that tells, and kills the service.
#[cfg(feature = "serve")]
fn serve_and_change(folder: &Folder, key_file: &str, id: &str) {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let config = folder.path("einklang.toml");
    fs::write(&config, format!("store = {:?}\nkey_file = {key_file:?}\n", folder.path("store"))).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_einklang"))
        .args(["serve", "--listen", "127.0.0.1:0", "--config", config.to_str().unwrap()])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = lines.find(|line| line.as_ref().unwrap().contains("listening")).unwrap().unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let address = line["address"].as_str().unwrap();
    let body = "{\"fields\":{\"vorname\":\"Quintiliana\",\"nachname\":\"Zwetschgenberg\"}}";
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "PUT /v1/records/crm/{id} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    child.kill().unwrap();
    child.wait().unwrap();
    let service = folder.path("store").join("service");
    for (path, bytes) in files(&folder.path("store")) {
        assert_eq!(told(&bytes), [""; 0], "{}", path.display());
        assert!(path.starts_with(&service) || bytes.starts_with(MARK), "{}", path.display());
    }
    let key = Key::read(Path::new(key_file)).unwrap();
    let (store, _) = live::read(Location { path: folder.path("store"), key: Some(key) }).unwrap();
    assert!(live::record(&store, &("crm".to_owned(), id.to_owned())).is_ok());
}

/// Stopped before each of its files in turn, a change of the key goes on where it
/// was; nothing opens the store in between, and the old key nothing afterwards.
#[test]
fn a_key_is_changed_in_place_through_stops() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let (old, new) = (folder.key(1), folder.key(2));
    load(&folder, "store", Some(&old));
    let at = Location { path: folder.path("store"), key: Some(key(1)) };
    let mut graph = Graph::open(&at).unwrap();
    // Not flushed: it stands in the log alone.
    graph.apply(&[change("KD-4711-Y", "Quintiliana")], 0).unwrap();
    drop(graph);
    let store = folder.text("store");
    let digest = |file: &str| done(&["verify", "--store", &store, "--key-file", file, "--json"]);
    let before = digest(&old);
    let mut stops = 0;
    let files_changed = loop {
        let mut changed = 0;
        let stopped = at.rekey(&key(2), |path| {
            changed += 1;
            match changed > 1 {
                true => Err(einklang::error::Error::failed(format!("stopped before {}", path.display()))),
                false => Ok(()),
            }
        });
        match stopped {
            Ok(files) => break files,
            Err(error) => assert!(error.to_string().contains("stopped before"), "{error}"),
        }
        stops += 1;
        tells_nothing(&at.path, "a change of the key that was stopped");
        for file in [&old, &new] {
            let said = failed(&["verify", "--store", &store, "--key-file", file]);
            assert!(said.contains("was interrupted") && said.contains("einklang rekey"), "{said}");
        }
    };
    assert!(stops > 5 && files_changed > stops, "{stops} stops, {files_changed} files");
    tells_nothing(&at.path, "another key");
    for (path, bytes) in files(&at.path) {
        let prefix = &bytes[..4096];
        assert_eq!(key(1).opens(prefix), Opened::Foreign, "{}", path.display());
        assert_eq!(key(2).opens(prefix), Opened::Fits, "{}", path.display());
    }
    assert_eq!(digest(&new), before);
    let said = failed(&["verify", "--store", &store, "--key-file", &old]);
    assert!(said.contains("has another key"), "{said}");
    let found = done(&["record", "--store", &store, "--key-file", &new, "crm:KD-4711-Y"]);
    assert!(found.contains("Quintiliana"), "{found}");
}

/// The command, killed at whatever moment, again and again.
#[test]
fn a_change_of_the_key_outlasts_kills() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let mut keys = [folder.key(1), folder.key(2)];
    load(&folder, "store", Some(&keys[0]));
    let store = folder.text("store");
    let digest = |file: &str| done(&["verify", "--store", &store, "--key-file", file, "--json"]);
    let before = digest(&keys[0]);
    let mut kills = 0;
    for round in 0..6_u64 {
        let rekey = ["rekey", "--store", &store, "--key-file", &keys[0], "--new-key-file", &keys[1]];
        for wait in [2, 5, 9] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_einklang"));
            let mut child = command.args(rekey).stderr(std::process::Stdio::null()).spawn().unwrap();
            std::thread::sleep(std::time::Duration::from_millis(wait + 3 * round));
            child.kill().unwrap();
            kills += usize::from(child.wait().unwrap().code().is_none());
        }
        // Done already is told as a key that does not fit.
        let output = run(&rekey);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() || said.contains("has another key"), "{said}");
        assert_eq!(digest(&keys[1]), before);
        keys.swap(0, 1);
    }
    assert!(kills > 0);
    tells_nothing(&folder.path("store"), "changes of the key that were killed");
}

#[test]
fn a_key_is_changed_only_where_it_can_be() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let (right, wrong, new) = (folder.key(3), folder.key(4), folder.key(5));
    load(&folder, "store", Some(&right));
    load(&folder, "plain", None);
    let (store, plain) = (folder.text("store"), folder.text("plain"));
    let rekey = |store: &str, old: &str, new: &str| {
        failed(&["rekey", "--store", store, "--key-file", old, "--new-key-file", new])
    };
    assert!(rekey(&store, &wrong, &new).contains("has another key"));
    assert!(rekey(&store, &right, &right).contains("is the one that the store has"));
    assert!(rekey(&plain, &right, &new).contains("is not encrypted"));
    assert!(rekey(&folder.text("nowhere"), &right, &new).contains("no store"));
    let said = failed(&["rekey", "--store", &plain, "--new-key-file", &new]);
    assert!(said.contains("--new-key-file") && said.contains("backup"), "{said}");
    // Not under a writer's feet.
    let at = Location { path: folder.path("store"), key: Some(key(3)) };
    let graph = Graph::open(&at).unwrap();
    assert!(rekey(&store, &right, &new).contains("another process has the store"));
    drop(graph);
    done(&["verify", "--store", &store, "--key-file", &right]);
    done(&["verify", "--store", &plain]);
}
