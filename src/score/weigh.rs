//! Weighs one compared pair: how likely is it a match, in bits. Pure table
//! look-ups and a handful of multiplications.

use super::model::{Class, LEVELS, Model};
use super::rarity;
use crate::compare::{COMPARISONS_MAX, FREQUENCY_CLASSES, Grade, Vector, frequency_class};
use crate::rules::Level;

/// A model made ready for scoring.
pub struct Weigher {
    /// log2 probability per class, comparison and grade; for `Same` without
    /// the agreed value's frequency.
    tables: Vec<[[f32; Grade::COUNT]; 4]>,
    /// Whether the class agrees on a value by chance, so that its frequency counts.
    by_chance: Vec<[bool; 4]>,
    /// The share of household pairs that agree for a reason, per comparison
    /// where only some do; else 0.
    at_times: Vec<f32>,
    /// log2 of the number of pairs per class.
    pairs: [f32; 4],
    /// log2 odds of match for any two records.
    prior: f32,
    /// log2 of the records with evidence, per comparison.
    filled: Vec<f32>,
    /// Bits for kinds that share the value, by how rare the rarer of two
    /// unequal values is.
    rarity: Vec<Option<[[f32; FREQUENCY_CLASSES]; rarity::GROUPS]>>,
    by_hand: Vec<[Option<f32>; Grade::COUNT]>,
    /// What labels add, per comparison and grade, and to every pair.
    refined: Vec<[f32; Grade::COUNT]>,
    offset: f32,
}

/// What a pair weighs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Weight {
    /// log2 odds of match against all other kinds, the prior included.
    pub bits: f32,
    /// The same without the prior: log2 Bayes factor of the evidence alone.
    pub evidence: f32,
}

impl Weight {
    /// The match probability.
    pub fn probability(self) -> f32 {
        1.0 / (1.0 + (-self.bits).exp2())
    }
}

impl Weigher {
    pub fn new(model: &Model) -> Self {
        let others: f64 = model.pairs[1..].iter().map(|pairs| pairs.max(1e-9)).sum();
        let mut result = Self {
            tables: Vec::new(),
            by_chance: Vec::new(),
            at_times: Vec::new(),
            pairs: model.pairs.map(|pairs| pairs.max(1e-9).log2() as f32),
            prior: (model.pairs[0].max(1e-9) / others).log2() as f32,
            filled: model.weights.iter().map(|weights| weights.filled.max(1.0).log2() as f32).collect(),
            rarity: Vec::new(),
            by_hand: Vec::new(),
            refined: vec![[0.0; Grade::COUNT]; model.comparisons.len()],
            offset: 0.0,
        };
        if let Some(refined) = &model.refined {
            result.offset = refined.offset as f32;
            for (table, levels) in result.refined.iter_mut().zip(&refined.levels) {
                for (index, cell) in table.iter_mut().enumerate().skip(1) {
                    *cell = levels[Grade::from_index(index).level() as usize - 1] as f32;
                }
            }
        }
        for (comparison, weights) in model.comparisons.iter().zip(&model.weights) {
            let mut table = [[0.0; Grade::COUNT]; 4];
            let by_chance = Class::ALL.map(|class| !class.shares(comparison) && !weights.flat);
            for (class, levels) in weights.levels.iter().enumerate() {
                for index in 1..Grade::COUNT {
                    let grade = Grade::from_index(index);
                    table[class][index] = match grade.class() {
                        None => levels[index - 1].log2() as f32,
                        Some(_) if weights.flat => levels[LEVELS - 1].log2() as f32,
                        // Frequencies are divided out of every class, so those
                        // that share keep the level's probability, and chance
                        // keeps one factor of the frequency.
                        Some(_) if !by_chance[class] => levels[LEVELS - 1].log2() as f32,
                        Some(frequency) => weights.chance[usize::from(frequency)].log2() as f32,
                    };
                }
            }
            let hand = std::array::from_fn(|index| {
                let level = Grade::from_index(index).level();
                weights.by_hand.iter().find(|(named, _)| *named == level).map(|(_, bits)| *bits as f32)
            });
            result.tables.push(table);
            result.by_chance.push(by_chance);
            let rarity = weights.rarity.as_ref().filter(|_| !weights.flat);
            result.rarity.push(rarity.map(rarity::Rarity::bits));
            let household = Class::Household;
            let at_times = if household.shares_at_times(comparison) {
                weights.at_times(household as usize)
            } else {
                0.0
            };
            result.at_times.push(at_times as f32);
            result.by_hand.push(hand);
        }
        result
    }

    /// Weighs a vector; `agreed` holds, per comparison, how many records hold
    /// the value agreed on, or the rarer of two unequal values; 0 where unknown.
    pub fn weigh(&self, vector: Vector, agreed: &[u32; COMPARISONS_MAX]) -> Weight {
        let mut sum = Sum::default();
        (0..self.tables.len()).for_each(|at| self.add(&mut sum, at, vector, agreed));
        self.total(&sum)
    }

    /// The log2 odds before any comparison and after each, for a waterfall:
    /// begins with the prior and ends with the pair's weight.
    pub fn waterfall(&self, vector: Vector, agreed: &[u32; COMPARISONS_MAX], mut step: impl FnMut(f32)) {
        let mut sum = Sum::default();
        step(self.total(&sum).bits);
        for at in 0..self.tables.len() {
            self.add(&mut sum, at, vector, agreed);
            step(self.total(&sum).bits);
        }
    }

    /// Weighs a record against an entity, of which `met` has how it compares
    /// with each record: vectors and `agreed` as in [`Weigher::weigh`]. Each of
    /// its values is taken as a copy of any of the entity's, so a comparison
    /// counts with the mean of its likelihood ratios: one record that agrees
    /// among many says less than where all agree, and more than none.
    pub fn weigh_entity(&self, met: &[(Vector, [u32; COMPARISONS_MAX])]) -> Weight {
        let mut sum = Sum::default();
        for at in 0..self.tables.len() {
            let mut of = Sum::default();
            let mut compared = 0.0f32;
            for (vector, agreed) in
                met.iter().filter(|(vector, _)| vector.grade(at).level() != Level::Missing)
            {
                let mut one = Sum::default();
                self.add(&mut one, at, *vector, agreed);
                compared += 1.0;
                of.by_hand += one.by_hand;
                let stranger = one.logs[Class::Stranger as usize];
                of.logs.iter_mut().zip(one.logs).for_each(|(ratios, log)| *ratios += (log - stranger).exp2());
            }
            if compared > 0.0 {
                sum.by_hand += of.by_hand / compared;
                sum.logs.iter_mut().zip(of.logs).for_each(|(log, ratios)| *log += (ratios / compared).log2());
            }
        }
        self.total(&sum)
    }

    /// Adds what comparison `at` says.
    #[inline]
    fn add(&self, sum: &mut Sum, at: usize, vector: Vector, agreed: &[u32; COMPARISONS_MAX]) {
        let grade = vector.grade(at);
        if grade.level() == Level::Missing {
            return;
        }
        if let Some(bits) = self.by_hand[at][grade.index()] {
            sum.by_hand += bits;
            return;
        }
        sum.by_hand += self.refined[at][grade.index()];
        let frequency = match grade.class() {
            Some(_) => (agreed[at].max(1) as f32).log2() - self.filled[at],
            None => 0.0,
        };
        let slip = self.slip(at, grade, agreed[at]);
        for class in 0..4 {
            let mut log = self.tables[at][class][grade.index()];
            log += if self.by_chance[at][class] { frequency } else { slip };
            if class == Class::Household as usize && grade.class().is_some() && self.at_times[at] > 0.0 {
                log = (log.exp2() + self.at_times[at]).log2();
            }
            sum.logs[class] += log;
        }
    }

    /// What the rarity of two unequal values says for kinds that share the value.
    #[inline]
    fn slip(&self, at: usize, grade: Grade, count: u32) -> f32 {
        match (&self.rarity[at], rarity::group(grade)) {
            (Some(bits), Some(group)) if count > 0 => bits[group][usize::from(frequency_class(count))],
            _ => 0.0,
        }
    }

    /// The odds of match against all other kinds.
    fn total(&self, sum: &Sum) -> Weight {
        let others: f32 = (1..4).map(|class| (sum.logs[class] + self.pairs[class]).exp2()).sum();
        let bits = sum.logs[0] + self.pairs[0] - others.max(f32::MIN_POSITIVE).log2() + sum.by_hand;
        Weight { bits: bits + self.offset, evidence: bits - self.prior }
    }
}

/// log2 probabilities per class so far, and bits set by hand or added by labels.
#[derive(Default)]
struct Sum {
    logs: [f32; 4],
    by_hand: f32,
}
