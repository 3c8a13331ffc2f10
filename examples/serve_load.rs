//! Loads a running service and says how fast it answered. The records come from
//! a CSV file with the columns `source` and `record_id`, whose other columns
//! are the fields.
//!
//! ```sh
//! cargo run --release --example serve_load -- match 127.0.0.1:7700 records.csv --clients 16 --seconds 20
//! ```
//! Kinds of load: `match` (single look-ups), `upsert` (single durable changes),
//! `batch` (one request that streams changes), `mixed` (half the clients match, a quarter
//! upsert, a quarter read customers and changes). Another `--seed` asks for other
//! records and brings other values: what came before changes nothing.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
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
}

/// A record of the file.
struct Record {
    source: String,
    id: String,
    fields: Map<String, Value>,
}

fn records(path: &str, count: usize) -> Vec<Record> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let mut found = Vec::new();
    // Every so many, so that the sample is spread over the file.
    for row in reader.records().map(Result::unwrap).step_by(5).take(count) {
        let mut record = Record { source: String::new(), id: String::new(), fields: Map::new() };
        for (name, value) in names.iter().zip(row.iter()) {
            match name.as_str() {
                "source" => record.source = value.to_owned(),
                "record_id" => record.id = value.to_owned(),
                _ if value.is_empty() => {}
                _ => _ = record.fields.insert(name.clone(), value.into()),
            }
        }
        found.push(record);
    }
    found
}

struct Client {
    stream: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl Client {
    fn new(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream), line: String::new(), body: Vec::new() }
    }

    /// Sends a request and reads its answer; returns the status.
    fn ask(&mut self, method: &str, path: &str, media: &str, body: &[u8]) -> u16 {
        let mut bytes = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {media}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        self.stream.get_mut().write_all(&bytes).unwrap();
        self.answer()
    }

    /// Reads an answer; returns the status.
    fn answer(&mut self) -> u16 {
        self.line.clear();
        self.stream.read_line(&mut self.line).unwrap();
        let status = self.line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut length = None;
        loop {
            self.line.clear();
            self.stream.read_line(&mut self.line).unwrap();
            if self.line == "\r\n" {
                break;
            }
            if let Some(value) = self.line.strip_prefix("content-length: ") {
                length = Some(value.trim().parse::<usize>().unwrap());
            }
        }
        self.body.clear();
        match length {
            Some(length) => {
                self.body.resize(length, 0);
                self.stream.read_exact(&mut self.body).unwrap();
            }
            None => self.read_chunks(),
        }
        status
    }

    fn read_chunks(&mut self) {
        loop {
            self.line.clear();
            self.stream.read_line(&mut self.line).unwrap();
            let size = usize::from_str_radix(self.line.trim(), 16).unwrap();
            let from = self.body.len();
            self.body.resize(from + size + 2, 0);
            self.stream.read_exact(&mut self.body[from..]).unwrap();
            self.body.truncate(from + size);
            if size == 0 {
                return;
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Match,
    Upsert,
    Look,
}

/// Asks until `end`; returns how long each answer took, and the failures.
fn load(kind: Kind, address: &str, records: &[Record], seed: u64, end: Instant) -> (Vec<f32>, u64) {
    let mut client = Client::new(address);
    let mut chance = Chance(seed);
    let mut times = Vec::new();
    let mut failed = 0;
    while Instant::now() < end {
        let record = &records[chance.below(records.len())];
        let (method, path, body) = match kind {
            Kind::Match => {
                let body = json!({ "source": record.source, "fields": record.fields, "limit": 5 });
                ("POST", "/v1/match".to_owned(), body.to_string())
            }
            Kind::Upsert => {
                let mut fields = record.fields.clone();
                // Every change is one: another e-mail address each time.
                fields.insert("email".to_owned(), format!("n{}@example.org", chance.below(1 << 30)).into());
                let path = format!("/v1/records/{}/{}", record.source, record.id);
                ("PUT", path, json!({ "fields": fields }).to_string())
            }
            Kind::Look => ("GET", format!("/v1/records/{}/{}", record.source, record.id), String::new()),
        };
        let start = Instant::now();
        let status = client.ask(method, &path, "application/json", body.as_bytes());
        times.push(start.elapsed().as_secs_f32());
        failed += u64::from(status != 200);
    }
    (times, failed)
}

fn told(what: &str, mut times: Vec<f32>, failed: u64, took: Duration) {
    times.sort_by(f32::total_cmp);
    let at = |share: f64| {
        times.get(((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1))).unwrap_or(&0.0)
            * 1e3
    };
    println!(
        "{what}: {} answers in {:.1} s, {:.0} a second; p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms, max {:.2} ms; {failed} failed",
        times.len(),
        took.as_secs_f64(),
        times.len() as f64 / took.as_secs_f64(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        at(1.0)
    );
}

/// One stream of changes in one request, whose answers are read as they come.
fn batch(address: &str, records: &[Record], seed: u64, seconds: u64) {
    const LINES_TOGETHER: usize = 256;
    let mut client = Client::new(address);
    let mut way = client.stream.get_ref().try_clone().unwrap();
    let start = Instant::now();
    let send = move || {
        let head = "POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n\
                    transfer-encoding: chunked\r\n\r\n";
        way.write_all(head.as_bytes()).unwrap();
        let mut chance = Chance(seed + 1);
        while start.elapsed() < Duration::from_secs(seconds) {
            let lines: String = (0..LINES_TOGETHER)
                .map(|_| {
                    let record = &records[chance.below(records.len())];
                    let mut fields = record.fields.clone();
                    fields
                        .insert("email".to_owned(), format!("b{}@example.org", chance.below(1 << 30)).into());
                    let line = json!({
                        "op": "upsert", "source": record.source, "record_id": record.id, "fields": fields
                    });
                    format!("{line}\n")
                })
                .collect();
            way.write_all(format!("{:x}\r\n{lines}\r\n", lines.len()).as_bytes()).unwrap();
        }
        way.write_all(b"0\r\n\r\n").unwrap();
    };
    let status = std::thread::scope(|scope| {
        scope.spawn(send);
        client.answer()
    });
    assert_eq!(status, 200);
    let took = start.elapsed().as_secs_f64();
    let answers = client.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let (failed, done): (Vec<&[u8]>, Vec<&[u8]>) =
        answers.partition(|line| line.windows(9).any(|window| window == b"\"error\":\""));
    println!(
        "batch: {} records in {took:.1} s, {:.0} a second; {} failed",
        done.len(),
        done.len() as f64 / took,
        failed.len()
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, address, path, ..] = arguments.as_slice() else {
        panic!("serve_load KIND ADDRESS RECORDS [--clients N] [--seconds N]")
    };
    let number = |name: &str, default: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        at.map_or(default, |at| arguments[at + 1].parse().unwrap())
    };
    let (clients, seconds) = (number("--clients", 16), number("--seconds", 10));
    let seed = number("--seed", 0) << 32;
    let records = Arc::new(records(path, 200_000));
    if kind == "batch" {
        return batch(address, &records, seed, seconds);
    }
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    let kind_of = |client: u64| match (kind.as_str(), client % 4) {
        ("match", _) | ("mixed", 0 | 1) => Kind::Match,
        ("upsert", _) | ("mixed", 2) => Kind::Upsert,
        ("look" | "mixed", _) => Kind::Look,
        _ => panic!("unknown kind of load `{kind}`"),
    };
    let threads: Vec<_> = (0..clients)
        .map(|client| {
            let (records, address, kind) = (Arc::clone(&records), address.clone(), kind_of(client));
            std::thread::spawn(move || (kind, load(kind, &address, &records, seed + client + 1, end)))
        })
        .collect();
    let results: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    for (kind, what) in [(Kind::Match, "match"), (Kind::Upsert, "upsert"), (Kind::Look, "record")] {
        let of_kind = results.iter().filter(|(of, _)| *of == kind);
        let (mut times, mut failed) = (Vec::new(), 0);
        for (_, (some, failures)) in of_kind {
            times.extend_from_slice(some);
            failed += failures;
        }
        if !times.is_empty() {
            told(what, times, failed, start.elapsed());
        }
    }
}
