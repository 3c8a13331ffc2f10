//! Traces of the service, as a collector on this machine gets them: what they
//! tell, that they tell nothing of people, and that a collector which is away or
//! does not answer holds nothing up.

#![cfg(feature = "telemetry")]
#![allow(clippy::unwrap_used)]

mod serving;

use serde_json::json;
use serving::Served;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
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

    fn bodies(&self) -> Vec<u8> {
        self.got.lock().unwrap().iter().flat_map(|(_, body)| body.clone()).collect()
    }
}

fn take(stream: TcpStream) -> Sent {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(stream.read_line(&mut head).unwrap() > 0);
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
    (head, body)
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
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
    for address in ["https://127.0.0.1:4318", "127.0.0.1:4318"] {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store");
        let output = serving::einklang(&["serve", "--listen", "127.0.0.1:0", "--otlp-endpoint", address])
            .args(["--store", store.to_str().unwrap()])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains("without TLS"), "{said}");
        assert!(!store.exists());
    }
}
