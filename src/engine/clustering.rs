//! From weighed pairs to customers: components over the links, then each
//! component partitioned on all its pairs, also those that blocking did not
//! bring, and what is left alone judged against whole customers. On all threads;
//! each component is its own piece of work.

use super::matching::{Matcher, Pair};
use crate::cluster::{self, Edge, NEVER};
use crate::compare::Role;
use crate::judgement::Judgement;
use crate::rules::{Decision, Level, Without};
use rayon::prelude::*;

/// Records that a component may have to be weighed whole.
pub const COMPONENT_SIZE_MAX: usize = 400;

/// Pairs that one thread decides at once.
const PAIRS_TOGETHER: usize = 1 << 12;
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
/// pair needs to be linked. Without evidence against, every group of linked
/// records is one customer.
pub fn cluster(matcher: &Matcher, pairs: &[Pair], link_bits: f32, without: Without) -> Clusters {
    let edge = |pair: &Pair| Edge { a: pair.a, b: pair.b, bits: decided(matcher, pair, link_bits) };
    let edges: Vec<Edge> = pairs.par_iter().with_min_len(PAIRS_TOGETHER).map(edge).collect();
    let records = matcher.records.len();
    let components = cluster::components(records, &edges, link_bits, COMPONENT_SIZE_MAX);
    drop(edges);
    let leaders = |component: usize| {
        let members = components.of(component);
        let labels = match without.negative_evidence {
            true => vec![0; members.len()],
            false => labels(matcher, members, link_bits, without),
        };
        labels.into_iter().map(|label| members[label])
    };
    // One after the other as the members are, since most components are so small
    // that a list for each would hold more memory than the numbers in it.
    let all = (0..components.len()).into_par_iter().with_min_len(COMPONENTS_TOGETHER);
    let leaders: Vec<u32> = all.flat_map_iter(leaders).collect();
    let mut leader_of: Vec<u32> = (0..records as u32).collect();
    for (&member, leader) in components.members().iter().zip(leaders) {
        leader_of[member as usize] = leader;
    }
    let pairs_of = |component: usize| {
        let size = components.of(component).len() as u64;
        size * (size - 1) / 2
    };
    let closed = (0..components.len()).map(pairs_of).sum();
    Clusters { leader_of, too_large: components.too_large, closed }
}

/// Per member of a component, the place of the first of its customer.
fn labels(matcher: &Matcher, members: &[u32], link_bits: f32, without: Without) -> Vec<usize> {
    let mut labels =
        cluster::partition(members.len(), |i, j| pull(matcher, members[i], members[j], link_bits));
    if !without.entities {
        absorb(matcher, members, &mut labels, link_bits);
    }
    labels
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

/// Lets records of a component that were left alone join the customer whose
/// records together say that they are theirs.
fn absorb(matcher: &Matcher, members: &[u32], labels: &mut [usize], link_bits: f32) {
    // Another matcher says nothing of entities.
    if members.len() < ENTITY_RECORDS_MIN || !matcher.told.is_empty() {
        return;
    }
    cluster::absorb(labels, link_bits, |record, of| {
        entity_bits(matcher, members[record], of.iter().map(|&member| members[member]), link_bits)
    });
}

/// What a record weighs beside the other records of its customer together, where
/// that and not its likeness to each of them is why it belongs there.
pub fn joined_by_entity(
    matcher: &Matcher,
    record: u32,
    others: impl Iterator<Item = u32> + Clone,
    link_bits: f32,
) -> Option<f32> {
    others.clone().nth(1)?;
    let pulls = others.clone().map(|other| pull(matcher, record.min(other), record.max(other), link_bits));
    let is_alone = pulls.sum::<f32>() <= 0.0;
    is_alone
        .then(|| entity_bits(matcher, record, others, link_bits))
        .flatten()
        .filter(|&bits| bits >= link_bits)
}

/// A lone record and the two that make an entity.
const ENTITY_RECORDS_MIN: usize = 3;

/// The log2 odds that a record belongs to the entity whose records these are:
/// the record is a noisy copy of one of them, nobody knows of which. `None`
/// where it may not, where no single record of the entity links with it, or
/// where nothing personal is compared: branches of one organisation share what
/// they know of each other.
fn entity_bits(
    matcher: &Matcher,
    record: u32,
    entity: impl Iterator<Item = u32>,
    link_bits: f32,
) -> Option<f32> {
    let mut met = Vec::new();
    let mut is_linked = false;
    for member in entity {
        let pair = matcher.weigh(record, member);
        if matcher.decision(&pair) == Some(Decision::Review) {
            return None;
        }
        let bits = decided(matcher, &pair, link_bits);
        if bits == NEVER {
            return None;
        }
        is_linked |= bits >= link_bits;
        met.push((pair.vector, matcher.comparators.agreed(pair.a as usize, pair.b as usize, pair.vector)));
    }
    let comparisons = matcher.comparisons();
    let is_personal = met.iter().any(|(vector, _)| {
        (0..comparisons.len())
            .any(|at| comparisons[at].role == Role::Person && vector.grade(at).level() != Level::Missing)
    });
    (is_linked && is_personal).then(|| matcher.weigher.weigh_entity(&met).bits)
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
