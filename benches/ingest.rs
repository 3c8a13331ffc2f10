//! How fast delimited text is split, and split and interned, on one thread.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use einklang::ingest::{self, Block, Reader};
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;

const ROWS: usize = 100_000;

/// Customers with the cardinalities of real ones: unique ids, few cities.
fn generated() -> Vec<u8> {
    let mut text = String::from("id;vorname;nachname;email;strasse;plz;ort;geburtsdatum\n");
    for row in 0..ROWS {
        let mixed = row.wrapping_mul(2_654_435_761) % 1_000_003;
        let (given, family, city) = (mixed % 997, mixed % 9_973, mixed % 211);
        let _ = writeln!(
            text,
            "K-{row:07};Vorname{given};Nachname{family};v{given}.n{family}@example.de;\"Straße {city}, {mixed}\";\
             {:05};Ort{city};19{:02}-{:02}-{:02}",
            mixed % 99_999,
            mixed % 90 + 10,
            mixed % 12 + 1,
            mixed % 28 + 1
        );
    }
    text.into_bytes()
}

fn blocks(bytes: &[u8]) -> (Reader, Vec<Block>) {
    let mut reader = Reader::from_bytes(Path::new("bench.csv"), bytes.to_vec()).expect("the input is sound");
    let mut blocks = Vec::new();
    while let Some(block) = reader.next_block().expect("memory is read") {
        blocks.push(block);
    }
    (reader, blocks)
}

fn ingest(criterion: &mut Criterion) {
    let bytes = generated();
    let mut group = criterion.benchmark_group("ingest");
    group.throughput(Throughput::Elements(ROWS as u64)).sample_size(20);
    group.bench_function("cut", |bencher| bencher.iter(|| black_box(blocks(&bytes).1.len())));
    group.bench_function("parse", |bencher| {
        let parse = |(reader, blocks): (Reader, Vec<Block>)| {
            blocks.into_iter().map(|block| reader.layout().parse(block).rows()).sum::<usize>()
        };
        bencher.iter_batched(|| blocks(&bytes), |input| black_box(parse(input)), BatchSize::LargeInput);
    });
    group.bench_function("read", |bencher| {
        bencher.iter(|| {
            let path = Path::new("bench.csv");
            let reader = Reader::from_bytes(path, bytes.clone()).expect("the input is sound");
            black_box(ingest::read(reader, "bench", path).expect("memory is read").0.rows())
        });
    });
    group.finish();
}

criterion_group!(benches, ingest);
criterion_main!(benches);
