//! The stored graph as an outcome, as if a batch had just found it: what
//! exporting, explaining and comparing read.

use super::bundle::Bundle;
use super::gather::Gathered;
use super::rows::Rows;
use super::tree::{Memory, Trees};
use crate::engine::clustering::Clusters;
use crate::engine::explain::raw::RawCell;
use crate::engine::explain::{self, Explanation, KeyFinding, KeyVerdict, RawRecord};
use crate::engine::golden::Golden;
use crate::engine::load::{IdColumn, IdReason};
use crate::engine::matching::{Matcher, Pair};
use crate::engine::progress::Silent;
use crate::engine::unify::{Outcome, RecognisedColumn};
use crate::error::Result;
use crate::recognise::ColumnDecision;
use crate::store::{Family, NormalRow, Number, RecordRow, Store, TermKind, broken};
use compact_str::CompactString;
use hashbrown::HashMap;
use std::sync::Arc;

/// Hands the whole stored graph to `finish`: records, pairs and blocks worked
/// out anew, customers and their ids as they are stored.
///
/// # Errors
/// The store cannot be read, and what `finish` returns.
pub fn outcome<T>(
    store: &Store,
    bundle: &Bundle,
    finish: impl FnOnce(&Outcome, &Gathered) -> Result<T>,
) -> Result<T> {
    let gathered = Gathered::all(store, bundle)?;
    let mut matcher = bundle.blocked(&gathered.records);
    matcher.judged = super::judge::of_records(store, &gathered);
    let pairs = matcher.pairs(bundle.bits(), &Silent);
    let owners = owners(store, &gathered)?;
    let mut outcome = as_outcome(bundle, &gathered, &matcher, pairs, &owners);
    outcome.golden.pin(super::pin::of_all(store, &gathered));
    finish(&outcome, &gathered)
}

/// Why two records of the store, each `source:record_id`, are one customer, or
/// are not.
///
/// # Errors
/// There is no such record, or both names mean the same one.
pub fn explain(store: &Store, bundle: &Bundle, a: &str, b: &str) -> Result<Explanation> {
    let numbers = [numbered(store, a)?, numbered(store, b)?];
    let shown = with_their_customer(store, numbers)?;
    let rows = store.by_number(Family::Normals, &shown, NormalRow::decode)?;
    let mut rows: Vec<_> =
        shown.into_iter().zip(rows).filter_map(|(number, row)| Some((number, Arc::new(row?)))).collect();
    rows.dedup_by_key(|(number, _)| *number);
    let gathered = Gathered::new(&rows, &store.terms, bundle);
    let mut matcher = bundle.blocked(&gathered.records);
    matcher.judged = super::judge::of_records(store, &gathered);
    let owners = store.by_number(Family::Owners, &gathered.numbers, super::apply::owner_of)?;
    let owners: Vec<CompactString> = owners.into_iter().map(Option::unwrap_or_default).collect();
    let mut found = explain::explain(&as_outcome(bundle, &gathered, &matcher, Vec::new(), &owners), a, b)?;
    take_stored_blocks(&mut found, store, bundle, numbers)?;
    found.raw = numbers.iter().map(|&number| raw(store, bundle, number)).collect::<Result<_>>()?;
    Ok(found)
}

/// Two records, and where they are of one customer its others: they may be why.
fn with_their_customer(store: &Store, numbers: [Number; 2]) -> Result<Vec<Number>> {
    let owners = store.by_number(Family::Owners, &numbers, super::apply::owner_of)?;
    let mut shown = numbers.to_vec();
    if let [Some(a), Some(b)] = owners.as_slice()
        && a == b
        && let Some(row) = store.customer(a)?
    {
        shown.extend(row.members.into_iter().filter(|member| !numbers.contains(member)));
    }
    Ok(shown)
}

/// The two by themselves share a block of every key that they share; in the
/// store it may have been split. Keys that would bring them are not proposed:
/// what they cost is measured on all records.
fn take_stored_blocks(
    found: &mut Explanation,
    store: &Store,
    bundle: &Bundle,
    numbers: [Number; 2],
) -> Result<()> {
    let rows = Rows::new(store, bundle, HashMap::new());
    let trees = Trees::new(&rows, Memory::default());
    for (rule, key) in bundle.keys().iter().enumerate() {
        let named = |finding: &&mut KeyFinding| finding.key == key.name;
        let Some(finding) = found.keys.iter_mut().find(named) else { continue };
        if finding.verdict == KeyVerdict::Brought
            && let Some(records) = trees.split_apart(rule as u16, numbers)?
        {
            finding.verdict = KeyVerdict::Split { records };
        }
    }
    found.compared &= found.keys.iter().any(|finding| finding.verdict == KeyVerdict::Brought);
    found.proposals = Vec::new();
    Ok(())
}

/// A record as it came.
fn raw(store: &Store, bundle: &Bundle, number: Number) -> Result<RawRecord> {
    let row = store.by_number(Family::Records, &[number], RecordRow::decode)?.pop().flatten();
    let row = row.ok_or_else(|| broken("record"))?;
    let source = store.terms.text(TermKind::Source, row.source);
    let layout = bundle.layouts.of_source(source);
    let cells = row.fields.iter().map(|(column, value)| {
        let column = store.terms.text(TermKind::Column, *column);
        let known = layout.iter().find(|known| known.name == column).cloned();
        let known = known.unwrap_or_else(|| bundle.layouts.new_column(source, column, &bundle.rules));
        RawCell { column: column.to_owned(), attribute: known.attribute, value: value.to_string() }
    });
    Ok(RawRecord { name: format!("{source}:{}", row.id), cells: cells.collect() })
}

/// Sources and ids may hold colons themselves: every way to part the name counts.
fn numbered(store: &Store, name: &str) -> Result<Number> {
    for (at, _) in name.match_indices(':') {
        if let (Some(source), Some(id)) = (name.get(..at), name.get(at + 1..))
            && let Some(number) = store.name(source, id)?.number
        {
            return Ok(number);
        }
    }
    let (source, id) = name.split_once(':').unwrap_or((name, ""));
    super::judge::known(store, &(source.to_owned(), id.to_owned()))
}

/// What a batch would hand on, had it found these customers.
fn as_outcome<'a>(
    bundle: &Bundle,
    gathered: &'a Gathered,
    matcher: &'a Matcher<'a>,
    pairs: Vec<Pair>,
    owners: &[CompactString],
) -> Outcome<'a> {
    let leader_of = leaders(owners);
    let golden = Golden::new(&gathered.records, &leader_of, &bundle.rules);
    let id = |customer: usize| owners[golden.members(customer)[0] as usize].clone();
    Outcome {
        records: &gathered.records,
        matcher,
        pairs,
        bits: bundle.bits(),
        clusters: Clusters { leader_of, too_large: Vec::new(), closed: 0 },
        customer_ids: (0..golden.len()).map(id).collect(),
        golden,
        columns: columns(bundle),
        id_columns: vec![IdColumn { column: None, reason: IdReason::Told }; bundle.layouts.layouts.len()],
        default_country: bundle.default_country.clone(),
        quarantine: Vec::new(),
        shown: Vec::new(),
        labels: &[],
        size_review: bundle.rules.cluster.size_review,
        stages: Vec::new(),
        raw: None,
    }
}

/// Per record of `gathered` the stored customer.
pub fn owners(store: &Store, gathered: &Gathered) -> Result<Vec<CompactString>> {
    let mut owners: Vec<CompactString> = vec![CompactString::default(); gathered.len()];
    store.db.scan(Family::Owners, &[], &[], |key, value| {
        let number: Number = super::gather::number_of(key)?;
        let id = std::str::from_utf8(value).map_err(|_| broken("record's customer"))?;
        if let Some(place) = gathered.place(number) {
            owners[place as usize] = id.into();
        }
        Ok(true)
    })?;
    Ok(owners)
}

/// Per record, the lowest record of its customer.
pub fn leaders(owners: &[CompactString]) -> Vec<u32> {
    let mut first: HashMap<&str, u32> = HashMap::with_capacity(owners.len());
    owners.iter().enumerate().map(|(record, id)| *first.entry(id.as_str()).or_insert(record as u32)).collect()
}

/// What each column of each source was frozen to hold.
fn columns(bundle: &Bundle) -> Vec<RecognisedColumn> {
    let mut found = Vec::new();
    for (table, layout) in bundle.layouts.layouts.iter().enumerate() {
        for (place, column) in layout.columns.iter().enumerate() {
            let decision = ColumnDecision {
                table,
                column: place,
                attribute: column.attribute,
                label: column.label.clone(),
                reason: "as the store has it".to_owned(),
                filled: 0.0,
                date_order: column.date_order,
            };
            let source = layout.sources.first().cloned().unwrap_or_default();
            found.push(RecognisedColumn { source, column: column.name.clone(), decision });
        }
    }
    found
}
