//! Which pairs a steward is asked about: those whose answer tells most. A pair
//! tells much when the model doubts it, when many pairs look alike, and when
//! few that look alike were judged before. Deterministic, and chosen anew after
//! every answer.

use super::matching::{Matcher, Pair};
use super::progress::Progress;
use super::thresholds::{Bits, probability};
use super::unify::{UnifyRequest, prepare};
use crate::compare::{COMPARISONS_MAX, Grade, Vector};
use crate::error::Result;
use crate::judgement::Judgement;
use std::collections::BTreeMap;

/// How far from the link threshold a pair may be to be asked about, in bits.
const DOUBT_BITS_MAX: f32 = 12.0;
/// How much a judged pair of the same levels, and of all but one the same,
/// takes from what the answer tells.
const SAME_DISCOUNT: f64 = 1.0;
const NEAR_DISCOUNT: f64 = 0.25;

/// A steward's session over one set of inputs.
pub struct Session<'a> {
    pub matcher: Matcher<'a>,
    link_bits: f32,
    learn: bool,
    /// Pairs to ask about.
    pool: Vec<Pair>,
    /// By the levels of a pair: how much an answer tells for how many pairs
    /// have them, and how much is known of such pairs.
    tells: BTreeMap<Vector, f64>,
}

/// Runs `work` in a session over the request's inputs, its labels taken.
///
/// # Errors
/// As [`prepare`], and what `work` returns.
pub fn session<T>(
    request: &UnifyRequest,
    progress: &dyn Progress,
    work: impl FnOnce(&mut Session) -> Result<T>,
) -> Result<T> {
    let prepared = prepare(request, progress)?;
    progress.begin("block and train", None);
    let mut matcher = Matcher::new(&prepared.records, &request.rules, request.model.clone(), None);
    matcher.take_labels(&request.labels, request.rules.model.learn);
    let link = Bits::new(&request.rules.thresholds).link;
    progress.begin("compare", Some(prepared.records.len() as u64));
    // The pool reaches further down than review does, since labels move weights.
    let pool = matcher.pairs(Bits { link, review: link - DOUBT_BITS_MAX }, progress);
    let near = |pair: &Pair| (pair.weight.bits - link).abs() <= DOUBT_BITS_MAX && pair.rule.is_none();
    let pool: Vec<Pair> = pool.into_iter().filter(near).collect();
    let mut session =
        Session { link_bits: link, learn: request.rules.model.learn, tells: BTreeMap::new(), pool, matcher };
    session.count();
    work(&mut session)
}

impl Session<'_> {
    /// The pair to ask about next; `None` where all near the threshold are
    /// judged. Of pairs that tell as much, the one of the lower records.
    pub fn next(&self) -> Option<Pair> {
        let open = self.pool.iter().filter(|pair| self.matcher.judgement(pair.a, pair.b).is_none());
        let valued = open.map(|pair| (self.value(pair), pair));
        let best = valued.reduce(|best, next| if next.0 > best.0 { next } else { best });
        best.map(|(_, pair)| self.matcher.weigh(pair.a, pair.b))
    }

    /// Takes an answer, or with `None` takes one back, and refines the weights.
    pub fn answer(&mut self, pair: &Pair, judgement: Option<Judgement>) {
        match judgement {
            Some(judgement) => self.matcher.judged.insert((pair.a, pair.b), judgement),
            None => self.matcher.judged.remove(&(pair.a, pair.b)),
        };
        if self.learn {
            self.matcher.refine();
        }
        self.count();
    }

    /// How far the pair is from settled, for how many it stands, and how little
    /// is known of such pairs.
    fn value(&self, pair: &Pair) -> f64 {
        let bits = self.matcher.weigh(pair.a, pair.b).weight.bits - self.link_bits;
        let doubt = probability(bits);
        doubt * (1.0 - doubt) * self.tells.get(&levels(pair.vector)).copied().unwrap_or(0.0)
    }

    fn count(&mut self) {
        let mut alike: BTreeMap<Vector, f64> = BTreeMap::new();
        for pair in &self.pool {
            *alike.entry(levels(pair.vector)).or_default() += 1.0;
        }
        let judged: Vec<Vector> =
            self.matcher.judged.keys().map(|&(a, b)| levels(self.matcher.weigh(a, b).vector)).collect();
        let known = |vector: Vector| judged.iter().map(|other| discount(vector, *other)).sum::<f64>();
        self.tells =
            alike.into_iter().map(|(vector, count)| (vector, count.sqrt() / (1.0 + known(vector)))).collect();
    }
}

/// The levels of a vector, whatever the frequency of the values agreed on.
fn levels(vector: Vector) -> Vector {
    let mut levels = Vector::default();
    for at in 0..COMPARISONS_MAX {
        levels.set(at, Grade::new(vector.grade(at).level(), 0));
    }
    levels
}

/// What a judged pair of the levels `other` takes from one of the levels `levels`.
fn discount(levels: Vector, other: Vector) -> f64 {
    let unlike = (0..COMPARISONS_MAX).filter(|&at| levels.grade(at) != other.grade(at)).count();
    match unlike {
        0 => SAME_DISCOUNT,
        1 => NEAR_DISCOUNT,
        _ => 0.0,
    }
}
