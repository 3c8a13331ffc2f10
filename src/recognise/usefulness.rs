//! Takes columns out of the evidence that cannot tell customers apart or
//! together: empty and constant ones, counters, what only the source decides.

use super::profile::Profile;
use super::{Draft, Layout, shape};
use crate::record::{ABSENT, Attribute, Table};
use hashbrown::HashMap;

/// Below this many filled rows, a column that never varies proves nothing.
const ROWS_MIN: usize = 20;

/// Settles within one layout.
pub(super) fn within(layout: &mut Layout, tables: &[Table]) {
    let source = layout.drafts.iter().position(|draft| draft.attribute == Attribute::Source);
    for at in 0..layout.drafts.len() {
        let once = once_a_source(layout, tables, at, source);
        numbered_rows(&mut layout.drafts[at], once);
    }
    for at in 0..layout.drafts.len() {
        let draft = &layout.drafts[at];
        if draft.profile.filled == 0 {
            layout.drafts[at].carry("empty");
        } else if !draft.by_header && draft.says_little() && follows_source(layout, tables, at, source) {
            layout.drafts[at].carry("each value stands in one source only");
        }
    }
}

/// An identifier or row id: whether it repeats, or counts rows.
fn numbered_rows(draft: &mut Draft, once: bool) {
    if draft.told {
        return;
    }
    let profile = &draft.profile;
    match draft.attribute {
        Attribute::RecordId if !once => {
            draft.attribute = Attribute::Identifier;
            draft.reason.push_str(", values repeat");
        }
        Attribute::Identifier if once && !draft.shared_scheme && is_counter(profile) => {
            draft.attribute = Attribute::RecordId;
            draft.reason.push_str(", counts rows");
        }
        Attribute::Identifier if profile.share(|value| shape::words(value) > 1) > 0.5 => {
            draft.attribute = Attribute::Text;
            draft.reason.push_str(", but the values are words");
        }
        Attribute::Text | Attribute::Carried if !draft.by_header && once && is_counter(profile) => {
            draft.carry("row counter");
        }
        _ => {}
    }
}

/// Whether no value stands in two rows of one source.
fn once_a_source(layout: &Layout, tables: &[Table], at: usize, source: Option<usize>) -> bool {
    let profile = &layout.drafts[at].profile;
    if profile.sample.iter().all(|sampled| sampled.count <= sampled.tables) {
        return true;
    }
    let Some(source) = source.filter(|source| *source != at) else { return false };
    layout.tables.iter().filter_map(|&table| tables.get(table)).all(|table| {
        let (Some(values), Some(sources)) = (table.columns.get(at), table.columns.get(source)) else {
            return false;
        };
        let mut seen = hashbrown::HashSet::new();
        let named = values.codes.iter().zip(&sources.codes).filter(|(value, _)| **value != ABSENT);
        named.into_iter().all(|pair| seen.insert(pair))
    })
}

/// Consecutive numbers, with or without a fixed beginning.
fn is_counter(profile: &Profile) -> bool {
    let numbers: Vec<u64> = profile
        .sample
        .iter()
        .filter_map(|sampled| {
            let digits = sampled.value.trim_start_matches(|c: char| !c.is_ascii_digit());
            digits.parse().ok()
        })
        .collect();
    let (Some(low), Some(high)) = (numbers.iter().min(), numbers.iter().max()) else { return false };
    let spread = (high - low) as f64 + 1.0;
    numbers.len() == profile.sample.len()
        && profile.sample.len() >= 5
        && spread <= profile.filled as f64 * 1.25
}

/// Whether every value stands in one source only, few values each often: what
/// says where a record comes from says nothing of whom it is about.
fn follows_source(layout: &Layout, tables: &[Table], at: usize, source: Option<usize>) -> bool {
    let profile = &layout.drafts[at].profile;
    if !is_short_list(profile) {
        return false;
    }
    if layout.tables.len() > 1 {
        return profile.sample.iter().all(|sampled| sampled.tables == 1);
    }
    let Some(source) = source.filter(|source| *source != at) else { return false };
    let mut source_of: HashMap<u32, u32> = HashMap::new();
    let mut sources_seen = hashbrown::HashSet::new();
    layout.tables.iter().filter_map(|&table| tables.get(table)).all(|table| {
        let (Some(values), Some(sources)) = (table.columns.get(at), table.columns.get(source)) else {
            return false;
        };
        values.codes.iter().zip(&sources.codes).filter(|(value, _)| **value != ABSENT).all(
            |(&value, &source)| {
                sources_seen.insert(source);
                *source_of.entry(value).or_insert(source) == source
            },
        )
    }) && sources_seen.len() > 1
}

/// Settles across layouts: a column that never varies is evidence only where
/// another table has other values of the same field, a short list of words only
/// where another table draws on it too, and numbers of an unknown scheme that
/// never repeat only where another table has them.
pub(super) fn across(layouts: &mut [Layout]) {
    for at in 0..layouts.len() {
        for column in 0..layouts[at].drafts.len() {
            if let Some(reason) = useless_across(layouts, at, column) {
                layouts[at].drafts[column].carry(reason);
            }
        }
    }
}

/// Why the column tells nothing about customers, in sight of the other layouts.
fn useless_across(layouts: &[Layout], at: usize, column: usize) -> Option<&'static str> {
    let draft = layouts.get(at)?.drafts.get(column)?;
    if draft.told || !draft.attribute.is_evidence() || draft.profile.filled < ROWS_MIN {
        return None;
    }
    let others = layouts.iter().enumerate().filter(|(other, _)| *other != at);
    let mut same_field = others
        .flat_map(|(_, layout)| &layout.drafts)
        .filter(|other| other.attribute == draft.attribute && other.label == draft.label)
        .filter(|other| other.profile.overlaps(&draft.profile));
    match draft.attribute {
        Attribute::Country => None,
        _ if is_constant(draft) => same_field.all(is_constant).then_some("constant"),
        Attribute::Identifier if draft.profile.is_unique() && !draft.shared_scheme => {
            same_field.next().is_none().then_some("different in every row")
        }
        // Beside other channels, such a list sorts transactions: a department,
        // a branch. In a lone table it may well say something of persons.
        Attribute::Text if layouts.len() > 1 && !draft.by_header && is_short_list(&draft.profile) => {
            same_field.next().is_none().then_some("few values, in one source only")
        }
        _ => None,
    }
}

fn is_constant(draft: &Draft) -> bool {
    draft.profile.is_complete() && draft.profile.sample.len() == 1
}

/// Whether the values are few, and each stands in many rows.
fn is_short_list(profile: &Profile) -> bool {
    let distinct = profile.sample.len();
    profile.is_complete() && (2..=50).contains(&distinct) && profile.filled >= distinct * 5
}
