//! Traces of the service, as a collector on this machine gets them: what they
//! tell, that they tell nothing of people, and that a collector which is away or
//! does not answer holds nothing up.

#![cfg(feature = "telemetry")]
#![allow(clippy::unwrap_used)]

mod certified;
mod serving;

use certified::{Authority, accepted};
use serde_json::json;
use serving::Served;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Head and body of a request.
type Sent = (String, Vec<u8>);

/// A collector that keeps what it is sent.
struct Collector {
    address: String,
    got: Arc<Mutex<Vec<Sent>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&got);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                kept.lock().unwrap().push(take(stream.unwrap()));
            }
        });
        Self { address, got }
    }

    /// One that speaks TLS, with whom the authority certified alone.
    fn certified(authority: &Authority) -> Self {
        let config = authority.server();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&got);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // Who is not trusted, or does not trust, ends the connection.
                let Ok(stream) = accepted(&config, stream.unwrap()) else { continue };
                assert!(stream.conn.peer_certificates().is_some());
                kept.lock().unwrap().push(take(stream));
            }
        });
        Self { address, got }
    }

    fn bodies(&self) -> Vec<u8> {
        self.got.lock().unwrap().iter().flat_map(|(_, body)| body.clone()).collect()
    }
}

fn take(stream: impl Read + Write) -> Sent {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(stream.read_line(&mut head).unwrap() > 0);
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
    stream.get_mut().flush().unwrap();
    (head, body)
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The parts of a message of Protocol Buffers that have that number and a length.
fn parts(mut bytes: &[u8], number: u64) -> Vec<&[u8]> {
    let whole = |bytes: &mut &[u8]| {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let (byte, rest) = bytes.split_first().unwrap();
            *bytes = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    };
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = whole(&mut bytes);
        let length = match key & 7 {
            0 => {
                whole(&mut bytes);
                0
            }
            1 => 8,
            2 => whole(&mut bytes) as usize,
            5 => 4,
            other => panic!("a part of kind {other}"),
        };
        let (part, rest) = bytes.split_at(length);
        bytes = rest;
        if key >> 3 == number && key & 7 == 2 {
            found.push(part);
        }
    }
    found
}

/// A span, as the protocol of OpenTelemetry has it.
struct Span {
    name: String,
    /// Of its trace and its own.
    ids: (Vec<u8>, Vec<u8>),
    links: Vec<(Vec<u8>, Vec<u8>)>,
}

fn spans(collector: &Collector) -> Vec<Span> {
    let ids = |bytes: &[u8]| (parts(bytes, 1)[0].to_vec(), parts(bytes, 2)[0].to_vec());
    let mut found = Vec::new();
    for (_, body) in collector.got.lock().unwrap().iter() {
        for of_scope in parts(body, 1).into_iter().flat_map(|of_resource| parts(of_resource, 2)) {
            found.extend(parts(of_scope, 2).into_iter().map(|span| Span {
                name: String::from_utf8(parts(span, 5)[0].to_vec()).unwrap(),
                ids: ids(span),
                links: parts(span, 13).into_iter().map(ids).collect(),
            }));
        }
    }
    found
}

/// Requests at once, a batch among them: each knows the set that it was written
/// in, and the set knows them.
#[test]
fn requests_and_the_sets_they_are_written_in_are_linked() {
    let collector = Collector::start();
    let mut served = Served::new(&[EVA], &["--otlp-endpoint", &collector.address]);
    let clients: Vec<_> = (0..8)
        .map(|client| {
            let mut http = served.client();
            std::thread::spawn(move || {
                for at in 0..5 {
                    let fields = json!({ "fields": { "vorname": format!("Vorname{client}"), "ort": "Ulm" } });
                    http.put(&format!("/v1/records/live/{client}-{at}"), &fields).good();
                }
            })
        })
        .collect();
    clients.into_iter().for_each(|client| client.join().unwrap());
    let line = "{\"op\":\"delete\",\"source\":\"live\",\"record_id\":\"0-0\"}\n";
    let batch = [("content-type", "application/x-ndjson")];
    assert_eq!(served.client().try_send("POST", "/v1/batch", &batch, line.as_bytes()).unwrap().status, 200);
    served.stop();
    let spans = spans(&collector);
    let (sets, requests): (Vec<&Span>, Vec<&Span>) =
        spans.iter().partition(|span| span.name == "write a set of operations");
    let puts: Vec<&&Span> = requests.iter().filter(|span| span.name.starts_with("PUT ")).collect();
    assert_eq!(puts.len(), 40);
    for put in puts {
        let [set] = put.links.as_slice() else { panic!("{} links", put.links.len()) };
        let set = sets.iter().find(|known| known.ids == *set).unwrap();
        assert!(set.links.contains(&put.ids));
        assert_ne!(set.ids.0, put.ids.0, "a set is a trace of its own");
    }
    let batch = requests.iter().find(|span| span.name == "POST /v1/batch").unwrap();
    assert!(sets.iter().any(|set| set.links.contains(&batch.ids)));
    assert!(sets.iter().all(|set| !set.links.is_empty()));
}

#[test]
fn traces_go_to_a_collector_by_tls() {
    let served = Served::unstarted(&[EVA]);
    let (own, other) = (Authority::new(&served.path("own")), Authority::new(&served.path("other")));
    own.certify("client", &[]);
    let collector = Collector::certified(&own);
    let (ca, wrong) = (own.path("ca.pem"), other.path("ca.pem"));
    let (certificate, key) = (own.path("client.pem"), own.path("client.key"));
    let shown = ["--otlp-certificate", &certificate, "--otlp-key", &key];
    let mut served = served;
    for (more, arrives) in [
        ([&["--otlp-ca", wrong.as_str()][..], &shown].concat(), false),
        (vec!["--otlp-ca", ca.as_str()], false),
        ([&["--otlp-ca", ca.as_str()][..], &shown].concat(), true),
    ] {
        served.set_flags(&[&["--otlp-endpoint", collector.address.as_str()][..], &more].concat());
        served.start();
        served.client().get("/healthz");
        served.stop();
        let bodies = collector.bodies();
        assert_eq!(holds(&bodies, b"GET /healthz"), arrives, "{more:?}");
    }
}

const EVA: &str = "1,Eva,Zwetschgenberg,1961-04-17,eva@zwetschge.example,0711 1234567,Ulm";

#[test]
fn a_collector_gets_spans_without_values() {
    let collector = Collector::start();
    let mut served = Served::new(&[EVA], &["--otlp-endpoint", &collector.address]);
    let mut http = served.client();
    let fields = json!({ "fields": { "vorname": "Eva", "nachname": "Zwetschgenberg", "ort": "Ulm" } });
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = [
        ("content-type", "application/json"),
        ("traceparent", parent),
        ("tracestate", "vendor=Zwetschgenberg"),
        ("request-id", "asked-by-the-test"),
    ];
    let answer = http.try_send("PUT", "/v1/records/live/KD-4711-X", &headers, fields.to_string().as_bytes());
    let customer = answer.unwrap().good()["customer_id"].as_str().unwrap().to_owned();
    http.get(&format!("/v1/customers/{customer}")).good();
    http.post("/v1/search", &json!({ "words": "zwetschgenberg" })).good();
    http.get("/v1/records/live/nobody").problem(404);
    // Not to be followed, as its caller says.
    let silent = [("traceparent", "00-11111111111111111111111111111111-00f067aa0ba902b7-00")];
    http.try_send("GET", "/v1/records/live/KD-4711-X", &silent, b"").unwrap().good();
    served.stop();
    let (head, _) = collector.got.lock().unwrap().first().cloned().unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/x-protobuf"), "{head}");
    let told = collector.bodies();
    for part in [
        "einklang",
        "PUT /v1/records/{source}/{record_id}",
        "GET /v1/customers/{",
        "http.route",
        "http.response.status_code",
        "asked-by-the-test",
        "write a set of operations",
        "einklang.operations",
    ] {
        assert!(holds(&told, part.as_bytes()), "{part} is missing");
    }
    let id = |text: &str| -> Vec<u8> {
        (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
    };
    assert!(holds(&told, &id("4bf92f3577b34da6a3ce929d0e0e4736")), "the caller's trace");
    assert!(holds(&told, &id("00f067aa0ba902b7")), "the caller's span");
    assert!(!holds(&told, &[0x11; 16]), "a trace that is not to be followed");
    for part in ["Zwetschgenberg", "zwetschgenberg", "KD-4711-X", "nobody", "crm", "local", customer.as_str()]
    {
        assert!(!holds(&told, part.as_bytes()), "{part} is told");
    }
}

#[test]
fn nobody_waits_for_a_collector() {
    // One that never answers, and one that is not there.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap());
    let gone = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for address in [silent, gone] {
        let mut served = Served::new(&[EVA], &["--otlp-endpoint", &address]);
        let mut http = served.client();
        let start = Instant::now();
        // More than the queue holds.
        for _ in 0..4000 {
            http.get("/healthz");
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
        let start = Instant::now();
        served.stop();
        assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    }
}

#[test]
fn an_address_that_is_none_is_refused() {
    let refused = |flags: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store");
        let output = serving::einklang(&["serve", "--listen", "127.0.0.1:0"])
            .args(["--store", store.to_str().unwrap()])
            .args(flags)
            .output()
            .unwrap();
        assert!(!output.status.success() && !store.exists());
        String::from_utf8(output.stderr).unwrap()
    };
    for address in ["ftp://127.0.0.1:4318", "127.0.0.1:4318"] {
        let said = refused(&["--otlp-endpoint", address]);
        assert!(said.contains("no address that traces can be sent to"), "{said}");
    }
    let said = refused(&["--otlp-endpoint", "http://127.0.0.1:4318", "--otlp-ca", "ca.pem"]);
    assert!(said.contains("without TLS"), "{said}");
    let said = refused(&["--otlp-endpoint", "https://127.0.0.1:4318", "--otlp-ca", "/nowhere/ca.pem"]);
    assert!(said.contains("`/nowhere/ca.pem` is no certificate chain"), "{said}");
}
