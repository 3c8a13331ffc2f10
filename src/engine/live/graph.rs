//! The stored graph as an outcome, as if a batch had just found it: what
//! exporting, explaining and comparing read.

use super::bundle::Bundle;
use super::gather::Gathered;
use crate::engine::clustering::Clusters;
use crate::engine::golden::Golden;
use crate::engine::load::{IdColumn, IdReason};
use crate::engine::unify::{Outcome, RecognisedColumn};
use crate::error::Result;
use crate::recognise::ColumnDecision;
use crate::store::{Family, Number, Store, broken};
use compact_str::CompactString;
use hashbrown::HashMap;

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
    let bits = bundle.bits();
    let pairs = matcher.pairs(bits);
    let owners = owners(store, &gathered)?;
    let golden = Golden::new(&gathered.records, &leaders(&owners), &bundle.rules);
    let customer_ids = (0..golden.len())
        .map(|customer| owners[golden.members(customer)[0] as usize].clone())
        .collect::<Vec<_>>();
    let columns = columns(bundle);
    let id_columns = vec![IdColumn { column: None, reason: IdReason::Told }; bundle.layouts.layouts.len()];
    let outcome = Outcome {
        records: &gathered.records,
        matcher: &matcher,
        pairs,
        bits,
        clusters: Clusters { leader_of: leaders(&owners), too_large: Vec::new(), closed: 0 },
        golden,
        customer_ids,
        columns,
        id_columns,
        default_country: bundle.default_country.clone(),
        quarantine: Vec::new(),
        stages: Vec::new(),
        raw: None,
    };
    finish(&outcome, &gathered)
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
