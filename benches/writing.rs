//! What writing a run's results costs, on the merge of the shipped channel
//! exports: every file together, as CSV and as Parquet, and those by themselves
//! that have a row per record.

#![allow(clippy::unwrap_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use einklang::engine::load::Input;
use einklang::engine::progress::Silent;
use einklang::engine::unify::{Outcome, UnifyRequest, unify};
use einklang::report;
use einklang::report::files::{CrosswalkRows, Format, OutputFolder};
use std::hint::black_box;
use std::path::{Path, PathBuf};

const CHANNELS: [&str; 5] = ["shop", "crm", "newsletter", "till", "support"];

/// Writes once to know how many bytes there are, then again and again.
fn time(criterion: &mut Criterion, name: &str, folder: &Path, write: impl Fn()) {
    write();
    let files = folder.read_dir().unwrap().map(|file| file.unwrap().metadata().unwrap().len());
    let mut group = criterion.benchmark_group("write");
    group.throughput(Throughput::Bytes(files.sum())).sample_size(20);
    group.bench_function(name, |bencher| bencher.iter(&write));
    group.finish();
}

fn everything(criterion: &mut Criterion, name: &str, format: Format, outcome: &Outcome) {
    let folder = tempfile::tempdir().unwrap();
    let out = OutputFolder::create(folder.path(), format).unwrap();
    time(criterion, name, folder.path(), || {
        black_box(report::write(outcome, &out, true, |_| {}).unwrap().counts.customers);
    });
}

fn crosswalk(criterion: &mut Criterion, outcome: &Outcome) {
    let folder = tempfile::tempdir().unwrap();
    let out = OutputFolder::create(folder.path(), Format::Csv).unwrap();
    time(criterion, "crosswalk", folder.path(), || {
        let rows = CrosswalkRows {
            keys: &outcome.records.keys,
            customer_of: &outcome.golden.customer_of,
            customer_ids: &outcome.customer_ids,
        };
        black_box(out.crosswalk(&rows).unwrap());
    });
}

fn candidates(criterion: &mut Criterion, outcome: &Outcome) {
    let folder = tempfile::tempdir().unwrap();
    let out = OutputFolder::create(folder.path(), Format::Csv).unwrap();
    time(criterion, "candidates", folder.path(), || {
        let blocks_of = |record| outcome.matcher.blocks.of_record(record);
        black_box(out.candidates(outcome.records.len(), blocks_of).unwrap());
    });
}

fn writing(criterion: &mut Criterion) {
    let path = |name: &str| -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/channels/{name}.csv"))
    };
    let inputs = CHANNELS.iter().map(|name| Input { path: path(name), source: None }).collect();
    let request = UnifyRequest { inputs, ..UnifyRequest::default() };
    let timed = unify(&request, &Silent, |outcome| {
        everything(criterion, "csv", Format::Csv, outcome);
        #[cfg(feature = "parquet")]
        everything(criterion, "parquet", Format::Parquet, outcome);
        crosswalk(criterion, outcome);
        candidates(criterion, outcome);
        Ok(())
    });
    timed.unwrap();
}

criterion_group!(benches, writing);
criterion_main!(benches);
