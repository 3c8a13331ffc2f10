//! Finds out what each column holds, from its header and its values, so that a
//! merge needs no configuration. Decides only; reading and cleaning are others'.
//!
//! The header is strong evidence, the values may veto it; where it says
//! nothing, the values decide. Then the columns beside it are heard. Every
//! figure is taken over all values or over a sample drawn by hash, so the
//! order of rows changes nothing.

mod content;
mod country;
mod dates;
mod header;
mod languages;
mod lexicon;
mod places;
mod profile;
mod shape;
mod siblings;
mod usefulness;
mod words;

#[cfg(test)]
mod tests;

pub use country::default_country;

use crate::normalise::Tables;
use crate::record::{Attribute, Table};
use crate::rules::{ColumnRule, DateOrder, Rules};
use header::Said;
use profile::Profile;
use siblings::Open;

/// What one column was found to hold, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDecision {
    /// Index into the tables given.
    pub table: usize,
    /// Index into that table's columns.
    pub column: usize,
    pub attribute: Attribute,
    /// For labelled attributes: the scheme or text it is, from the header.
    pub label: String,
    /// A phrase for the steward: ``header `Nachname` ``, `97 % are e-mail addresses`,
    /// `constant`, `row counter`.
    pub reason: String,
    /// The share of rows with a value, 0 to 1.
    pub filled: f64,
    /// For columns of dates: how `03/04/2001` is read there; `None` where its
    /// values do not tell.
    pub date_order: Option<DateOrder>,
}

/// Decides every column of every table, in order. Columns that `rules` map are
/// taken as told; the others are recognised, names and towns by what is `known`.
pub fn recognise(tables: &[Table], rules: &Rules, known: &Tables) -> Vec<ColumnDecision> {
    let mut layouts = layouts(tables, rules, known);
    for layout in &mut layouts {
        siblings::settle(layout, tables);
        usefulness::within(layout, tables);
    }
    usefulness::across(&mut layouts);
    let mut decisions: Vec<_> = layouts.iter().flat_map(|layout| layout.decisions(tables)).collect();
    decisions.sort_unstable_by_key(|decision| (decision.table, decision.column));
    decisions
}

/// What a column's name alone says that it holds, or the rule file where it
/// names the column; for labelled attributes with the label.
pub fn by_name(source: &str, column: &str, rules: &Rules) -> (Attribute, String) {
    let draft = Draft::new(column, Profile::of(&[], Tables::shipped()), rule_for(rules, source, column));
    let label = if draft.attribute.is_labelled() { draft.label } else { String::new() };
    (draft.attribute, label)
}

/// The tables with the same columns and the same told meanings, decided as
/// one: the parts of a file that was split by its source column agree.
struct Layout<'a> {
    /// Indices into the tables.
    tables: Vec<usize>,
    /// One per column.
    drafts: Vec<Draft<'a>>,
}

/// What a column is held to be so far.
struct Draft<'a> {
    name: &'a str,
    profile: Profile<'a>,
    attribute: Attribute,
    label: String,
    reason: String,
    /// Whether its header, rather than its values, says so.
    by_header: bool,
    /// Whether the rule file says so; never changed then.
    told: bool,
    /// Whether its header names an identifier that channels share.
    shared_scheme: bool,
    open: Open,
}

/// A table's columns, with what the rule file says of each.
type Signature<'a, 'r> = Vec<(&'a str, Option<&'r ColumnRule>)>;

fn layouts<'a>(tables: &'a [Table], rules: &Rules, known: &'a Tables) -> Vec<Layout<'a>> {
    let mut groups: Vec<(Signature, Vec<usize>)> = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let columns = table.columns.iter().map(|column| column.name.as_str());
        let signature: Vec<_> = columns.map(|name| (name, rule_for(rules, &table.source, name))).collect();
        match groups.iter_mut().find(|(known, _)| *known == signature) {
            Some((_, members)) => members.push(at),
            None => groups.push((signature, vec![at])),
        }
    }
    let layout = |(signature, members): (Signature<'a, '_>, Vec<usize>)| {
        let draft = |(at, (name, rule)): (usize, (&'a str, Option<&ColumnRule>))| {
            let columns: Vec<_> =
                members.iter().filter_map(|&table| tables.get(table)?.columns.get(at)).collect();
            Draft::new(name, Profile::of(&columns, known), rule)
        };
        let drafts = signature.into_iter().enumerate().map(draft).collect();
        Layout { tables: members, drafts }
    };
    groups.into_iter().map(layout).collect()
}

/// The rule for a column; one that names the source goes before one that does not.
fn rule_for<'r>(rules: &'r Rules, source: &str, column: &str) -> Option<&'r ColumnRule> {
    let named = |rule: &&ColumnRule| rule.column == column;
    let own = rules.columns.iter().filter(named).find(|rule| rule.source.as_deref() == Some(source));
    own.or_else(|| rules.columns.iter().filter(named).find(|rule| rule.source.is_none()))
}

impl<'a> Draft<'a> {
    fn new(name: &'a str, profile: Profile<'a>, rule: Option<&ColumnRule>) -> Self {
        let label = header::label(name);
        let reason = format!("header `{name}`");
        let mut draft = Self {
            name,
            profile,
            attribute: Attribute::Text,
            label,
            reason,
            by_header: true,
            told: false,
            shared_scheme: false,
            open: Open::No,
        };
        if let Some(rule) = rule {
            draft.told(rule);
            return draft;
        }
        match header::read(name) {
            Said::Attribute(attribute) => draft.named(attribute),
            Said::Scheme(label) => draft.scheme(label),
            Said::RecordId => draft.attribute = Attribute::RecordId,
            Said::WholeName => draft.maybe(Attribute::FullName, Open::WholeName),
            Said::FirstOrFamilyName => draft.maybe(Attribute::GivenName, Open::FirstOrFamily),
            Said::Nothing => draft.by_values(),
        }
        draft
    }

    fn told(&mut self, rule: &ColumnRule) {
        self.attribute = rule.attribute;
        self.told = true;
        self.reason = "rule file".into();
        if let Some(label) = &rule.label {
            self.label = label.clone();
        } else if let (Attribute::Identifier, Said::Scheme(label)) = (rule.attribute, header::read(self.name))
        {
            self.label = label;
        }
    }

    /// Takes the header's word, unless the values contradict it.
    fn named(&mut self, attribute: Attribute) {
        let days = |value: &str| value.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day));
        if attribute == Attribute::BirthDate && self.profile.share(days) >= 0.8 {
            self.attribute = Attribute::BirthDay;
            return;
        }
        if matches!(attribute, Attribute::Title) && self.profile.share(shape::is_salutation) >= 0.6 {
            self.attribute = Attribute::Gender;
            return;
        }
        match content::contradiction(attribute, &self.profile).filter(|_| !self.profile.sample.is_empty()) {
            None => self.attribute = attribute,
            Some(why) => {
                self.by_values();
                self.reason = format!("{}, and not {}: {why}", self.reason, attribute.name());
            }
        }
    }

    fn scheme(&mut self, label: String) {
        let wordy = self.profile.share(|value| shape::digits(value) == 0) >= 0.6;
        if wordy && !self.profile.sample.is_empty() {
            return self.by_values();
        }
        self.attribute = Attribute::Identifier;
        self.shared_scheme = header::is_shared(&label);
        self.label = label;
    }

    /// Takes an unclear header's word where the values are words at all.
    fn maybe(&mut self, attribute: Attribute, open: Open) {
        match content::contradiction(attribute, &self.profile).filter(|_| !self.profile.sample.is_empty()) {
            Some(_) => self.by_values(),
            None => {
                self.attribute = attribute;
                self.open = open;
            }
        }
    }

    fn by_values(&mut self) {
        let finding = content::read(&self.profile);
        self.attribute = finding.attribute;
        self.reason = finding.reason;
        self.by_header = false;
    }

    fn become_by_values(&mut self, attribute: Attribute, reason: &str) {
        self.attribute = attribute;
        self.reason = reason.to_owned();
        self.by_header = false;
    }

    /// Takes it out of the evidence, unless the rule file put it there.
    fn carry(&mut self, reason: &str) {
        if !self.told {
            self.attribute = Attribute::Carried;
            self.reason = reason.to_owned();
        }
    }

    /// Held to be evidence for want of anything better.
    fn says_little(&self) -> bool {
        use Attribute::{Age, BirthDate, BirthYear, Country, HouseNumber, Identifier, Region, Text};
        matches!(
            self.attribute,
            Text | Identifier | BirthYear | BirthDate | Age | HouseNumber | Country | Region
        )
    }

    /// Numbers that nothing has yet given a meaning.
    fn is_plain_number(&self) -> bool {
        !self.by_header
            && matches!(self.attribute, Attribute::Carried | Attribute::HouseNumber)
            && self.profile.share(|value| value.len() <= 5 && shape::digits(value) > 0) >= 0.9
            && !self.told
    }
}

impl Layout<'_> {
    fn decisions(&self, tables: &[Table]) -> impl Iterator<Item = ColumnDecision> {
        let dated = |draft: &Draft| matches!(draft.attribute, Attribute::BirthDate | Attribute::UpdatedAt);
        let orders: Vec<_> =
            self.drafts.iter().map(|d| dated(d).then(|| dates::order(&d.profile)).flatten()).collect();
        let mut decisions = Vec::new();
        for &table in &self.tables {
            for (column, draft) in self.drafts.iter().enumerate() {
                let own = tables.get(table).and_then(|table| table.columns.get(column));
                let own = own.map_or(0.0, |column| {
                    let filled = column.codes.iter().filter(|code| **code != crate::record::ABSENT).count();
                    profile::ratio(filled, column.codes.len())
                });
                let label = if draft.attribute.is_labelled() { draft.label.clone() } else { String::new() };
                decisions.push(ColumnDecision {
                    table,
                    column,
                    attribute: draft.attribute,
                    label,
                    reason: draft.reason.clone(),
                    filled: own,
                    date_order: orders.get(column).copied().flatten(),
                });
            }
        }
        decisions.into_iter()
    }
}
