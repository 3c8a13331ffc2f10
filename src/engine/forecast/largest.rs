//! The values that most records share under one key: what a steward should
//! look at first, since they are often placeholders or shared contacts.

use crate::blocking::{PreparedKey, evaluate};
use crate::engine::key_search;
use crate::engine::matching::Matcher;
use crate::record::ABSENT;
use crate::rules::{KeyExpression, KeyRule};
use serde::Serialize;

/// One value of a key, with the records that share it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Largest {
    /// What the expressions make of the records; personal, so not serialised.
    #[serde(skip)]
    pub value: String,
    pub records: u64,
}

/// Values listed per key.
const SHOWN_MAX: usize = 3;
/// Groups whose value is looked up.
const GROUPS_MAX: usize = 40;
/// A value that fewer records share is not worth a look.
const RECORDS_MIN: usize = 10;

/// The values that most records share under `rule`, before blocks are split.
pub fn largest(matcher: &Matcher, rule: &KeyRule) -> Vec<Largest> {
    let found = key_search::prepared(matcher, std::slice::from_ref(rule), |_, key| {
        Some(groups(key, matcher.records.len()))
    });
    let groups = found.into_iter().flatten();
    let mut largest: Vec<Largest> = groups
        .map(|(a, b, records)| Largest {
            value: shared_text(matcher, rule, a as usize, b as usize),
            records: records as u64,
        })
        .collect();
    // A value with a character left out has several forms, shared by about the same records.
    largest.dedup_by(|next, known| next.value == known.value);
    largest.truncate(SHOWN_MAX);
    largest
}

/// First and last member and size of the largest groups of one key.
fn groups(key: &PreparedKey, records: usize) -> Vec<(u32, u32, usize)> {
    let mut entries: Vec<(u64, u32)> = Vec::with_capacity(records);
    for record in 0..records {
        key.keys(record, |hash| entries.push((hash, record as u32)));
    }
    entries.sort_unstable();
    let mut groups: Vec<(u32, u32, usize)> = entries
        .chunk_by(|x, y| x.0 == y.0)
        .filter(|group| group.len() >= RECORDS_MIN)
        .filter_map(|group| Some((group.first()?.1, group.last()?.1, group.len())))
        .collect();
    groups.sort_unstable_by_key(|&(first, last, size)| (std::cmp::Reverse(size), first, last));
    groups.truncate(GROUPS_MAX);
    groups
}

/// What the rule's expressions make of both records.
fn shared_text(matcher: &Matcher, rule: &KeyRule, a: usize, b: usize) -> String {
    let of = |expression: &KeyExpression| {
        let of_b = texts(matcher, expression, b);
        // The longest is the value itself rather than one of its shorter forms.
        let both = texts(matcher, expression, a).into_iter().filter(|text| of_b.contains(text));
        both.max_by_key(|text| (text.len(), std::cmp::Reverse(text.clone()))).unwrap_or_default()
    };
    rule.expressions.iter().map(of).collect::<Vec<_>>().join(" + ")
}

fn texts(matcher: &Matcher, expression: &KeyExpression, record: usize) -> Vec<String> {
    let mut texts = Vec::new();
    for column in matcher.records.columns.iter().filter(|column| column.field.name() == expression.field) {
        let code = column.canonical_code(record);
        if code != ABSENT {
            evaluate(expression, column.canonical.get(code), |text| texts.push(text.to_owned()));
        }
    }
    texts
}
