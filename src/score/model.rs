//! The match model: what agreement on each comparison is worth, as a readable,
//! versioned file. Learning it is `train`'s concern, applying it `weigh`'s.
//!
//! A pair is a match or one of several kinds of non-match. Strangers agree by
//! chance; members of a household share address, phone and family name but not
//! given name and birth date; namesakes share names and nothing else. Among records
//! of businesses alone, branches take the part of the household (they share all but
//! the place), and neighbours that of the namesakes. Within a
//! kind the comparisons are independent, across kinds they are not, which is
//! what a single class of non-matches cannot say (Fellegi & Sunter 1969 assume
//! one; further latent classes after Larsen & Rubin 2001).

use super::rarity::Rarity;
use crate::compare::{Comparison, FREQUENCY_CLASSES, Kind, Role};
use crate::record::Hub;
use crate::rules::{KeyRule, Level};
use serde::{Deserialize, Serialize};

/// The version of the file format; readers refuse others.
pub const FORMAT_VERSION: u32 = 1;

/// Levels with a probability of their own: all but `Missing`.
pub const LEVELS: usize = 6;

/// A kind of pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    Match,
    Stranger,
    /// Members of one household; among businesses, branches of one.
    Household,
    /// Two people of one name; among businesses, two at one place.
    Namesake,
}

impl Class {
    pub const ALL: [Class; 4] = [Class::Match, Class::Stranger, Class::Household, Class::Namesake];

    /// Up to which level pairs of this kind hold alike values for a reason,
    /// though they share the very value only by chance: an e-mail address is
    /// made from its owner's name, so namesakes have similar ones, and the
    /// branches of a business lie in one town.
    pub fn resembles(self, comparison: &Comparison) -> Option<Level> {
        match (self, comparison.kind, comparison.role) {
            (Class::Namesake, Kind::Email, _) => Some(Level::Similar),
            (Class::Household, Kind::Address | Kind::Place, Role::Site) => Some(Level::Weak),
            _ => None,
        }
    }

    /// Whether some pairs of this kind share the comparison's value for a
    /// reason and all others by chance: twins have one birth date, a family may
    /// use one loyalty card.
    pub fn shares_at_times(self, comparison: &Comparison) -> bool {
        self == Class::Household
            && comparison.role == Role::Person
            && matches!(comparison.kind, Kind::BirthDate | Kind::Identifier)
    }

    /// Whether pairs of this kind share the comparison's value for a reason,
    /// rather than by chance as strangers do.
    pub fn shares(self, comparison: &Comparison) -> bool {
        match self {
            Class::Match => true,
            Class::Stranger => false,
            Class::Household => !matches!(comparison.role, Role::Person | Role::Site),
            // Gender follows from the given name.
            Class::Namesake => {
                comparison.role == Role::Site
                    || matches!(comparison.kind, Kind::GivenName | Kind::FamilyName | Kind::Category)
            }
        }
    }
}

/// Everything the scoring of a pair depends on, but for value frequencies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub format_version: u32,
    pub comparisons: Vec<Comparison>,
    /// Expected number of pairs of each kind among all pairs, in the order of
    /// [`Class::ALL`]; kinds that the data do not call for have 0.
    pub pairs: [f64; 4],
    /// Per comparison, in the order of `comparisons`.
    pub weights: Vec<ComparisonModel>,
    /// The blocking keys it was used with.
    #[serde(default)]
    pub keys: Vec<KeyRule>,
    /// The values that are no evidence because improbably many people hold them.
    #[serde(default)]
    pub hubs: Vec<Hub>,
    /// What labelled pairs added to the weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refined: Option<Refinement>,
    /// What split blocks that were too large, in this order.
    #[serde(default)]
    pub refiners: Vec<KeyRule>,
    /// How training went.
    pub training: Training,
}

/// Corrections learned from labels, in bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refinement {
    /// Labels it was learned from.
    pub labels: u64,
    /// Added to every pair: more moves the threshold down.
    pub offset: f64,
    /// Per comparison and level from `Different` to `Same`.
    pub levels: Vec<[f64; LEVELS]>,
}

/// The learned probabilities of one comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparisonModel {
    /// Per class of [`Class::ALL`], the probability of each level from
    /// `Different` to `Same`, given that both sides have evidence.
    pub levels: [[f64; LEVELS]; 4],
    /// Per frequency class, the share of the agreements of random pairs that
    /// are chance rather than matches.
    pub chance: [f64; FREQUENCY_CLASSES],
    /// Records with evidence when the model was learned.
    pub filled: f64,
    /// Whether agreeing on a frequent value weighs as much as on a rare one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flat: bool,
    /// What the rarity of unequal values says, where it says something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rarity: Option<Rarity>,
    /// Bits set by hand per level, which replace the learned ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<(Level, f64)>,
}

/// The record of how a model came to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Training {
    /// Records and candidate pairs it was learned from.
    pub records: u64,
    pub pairs: u64,
    pub rounds: u32,
    /// Whether the last round changed nothing worth mentioning.
    pub converged: bool,
}

impl ComparisonModel {
    /// The share of a class's pairs that hold one value for a reason, beyond
    /// what strangers share by chance.
    pub fn at_times(&self, class: usize) -> f64 {
        (self.levels[class][LEVELS - 1] - self.levels[1][LEVELS - 1]).max(0.0)
    }

    /// log2 of match over stranger probability at a level, at the comparison's
    /// average frequency: the weight that charts show.
    pub fn weight(&self, level: Level) -> f64 {
        if level == Level::Missing {
            return 0.0;
        }
        if let Some((_, bits)) = self.by_hand.iter().find(|(named, _)| *named == level) {
            return *bits;
        }
        let at = level as usize - 1;
        (self.levels[0][at] / self.levels[1][at]).log2()
    }
}
