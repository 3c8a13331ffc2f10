//! From which odds on a pair is linked, or put before a steward.

use crate::rules::Thresholds;

/// The match probability from which pairs are linked unless the rules say
/// otherwise: a wrong merge costs twice as much as a missed one.
pub const LINK_DEFAULT: f64 = 2.0 / 3.0;
/// The match probability from which pairs are put to review.
pub const REVIEW_DEFAULT: f64 = 0.1;

/// Both thresholds as log2 odds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bits {
    pub link: f32,
    pub review: f32,
}

/// Where a pair belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    Link,
    Review,
    None,
}

impl Bits {
    pub fn new(thresholds: &Thresholds) -> Self {
        let link = thresholds.link.unwrap_or(LINK_DEFAULT);
        let review = thresholds.review.unwrap_or(REVIEW_DEFAULT).min(link);
        Self { link: bits(link), review: bits(review) }
    }
}

/// log2 odds of a probability.
pub fn bits(probability: f64) -> f32 {
    let probability = probability.clamp(1e-9, 1.0 - 1e-9);
    (probability / (1.0 - probability)).log2() as f32
}

/// The probability of log2 odds.
pub fn probability(bits: f32) -> f64 {
    1.0 / (1.0 + (-f64::from(bits)).exp2())
}
