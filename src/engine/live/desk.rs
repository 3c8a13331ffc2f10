//! A customer as a steward sees it: where each golden value comes from and what
//! stood against it, every record, what holds them together, and who else is
//! alike.

use super::bundle::Bundle;
use super::gather::{Gathered, is_shown};
use super::inspect::{CustomerView, MemberView, RecordView, Resolved, customer, record};
use super::judge;
use super::probe::{Candidate, Probe, probe};
use crate::engine::clustering;
use crate::engine::matching::Matcher;
use crate::error::Result;
use crate::judgement::Judgement;
use crate::record::{Field, Verdict};
use crate::rules::Preference;
use crate::store::{Family, NormalRow, Number, Store, TermKind, decode_links};
use crate::survivorship;
use hashbrown::HashMap;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Records up to which every pair of a customer is weighed; beyond, those that
/// the store has links for.
const WHOLE_MAX: usize = 40;
/// Records that are asked for whom they are like.
const ASKED_MAX: usize = 5;
/// Alike customers that are shown.
const NEIGHBOURS_MAX: usize = 12;

/// A customer, ready to be worked on.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Desk {
    pub customer: CustomerView,
    /// The records, in the order of the customer's members.
    pub records: Vec<RecordView>,
    pub fields: Vec<FieldView>,
    /// The pairs of its records.
    pub links: Vec<LinkView>,
    /// Alike records of other customers, the likeliest first.
    pub neighbours: Vec<NeighbourView>,
}

/// A golden value and what stood against it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FieldView {
    pub field: String,
    /// What decided, in this order: `verified`, `source_priority`, ….
    pub order: Vec<Preference>,
    /// Each value that a record has, the one that is shown first.
    pub values: Vec<Alternative>,
}

/// One value of a field.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Alternative {
    pub value: String,
    /// Whether the golden record shows it.
    pub is_golden: bool,
    /// `valid`, `doubtful`, `inferred`, `hub`, `placeholder` or `invalid`;
    /// `pinned` where no record has it.
    pub verdict: &'static str,
    /// The records that have it, by place among the members.
    pub records: Vec<usize>,
}

/// Two records of the customer, by place among the members.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LinkView {
    pub a: usize,
    pub b: usize,
    /// Match weight in bits.
    pub weight: f32,
    pub probability: f32,
    /// Whether the pair alone would make them one customer.
    pub joins: bool,
    /// Whether the customer would fall apart without it.
    pub is_bridge: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judgement: Option<Judgement>,
}

/// A record of another customer that is like one of these.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NeighbourView {
    /// The record of this customer, by place among the members.
    pub of: usize,
    /// `kept_apart`, `possible`, `household`, `organisation` or `alike`.
    pub relation: &'static str,
    pub name: String,
    #[serde(flatten)]
    pub candidate: Candidate,
}

/// Everything that a steward needs of a customer.
///
/// # Errors
/// There is no such customer.
pub fn desk(store: &Store, bundle: &Bundle, id: &str) -> Result<Option<Desk>> {
    let Resolved::Customer(customer) = customer(store, id)? else { return Ok(None) };
    let Some(row) = store.customer(id)? else { return Ok(None) };
    let names = customer.members.iter().map(|member| (member.source.clone(), member.record_id.clone()));
    let records = names.map(|name| record(store, &name)).collect::<Result<Vec<_>>>()?;
    let normals = store.by_number(Family::Normals, &row.members, NormalRow::decode)?;
    let rows: Vec<(Number, Arc<NormalRow>)> = row
        .members
        .iter()
        .zip(normals)
        .filter_map(|(number, normal)| Some((*number, Arc::new(normal?))))
        .collect();
    let links = links(store, bundle, &rows)?;
    let neighbours = neighbours(store, bundle, id, &records)?;
    Ok(Some(Desk { fields: fields(store, bundle, &customer, &rows), customer, records, links, neighbours }))
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "valid",
        Verdict::Doubtful => "doubtful",
        Verdict::Inferred => "inferred",
        Verdict::Hub => "hub",
        Verdict::Placeholder => "placeholder",
        Verdict::Invalid => "invalid",
    }
}

/// Every value of every field that a golden record may show.
fn fields(
    store: &Store,
    bundle: &Bundle,
    customer: &CustomerView,
    rows: &[(Number, Arc<NormalRow>)],
) -> Vec<FieldView> {
    let mut found: BTreeMap<Field, Vec<Alternative>> = BTreeMap::new();
    for (place, (_, row)) in rows.iter().enumerate() {
        for value in &row.values {
            let Some(field) = store.terms.field(value.field).filter(|field| is_shown(field)) else {
                continue;
            };
            let verdict = if value.is_hub { Verdict::Hub } else { value.verdict };
            let values = found.entry(field.clone()).or_default();
            match values.iter_mut().find(|known| known.value == value.display) {
                Some(known) => known.records.push(place),
                None => values.push(Alternative {
                    value: value.display.to_string(),
                    is_golden: false,
                    verdict: verdict_name(verdict),
                    records: vec![place],
                }),
            }
        }
    }
    // A field may be pinned that no record has.
    for term in 0..store.terms.all(TermKind::Field).len() as u32 {
        if let Some(field) = store.terms.field(term)
            && customer.golden.get(field.name()).is_some_and(|golden| golden.pinned.is_some())
        {
            found.entry(field.clone()).or_default();
        }
    }
    let view = |(field, mut values): (Field, Vec<Alternative>)| {
        let golden = customer.golden.get(field.name());
        if let Some(golden) = golden.filter(|golden| golden.pinned.is_some())
            && values.iter().all(|known| known.value != golden.value)
        {
            let (value, records) = (golden.value.clone(), Vec::new());
            values.push(Alternative { value, is_golden: true, verdict: "pinned", records });
        }
        if let Some(golden) = golden
            && let Some(at) = values.iter().position(|value| value.value == golden.value)
        {
            values[..=at].rotate_right(1);
            values[0].is_golden = true;
        }
        let order = survivorship::order(&bundle.rules.survivorship, field.name(), field.attribute).to_vec();
        FieldView { field: field.name().to_owned(), order, values }
    };
    found.into_iter().map(view).collect()
}

/// The pairs of the customer's records with what they weigh.
fn links(store: &Store, bundle: &Bundle, rows: &[(Number, Arc<NormalRow>)]) -> Result<Vec<LinkView>> {
    let gathered = Gathered::new(rows, &store.terms, bundle);
    let judged = judge::of_records(store, &gathered);
    let mut matcher = bundle.matcher(&gathered.records);
    matcher.judged.clone_from(&judged);
    let place_of: HashMap<Number, usize> =
        rows.iter().enumerate().map(|(place, (number, _))| (*number, place)).collect();
    let mut pairs = Vec::new();
    if rows.len() <= WHOLE_MAX {
        pairs.extend((0..rows.len()).flat_map(|a| (a + 1..rows.len()).map(move |b| (a, b))));
    } else {
        let numbers: Vec<Number> = rows.iter().map(|(number, _)| *number).collect();
        let stored = store.by_number(Family::Links, &numbers, decode_links)?;
        for (a, links) in stored.into_iter().enumerate() {
            let others = links.unwrap_or_default();
            pairs.extend(others.iter().filter_map(|link| Some((a, *place_of.get(&link.other)?))));
        }
        pairs.retain(|(a, b)| a < b);
    }
    let mut found: Vec<LinkView> =
        pairs.into_iter().filter_map(|(a, b)| link(&gathered, &matcher, bundle, rows, (a, b))).collect();
    mark_bridges(&mut found, rows.len());
    Ok(found)
}

fn link(
    gathered: &Gathered,
    matcher: &Matcher,
    bundle: &Bundle,
    rows: &[(Number, Arc<NormalRow>)],
    (a, b): (usize, usize),
) -> Option<LinkView> {
    let place = |at: usize| gathered.place(rows.get(at)?.0);
    let (x, y) = (place(a)?, place(b)?);
    let pair = matcher.weigh(x, y);
    let link = bundle.bits().link;
    Some(LinkView {
        a,
        b,
        weight: pair.weight.bits,
        probability: pair.weight.probability(),
        joins: clustering::decided(matcher, &pair, link) >= link,
        is_bridge: false,
        judgement: matcher.judgement(x, y),
    })
}

/// Marks the joining links without which the records would fall apart.
fn mark_bridges(links: &mut [LinkView], records: usize) {
    let joins: Vec<(usize, usize)> =
        links.iter().filter(|link| link.joins).map(|link| (link.a, link.b)).collect();
    for link in links.iter_mut().filter(|link| link.joins) {
        link.is_bridge = records > 2 && is_bridge(&joins, records, (link.a, link.b));
    }
}

/// Whether the ends of a link hang together by nothing else.
pub(super) fn is_bridge(joins: &[(usize, usize)], records: usize, link: (usize, usize)) -> bool {
    let mut group: Vec<usize> = (0..records).collect();
    for &(a, b) in joins.iter().filter(|pair| **pair != link) {
        let (Some(&x), Some(&y)) = (group.get(a), group.get(b)) else { continue };
        group.iter_mut().filter(|group| **group == y).for_each(|group| *group = x);
    }
    group.get(link.0) != group.get(link.1)
}

/// Records of others that are like the first few records of a customer.
fn neighbours(
    store: &Store,
    bundle: &Bundle,
    id: &str,
    records: &[RecordView],
) -> Result<Vec<NeighbourView>> {
    let probes: Vec<Probe> = records
        .iter()
        .take(ASKED_MAX)
        .map(|record| Probe {
            source: record.source.clone(),
            fields: record.fields.clone().into_iter().collect(),
            candidates_max: NEIGHBOURS_MAX + records.len(),
        })
        .collect();
    let mut best: BTreeMap<String, (usize, Candidate)> = BTreeMap::new();
    for (of, found) in probe(store, bundle, &probes)?.into_iter().enumerate() {
        for candidate in found.candidates.into_iter().filter(|candidate| candidate.customer_id != id) {
            let known = best.get(&candidate.customer_id);
            if known.is_none_or(|(_, known)| known.weight < candidate.weight) {
                best.insert(candidate.customer_id.clone(), (of, candidate));
            }
        }
    }
    let mut found = Vec::with_capacity(best.len());
    for (of, candidate) in best.into_values() {
        let relation = relation(records, &candidate);
        if relation == "alike" && candidate.band == "none" {
            continue;
        }
        let name = match customer(store, &candidate.customer_id)? {
            Resolved::Customer(view) => golden_name(&view),
            Resolved::Retired { .. } => String::new(),
        };
        found.push(NeighbourView { of, relation, name, candidate });
    }
    found.sort_by(|a, b| b.candidate.weight.total_cmp(&a.candidate.weight));
    found.truncate(NEIGHBOURS_MAX);
    Ok(found)
}

/// What two records that are not one customer seem to be to each other.
fn relation(records: &[RecordView], candidate: &Candidate) -> &'static str {
    let is_kept_apart = records.iter().flat_map(|record| &record.judgements).any(|judged| {
        judged.judgement == Judgement::Negative
            && judged.source == candidate.source
            && judged.record_id == candidate.record_id
    });
    let bits = |name: &str| candidate.evidence.iter().find(|found| found.comparison == name).map(|f| f.level);
    use crate::rules::Level::{Close, Different, Same, Variant, Weak};
    let alike = |name: &str| matches!(bits(name), Some(Same | Variant | Close));
    let unlike = |name: &str| matches!(bits(name), Some(Different | Weak));
    let shares_home = alike("address") || alike("phone");
    match candidate.band {
        _ if is_kept_apart => "kept_apart",
        "review" | "link" => "possible",
        _ if shares_home && alike("family_name") && (unlike("given_name") || unlike("birth_date")) => {
            "household"
        }
        _ if alike("organisation") => "organisation",
        _ => "alike",
    }
}

/// What a customer is called: person, else organisation, else how to reach it.
pub(super) fn golden_name(view: &CustomerView) -> String {
    let value =
        |field: &str| view.golden.get(field).map(|golden| golden.value.as_str()).filter(|v| !v.is_empty());
    let person: Vec<&str> = [value("given_name"), value("family_name")].into_iter().flatten().collect();
    if !person.is_empty() {
        return person.join(" ");
    }
    ["organisation", "email", "phone"].into_iter().find_map(value).unwrap_or_default().to_owned()
}

/// What a record is called, by its cleaned values.
pub(super) fn record_name(store: &Store, row: &NormalRow) -> String {
    let value = |name: &str| {
        row.values.iter().find(|value| {
            value.verdict.is_shown()
                && store.terms.field(value.field).is_some_and(|field| field.name() == name)
        })
    };
    let text = |name: &str| value(name).map(|value| value.display.as_str());
    let person: Vec<&str> = [text("given_name"), text("family_name")].into_iter().flatten().collect();
    if !person.is_empty() {
        return person.join(" ");
    }
    ["full_name", "organisation", "email", "phone"].into_iter().find_map(text).unwrap_or_default().to_owned()
}

/// A member by its name in the store.
pub(super) fn member(store: &Store, row: &NormalRow) -> MemberView {
    let source = store.terms.text(crate::store::TermKind::Source, row.source).to_owned();
    MemberView { source, record_id: row.id.to_string() }
}
