//! Applies what the rule file says about deciding: weights by hand, and named
//! rules over comparison levels.

use crate::compare::{Comparison, Kind, Vector};
use crate::rules::{Condition, DecisionRule, Level, LevelTest, Rules};
use crate::score::Model;

/// Puts the weights set by hand into the model, and whether frequent values
/// weigh less; without learning, every level
/// that no rule weighs counts for nothing.
pub fn apply(model: &mut Model, rules: &Rules) {
    for (comparison, weights) in model.comparisons.iter().zip(&mut model.weights) {
        let named = rules.comparisons.iter().find(|rule| rule.on == comparison.name);
        if let Some(wanted) = named.and_then(|rule| rule.term_frequency) {
            weights.flat = !wanted;
        }
        weights.flat |= rules.without.term_frequency;
        weights.by_hand = named.map(|rule| rule.weights.clone()).unwrap_or_default();
        // A model that was learned with the comparison is told not to hear it.
        if named.is_some_and(|rule| rule.off) {
            weights.by_hand = Level::ALL.into_iter().map(|level| (level, 0.0)).collect();
        }
        if !rules.model.learn {
            let unnamed = Level::ALL
                .into_iter()
                .filter(|level| !weights.by_hand.iter().any(|(known, _)| known == level));
            let silent: Vec<_> = unnamed.map(|level| (level, 0.0)).collect();
            weights.by_hand.extend(silent);
        }
    }
}

/// The first rule whose conditions all hold.
pub fn decide(rules: &[DecisionRule], comparisons: &[Comparison], vector: Vector) -> Option<u16> {
    let holds = |condition: &Condition| holds(condition, level(&condition.on, comparisons, vector));
    let place = rules.iter().position(|rule| rule.when.iter().all(holds))?;
    u16::try_from(place).ok()
}

/// The level of the comparison of that name; for `name` the weaker of given
/// and family name, which is missing where either is.
fn level(name: &str, comparisons: &[Comparison], vector: Vector) -> Level {
    let of = |wanted: &dyn Fn(&Comparison) -> bool| {
        comparisons.iter().position(wanted).map_or(Level::Missing, |at| vector.grade(at).level())
    };
    let named = |comparison: &Comparison| comparison.name == name;
    if name == "name" && !comparisons.iter().any(named) {
        let given = of(&|comparison| comparison.kind == Kind::GivenName && comparison.name == "given_name");
        let family =
            of(&|comparison| comparison.kind == Kind::FamilyName && comparison.name == "family_name");
        return given.min(family);
    }
    of(&named)
}

fn holds(condition: &Condition, level: Level) -> bool {
    match condition.test {
        LevelTest::Is(wanted) => level == wanted,
        LevelTest::AtLeast(least) => level != Level::Missing && level >= least,
        LevelTest::AtMost(most) => level != Level::Missing && level <= most,
    }
}
