//! How right and how complete the customers are, without truth: what the model
//! itself expects of the pairs it joined and of those it kept apart. As good as
//! its probabilities are calibrated; the interval says what follows if they are
//! not.

use super::clustering;
use super::thresholds::probability;
use super::unify::Outcome;
use rayon::prelude::*;

/// How far all weights may be off together, in bits, for the interval.
pub const BITS_OFF: f32 = 3.0;

/// The expected precision and recall over pairs of records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    pub precision: Interval,
    /// Of the matches among the compared pairs; what blocking never brought is
    /// not in it.
    pub recall: Interval,
}

/// A share, 0 to 1, and what it is if all weights are off one way or the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

/// Estimates the accuracy of a run's customers.
pub fn estimate(outcome: &Outcome) -> Accuracy {
    let known = Known::new(outcome);
    let expected = [0.0, -BITS_OFF, BITS_OFF].map(|off| known.expected(off));
    let interval = |of: fn(&Expected) -> f64| {
        let shares = expected.each_ref().map(of);
        Interval {
            share: shares[0],
            low: shares.iter().copied().fold(1.0, f64::min),
            high: shares.iter().copied().fold(0.0, f64::max),
        }
    };
    Accuracy { precision: interval(Expected::precision), recall: interval(Expected::recall) }
}

/// Expected numbers of pairs.
struct Expected {
    /// Pairs of records in one customer, and the matches among them.
    joined: f64,
    right: f64,
    /// Matches among the compared pairs that were kept apart.
    missed: f64,
}

impl Expected {
    fn precision(&self) -> f64 {
        if self.joined > 0.0 { self.right / self.joined } else { 1.0 }
    }

    fn recall(&self) -> f64 {
        let all = self.right + self.missed;
        if all > 0.0 { self.right / all } else { 1.0 }
    }
}

/// What a run says of its pairs, whatever its weights are taken for.
struct Known {
    /// Listed pairs in one customer, by customer, the heaviest first.
    inside: Vec<Listed>,
    /// Weights of the pairs kept apart, each with how many pairs have it.
    apart: Vec<(f32, f64)>,
    /// Pairs of records in one customer.
    joined: f64,
}

/// A listed pair inside a customer.
struct Listed {
    customer: u32,
    a: u32,
    b: u32,
    bits: f32,
}

impl Known {
    fn new(outcome: &Outcome) -> Self {
        let customer_of = &outcome.golden.customer_of;
        let (mut inside, mut apart) = (Vec::new(), Vec::new());
        for pair in &outcome.pairs {
            let bits = clustering::decided(outcome.matcher, pair, outcome.bits.link);
            let customer = customer_of[pair.a as usize];
            match customer == customer_of[pair.b as usize] {
                true => inside.push(Listed { customer, a: pair.a, b: pair.b, bits }),
                false => apart.push((bits, 1.0)),
            }
        }
        inside.par_sort_by(|x, y| x.customer.cmp(&y.customer).then(y.bits.total_cmp(&x.bits)));
        // Pairs below review are listed nowhere, but counted by weight.
        let below =
            outcome.matcher.histogram.iter().filter(|(bits, _)| (**bits as f32) < outcome.bits.review);
        apart.extend(below.map(|(&bits, &count)| (bits as f32, count as f64)));
        let joined = |customer: usize| {
            let size = outcome.golden.members(customer).len() as f64;
            size * (size - 1.0) / 2.0
        };
        Self { inside, apart, joined: (0..outcome.golden.len()).map(joined).sum() }
    }

    /// What the model expects if every weight is `off` bits heavier.
    fn expected(&self, off: f32) -> Expected {
        let customers: Vec<&[Listed]> = self.inside.chunk_by(|x, y| x.customer == y.customer).collect();
        let right: Vec<f64> = customers.into_par_iter().map(|pairs| right(pairs, off)).collect();
        let missed = self.apart.iter().map(|&(bits, count)| count * probability(bits + off));
        Expected { joined: self.joined, right: right.iter().sum(), missed: missed.sum() }
    }
}

/// The matches expected among the pairs of one customer, heaviest pair first:
/// two records match if every link on the surest way between them holds, and
/// these ways are those of the heaviest spanning tree.
fn right(pairs: &[Listed], off: f32) -> f64 {
    let mut records: Vec<u32> = pairs.iter().flat_map(|pair| [pair.a, pair.b]).collect();
    records.sort_unstable();
    records.dedup();
    let place = |record: u32| records.binary_search(&record).unwrap_or_default();
    let mut group: Vec<usize> = (0..records.len()).collect();
    let mut links: Vec<Vec<(usize, f64)>> = vec![Vec::new(); records.len()];
    for pair in pairs {
        let (a, b) = (place(pair.a), place(pair.b));
        let (of_a, of_b) = (group[a], group[b]);
        if of_a != of_b {
            group.iter_mut().filter(|group| **group == of_b).for_each(|group| *group = of_a);
            let holds = probability(pair.bits + off);
            links[a].push((b, holds));
            links[b].push((a, holds));
        }
    }
    (0..records.len()).map(|start| ways(&links, start)).sum::<f64>() / 2.0
}

/// The sum, over all others that the tree leads to from `start`, of the chance
/// that every link on the way holds.
fn ways(links: &[Vec<(usize, f64)>], start: usize) -> f64 {
    let mut total = 0.0;
    let mut open = vec![(start, usize::MAX, 1.0)];
    while let Some((at, from, holds)) = open.pop() {
        for &(next, link) in links[at].iter().filter(|(next, _)| *next != from) {
            total += holds * link;
            open.push((next, at, holds * link));
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::ways;

    #[test]
    fn a_chain_holds_as_far_as_all_its_links_do() {
        let links = [vec![(1, 0.9)], vec![(0, 0.9), (2, 0.5)], vec![(1, 0.5)]];
        assert!((ways(&links, 0) - (0.9 + 0.45)).abs() < 1e-12);
        assert!((ways(&links, 1) - 1.4).abs() < 1e-12);
    }
}
