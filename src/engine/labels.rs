//! What a steward's judgements do in a run: they refine the weights, and the
//! judged pairs themselves are settled, whatever the weights say.

use super::matching::{Matcher, Pair};
use super::sample::splitmix;
use crate::judgement::{Judgement, Label, RecordName};
use crate::record::RecordKeys;
use crate::score::{Labelled, Weigher, refine};

/// Candidate pairs looked at for those that the weights have no doubt of.
const SAMPLED_PAIRS: u64 = 60_000;
/// From how many bits on there is no doubt, and how many such pairs are held.
const SURE_BITS: f32 = 7.0;
const SURE_MATCHES: usize = 200;
const SURE_OTHERS: usize = 600;

/// What became of the labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// Pairs judged, each by its latest label.
    pub pairs: usize,
    /// Labels that name records which are not there.
    pub unknown: usize,
    /// Whether they moved the weights.
    pub refined: bool,
}

impl Matcher<'_> {
    /// Settles the judged pairs and, where weights are learned, refines them.
    /// Of two labels for one pair the later holds.
    pub fn take_labels(&mut self, labels: &[Label], learn: bool) -> Taken {
        let mut taken = Taken::default();
        for label in labels {
            match judged_pair(&self.records.keys, label) {
                Some(pair) => drop(self.judged.insert(pair, label.judgement)),
                None => taken.unknown += 1,
            }
        }
        taken.pairs = self.judged.len();
        if learn {
            taken.refined = self.refine();
        }
        taken
    }

    /// Refines the weights by the pairs judged so far; whether they moved.
    pub fn refine(&mut self) -> bool {
        self.model.to_mut().refined = None;
        self.weigher = Weigher::new(&self.model);
        if self.sure.is_empty() {
            self.sure = self.sure_pairs();
        }
        let labelled = self.labelled();
        let refined = refine(&self.model, &labelled, &self.sure);
        self.model.to_mut().refined = refined;
        self.weigher = Weigher::new(&self.model);
        self.model.refined.is_some()
    }

    /// The judged pairs as training sees them, in the order of their records.
    fn labelled(&self) -> Vec<Labelled> {
        let decided = self.judged.iter().filter(|(_, judgement)| **judgement != Judgement::Unsure);
        let labelled = |(&(a, b), &judgement): (&(u32, u32), &Judgement)| {
            let pair = self.weigh(a, b);
            let is_match = judgement == Judgement::Positive;
            Labelled { vector: pair.vector, bits: pair.weight.bits, is_match }
        };
        decided.map(labelled).collect()
    }

    /// Some of the candidate pairs that the learned weights have no doubt of,
    /// with their answers; the same on every run.
    fn sure_pairs(&self) -> Vec<Labelled> {
        let one_in = self.blocks.pairs_forecast().div_ceil(SAMPLED_PAIRS).max(1);
        let take = |record: u32| splitmix(u64::from(record) << 1 | 1).is_multiple_of(one_in);
        let (mut matches, mut others) = (Vec::new(), Vec::new());
        for block in 0..self.blocks.len() {
            self.blocks.pairs(block, take, |a, b| {
                let pair = self.weigh(a, b);
                let key = splitmix(u64::from(a) << 32 | u64::from(b));
                let labelled = |is_match| Labelled { vector: pair.vector, bits: pair.weight.bits, is_match };
                match pair.weight.bits {
                    bits if bits > SURE_BITS => matches.push((key, labelled(true))),
                    bits if bits < -SURE_BITS => others.push((key, labelled(false))),
                    _ => {}
                }
            });
        }
        let mut sure = Vec::new();
        for (mut pairs, count) in [(matches, SURE_MATCHES), (others, SURE_OTHERS)] {
            pairs.sort_unstable_by_key(|(key, _)| *key);
            sure.extend(pairs.into_iter().take(count).map(|(_, labelled)| labelled));
        }
        sure
    }

    /// What was judged of the pair, the smaller record first.
    pub fn judgement(&self, a: u32, b: u32) -> Option<Judgement> {
        if self.judged.is_empty() { None } else { self.judged.get(&(a, b)).copied() }
    }
}

/// The names of a pair's records.
pub fn names(keys: &RecordKeys, pair: &Pair) -> (RecordName, RecordName) {
    let name = |record: u32| RecordName {
        source: keys.source(record as usize).to_owned(),
        record_id: keys.id(record as usize).to_owned(),
    };
    (name(pair.a), name(pair.b))
}

/// The pair that a label is about; `None` where a record is not there.
pub fn judged_pair(keys: &RecordKeys, label: &Label) -> Option<(u32, u32)> {
    let (a, b) = (find(keys, &label.a)?, find(keys, &label.b)?);
    (a != b).then_some((a.min(b), a.max(b)))
}

fn find(keys: &RecordKeys, name: &RecordName) -> Option<u32> {
    keys.find(&name.source, &name.record_id).and_then(|record| u32::try_from(record).ok())
}
