//! Four eyes: decisions that take effect only once somebody else approved them.
//! Which decisions these are, what is proposed, and how a proposal is approved
//! or turned down. Rules have an approval of their own, in `ruleset`.

use super::desk::record_name;
use super::inspect::MemberView;
use super::judge::{By, JudgedPair, Name};
use super::operation::Change;
use super::pin::{NewPin, PinnedOf};
use super::{Bundle, Graph};
use crate::error::{Error, Result};
use crate::judgement::Judgement;
use crate::store::{Batch, Comment, Family, NormalRow, NoteRow, Number, ProposalRow, Proposed, Store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Customers of a proposal that are named.
const CUSTOMERS_MAX: usize = 8;
/// Pairs of a proposal that are named.
const PAIRS_SHOWN_MAX: usize = 200;

/// Which decisions need somebody else's approval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FourEyes {
    pub of: Approved,
    /// Also every decision that changes a customer of so many records or more,
    /// before or after it.
    pub records_min: Option<usize>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Approved {
    /// None for what they are.
    #[default]
    None,
    /// Those that join records of several customers.
    Joins,
    /// Every one that takes effect, pinned values included.
    All,
}

/// A decision that waits for approval.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProposalView {
    pub number: u64,
    pub who: String,
    pub why: String,
    /// RFC 3339.
    pub at: String,
    /// The pairs that it judges, the first two hundred of them.
    pub pairs: Vec<ProposedPair>,
    /// How many pairs it judges.
    pub pairs_count: usize,
    /// The value that it pins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<ProposedPin>,
    /// Some of the customers that the records belong to now.
    pub customers: Vec<ProposedOf>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProposedPair {
    pub a: MemberView,
    pub b: MemberView,
    pub judgement: Judgement,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProposedPin {
    /// The record that it rests on first.
    pub record: MemberView,
    pub field: String,
    /// `null`: what is pinned is released.
    pub value: Option<String>,
}

/// A customer that a proposal is about.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProposedOf {
    pub customer_id: String,
    /// What one of its records is called.
    pub name: String,
    pub records: usize,
}

/// What approving made.
#[derive(Debug)]
pub struct Agreed {
    pub changes: Vec<Change>,
    /// The judgements that were in force before.
    pub undo: Vec<JudgedPair>,
}

impl FourEyes {
    /// Whether pinned values need approval.
    pub fn asks_pins(&self) -> bool {
        self.of == Approved::All
    }

    fn asks_nothing(&self) -> bool {
        self.of == Approved::None && self.records_min.is_none()
    }

    /// Whether a decision takes effect only once somebody else approved it: told
    /// by what it would do, foreseen as it would be made.
    ///
    /// # Errors
    /// One of the records is not there, or the store cannot be read.
    pub fn asks(
        &self,
        store: &Store,
        bundle: &Arc<Bundle>,
        pairs: &[JudgedPair],
        who: &str,
        now: i64,
    ) -> Result<bool> {
        if self.asks_nothing() {
            return Ok(false);
        }
        let graph = Graph::trial(store, bundle);
        if self.of == Approved::All {
            let before = graph.taken_back(pairs);
            let takes_effect = |(after, before): (&JudgedPair, &JudgedPair)| {
                let stands = [Judgement::Unsure, Judgement::Withdrawn];
                after.2 != before.2 && !(stands.contains(&after.2) && stands.contains(&before.2))
            };
            return Ok(pairs.iter().zip(&before).any(takes_effect));
        }
        let least = self.records_min.unwrap_or(usize::MAX);
        for change in graph.foresee_judged(pairs.to_vec(), who, now)? {
            let after = change.members.as_ref().map_or(0, Vec::len);
            let before = change.before.iter().map(|customer| customer.members.len());
            if after >= least || before.max() >= Some(least) {
                return Ok(true);
            }
            if self.of == Approved::Joins && joins(store, change.members.as_deref().unwrap_or_default())? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether these records, which would be one customer, belong to several now: by
/// a merge, or since one of them moves.
fn joins(store: &Store, members: &[MemberView]) -> Result<bool> {
    let mut first = None;
    for member in members {
        let Some(number) = store.name(&member.source, &member.record_id)?.number else { continue };
        let owner = store.by_number(Family::Owners, &[number], super::apply::owner_of)?.pop().flatten();
        match (&first, owner) {
            (None, owner) => first = owner,
            (Some(first), Some(owner)) if *first != owner => return Ok(true),
            _ => {}
        }
    }
    Ok(false)
}

/// Every proposal that waits, the oldest first.
///
/// # Errors
/// The store cannot be read.
pub fn proposals(store: &Store) -> Result<Vec<ProposalView>> {
    store.proposals()?.into_iter().map(|row| shown(store, row)).collect()
}

/// A proposal that waits.
///
/// # Errors
/// There is none of that number, or the store cannot be read.
pub fn proposal(store: &Store, number: u64) -> Result<ProposalView> {
    shown(store, open(store, number)?)
}

fn open(store: &Store, number: u64) -> Result<ProposalRow> {
    store.proposal(number)?.ok_or_else(|| {
        Error::usage(format!("no proposal {number} waits"))
            .with_hint("it was approved or turned down; the list of proposals shows those that wait")
    })
}

fn shown(store: &Store, row: ProposalRow) -> Result<ProposalView> {
    let customers = customers(store, &row)?;
    let member = |(source, record_id): Name| MemberView { source, record_id };
    let at = jiff::Timestamp::from_microsecond(row.at).map(|at| at.to_string()).unwrap_or_default();
    let mut view = ProposalView {
        number: row.number,
        who: row.who,
        why: row.why,
        at,
        pairs: Vec::new(),
        pairs_count: 0,
        pin: None,
        customers,
    };
    match row.proposed {
        Proposed::Judgements(pairs) => {
            view.pairs_count = pairs.len();
            let pair = |(a, b, judgement)| ProposedPair { a: member(a), b: member(b), judgement };
            view.pairs = pairs.into_iter().take(PAIRS_SHOWN_MAX).map(pair).collect();
        }
        Proposed::Pin { records, field, value } => {
            view.pin = records.into_iter().next().map(|record| ProposedPin {
                record: member(record),
                field: field.name().to_owned(),
                value,
            });
        }
    }
    Ok(view)
}

/// Some of the customers that the records of a proposal belong to.
fn customers(store: &Store, row: &ProposalRow) -> Result<Vec<ProposedOf>> {
    let mut found: Vec<ProposedOf> = Vec::new();
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    for name in row.names() {
        if found.len() >= CUSTOMERS_MAX {
            break;
        }
        if !seen.insert(name) {
            continue;
        }
        let Some(number) = store.name(&name.0, &name.1)?.number else { continue };
        let owner = store.by_number(Family::Owners, &[number], super::apply::owner_of)?.pop().flatten();
        let Some(owner) = owner.filter(|id| found.iter().all(|known| known.customer_id != id.as_str()))
        else {
            continue;
        };
        let record = store.by_number(Family::Normals, &[number], NormalRow::decode)?.pop().flatten();
        let records = store.customer(&owner)?.map_or(0, |row| row.members.len());
        let name = record.as_ref().map_or_else(String::new, |row| record_name(store, row));
        found.push(ProposedOf { customer_id: owner.to_string(), name, records });
    }
    Ok(found)
}

impl Graph {
    /// The proposal that waits and judges one of the pairs, where there is one.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn proposed_of(&self, pairs: &[JudgedPair]) -> Result<Option<u64>> {
        let is_among = |a: &Name, b: &Name| pairs.iter().any(|(x, y, _)| (x, y) == (a, b));
        let proposals = self.store.proposals()?;
        let found = proposals.iter().find(|row| match &row.proposed {
            Proposed::Judgements(of) => of.iter().any(|(a, b, _)| is_among(a, b)),
            Proposed::Pin { .. } => false,
        });
        Ok(found.map(|row| row.number))
    }

    /// Writes down that these pairs are to be judged so, once somebody else
    /// approves it.
    ///
    /// # Errors
    /// One of the records is not there, another proposal judges one of the pairs,
    /// or the store cannot be written.
    pub fn propose(
        &mut self,
        pairs: Vec<JudgedPair>,
        who: &str,
        why: &str,
        now: i64,
    ) -> Result<ProposalView> {
        for (a, b, _) in &pairs {
            self.known(a)?;
            self.known(b)?;
        }
        if let Some(number) = self.proposed_of(&pairs)? {
            return Err(Error::usage(format!("proposal {number} waits about one of the pairs already"))
                .with_hint("approve it or turn it down first"));
        }
        self.put_proposed(Proposed::Judgements(pairs), who, why, now)
    }

    /// As [`Graph::propose`], of a pinned value.
    ///
    /// # Errors
    /// As [`Graph::pin`].
    pub fn propose_pin(&mut self, new: &NewPin, now: i64) -> Result<ProposalView> {
        let row = self.pin_row(new, now)?;
        let proposed = Proposed::Pin { records: row.records, field: row.field, value: row.value };
        self.put_proposed(proposed, &new.who, &new.why, now)
    }

    fn put_proposed(&mut self, proposed: Proposed, who: &str, why: &str, now: i64) -> Result<ProposalView> {
        let number = self.store.next_proposal()?;
        let row = ProposalRow { number, proposed, who: who.to_owned(), why: why.to_owned(), at: now };
        let mut batch = Batch::default();
        self.store.put_proposal(&mut batch, &row);
        self.commit(batch)?;
        shown(&self.store, row)
    }

    /// Makes what was proposed; `who` must be somebody else than who proposed it.
    ///
    /// # Errors
    /// No such proposal waits, it is one's own, a record is no more, or the store
    /// cannot be written.
    pub fn approve(&mut self, number: u64, who: &str, now: i64) -> Result<Agreed> {
        let row = open(&self.store, number)?;
        if row.who == who {
            return Err(Error::usage(format!("somebody else must approve proposal {number}"))
                .with_hint("you proposed it"));
        }
        let mut batch = Batch::default();
        self.store.delete_proposal(&mut batch, number);
        match row.proposed {
            Proposed::Judgements(pairs) => {
                let undo = self.taken_back(&pairs);
                let by = By { who: &row.who, why: &row.why, approver: Some(who) };
                Ok(Agreed { changes: self.judge_pairs_by(pairs, by, batch, now)?, undo })
            }
            Proposed::Pin { records, field, value } => {
                let mut first = None;
                for name in records {
                    if self.store.name(&name.0, &name.1)?.number.is_some() {
                        first = Some(name);
                        break;
                    }
                }
                let first = first.ok_or_else(|| Error::usage("the records of the proposal are no more"))?;
                let field = field.name().to_owned();
                let new = NewPin { of: PinnedOf::Record(first), field, value, who: row.who, why: row.why };
                let mut pin = self.pin_row(&new, now)?;
                pin.approver = Some(who.to_owned());
                Ok(Agreed { changes: self.put_pin(pin, batch, now)?, undo: Vec::new() })
            }
        }
    }

    /// Turns a proposal down; what was said against it stands with its first
    /// pair, which is then asked again.
    ///
    /// # Errors
    /// No such proposal waits, or the store cannot be written.
    pub fn turn_down(&mut self, number: u64, who: &str, why: &str, now: i64) -> Result<()> {
        let row = open(&self.store, number)?;
        let mut batch = Batch::default();
        self.store.delete_proposal(&mut batch, number);
        if let (Proposed::Judgements(pairs), false) = (&row.proposed, why.is_empty())
            && let Some((a, b, _)) = pairs.first()
        {
            let note = self.store.note(a, b)?;
            let fresh = || NoteRow { a: a.clone(), b: b.clone(), ..NoteRow::default() };
            let mut note = note.unwrap_or_else(fresh);
            note.comments.push(Comment { who: who.to_owned(), text: why.to_owned(), at: now });
            self.store.put_note(&mut batch, &note);
        }
        self.commit(batch)
    }
}

/// The pairs that proposals judge, by the numbers of their records.
pub(super) fn proposed_pairs(store: &Store) -> Result<BTreeSet<(Number, Number)>> {
    let mut found = BTreeSet::new();
    for row in store.proposals()? {
        let Proposed::Judgements(pairs) = row.proposed else { continue };
        for (a, b, _) in pairs {
            let (a, b) = (store.name(&a.0, &a.1)?.number, store.name(&b.0, &b.1)?.number);
            if let (Some(a), Some(b)) = (a, b) {
                found.insert((a.min(b), a.max(b)));
            }
        }
    }
    Ok(found)
}
