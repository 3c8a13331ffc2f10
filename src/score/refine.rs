//! Refines a learned model by labelled pairs: a logistic regression over the
//! comparison levels that begins at the model's own weights and is held there
//! by a Gaussian prior, so that few labels move it little. What it finds is
//! added to the weights in bits, so a waterfall still adds up.
//!
//! Labels may be chosen by what the model says of a pair (the most doubtful
//! first): given the levels, that choice tells nothing of the answer.

use super::model::{LEVELS, Model, Refinement};
use crate::compare::Vector;

/// A pair with its answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Labelled {
    pub vector: Vector,
    /// What the model weighs it without refinement, in bits.
    pub bits: f32,
    pub is_match: bool,
}

/// Standard deviations of a level's correction that are tried, in bits.
const SPREADS: [f64; 3] = [0.5, 1.0, 2.0];
/// Of the correction of all weights together, as a multiple of the above.
const OFFSET_SPREAD: f64 = 2.0;
/// Parts of the labels of which each is foretold from the others.
const FOLDS: usize = 5;
/// Standard errors that a gain must exceed, since the best of several is taken.
const ERRORS: f64 = 2.5;
/// How many labels the model's own weights are worth against what labels add:
/// few that were asked where the model doubts say little of all other pairs.
const MODEL_STRENGTH: f64 = 100.0;
/// Fewer labels say nothing.
const LABELS_MIN: usize = 10;
/// Surer than this, one label more or less would outweigh all others.
const BITS_MAX: f64 = 20.0;
/// Newton steps at most, how often one may be halved, and the move that ends
/// them, in bits.
const STEPS_MAX: usize = 40;
const HALVINGS_MAX: usize = 20;
const MOVE_MIN: f64 = 1e-6;

/// What the labels say beyond the model; `None` where, label by label, the
/// model foretells them as well without. `sure` are pairs that the model has no
/// doubt of, answered by it: labels are of doubtful pairs alone, and what they
/// say of a level must not carry strangers over the threshold.
pub fn refine(model: &Model, labels: &[Labelled], sure: &[Labelled]) -> Option<Refinement> {
    if labels.len() < LABELS_MIN {
        return None;
    }
    let row = |label: &Labelled| Row::new(label, model.comparisons.len());
    let rows: Vec<Row> = labels.iter().map(row).collect();
    let sure: Vec<Row> = sure.iter().map(row).collect();
    let size = 1 + model.comparisons.len() * LEVELS;
    let mut best: Option<(f64, f64)> = None;
    for spread in SPREADS {
        let gain = gain(&rows, &sure, size, spread);
        if gain > 0.0 && best.is_none_or(|(known, _)| gain > known) {
            best = Some((gain, spread));
        }
    }
    let (_, spread) = best?;
    let mut fitted = fit(&rows.iter().chain(&sure).collect::<Vec<_>>(), size, spread);
    let trust = labels.len() as f64 / (labels.len() as f64 + MODEL_STRENGTH);
    fitted.iter_mut().for_each(|correction| *correction *= trust);
    let (offset, levels) = fitted.split_first()?;
    Some(Refinement {
        labels: labels.len() as u64,
        offset: *offset,
        levels: levels
            .chunks(LEVELS)
            .map(|of| std::array::from_fn(|at| of.get(at).copied().unwrap_or(0.0)))
            .collect(),
    })
}

/// One label as the regression sees it.
struct Row {
    bits: f64,
    is_match: f64,
    /// Which corrections apply: 0 for all pairs, then one per comparison with evidence.
    features: Vec<usize>,
}

impl Row {
    fn new(label: &Labelled, comparisons: usize) -> Self {
        let level =
            |at: usize| Some(1 + at * LEVELS + (label.vector.grade(at).level() as usize).checked_sub(1)?);
        Self {
            bits: f64::from(label.bits).clamp(-BITS_MAX, BITS_MAX),
            is_match: f64::from(u8::from(label.is_match)),
            features: std::iter::once(0).chain((0..comparisons).filter_map(level)).collect(),
        }
    }

    fn corrected(&self, corrections: &[f64]) -> f64 {
        self.bits + self.features.iter().filter_map(|&at| corrections.get(at)).sum::<f64>()
    }

    fn probability(&self, corrections: &[f64]) -> f64 {
        1.0 / (1.0 + (-self.corrected(corrections)).exp2())
    }

    /// Bits by which an answer surprises.
    fn surprise(&self, corrections: &[f64]) -> f64 {
        let bits = self.corrected(corrections);
        let against = if self.is_match > 0.5 { -bits } else { bits };
        // log2(1 + 2^against), without overflow.
        against.max(0.0) + (-against.abs()).exp2().ln_1p() / std::f64::consts::LN_2
    }
}

/// By how much less labels surprise when foretold with corrections learned from
/// the others, less [`ERRORS`] standard errors; not above 0 where that is no
/// gain.
fn gain(rows: &[Row], sure: &[Row], size: usize, spread: f64) -> f64 {
    let none = vec![0.0; size];
    let mut gains = Vec::with_capacity(rows.len());
    for fold in 0..FOLDS {
        let others = rows.iter().enumerate().filter(|(at, _)| at % FOLDS != fold).map(|(_, row)| row);
        let others: Vec<&Row> = others.chain(sure).collect();
        let corrections = fit(&others, size, spread);
        let own = rows.iter().skip(fold).step_by(FOLDS);
        gains.extend(own.map(|row| row.surprise(&none) - row.surprise(&corrections)));
    }
    let count = gains.len() as f64;
    let mean = gains.iter().sum::<f64>() / count;
    let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / (count - 1.0);
    mean - ERRORS * (variance / count).sqrt()
}

/// The most probable corrections, in bits, by Newton's method.
fn fit(rows: &[&Row], size: usize, spread: f64) -> Vec<f64> {
    let nat = std::f64::consts::LN_2;
    let precision = |at: usize| {
        let spread = if at == 0 { spread * OFFSET_SPREAD } else { spread };
        1.0 / (spread * spread)
    };
    let mut corrections = vec![0.0; size];
    for _ in 0..STEPS_MAX {
        let mut gradient: Vec<f64> =
            corrections.iter().enumerate().map(|(at, value)| -value * precision(at)).collect();
        let mut curvature = vec![0.0; size * size];
        (0..size).for_each(|at| curvature[at * size + at] = precision(at));
        for row in rows {
            let probability = row.probability(&corrections);
            let (slope, bend) =
                (nat * (row.is_match - probability), nat * nat * probability * (1.0 - probability));
            for &x in &row.features {
                gradient[x] += slope;
                row.features.iter().for_each(|&y| curvature[x * size + y] += bend);
            }
        }
        let mut step = solve(curvature, gradient, size);
        // A full step overshoots where the answers surprise much.
        let stepped =
            |step: &[f64]| -> Vec<f64> { corrections.iter().zip(step).map(|(x, y)| x + y).collect() };
        let cost = |corrections: &[f64]| {
            let held: f64 =
                corrections.iter().enumerate().map(|(at, value)| value * value * precision(at)).sum();
            nat * rows.iter().map(|row| row.surprise(corrections)).sum::<f64>() + held / 2.0
        };
        let before = cost(&corrections);
        for _ in 0..HALVINGS_MAX {
            if cost(&stepped(&step)) <= before {
                break;
            }
            step.iter_mut().for_each(|step| *step /= 2.0);
        }
        corrections = stepped(&step);
        if step.iter().fold(0.0, |most: f64, step| most.max(step.abs())) < MOVE_MIN {
            break;
        }
    }
    corrections
}

/// Solves a symmetric positive definite system by Cholesky's factors.
fn solve(mut matrix: Vec<f64>, mut right: Vec<f64>, size: usize) -> Vec<f64> {
    for i in 0..size {
        for j in 0..=i {
            let below: f64 = (0..j).map(|k| matrix[i * size + k] * matrix[j * size + k]).sum();
            let rest = matrix[i * size + j] - below;
            matrix[i * size + j] = if i == j { rest.max(1e-12).sqrt() } else { rest / matrix[j * size + j] };
        }
    }
    for i in 0..size {
        let known: f64 = (0..i).map(|k| matrix[i * size + k] * right[k]).sum();
        right[i] = (right[i] - known) / matrix[i * size + i];
    }
    for i in (0..size).rev() {
        let known: f64 = (i + 1..size).map(|k| matrix[k * size + i] * right[k]).sum();
        right[i] = (right[i] - known) / matrix[i * size + i];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Comparison, Grade, Kind, Role};
    use crate::rules::Level;
    use crate::score::Training;

    fn model() -> Model {
        let comparison = |name: &str| Comparison {
            name: name.to_owned(),
            kind: Kind::Text,
            role: Role::Neutral,
            fields: Vec::new(),
        };
        Model {
            format_version: crate::score::FORMAT_VERSION,
            comparisons: vec![comparison("x"), comparison("y")],
            pairs: [1.0, 1.0, 0.0, 0.0],
            weights: Vec::new(),
            keys: Vec::new(),
            refiners: Vec::new(),
            hubs: Vec::new(),
            refined: None,
            training: Training::default(),
        }
    }

    fn label(level: Level, bits: f32, is_match: bool) -> Labelled {
        let mut vector = Vector::default();
        vector.set(0, Grade::new(level, 0));
        vector.set(1, Grade::new(Level::Close, 0));
        Labelled { vector, bits, is_match }
    }

    #[test]
    fn labels_that_the_model_foretells_change_nothing() {
        let labels: Vec<_> = (0..60)
            .map(|at| label(Level::Close, if at % 2 == 0 { 4.0 } else { -4.0 }, at % 2 == 0))
            .collect();
        assert_eq!(refine(&model(), &labels, &[]), None);
        assert_eq!(refine(&model(), &labels[..5], &[]), None);
    }

    #[test]
    fn a_level_that_is_always_wrong_is_corrected_and_others_hardly() {
        let labels: Vec<_> = (0..600)
            .map(|at| match at % 3 {
                0 => label(Level::Weak, 1.5, false),
                1 => label(Level::Close, 1.5, true),
                _ => label(Level::Close, -1.5, false),
            })
            .collect();
        let found = refine(&model(), &labels, &[]).expect("a gain");
        let of = |level: Level| found.levels[0][level as usize - 1];
        assert!(of(Level::Weak) + found.offset < -2.0, "{found:?}");
        assert!(of(Level::Close) > of(Level::Weak) + 2.0, "{found:?}");
        assert_eq!(of(Level::Same), 0.0);
    }

    #[test]
    fn pairs_that_are_sure_stay_so() {
        // Every doubtful pair is a match; that says nothing of strangers, whose
        // weights a few bits for each level would lift over the threshold.
        let labels: Vec<_> = (0..200).map(|_| label(Level::Weak, -6.0, true)).collect();
        let stranger = label(Level::Weak, -7.0, false);
        let lifted = |found: &Refinement| {
            f64::from(stranger.bits)
                + found.offset
                + found.levels[0][Level::Weak as usize - 1]
                + found.levels[1][Level::Close as usize - 1]
        };
        let alone = refine(&model(), &labels, &[]).expect("a gain");
        assert!(lifted(&alone) > 0.0, "{alone:?}");
        let held = refine(&model(), &labels, &vec![stranger; 400]);
        assert!(held.is_none_or(|held| lifted(&held) < 0.0));
    }

    #[test]
    fn a_system_is_solved() {
        let solved = solve(vec![4.0, 2.0, 2.0, 3.0], vec![8.0, 7.0], 2);
        assert!((solved[0] - 1.25).abs() < 1e-9 && (solved[1] - 1.5).abs() < 1e-9, "{solved:?}");
    }
}
