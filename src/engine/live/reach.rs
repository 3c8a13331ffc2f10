//! How far a change of the bundle reaches: what of a store's derived rows must
//! be worked out anew, and what stays as it is. Working it out is `adopt`'s.

use super::bundle::Bundle;
use crate::rules::Rules;
use std::collections::{BTreeMap, BTreeSet};

/// What must be worked out anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// What records are once normalised, and with them everything.
    pub records: bool,
    /// Which pairs are compared, and how.
    pub pairs: bool,
    /// What pairs weigh, and what rules decide of them.
    pub weights: bool,
    /// From which weight on they are linked or kept.
    pub thresholds: bool,
    /// Which values golden records show.
    pub golden: bool,
}

impl Reach {
    /// Everything.
    pub const ALL: Self = Self { records: true, pairs: true, weights: true, thresholds: true, golden: true };

    /// Where `after` takes the place of `before`.
    pub fn between(before: &Bundle, after: &Bundle) -> Self {
        let (old, new) = (&before.rules, &after.rules);
        let same_records = before.layouts == after.layouts
            && before.default_country == after.default_country
            && before.surroundings == after.surroundings
            && before.model.hubs == after.model.hubs
            && old.columns == new.columns
            && old.normalise == new.normalise
            && old.tables == new.tables
            && old.without == new.without;
        if !same_records {
            return Self::ALL;
        }
        let same_pairs = before.keys() == after.keys()
            && before.model.refiners == after.model.refiners
            && before.block_size_max() == after.block_size_max()
            && before.model.comparisons == after.model.comparisons
            && before.frequencies == after.frequencies
            && old.cluster.link_only == new.cluster.link_only
            && free_of_duplicates(old) == free_of_duplicates(new);
        let same_weights = same_pairs && before.model == after.model && old.decisions == new.decisions;
        let same_golden = old.survivorship == new.survivorship && priorities(old) == priorities(new);
        Self {
            records: false,
            pairs: !same_pairs,
            weights: !same_weights,
            thresholds: before.bits() != after.bits(),
            golden: !same_golden,
        }
    }

    /// Whether other customers may come of it.
    pub fn regroups(self) -> bool {
        self.weights || self.thresholds
    }

    /// Whether the same customers with the same values come of it.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

fn free_of_duplicates(rules: &Rules) -> BTreeSet<&str> {
    let free = rules.sources.iter().filter(|source| source.free_of_duplicates);
    free.map(|source| source.name.as_str()).collect()
}

fn priorities(rules: &Rules) -> BTreeMap<&str, u32> {
    rules.sources.iter().filter_map(|source| Some((source.name.as_str(), source.priority?))).collect()
}
