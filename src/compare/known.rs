//! Remembers how far values agreed that were compared before: the same given
//! names, streets and towns meet again and again. A bounded table in which a
//! new pair of values takes the place of an older one; what it answers is what
//! comparing would have answered, so it changes no result.

use crate::record::Code;
use std::sync::atomic::{AtomicU64, Ordering};

/// Entries at most: few enough for the tables of all attributes to stay near the
/// processor, since who is compared next mostly holds the same values.
const ENTRIES_LOG2_MAX: u32 = 13;
/// Entries at least; what is remembered takes the bits that name the entry.
const ENTRIES_LOG2_MIN: u32 = 6;

/// Answers by pair of values, a small number each.
pub(super) struct Known {
    /// The bits of the mixed pair that do not name the entry, then the answer
    /// plus one; 0 where nothing is remembered. One word holds all of an entry,
    /// so threads that share the table never see half of one.
    entries: Box<[AtomicU64]>,
    log2: u32,
}

impl Known {
    /// A table for pairs of `distinct` values.
    pub fn new(distinct: usize) -> Self {
        let pairs = distinct.saturating_mul(8).saturating_add(1);
        let log2 = pairs.ilog2().clamp(ENTRIES_LOG2_MIN, ENTRIES_LOG2_MAX);
        Self { entries: (0..1usize << log2).map(|_| AtomicU64::new(0)).collect(), log2 }
    }

    /// The answer to the pair, below 32: remembered, or what `compare` says.
    pub fn or_compare(&self, a: Code, b: Code, compare: impl FnOnce() -> u8) -> u8 {
        let mixed = mix(u64::from(a) << 32 | u64::from(b));
        let Some(entry) = self.entries.get((mixed >> (64 - self.log2)) as usize) else { return compare() };
        let (found, rest) = (entry.load(Ordering::Relaxed), mixed << self.log2);
        let answers = (1 << self.log2) - 1;
        if found & !answers == rest && found & answers != 0 {
            return (found & answers) as u8 - 1;
        }
        let answer = compare();
        entry.store(rest | (u64::from(answer) + 1), Ordering::Relaxed);
        answer
    }
}

/// Mixes without loss: different pairs stay different.
fn mix(pair: u64) -> u64 {
    let mixed = pair.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_those_of_comparing() {
        let known = Known::new(3);
        let answer = |a: Code, b: Code| ((a * 7 + b) % 32) as u8;
        let mut compared = 0;
        for _ in 0..3 {
            for (a, b) in (1..40).flat_map(|a| (1..40).map(move |b| (a, b))) {
                let got = known.or_compare(a, b, || {
                    compared += 1;
                    answer(a, b)
                });
                assert_eq!(got, answer(a, b));
            }
        }
        assert!(compared > 39 * 39, "so small a table forgets");
        let mut again = 0;
        for _ in 0..2 {
            known.or_compare(1, 2, || {
                again += 1;
                answer(1, 2)
            });
        }
        assert!(again <= 1);
    }
}
