//! The store at a glance: how its channels overlap, how large customers are,
//! how good each channel's data are, and what changed of late. Read in one pass
//! over customers and records.

use super::gather::number_of;
use crate::error::Result;
use crate::record::Verdict;
use crate::store::{CustomerRow, EventKind, EventRow, Family, NormalRow, Number, Reader, Store, TermKind};
use compact_str::CompactString;
use hashbrown::HashMap;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Microseconds of a day.
const DAY_MICROS: i64 = 86_400_000_000;
/// Days of which changes are counted.
const DAYS: i64 = 30;
/// Customers whose size before the window is looked up at most.
const FORMER_MAX: usize = 20_000;
/// Changes that are read for the count of each day at most.
const CHANGES_MAX: usize = 500_000;

/// A store at a glance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Survey {
    pub records: u64,
    pub customers: u64,
    /// The last change that is in it.
    pub last_change: u64,
    pub model_version: u32,
    pub judgements: u64,
    pub sources: Vec<SourceSurvey>,
    /// Customers that have records in both of two sources, by their places in
    /// `sources`; the diagonal has the customers of each.
    pub overlap: Vec<Vec<u64>>,
    /// Customers by how many records they have.
    pub sizes: BTreeMap<usize, u64>,
    /// The largest customers.
    pub largest: Vec<(String, usize)>,
    /// Changes by day (UTC) and kind, of the last 30 days.
    pub days: BTreeMap<String, BTreeMap<String, u64>>,
    /// Changes of the last 24 hours by kind.
    pub day: BTreeMap<String, u64>,
    /// Records beyond the first of their customer at the end of each of the last
    /// 30 days (UTC), as far back as the changes tell.
    pub duplicates: BTreeMap<String, u64>,
}

/// One channel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct SourceSurvey {
    pub name: String,
    pub records: u64,
    /// Records beyond the first of their customer within the source.
    pub duplicates: u64,
    pub fields: BTreeMap<String, FieldSurvey>,
}

/// The values of one field in one channel, by what became of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct FieldSurvey {
    /// Records that have a value.
    pub filled: u64,
    pub doubtful: u64,
    /// Placeholders, shared values and what is no value of the field.
    pub unusable: u64,
}

/// Surveys the store; `now` is the time in microseconds since 1970.
///
/// # Errors
/// The store cannot be read.
pub fn survey(store: &Store, now: i64) -> Result<Survey> {
    let mut found = Survey {
        records: store.counters.records,
        customers: store.counters.customers,
        last_change: store.counters.last_change,
        model_version: store.counters.model,
        judgements: store.judged.made,
        ..Survey::default()
    };
    let source_of = sources(store, &mut found)?;
    customers(store, &source_of, &mut found)?;
    changes(store, now, &mut found)?;
    Ok(found)
}

/// Fills the channels; returns per record the place of its channel.
fn sources(store: &Store, found: &mut Survey) -> Result<HashMap<Number, u16>> {
    let mut place_of: HashMap<u32, u16> = HashMap::new();
    let mut source_of: HashMap<Number, u16> = HashMap::with_capacity(store.counters.records as usize);
    let mut fields: Vec<HashMap<u32, FieldSurvey>> = Vec::new();
    store.db.scan(Family::Normals, &[], &[], |key, value| {
        let row = NormalRow::decode(value)?;
        let next = found.sources.len() as u16;
        let place = *place_of.entry(row.source).or_insert(next);
        if place == next {
            let name = store.terms.text(TermKind::Source, row.source).to_owned();
            found.sources.push(SourceSurvey { name, ..SourceSurvey::default() });
            fields.push(HashMap::new());
        }
        let (Some(source), Some(fields)) =
            (found.sources.get_mut(usize::from(place)), fields.get_mut(usize::from(place)))
        else {
            return Ok(true);
        };
        source.records += 1;
        let mut last = u32::MAX;
        for value in &row.values {
            if value.verdict == Verdict::Inferred {
                continue;
            }
            let survey = fields.entry(value.field).or_default();
            // A field's further values are no further records.
            survey.filled += u64::from(value.field != last);
            last = value.field;
            match value.verdict {
                _ if value.is_hub => survey.unusable += 1,
                Verdict::Doubtful => survey.doubtful += 1,
                Verdict::Placeholder | Verdict::Invalid | Verdict::Hub => survey.unusable += 1,
                Verdict::Valid | Verdict::Inferred => {}
            }
        }
        source_of.insert(number_of(key)?, place);
        Ok(true)
    })?;
    for (source, fields) in found.sources.iter_mut().zip(fields) {
        let name =
            |term: u32| store.terms.field(term).map_or_else(String::new, |field| field.name().to_owned());
        source.fields = fields.into_iter().map(|(term, survey)| (name(term), survey)).collect();
    }
    Ok(source_of)
}

fn customers(store: &Store, source_of: &HashMap<Number, u16>, found: &mut Survey) -> Result<()> {
    const LARGEST_MAX: usize = 10;
    let count = found.sources.len();
    found.overlap = vec![vec![0; count]; count];
    store.db.scan(Family::Customers, &[], &[], |key, value| {
        let row = CustomerRow::decode(value)?;
        *found.sizes.entry(row.members.len()).or_default() += 1;
        let mut held: Vec<u16> =
            row.members.iter().filter_map(|member| source_of.get(member)).copied().collect();
        held.sort_unstable();
        for same in held.chunk_by(|a, b| a == b) {
            if let [first, ..] = same
                && let Some(source) = found.sources.get_mut(usize::from(*first))
            {
                source.duplicates += same.len() as u64 - 1;
            }
        }
        held.dedup();
        for a in &held {
            for b in &held {
                let cell =
                    found.overlap.get_mut(usize::from(*a)).and_then(|row| row.get_mut(usize::from(*b)));
                if let Some(cell) = cell {
                    *cell += 1;
                }
            }
        }
        let is_among = found.largest.len() < LARGEST_MAX
            || found.largest.last().is_some_and(|(_, size)| row.members.len() > *size);
        if row.members.len() > 1 && is_among {
            found.largest.push((String::from_utf8_lossy(key).into_owned(), row.members.len()));
            found.largest.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            found.largest.truncate(LARGEST_MAX);
        }
        Ok(true)
    })
}

/// Counts the latest changes by day.
fn changes(store: &Store, now: i64, found: &mut Survey) -> Result<()> {
    let last = store.counters.last_change;
    let first = last.saturating_sub(CHANGES_MAX as u64 - 1).max(1);
    let mut grown = Grown::default();
    store.db.scan(Family::Feed, &[], &first.to_be_bytes(), |key, value| {
        let event = EventRow::decode(value)?;
        if now - event.at > DAYS * DAY_MICROS {
            return Ok(true);
        }
        grown.take(store, Reader::new("change", key).key_wide()?, &event)?;
        let kind = event.kind.name().to_owned();
        if now - event.at <= DAY_MICROS {
            *found.day.entry(kind.clone()).or_default() += 1;
        }
        *found.days.entry(day_of(event.at)).or_default().entry(kind).or_default() += 1;
        Ok(true)
    })?;
    let duplicates = found.records.saturating_sub(found.customers);
    found.duplicates = grown.back_from(duplicates, now, first > 1);
    Ok(())
}

/// The day (UTC) of a time.
fn day_of(at: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(at).map(|at| at.to_string()).unwrap_or_default();
    at.get(..10).unwrap_or_default().to_owned()
}

/// How the records beyond the first of their customer grew, day by day.
#[derive(Default)]
struct Grown {
    /// Records of each customer after its latest change so far.
    sizes: HashMap<CompactString, usize>,
    by_day: BTreeMap<String, i64>,
    looked_up: usize,
}

impl Grown {
    fn take(&mut self, store: &Store, seq: u64, event: &EventRow) -> Result<()> {
        if self.looked_up > FORMER_MAX {
            return Ok(());
        }
        let further = |size: usize| size.saturating_sub(1) as i64;
        let size = event.state.as_ref().map_or(0, |state| state.members.len());
        let id = CompactString::from(event.customer.as_str());
        let before = match self.sizes.insert(id, size) {
            Some(before) => before,
            None if event.kind == EventKind::Created => 0,
            None => {
                self.looked_up += 1;
                let former = super::listing::history_before(store, &event.customer, seq, None, 1)?;
                former.first().and_then(|change| change.members.as_ref()).map_or(0, Vec::len)
            }
        };
        *self.by_day.entry(day_of(event.at)).or_default() += further(size) - further(before);
        Ok(())
    }

    /// How many there were at the end of each day, from how many there are now;
    /// none where too much changed to be told.
    fn back_from(&self, now_there: u64, now: i64, is_cut: bool) -> BTreeMap<String, u64> {
        let mut found = BTreeMap::new();
        if self.looked_up > FORMER_MAX {
            return found;
        }
        let mut there = now_there as i64;
        for back in 0..DAYS {
            let day = day_of(now - back * DAY_MICROS);
            let grown = self.by_day.get(&day).copied().unwrap_or(0);
            let is_first = self.by_day.keys().next().is_none_or(|first| *first >= day);
            found.insert(day, there.max(0) as u64);
            // Of a day of which some changes were not read nothing is known before.
            if is_cut && is_first {
                break;
            }
            there -= grown;
        }
        found
    }
}
