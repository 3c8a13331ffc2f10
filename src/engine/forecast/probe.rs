//! What blocking loses, estimated without truth: some records are compared with
//! every other, and of the pairs that would be linked it is counted how many
//! each key brings. The probe is drawn by record number, the same on every run.

use crate::engine::matching::Matcher;
use crate::engine::sample::splitmix;
use rayon::prelude::*;
use serde::Serialize;

/// Pairs that the probe compares, about.
const PAIRS: u64 = 30_000_000;
/// Records that it takes at least, where there are so many.
const RECORDS_MIN: u64 = 50;

/// A share with its 95 % confidence interval, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

/// Records compared with all others.
pub struct Probe {
    pub records: u64,
    pub pairs: u64,
    /// Per record of the probe, the pairs that would be linked.
    found: Vec<Vec<Found>>,
}

/// One pair that would be linked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    pub a: u32,
    pub b: u32,
    /// How probably it is a match.
    pub probability: f64,
    /// A bit per key in use that brings it, by number; further keys share the last.
    keys: u64,
}

impl Probe {
    /// Compares a sample of the records with all others; a pair of `link_bits`
    /// and more would be linked.
    pub fn new(matcher: &Matcher, link_bits: f32) -> Self {
        let size = matcher.records.len() as u64;
        let wanted = (PAIRS / size.max(1)).max(RECORDS_MIN).min(size);
        let mut drawn: Vec<u32> = (0..size as u32).collect();
        drawn.sort_unstable_by_key(|&record| splitmix(u64::from(record)));
        drawn.truncate(wanted as usize);
        let mut is_drawn = vec![false; matcher.records.len()];
        drawn.iter().for_each(|&record| is_drawn[record as usize] = true);
        drawn.sort_unstable();
        let of_record = |&record: &u32| {
            let others = (0..size as u32).filter(|&other| other != record);
            // Of two records of the probe, the lower one takes the pair.
            let others = others.filter(|&other| other > record || !is_drawn[other as usize]);
            let allowed = others.filter(|&other| matcher.is_allowed(record, other));
            allowed.filter_map(|other| pair(matcher, record, other, link_bits)).collect()
        };
        let found = drawn.par_iter().map(of_record).collect();
        Self { records: wanted, pairs: wanted * (size - 1) - wanted * (wanted - 1) / 2, found }
    }

    /// The share of all records that it took.
    pub fn share(&self, records: usize) -> f64 {
        self.records as f64 / records.max(1) as f64
    }

    /// The share of the pairs to be linked that no key brings.
    pub fn lost(&self) -> Estimate {
        ratio(self.found.iter().map(|pairs| {
            let lost = pairs.iter().filter(|pair| pair.keys == 0).map(|pair| pair.probability).sum();
            (lost, pairs.iter().map(|pair| pair.probability).sum())
        }))
    }

    /// The shares of the pairs to be linked that the key in use of that number
    /// brings, and that it alone brings.
    pub fn found(&self, key: usize) -> Option<(f64, f64)> {
        let bit = bit(key);
        let (mut all, mut found, mut alone) = (0.0, 0.0, 0.0);
        for pair in self.found.iter().flatten() {
            all += pair.probability;
            found += if pair.keys & bit != 0 { pair.probability } else { 0.0 };
            alone += if pair.keys == bit { pair.probability } else { 0.0 };
        }
        (all > 0.0).then(|| (found / all, alone / all))
    }

    /// The pairs to be linked that no key brings.
    pub fn lost_pairs(&self) -> impl Iterator<Item = &Found> {
        self.found.iter().flatten().filter(|pair| pair.keys == 0)
    }
}

fn pair(matcher: &Matcher, a: u32, b: u32, link_bits: f32) -> Option<Found> {
    let weight = matcher.weigh(a, b).weight;
    if weight.bits < link_bits {
        return None;
    }
    let of_b = matcher.blocks.of_record(b as usize);
    let of_a = matcher.blocks.of_record(a as usize).iter();
    let common = of_a.filter(|block| of_b.binary_search(block).is_ok());
    let keys = common.fold(0, |keys, &block| keys | bit(matcher.blocks.rule(block as usize)));
    Some(Found { a, b, probability: f64::from(weight.probability()), keys })
}

fn bit(key: usize) -> u64 {
    1 << key.min(63)
}

/// A ratio of sums over independent records, with the interval of its
/// linearised variance (Cochran, *Sampling Techniques*, 1977, chapter 6); where
/// nothing was counted, the rule of three.
fn ratio(parts: impl Iterator<Item = (f64, f64)> + Clone) -> Estimate {
    let (part, all) = parts.clone().fold((0.0, 0.0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
    if all <= 0.0 {
        return Estimate { share: 0.0, low: 0.0, high: 1.0 };
    }
    let share = part / all;
    let variance: f64 = parts.map(|(part, of)| (part - share * of).powi(2)).sum::<f64>() / (all * all);
    let half = 1.96 * variance.sqrt();
    let high = if part > 0.0 { share + half } else { 3.0 / all };
    Estimate { share, low: (share - half).max(0.0), high: high.min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_covers_its_share_and_nothing_lost_is_not_certainty() {
        let of = |lost: usize| ratio((0..1000).map(move |at| (f64::from(u8::from(at < lost)), 1.0)));
        let some = of(20);
        assert!((some.share - 0.02).abs() < 1e-9 && some.low > 0.01 && some.high < 0.03, "{some:?}");
        let none = of(0);
        assert_eq!((none.share, none.low), (0.0, 0.0));
        assert!((none.high - 0.003).abs() < 1e-9, "{none:?}");
        assert_eq!(ratio(std::iter::empty()).high, 1.0);
    }
}
