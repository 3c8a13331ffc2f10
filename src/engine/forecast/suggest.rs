//! Keys that would find pairs which the keys in use lose, by what they cost.

use super::probe::{Found, Probe};
use crate::blocking::RuleBlocks;
use crate::engine::explain::keys::shared;
use crate::engine::key_search::{self, pairs_new};
use crate::engine::matching::Matcher;
use crate::rules::{KeyExpression, KeyRule};
use serde::Serialize;

/// A key as the rule file spells it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion {
    pub key: String,
    /// Share of the lost pairs that it finds, of those no earlier suggestion finds.
    pub found: f64,
    /// Pairs that it adds to those compared now.
    pub pairs_new: u64,
}

/// Suggestions made at most.
const SHOWN_MAX: usize = 3;
/// Keys whose cost is looked at.
const TRIED_MAX: usize = 16;
/// Lost pairs looked at.
const LOST_MAX: usize = 400;
/// Pairs per record that a key may add to be suggested.
const PAIRS_PER_RECORD_MAX: u64 = 10;
/// What is found weighs more than what it costs: sixteen times the pairs for
/// twice the finds.
const COST_POWER: f64 = 0.25;

/// The keys that find most of what the probe saw lost.
pub fn suggestions(matcher: &Matcher, probe: &Probe) -> Vec<Suggestion> {
    let lost: Vec<&Found> = probe.lost_pairs().take(LOST_MAX).collect();
    let all: f64 = lost.iter().map(|pair| pair.probability).sum();
    let mut tried = key_search::blocked(matcher, &candidates(matcher, &lost), |rule, blocks| {
        let new = pairs_new(matcher, blocks);
        let finds = |pair: &&Found| blocks.first_common(pair.a as usize, pair.b as usize).is_some();
        let found: Vec<bool> = lost.iter().map(finds).collect();
        (new <= PAIRS_PER_RECORD_MAX * matcher.records.len() as u64).then(|| (rule.name.clone(), new, found))
    });
    let mut suggestions = Vec::new();
    let mut open: Vec<bool> = vec![true; lost.len()];
    while suggestions.len() < SHOWN_MAX {
        let gain = |found: &[bool]| -> f64 {
            let still = found.iter().zip(&open).zip(&lost).filter(|((found, open), _)| **found && **open);
            still.map(|(_, pair)| pair.probability).sum()
        };
        let value = |found: &[bool], new: u64| gain(found) / (1.0 + new as f64).powf(COST_POWER);
        let best = tried.iter().enumerate().max_by(|(_, x), (_, y)| {
            value(&x.2, x.1).total_cmp(&value(&y.2, y.1)).then_with(|| y.0.cmp(&x.0))
        });
        let Some((at, _)) = best.filter(|(_, (_, _, found))| gain(found) > 0.0) else { break };
        let (key, pairs_new, found) = tried.swap_remove(at);
        suggestions.push(Suggestion { key, found: gain(&found) / all, pairs_new });
        open.iter_mut().zip(found).for_each(|(open, found)| *open &= !found);
    }
    suggestions
}

/// Conjunctions of two expressions that many lost pairs share, for the pairs
/// that they would bring if the two were independent.
fn candidates(matcher: &Matcher, lost: &[&Found]) -> Vec<KeyRule> {
    let singles = key_search::single_keys(matcher);
    let size = matcher.records.len() as u32;
    let parts = key_search::prepared(matcher, &singles, |at, key| {
        let shares = |pair: &&Found| !shared(key, pair.a as usize, pair.b as usize).is_empty();
        let shares: Vec<bool> = lost.iter().map(shares).collect();
        let part = |rule: &KeyRule| Part {
            expression: rule.expressions.first().cloned(),
            pairs: RuleBlocks::new(key, 0..size, &[], usize::MAX).pairs() as f64,
            shares,
        };
        singles.get(at).map(part)
    });
    let all = f64::from(size) * (f64::from(size) - 1.0) / 2.0;
    let mut ranked: Vec<(f64, KeyRule)> = Vec::new();
    for (at, first) in parts.iter().enumerate() {
        for second in &parts[at + 1..] {
            let both = first.shares.iter().zip(&second.shares).filter(|(x, y)| **x && **y).count();
            let (Some(x), Some(y)) = (&first.expression, &second.expression) else { continue };
            let pairs = first.pairs * second.pairs / all.max(1.0);
            if both > 0 && x.field != y.field && pairs <= PAIRS_PER_RECORD_MAX as f64 * f64::from(size) {
                let value = both as f64 / (1.0 + pairs).powf(COST_POWER);
                ranked.push((value, key_search::key(vec![x.clone(), y.clone()])));
            }
        }
    }
    ranked.sort_by(|x, y| y.0.total_cmp(&x.0).then_with(|| x.1.name.cmp(&y.1.name)));
    ranked.into_iter().take(TRIED_MAX).map(|(_, rule)| rule).collect()
}

/// One expression, the pairs that agree on it, and which lost pairs do.
struct Part {
    expression: Option<KeyExpression>,
    pairs: f64,
    shares: Vec<bool>,
}
