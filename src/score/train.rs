//! Learns a model from unlabelled pairs: expectation maximisation over counted
//! comparison vectors, with the kinds of pairs of `model`.
//!
//! Three things keep it from drifting. The number of stranger pairs is known,
//! not estimated: it is all pairs. What strangers agree on is counted from
//! value frequencies and random pairs, cleaned of the matches among them. And
//! matches begin at, and stay within, what `prior` says of them.

use super::model::{Class, ComparisonModel, FORMAT_VERSION, LEVELS, Model, Training};
use super::prior;
use crate::compare::{Comparison, FREQUENCY_CLASSES, Grade, Kind, Role, Vector};
use crate::rules::Level;

/// Distinct comparison vectors with how many pairs each stands for, sorted by vector.
pub type Counted = Vec<(Vector, f64)>;

/// What training sees.
pub struct Evidence {
    pub records: u64,
    /// All pairs that may match: every pair, or those across sources.
    pub pairs_total: f64,
    /// Candidate pairs, scaled up to all candidates where they are a sample.
    pub candidates: Counted,
    /// Pairs drawn at random from all pairs, not scaled.
    pub random: Counted,
    /// Per comparison.
    pub frequencies: Vec<Frequencies>,
}

/// Value frequencies of one comparison, by frequency class.
#[derive(Debug, Clone, Default)]
pub struct Frequencies {
    /// Records with evidence.
    pub filled: f64,
    /// Share of the filled records whose value is of the class.
    pub share: [f64; FREQUENCY_CLASSES],
    /// Pairs of records that agree on a value of the class.
    pub agreeing: [f64; FREQUENCY_CLASSES],
}

/// Rounds of expectation maximisation at most.
const ROUNDS_MAX: u32 = 60;
/// Training ends when no probability of a match moves by more than this.
const MOVE_MIN: f64 = 1e-4;
/// From which probability on a pair is a match beyond doubt, and how many such
/// pairs it takes to learn from them alone.
const PROVEN: f64 = 0.999;
const PROVEN_MIN: f64 = 100.0;
/// The least share of agreements on a value that chance keeps.
const CHANCE_MIN: f64 = 0.02;

/// Learns a model for `comparisons`.
pub fn train(comparisons: &[Comparison], evidence: &Evidence, prior_share: Option<f64>) -> Model {
    let mut model = start(comparisons, evidence, prior_share);
    for round in 1..=ROUNDS_MAX {
        let before: Vec<_> = model.weights.iter().map(|weights| weights.levels[0]).collect();
        improve(&mut model, evidence, prior_share.is_some());
        model.training.rounds = round;
        let after = model.weights.iter().map(|weights| weights.levels[0]);
        let moved = before
            .iter()
            .zip(after)
            .flat_map(|(x, y)| std::array::from_fn::<f64, LEVELS, _>(|at| (x[at] - y[at]).abs()));
        if moved.fold(0.0, f64::max) < MOVE_MIN {
            model.training.converged = true;
            break;
        }
    }
    model
}

/// The model before any round: priors for matches, chance for strangers.
fn start(comparisons: &[Comparison], evidence: &Evidence, prior_share: Option<f64>) -> Model {
    let records = evidence.records as f64;
    let identities =
        comparisons.iter().any(|comparison| matches!(comparison.role, Role::Person | Role::Site));
    let kinds = if identities { 1.0 } else { 0.0 };
    let matches = prior_share.map_or(0.3 * records, |share| share * evidence.pairs_total);
    let mut model = Model {
        format_version: FORMAT_VERSION,
        comparisons: comparisons.to_vec(),
        pairs: [matches, evidence.pairs_total, kinds * 0.2 * records, kinds * 0.05 * records],
        weights: Vec::new(),
        keys: Vec::new(),
        hubs: Vec::new(),
        refined: None,
        refiners: Vec::new(),
        training: Training {
            records: evidence.records,
            pairs: evidence.candidates.iter().map(|(_, count)| count).sum::<f64>().round() as u64,
            ..Training::default()
        },
    };
    for (at, comparison) in comparisons.iter().enumerate() {
        let strangers = chance(at, evidence, None);
        let levels = Class::ALL.map(|class| {
            if class.shares(comparison) {
                prior::sharing(class, comparison, &strangers)
            } else if class.shares_at_times(comparison) {
                sharing_at_times(prior::AT_TIMES, &strangers)
            } else {
                strangers
            }
        });
        model.weights.push(ComparisonModel {
            levels,
            chance: [1.0; FREQUENCY_CLASSES],
            filled: evidence.frequencies[at].filled,
            flat: false,
            rarity: None,
            by_hand: Vec::new(),
        });
    }
    model
}

/// How strangers agree on comparison `at`: the levels below `Same` from random
/// pairs, `Same` from frequencies. `strange` weighs each random vector by how
/// far it is one of strangers.
fn chance(at: usize, evidence: &Evidence, strange: Option<&[f64]>) -> [f64; LEVELS] {
    let mut levels = [0.0; LEVELS];
    for (which, (vector, count)) in evidence.random.iter().enumerate() {
        if let Some(level) = level_index(vector.grade(at)) {
            levels[level] += count * strange.map_or(1.0, |weights| weights[which]);
        }
    }
    let seen: f64 = levels.iter().sum::<f64>().max(1.0);
    let frequencies = &evidence.frequencies[at];
    let present = (frequencies.filled * (frequencies.filled - 1.0) / 2.0).max(1.0);
    let same = (frequencies.agreeing.iter().sum::<f64>() / present).clamp(1e-12, 0.999);
    levels[LEVELS - 1] = 0.0;
    let below: f64 = levels.iter().sum::<f64>().max(1.0);
    for (level, value) in levels.iter_mut().enumerate().take(LEVELS - 1) {
        // What was never seen among random pairs is rarer than one of them,
        // and outright difference is what strangers mostly show.
        let floor = if level == 0 { 1.0 } else { 0.2 };
        *value = value.max(floor * (1.0 / seen).min(1.0)) / below * (1.0 - same);
    }
    levels[LEVELS - 1] = same;
    levels
}

/// The place of a grade's level in a level table; `None` for `Missing`.
fn level_index(grade: Grade) -> Option<usize> {
    (grade.level() as usize).checked_sub(1)
}

/// One round: responsibilities of each kind for each vector, then new probabilities.
fn improve(model: &mut Model, evidence: &Evidence, prior_is_known: bool) {
    let tables = Tables::new(model, evidence);
    let strange: Vec<f64> =
        evidence.random.iter().map(|(vector, _)| tables.responsibilities(*vector)[1]).collect();
    let mut sums = Sums::new(&model.comparisons);
    for (vector, count) in &evidence.candidates {
        sums.add(*vector, *count, &tables);
    }
    for class in [0, 2, 3] {
        if model.pairs[class] > 0.0 && !(class == 0 && prior_is_known) {
            model.pairs[class] = sums.pairs[class].max(1.0);
        }
    }
    // How many household pairs there are is read from those that can be told
    // from matches: else the kind takes up matches whose names are missing.
    let household = Class::Household as usize;
    if model.pairs[household] > 0.0 && sums.told[0] > 0.0 {
        model.pairs[household] = (sums.told[household] * sums.pairs[0] / sums.told[0]).max(1.0);
    }
    for at in 0..model.comparisons.len() {
        update(model, at, evidence, &sums, &strange);
    }
}

/// New probabilities of comparison `at`.
fn update(model: &mut Model, at: usize, evidence: &Evidence, sums: &Sums, strange: &[f64]) {
    let comparison = &model.comparisons[at];
    let frequencies = &evidence.frequencies[at];
    let weights = &mut model.weights[at];
    let mut strangers = chance(at, evidence, Some(strange));
    let raw: f64 = frequencies.agreeing.iter().sum();
    let mut kept = 0.0;
    for class in 0..FREQUENCY_CLASSES {
        let agreeing = frequencies.agreeing[class];
        let explained = sums.same[at][class];
        let by_chance = (agreeing - explained).max(CHANCE_MIN * agreeing);
        kept += by_chance;
        weights.chance[class] =
            if agreeing > 0.0 { (by_chance / agreeing).clamp(CHANCE_MIN, 1.0) } else { CHANCE_MIN };
    }
    if raw > 0.0 {
        strangers[LEVELS - 1] *= kept / raw;
    }
    for (number, class) in Class::ALL.into_iter().enumerate() {
        let seen = &sums.levels[at][number];
        if let Some(highest) = class.resembles(comparison) {
            weights.levels[number] = resembling(seen, &strangers, highest);
            continue;
        }
        if class.shares_at_times(comparison) {
            let total = seen.iter().sum::<f64>() + prior::STRENGTH;
            let share = (sums.reason[at] + prior::STRENGTH * prior::AT_TIMES) / total;
            weights.levels[number] = sharing_at_times(share.min(prior::AT_TIMES_MAX), &strangers);
            continue;
        }
        if !class.shares(comparison) {
            weights.levels[number] = strangers;
            continue;
        }
        let prior = prior::sharing(class, comparison, &strangers);
        let total = seen.iter().sum::<f64>() + prior::STRENGTH;
        let mut levels: [f64; LEVELS] =
            std::array::from_fn(|level| (seen[level] + prior::STRENGTH * prior[level]) / total);
        match class {
            Class::Match => {
                bound_difference(&mut levels, sums.differing(at).max(prior::different_max(comparison)));
            }
            Class::Namesake if comparison.kind == Kind::GivenName => {
                bound_difference(&mut levels, prior::NAMESAKES_DIFFER_MAX);
            }
            _ => {}
        }
        weights.levels[number] = levels;
    }
}

/// The levels of a kind of which `share` agree for a reason and the others as
/// strangers do.
fn sharing_at_times(share: f64, strangers: &[f64; LEVELS]) -> [f64; LEVELS] {
    let mut levels = strangers.map(|level| level * (1.0 - share));
    levels[LEVELS - 1] += share;
    levels
}

/// Levels up to `highest` as seen, those above as for strangers.
fn resembling(seen: &[f64; LEVELS], strangers: &[f64; LEVELS], highest: Level) -> [f64; LEVELS] {
    let alike = highest as usize;
    let total: f64 = seen[..alike].iter().sum::<f64>() + prior::STRENGTH;
    let above: f64 = strangers[alike..].iter().sum();
    let below: f64 = strangers[..alike].iter().sum();
    std::array::from_fn(|level| {
        if level >= alike {
            return strangers[level];
        }
        (seen[level] + prior::STRENGTH * strangers[level] / below) / total * (1.0 - above)
    })
}

/// Scales `Different` down to `most` and the other levels up in proportion.
fn bound_difference(levels: &mut [f64; LEVELS], most: f64) {
    if levels[0] <= most {
        return;
    }
    let scale = (1.0 - most) / (1.0 - levels[0]).max(1e-12);
    levels[1..].iter_mut().for_each(|level| *level *= scale);
    levels[0] = most;
}

/// Probabilities per class, comparison and grade, `Same` split by frequency class.
struct Tables {
    pairs: [f64; 4],
    grades: Vec<[[f64; Grade::COUNT]; 4]>,
    /// Per comparison and grade, of the household pairs at it the share that
    /// agree for a reason, where only some do.
    reasoned: Vec<[f64; Grade::COUNT]>,
    /// Per comparison, whether matches that the others prove tell how often
    /// matches differ in it.
    provable: Vec<bool>,
}

impl Tables {
    fn new(model: &Model, evidence: &Evidence) -> Self {
        let mut reasoned = vec![[0.0; Grade::COUNT]; model.comparisons.len()];
        let grades = model
            .comparisons
            .iter()
            .zip(&model.weights)
            .zip(&evidence.frequencies)
            .zip(&mut reasoned)
            .map(|(((comparison, weights), frequencies), reasoned)| {
                let present = (frequencies.filled * (frequencies.filled - 1.0) / 2.0).max(1.0);
                let mut table = [[1.0; Grade::COUNT]; 4];
                for (number, class) in Class::ALL.into_iter().enumerate() {
                    for (index, cell) in table[number].iter_mut().enumerate().skip(1) {
                        let levels = &weights.levels[number];
                        *cell = match Grade::from_index(index).class().map(usize::from) {
                            None => levels[index - 1],
                            Some(frequency) if class.shares(comparison) => {
                                levels[LEVELS - 1] * frequencies.share[frequency]
                            }
                            Some(frequency) => {
                                let chance =
                                    frequencies.agreeing[frequency] / present * weights.chance[frequency];
                                if class.shares_at_times(comparison) {
                                    let reason = weights.at_times(number) * frequencies.share[frequency];
                                    reasoned[index] = reason / (reason + chance).max(1e-300);
                                    reason + chance
                                } else {
                                    chance
                                }
                            }
                        }
                        .max(1e-15);
                    }
                }
                table
            })
            .collect();
        let provable =
            |comparison: &Comparison| matches!(comparison.kind, Kind::BirthDate | Kind::FamilyName);
        let provable = model.comparisons.iter().map(provable).collect();
        Self { pairs: model.pairs, grades, reasoned, provable }
    }

    /// The share of each kind in the pairs of this vector, were comparison `at`
    /// not known; `shares` are those with it.
    fn without(&self, at: usize, vector: Vector, shares: &[f64; 4]) -> [f64; 4] {
        let grade = vector.grade(at).index();
        let left: [f64; 4] = std::array::from_fn(|class| shares[class] / self.grades[at][class][grade]);
        let total: f64 = left.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        left.map(|share| share / total)
    }

    /// The share of each kind in the pairs of this vector.
    fn responsibilities(&self, vector: Vector) -> [f64; 4] {
        let mut shares = self.pairs;
        for (at, table) in self.grades.iter().enumerate() {
            let grade = vector.grade(at).index();
            if grade != 0 {
                for class in 0..4 {
                    shares[class] *= table[class][grade];
                }
            }
        }
        let total: f64 = shares.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        shares.map(|share| share / total)
    }
}

/// The comparison that tells household members from matches best: given names,
/// or where a business is.
fn telling(comparisons: &[Comparison]) -> Option<usize> {
    comparisons
        .iter()
        .position(|comparison| comparison.kind == Kind::GivenName || comparison.role == Role::Site)
}

/// What one round adds up.
struct Sums {
    pairs: [f64; 4],
    /// The comparison that tells household members from matches, and the pairs
    /// of each kind in which it has evidence.
    telling: Option<usize>,
    told: [f64; 4],
    levels: Vec<[[f64; LEVELS]; 4]>,
    /// Per comparison, household pairs that agree for a reason where only some do.
    reason: Vec<f64>,
    /// Per comparison, the pairs that all others prove to be matches, and those
    /// of them that differ in it.
    proven: Vec<[f64; 2]>,
    /// Agreements that the kinds which share the value explain, by frequency class.
    same: Vec<[f64; FREQUENCY_CLASSES]>,
    /// Per comparison, which kinds share the value.
    sharing: Vec<[bool; 4]>,
}

impl Sums {
    fn new(comparisons: &[Comparison]) -> Self {
        Self {
            pairs: [0.0; 4],
            telling: telling(comparisons),
            told: [0.0; 4],
            levels: vec![[[0.0; LEVELS]; 4]; comparisons.len()],
            reason: vec![0.0; comparisons.len()],
            proven: vec![[0.0; 2]; comparisons.len()],
            same: vec![[0.0; FREQUENCY_CLASSES]; comparisons.len()],
            sharing: comparisons
                .iter()
                .map(|comparison| Class::ALL.map(|class| class.shares(comparison)))
                .collect(),
        }
    }

    /// The share of matches that disagree outright on comparison `at`, from the
    /// pairs that the others prove; 0 where too few do.
    fn differing(&self, at: usize) -> f64 {
        let [pairs, differing] = self.proven[at];
        if pairs < PROVEN_MIN { 0.0 } else { differing / (pairs + prior::STRENGTH) }
    }

    fn add(&mut self, vector: Vector, count: f64, tables: &Tables) {
        let shares = tables.responsibilities(vector);
        for (pairs, share) in self.pairs.iter_mut().zip(&shares) {
            *pairs += count * share;
        }
        if self.telling.is_some_and(|at| level_index(vector.grade(at)).is_some()) {
            for (told, share) in self.told.iter_mut().zip(&shares) {
                *told += count * share;
            }
        }
        for at in 0..self.levels.len() {
            let grade = vector.grade(at);
            let Some(level) = level_index(grade) else { continue };
            for (levels, share) in self.levels[at].iter_mut().zip(&shares) {
                levels[level] += count * share;
            }
            if tables.provable[at] && tables.without(at, vector, &shares)[0] >= PROVEN {
                self.proven[at][0] += count;
                self.proven[at][1] += if level == 0 { count } else { 0.0 };
            }
            if let Some(frequency) = grade.class() {
                let explained: f64 =
                    (0..4).filter(|&class| self.sharing[at][class]).map(|class| shares[class]).sum();
                let reasoned = shares[Class::Household as usize] * tables.reasoned[at][grade.index()];
                self.reason[at] += count * reasoned;
                self.same[at][usize::from(frequency)] += count * (explained + reasoned);
            }
        }
    }
}
