//! What a steward decides of two records, of two customers or of parts of one:
//! the pairs that a decision judges, and what it would change.

use super::inspect::{Resolved, customer};
use super::judge::{self, JudgedPair, Name};
use super::{Graph, returned};
use crate::error::{Error, Result};
use crate::judgement::Judgement;
use crate::store::{Store, name_key};
use std::collections::BTreeMap;

/// Pairs that one decision judges at most.
const PAIRS_MAX: usize = 5000;

/// What is decided about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// All records that the customer has now.
    Customer(String),
    Records(Vec<Name>),
}

/// What is decided between whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Between(Subject, Subject),
    Pairs(Vec<(Name, Name)>),
}

/// The pairs that decisions judge, each in canonical order; of one that several
/// judge, the last holds.
///
/// # Errors
/// A customer is no more, or both sides are the same.
pub fn decision_pairs(store: &Store, decisions: Vec<(Decision, Judgement)>) -> Result<Vec<JudgedPair>> {
    let mut found: BTreeMap<(Name, Name), Judgement> = BTreeMap::new();
    for (decision, judgement) in decisions {
        let pairs = match decision {
            Decision::Pairs(pairs) => pairs,
            Decision::Between(a, b) => {
                let (a, b) = (names(store, a)?, names(store, b)?);
                judge::pairs(&a, &b, judgement)
            }
        };
        if pairs.is_empty() {
            return Err(Error::usage("both sides name the same records"));
        }
        for (a, b) in pairs {
            if a == b {
                return Err(Error::usage(format!("`{}:{}` is named twice", a.0, a.1)));
            }
            found.insert(if a <= b { (a, b) } else { (b, a) }, judgement);
        }
    }
    match found.len() {
        0 => Err(Error::usage("nothing is decided")),
        count if count > PAIRS_MAX => Err(Error::usage(format!(
            "the decision would judge {count} pairs, {PAIRS_MAX} are possible at once"
        ))
        .with_hint("name fewer records")),
        _ => Ok(found.into_iter().map(|((a, b), judgement)| (a, b, judgement)).collect()),
    }
}

fn names(store: &Store, subject: Subject) -> Result<Vec<Name>> {
    match subject {
        Subject::Records(names) => Ok(names),
        Subject::Customer(id) => match customer(store, &id)? {
            Resolved::Customer(view) => {
                Ok(view.members.into_iter().map(|member| (member.source, member.record_id)).collect())
            }
            Resolved::Retired { successors, .. } => Err(Error::usage(format!("customer `{id}` is no more"))
                .with_hint(format!("its records went to {}", successors.join(", ")))),
        },
    }
}

impl Graph {
    /// Whether somebody judged one of the pairs already, and its records are
    /// what they were then.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn is_judged(&self, pairs: &[JudgedPair]) -> Result<bool> {
        for (a, b, judgement) in self.taken_back(pairs) {
            let (a, b) = (name_key(&a.0, &a.1), name_key(&b.0, &b.1));
            if judgement != Judgement::Withdrawn && returned::changed(&self.store, &a, &b)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What takes judgements on these pairs back: what is in force of them now.
    pub fn taken_back(&self, pairs: &[JudgedPair]) -> Vec<JudgedPair> {
        let key = |name: &Name| name_key(&name.0, &name.1);
        let former = |a, b| self.store.judged.between(&key(a), &key(b)).unwrap_or(Judgement::Withdrawn);
        pairs.iter().map(|(a, b, _)| (a.clone(), b.clone(), former(a, b))).collect()
    }
}
