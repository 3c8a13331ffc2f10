//! Writes an outcome to its folder: the tables that others read, the model,
//! and the report. What stands in each file is `files`' and `summary`'s work.

use super::files::{
    Band, CrosswalkRows, CustomerRows, Evidence, EvidenceColumn, GoldenColumn, LineageRows, NO_EVIDENCE,
    OutputFolder, PairRow, PairRows,
};
use super::{ReportData, summarise};
use crate::engine::golden::GoldenField;
use crate::engine::matching::Pair;
use crate::engine::thresholds;
use crate::engine::unify::Outcome;
use crate::error::{Error, Result};
use crate::judgement::Judgement;
use crate::record::{ABSENT, Attribute, Code, Dictionary};
use crate::rules::Level;
use std::borrow::Cow;

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
    // The pairs take as long as everything else together.
    std::thread::scope(|scope| {
        let pairs = scope.spawn(|| pairs(outcome, folder));
        let rest = records(outcome, folder, with_lineage);
        let pairs = pairs.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        rest.and(pairs)
    })?;
    folder.write("model.json", &json(&outcome.matcher.model)?)?;
    let mut report = summarise(outcome);
    complete(&mut report);
    folder.write("report.json", &json(&report)?)?;
    Ok(report)
}

/// Everything that is told record by record or customer by customer.
fn records(outcome: &Outcome, folder: &OutputFolder, with_lineage: bool) -> Result<()> {
    folder.crosswalk(&CrosswalkRows {
        keys: &outcome.records.keys,
        customer_of: &outcome.golden.customer_of,
        customer_ids: &outcome.customer_ids,
    })?;
    customers(outcome, folder)?;
    if with_lineage {
        lineage(outcome, folder)?;
    }
    folder.candidates(outcome.records.len(), |record| outcome.matcher.blocks.of_record(record))?;
    folder.quarantine(&outcome.quarantine)?;
    Ok(())
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| Error::failed(format!("cannot write JSON: {error}")))?;
    text.push(b'\n');
    Ok(text)
}

fn customers(outcome: &Outcome, folder: &OutputFolder) -> Result<()> {
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
    })?;
    Ok(())
}

fn lineage(outcome: &Outcome, folder: &OutputFolder) -> Result<()> {
    let shown: Vec<&GoldenField> =
        outcome.golden.fields.iter().filter(|field| is_shown(field.field.attribute)).collect();
    let origin = |customer: usize, field: usize| shown[field].origin(customer).map(|origin| origin.record);
    folder.lineage(&LineageRows {
        keys: &outcome.records.keys,
        customer_ids: &outcome.customer_ids,
        fields: shown.iter().map(|field| field.field.name()).collect(),
        origin: &origin,
    })?;
    Ok(())
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

/// One dictionary for the values of a field of several slots; `None` for a
/// field of one, whose own dictionary does.
fn merged_slots(outcome: &Outcome, field: &GoldenField) -> Option<(Vec<Code>, Dictionary)> {
    if field.columns().len() == 1 {
        return None;
    }
    let mut values = Dictionary::new();
    let customers = 0..outcome.golden.len();
    let codes = customers.map(|customer| values.intern(field.value(outcome.records, customer))).collect();
    Some((codes, values))
}

/// What stands for a rule where a steward judged the pair.
const JUDGED: &str = "judged";

/// Links and review are written from one list of pairs, each in its band.
fn pairs(outcome: &Outcome, folder: &OutputFolder) -> Result<()> {
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
    let evidence_of = |pairs: &[PairRow], at: usize, found: &mut Vec<Evidence>| {
        let mut before = None;
        let vector = matcher.steps(pairs[at].a, pairs[at].b, |total| {
            if let Some(before) = before.replace(total) {
                found.push(Evidence { level: NO_EVIDENCE, weight: total - before });
            }
        });
        for (place, evidence) in found.iter_mut().enumerate() {
            let level = vector.grade(place).level();
            if level != Level::Missing {
                evidence.level = level as u8;
            }
        }
    };
    let mut rows = [Vec::new(), Vec::new()];
    for pair in &outcome.pairs {
        match outcome.band(pair) {
            thresholds::Band::Link => rows[0].push(row(pair, Band::Link, by(pair))),
            thresholds::Band::Review => rows[1].push(row(pair, Band::Review, by(pair))),
            thresholds::Band::None => {}
        }
    }
    let [links, review] = &rows;
    let table = |pairs: &'_ [PairRow], write: &dyn Fn(&PairRows) -> Result<std::path::PathBuf>| {
        let evidence = |at: usize, found: &mut Vec<Evidence>| evidence_of(pairs, at, found);
        write(&PairRows {
            keys: &outcome.records.keys,
            comparisons: &comparisons,
            rules: &rules,
            pairs,
            evidence: &evidence,
        })
    };
    table(links, &|rows| folder.links(rows))?;
    table(review, &|rows| folder.review(rows))?;
    Ok(())
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
