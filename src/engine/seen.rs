//! Pairs as training compared them. What it looks at is a sample of the very
//! pairs that are compared in earnest afterwards, so they are kept until then:
//! nothing is compared twice. Which pairs there are is the blocks' to say.

use super::sample::splitmix;
use super::vectors::{Vectors, Walk};
use crate::compare::{COMPARISONS_MAX, Vector};

/// Every candidate pair of the records of a sample, run by run.
#[derive(Default)]
pub struct SeenPairs {
    /// Which records are in the sample; `None`: no record is.
    sample: Option<Sample>,
    runs: Vec<Run>,
}

/// One in so many records, always the same ones.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub one_in: u64,
}

/// The pairs of the records of one run, record by record.
#[derive(Default)]
pub struct Run {
    vectors: Vectors,
    /// Per pair, the rule that brought it.
    rules: Vec<u16>,
}

/// A way through the pairs of a run.
pub struct Pairs<'a> {
    sample: Option<Sample>,
    walk: Walk<'a>,
    rules: std::slice::Iter<'a, u16>,
}

impl Sample {
    pub fn has(self, record: u32) -> bool {
        splitmix(u64::from(record) << 1 | 1).is_multiple_of(self.one_in)
    }
}

impl SeenPairs {
    pub fn new(sample: Sample, runs: Vec<Run>) -> Self {
        Self { sample: Some(sample), runs }
    }

    /// What was seen of a run, whose records must then be asked for in its order.
    pub fn of_run(&self, number: usize) -> Pairs<'_> {
        match self.runs.get(number) {
            Some(run) => Pairs { sample: self.sample, walk: run.vectors.walk(), rules: run.rules.iter() },
            None => Pairs { sample: None, walk: Walk::default(), rules: [].iter() },
        }
    }
}

impl Run {
    /// Keeps a pair, of which `a` is the smaller record.
    pub fn push(&mut self, a: u32, b: u32, rule: usize, vector: Vector, agreed: &[u32; COMPARISONS_MAX]) {
        self.vectors.push(a, b, vector, agreed);
        // Rules are numbered in 16 bits, as in the blocks.
        self.rules.push(rule as u16);
    }

    /// Gives back what only filling needs.
    pub fn freeze(mut self) -> Self {
        self.rules.shrink_to_fit();
        Self { vectors: self.vectors.freeze(), ..self }
    }
}

impl Pairs<'_> {
    /// Calls `found` with each partner of `a`, the rule that brought it and how
    /// the two compared, in the order in which they were kept. Says whether
    /// those are all its pairs; where `a` is not of the sample, none is known.
    pub fn each(
        &mut self,
        a: u32,
        mut found: impl FnMut(u32, usize, Vector, &[u32; COMPARISONS_MAX]),
    ) -> bool {
        if !self.sample.is_some_and(|sample| sample.has(a)) {
            return false;
        }
        while let Some((b, vector, agreed)) = self.walk.next_of(a) {
            found(b, self.rules.next().map_or(0, |&rule| usize::from(rule)), vector, &agreed);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_back_by_record_and_only_of_the_sample() {
        let sample = Sample { one_in: 2 };
        let taken: Vec<u32> = (0..100).filter(|&record| sample.has(record)).collect();
        let (first, bare, last) = (taken[5], taken[0], taken[3]);
        let mut run = Run::default();
        let mut agreed = [0; COMPARISONS_MAX];
        agreed[3] = 7;
        run.push(first, 200, 1, Vector(5), &agreed);
        run.push(first, 300, 2, Vector(6), &[0; COMPARISONS_MAX]);
        run.push(last, 200, 0, Vector(7), &agreed);
        let seen = SeenPairs::new(sample, vec![run.freeze()]);
        let mut pairs = seen.of_run(0);
        let mut found = Vec::new();
        for a in [first, bare, last] {
            assert!(pairs.each(a, |b, rule, vector, agreed| found.push((a, b, rule, vector, agreed[3]))));
        }
        let expect =
            [(first, 200, 1, Vector(5), 7), (first, 300, 2, Vector(6), 0), (last, 200, 0, Vector(7), 7)];
        assert_eq!(found, expect);
        let strange = (0..).find(|&record| !sample.has(record)).unwrap();
        let is_known = |mut pairs: Pairs, a| pairs.each(a, |_, _, _, _| panic!("nothing of it was kept"));
        assert!(!is_known(seen.of_run(0), strange));
        assert!(!is_known(seen.of_run(1), first), "another run");
        assert!(!is_known(SeenPairs::default().of_run(0), first));
    }
}
