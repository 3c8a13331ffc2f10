//! What the rarity of unequal values says. A slip of the pen makes a rare value
//! of a frequent one: of two spellings of one customer's name, one is mostly
//! rare, while strangers of like names mostly bear two frequent ones. For each
//! comparison below `Same` the model therefore holds how often the rarer of the
//! two values is how rare, for pairs that share the value for a reason and for
//! pairs that meet by chance.

use crate::compare::{FREQUENCY_CLASSES, Grade};
use crate::rules::Level;
use serde::{Deserialize, Serialize};

/// Levels that are told apart: different; alike; another form of the value.
pub const GROUPS: usize = 3;
/// The bits that rarity may add to or take from a pair at most.
const BITS_MAX: f64 = 3.0;
/// How many pairs the assumption that rarity says nothing is worth.
const STRENGTH: f64 = 50.0;

/// How rare the rarer of two unequal values is: the share of pairs by its
/// frequency class, per group of levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rarity {
    /// Of pairs that share the value for a reason, though one has a slip in it.
    pub shared: [[f64; FREQUENCY_CLASSES]; GROUPS],
    /// Of pairs that hold what they hold by chance.
    pub by_chance: [[f64; FREQUENCY_CLASSES]; GROUPS],
}

/// Pairs by group and frequency class.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    matches: [[f64; FREQUENCY_CLASSES]; GROUPS],
    strangers: [[f64; FREQUENCY_CLASSES]; GROUPS],
}

/// The group of a grade; `None` for `Missing` and `Same`.
#[inline]
pub fn group(grade: Grade) -> Option<usize> {
    match grade.level() {
        Level::Missing | Level::Same => None,
        Level::Different => Some(0),
        Level::Weak | Level::Similar | Level::Close => Some(1),
        Level::Variant => Some(2),
    }
}

impl Seen {
    /// Adds a candidate pair that is a match with `probability`.
    pub fn add_candidate(&mut self, group: usize, frequency: u8, probability: f64) {
        self.matches[group][usize::from(frequency)] += probability;
    }

    /// Adds a pair drawn at random, of two strangers with `probability`.
    pub fn add_random(&mut self, group: usize, frequency: u8, probability: f64) {
        self.strangers[group][usize::from(frequency)] += probability;
    }

    pub fn join(&mut self, other: &Self) {
        for group in 0..GROUPS {
            for class in 0..FREQUENCY_CLASSES {
                self.matches[group][class] += other.matches[group][class];
                self.strangers[group][class] += other.strangers[group][class];
            }
        }
    }

    /// What was seen as shares; `None` where nothing was. Where few pairs were
    /// seen, matches are taken to be as strangers, so that rarity says nothing.
    pub fn learn(&self) -> Option<Rarity> {
        if self.matches.iter().chain(&self.strangers).flatten().all(|&pairs| pairs == 0.0) {
            return None;
        }
        let mut result = Rarity {
            shared: [[0.0; FREQUENCY_CLASSES]; GROUPS],
            by_chance: [[0.0; FREQUENCY_CLASSES]; GROUPS],
        };
        for group in 0..GROUPS {
            let (strangers, matches) = (&self.strangers[group], &self.matches[group]);
            let both: [f64; FREQUENCY_CLASSES] =
                std::array::from_fn(|class| strangers[class] + matches[class] + 1.0);
            let pooled = shares(&both, &[0.0; FREQUENCY_CLASSES]);
            result.by_chance[group] = shares(strangers, &pooled);
            result.shared[group] = shares(matches, &result.by_chance[group]);
        }
        Some(result)
    }
}

/// Counts as shares, with `expected` shares worth [`STRENGTH`] counts.
fn shares(
    counts: &[f64; FREQUENCY_CLASSES],
    expected: &[f64; FREQUENCY_CLASSES],
) -> [f64; FREQUENCY_CLASSES] {
    let smoothed: [f64; FREQUENCY_CLASSES] =
        std::array::from_fn(|class| counts[class] + STRENGTH * expected[class]);
    let total: f64 = smoothed.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    smoothed.map(|count| count / total)
}

impl Rarity {
    /// Per group and frequency class, the bits by which a pair is likelier to
    /// share the value than to hold what it holds by chance.
    pub fn bits(&self) -> [[f32; FREQUENCY_CLASSES]; GROUPS] {
        let of = |group: usize, class: usize| {
            let (shared, by_chance) = (self.shared[group][class], self.by_chance[group][class]);
            (shared.max(1e-12) / by_chance.max(1e-12)).log2().clamp(-BITS_MAX, BITS_MAX) as f32
        };
        std::array::from_fn(|group| std::array::from_fn(|class| of(group, class)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rare_spelling_speaks_for_a_slip() {
        let mut seen = Seen::default();
        for _ in 0..900 {
            seen.add_candidate(1, 0, 1.0);
            seen.add_random(1, 7, 1.0);
        }
        for _ in 0..100 {
            seen.add_candidate(1, 7, 1.0);
            seen.add_random(1, 0, 1.0);
        }
        let bits = seen.learn().unwrap().bits();
        assert!(bits[1][0] > 2.0 && bits[1][7] < -2.0, "{bits:?}");
    }

    #[test]
    fn what_was_not_seen_says_nothing() {
        assert_eq!(Seen::default().learn(), None);
        let mut seen = Seen::default();
        seen.add_random(0, 3, 1.0);
        let bits = seen.learn().unwrap().bits();
        assert!(bits.iter().flatten().all(|bits| bits.abs() < 1e-6), "{bits:?}");
    }
}
