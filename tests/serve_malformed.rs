//! Requests that are wrong in every way there is: each is refused with a
//! problem that says why, none ends the service or makes it hold on to memory.

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used)]

mod serving;

use einklang::serve::ROUTES;
use serde_json::{Value, json};
use serving::{Client, Served, raw};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A fixed sequence that looks like chance (Steele, Lea & Flood 2014).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % bound as u64) as usize
    }

    fn of<T: Clone>(&mut self, choice: &[T]) -> T {
        choice[self.below(choice.len())].clone()
    }
}

const JSON_ROUTES: [(&str, &str); 5] = [
    ("PUT", "/v1/records/crm/malformed"),
    ("POST", "/v1/match"),
    ("POST", "/v1/explain"),
    ("POST", "/v1/judgements"),
    ("POST", "/v1/erasures"),
];

/// A body that no address takes.
fn body(chance: &mut Chance) -> Vec<u8> {
    let wrong = [
        json!(null),
        json!(7),
        json!([[]]),
        json!("text"),
        json!({ "fields": null }),
        json!({ "fields": [1] }),
        json!({ "fields": { "vorname": "x\u{0}y" }, "limit": 0 }),
        json!({ "fields": {}, "limit": -1, "at": {} }),
        json!({ "fields": {}, "unknown": true }),
        json!({ "a": {}, "b": {} }),
        json!({ "a": { "source": "", "record_id": "" }, "b": { "source": "x", "record_id": "y" }, "as": "same" }),
        json!({ "a": { "source": "x".repeat(2000), "record_id": "1" }, "b": 1, "as": "perhaps" }),
        json!({ "records": [{ "source": 1 }], "customers": 3 }),
        json!({ "records": [], "customers": [] }),
    ];
    match chance.below(8) {
        0 => {
            let depth = 100 + chance.below(50_000);
            [vec![b'['; depth], vec![b']'; depth]].concat()
        }
        1 => b"{\"fields\":{\"a\":\"\xff\xfe\"}}".to_vec(),
        2 => (0..chance.below(300)).map(|_| chance.below(256) as u8).collect(),
        3 => {
            let mut text = chance.of(&wrong).to_string().into_bytes();
            text.truncate(text.len().saturating_sub(1));
            text
        }
        4 => format!("{} {{}}", chance.of(&wrong)).into_bytes(),
        5 => b"{\"fields\":{\"a\":1e99999,\"a\":\"\\ud800\"}}".to_vec(),
        _ => chance.of(&wrong).to_string().into_bytes(),
    }
}

fn refused(answer: &serving::Answer, sent: &str) {
    assert!((400..500).contains(&answer.status), "{} for {sent}", answer.status);
    answer.problem(answer.status);
}

fn malformed(client: &mut Client, chance: &mut Chance) {
    match chance.below(4) {
        0 => {
            let query = chance.of(&[
                "limit=x",
                "limit=0",
                "limit=-1",
                "after=%zz",
                "wait=99999",
                "cursor=1.5",
                "%ff=1",
                "nonsense=1",
            ]);
            let path = chance.of(&["/v1/changes", "/v1/judgements", "/v1/customers/%00/history"]);
            let path = format!("{path}?{query}");
            refused(&client.get(&path), &path);
        }
        1 => {
            let path = chance.of(&[
                "/assets/",
                "/assets/../index.html",
                "/v2/x",
                "/v1/records/crm",
                "/v1/records/%ff/x",
                "/v1/customers/%ff",
                "/../etc/passwd",
                "/v1//match",
                "/docs/../../x",
            ]);
            let method = chance.of(&["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"]);
            refused(&client.send(method, path, &[("content-type", "application/json")], b"{}"), path);
        }
        2 => {
            let (method, path) = chance.of(&JSON_ROUTES);
            let media = chance.of(&["text/plain", "", "application/x-ndjson", "application/jsonx"]);
            refused(&client.send(method, path, &[("content-type", media)], b"{\"fields\":{}}"), path);
        }
        _ => {
            let (method, path) = chance.of(&JSON_ROUTES);
            let body = body(chance);
            let answer = client.send(method, path, &[("content-type", "application/json")], &body);
            // Objects as fields and numbers as values are read as in files.
            refused(&answer, &format!("{path} {}", String::from_utf8_lossy(&body[..body.len().min(200)])));
        }
    }
}

fn resident_kilobytes(served: &Served) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", served.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn ten_thousand_malformed_requests_are_refused() {
    let served = Served::new(&[], &[]);
    let mut client = served.client();
    let mut chance = Chance(7);
    for _ in 0..1000 {
        malformed(&mut client, &mut chance);
    }
    let before = resident_kilobytes(&served);
    for _ in 0..9000 {
        malformed(&mut client, &mut chance);
    }
    let after = resident_kilobytes(&served);
    assert!(after < before + 40_000, "{before} kB before, {after} kB after");
    assert_eq!(client.get("/v1/counts").good()["records"], 60);
    assert_eq!(served.client().get("/healthz").status, 200);
}

#[test]
fn bodies_and_heads_too_large_are_refused() {
    let served = Served::new(&[], &[]);
    let mut client = served.client();
    let large = format!("{{\"fields\":{{\"a\":\"{}\"}}}}", "x".repeat(2 << 20));
    for (method, path) in JSON_ROUTES {
        let json = [("content-type", "application/json")];
        client.send(method, path, &json, large.as_bytes()).problem(413);
    }
    // A batch has no bound, its lines have.
    let lines = [("content-type", "application/x-ndjson")];
    let answer = client.send("POST", "/v1/batch", &lines, large.as_bytes());
    assert!(answer.text().contains("a line is at most"), "{}", answer.text());
    let flood: String = (0..300).map(|at| format!("x-{at}: y\r\n")).collect();
    let answer =
        raw(&served.address, format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{flood}\r\n").as_bytes());
    assert_eq!(answer.unwrap().status, 431);
    let long = "x".repeat(200 << 10);
    let answer = raw(
        &served.address,
        format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: {long}\r\n\r\n").as_bytes(),
    );
    assert_eq!(answer.unwrap().status, 431);
    let answer = raw(&served.address, format!("GET /{long} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes());
    assert!(matches!(answer.unwrap().status, 414 | 431));
    for garbage in [
        "\0\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nhost localhost\r\n\r\n",
        "POST /v1/match HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{}",
        "POST /v1/match HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\ncontent-type: application/json\r\n\r\nzz\r\n",
    ] {
        let answer = raw(&served.address, garbage.as_bytes());
        assert!(answer.is_none_or(|answer| (400..500).contains(&answer.status)), "{garbage:?}");
    }
    assert_eq!(served.client().get("/healthz").status, 200);
}

#[test]
fn who_is_refused_while_sending_can_read_why() {
    let served = Served::new(&[], &[]);
    let mut client = served.client();
    let large = vec![b'x'; 8 << 20];
    for (path, status) in [("/v1/match", 413), ("/v1/nowhere", 404), ("/healthz", 405)] {
        for _ in 0..10 {
            // Over one connection: what nobody wanted is not taken for a request.
            client.send("POST", path, &[("content-type", "application/json")], &large).problem(status);
        }
    }
    client.get("/healthz").good();
    // Whoever asks first is told at once, and never to go on.
    let mut stream = TcpStream::connect(&served.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
        .write_all(
            b"POST /v1/nowhere HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n",
        )
        .unwrap();
    let mut text = [0; 12];
    stream.read_exact(&mut text).unwrap();
    assert_eq!(&text, b"HTTP/1.1 404");
    // Without end nothing is read on.
    let start = Instant::now();
    let mut stream = TcpStream::connect(&served.address).unwrap();
    let head = "POST /v1/nowhere HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = [b"100000\r\n".to_vec(), vec![b'x'; 1 << 20], b"\r\n".to_vec()].concat();
    let sent = (0..1000).take_while(|_| stream.write_all(&chunk).is_ok()).count();
    assert!((64..200).contains(&sent), "{sent} MiB were taken");
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn slow_clients_are_given_up() {
    let served = Served::new(&[], &["--request-seconds-max", "1", "--connections-max", "4"]);
    let open = |text: &str| {
        let mut stream = TcpStream::connect(&served.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    };
    let start = Instant::now();
    let mut body = open(
        "POST /v1/match HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    );
    // As many heads that never end as there may be connections.
    let heads: Vec<TcpStream> = (0..8).map(|_| open("GET /healthz HTTP/1.1\r\nhost: local")).collect();
    let mut text = [0; 12];
    body.read_exact(&mut text).unwrap();
    assert_eq!(&text, b"HTTP/1.1 408");
    assert_eq!(served.client().get("/healthz").status, 200);
    assert!(start.elapsed() < Duration::from_secs(15));
    drop(heads);
}

#[test]
fn the_document_knows_every_route_and_is_the_one_in_docs() {
    let served = Served::new(&[], &[]);
    let answer = served.client().get("/v1/openapi.json");
    let document: Value = answer.good();
    for route in ROUTES {
        let operation = &document["paths"][route.path][route.method.name()];
        assert_eq!(operation["operationId"], route.name);
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, answer.text()).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == answer.text(), "docs/openapi.json is stale; write it with UPDATE_DOCS=1");
}
