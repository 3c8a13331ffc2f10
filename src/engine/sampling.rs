//! A stratified sample of pairs for a steward to judge, and what its answers say
//! of precision and recall. Strata follow the match weight and whether a pair
//! was joined, so that the few telling pairs are not lost among the many plain
//! ones; pairs that no key brings have strata of their own.

use super::forecast::probe::Probe;
use super::matching::Pair;
use super::sample::splitmix;
use super::thresholds::probability;
use super::unify::Outcome;
use crate::judgement::Judgement;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

/// Weights, in bits, where one stratum ends and the next begins.
const EDGES: [f32; 6] = [-12.0, -6.0, -2.0, 2.0, 6.0, 12.0];
/// Strata of one band of weights each, joined or not; then the joined and the
/// other pairs that no key brings.
const STRATA: usize = 2 * (EDGES.len() + 1) + 2;
const JOINED_UNCOMPARED: usize = STRATA - 2;
const APART_UNCOMPARED: usize = STRATA - 1;
/// Pairs outside the blocks are looked for from this weight on.
const OUTSIDE_BITS_MIN: f32 = -6.0;
/// Pairs drawn from a stratum at least, and kept to draw from.
const DRAWN_MIN: usize = 5;
const KEPT_MAX: usize = 1000;
/// The share of matches that a stratum is taken to have at least, and lack at
/// least, when the sample is shared out.
const SHARE_MIN: f64 = 0.002;

/// The sample of one run's pairs.
pub struct Sample {
    strata: Vec<Stratum>,
}

/// Pairs of one band of weights, joined or not.
#[derive(Default, Clone)]
struct Stratum {
    /// All of its pairs; estimated for those outside the blocks.
    size: f64,
    /// Matches among them by the model.
    expected: f64,
    /// Pairs with their place in the draw, the first to be drawn first.
    kept: Vec<(u64, Pair)>,
    drawn: usize,
}

/// What the answers say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Judged {
    /// Answers of the sample, the unsure ones left out.
    pub answers: usize,
    pub precision: Interval,
    /// Of all matches, those outside the blocks included as far as a probe
    /// finds them.
    pub recall: Interval,
}

/// A share, 0 to 1, with its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

impl Sample {
    /// Draws `count` pairs of the run.
    pub fn new(outcome: &Outcome, count: usize) -> Self {
        let mut strata = compared(outcome);
        joined_uncompared(outcome, &mut strata[JOINED_UNCOMPARED]);
        apart_uncompared(outcome, &mut strata[APART_UNCOMPARED]);
        share_out(&mut strata, count);
        Self { strata }
    }

    /// The pairs to judge, in an order that tells nothing of their strata.
    pub fn pairs(&self) -> Vec<Pair> {
        let drawn = self.strata.iter().flat_map(|stratum| stratum.kept.iter().take(stratum.drawn));
        let mut drawn: Vec<&(u64, Pair)> = drawn.collect();
        drawn.sort_unstable_by_key(|(place, pair)| (*place, pair.a, pair.b));
        drawn.into_iter().map(|(_, pair)| *pair).collect()
    }

    /// What follows from the answers given so far.
    pub fn judged(&self, answers: &BTreeMap<(u32, u32), Judgement>) -> Judged {
        let strata = self.drawn().map(|(of, pairs)| {
            let said = pairs.filter_map(|pair| answers.get(&(pair.a, pair.b)).copied());
            Answered::new(of, said)
        });
        Judged::new(strata)
    }

    /// Each stratum with the pairs drawn from it.
    pub fn drawn(&self) -> impl Iterator<Item = (StratumOf, impl Iterator<Item = Pair>)> {
        let strata = self.strata.iter().enumerate().filter(|(_, stratum)| stratum.size > 0.0);
        strata.map(|(at, stratum)| {
            let of = StratumOf { size: stratum.size, expected: stratum.expected, is_joined: is_joined(at) };
            (of, stratum.kept.iter().take(stratum.drawn).map(|(_, pair)| *pair))
        })
    }
}

/// What a stratum stands for: how many pairs, how many of these are matches by
/// the model, and whether they are in one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StratumOf {
    pub size: f64,
    pub expected: f64,
    pub is_joined: bool,
}

/// A stratum with what was answered of its pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answered {
    of: StratumOf,
    count: f64,
    matches: f64,
}

impl Answered {
    /// Counts the answers; the unsure ones say nothing.
    pub fn new(of: StratumOf, said: impl Iterator<Item = Judgement>) -> Self {
        let (mut count, mut matches) = (0.0, 0.0);
        for judgement in said {
            match judgement {
                Judgement::Positive => (count, matches) = (count + 1.0, matches + 1.0),
                Judgement::Negative => count += 1.0,
                Judgement::Unsure | Judgement::Withdrawn => {}
            }
        }
        Self { of, count, matches }
    }
}

impl Judged {
    /// What the answers of all strata say together.
    pub fn new(strata: impl Iterator<Item = Answered>) -> Self {
        let (mut joined, mut right, mut missed) = (0.0, Sum::default(), Sum::default());
        let mut given = 0;
        for answered in strata {
            given += answered.count as usize;
            let sum = if answered.of.is_joined { &mut right } else { &mut missed };
            sum.add(&answered);
            joined += if answered.of.is_joined { answered.of.size } else { 0.0 };
        }
        let precision = if joined > 0.0 { right.total / joined } else { 1.0 };
        let all = right.total + missed.total;
        let recall = if all > 0.0 { right.total / all } else { 1.0 };
        let relative = |sum: &Sum| if sum.total > 0.0 { sum.variance / (sum.total * sum.total) } else { 0.0 };
        Judged {
            answers: given,
            precision: interval(precision, right.variance.sqrt() / joined.max(1.0)),
            recall: interval(recall, recall * (1.0 - recall) * (relative(&right) + relative(&missed)).sqrt()),
        }
    }
}

/// Matches estimated over strata, with the variance of the estimate.
#[derive(Default)]
struct Sum {
    total: f64,
    variance: f64,
}

impl Sum {
    /// Adds a stratum of which `count` pairs were answered. What the model
    /// expects counts as one answer more, so that a stratum without an answer
    /// is not lost and one of a kind is not taken for certain.
    fn add(&mut self, answered: &Answered) {
        let Answered { of: StratumOf { size, expected, .. }, count, matches } = *answered;
        let share = (matches + expected / size) / (count + 1.0);
        let rest = (1.0 - count / size).max(0.0);
        self.total += size * share;
        self.variance += size * size * share * (1.0 - share) / (count + 1.0) * rest;
    }
}

/// By the logit, so that the interval keeps within 0 and 1.
fn interval(share: f64, error: f64) -> Interval {
    let spread = share * (1.0 - share);
    if spread < 1e-9 {
        return Interval {
            share,
            low: (share - 1.96 * error).max(0.0),
            high: (share + 1.96 * error).min(1.0),
        };
    }
    let (at, half) = ((share / (1.0 - share)).ln(), 1.96 * error / spread);
    let back = |logit: f64| 1.0 / (1.0 + (-logit).exp());
    Interval { share, low: back(at - half), high: back(at + half) }
}

impl Stratum {
    fn take(&mut self, pair: Pair, scale: f64) {
        self.size += scale;
        self.expected += scale * probability(pair.weight.bits);
        self.kept.push((splitmix(splitmix(u64::from(pair.a)) ^ u64::from(pair.b)), pair));
        if self.kept.len() >= 2 * KEPT_MAX {
            self.trim();
        }
    }

    fn trim(&mut self) {
        self.kept.sort_unstable_by_key(|(place, pair)| (*place, pair.a, pair.b));
        self.kept.truncate(KEPT_MAX);
    }

    fn join(&mut self, other: Self) {
        self.size += other.size;
        self.expected += other.expected;
        self.kept.extend(other.kept);
        self.trim();
    }
}

fn is_joined(stratum: usize) -> bool {
    stratum == JOINED_UNCOMPARED || (stratum != APART_UNCOMPARED && stratum % 2 == 1)
}

fn stratum_of(bits: f32, joined: bool) -> usize {
    2 * EDGES.iter().filter(|edge| bits >= **edge).count() + usize::from(joined)
}

/// The strata of all compared pairs.
fn compared(outcome: &Outcome) -> Vec<Stratum> {
    let matcher = outcome.matcher;
    let customer_of = &outcome.golden.customer_of;
    let chunks = super::training::chunks(&matcher.blocks).into_par_iter().map(|(start, end)| {
        let mut strata = vec![Stratum::default(); STRATA];
        for block in start..end {
            matcher.blocks.pairs(
                block,
                |_| true,
                |a, b| {
                    if matcher.is_allowed(a, b) {
                        let pair = matcher.weigh(a, b);
                        let joined = customer_of[a as usize] == customer_of[b as usize];
                        strata[stratum_of(pair.weight.bits, joined)].take(pair, 1.0);
                    }
                },
            );
        }
        strata
    });
    // In the order of the blocks, since sums of fractions depend on it.
    let parts: Vec<Vec<Stratum>> = chunks.collect();
    let mut strata = vec![Stratum::default(); STRATA];
    for part in parts {
        strata.iter_mut().zip(part).for_each(|(stratum, part)| stratum.join(part));
    }
    strata
}

/// Pairs in one customer that no key brought.
fn joined_uncompared(outcome: &Outcome, stratum: &mut Stratum) {
    for customer in 0..outcome.golden.len() {
        let members = outcome.golden.members(customer);
        for (at, &a) in members.iter().enumerate() {
            for &b in &members[at + 1..] {
                if outcome.matcher.blocks.first_common(a as usize, b as usize).is_none() {
                    stratum.take(outcome.matcher.weigh(a, b), 1.0);
                }
            }
        }
    }
    // Alike only through others, they weigh little themselves; that they were
    // joined says more.
    stratum.expected = stratum.expected.max(stratum.size / 2.0);
    stratum.trim();
}

/// Pairs kept apart that no key brings, as far as a probe finds them.
fn apart_uncompared(outcome: &Outcome, stratum: &mut Stratum) {
    let probe = Probe::new(outcome.matcher, OUTSIDE_BITS_MIN);
    let share = probe.share(outcome.records.len());
    // A pair is found when either of its records is in the probe.
    let scale = 1.0 / (1.0 - (1.0 - share) * (1.0 - share));
    let customer_of = &outcome.golden.customer_of;
    for found in probe.lost_pairs() {
        if customer_of[found.a as usize] != customer_of[found.b as usize] {
            stratum.take(outcome.matcher.weigh(found.a, found.b), scale);
        }
    }
    stratum.trim();
}

/// Shares `count` answers out, more to strata that are large and undecided
/// (Neyman 1934).
fn share_out(strata: &mut [Stratum], count: usize) {
    let weight = |stratum: &Stratum| {
        let share = (stratum.expected / stratum.size.max(1.0)).clamp(SHARE_MIN, 1.0 - SHARE_MIN);
        if stratum.kept.is_empty() { 0.0 } else { stratum.size * (share * (1.0 - share)).sqrt() }
    };
    let total: f64 = strata.iter().map(weight).sum();
    for stratum in strata.iter_mut().filter(|stratum| !stratum.kept.is_empty()) {
        let wanted = (count as f64 * weight(stratum) / total).round() as usize;
        stratum.trim();
        stratum.drawn = wanted.max(DRAWN_MIN).min(stratum.kept.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strata_follow_weight_and_fate() {
        assert_eq!((stratum_of(-20.0, false), stratum_of(-20.0, true)), (0, 1));
        assert_eq!((stratum_of(13.0, false), stratum_of(13.0, true)), (12, 13));
        assert!(
            is_joined(13) && !is_joined(12) && is_joined(JOINED_UNCOMPARED) && !is_joined(APART_UNCOMPARED)
        );
    }

    #[test]
    fn answers_outweigh_what_the_model_expects() {
        let of = StratumOf { size: 1000.0, expected: 900.0, is_joined: true };
        let mut sum = Sum::default();
        sum.add(&Answered { of, count: 99.0, matches: 50.0 });
        assert!((sum.total - 509.0).abs() < 1e-9, "{}", sum.total);
        let found = interval(0.5, 0.05);
        assert!((found.low - 0.403).abs() < 2e-3 && (found.high - 0.597).abs() < 2e-3, "{found:?}");
    }
}
