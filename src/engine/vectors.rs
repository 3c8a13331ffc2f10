//! Candidate pairs as they compared, kept so that other weights, rules and
//! thresholds can be tried on them without comparing anything anew. What they
//! weigh is the matcher's to say.

use crate::compare::{COMPARISONS_MAX, Vector};

/// Some candidate pairs and how they compared.
#[derive(Default)]
pub struct Vectors {
    pairs: Vec<(u32, u32, Vector)>,
    /// Per pair, a bit for each comparison that tells how many records hold the
    /// value, then what it tells: most pairs agree on little.
    counts: Vec<u32>,
}

impl Vectors {
    pub fn push(&mut self, a: u32, b: u32, vector: Vector, agreed: &[u32; COMPARISONS_MAX]) {
        self.pairs.push((a.min(b), a.max(b), vector));
        let place = self.counts.len();
        self.counts.push(0);
        for (at, &count) in agreed.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.counts[place] |= 1 << at;
            self.counts.push(count);
        }
    }

    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Gives back what only filling needs.
    pub fn freeze(mut self) -> Self {
        self.pairs.shrink_to_fit();
        self.counts.shrink_to_fit();
        self
    }

    /// Calls `found` with each pair, the smaller record first, its vector and,
    /// per comparison, how many records hold the value.
    pub fn each(&self, mut found: impl FnMut(u32, u32, Vector, &[u32; COMPARISONS_MAX])) {
        let mut walk = self.walk();
        while let Some(&(a, ..)) = walk.pairs.as_slice().first() {
            while let Some((b, vector, agreed)) = walk.next_of(a) {
                found(a, b, vector, &agreed);
            }
        }
    }

    /// A way through the pairs, in the order in which they came.
    pub fn walk(&self) -> Walk<'_> {
        Walk { pairs: self.pairs.iter(), counts: self.counts.iter() }
    }
}

/// A way through some pairs.
#[derive(Default)]
pub struct Walk<'a> {
    pairs: std::slice::Iter<'a, (u32, u32, Vector)>,
    counts: std::slice::Iter<'a, u32>,
}

impl Walk<'_> {
    /// The greater record of the next pair, its vector and counts, where `a` is
    /// its smaller record.
    pub fn next_of(&mut self, a: u32) -> Option<(u32, Vector, [u32; COMPARISONS_MAX])> {
        let &(first, b, vector) = self.pairs.as_slice().first()?;
        if first != a {
            return None;
        }
        self.pairs.next();
        let mut agreed = [0; COMPARISONS_MAX];
        let mut count = || self.counts.next().copied().unwrap_or_default();
        let mut told = count();
        while told != 0 {
            agreed[told.trailing_zeros() as usize] = count();
            told &= told - 1;
        }
        Some((b, vector, agreed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        let mut some = Vectors::default();
        let mut agreed = [0; COMPARISONS_MAX];
        some.push(7, 3, Vector(5), &agreed);
        (agreed[0], agreed[4], agreed[15]) = (2, 900, u32::MAX);
        some.push(1, 2, Vector(6), &agreed);
        let mut found = Vec::new();
        some.freeze().each(|a, b, vector, counts| found.push((a, b, vector, *counts)));
        assert_eq!(found, [(3, 7, Vector(5), [0; COMPARISONS_MAX]), (1, 2, Vector(6), agreed)]);
    }
}
