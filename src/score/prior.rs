//! What is known before any data are seen: how matches and household members
//! tend to agree on each kind of attribute. These are where training begins,
//! what it falls back on where data are few, and the bounds it may not cross.
//!
//! They are round figures of how customer records differ, not fitted to any
//! one data set.

use super::model::{Class, LEVELS};
use crate::compare::{Comparison, Kind, Role};

/// Pseudo-pairs that the prior weighs as much as.
pub const STRENGTH: f64 = 30.0;

/// Different, weak, similar, close, variant, same.
type Levels = [f64; LEVELS];

/// The prior level probabilities of matches.
pub fn matching(kind: Kind) -> Levels {
    match kind {
        Kind::GivenName => [0.04, 0.03, 0.03, 0.07, 0.05, 0.78],
        Kind::FamilyName => [0.06, 0.005, 0.02, 0.07, 0.03, 0.815],
        Kind::BirthDate => [0.02, 0.01, 0.03, 0.06, 0.01, 0.87],
        Kind::Email => [0.25, 0.03, 0.03, 0.04, 0.005, 0.645],
        Kind::Phone => [0.25, 0.005, 0.005, 0.04, 0.005, 0.695],
        Kind::Identifier => [0.04, 0.005, 0.01, 0.04, 0.005, 0.90],
        Kind::SocialHandle => [0.10, 0.01, 0.05, 0.04, 0.10, 0.70],
        Kind::Address => [0.15, 0.08, 0.04, 0.06, 0.05, 0.62],
        Kind::Place => [0.12, 0.03, 0.01, 0.06, 0.01, 0.77],
        Kind::Organisation => [0.08, 0.04, 0.05, 0.05, 0.10, 0.68],
        Kind::Category => [0.03, 0.001, 0.001, 0.001, 0.001, 0.966],
        Kind::Number => [0.15, 0.01, 0.05, 0.15, 0.01, 0.63],
        Kind::Text => [0.20, 0.03, 0.05, 0.07, 0.05, 0.60],
    }
}

/// The most that matches may disagree outright, so that training cannot drift
/// into calling household members matches.
pub fn different_max(comparison: &Comparison) -> f64 {
    match (comparison.kind, comparison.role) {
        (_, Role::Site) => 0.25,
        (Kind::GivenName | Kind::BirthDate, _) => 0.08,
        (Kind::FamilyName, _) => 0.15,
        (Kind::Identifier | Kind::Organisation, _) => 0.30,
        (Kind::Category, _) => 0.10,
        _ => 0.90,
    }
}

/// The most that the given names of namesakes may disagree outright: two people
/// of other names are none.
pub const NAMESAKES_DIFFER_MAX: f64 = 0.05;

/// How many pairs of a kind that shares a value at times do so for a reason,
/// before any are seen, and at most: a household of which most members were
/// born on one day would be one person.
pub const AT_TIMES: f64 = 0.01;
pub const AT_TIMES_MAX: f64 = 0.05;

/// The prior level probabilities of a class on a comparison that it shares;
/// `strangers` are the chance probabilities.
pub fn sharing(class: Class, comparison: &Comparison, strangers: &Levels) -> Levels {
    let same = match (class, comparison.role, comparison.kind) {
        (Class::Match, _, kind) => return matching(kind),
        (Class::Household, Role::Family, _) => 0.70,
        (Class::Household, Role::Shared, Kind::Address | Kind::Place) => 0.80,
        (Class::Household, Role::Shared, Kind::Phone) => 0.30,
        (Class::Household, Role::Shared, Kind::Organisation) => 0.50,
        (Class::Household, Role::Shared, _) => 0.10,
        (Class::Namesake, _, _) => 0.90,
        _ => return *strangers,
    };
    let others: f64 = strangers[..LEVELS - 1].iter().sum();
    std::array::from_fn(|at| if at == LEVELS - 1 { same } else { strangers[at] / others * (1.0 - same) })
}
