//! Hears of changes while they are tried out, and keeps what a steward wants to
//! see of them: counts by kind, source, size and field, and the most telling
//! changes with the customers before and after.

use super::inspect::{CustomerView, GoldenView, MemberView, change, view};
use crate::error::{Error, Result};
use crate::store::{EventKind, EventRow, Store};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One change of customers that would be made.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Foreseen {
    /// `created`, `merged`, `split`, `changed` or `retired`.
    pub kind: &'static str,
    pub customer_id: String,
    /// Those taken in, or those that come of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// The customers as they are, the one that keeps its id first.
    pub before: Vec<CustomerView>,
    /// The customer as it would be; left out where it is no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<MemberView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub golden: Option<BTreeMap<String, GoldenView>>,
}

/// What is kept of the changes.
#[derive(Default)]
pub struct Witness {
    /// Changes of each kind that are kept in full at most.
    kept_max: usize,
    kept: BTreeMap<&'static str, Vec<(usize, EventRow)>>,
    /// Per kind and source, the changes of customers with a record of it.
    pub by_source: BTreeMap<&'static str, BTreeMap<u32, u64>>,
    /// Per kind, changes by how many records the customer has afterwards.
    pub by_size: BTreeMap<&'static str, BTreeMap<usize, u64>>,
    /// Per field (its term), golden values that are others than before.
    pub golden: BTreeMap<u32, u64>,
    failed: Option<Error>,
}

impl Witness {
    /// Keeps as many changes of each kind in full, those of most records.
    pub fn new(kept_max: usize) -> Self {
        Self { kept_max, ..Self::default() }
    }

    /// Takes note of a change; `store` holds the customers as they are.
    pub fn see(&mut self, store: &Store, event: &EventRow) {
        let kind = event.kind.name();
        if let Some(state) = &event.state {
            let sources: BTreeSet<u32> = state.members.iter().map(|(source, _)| *source).collect();
            let by_source = self.by_source.entry(kind).or_default();
            sources.into_iter().for_each(|source| *by_source.entry(source).or_default() += 1);
            *self.by_size.entry(kind).or_default().entry(state.members.len()).or_default() += 1;
        }
        if let Err(error) = self.compare_golden(store, event) {
            self.failed.get_or_insert(error);
        }
        let size = event.state.as_ref().map_or(0, |state| state.members.len());
        let kept = self.kept.entry(kind).or_default();
        kept.push((size, event.clone()));
        if kept.len() > 2 * self.kept_max {
            kept.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
            kept.truncate(self.kept_max);
        }
    }

    fn compare_golden(&mut self, store: &Store, event: &EventRow) -> Result<()> {
        let Some(state) = &event.state else { return Ok(()) };
        if event.kind == EventKind::Created {
            return Ok(());
        }
        let Some(before) = store.customer(&event.customer)? else { return Ok(()) };
        for told in &state.golden {
            let former = before.golden.iter().find(|golden| golden.field == told.field);
            if former.is_none_or(|former| former.value != told.value) {
                *self.golden.entry(told.field).or_default() += 1;
            }
        }
        let lost =
            before.golden.iter().filter(|golden| state.golden.iter().all(|told| told.field != golden.field));
        lost.for_each(|golden| *self.golden.entry(golden.field).or_default() += 1);
        Ok(())
    }

    /// The changes that were kept, in full: merges and splits first, of each
    /// kind the one of most records first.
    ///
    /// # Errors
    /// The store cannot be read, now or when a change was heard of.
    pub fn foreseen(self, store: &Store) -> Result<Vec<Foreseen>> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let mut found = Vec::new();
        for kind in ["merged", "split", "created", "changed", "retired"] {
            let Some(mut kept) = self.kept.get(kind).cloned() else { continue };
            kept.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.customer.cmp(&y.customer)));
            kept.truncate(self.kept_max);
            for (_, event) in kept {
                found.push(foreseen(store, event)?);
            }
        }
        Ok(found)
    }
}

fn foreseen(store: &Store, event: EventRow) -> Result<Foreseen> {
    let mut before = Vec::new();
    let ids = std::iter::once(&event.customer).chain(&event.others);
    for id in ids {
        if let Some(row) = store.customer(id)? {
            before.push(view(store, id, &row)?);
        }
    }
    let told = change(store, 0, event)?;
    Ok(Foreseen {
        kind: told.kind,
        customer_id: told.customer_id,
        others: told.others,
        before,
        members: told.members,
        golden: told.golden,
    })
}
