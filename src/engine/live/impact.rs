//! What another rule file would do to the live customers, tried out on a moment
//! of the store: who would be merged, split or shown otherwise, where, and what
//! stewards' judgements say against it.

use super::Graph;
use super::adopt::Trial;
use super::bundle::Bundle;
use super::compared::Shelf;
use super::gather::Gathered;
use super::inspect::MemberView;
use super::reach::Reach;
use super::witness::{Foreseen, Witness};
use crate::engine::clustering;
use crate::engine::progress::{Progress, Silent};
use crate::error::Result;
use crate::judgement::Judgement;
use crate::store::{Family, NameRow, NormalRow, Number, Store, TermKind, Terms};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Changes of each kind that are shown in full.
const SAMPLES_MAX: usize = 60;
/// Judgements that are named one by one.
const CONTRADICTIONS_MAX: usize = 100;

/// What would change.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Impact {
    /// The model version in force when it was tried out, and the last change.
    pub base: u32,
    pub last_change: u64,
    pub records: u64,
    pub customers_before: u64,
    pub customers: u64,
    /// Changes by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Customers merged, split and changed that have records of a source.
    pub sources: Vec<SourceImpact>,
    /// Customers merged and split, by how many records they have afterwards:
    /// 1, 2, 3, 4 to 7, 8 to 15, and so on by their lower bound.
    pub sizes: BTreeMap<usize, BTreeMap<String, u64>>,
    /// Golden values that would be others, by field.
    pub golden: BTreeMap<String, u64>,
    /// How the judged pairs score, without their judgements, before and after.
    pub fit_before: Fit,
    pub fit: Fit,
    /// Judgements that the new rules alone would decide otherwise, and the
    /// rules in force would not; the judgements hold all the same.
    pub contradicted: Vec<Contradiction>,
    /// The most telling changes, those of most records first.
    pub samples: Vec<Foreseen>,
    pub seconds: f64,
}

/// What changes among customers of one source.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SourceImpact {
    pub source: String,
    pub kinds: BTreeMap<String, u64>,
}

/// How judged pairs score without their judgements.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Fit {
    /// Judged one customer, and linked or not.
    pub same_linked: u64,
    pub same_apart: u64,
    /// Judged two customers, and linked or not.
    pub different_linked: u64,
    pub different_apart: u64,
    /// Of the linked ones, how many are judged one customer, with the bounds of
    /// the 95 % interval; of few pairs it tells little.
    pub precision: Option<[f64; 3]>,
    pub recall: Option<[f64; 3]>,
}

/// A judgement that scores speak against.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Contradiction {
    pub a: MemberView,
    pub b: MemberView,
    pub judgement: Judgement,
    pub weight_before: f32,
    pub weight: f32,
}

/// Tries `bundle` out on a moment of a store. What it takes long to make stands
/// on the `shelf` afterwards, for the next trial.
///
/// # Errors
/// The store cannot be read.
pub fn impact(
    store: &Store,
    in_force: &Arc<Bundle>,
    bundle: Bundle,
    now: i64,
    shelf: Option<&Shelf>,
    progress: &dyn Progress,
) -> Result<Impact> {
    let reach = Reach::between(in_force, &bundle);
    let kept_from = Some(in_force.bits().review);
    let trial = Trial { reach, is_applied: false, kept_from, shelf, progress };
    impact_within(store, in_force, bundle, now, &trial)
}

/// As [`impact`], everything worked out anew from the records as they came: what
/// the quick way is held against.
///
/// # Errors
/// As [`impact`].
pub fn impact_in_full(store: &Store, in_force: &Arc<Bundle>, bundle: Bundle, now: i64) -> Result<Impact> {
    let trial =
        Trial { reach: Reach::ALL, is_applied: false, kept_from: None, shelf: None, progress: &Silent };
    impact_within(store, in_force, bundle, now, &trial)
}

fn impact_within(
    store: &Store,
    in_force: &Arc<Bundle>,
    bundle: Bundle,
    now: i64,
    trial: &Trial,
) -> Result<Impact> {
    let start = std::time::Instant::now();
    let before = scored(store, in_force)?;
    let after = scored(store, &bundle)?;
    let contradicted = contradictions(&before, &after);
    let (fit_before, fit) = (Fit::new(&before), Fit::new(&after));
    let graph = Graph::trial(store, in_force);
    let (found, witness, tried) = graph.foresee(bundle, Witness::new(SAMPLES_MAX), now, trial)?;
    let field =
        |term: &u32| tried.terms.field(*term).map_or_else(String::new, |field| field.name().to_owned());
    let golden = witness.golden.iter().map(|(term, count)| (field(term), *count)).collect();
    let sources = by_source(&witness, &tried);
    let mut sizes: BTreeMap<usize, BTreeMap<String, u64>> = BTreeMap::new();
    for (kind, counts) in witness.by_size.iter().filter(|(kind, _)| matches!(**kind, "merged" | "split")) {
        for (size, count) in counts {
            *sizes.entry(size_class(*size)).or_default().entry((*kind).to_owned()).or_default() += count;
        }
    }
    Ok(Impact {
        base: in_force.version,
        last_change: store.counters.last_change,
        records: found.records,
        customers_before: found.customers_before,
        customers: found.customers,
        kinds: found.kinds.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect(),
        sources,
        sizes,
        golden,
        fit_before,
        fit,
        contradicted,
        samples: witness.foreseen(&tried)?,
        seconds: start.elapsed().as_secs_f64(),
    })
}

/// The lower bound of the class of sizes.
fn size_class(size: usize) -> usize {
    match size {
        0..=3 => size,
        _ => 1 << size.ilog2(),
    }
}

fn by_source(witness: &Witness, store: &Store) -> Vec<SourceImpact> {
    let mut found: BTreeMap<u32, BTreeMap<String, u64>> = BTreeMap::new();
    for (kind, counts) in &witness.by_source {
        for (source, count) in counts {
            found.entry(*source).or_default().insert((*kind).to_owned(), *count);
        }
    }
    let mut sources: Vec<SourceImpact> = found
        .into_iter()
        .map(|(term, kinds)| SourceImpact {
            source: store.terms.text(TermKind::Source, term).to_owned(),
            kinds,
        })
        .collect();
    sources.sort_by(|a, b| a.source.cmp(&b.source));
    sources
}

/// A judged pair as a bundle alone would decide it.
struct Scored {
    a: MemberView,
    b: MemberView,
    judgement: Judgement,
    weight: f32,
    is_linked: bool,
}

fn scored(store: &Store, bundle: &Bundle) -> Result<Vec<Scored>> {
    let pairs = store.judged.pairs();
    let mut names: Vec<&[u8]> = pairs.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
    names.sort_unstable();
    names.dedup();
    let rows = store.db.get_many(Family::Names, &names, NameRow::decode)?;
    let mut number_of: BTreeMap<&[u8], Number> = BTreeMap::new();
    for (name, row) in names.iter().zip(rows) {
        number_of.extend(row.and_then(|row| row.number).map(|number| (*name, number)));
    }
    let mut numbers: Vec<Number> = number_of.values().copied().collect();
    numbers.sort_unstable();
    let normals = store.by_number(Family::Normals, &numbers, NormalRow::decode)?;
    let rows: Vec<(Number, Arc<NormalRow>)> =
        numbers.into_iter().zip(normals).filter_map(|(number, row)| Some((number, Arc::new(row?)))).collect();
    let gathered = Gathered::new(&rows, &store.terms, bundle);
    let matcher = bundle.matcher(&gathered.records);
    let link = bundle.bits().link;
    let one = |(a, b, judgement): (&[u8], &[u8], Judgement)| {
        let place = |name: &[u8]| gathered.place(*number_of.get(name)?);
        let pair = matcher.weigh(place(a)?, place(b)?);
        let member = |name: &[u8]| {
            let (source, id) = Terms::part_name(name)?;
            Some(MemberView { source: source.to_owned(), record_id: id.to_owned() })
        };
        Some(Scored {
            a: member(a)?,
            b: member(b)?,
            judgement,
            weight: pair.weight.bits,
            is_linked: clustering::decided(&matcher, &pair, link) >= link,
        })
    };
    Ok(pairs.into_iter().filter_map(one).collect())
}

impl Scored {
    fn contradicts(&self) -> bool {
        match self.judgement {
            Judgement::Positive => !self.is_linked,
            Judgement::Negative => self.is_linked,
            Judgement::Unsure | Judgement::Withdrawn => false,
        }
    }
}

fn contradictions(before: &[Scored], after: &[Scored]) -> Vec<Contradiction> {
    let new = before.iter().zip(after).filter(|(before, after)| after.contradicts() && !before.contradicts());
    new.take(CONTRADICTIONS_MAX)
        .map(|(before, after)| Contradiction {
            a: after.a.clone(),
            b: after.b.clone(),
            judgement: after.judgement,
            weight_before: before.weight,
            weight: after.weight,
        })
        .collect()
}

impl Fit {
    fn new(scored: &[Scored]) -> Self {
        let count = |judgement: Judgement, linked: bool| {
            scored.iter().filter(|pair| pair.judgement == judgement && pair.is_linked == linked).count()
                as u64
        };
        let mut fit = Self {
            same_linked: count(Judgement::Positive, true),
            same_apart: count(Judgement::Positive, false),
            different_linked: count(Judgement::Negative, true),
            different_apart: count(Judgement::Negative, false),
            ..Self::default()
        };
        fit.precision = share(fit.same_linked, fit.different_linked);
        fit.recall = share(fit.same_linked, fit.same_apart);
        fit
    }
}

/// A share with the bounds of its 95 % interval (Wilson 1927); `None`: of nothing.
fn share(hits: u64, misses: u64) -> Option<[f64; 3]> {
    let count = (hits + misses) as f64;
    (count > 0.0).then(|| share_of(hits as f64 / count, count))
}

/// A share of so many, with the same bounds.
pub(super) fn share_of(share: f64, count: f64) -> [f64; 3] {
    const Z: f64 = 1.96;
    let middle = (share + Z * Z / (2.0 * count)) / (1.0 + Z * Z / count);
    let half =
        Z / (1.0 + Z * Z / count) * (share * (1.0 - share) / count + Z * Z / (4.0 * count * count)).sqrt();
    [share, (middle - half).max(0.0), (middle + half).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::{share, size_class};

    #[test]
    fn shares_have_wilsons_interval() {
        let [share, low, high] = share(45, 5).expect("of fifty");
        assert!((share - 0.9).abs() < 1e-12);
        assert!((low - 0.7864).abs() < 1e-3 && (high - 0.9565).abs() < 1e-3, "{low} {high}");
        assert!(super::share(0, 0).is_none());
    }

    #[test]
    fn sizes_are_classed_by_doubling() {
        let classes: Vec<usize> = [1, 2, 3, 4, 7, 8, 15, 16].into_iter().map(size_class).collect();
        assert_eq!(classes, [1, 2, 3, 4, 4, 8, 8, 16]);
    }
}
