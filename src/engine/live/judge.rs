//! Stewards' judgements on pairs of records, put into the graph: a positive one
//! joins the records whatever they score, a negative one keeps them apart.
//! Where judgements contradict each other, a negative one holds.

use super::apply::Dirty;
use super::gather::Gathered;
use super::operation::Change;
use super::told::Told;
use super::witness::{Foreseen, Witness};
use super::{Graph, Hot, returned};
use crate::engine::labels;
use crate::engine::unify::Outcome;
use crate::error::{Error, Result};
use crate::judgement::Judgement;
use crate::store::{Batch, Deed, JudgementRow, Number, Store, Terms, name_key};
use std::collections::BTreeMap;

/// Changes of customers that are foreseen one by one at most.
const FORESEEN_MAX: usize = 200;

/// A record's source and id.
pub type Name = (String, String);

/// Two records, in canonical order, and what they are judged to be.
pub type JudgedPair = (Name, Name, Judgement);

/// Who decided what, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    pub judgement: Judgement,
    pub who: String,
    pub why: String,
}

/// Who decides and why, and who approved it where somebody else had to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By<'a> {
    pub who: &'a str,
    pub why: &'a str,
    pub approver: Option<&'a str>,
}

/// The judgements in force between records of `gathered`, by their places.
pub fn of_records(store: &Store, gathered: &Gathered) -> BTreeMap<(u32, u32), Judgement> {
    let keys = &gathered.records.keys;
    let place = |name: &[u8]| {
        let (source, id) = Terms::part_name(name)?;
        keys.find(source, id).map(|place| place as u32)
    };
    let judged = |(a, b, judgement): (&[u8], &[u8], Judgement)| {
        let (a, b) = (place(a)?, place(b)?);
        Some(((a.min(b), a.max(b)), judgement))
    };
    // Few records are looked up among the judgements, and few judgements among
    // the records.
    if store.judged.len() < gathered.len() {
        return store.judged.pairs().into_iter().filter_map(judged).collect();
    }
    let mut found = BTreeMap::new();
    for record in 0..gathered.len() {
        let name = name_key(keys.source(record), keys.id(record));
        let others = store.judged.of(&name).iter();
        found.extend(others.filter_map(|(other, judgement)| judged((&name, other, *judgement))));
    }
    found
}

/// Puts the judgements that a run obeyed into its store. `now` stands in for
/// the time that a label does not tell.
pub fn take_labels(store: &mut Store, batch: &mut Batch, outcome: &Outcome, now: i64) {
    let keys = &outcome.records.keys;
    let named = |record: u32| {
        let record = record as usize;
        (keys.source(record).to_owned(), keys.id(record).to_owned())
    };
    for label in outcome.labels {
        let Some((a, b)) = labels::judged_pair(keys, label) else { continue };
        let when = label.when.parse::<jiff::Timestamp>();
        let row = JudgementRow {
            a: named(a),
            b: named(b),
            judgement: label.judgement,
            who: label.who.clone(),
            why: label.why.clone(),
            at: when.map_or(now, jiff::Timestamp::as_microsecond),
            evidence: None,
            approver: None,
        };
        let Store { db, judged, .. } = &mut *store;
        std::sync::Arc::make_mut(judged).write(db, batch, &row);
    }
}

impl Graph {
    /// Puts a judgement on two records into force. `now` is the time in
    /// microseconds since 1970.
    ///
    /// # Errors
    /// One of the records is not there, or the store cannot be written.
    pub fn judge(&mut self, a: &Name, b: &Name, decided: &Decided, now: i64) -> Result<Vec<Change>> {
        self.judge_all(std::slice::from_ref(a), std::slice::from_ref(b), decided, now)
    }

    /// Puts a judgement on two groups of records into force, such as two
    /// customers, or a record and the rest of its customer: a positive one
    /// makes all of them one customer, others hold between any two across.
    ///
    /// # Errors
    /// As [`Graph::judge`]; nothing is judged then.
    pub fn judge_all(&mut self, a: &[Name], b: &[Name], decided: &Decided, now: i64) -> Result<Vec<Change>> {
        let pairs = pairs(a, b, decided.judgement);
        if pairs.is_empty() {
            return Err(Error::usage("both names mean the same record"));
        }
        let pairs: Vec<JudgedPair> = pairs.into_iter().map(|(a, b)| (a, b, decided.judgement)).collect();
        self.judge_pairs(pairs, &decided.who, &decided.why, now)
    }

    /// Puts a judgement on each of several pairs into force, all together.
    ///
    /// # Errors
    /// As [`Graph::judge`]; nothing is judged then.
    pub fn judge_pairs(
        &mut self,
        pairs: Vec<JudgedPair>,
        who: &str,
        why: &str,
        now: i64,
    ) -> Result<Vec<Change>> {
        self.judge_pairs_by(pairs, By { who, why, approver: None }, Batch::default(), now)
    }

    /// As [`Graph::judge_pairs`]; what stands in `batch` is written with it.
    pub(super) fn judge_pairs_by(
        &mut self,
        pairs: Vec<JudgedPair>,
        by: By,
        mut batch: Batch,
        now: i64,
    ) -> Result<Vec<Change>> {
        let (counters, judged) = (self.store.counters, self.store.judged.clone());
        let mut told = Told::of(cause(by), now);
        let result =
            self.work_judgements_in(pairs, by, &mut batch, &mut told).and_then(|()| self.commit(batch));
        if result.is_err() {
            (self.store.counters, self.store.judged) = (counters, judged);
            self.hot = Hot::default();
        }
        result.map(|()| told.changes)
    }

    /// What judging those pairs would change. The graph in hand takes the
    /// judgements in memory and is of no further use; nothing is written.
    ///
    /// # Errors
    /// As [`Graph::judge`].
    pub fn foresee_judged(mut self, pairs: Vec<JudgedPair>, who: &str, now: i64) -> Result<Vec<Foreseen>> {
        let by = By { who, why: "", approver: None };
        let mut told = Told::of(cause(by), now);
        told.witness = Some(Witness::new(FORESEEN_MAX));
        self.work_judgements_in(pairs, by, &mut Batch::default(), &mut told)?;
        told.witness.unwrap_or_default().foreseen(&self.store)
    }

    fn work_judgements_in(
        &mut self,
        pairs: Vec<JudgedPair>,
        by: By,
        batch: &mut Batch,
        told: &mut Told,
    ) -> Result<()> {
        let mut judged_numbers = Vec::with_capacity(pairs.len());
        for (a, b, _) in &pairs {
            judged_numbers.push([self.known(a)?, self.known(b)?]);
        }
        let mut numbers: Vec<Number> = judged_numbers.iter().flatten().copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        let rows =
            self.store.by_number(crate::store::Family::Normals, &numbers, crate::store::NormalRow::decode)?;
        let evidence = |number: Number| {
            let row = rows.get(numbers.binary_search(&number).ok()?)?;
            row.as_ref().map(returned::evidence_hash)
        };
        let Store { db, judged, .. } = &mut self.store;
        let judged = std::sync::Arc::make_mut(judged);
        let deed = Deed::Judgements(judged.made, pairs.len() as u64);
        for ((a, b, judgement), [of_a, of_b]) in pairs.into_iter().zip(judged_numbers) {
            let (who, why) = (by.who.to_owned(), by.why.to_owned());
            let approver = by.approver.map(str::to_owned);
            let evidence = evidence(of_a).zip(evidence(of_b)).map(|(a, b)| [a, b]);
            let row = JudgementRow { a, b, judgement, who, why, at: told.now(), evidence, approver };
            judged.write(db, batch, &row);
        }
        // All are worked in anew as they are, which weighs their pairs again.
        let dirty: Vec<Dirty> = numbers
            .iter()
            .copied()
            .zip(rows)
            .filter_map(|(number, row)| Some((number, std::sync::Arc::new(row?))))
            .map(|(number, row)| Dirty {
                number,
                before: Some(row.clone()),
                after: Some(row),
                keys: None,
                of: cause(by).into(),
            })
            .collect();
        self.work_in(&dirty, &[], batch, told)?;
        self.store.put_entry(batch, told.now(), deed);
        Ok(())
    }

    /// The number of a record that is there.
    pub fn known(&self, name: &Name) -> Result<Number> {
        known(&self.store, name)
    }
}

/// What the change feed gives as the cause.
fn cause(by: By) -> compact_str::CompactString {
    match by.approver {
        None => format!("judgement by {}", by.who).into(),
        Some(approver) => format!("judgement by {}, approved by {approver}", by.who).into(),
    }
}

/// The pairs to judge between two groups of records. A chain joins all of them;
/// keeping them apart, or leaving it open, takes every pair across. A record
/// that stands in both groups is taken out of the second.
pub(super) fn pairs(a: &[Name], b: &[Name], judgement: Judgement) -> Vec<(Name, Name)> {
    let b: Vec<&Name> = b.iter().filter(|name| !a.contains(name)).collect();
    let ordered = |a: &Name, b: &Name| if a <= b { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) };
    if b.is_empty() {
        return Vec::new();
    }
    if judgement == Judgement::Positive {
        let mut all: Vec<&Name> = a.iter().chain(b).collect();
        all.sort_unstable();
        return all.windows(2).map(|pair| ordered(pair[0], pair[1])).collect();
    }
    a.iter().flat_map(|a| b.iter().map(move |b| ordered(a, b))).collect()
}

/// The number of a record that is there.
pub fn known(store: &Store, (source, id): &Name) -> Result<Number> {
    store.name(source, id)?.number.ok_or_else(|| {
        Error::usage(format!("there is no record `{source}:{id}`"))
            .with_hint("write `SOURCE:RECORD_ID`, as the crosswalk has them")
    })
}
