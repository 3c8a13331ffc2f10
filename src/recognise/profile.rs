//! What a column's values look like as a whole: counts, and a sample of its
//! distinct values chosen by hash, so that shuffled rows give the same profile.
//! What the values mean is decided elsewhere.

use crate::normalise::Tables;
use crate::record::{ABSENT, RawColumn};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::hash::BuildHasher;

/// Distinct values looked at per column, about.
const SAMPLE_SIZE: u64 = 6_000;

/// Fixed, so that the same values are drawn on every run.
const HASHER: FixedState = FixedState::with_seed(0x0c01_0a3e);

/// One column of one layout (over every table that shares the layout).
pub(super) struct Profile<'a> {
    /// Rows with a value that is not a stand-in for none (`n/a`, `-`).
    pub filled: usize,
    /// Distinct values, an upper bound where several tables share the layout.
    pub distinct: usize,
    /// Sorted by hash; never holds a stand-in for none.
    pub sample: Vec<Sampled<'a>>,
    /// Every distinct value with a hash at or below this is in the sample.
    pub hash_max: u64,
    /// The run's tables, by which names and towns are known.
    pub tables: &'a Tables,
}

pub(super) struct Sampled<'a> {
    pub hash: u64,
    pub value: &'a str,
    /// Rows that hold it.
    pub count: usize,
    /// Tables that hold it.
    pub tables: usize,
}

/// The hash by which values are drawn.
pub(super) fn hash(value: &str) -> u64 {
    HASHER.hash_one(value)
}

impl<'a> Profile<'a> {
    /// Profiles the columns, one per table of a layout, as one.
    pub fn of(columns: &[&'a RawColumn], tables: &'a Tables) -> Self {
        let distinct: usize = columns.iter().map(|column| column.values.len()).sum();
        let hash_max = match (distinct as u64).div_ceil(SAMPLE_SIZE) {
            0 | 1 => u64::MAX,
            share => u64::MAX / share,
        };
        let mut drawn: HashMap<&str, Sampled<'a>> = HashMap::new();
        let mut filled = 0;
        for column in columns {
            let mut counts = vec![0_usize; column.values.len() + 1];
            for &code in &column.codes {
                if let Some(count) = counts.get_mut(code as usize) {
                    *count += 1;
                }
            }
            filled += counts.iter().skip(ABSENT as usize + 1).sum::<usize>();
            for (value, &count) in column.values.iter().zip(counts.iter().skip(1)) {
                let value = value.trim();
                if stands_for_none(value) {
                    filled -= count;
                    continue;
                }
                let hash = hash(value);
                if hash > hash_max || count == 0 {
                    continue;
                }
                let entry = drawn.entry(value).or_insert(Sampled { hash, value, count: 0, tables: 0 });
                entry.count += count;
                entry.tables += 1;
            }
        }
        let mut sample: Vec<_> = drawn.into_values().collect();
        sample.sort_unstable_by_key(|sampled| (sampled.hash, sampled.value));
        Self { filled, distinct, sample, hash_max, tables }
    }

    /// The share of filled rows, as far as sampled, whose value passes `test`.
    pub fn share(&self, test: impl Fn(&str) -> bool) -> f64 {
        let (mut hits, mut all) = (0, 0);
        for sampled in &self.sample {
            all += sampled.count;
            if test(sampled.value) {
                hits += sampled.count;
            }
        }
        ratio(hits, all)
    }

    /// Whether no value stands in two rows, as far as sampled.
    pub fn is_unique(&self) -> bool {
        !self.sample.is_empty() && self.sample.iter().all(|sampled| sampled.count == 1)
    }

    /// Distinct values per filled row: 1 where none repeats.
    pub fn distinct_ratio(&self) -> f64 {
        ratio(self.sample.len(), self.sample.iter().map(|sampled| sampled.count).sum())
    }

    /// Whether every distinct value was drawn.
    pub fn is_complete(&self) -> bool {
        self.hash_max == u64::MAX
    }

    /// Whether a value of this column stands in `other` as well, as far as sampled.
    pub fn overlaps(&self, other: &Profile) -> bool {
        let bound = self.hash_max.min(other.hash_max);
        self.sample.iter().take_while(|sampled| sampled.hash <= bound).any(|sampled| {
            other.sample.binary_search_by_key(&(sampled.hash, sampled.value), |s| (s.hash, s.value)).is_ok()
        })
    }
}

pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Spellings of "no value" that no column means as a value.
pub(super) fn stands_for_none(value: &str) -> bool {
    const NONE: &[&str] = &[
        "n/a",
        "na",
        "n.a.",
        "null",
        "none",
        "nan",
        "nil",
        "unknown",
        "unbekannt",
        "keine",
        "keine angabe",
        "k.a.",
        "k. a.",
        "k.a",
        "#n/a",
        "undefined",
        "not available",
        "missing",
        "leer",
        "(null)",
        "\\n",
        "inconnu",
    ];
    value.chars().all(|c| !c.is_alphanumeric())
        || (value.len() <= 14 && NONE.iter().any(|none| none.eq_ignore_ascii_case(value)))
}
