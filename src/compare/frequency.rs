//! How often values and words occur, by hash and apart from the records they
//! were counted in: with these frozen, weighing a pair is a function of its
//! two records. Counting them is the comparators' work.

use super::text::Words;
use hashbrown::HashMap;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Frozen counts of every comparison, in the order of the plan.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frequencies {
    pub comparisons: Vec<ValueCounts>,
}

/// The frozen counts of one comparison.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ValueCounts {
    /// Records that hold a value, by the value's hash; values that at most
    /// `COUNT_MIN` records hold are left out.
    pub values: HashMap<u64, u32>,
    pub words: Arc<Words>,
}

/// Records that hold a value on which two agree, at least.
pub const COUNT_MIN: u32 = 2;

impl ValueCounts {
    /// How many records hold the value of that hash.
    pub fn of(&self, hash: u64) -> u32 {
        self.values.get(&hash).copied().unwrap_or(COUNT_MIN)
    }
}

/// The stored hash of a value's comparison form.
pub fn value_hash(canonical: &str) -> u64 {
    xxh3_64(canonical.as_bytes())
}

/// The stored hash of an address, part by part.
pub fn address_hash(parts: [&str; 4]) -> u64 {
    let mut text = Vec::with_capacity(64);
    for part in parts {
        text.extend_from_slice(part.as_bytes());
        text.push(0);
    }
    xxh3_64(&text)
}
