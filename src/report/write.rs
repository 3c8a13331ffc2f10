//! Writes an outcome to its folder: the tables that others read, the model,
//! and the report. What stands in each file is `files`' and `summary`'s work.

use super::files::{
    Band, CrosswalkRows, CustomerRows, Evidence, EvidenceColumn, GoldenColumn, LineageRows, NO_EVIDENCE,
    OutputFolder, PairRow, PairRows,
};
use super::{ReportData, StageReport, summarise};
use crate::engine::golden::GoldenField;
use crate::engine::matching::Pair;
use crate::engine::scratch;
use crate::engine::stage::Clock;
use crate::engine::threads::{Task, share_out};
use crate::engine::thresholds;
use crate::engine::unify::Outcome;
use crate::error::{Error, Result};
use crate::judgement::Judgement;
use crate::record::{ABSENT, Attribute, Code, Dictionary};
use crate::rules::Level;
use std::borrow::Cow;
use std::path::PathBuf;

/// Writes every file of a run but the drawn report, and returns what the report
/// says. `complete` adds to it what only the caller knows, such as the threads
/// used. `with_lineage` asks for the record behind each golden value as well.
///
/// # Errors
/// The folder cannot be written to, or the disk is full; the file is named.
pub fn write(
    outcome: &Outcome,
    folder: &OutputFolder,
    with_lineage: bool,
    complete: impl FnOnce(&mut ReportData),
) -> Result<ReportData> {
    let clock = Clock::start();
    let bands = outcome.bands();
    let pairs = |band| pairs(outcome, &bands, folder, band);
    let mut report = ReportData::default();
    let summary = &mut report;
    // What takes longest comes first.
    let mut tasks: Vec<Task<Result<Option<PathBuf>>>> = vec![
        Box::new(|| pairs(Band::Link).map(Some)),
        Box::new(|| customers(outcome, folder).map(Some)),
        Box::new(|| crosswalk(outcome, folder).map(Some)),
        Box::new(|| pairs(Band::Review).map(Some)),
        Box::new(|| {
            *summary = summarise(outcome, &bands);
            Ok(None)
        }),
        Box::new(|| {
            let blocks_of = |record| outcome.matcher.blocks.of_record(record);
            folder.candidates(outcome.records.len(), blocks_of).map(Some)
        }),
        Box::new(|| folder.quarantine(&outcome.quarantine).map(Some)),
    ];
    if with_lineage {
        tasks.push(Box::new(|| lineage(outcome, folder).map(Some)));
    }
    let written: Result<Vec<Option<PathBuf>>> = match scratch::bytes_max() {
        // Out of core each has the memory to itself.
        Some(_) => tasks.into_iter().map(|task| task()).collect(),
        None => share_out(tasks).into_iter().collect(),
    };
    let bytes = bytes(written?.iter().flatten());
    folder.write("model.json", &json(&outcome.matcher.model)?)?;
    let stage = clock.stop("write", "records", outcome.records.len() as u64);
    report.stages.push(StageReport { bytes: Some(bytes), ..super::summary::stage(&stage) });
    complete(&mut report);
    folder.write("report.json", &json(&report)?)?;
    Ok(report)
}

fn crosswalk(outcome: &Outcome, folder: &OutputFolder) -> Result<PathBuf> {
    folder.crosswalk(&CrosswalkRows {
        keys: &outcome.records.keys,
        customer_of: &outcome.golden.customer_of,
        customer_ids: &outcome.customer_ids,
    })
}

/// The sizes of these files together.
fn bytes<'a>(files: impl Iterator<Item = &'a PathBuf>) -> u64 {
    files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| Error::failed(format!("cannot write JSON: {error}")))?;
    text.push(b'\n');
    Ok(text)
}

fn customers(outcome: &Outcome, folder: &OutputFolder) -> Result<PathBuf> {
    let golden = &outcome.golden;
    let shown: Vec<&GoldenField> =
        golden.fields.iter().filter(|field| is_shown(field.field.attribute)).collect();
    let merged: Vec<Option<(Vec<Code>, Dictionary)>> =
        shown.iter().map(|field| merged_slots(outcome, field)).collect();
    let columns = shown.iter().zip(&merged).map(|(field, merged)| match merged {
        Some((codes, values)) => {
            GoldenColumn { name: field.field.name().to_owned(), codes: Cow::Borrowed(codes), values }
        }
        None => one_slot(outcome, field),
    });
    let records: Vec<u32> = (0..golden.len()).map(|customer| golden.members(customer).len() as u32).collect();
    folder.customers(&CustomerRows {
        customer_ids: &outcome.customer_ids,
        columns: columns.collect(),
        records: &records,
    })
}

fn lineage(outcome: &Outcome, folder: &OutputFolder) -> Result<PathBuf> {
    let fields = outcome.golden.fields.iter().filter(|field| is_shown(field.field.attribute));
    folder.lineage(&LineageRows {
        keys: &outcome.records.keys,
        customer_ids: &outcome.customer_ids,
        fields: fields.collect(),
    })
}

/// Names and addresses in one field are shown in their parts.
fn is_shown(attribute: Attribute) -> bool {
    !matches!(attribute, Attribute::FullName | Attribute::Address)
}

fn one_slot<'a>(outcome: &'a Outcome, field: &GoldenField) -> GoldenColumn<'a> {
    let column = &outcome.records.columns[field.columns()[0]];
    let code =
        |customer| field.origin(customer).map_or(ABSENT, |origin| column.codes[origin.record as usize]);
    let codes = (0..outcome.golden.len()).map(code).collect();
    GoldenColumn { name: field.field.name().to_owned(), codes: Cow::Owned(codes), values: &column.display }
}

/// One dictionary for the values of a field of several slots, or with pinned
/// ones; `None` for any other, whose own dictionary does.
fn merged_slots(outcome: &Outcome, field: &GoldenField) -> Option<(Vec<Code>, Dictionary)> {
    if field.columns().len() == 1 && field.is_chosen() {
        return None;
    }
    let mut values = Dictionary::new();
    let customers = 0..outcome.golden.len();
    let codes = customers.map(|customer| values.intern(field.value(outcome.records, customer))).collect();
    Some((codes, values))
}

/// What stands for a rule where a steward judged the pair.
const JUDGED: &str = "judged";

/// Writes the pairs of one band: the links, or those to review.
fn pairs(
    outcome: &Outcome,
    bands: &[thresholds::Band],
    folder: &OutputFolder,
    band: Band,
) -> Result<PathBuf> {
    let matcher = outcome.matcher;
    let comparisons: Vec<EvidenceColumn> = matcher
        .comparisons()
        .iter()
        .map(|comparison| EvidenceColumn {
            name: comparison.name.clone(),
            levels: Level::ALL.map(|level| level.name().to_owned()).to_vec(),
        })
        .collect();
    let mut rules: Vec<String> = matcher.decisions.iter().map(|rule| rule.name.clone()).collect();
    // What a steward judged comes before any rule.
    let judged = rules.len() as u16;
    rules.push(JUDGED.to_owned());
    let by = |pair: &Pair| match matcher.judgement(pair.a, pair.b) {
        Some(Judgement::Positive) => Some(judged),
        _ => pair.rule,
    };
    let evidence_of = |pair: &Pair, found: &mut Vec<Evidence>| {
        let mut before = None;
        matcher.steps(pair, |total| {
            if let Some(before) = before.replace(total) {
                found.push(Evidence { level: NO_EVIDENCE, weight: total - before });
            }
        });
        for (place, evidence) in found.iter_mut().enumerate() {
            let level = pair.vector.grade(place).level();
            if level != Level::Missing {
                evidence.level = level as u8;
            }
        }
    };
    let wanted = match band {
        Band::Link => thresholds::Band::Link,
        Band::Review => thresholds::Band::Review,
    };
    let mut listed = Listed::default();
    for ((pair, at), _) in outcome.pairs.iter().zip(0..).zip(bands).filter(|(_, band)| **band == wanted) {
        listed.push(at, row(pair, band, by(pair)));
    }
    let pair = |at: usize| &outcome.pairs[listed.pairs[at] as usize];
    let rows = PairRows {
        keys: &outcome.records.keys,
        comparisons: &comparisons,
        rules: &rules,
        pairs: &listed.rows,
        evidence: &|at: usize, found: &mut Vec<Evidence>| evidence_of(pair(at), found),
        near: &|next: &[u32]| {
            let records = next.iter().map(|&at| pair(at as usize)).flat_map(|pair| [pair.a, pair.b]);
            matcher.comparators.bring_near(records);
        },
    };
    match band {
        Band::Link => folder.links(&rows),
        Band::Review => folder.review(&rows),
    }
}

/// The pairs of one table: where they stand among all, and their rows.
#[derive(Default)]
struct Listed {
    pairs: Vec<u32>,
    rows: Vec<PairRow>,
}

impl Listed {
    fn push(&mut self, pair: u32, row: PairRow) {
        self.pairs.push(pair);
        self.rows.push(row);
    }
}

fn row(pair: &Pair, band: Band, rule: Option<u16>) -> PairRow {
    PairRow {
        a: pair.a,
        b: pair.b,
        weight: pair.weight.bits,
        probability: pair.weight.probability(),
        band,
        rule,
    }
}
