//! Measures a store: how long single durable changes take, how many a stream
//! brings in, what adding records costs, how soon records and customers are
//! found. The records come from a CSV file with the columns `source` and
//! `record_id`, whose other columns are the fields. It changes the store.
//!
//! ```sh
//! cargo run --release --example store_speed -- single graph records.csv --count 5000
//! ```
//! Kinds: `single` (one change, synced, at a time), `stream` (changes in sets of
//! `--set`), `add` (records under new ids, in sets), `look` (records and
//! customers by name).

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use einklang::engine::live::{self, Graph, Operation, Prepared};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// As the binary has it.
#[cfg(target_os = "linux")]
#[global_allocator]
static HEAP: einklang::engine::scratch::Heap = einklang::engine::scratch::Heap;

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

/// Records of the file, each as the operation that would bring it.
fn records(path: &str, step: usize) -> Vec<Operation> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let mut found = Vec::new();
    for row in reader.records().map(Result::unwrap).step_by(step) {
        let mut operation = Operation {
            source: String::new(),
            record_id: String::new(),
            at: None,
            fields: None,
            position: None,
        };
        let mut fields = Vec::new();
        for (name, value) in names.iter().zip(row.iter()) {
            match name.as_str() {
                "source" => operation.source = value.to_owned(),
                "record_id" => operation.record_id = value.to_owned(),
                _ if value.is_empty() => {}
                _ => fields.push((name.clone(), value.to_owned())),
            }
        }
        operation.fields = Some(fields);
        found.push(operation);
    }
    found
}

/// Another e-mail address for a record of the file.
fn changed(records: &[Operation], chance: &mut Chance) -> Operation {
    let mut operation = records[chance.below(records.len())].clone();
    let address = format!("n{}@example.org", chance.below(1 << 40));
    let fields = operation.fields.as_mut().unwrap();
    match fields.iter_mut().find(|(name, _)| name == "email") {
        Some((_, value)) => *value = address,
        None => fields.push(("email".to_owned(), address)),
    }
    operation
}

/// A set in parts, none of which changes a record twice.
fn without_repeats(mut set: &[Operation]) -> Vec<&[Operation]> {
    let mut parts = Vec::new();
    while !set.is_empty() {
        let mut met = std::collections::HashSet::new();
        let length = set.iter().take_while(|of| met.insert((&of.source, &of.record_id))).count();
        let (part, rest) = set.split_at(length);
        parts.push(part);
        set = rest;
    }
    parts
}

fn told(what: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() as f64 * share) as usize).min(times.len() - 1)] * 1e3;
    println!(
        "{what}: {} in {:.2} s; p50 {:.3} ms, p90 {:.3} ms, p99 {:.3} ms, p99.9 {:.3} ms, max {:.3} ms",
        times.len(),
        times.iter().sum::<f64>(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        at(1.0)
    );
}

/// Seconds of processor time that this process took so far.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit_once(") ").map_or("", |(_, after)| after);
    let ticks =
        |at: usize| after.split(' ').nth(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn load_average() -> String {
    std::fs::read_to_string("/proc/loadavg")
        .unwrap_or_default()
        .split(' ')
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, store, csv, ..] = arguments.as_slice() else { panic!("KIND STORE RECORDS.csv") };
    let option = |name: &str, otherwise: usize| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)).map_or(otherwise, |value| value.parse().unwrap())
    };
    let (count, set, seed) = (option("--count", 5000), option("--set", 1024), option("--seed", 1));
    let records = records(csv, option("--step", 1));
    println!("{} records read; load average {}", records.len(), load_average());
    let start = Instant::now();
    let mut graph = Graph::open(Path::new(store)).unwrap();
    println!("opened in {:.3} s; {} records", start.elapsed().as_secs_f64(), graph.store.counters.records);
    graph.store.db.bring_near();
    let mut chance = Chance(seed as u64);
    let (start, processor) = (Instant::now(), processor_seconds());
    let mut done = count;
    match kind.as_str() {
        "single" => {
            let mut times = Vec::with_capacity(count);
            for at in 0..count {
                let operation = changed(&records, &mut chance);
                let start = Instant::now();
                graph.apply(std::slice::from_ref(&operation), at as i64).unwrap();
                times.push(start.elapsed().as_secs_f64());
            }
            let half = times.len() / 2;
            told("single durable changes, first half", times[..half].to_vec());
            told("single durable changes, second half", times[half..].to_vec());
            told("single durable changes", times);
        }
        "stream" | "add" => {
            let operations: Vec<Operation> = (0..count)
                .map(|at| match kind.as_str() {
                    "stream" => changed(&records, &mut chance),
                    _ => {
                        let mut operation = records[at % records.len()].clone();
                        operation.record_id = format!("new {seed} {at}");
                        operation
                    }
                })
                .collect();
            let begun = Instant::now();
            // Each set is made ready while the one before is worked in, and that one
            // is while the one before it is written, as `einklang upsert` does.
            std::thread::scope(|scope| {
                let (send, sets) = std::sync::mpsc::sync_channel(1);
                let bundle = Arc::clone(&graph.bundle);
                scope.spawn(move || {
                    for set in operations.chunks(set).flat_map(without_repeats) {
                        send.send((set.to_vec(), Prepared::new(&bundle, set))).unwrap();
                    }
                });
                let mut sets_taken = graph.succession();
                for (at, (set, prepared)) in sets.into_iter().enumerate() {
                    sets_taken.apply(&set, &prepared, at as i64).unwrap();
                }
                sets_taken.settle().unwrap();
            });
            let took = begun.elapsed();
            println!(
                "{kind}: {count} in {:.2} s, {:.0} a second",
                took.as_secs_f64(),
                count as f64 / took.as_secs_f64()
            );
        }
        "look" => {
            done = count * 2;
            let (mut by_record, mut by_customer) = (Vec::new(), Vec::new());
            for _ in 0..count {
                let operation = &records[chance.below(records.len())];
                let name = (operation.source.clone(), operation.record_id.clone());
                let start = Instant::now();
                let found = live::record(&graph.store, &name).unwrap();
                by_record.push(start.elapsed().as_secs_f64());
                let start = Instant::now();
                live::customer(&graph.store, &found.customer_id).unwrap();
                by_customer.push(start.elapsed().as_secs_f64());
            }
            told("look-ups by record", by_record);
            told("look-ups by customer", by_customer);
        }
        _ => panic!("unknown kind of load"),
    }
    let processor = processor_seconds() - processor;
    println!(
        "{:.2} s in all, {processor:.2} s of processor time, {:.3} ms each; load average {}",
        start.elapsed().as_secs_f64(),
        processor * 1e3 / done as f64,
        load_average()
    );
    let start = Instant::now();
    graph.close().unwrap();
    println!("closed in {:.2} s", Duration::as_secs_f64(&start.elapsed()));
}
