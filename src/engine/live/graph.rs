//! The stored graph as an outcome, as if a batch had just found it: what
//! exporting, explaining and comparing read.

use super::bundle::Bundle;
use super::gather::Gathered;
use crate::engine::clustering::Clusters;
use crate::engine::explain::{self, Explanation};
use crate::engine::golden::Golden;
use crate::engine::load::{IdColumn, IdReason};
use crate::engine::matching::{Matcher, Pair};
use crate::engine::unify::{Outcome, RecognisedColumn};
use crate::error::Result;
use crate::recognise::ColumnDecision;
use crate::store::{Family, NormalRow, Number, Store, broken};
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
    matcher.judgements = super::judge::of_records(store, &gathered);
    let pairs = matcher.pairs(bundle.bits());
    let owners = owners(store, &gathered)?;
    finish(&as_outcome(bundle, &gathered, &matcher, pairs, &owners), &gathered)
}

/// Why two records of the store, each `source:record_id`, are one customer, or
/// are not.
///
/// # Errors
/// There is no such record, or both names mean the same one.
pub fn explain(store: &Store, bundle: &Bundle, a: &str, b: &str) -> Result<Explanation> {
    let numbers = [numbered(store, a)?, numbered(store, b)?];
    let rows = store.by_number(Family::Normals, &numbers, NormalRow::decode)?;
    let mut rows: Vec<_> =
        numbers.into_iter().zip(rows).filter_map(|(number, row)| Some((number, Arc::new(row?)))).collect();
    rows.dedup_by_key(|(number, _)| *number);
    let gathered = Gathered::new(&rows, &store.terms, bundle);
    let mut matcher = bundle.matcher(&gathered.records);
    matcher.judgements = super::judge::of_records(store, &gathered);
    let owners = store.by_number(Family::Owners, &gathered.numbers, super::apply::owner_of)?;
    let owners: Vec<CompactString> = owners.into_iter().map(Option::unwrap_or_default).collect();
    explain::explain(&as_outcome(bundle, &gathered, &matcher, Vec::new(), &owners), a, b)
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
