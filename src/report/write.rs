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
    let (bytes, mut report) = match scratch::bytes_max() {
        // Out of core each has the memory to itself.
        Some(_) => {
            let bytes = records(outcome, folder, with_lineage)? + pairs(outcome, folder)?;
            (bytes, summarise(outcome))
        }
        // The pairs take as long as everything else together.
        None => std::thread::scope(|scope| {
            let pairs = scope.spawn(|| pairs(outcome, folder));
            let report = scope.spawn(|| summarise(outcome));
            let rest = records(outcome, folder, with_lineage);
            let pairs = pairs.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let report = report.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok::<_, Error>((rest? + pairs?, report))
        })?,
    };
    folder.write("model.json", &json(&outcome.matcher.model)?)?;
    let stage = clock.stop("write", "records", outcome.records.len() as u64);
    report.stages.push(StageReport { bytes: Some(bytes), ..super::summary::stage(&stage) });
    complete(&mut report);
    folder.write("report.json", &json(&report)?)?;
    Ok(report)
}

/// Everything that is told record by record or customer by customer; returns
/// the bytes written.
fn records(outcome: &Outcome, folder: &OutputFolder, with_lineage: bool) -> Result<u64> {
    let crosswalk = folder.crosswalk(&CrosswalkRows {
        keys: &outcome.records.keys,
        customer_of: &outcome.golden.customer_of,
        customer_ids: &outcome.customer_ids,
    })?;
    let mut written = vec![crosswalk, customers(outcome, folder)?];
    if with_lineage {
        written.push(lineage(outcome, folder)?);
    }
    let blocks_of = |record| outcome.matcher.blocks.of_record(record);
    written.push(folder.candidates(outcome.records.len(), blocks_of)?);
    written.push(folder.quarantine(&outcome.quarantine)?);
    Ok(bytes(&written))
}

/// The sizes of these files together.
fn bytes(files: &[PathBuf]) -> u64 {
    files.iter().filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
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

/// Links and review are written from one list of pairs, each in its band;
/// returns the bytes written.
fn pairs(outcome: &Outcome, folder: &OutputFolder) -> Result<u64> {
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
    let (mut links, mut review) = (Listed::default(), Listed::default());
    for (pair, at) in outcome.pairs.iter().zip(0..) {
        match outcome.band(pair) {
            thresholds::Band::Link => links.push(at, row(pair, Band::Link, by(pair))),
            thresholds::Band::Review => review.push(at, row(pair, Band::Review, by(pair))),
            thresholds::Band::None => {}
        }
    }
    let table = |listed: Listed, write: &dyn Fn(&PairRows) -> Result<PathBuf>| {
        let pair = |at: usize| &outcome.pairs[listed.pairs[at] as usize];
        let evidence = |at: usize, found: &mut Vec<Evidence>| evidence_of(pair(at), found);
        write(&PairRows {
            keys: &outcome.records.keys,
            comparisons: &comparisons,
            rules: &rules,
            pairs: &listed.rows,
            evidence: &evidence,
        })
    };
    Ok(bytes(&[table(links, &|rows| folder.links(rows))?, table(review, &|rows| folder.review(rows))?]))
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
