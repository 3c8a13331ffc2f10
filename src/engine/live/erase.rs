//! Erasure: records go, and with them every trace of their values: names, keys,
//! golden values, judgements, pins, what the change feed told of them, and the
//! bytes in the files. A keyed hash of each name stays, so that no import brings a
//! record back.

use super::Graph;
use super::judge::Name;
use super::operation::Operation;
use crate::error::Result;
use crate::store::{
    Batch, EventRow, EventState, Family, JudgementRow, Store, TermKind, ToldValue, Writer, name_key,
};
use hashbrown::HashSet;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

/// What an erasure removed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Receipt {
    pub records: u64,
    /// Customers that are no more.
    pub customers: u64,
    /// Changes of the feed from which values or names were struck.
    pub changes_struck: u64,
    pub judgements: u64,
    /// Pinned values, those that were superseded included.
    pub pins: u64,
    /// Keyed hashes under which the records' names are kept from coming back.
    pub suppressed: Vec<String>,
    /// RFC 3339.
    pub at: String,
}

impl Graph {
    /// Erases the records of these names for good. The names are kept from
    /// coming back first of all; erasing again completes what was interrupted.
    ///
    /// # Errors
    /// One of the records is not there, or the store cannot be written.
    pub fn erase(&mut self, names: &[Name], now: i64) -> Result<Receipt> {
        let mut present: Vec<&Name> = Vec::with_capacity(names.len());
        for name in names {
            match self.known(name) {
                Ok(_) => present.push(name),
                Err(_) if self.store.is_suppressed(&name.0, &name.1)? => {}
                Err(error) => return Err(error),
            }
        }
        let suppressed = self.suppress(names, now)?;
        let customers = self.store.counters.customers;
        let pins = self.strike_pins(names, now)?;
        let deletes: Vec<Operation> = present
            .iter()
            .map(|(source, id)| Operation {
                source: source.clone(),
                record_id: id.clone(),
                at: None,
                fields: None,
                position: None,
            })
            .collect();
        self.is_erasing = true;
        let gone = self.apply(&deletes, now);
        self.is_erasing = false;
        self.hot = super::Hot::default();
        gone?;
        let mut receipt = Receipt {
            records: present.len() as u64,
            customers: customers.saturating_sub(self.store.counters.customers),
            suppressed,
            pins: pins.len() as u64,
            at: jiff::Timestamp::from_microsecond(now).map(|at| at.to_string()).unwrap_or_default(),
            ..Receipt::default()
        };
        let mut batch = Batch::default();
        for (source, id) in names {
            self.store.db.delete(&mut batch, Family::Names, &name_key(source, id));
        }
        receipt.changes_struck = self.strike_changes(names, &pins, &mut batch)?;
        receipt.judgements = self.strike_judgements(names, &mut batch)?;
        self.store.strike_notes(&mut batch, names)?;
        self.store.strike_proposals(&mut batch, names)?;
        self.store.strike_sample(&mut batch, names)?;
        self.delete_pins(&pins, &mut batch);
        self.strike_entries(names, &mut batch)?;
        self.commit(batch)?;
        self.store.judged = std::sync::Arc::new(crate::store::Judged::load(&self.store.db)?);
        self.store.db.compact()?;
        Ok(receipt)
    }

    /// Keeps the names from coming back; returns the keys that stand for them.
    fn suppress(&mut self, names: &[Name], now: i64) -> Result<Vec<String>> {
        let mut batch = Batch::default();
        let mut keys = Vec::with_capacity(names.len());
        for (source, id) in names {
            let key = self.store.suppression_key(source, id);
            if !self.store.is_suppressed(source, id)? {
                let mut at = Writer::new();
                at.signed(now);
                self.store.db.put(&mut batch, Family::Suppressed, &key, &at.bytes);
                self.store.counters.suppressed += 1;
            }
            keys.push(key.iter().map(|byte| format!("{byte:02x}")).collect());
        }
        self.commit(batch)?;
        Ok(keys)
    }

    /// Strikes the records and the values of those pins out of every change that
    /// the feed tells.
    fn strike_changes(&self, names: &[Name], pins: &BTreeSet<u64>, batch: &mut Batch) -> Result<u64> {
        let store = &self.store;
        let erased: HashSet<(u32, &str)> = names
            .iter()
            .filter_map(|(source, id)| Some((store.terms.find(TermKind::Source, source)?, id.as_str())))
            .collect();
        let spelled: HashSet<String> = names.iter().map(|(source, id)| format!("{source}:{id}")).collect();
        let mut struck = 0;
        store.db.scan(Family::Feed, &[], &[], |key, value| {
            let mut event = EventRow::decode(value)?;
            let mut differs = false;
            if let Some(state) = &mut event.state {
                differs |= strike(state, &erased);
                let count = state.golden.len();
                state.golden.retain(|told| told.pin.is_none_or(|pin| !pins.contains(&pin)));
                differs |= state.golden.len() < count;
            }
            if spelled.contains(named_by(&event.cause)) {
                event.cause = "erased".into();
                differs = true;
            }
            if differs {
                struck += 1;
                store.db.put(batch, Family::Feed, key, &event.encode());
            }
            Ok(true)
        })?;
        Ok(struck)
    }

    fn strike_judgements(&self, names: &[Name], batch: &mut Batch) -> Result<u64> {
        let mut struck = 0;
        let Store { db, .. } = &self.store;
        db.scan(Family::Judgements, &[], &[], |key, value| {
            let row = JudgementRow::decode(value)?;
            if names.contains(&row.a) || names.contains(&row.b) {
                struck += 1;
                db.delete(batch, Family::Judgements, key);
            }
            Ok(true)
        })?;
        Ok(struck)
    }
}

/// The record that a cause names: `upsert shop:17`, `delete crm:4 and 3 more`.
fn named_by(cause: &str) -> &str {
    let name = cause.split_once(' ').map_or(cause, |(_, name)| name);
    match name.rsplit_once(" and ") {
        Some((first, more)) if more.ends_with(" more") => first,
        _ => name,
    }
}

/// Strikes erased members and their values out; whether there were any.
fn strike(state: &mut EventState, erased: &HashSet<(u32, &str)>) -> bool {
    let is_erased =
        |member: &(u32, compact_str::CompactString)| erased.contains(&(member.0, member.1.as_str()));
    if !state.members.iter().any(is_erased) {
        return false;
    }
    let mut place_of = Vec::with_capacity(state.members.len());
    let mut left = 0;
    for member in &state.members {
        let stays = !is_erased(member);
        place_of.push(stays.then_some(left));
        left += u32::from(stays);
    }
    state.members.retain(|member| !is_erased(member));
    let golden = std::mem::take(&mut state.golden).into_iter();
    let moved = golden.filter_map(|told| {
        let member = place_of.get(told.member as usize).copied().flatten()?;
        Some(ToldValue { member, ..told })
    });
    state.golden = moved.collect();
    true
}
