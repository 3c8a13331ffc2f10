//! Works out what a report shows from what a run found. Every list is in a
//! fixed order; times are the only figures that differ between two runs.

use super::data::*;
use crate::blocking::evaluate;
use crate::engine::estimate;
use crate::engine::stage::Stage;
use crate::engine::thresholds::{self, Band};
use crate::engine::unify::Outcome;
use crate::record::{ABSENT, Hub, NormalColumn, NormalRecords, Verdict};
use crate::rules::{KeyExpression, KeyRule, Level};
use crate::score::{Class, ComparisonModel, LEVELS, Model};
use std::collections::BTreeMap;

/// Customers shown as the largest, and as the most doubtful.
const CLUSTERS_SHOWN: usize = 20;
/// Record names shown per customer.
const RECORDS_SHOWN: usize = 8;
/// Hubs shown per kind of value.
const HUBS_SHOWN: usize = 10;
/// Oversized blocks listed.
const OVERSIZED_SHOWN: usize = 50;

/// What the report of this run shows.
/// `bands` is where each of its pairs belongs.
pub fn summarise(outcome: &Outcome, bands: &[Band]) -> ReportData {
    let pairs = Bands::new(outcome, bands);
    ReportData {
        report_version: REPORT_VERSION,
        einklang_version: env!("CARGO_PKG_VERSION").to_owned(),
        run: Run {
            rules: None,
            link_only: outcome.matcher.link_only,
            country: outcome.default_country.clone(),
            threads: 0,
            seconds: outcome.stages.iter().map(|stage| stage.seconds).sum(),
            memory_bytes_max: None,
            scratch_bytes_max: None,
        },
        counts: counts(outcome, &pairs),
        accuracy: accuracy(outcome),
        sources: sources(outcome),
        overlap: overlap(outcome),
        columns: columns(outcome),
        quality: quality(outcome),
        cluster_sizes: cluster_sizes(outcome),
        thresholds: threshold_report(outcome),
        histogram: histogram(outcome),
        model: model(&outcome.matcher.model),
        blocking: blocking(outcome),
        groups_cut: outcome.clusters.too_large.iter().map(|&size| u64::from(size)).collect(),
        oversized: oversized(outcome),
        rules: rules(outcome),
        hubs: hubs(outcome),
        largest: largest(outcome, &pairs),
        doubtful: doubtful(outcome, &pairs),
        stages: stages(outcome),
    }
}

/// The pairs of each band, and what holds each customer together.
struct Bands {
    link: u64,
    review: u64,
    /// Per customer, the strongest link of its most weakly held record; infinite
    /// where no link holds it.
    weakest: Vec<f32>,
}

impl Bands {
    fn new(outcome: &Outcome, bands: &[Band]) -> Self {
        let (mut link, mut review) = (0, 0);
        let mut strongest = vec![f32::NEG_INFINITY; outcome.records.len()];
        for (pair, band) in outcome.pairs.iter().zip(bands) {
            match band {
                Band::Link => {
                    link += 1;
                    for record in [pair.a, pair.b] {
                        let held = &mut strongest[record as usize];
                        *held = held.max(pair.weight.bits);
                    }
                }
                Band::Review => review += 1,
                Band::None => {}
            }
        }
        let mut weakest = vec![f32::INFINITY; outcome.golden.len()];
        for (bits, &customer) in strongest.into_iter().zip(&outcome.golden.customer_of) {
            if bits.is_finite() {
                let held = &mut weakest[customer as usize];
                *held = held.min(bits);
            }
        }
        Self { link, review, weakest }
    }
}

fn counts(outcome: &Outcome, pairs: &Bands) -> Counts {
    let records = outcome.records.len() as f64;
    let golden = &outcome.golden;
    Counts {
        records: outcome.records.len() as u64,
        quarantined: outcome.quarantine.len() as u64,
        customers: golden.len() as u64,
        singletons: (0..golden.len()).filter(|&customer| golden.members(customer).len() == 1).count() as u64,
        pairs_possible: records * (records - 1.0) / 2.0,
        pairs_compared: outcome.matcher.compared,
        pairs_link: pairs.link,
        pairs_review: pairs.review,
    }
}

fn accuracy(outcome: &Outcome) -> AccuracyReport {
    let found = estimate::estimate(outcome);
    let report = |interval: estimate::Interval| EstimateReport {
        share: interval.share,
        low: interval.low,
        high: interval.high,
    };
    AccuracyReport {
        precision: report(found.precision),
        recall: report(found.recall),
        bits_off: f64::from(estimate::BITS_OFF),
    }
}

fn sources(outcome: &Outcome) -> Vec<SourceReport> {
    let keys = &outcome.records.keys;
    let mut reports: Vec<SourceReport> = keys
        .sources
        .iter()
        .map(|name| SourceReport { name: name.clone(), ..SourceReport::default() })
        .collect();
    keys.source_of.iter().for_each(|&source| reports[usize::from(source)].records += 1);
    for row in &outcome.quarantine {
        if let Some(report) = reports.iter_mut().find(|report| report.name == row.source) {
            report.quarantined += 1;
        }
    }
    for_each_customer(outcome, |sources| {
        for &source in sources {
            reports[source].customers += 1;
            reports[source].customers_only_here += u64::from(sources.len() == 1);
        }
    });
    reports
}

/// Calls `found` with the distinct sources of each customer.
fn for_each_customer(outcome: &Outcome, mut found: impl FnMut(&[usize])) {
    let mut sources: Vec<usize> = Vec::new();
    for customer in 0..outcome.golden.len() {
        sources.clear();
        let members = outcome.golden.members(customer);
        sources.extend(
            members.iter().map(|&record| usize::from(outcome.records.keys.source_of[record as usize])),
        );
        sources.sort_unstable();
        sources.dedup();
        found(&sources);
    }
}

fn overlap(outcome: &Outcome) -> Vec<Vec<u64>> {
    let size = outcome.records.keys.sources.len();
    let mut overlap = vec![vec![0; size]; size];
    for_each_customer(outcome, |sources| {
        for &a in sources {
            for &b in sources {
                overlap[a][b] += 1;
            }
        }
    });
    overlap
}

fn columns(outcome: &Outcome) -> Vec<ColumnReport> {
    let report = |column: &crate::engine::unify::RecognisedColumn| ColumnReport {
        source: column.source.clone(),
        column: column.column.clone(),
        attribute: column.decision.attribute.name().to_owned(),
        label: column.decision.label.clone(),
        reason: column.decision.reason.clone(),
        filled: column.decision.filled,
    };
    outcome.columns.iter().map(report).collect()
}

fn quality(outcome: &Outcome) -> Vec<QualityReport> {
    let keys = &outcome.records.keys;
    let mut in_source = vec![0u64; keys.sources.len()];
    keys.source_of.iter().for_each(|&source| in_source[usize::from(source)] += 1);
    let mut reports = Vec::new();
    let mut previous = None;
    for column in outcome.records.columns.iter().filter(|column| column.field.attribute.is_evidence()) {
        // Further slots of a field would count its records twice.
        if previous == Some(&column.field) {
            continue;
        }
        previous = Some(&column.field);
        for (source, verdicts) in
            verdicts(column, &keys.source_of, keys.sources.len()).into_iter().enumerate()
        {
            if verdicts.iter().sum::<u64>() > 0 {
                reports.push(QualityReport {
                    source: keys.sources[source].clone(),
                    field: column.field.name().to_owned(),
                    records: in_source[source],
                    valid: verdicts[Verdict::Valid as usize],
                    doubtful: verdicts[Verdict::Doubtful as usize],
                    hub: verdicts[Verdict::Hub as usize],
                    placeholder: verdicts[Verdict::Placeholder as usize],
                    invalid: verdicts[Verdict::Invalid as usize],
                });
            }
        }
    }
    reports
}

/// Per source, the records of each verdict.
fn verdicts(column: &NormalColumn, source_of: &[u16], sources: usize) -> Vec<[u64; 6]> {
    let mut counts = vec![[0; 6]; sources];
    for (record, &source) in source_of.iter().enumerate() {
        if let Some(verdict) = column.verdict(record) {
            counts[usize::from(source)][verdict as usize] += 1;
        }
    }
    counts
}

fn cluster_sizes(outcome: &Outcome) -> Vec<SizeReport> {
    let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
    for customer in 0..outcome.golden.len() {
        *sizes.entry(outcome.golden.members(customer).len() as u64).or_default() += 1;
    }
    sizes.into_iter().map(|(size, customers)| SizeReport { size, customers }).collect()
}

fn threshold_report(outcome: &Outcome) -> ThresholdReport {
    ThresholdReport {
        link_probability: thresholds::probability(outcome.bits.link),
        review_probability: thresholds::probability(outcome.bits.review),
        link_weight: f64::from(outcome.bits.link),
        review_weight: f64::from(outcome.bits.review),
    }
}

fn histogram(outcome: &Outcome) -> Vec<WeightBin> {
    let bin = |(&bits, &pairs): (&i32, &u64)| WeightBin {
        low: f64::from(bits) - 0.5,
        high: f64::from(bits) + 0.5,
        pairs,
    };
    outcome.matcher.histogram.iter().map(bin).collect()
}

fn model(model: &Model) -> ModelReport {
    let others: f64 = model.pairs[1..].iter().sum();
    ModelReport {
        learned: model.training.rounds > 0,
        converged: model.training.converged,
        rounds: u64::from(model.training.rounds),
        prior_weight: (model.pairs[0] / others).log2(),
        comparisons: model
            .comparisons
            .iter()
            .zip(&model.weights)
            .enumerate()
            .map(|(at, (comparison, weights))| ComparisonReport {
                name: comparison.name.clone(),
                levels: levels(weights, model.refined.as_ref().and_then(|refined| refined.levels.get(at))),
            })
            .collect(),
    }
}

/// The levels that ever occur, most agreement first, with what labels added.
fn levels(weights: &ComparisonModel, refined: Option<&[f64; LEVELS]>) -> Vec<LevelReport> {
    const SHARE_MIN: f64 = 1e-4;
    let named = |level: &Level| weights.by_hand.iter().any(|(known, _)| known == level);
    let report = |level: Level| {
        let at = level as usize - 1;
        let (m, u) =
            (weights.levels[Class::Match as usize][at], weights.levels[Class::Stranger as usize][at]);
        let by_hand = named(&level);
        let occurs = by_hand || m.max(u) > SHARE_MIN;
        occurs.then(|| LevelReport {
            level: level.name().to_owned(),
            weight: weights.weight(level) + refined.and_then(|refined| refined.get(at)).unwrap_or(&0.0),
            m: (!by_hand).then_some(m),
            u: Some(u),
            by_hand,
        })
    };
    Level::ALL.into_iter().rev().filter(|level| *level != Level::Missing).filter_map(report).collect()
}

fn blocking(outcome: &Outcome) -> Vec<KeyReport> {
    let used = outcome.matcher.key_reports.iter().filter(|report| !report.left_out);
    let report = |key: &crate::engine::blocking::KeyReport| KeyReport {
        name: key.name.clone(),
        blocks: key.blocks,
        block_size_max: key.size_max,
        pairs: key.pairs,
        pairs_new: key.new_pairs,
        links_new: key.new_links,
    };
    used.map(report).collect()
}

fn oversized(outcome: &Outcome) -> Vec<OversizedReport> {
    let mut reports: Vec<OversizedReport> = outcome
        .matcher
        .oversized()
        .map(|(key, block)| OversizedReport {
            key: key.name.clone(),
            value: block_value(key, outcome.records, block.example as usize),
            records: u64::from(block.records),
        })
        .collect();
    reports.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.key.cmp(&b.key)));
    reports.truncate(OVERSIZED_SHOWN);
    reports
}

/// What a key makes of a record of the block, expression by expression: the
/// value that too many share.
fn block_value(key: &KeyRule, records: &NormalRecords, record: usize) -> String {
    let of = |expression: &KeyExpression| {
        let columns = records.columns.iter().filter(|column| column.field.name() == expression.field);
        let mut made: Vec<String> = Vec::new();
        for column in columns {
            match column.canonical_code(record) {
                ABSENT => {}
                code => evaluate(expression, column.canonical.get(code), |text| made.push(text.to_owned())),
            }
        }
        made.dedup();
        made.join(" | ")
    };
    key.expressions.iter().map(of).collect::<Vec<_>>().join(" + ")
}

fn rules(outcome: &Outcome) -> Vec<RuleReport> {
    let mut decided = vec![0; outcome.matcher.decisions.len()];
    outcome.pairs.iter().filter_map(|pair| pair.rule).for_each(|rule| decided[usize::from(rule)] += 1);
    let rules = outcome.matcher.decisions.iter().zip(decided);
    rules
        .map(|(rule, pairs)| RuleReport {
            name: rule.name.clone(),
            decision: rule.then.name().to_owned(),
            pairs,
        })
        .collect()
}

/// Values that improbably many people hold, by kind, the most shared first.
fn hubs(outcome: &Outcome) -> Vec<HubReport> {
    let hubs = &outcome.records.hubs;
    let mut names: Vec<&str> = hubs.iter().map(Hub::name).collect();
    names.sort_unstable();
    names.dedup();
    let report = |name: &str| {
        let of_name: Vec<&Hub> = hubs.iter().filter(|hub| hub.name() == name).collect();
        let records = || of_name.iter().map(|hub| u64::from(hub.records));
        HubReport {
            field: name.to_owned(),
            values: of_name.len() as u64,
            records: records().sum(),
            records_max: records().max().unwrap_or(0),
            people_likely_max: of_name.first().map_or(0, |hub| u64::from(hub.people_likely_max)),
            most_shared: of_name.iter().take(HUBS_SHOWN).map(|hub| hub_value(outcome, hub)).collect(),
        }
    };
    names.into_iter().map(report).collect()
}

/// One hub, named by a record that holds it.
fn hub_value(outcome: &Outcome, hub: &Hub) -> HubValueReport {
    let columns = &outcome.records.columns;
    let holds = |record: &usize| {
        hub.fields.iter().zip(&hub.values).all(|(field, value)| {
            let slots = columns.iter().filter(|column| column.field == *field);
            let mut texts = slots.filter_map(|column| {
                let code = column.codes.get(*record)?.checked_sub(1)?;
                Some(column.canonical.get(*column.canonical_of.get(code as usize)?))
            });
            texts.any(|text| text == value)
        })
    };
    let record = (0..outcome.records.len()).find(holds);
    let keys = &outcome.records.keys;
    HubValueReport {
        people: u64::from(hub.people),
        records: u64::from(hub.records),
        example: record
            .map(|record| format!("{}:{}", keys.source(record), keys.id(record)))
            .unwrap_or_default(),
    }
}

fn largest(outcome: &Outcome, pairs: &Bands) -> Vec<ClusterReport> {
    let golden = &outcome.golden;
    let mut customers: Vec<usize> =
        (0..golden.len()).filter(|&customer| golden.members(customer).len() > 1).collect();
    customers.sort_by_key(|&customer| (std::cmp::Reverse(golden.members(customer).len()), customer));
    customers.truncate(CLUSTERS_SHOWN);
    let reason = |customer: usize| format!("{} records", golden.members(customer).len());
    customers.into_iter().map(|customer| cluster(outcome, pairs, customer, reason(customer))).collect()
}

fn doubtful(outcome: &Outcome, pairs: &Bands) -> Vec<ClusterReport> {
    let held = pairs.weakest.iter().copied().zip(0..).filter(|(bits, _)| bits.is_finite());
    let mut customers: Vec<(f32, u32)> = held.collect();
    customers.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    customers.truncate(CLUSTERS_SHOWN);
    let reason = |bits: f32| {
        let percent = 100.0 * thresholds::probability(bits);
        format!("one record is held by a link of {percent:.0} %")
    };
    customers
        .into_iter()
        .map(|(bits, customer)| cluster(outcome, pairs, customer as usize, reason(bits)))
        .collect()
}

fn cluster(outcome: &Outcome, pairs: &Bands, customer: usize, reason: String) -> ClusterReport {
    let members = outcome.golden.members(customer);
    let keys = &outcome.records.keys;
    let name = |&record: &u32| format!("{}:{}", keys.source(record as usize), keys.id(record as usize));
    ClusterReport {
        customer_id: outcome.customer_ids[customer].to_string(),
        size: members.len() as u64,
        records: members.iter().take(RECORDS_SHOWN).map(name).collect(),
        weakest_weight: pairs
            .weakest
            .get(customer)
            .filter(|bits| bits.is_finite())
            .map(|&bits| f64::from(bits)),
        reason,
    }
}

fn stages(outcome: &Outcome) -> Vec<StageReport> {
    outcome.stages.iter().map(stage).collect()
}

/// How the report tells of a stage.
pub fn stage(stage: &Stage) -> StageReport {
    StageReport {
        name: stage.name.to_owned(),
        seconds: stage.seconds,
        cpu_seconds: stage.cpu_seconds,
        unit: stage.unit.to_owned(),
        items: stage.items,
        bytes: stage.bytes,
        memory_bytes: stage.memory_bytes,
        memory_bytes_max: stage.memory_bytes_max,
    }
}
