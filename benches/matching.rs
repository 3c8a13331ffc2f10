//! What finding the customers costs after records are normalised, on the
//! shipped channel exports: each stage as a whole, a pair by attribute, the
//! string metrics on pairs of real spellings, and clustering by itself.

#![allow(clippy::unwrap_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use einklang::cluster::{self, Edge};
use einklang::compare::{COMPARISONS_MAX, Comparators, Comparison, metric};
use einklang::engine::clustering::{self, COMPONENT_SIZE_MAX};
use einklang::engine::golden::Golden;
use einklang::engine::load::{Input, LoadOptions};
use einklang::engine::matching::{Matcher, Pair};
use einklang::engine::progress::Silent;
use einklang::engine::thresholds::Bits;
use einklang::engine::unify::{Prepared, UnifyRequest, prepare};
use einklang::normalise::Tables;
use einklang::rules::{Rules, Without};
use std::hint::black_box;
use std::path::Path;

const CHANNELS: [&str; 5] = ["shop", "crm", "newsletter", "till", "support"];

/// Two spellings each, as they meet within blocks: some of one name, most not.
const SPELLINGS: [(&str, &str); 10] = [
    ("muller", "mueller"),
    ("schmidt", "schmitt"),
    ("katharina", "katarina"),
    ("kornheimer", "kurzgrube"),
    ("anna", "hannah"),
    ("hohenzollernring", "hohenzollernstr"),
    ("alexander muller str", "alexander mueller str"),
    ("kornheimer andre1336", "kornheimer andre1337"),
    ("avni kurzgrube842", "abdis etin9947"),
    ("1993-10-26", "1993-10-25"),
];

/// One in this many random links joins two records of a million.
const RECORDS: u32 = 1_000_000;

fn channels() -> Prepared {
    let path =
        |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/channels/{name}.csv"));
    let inputs = CHANNELS.iter().map(|name| Input { path: path(name), source: None }).collect();
    let request = UnifyRequest { inputs, load: LoadOptions::default(), ..UnifyRequest::default() };
    prepare(&request, &Silent).unwrap()
}

fn metrics(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("metric");
    group.throughput(Throughput::Elements(SPELLINGS.len() as u64));
    group.bench_function("jaro_winkler", |bencher| {
        bencher.iter(|| SPELLINGS.iter().map(|(a, b)| metric::jaro_winkler(black_box(a), b)).sum::<f32>());
    });
    group.bench_function("edits", |bencher| {
        bencher
            .iter(|| SPELLINGS.iter().filter_map(|(a, b)| metric::edits(black_box(a), b, 2)).sum::<usize>());
    });
    group.finish();
}

fn stages(criterion: &mut Criterion) {
    let prepared = channels();
    let (records, rules) = (&prepared.records, Rules::default());
    let bits = Bits::new(&rules.thresholds);
    let mut group = criterion.benchmark_group("stage");
    group.throughput(Throughput::Elements(records.len() as u64)).sample_size(10);
    group.bench_function("block and train", |bencher| {
        bencher.iter(|| black_box(Matcher::new(records, &rules, None, None).blocks.len()));
    });
    let mut matcher = Matcher::new(records, &rules, None, None);
    group.bench_function("compare", |bencher| bencher.iter(|| black_box(matcher.pairs(bits, &Silent).len())));
    let pairs = matcher.pairs(bits, &Silent);
    group.bench_function("cluster", |bencher| {
        bencher
            .iter(|| black_box(clustering::cluster(&matcher, &pairs, bits.link, Without::default()).closed));
    });
    let leaders = clustering::cluster(&matcher, &pairs, bits.link, Without::default()).leader_of;
    group.bench_function("golden", |bencher| {
        bencher.iter(|| black_box(Golden::new(records, &leaders, &rules).len()));
    });
    group.finish();
    each_pair(criterion, &prepared, matcher.comparisons(), &pairs);
}

/// What comparing one pair costs, as a whole and by attribute.
fn each_pair(criterion: &mut Criterion, prepared: &Prepared, plan: &[Comparison], pairs: &[Pair]) {
    let mut group = criterion.benchmark_group("pair");
    group.throughput(Throughput::Elements(pairs.len() as u64)).sample_size(20);
    let mut agreed = [0; COMPARISONS_MAX];
    let mut time = |name: &str, plan: Vec<Comparison>| {
        let comparators = Comparators::new(plan, &prepared.records, Tables::shipped(), None);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let compare =
                    |pair: &Pair| comparators.compare(pair.a as usize, pair.b as usize, &mut agreed).0;
                pairs.iter().map(compare).fold(0, |all, vector| all ^ vector)
            });
        });
    };
    time("all", plan.to_vec());
    plan.iter().for_each(|comparison| time(&comparison.name, vec![comparison.clone()]));
    group.finish();
}

/// Components of a million records with as many random links as half of them.
fn components(criterion: &mut Criterion) {
    let random = |number: u32| number.wrapping_mul(2_654_435_761).wrapping_add(number >> 7) % RECORDS;
    let near = |number: u32| (random(number) + number % 3 + 1) % RECORDS;
    let edge = |number: u32| Edge { a: random(number), b: near(number), bits: (number % 30) as f32 };
    let edges: Vec<Edge> = (0..RECORDS / 2).map(edge).collect();
    let mut group = criterion.benchmark_group("cluster");
    group.throughput(Throughput::Elements(u64::from(RECORDS))).sample_size(10);
    group.bench_function("components", |bencher| {
        let found = || cluster::components(RECORDS as usize, &edges, 1.0, COMPONENT_SIZE_MAX).len();
        bencher.iter(|| black_box(found()));
    });
    group.bench_function("partition of 40", |bencher| {
        let weight = |i: usize, j: usize| if i % 3 == j % 3 { 4.0 } else { -2.0 };
        bencher.iter(|| black_box(cluster::partition(40, weight)));
    });
    group.finish();
}

criterion_group!(benches, metrics, stages, components);
criterion_main!(benches);
