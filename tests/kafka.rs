//! Consuming against a real broker: what goes into the topic is what the graph
//! holds is what comes out of the other topic, through kills of the consumer
//! and of the broker. Skipped, and said so, where no broker can be found.
//!
//! `EINKLANG_KILLS=20` kills as often instead of a few times.

#![cfg(feature = "kafka")]
#![allow(clippy::unwrap_used)]

mod brokering;
mod certified;
mod chance;

use brokering::{Broker, Consuming, broker, passed, wait_for};
use certified::Authority;
use chance::Chance;
use einklang::engine::live;
use rdkafka::message::{Headers, Message, OwnedMessage};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

type Messages = Vec<(String, Option<String>)>;

/// Changes of 200 records, each under its id as key; one in twenty is no
/// operation.
fn messages(count: u64) -> Messages {
    const GIVEN: [&str; 6] = ["Anna", "Hans", "Eva", "Otto", "Ida", "Paul"];
    const FAMILY: [&str; 5] = ["Müller", "Mueller", "Schmidt", "Weber", "Dorn"];
    let mut chance = Chance(11);
    let mut one = |number: u64| {
        let id = format!("r{}", chance.below(200));
        let (given, family) = (GIVEN[chance.below(6) as usize], FAMILY[chance.below(5) as usize]);
        let payload = match chance.below(20) {
            0 => Some(format!("{{\"op\":\"upsert\",\"geheim\":{number}")),
            1 => None,
            2..6 => Some(json!({ "op": "delete", "source": "live", "record_id": id }).to_string()),
            _ => {
                let fields = json!({ "vorname": given, "nachname": family, "nummer": number.to_string(),
                    "geburtsdatum": format!("1980-03-0{}", 1 + chance.below(9)), "ort": "Ulm" });
                let upsert = json!({ "op": "upsert", "source": "live", "record_id": id, "fields": fields });
                Some(upsert.to_string())
            }
        };
        (id, payload)
    };
    (0..count).map(&mut one).collect()
}

fn is_operation(payload: &Option<String>) -> bool {
    payload.as_ref().is_some_and(|text| serde_json::from_str::<Value>(text).is_ok())
}

fn done(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_einklang")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn verified(store: &Path) -> Value {
    serde_json::from_str(&done(&["verify", "--json", "--store", store.to_str().unwrap()])).unwrap()
}

fn header<'m>(message: &'m OwnedMessage, name: &str) -> &'m str {
    let headers = message.headers().unwrap();
    let found = (0..headers.count()).map(|at| headers.get(at)).find(|header| header.key == name);
    std::str::from_utf8(found.unwrap().value.unwrap()).unwrap()
}

/// The graph is what the messages say, as if they had come by standard input.
fn check_graph(broker: &Broker, messages: &Messages) {
    let store = broker.path("store");
    let found = verified(&store);
    let (straight, lines) =
        (broker.path("straight"), messages.iter().filter_map(|(_, payload)| payload.clone()));
    let lines: String =
        lines.filter(|line| is_operation(&Some(line.clone()))).map(|line| line + "\n").collect();
    let mut upsert = Command::new(env!("CARGO_BIN_EXE_einklang"))
        .args(["upsert", "--store", straight.to_str().unwrap()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    upsert.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    assert!(upsert.wait().unwrap().success());
    let expected = verified(&straight);
    for figure in ["digest", "records", "customers"] {
        assert!(!expected[figure].is_null(), "{expected}");
        assert_eq!(found[figure], expected[figure], "{figure}");
    }
    let mut last: BTreeMap<&str, Option<Value>> = BTreeMap::new();
    for (id, payload) in messages.iter().filter(|(_, payload)| is_operation(payload)) {
        let operation: Value = serde_json::from_str(payload.as_ref().unwrap()).unwrap();
        last.insert(id, operation.get("fields").cloned());
    }
    let store = live::read_rows(&store).unwrap();
    for (id, fields) in last {
        let view = live::record(&store, &("live".to_owned(), id.to_owned())).ok();
        assert_eq!(view.map(|view| json!(view.fields)), fields, "{id}");
    }
}

/// The topic of changes is the feed: each change once, in order, as it is told.
fn check_changes(broker: &Broker, topic: &str) {
    let store = broker.path("store");
    let feed = done(&["changes", "--after", "0", "--store", store.to_str().unwrap()]);
    let feed: Vec<Value> = feed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = broker.read(topic);
    let numbers: Vec<String> =
        told.iter().map(|message| header(message, "einklang-seq").to_owned()).collect();
    let expected: Vec<String> = (1..=feed.len()).map(|number| number.to_string()).collect();
    assert_eq!(numbers, expected, "changes were lost, repeated or out of order");
    for (message, change) in told.iter().zip(&feed) {
        assert_eq!(serde_json::from_slice::<Value>(message.payload().unwrap()).unwrap(), *change);
        assert_eq!(message.key().unwrap(), change["customer_id"].as_str().unwrap().as_bytes());
        assert_eq!(header(message, "einklang-kind"), change["kind"]);
    }
}

/// Each message that is no operation is a dead letter once, as it came.
fn check_letters(broker: &Broker, records: &str, letters: &str) {
    let name = |message: &OwnedMessage| (message.partition(), message.offset());
    let mut expected: BTreeMap<(i32, i64), OwnedMessage> = BTreeMap::new();
    for message in broker.read(records) {
        let text = message.payload().map(|payload| String::from_utf8(payload.to_vec()).unwrap());
        if text.is_some() && !is_operation(&text) {
            expected.insert(name(&message), message);
        }
    }
    let found = broker.read(letters);
    assert_eq!(found.len(), expected.len(), "letters were lost or repeated");
    for letter in found {
        let place = (
            header(&letter, "einklang-partition").parse().unwrap(),
            header(&letter, "einklang-offset").parse().unwrap(),
        );
        let original = expected.remove(&place).unwrap_or_else(|| panic!("{place:?} is twice there"));
        assert_eq!((letter.key(), letter.payload()), (original.key(), original.payload()));
        assert_eq!(header(&letter, "einklang-topic"), records);
        assert!(header(&letter, "einklang-reason").starts_with("this is not JSON"));
    }
}

fn kills() -> u64 {
    std::env::var("EINKLANG_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(4)
}

/// Starts it and waits until it reads: a process that was only just started
/// would be ended by a signal as any is.
fn start_and_wait(consuming: &mut Consuming) {
    let begun = |consuming: &Consuming| consuming.log().matches("\"consuming\"").count();
    let before = begun(consuming);
    consuming.start();
    wait_for("the start", || begun(consuming) > before);
}

#[test]
fn topic_in_equals_graph_equals_topic_out_through_kills() {
    let Some(broker) = broker("kills") else { return };
    let (records, letters) = (broker.topic("records", 2), broker.topic("letters", 1));
    let changes = broker.topic("changes", 1);
    let count = 1000 * kills().max(4);
    let messages = messages(count);
    broker.write(&records, &messages);
    let mut consuming = Consuming::new(
        &broker,
        &[
            "--topic",
            &records,
            "--dead-letter-topic",
            &letters,
            "--changes-topic",
            &changes,
            "--set-messages-max",
            "16",
        ],
    );
    let store = broker.path("store");
    let mut chance = Chance(5);
    for round in 0..kills() {
        consuming.start();
        let until = (round * count / kills()).max(passed(&store, &records, 2)) + 1 + chance.below(300);
        wait_for("progress", || passed(&store, &records, 2) >= until.min(count));
        consuming.kill();
    }
    start_and_wait(&mut consuming);
    wait_for("the end of the topic", || passed(&store, &records, 2) == count);
    assert_eq!(consuming.stop(), Some(0));
    assert!(!consuming.log().contains("geheim"), "the log has values");
    check_graph(&broker, &messages);
    check_changes(&broker, &changes);
    check_letters(&broker, &records, &letters);
    // Started anew there is nothing left to do.
    start_and_wait(&mut consuming);
    assert_eq!(consuming.stop(), Some(0));
    check_changes(&broker, &changes);
    check_letters(&broker, &records, &letters);
}

#[test]
fn a_letter_that_finds_no_room_waits_for_it() {
    let Some(broker) = broker("room") else { return };
    let (records, letters) = (broker.topic("records", 1), broker.topic("letters", 1));
    let messages: Messages = (0..300).map(|at| (format!("r{at}"), Some(format!("{{{at}")))).collect();
    broker.write(&records, &messages);
    // Room for three letters, which are not sent for minutes.
    let client = broker.path("client.properties");
    std::fs::write(&client, "queue.buffering.max.messages=3\nlinger.ms=600000\n").unwrap();
    let client_file = client.to_str().unwrap().to_owned();
    let arguments = ["--topic", &records, "--dead-letter-topic", &letters, "--client", &client_file];
    let mut consuming = Consuming::new(&broker, &arguments);
    start_and_wait(&mut consuming);
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(consuming.stop(), Some(0), "{}", consuming.log());
    assert_eq!(passed(&broker.path("store"), &records, 1), 0, "letters were passed over");
    std::fs::write(&client, "queue.buffering.max.messages=3\n").unwrap();
    start_and_wait(&mut consuming);
    wait_for("the end of the topic", || passed(&broker.path("store"), &records, 1) == 300);
    assert_eq!(consuming.stop(), Some(0));
    check_letters(&broker, &records, &letters);
}

#[test]
fn a_broker_that_is_killed_and_comes_back_is_waited_for() {
    let Some(mut broker) = broker("restart") else { return };
    if !broker.is_own() {
        eprintln!("SKIPPED: a broker that others use is not killed");
        return;
    }
    let (records, letters) = (broker.topic("records", 2), broker.topic("letters", 1));
    let changes = broker.topic("changes", 1);
    let messages = messages(900);
    let mut consuming = Consuming::new(
        &broker,
        &["--topic", &records, "--dead-letter-topic", &letters, "--changes-topic", &changes],
    );
    consuming.start();
    let store = broker.path("store");
    for third in messages.chunks(300) {
        let before = passed(&store, &records, 2);
        broker.write(&records, third);
        wait_for("progress", || passed(&store, &records, 2) > before);
        broker.kill();
        std::thread::sleep(std::time::Duration::from_millis(1500));
        assert!(consuming.is_running(), "{}", consuming.log());
        broker.start();
    }
    wait_for("the end of the topic", || passed(&store, &records, 2) == 900);
    assert_eq!(consuming.stop(), Some(0));
    check_graph(&broker, &messages);
    check_changes(&broker, &changes);
    check_letters(&broker, &records, &letters);
}

/// A change of a row as Debezium tells it.
fn row(op: &str, before: Value, after: Value) -> String {
    let column = |name: &str, kind: &str| json!({ "field": name, "type": "int32", "name": kind });
    let columns = json!([column("born", "io.debezium.time.Date")]);
    json!({
        "schema": { "fields": [{ "field": "after", "fields": columns }] },
        "payload": { "op": op, "before": before, "after": after, "ts_ms": 1,
                     "source": { "connector": "postgresql", "name": "crm", "table": "customers" } },
    })
    .to_string()
}

#[test]
fn rows_of_a_database_come_change_and_go() {
    let Some(broker) = broker("rows") else { return };
    let (customers, leads) = (broker.topic("customers", 1), broker.topic("leads", 1));
    let key = |id: u32| json!({ "schema": {}, "payload": { "id": id } }).to_string();
    let of = |id: u32, name: &str| json!({ "id": id, "vorname": name, "nachname": "Kern", "born": 3650 });
    let rows: Messages = vec![
        (key(1), Some(row("r", Value::Null, of(1, "Eva")))),
        (key(2), Some(row("c", Value::Null, of(2, "Ida")))),
        (key(1), Some(row("u", of(1, "Eva"), of(1, "Ewa")))),
        (key(2), Some(row("d", of(2, "Ida"), Value::Null))),
        (key(2), None),
    ];
    broker.write(&customers, &rows);
    broker.write(
        &leads,
        &[("x".to_owned(), Some(row("c", Value::Null, json!({ "nr": "L-7", "vorname": "Otto" }))))],
    );
    let (source, id) = (format!("{leads}=leads"), format!("{leads}=nr"));
    let topics = ["--topic", &customers, "--topic", &leads, "--source", &source, "--id", &id];
    let mut consuming = Consuming::new(&broker, &topics);
    consuming.start();
    let store = broker.path("store");
    wait_for("the rows", || passed(&store, &customers, 1) == 5 && passed(&store, &leads, 1) == 1);
    assert_eq!(consuming.stop(), Some(0));
    verified(&store);
    let store = live::read_rows(&store).unwrap();
    let record = |source: &str, id: &str| live::record(&store, &(source.to_owned(), id.to_owned()));
    let eva = record("crm.customers", "1").unwrap().fields;
    assert_eq!((eva["vorname"].as_str(), eva["born"].as_str()), ("Ewa", "1979-12-30"));
    assert!(record("crm.customers", "2").is_err());
    assert_eq!(record("leads", "L-7").unwrap().fields["vorname"], "Otto");
}

#[test]
fn without_a_topic_for_them_a_dead_letter_ends_the_command() {
    let Some(broker) = broker("refused") else { return };
    let records = broker.topic("records", 1);
    let good = json!({ "op": "upsert", "source": "s", "record_id": "1", "fields": { "vorname": "Eva" } });
    broker.write(
        &records,
        &[
            ("1".to_owned(), Some(good.to_string())),
            ("2".to_owned(), Some("geheim".to_owned())),
            ("3".to_owned(), Some(good.to_string())),
        ],
    );
    let mut consuming = Consuming::new(&broker, &["--topic", &records, "--set-messages-max", "1"]);
    consuming.start();
    assert_eq!(consuming.wait(), Some(2));
    assert!(consuming.log().contains("--dead-letter-topic") && !consuming.log().contains("geheim"));
    assert_eq!(passed(&broker.path("store"), &records, 1), 1);
}

#[test]
fn a_served_store_consumes_and_publishes_as_well() {
    let Some(broker) = broker("served") else { return };
    let (records, changes) = (broker.topic("records", 2), broker.topic("changes", 2));
    let config = broker.path("einklang.toml");
    let text = format!(
        "listen = \"127.0.0.1:0\"\n[kafka]\nbrokers = [\"{}\"]\nchanges_topic = \"{changes}\"\n[[kafka.topics]]\nname = \"{records}\"\n",
        broker.brokers
    );
    std::fs::write(&config, text).unwrap();
    let store = broker.path("store");
    let mut served = Command::new(env!("CARGO_BIN_EXE_einklang"))
        .args(["serve", "--store", store.to_str().unwrap(), "--config", config.to_str().unwrap()])
        .stderr(std::fs::File::create(broker.path("consumer.log")).unwrap())
        .spawn()
        .unwrap();
    let messages: Messages = messages(200).into_iter().filter(|(_, payload)| is_operation(payload)).collect();
    let count = messages.len() as u64;
    broker.write(&records, &messages);
    wait_for("the messages", || passed(&store, &records, 2) == count);
    let log = std::fs::read_to_string(broker.path("consumer.log")).unwrap();
    let mut lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let listening = lines.find(|line| line["message"] == "listening").unwrap();
    let url = format!("http://{}/v1/records/web/1", listening["address"].as_str().unwrap());
    let body = r#"{"fields":{"vorname":"Lena","nachname":"Holz"}}"#;
    let put = ["-sf", "-X", "PUT", &url, "-H", "content-type: application/json", "-d", body];
    let put = Command::new("curl").args(put).output().unwrap();
    let put: Value = serde_json::from_slice(&put.stdout).unwrap();
    let last = put["changes"][0]["seq"].as_u64().unwrap();
    wait_for("the last change", || {
        broker.ends(&changes).iter().map(|(_, end)| *end as u64).sum::<u64>() == last
    });
    let kill = format!("kill -TERM {}", served.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    assert!(served.wait().unwrap().success());
    let told: BTreeSet<u64> = broker
        .read(&changes)
        .iter()
        .map(|message| header(message, "einklang-seq").parse().unwrap())
        .collect();
    assert_eq!(told, (1..=last).collect());
    verified(&store);
}

/// TLS on both sides: a proxy before the broker speaks it, and only with whom its
/// authority certified.
#[test]
fn brokers_are_spoken_to_by_tls() {
    let Some(mut broker) = broker("tls") else { return };
    if !broker.is_own() {
        eprintln!("SKIPPED: a broker of one's own is needed, which can be told another address");
        return;
    }
    let authority = Authority::new(&broker.path("authority"));
    authority.certify("client", &[]);
    let config = authority.server();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("localhost:{}", listener.local_addr().unwrap().port());
    let (records, changes) = (broker.topic("records", 1), broker.topic("changes", 1));
    let messages: Messages = messages(200).into_iter().filter(|(_, payload)| is_operation(payload)).collect();
    broker.write(&records, &messages);
    // From here on the broker sends its clients to the proxy.
    broker.kill();
    broker.advertised = Some(address.clone());
    broker.start();
    let behind = broker.brokers.clone();
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (config, behind, counted) = (Arc::clone(&config), behind.clone(), Arc::clone(&counted));
            std::thread::spawn(move || passed_on(&config, stream.unwrap(), &behind, &counted));
        }
    });
    let (ca, certificate, key) =
        (authority.path("ca.pem"), authority.path("client.pem"), authority.path("client.key"));
    let topics = ["--topic", &records, "--changes-topic", &changes];
    let mut consuming = Consuming::of(&broker, &address, &topics);
    consuming.add(&["--tls-ca", &ca]);
    consuming.start();
    wait_for("a refusal", || consuming.log().contains("the Kafka client complains"));
    consuming.kill();
    assert_eq!(taken.load(Ordering::SeqCst), 0, "without a certificate nobody is spoken with");
    consuming.add(&["--tls-certificate", &certificate, "--tls-key", &key]);
    consuming.start();
    let store = broker.path("store");
    wait_for("all messages", || passed(&store, &records, 1) == messages.len() as u64);
    assert_eq!(consuming.stop(), Some(0));
    assert!(taken.load(Ordering::SeqCst) > 0);
    check_graph(&broker, &messages);
}

/// Carries bytes between a client that was let in and the broker.
fn passed_on(config: &Arc<ServerConfig>, stream: TcpStream, behind: &str, taken: &AtomicUsize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Arc::clone(config);
    runtime.block_on(async {
        stream.set_nonblocking(true).unwrap();
        let stream = tokio::net::TcpStream::from_std(stream).unwrap();
        let Ok(mut client) = TlsAcceptor::from(config).accept(stream).await else { return };
        taken.fetch_add(1, Ordering::SeqCst);
        let mut broker = tokio::net::TcpStream::connect(behind).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut client, &mut broker).await;
    });
}
