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
        let mut counts = self.counts.iter().copied();
        for &(a, b, vector) in &self.pairs {
            let mut agreed = [0; COMPARISONS_MAX];
            let mut told = counts.next().unwrap_or_default();
            while told != 0 {
                agreed[told.trailing_zeros() as usize] = counts.next().unwrap_or_default();
                told &= told - 1;
            }
            found(a, b, vector, &agreed);
        }
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
