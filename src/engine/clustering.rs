//! From weighed pairs to customers: components over the links, then each
//! component partitioned on all its pairs, also those that blocking did not
//! bring. On all threads; each component is its own piece of work.

use super::matching::{Matcher, Pair};
use crate::cluster::{self, Edge, NEVER};
use crate::judgement::Judgement;
use crate::rules::Decision;
use rayon::prelude::*;

/// Records that a component may have to be weighed whole.
pub const COMPONENT_SIZE_MAX: usize = 400;

/// Components that one thread takes at once; most are of two or three records.
const COMPONENTS_TOGETHER: usize = 16;

/// The customers of a run.
pub struct Clusters {
    /// Per record, the lowest record of its customer.
    pub leader_of: Vec<u32>,
    /// Sizes of components that had to be cut.
    pub too_large: Vec<u32>,
    /// Pairs weighed that no key had brought.
    pub closed: u64,
}

/// Partitions the records by their links. `link_bits` are the log2 odds that a
/// pair needs to be linked; without `negative_evidence` every group of linked
/// records is one customer.
pub fn cluster(matcher: &Matcher, pairs: &[Pair], link_bits: f32, negative_evidence: bool) -> Clusters {
    let edges: Vec<Edge> = pairs
        .iter()
        .map(|pair| Edge { a: pair.a, b: pair.b, bits: decided(matcher, pair, link_bits) })
        .collect();
    let records = matcher.records.len();
    let components = cluster::components(records, &edges, link_bits, COMPONENT_SIZE_MAX);
    let labels: Vec<Vec<usize>> = components
        .components
        .par_iter()
        .with_min_len(COMPONENTS_TOGETHER)
        .map(|component| {
            let members = &component.members;
            if !negative_evidence {
                return vec![0; members.len()];
            }
            cluster::partition(members.len(), |i, j| pull(matcher, members[i], members[j], link_bits))
        })
        .collect();
    let mut leader_of: Vec<u32> = (0..records as u32).collect();
    let mut closed = 0;
    for (component, labels) in components.components.iter().zip(labels) {
        let size = component.members.len() as u64;
        closed += size * (size - 1) / 2;
        for (at, label) in labels.into_iter().enumerate() {
            leader_of[component.members[at] as usize] = component.members[label];
        }
    }
    Clusters { leader_of, too_large: components.too_large, closed }
}

/// The pair's odds after judgements and rules.
pub fn decided(matcher: &Matcher, pair: &Pair, link_bits: f32) -> f32 {
    let judgement = matcher.judgement(pair.a, pair.b);
    let is_allowed = matcher.is_allowed(pair.a, pair.b);
    ruled(is_allowed, judgement, matcher.decision(pair), pair.weight.bits, link_bits)
}

/// What becomes of a pair's odds: what a steward judged holds; a link rule makes
/// it surely linked, a never rule surely not, a review rule leaves it just short
/// of a link.
pub fn ruled(
    is_allowed: bool,
    judgement: Option<Judgement>,
    decision: Option<Decision>,
    bits: f32,
    link_bits: f32,
) -> f32 {
    if !is_allowed {
        return NEVER;
    }
    match judgement {
        Some(Judgement::Positive) => return bits.max(link_bits + LINK_RULE_BITS),
        Some(Judgement::Negative) => return NEVER,
        Some(Judgement::Unsure | Judgement::Withdrawn) | None => {}
    }
    match decision {
        Some(Decision::Link) => bits.max(link_bits + LINK_RULE_BITS),
        Some(Decision::Never) => NEVER,
        Some(Decision::Review) => bits.min(link_bits - 1e-3),
        None => bits,
    }
}

/// How far beyond the threshold a link rule puts a pair.
const LINK_RULE_BITS: f32 = 20.0;
/// One pair's evidence counts at most this much, in bits, for or against.
const PULL_MAX: f32 = 12.0;
/// What a pair judged to be one customer weighs: more than all evidence that a
/// component can hold, less than what must never be joined.
const JUDGED: f32 = 1.0e5;
/// What a pair without evidence against it, but too little for it, weighs.
const PULL_UNKNOWN: f32 = -1.0;

/// The signed weight of a pair inside a component. That both belong to one
/// component makes a match far likelier than between any two records, so a
/// pair below the threshold counts against only as far as its evidence does.
fn pull(matcher: &Matcher, a: u32, b: u32, link_bits: f32) -> f32 {
    let pair = matcher.weigh(a, b);
    let bits = decided(matcher, &pair, link_bits);
    if bits == NEVER {
        return NEVER;
    }
    if matcher.judgement(a, b) == Some(Judgement::Positive) {
        return JUDGED;
    }
    let above = bits - link_bits;
    if above >= 0.0 {
        return above.min(PULL_MAX);
    }
    above.max(pair.weight.evidence.min(PULL_UNKNOWN)).max(-PULL_MAX)
}
