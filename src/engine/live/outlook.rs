//! What a draft would roughly do, told within a few seconds from a sample: some
//! of the customers, whole, are worked out by themselves under the rules in force
//! and under the draft. The exact answer is `impact`'s work.

use super::bundle::Bundle;
use super::compared::Shelf;
use super::gather::Gathered;
use super::intake::Intake;
use super::judge;
use super::reach::Reach;
use super::rows::by_number;
use crate::engine::clustering;
use crate::engine::progress::Silent;
use crate::error::Result;
use crate::rules::Without;
use crate::store::{CustomerRow, Family, NormalRow, Number, RecordRow, Store};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Records of the sample at most, unless told otherwise.
pub const SAMPLE_RECORDS: usize = 40_000;
/// A store of fewer times the sample's records is worked out whole at once.
const WORTH_TIMES: u64 = 2;

/// What a sample says of a draft.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Outlook {
    /// Customers and records of the sample, and customers in all.
    pub customers: u64,
    pub records: u64,
    pub of_customers: u64,
    /// Pairs of customers that would be one, with the bounds of the 95 %
    /// interval.
    pub merged: [f64; 3],
    /// Customers that would be split.
    pub split: [f64; 3],
    pub seconds: f64,
}

/// Tells roughly what `draft` would do; `None` where the exact answer is as
/// near: in a small store, where the pairs are compared already, or where no
/// customer can regroup.
///
/// # Errors
/// The store cannot be read.
pub fn outlook(
    store: &Store,
    in_force: &Arc<Bundle>,
    draft: &Bundle,
    shelf: Option<&Shelf>,
    records_max: usize,
) -> Result<Option<Outlook>> {
    let start = std::time::Instant::now();
    let reach = Reach::between(in_force, draft);
    let is_held = !reach.pairs && shelf.is_some_and(|shelf| shelf.found(store).is_some());
    let is_small = store.counters.records < records_max as u64 * WORTH_TIMES;
    if is_held || is_small || !reach.regroups() {
        return Ok(None);
    }
    let (customers, numbers) = sampled(store, records_max)?;
    let before = gathered(store, in_force, &numbers)?;
    let leader_before = partition(store, in_force, &before);
    let leader_after = match reach.records {
        true => partition(store, draft, &gathered_anew(store, draft, &numbers)?),
        false => partition(store, draft, &before),
    };
    let (joined, split) = moved(&leader_before, &leader_after);
    let share = customers as f64 / store.counters.customers.max(1) as f64;
    Ok(Some(Outlook {
        customers,
        records: numbers.len() as u64,
        of_customers: store.counters.customers,
        // Both customers of a pair must be in the sample.
        merged: scaled(joined, share * share),
        split: scaled(split, share),
        seconds: start.elapsed().as_secs_f64(),
    }))
}

/// How many customers the sample has, and the numbers of their records. Ids are
/// hashes, so that those first in order are drawn at random.
fn sampled(store: &Store, records_max: usize) -> Result<(u64, Vec<Number>)> {
    let (mut customers, mut numbers) = (0, Vec::with_capacity(records_max));
    store.db.scan(Family::Customers, &[], &[], |_, value| {
        numbers.extend(CustomerRow::decode(value)?.members);
        customers += 1;
        Ok(numbers.len() < records_max)
    })?;
    numbers.sort_unstable();
    Ok((customers, numbers))
}

fn gathered(store: &Store, bundle: &Bundle, numbers: &[Number]) -> Result<Gathered> {
    let rows = by_number(store, Family::Normals, numbers, NormalRow::decode)?;
    let rows: Vec<_> =
        numbers.iter().zip(rows).filter_map(|(number, row)| Some((*number, Arc::new(row?)))).collect();
    Ok(Gathered::new(&rows, &store.terms, bundle))
}

fn gathered_anew(store: &Store, bundle: &Bundle, numbers: &[Number]) -> Result<Gathered> {
    let rows = by_number(store, Family::Records, numbers, RecordRow::decode)?;
    let rows = numbers.iter().zip(rows).filter_map(|(number, row)| Some((*number, row?))).collect();
    let (intake, numbers) = Intake::of_rows(store, bundle, rows);
    Ok(Gathered::from_parts(intake.finish(), numbers))
}

/// Per record, the lowest record of its customer among these records alone.
fn partition(store: &Store, bundle: &Bundle, gathered: &Gathered) -> Vec<u32> {
    let mut matcher = bundle.blocked(&gathered.records);
    matcher.judged = judge::of_records(store, gathered);
    let pairs = matcher.pairs(bundle.bits(), &Silent);
    clustering::cluster(&matcher, &pairs, bundle.bits().link, Without::default()).leader_of
}

/// Pairs of former customers that are one, and former customers that are
/// several.
fn moved(before: &[u32], after: &[u32]) -> (u64, u64) {
    let groups = |of: &[u32], by: &[u32]| {
        let mut groups: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        of.iter().zip(by).for_each(|(group, leader)| _ = groups.entry(*group).or_default().insert(*leader));
        groups
    };
    let pairs = |of: &BTreeSet<u32>| (of.len() * (of.len() - 1) / 2) as u64;
    let joined = groups(after, before).values().map(pairs).sum();
    let split = groups(before, after).values().filter(|parts| parts.len() > 1).count() as u64;
    (joined, split)
}

/// A count in a sample as one of the whole, with the bounds of its 95 % interval
/// by Byar's approximation of Poisson's (Breslow and Day 1987).
fn scaled(count: u64, share: f64) -> [f64; 3] {
    const Z: f64 = 1.96;
    let count = count as f64;
    let low = match count {
        0.0 => 0.0,
        _ => count * (1.0 - 1.0 / (9.0 * count) - Z / (3.0 * count.sqrt())).powi(3),
    };
    let next = count + 1.0;
    let high = next * (1.0 - 1.0 / (9.0 * next) + Z / (3.0 * next.sqrt())).powi(3);
    [count, low.max(0.0), high].map(|count| count / share)
}

#[cfg(test)]
mod tests {
    use super::{moved, scaled};

    #[test]
    fn joined_pairs_and_split_customers_are_counted() {
        // 0 and 1 with 2 become one; 3, 4 fall apart.
        assert_eq!(moved(&[0, 1, 1, 3, 3], &[0, 0, 0, 3, 4]), (1, 1));
        assert_eq!(moved(&[0, 1, 2], &[0, 0, 0]), (3, 0));
        assert_eq!(moved(&[0, 0, 2], &[0, 0, 2]), (0, 0));
    }

    #[test]
    fn counts_have_poissons_interval() {
        let [count, low, high] = scaled(10, 0.1);
        assert!((count - 100.0).abs() < 1e-9);
        assert!((low - 47.95).abs() < 0.5 && (high - 183.9).abs() < 0.5, "{low} {high}");
        assert!((scaled(0, 1.0)[2] - 3.69).abs() < 0.05);
    }
}
