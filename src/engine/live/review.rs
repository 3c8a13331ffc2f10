//! The review queue: what the stored graph is in doubt about, the decision that
//! tells most first. Made of the links as they stand; what was decided or
//! changed since is left out when a page of it is read.

use super::bundle::Bundle;
use super::desk::{is_bridge, member, record_name};
use super::gather::{Gathered, number_of};
use super::inspect::MemberView;
use super::judge;
use super::propose::proposed_pairs;
use super::returned::{changed, returned};
use super::sampled;
use crate::compare::{COMPARISONS_MAX, Grade, Vector};
use crate::engine::thresholds::probability;
use crate::error::{Error, Result};
use crate::rules::Decision;
use crate::store::{EventRow, Family, Link, NormalRow, NoteRow, Number, Store, decode_links, name_key};
use compact_str::CompactString;
use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Doubts that are kept at most, those nearest to the threshold.
const DOUBTS_MAX: usize = 100_000;
/// A link that alone holds a customer together is doubtful up to so many bits
/// beyond the threshold.
const BRIDGE_BITS: f32 = 4.0;
/// Customers whose bridges are looked for have at most so many records.
const BRIDGED_MAX: usize = 200;

/// Why something is doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DoubtKind {
    /// Two customers whose records are alike, but not enough.
    Pair,
    /// Two customers that a link would join, were it not for their other records.
    Cut,
    /// One customer that hangs on a single weak link.
    Bridge,
    /// A customer of more records than the rules call usual.
    Large,
    /// A pair that was judged, and whose records say something else by now.
    Changed,
    /// A pair of the sample that was drawn to tell how good the customers are.
    Sample,
}

impl DoubtKind {
    /// What the queue is made of; the sample has a list of its own.
    pub const ALL: [Self; 5] = [Self::Pair, Self::Cut, Self::Bridge, Self::Large, Self::Changed];

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().chain([Self::Sample]).find(|kind| kind.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::Cut => "cut",
            Self::Bridge => "bridge",
            Self::Large => "large",
            Self::Changed => "changed",
            Self::Sample => "sample",
        }
    }
}

/// One open question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Doubt {
    kind: DoubtKind,
    a: Number,
    b: Number,
    bits: f32,
    /// How much a decision tells.
    value: f32,
    /// Equal for pairs whose comparisons reached the same levels.
    pattern: u64,
    alike: u32,
    sources: (u32, u32),
    /// Whether no decision rule settles it.
    is_open: bool,
    /// The last change of either customer: since then it is asked.
    since: u64,
}

/// The open questions of a store at a moment.
#[derive(Debug, Default)]
pub struct Queue {
    doubts: Vec<Doubt>,
    /// The last change that is in it.
    pub last_change: u64,
    /// How many judgements had been made.
    pub judgements: u64,
    pub model_version: u32,
}

/// What of the queue is asked for.
#[derive(Debug, Clone, Default)]
pub struct ReviewFilter {
    pub kind: Option<DoubtKind>,
    pub source: Option<String>,
    pub pattern: Option<u64>,
    /// Only what is assigned to that steward.
    pub assigned: Option<String>,
}

/// One open question, as it stands now.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReviewItem {
    pub kind: DoubtKind,
    pub a: MemberView,
    pub b: MemberView,
    /// What the records are called.
    pub name_a: String,
    pub name_b: String,
    pub customer_a: String,
    pub customer_b: String,
    /// Records of each customer.
    pub size_a: usize,
    pub size_b: usize,
    /// Match weight in bits.
    pub weight: f32,
    pub probability: f64,
    /// How much the decision tells; the queue is in this order.
    pub value: f32,
    /// Pairs of the same pattern reached the same level in every comparison.
    pub pattern: String,
    /// How many open pairs have the pattern.
    pub alike: u32,
    /// Whom it is assigned to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned: Option<String>,
    /// How many comments there are.
    pub comments: usize,
}

/// What is noted of a pair.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NoteView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned: Option<String>,
    pub comments: Vec<CommentView>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CommentView {
    pub who: String,
    pub text: String,
    /// RFC 3339.
    pub at: String,
}

/// Part of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewPage {
    pub items: Vec<ReviewItem>,
    /// Open questions by kind, filters aside.
    pub open: BTreeMap<&'static str, u64>,
    /// Open questions by source, filters aside; a pair counts for both of its.
    pub sources: BTreeMap<String, u64>,
    /// Open questions by kind and age, filters aside.
    pub ages: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// Pairs of the sample that nobody judged yet.
    pub sample: u64,
    /// Decisions that wait for somebody's approval; their pairs are not asked.
    pub proposed: u64,
    /// To be given as `cursor` for what comes next; left out at the end.
    pub next: Option<ReviewCursor>,
}

impl NoteView {
    pub fn new(row: Option<NoteRow>) -> Self {
        let row = row.unwrap_or_default();
        let comment = |comment: crate::store::Comment| CommentView {
            who: comment.who,
            text: comment.text,
            at: jiff::Timestamp::from_microsecond(comment.at).map(|at| at.to_string()).unwrap_or_default(),
        };
        Self { assigned: row.assigned, comments: row.comments.into_iter().map(comment).collect() }
    }
}

/// What the store is in doubt about.
///
/// # Errors
/// The store cannot be read.
pub fn review_queue(store: &Store, bundle: &Bundle) -> Result<Queue> {
    let owners = Owned::read(store)?;
    let mut doubts = doubts(store, bundle, &owners)?;
    let link = bundle.bits().link;
    doubts.sort_by(|x, y| {
        let off = |doubt: &Doubt| (doubt.bits - link).abs();
        off(x).total_cmp(&off(y)).then_with(|| (x.a, x.b).cmp(&(y.a, y.b)))
    });
    doubts.truncate(DOUBTS_MAX);
    value(store, bundle, &owners, &mut doubts)?;
    drop(owners);
    age(store, &mut doubts)?;
    doubts.sort_by(order);
    let counters = store.counters;
    Ok(Queue {
        doubts,
        last_change: counters.last_change,
        judgements: store.judged.made,
        model_version: counters.model,
    })
}

/// The order of the queue: what tells most comes first.
fn order(x: &Doubt, y: &Doubt) -> std::cmp::Ordering {
    y.value.total_cmp(&x.value).then_with(|| (x.a, x.b, x.kind).cmp(&(y.a, y.b, y.kind)))
}

/// Which customer each record belongs to, by number.
struct Owned {
    customer_of: HashMap<Number, u32>,
    sizes: Vec<u32>,
}

impl Owned {
    fn read(store: &Store) -> Result<Self> {
        let mut known: HashMap<CompactString, u32> = HashMap::new();
        let mut owned = Self { customer_of: HashMap::new(), sizes: Vec::new() };
        store.db.scan(Family::Owners, &[], &[], |key, value| {
            let id = super::apply::owner_of(value)?;
            let next = owned.sizes.len() as u32;
            let customer = *known.entry(id).or_insert(next);
            if customer == next {
                owned.sizes.push(0);
            }
            if let Some(size) = owned.sizes.get_mut(customer as usize) {
                *size += 1;
            }
            owned.customer_of.insert(number_of(key)?, customer);
            Ok(true)
        })?;
        Ok(owned)
    }

    fn size(&self, number: Number) -> u32 {
        let size = self.customer_of.get(&number).and_then(|customer| self.sizes.get(*customer as usize));
        size.copied().unwrap_or(1)
    }
}

/// Every doubt, not yet valued. Pairs that were judged are left out later.
fn doubts(store: &Store, bundle: &Bundle, owned: &Owned) -> Result<Vec<Doubt>> {
    let (link, review) = (bundle.bits().link, bundle.bits().review);
    let has_review_rule = bundle.rules.decisions.iter().any(|rule| rule.then == Decision::Review);
    let large = bundle.rules.cluster.size_review.map_or(u32::MAX, |size| size);
    let mut found = Vec::new();
    let mut inside: HashMap<u32, Vec<(Number, Link)>> = HashMap::new();
    store.db.scan(Family::Links, &[], &[], |key, value| {
        let a = number_of(key)?;
        let Some(&customer) = owned.customer_of.get(&a) else { return Ok(true) };
        for other in decode_links(value)? {
            if other.other <= a {
                continue;
            }
            let same = owned.customer_of.get(&other.other) == Some(&customer);
            let kind = match (same, other.joins) {
                (false, true) => DoubtKind::Cut,
                (false, false) if other.bits >= review || has_review_rule => DoubtKind::Pair,
                (true, true) => {
                    if owned.size(a) > 2 {
                        inside.entry(customer).or_default().push((a, other));
                    }
                    continue;
                }
                _ => continue,
            };
            found.push(Doubt::new(kind, a, other.other, other.bits));
        }
        Ok(true)
    })?;
    let inside: Vec<Vec<(Number, Link)>> = inside.into_values().collect();
    let bridges: Vec<Doubt> = inside.into_par_iter().filter_map(|links| bridge(links, link, large)).collect();
    found.extend(bridges);
    Ok(found)
}

impl Doubt {
    fn new(kind: DoubtKind, a: Number, b: Number, bits: f32) -> Self {
        let sources = (u32::MAX, u32::MAX);
        Self { kind, a, b, bits, value: 0.0, pattern: 0, alike: 0, sources, is_open: false, since: 0 }
    }

    /// A pair of the sample, which is asked whatever it weighs.
    pub(super) fn of_sample(a: Number, b: Number, bits: f32) -> Self {
        Self { alike: 1, ..Self::new(DoubtKind::Sample, a, b, bits) }
    }
}

/// The weakest link on which a customer hangs, where it is weak, or where the
/// customer is large.
fn bridge(mut links: Vec<(Number, Link)>, threshold: f32, large: u32) -> Option<Doubt> {
    let mut numbers: Vec<Number> = links.iter().flat_map(|(a, link)| [*a, link.other]).collect();
    numbers.sort_unstable();
    numbers.dedup();
    links.sort_by(|x, y| x.1.bits.total_cmp(&y.1.bits).then_with(|| (x.0, x.1.other).cmp(&(y.0, y.1.other))));
    let is_large = numbers.len() as u64 > u64::from(large);
    let (a, weakest) = links.first().copied()?;
    if is_large {
        return Some(Doubt::new(DoubtKind::Large, a, weakest.other, weakest.bits));
    }
    if numbers.len() > BRIDGED_MAX || weakest.bits > threshold + BRIDGE_BITS {
        return None;
    }
    let place = |number: Number| numbers.binary_search(&number).unwrap_or_default();
    let joins: Vec<(usize, usize)> = links.iter().map(|(a, link)| (place(*a), place(link.other))).collect();
    let weak = links.iter().zip(&joins).take_while(|((_, link), _)| link.bits <= threshold + BRIDGE_BITS);
    let mut bridges = weak.filter(|(_, pair)| is_bridge(&joins, numbers.len(), **pair));
    bridges.next().map(|((a, link), _)| Doubt::new(DoubtKind::Bridge, *a, link.other, link.bits))
}

/// Works out how much each decision tells, and leaves out what was judged.
fn value(store: &Store, bundle: &Bundle, owned: &Owned, doubts: &mut Vec<Doubt>) -> Result<()> {
    let bits = bundle.bits();
    let mut judged_pairs: Vec<(Number, Number)> = Vec::new();
    for (a, b, _) in store.judged.pairs() {
        let number = |name: &[u8]| -> Result<Option<Number>> {
            let row = store.db.get(Family::Names, name)?;
            Ok(row.as_deref().map(crate::store::NameRow::decode).transpose()?.and_then(|row| row.number))
        };
        if let (Some(a), Some(b)) = (number(a)?, number(b)?) {
            judged_pairs.push((a.min(b), a.max(b)));
        }
    }
    let judged: HashSet<(Number, Number)> = judged_pairs.iter().copied().collect();
    doubts.retain(|doubt| !judged.contains(&(doubt.a.min(doubt.b), doubt.a.max(doubt.b))));
    let again = returned(store)?;
    doubts.extend(again.iter().map(|pair| Doubt::new(DoubtKind::Changed, pair.a, pair.b, bits.link)));
    let mut numbers: Vec<Number> = doubts.iter().flat_map(|doubt| [doubt.a, doubt.b]).collect();
    numbers.extend(judged_pairs.iter().flat_map(|(a, b)| [*a, *b]));
    numbers.sort_unstable();
    numbers.dedup();
    let rows = store.by_number(Family::Normals, &numbers, NormalRow::decode)?;
    let rows: Vec<(Number, Arc<NormalRow>)> =
        numbers.into_iter().zip(rows).filter_map(|(number, row)| Some((number, Arc::new(row?)))).collect();
    let sources: HashMap<Number, u32> = rows.iter().map(|(number, row)| (*number, row.source)).collect();
    let gathered = Gathered::new(&rows, &store.terms, bundle);
    let matcher = bundle.matcher(&gathered.records);
    let weighed = |a: Number, b: Number| Some(matcher.weigh(gathered.place(a)?, gathered.place(b)?));
    doubts.par_iter_mut().for_each(|doubt| {
        let Some(pair) = weighed(doubt.a, doubt.b) else { return };
        let source = |number: &Number| sources.get(number).copied().unwrap_or(u32::MAX);
        doubt.sources = (source(&doubt.a), source(&doubt.b));
        doubt.pattern = levels(pair.vector);
        if doubt.kind == DoubtKind::Changed {
            (doubt.bits, doubt.is_open) = (pair.weight.bits, true);
            return;
        }
        doubt.is_open = match matcher.decision(&pair) {
            Some(Decision::Never) => false,
            Some(Decision::Review | Decision::Link) => true,
            None => doubt.kind != DoubtKind::Pair || pair.weight.bits >= bits.review,
        };
    });
    doubts.retain(|doubt| doubt.is_open);
    let mut alike: HashMap<(DoubtKind, u64), u32> = HashMap::new();
    doubts.iter().for_each(|doubt| *alike.entry((doubt.kind, doubt.pattern)).or_default() += 1);
    let mut known: HashMap<u64, u32> = HashMap::new();
    let judged_vectors = judged_pairs.iter().filter_map(|(a, b)| weighed(*a, *b));
    judged_vectors.for_each(|pair| *known.entry(levels(pair.vector)).or_default() += 1);
    for doubt in doubts.iter_mut() {
        // What was decided once is worth a look however sure its weight is.
        let chance = match doubt.kind {
            DoubtKind::Changed => 0.5,
            _ => probability(doubt.bits - bits.link),
        };
        let of_pattern = alike.get(&(doubt.kind, doubt.pattern)).copied().unwrap_or(1);
        let told = known.get(&doubt.pattern).copied().unwrap_or(0);
        let records = owned.size(doubt.a) + owned.size(doubt.b);
        let worth = chance * (1.0 - chance) * f64::from(of_pattern).sqrt() / (1.0 + f64::from(told));
        doubt.value = (worth * f64::from(records).ln()) as f32;
        doubt.alike = of_pattern;
    }
    Ok(())
}

/// How old questions are told to be, in days at most.
const AGES: [(&str, i64); 3] = [("day", 1), ("week", 7), ("month", 30)];
const DAY_MICROS: i64 = 86_400_000_000;

/// Finds since when each question is asked.
fn age(store: &Store, doubts: &mut [Doubt]) -> Result<()> {
    let mut numbers: Vec<Number> = doubts.iter().flat_map(|doubt| [doubt.a, doubt.b]).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let owners = super::rows::by_number(store, Family::Owners, &numbers, super::apply::owner_of)?;
    let last = |owner: Option<CompactString>| -> Result<u64> {
        let Some(owner) = owner else { return Ok(0) };
        let last = store.db.last(Family::History, owner.as_bytes())?;
        let sequence = last.as_ref().and_then(|(key, _)| key.last_chunk::<8>());
        Ok(sequence.map_or(0, |sequence| u64::from_be_bytes(*sequence)))
    };
    let changed = owners.into_par_iter().map(last).collect::<Result<Vec<u64>>>()?;
    let of = |number: Number| numbers.binary_search(&number).map_or(0, |at| changed[at]);
    doubts.iter_mut().for_each(|doubt| doubt.since = of(doubt.a).max(of(doubt.b)));
    Ok(())
}

/// The first change that was made after a time, by halving: times ascend.
fn change_after(store: &Store, time: i64) -> Result<u64> {
    let (mut low, mut high) = (1, store.counters.last_change + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let row = store.db.get(Family::Feed, &middle.to_be_bytes())?;
        let at = row.as_deref().map(EventRow::decode).transpose()?.map_or(0, |event| event.at);
        match at <= time {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    Ok(low)
}

/// The levels of a vector, whatever the frequency of the values agreed on.
fn levels(vector: Vector) -> u64 {
    let mut levels = Vector::default();
    (0..COMPARISONS_MAX).for_each(|at| levels.set(at, Grade::new(vector.grade(at).level(), 0)));
    levels.0
}

/// Where a page of the queue begins: after what the page before ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewCursor {
    Doubt {
        /// Of its value.
        bits: u32,
        a: Number,
        b: Number,
        kind: DoubtKind,
    },
    /// A place in the order in which the sample is asked about.
    Sample(u64),
}

impl ReviewCursor {
    /// Reads what the page before gave as `next`, under the same filter.
    ///
    /// # Errors
    /// No such page gave it.
    pub fn parse(text: &str, filter: &ReviewFilter) -> Result<Self> {
        let read = match filter.kind {
            Some(DoubtKind::Sample) => u64::from_str_radix(text, 16).ok().map(Self::Sample),
            _ => Self::doubt(text),
        };
        read.ok_or_else(|| Error::usage("this is no cursor").with_hint("give `next` of the page before"))
    }

    fn doubt(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let bits = u32::from_str_radix(parts.next()?, 16).ok()?;
        let (a, b) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let kind = DoubtKind::from_name(parts.next()?)?;
        parts.next().is_none().then_some(Self::Doubt { bits, a, b, kind })
    }
}

impl fmt::Display for ReviewCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Doubt { bits, a, b, kind } => write!(formatter, "{bits:x}-{a}-{b}-{}", kind.name()),
            Self::Sample(place) => write!(formatter, "{place:x}"),
        }
    }
}

/// A page of the queue as it stands in `store` now.
///
/// # Errors
/// The store cannot be read.
pub fn review_page(
    queue: &Queue,
    store: &Store,
    filter: &ReviewFilter,
    cursor: Option<ReviewCursor>,
    limit: usize,
) -> Result<ReviewPage> {
    let term = |name: &String| store.terms.find(crate::store::TermKind::Source, name).unwrap_or(u32::MAX - 1);
    let source = filter.source.as_ref().map(term);
    let notes = Notes::read(store)?;
    let proposed = proposed_pairs(store)?;
    let mut page = ReviewPage {
        items: Vec::new(),
        open: queue.open(),
        sources: queue.sources(store),
        ages: queue.ages(store)?,
        sample: sampled::waiting(store)?,
        proposed: store.proposals()?.len() as u64,
        next: None,
    };
    if filter.kind == Some(DoubtKind::Sample) {
        (page.items, page.next) = sampled::page(store, filter, &notes, &proposed, cursor, limit)?;
        return Ok(page);
    }
    let start = match cursor {
        None => 0,
        Some(cursor) => queue.after(cursor),
    };
    let wanted = |doubt: &&Doubt| {
        !proposed.contains(&(doubt.a.min(doubt.b), doubt.a.max(doubt.b)))
            && filter.kind.is_none_or(|kind| doubt.kind == kind)
            && filter.pattern.is_none_or(|pattern| doubt.pattern == pattern)
            && source.is_none_or(|source| doubt.sources.0 == source || doubt.sources.1 == source)
    };
    for doubt in queue.doubts.iter().skip(start).filter(wanted) {
        let Some(item) = item(store, doubt, &notes)? else { continue };
        if filter.assigned.is_some() && item.assigned != filter.assigned {
            continue;
        }
        page.items.push(item);
        if page.items.len() >= limit {
            page.next = Some(doubt.cursor());
            break;
        }
    }
    Ok(page)
}

/// What is noted of pairs, by the names of their records as keys.
pub(super) struct Notes(HashMap<(Vec<u8>, Vec<u8>), NoteRow>);

impl Notes {
    fn read(store: &Store) -> Result<Self> {
        let key = |name: &(String, String)| name_key(&name.0, &name.1);
        let notes = store.notes()?.into_iter().map(|note| ((key(&note.a), key(&note.b)), note));
        Ok(Self(notes.collect()))
    }
}

impl Queue {
    /// How many questions are open.
    pub fn len(&self) -> usize {
        self.doubts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.doubts.is_empty()
    }

    /// Open questions by kind.
    pub fn open(&self) -> BTreeMap<&'static str, u64> {
        let mut open: BTreeMap<&'static str, u64> =
            DoubtKind::ALL.iter().map(|kind| (kind.name(), 0)).collect();
        self.doubts.iter().for_each(|doubt| *open.entry(doubt.kind.name()).or_default() += 1);
        open
    }

    /// Open questions by kind and age.
    fn ages(&self, store: &Store) -> Result<BTreeMap<&'static str, BTreeMap<&'static str, u64>>> {
        let now = crate::engine::machine::now();
        let mut from = [0; AGES.len()];
        for (from, (_, days)) in from.iter_mut().zip(AGES) {
            *from = change_after(store, now - days * DAY_MICROS)?;
        }
        let mut found: BTreeMap<&'static str, BTreeMap<&'static str, u64>> = BTreeMap::new();
        for doubt in &self.doubts {
            let age = from.iter().zip(AGES).find(|(from, _)| doubt.since >= **from);
            let age = age.map_or("older", |(_, (name, _))| name);
            *found.entry(doubt.kind.name()).or_default().entry(age).or_default() += 1;
        }
        Ok(found)
    }

    fn sources(&self, store: &Store) -> BTreeMap<String, u64> {
        let mut counts: HashMap<u32, u64> = HashMap::new();
        for doubt in &self.doubts {
            *counts.entry(doubt.sources.0).or_default() += 1;
            if doubt.sources.1 != doubt.sources.0 {
                *counts.entry(doubt.sources.1).or_default() += 1;
            }
        }
        let name = |term: u32| store.terms.text(crate::store::TermKind::Source, term).to_owned();
        counts.into_iter().map(|(term, count)| (name(term), count)).collect()
    }

    /// The place after the doubt that a cursor names.
    fn after(&self, cursor: ReviewCursor) -> usize {
        let ReviewCursor::Doubt { bits, a, b, kind } = cursor else { return 0 };
        let last = Doubt { value: f32::from_bits(bits), ..Doubt::new(kind, a, b, 0.0) };
        self.doubts.partition_point(|doubt| order(doubt, &last).is_le())
    }
}

impl Doubt {
    fn cursor(&self) -> ReviewCursor {
        let Self { value, a, b, kind, .. } = *self;
        ReviewCursor::Doubt { bits: value.to_bits(), a, b, kind }
    }
}

/// A doubt as it stands now; `None` where it is settled.
pub(super) fn item(store: &Store, doubt: &Doubt, notes: &Notes) -> Result<Option<ReviewItem>> {
    let rows = store.by_number(Family::Normals, &[doubt.a, doubt.b], NormalRow::decode)?;
    let owners = store.by_number(Family::Owners, &[doubt.a, doubt.b], super::apply::owner_of)?;
    let ([Some(a), Some(b)], [Some(owner_a), Some(owner_b)]) = (rows.as_slice(), owners.as_slice()) else {
        return Ok(None);
    };
    let is_again = doubt.kind == DoubtKind::Changed;
    let is_sampled = doubt.kind == DoubtKind::Sample;
    let is_inside = matches!(doubt.kind, DoubtKind::Bridge | DoubtKind::Large);
    if !is_again && !is_sampled && (owner_a == owner_b) != is_inside {
        return Ok(None);
    }
    let (member_a, member_b) = (member(store, a), member(store, b));
    let name = |member: &MemberView| name_key(&member.source, &member.record_id);
    let names = (name(&member_a), name(&member_b));
    let is_settled = match is_again {
        true => changed(store, &names.0, &names.1)?.is_none(),
        false => store.judged.between(&names.0, &names.1).is_some(),
    };
    if is_settled {
        return Ok(None);
    }
    let links = store.by_number(Family::Links, &[doubt.a], decode_links)?.pop().flatten().unwrap_or_default();
    if !is_again && !is_sampled && !links.iter().any(|link| link.other == doubt.b) {
        return Ok(None);
    }
    let size = |id: &str| -> Result<usize> { Ok(store.customer(id)?.map_or(0, |row| row.members.len())) };
    let ordered = if names.0 <= names.1 { names } else { (names.1, names.0) };
    let note = notes.0.get(&ordered);
    Ok(Some(ReviewItem {
        kind: doubt.kind,
        name_a: record_name(store, a),
        name_b: record_name(store, b),
        a: member_a,
        b: member_b,
        size_a: size(owner_a)?,
        size_b: size(owner_b)?,
        customer_a: owner_a.to_string(),
        customer_b: owner_b.to_string(),
        weight: doubt.bits,
        probability: probability(doubt.bits),
        value: doubt.value,
        pattern: format!("{:x}", doubt.pattern),
        alike: doubt.alike,
        assigned: note.and_then(|note| note.assigned.clone()),
        comments: note.map_or(0, |note| note.comments.len()),
    }))
}

impl super::Graph {
    /// Assigns a pair to somebody (`Some(None)`: to nobody) and adds a comment.
    ///
    /// # Errors
    /// One of the records is not there, or the store cannot be written.
    pub fn note(
        &mut self,
        pair: (judge::Name, judge::Name),
        assigned: Option<Option<String>>,
        comment: Option<crate::store::Comment>,
    ) -> Result<NoteView> {
        let (a, b) = if pair.0 <= pair.1 { pair } else { (pair.1, pair.0) };
        self.known(&a)?;
        self.known(&b)?;
        let note = self.store.note(&a, &b)?;
        let mut note = note.unwrap_or_else(|| NoteRow { a, b, ..NoteRow::default() });
        if let Some(assigned) = assigned {
            note.assigned = assigned;
        }
        note.comments.extend(comment);
        let mut batch = crate::store::Batch::default();
        self.store.put_note(&mut batch, &note);
        self.commit(batch)?;
        Ok(NoteView::new(Some(note)))
    }
}
