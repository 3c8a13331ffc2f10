//! Parts of long lists, each from where the last one ended: customers, changes,
//! a customer's history, judgements.

use super::inspect::{ChangeView, CustomerView, MemberView, change, view};
use crate::error::Result;
use crate::judgement::Judgement;
use crate::store::{CustomerRow, EventRow, Family, JudgementRow, Reader, Store, broken};
use schemars::JsonSchema;
use serde::Serialize;

/// A judgement as it was made.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JudgementMade {
    /// Its place among all judgements, from 0.
    pub number: u64,
    pub a: MemberView,
    pub b: MemberView,
    pub judgement: Judgement,
    pub who: String,
    /// Who approved it, where somebody else had to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    pub why: String,
    /// RFC 3339.
    pub at: String,
}

/// Customers in the order of their ids, after the one named.
///
/// # Errors
/// The store cannot be read.
pub fn customers_after(store: &Store, after: &str, count: usize) -> Result<Vec<CustomerView>> {
    let mut rows: Vec<(String, CustomerRow)> = Vec::with_capacity(count.min(1024));
    store.db.scan(Family::Customers, &[], after.as_bytes(), |key, value| {
        let id = std::str::from_utf8(key).map_err(|_| broken("customer"))?;
        if rows.len() < count && id > after {
            rows.push((id.to_owned(), CustomerRow::decode(value)?));
        }
        Ok(rows.len() < count)
    })?;
    rows.iter().map(|(id, row)| view(store, id, row)).collect()
}

/// Changes after that sequence number.
///
/// # Errors
/// The store cannot be read.
pub fn changes_after(store: &Store, after: u64, count: usize) -> Result<Vec<ChangeView>> {
    let mut found = Vec::new();
    store.db.scan(Family::Feed, &[], &after.saturating_add(1).to_be_bytes(), |key, value| {
        let seq = Reader::new("change", key).key_wide()?;
        if found.len() < count {
            found.push(change(store, seq, EventRow::decode(value)?)?);
        }
        Ok(found.len() < count)
    })?;
    Ok(found)
}

/// Changes of one customer after that sequence number.
///
/// # Errors
/// The store cannot be read.
pub fn history_after(store: &Store, id: &str, after: u64, count: usize) -> Result<Vec<ChangeView>> {
    let mut from = id.as_bytes().to_vec();
    from.extend_from_slice(&after.saturating_add(1).to_be_bytes());
    let mut found = Vec::new();
    store.db.scan(Family::History, id.as_bytes(), &from, |key, _| {
        let seq = seq_of(id, key)?;
        if let Some(event) = store.db.get(Family::Feed, &seq.to_be_bytes())? {
            found.push(change(store, seq, EventRow::decode(&event)?)?);
        }
        Ok(found.len() < count)
    })?;
    Ok(found)
}

/// Changes of one customer, the latest first: those before that sequence number,
/// and where a time is given (in microseconds since 1970) none after it.
///
/// # Errors
/// The store cannot be read.
pub fn history_before(
    store: &Store,
    id: &str,
    before: u64,
    until: Option<i64>,
    count: usize,
) -> Result<Vec<ChangeView>> {
    let mut numbers = Vec::new();
    store.db.scan(Family::History, id.as_bytes(), id.as_bytes(), |key, _| {
        if key.len() == id.len() + 8 {
            numbers.push(seq_of(id, key)?);
        }
        Ok(true)
    })?;
    let mut found = Vec::new();
    for seq in numbers.into_iter().rev().filter(|seq| *seq < before) {
        if found.len() >= count {
            break;
        }
        let Some(event) = store.db.get(Family::Feed, &seq.to_be_bytes())? else { continue };
        let event = EventRow::decode(&event)?;
        if until.is_none_or(|until| event.at <= until) {
            found.push(change(store, seq, event)?);
        }
    }
    Ok(found)
}

/// The number of a customer's last change; `None` where no customer ever had
/// the id.
///
/// # Errors
/// The store cannot be read.
pub fn last_change_of(store: &Store, id: &str) -> Result<Option<u64>> {
    let last = store.db.last(Family::History, id.as_bytes())?;
    last.filter(|(key, _)| key.len() == id.len() + 8).map(|(key, _)| seq_of(id, &key)).transpose()
}

fn seq_of(id: &str, key: &[u8]) -> Result<u64> {
    Reader::new("history", key.get(id.len()..).unwrap_or_default()).key_wide()
}

/// Judgements from that number on, those that were superseded included.
///
/// # Errors
/// The store cannot be read.
pub fn judgements_from(store: &Store, from: u64, count: usize) -> Result<Vec<JudgementMade>> {
    let mut found = Vec::new();
    store.db.scan(Family::Judgements, &[], &from.to_be_bytes(), |key, value| {
        let number = Reader::new("judgement", key).key_wide()?;
        let row = JudgementRow::decode(value)?;
        let member = |(source, record_id)| MemberView { source, record_id };
        if found.len() < count {
            found.push(JudgementMade {
                number,
                a: member(row.a),
                b: member(row.b),
                judgement: row.judgement,
                who: row.who,
                approver: row.approver,
                why: row.why,
                at: jiff::Timestamp::from_microsecond(row.at).map(|at| at.to_string()).unwrap_or_default(),
            });
        }
        Ok(found.len() < count)
    })?;
    Ok(found)
}
