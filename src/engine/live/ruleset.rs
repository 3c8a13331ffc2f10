//! Versions of a store's rule file and drafts of the next one: written, checked,
//! submitted, taken into force and taken back. What a draft would change is
//! `impact`'s work.

use super::Graph;
use super::adopt::Adoption;
use super::bundle::Bundle;
use super::columns;
use super::retrain::{former_version, retrain, with_rules};
use crate::error::{Error, Result};
use crate::rules::{self, Rules};
use crate::store::{Batch, DraftRow, Family, Store, VersionRow, broken};
use schemars::JsonSchema;
use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use std::path::Path;

/// Bytes of a rule file at most.
const TEXT_BYTES_MAX: usize = 512 << 10;
/// What messages call a rule file that is no file.
const FILE: &str = "rules.toml";

/// A version of the rules.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct VersionView {
    pub version: u32,
    pub is_in_force: bool,
    /// Empty for versions that no rule change made: the first, and those that a
    /// training made.
    pub author: String,
    /// Who took it into force.
    pub approver: String,
    pub reason: String,
    /// RFC 3339; empty where nobody noted it.
    pub at: String,
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DraftView {
    pub number: u32,
    pub text: String,
    pub author: String,
    pub reason: String,
    pub at: String,
    /// The version in force when it was begun.
    pub base: u32,
    /// Whether the model is learned anew with it.
    pub learns: bool,
    pub is_submitted: bool,
    /// Whether it can be read without a fault.
    pub is_sound: bool,
}

/// What somebody writes down as a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDraft {
    /// `None`: a new one.
    pub number: Option<u32>,
    pub text: String,
    pub reason: String,
    pub learns: bool,
    pub is_submitted: bool,
}

/// What is wrong with a rule file.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Checked {
    pub faults: Vec<FaultView>,
}

/// One thing to mend.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FaultView {
    /// From 1; the column in characters.
    pub line: usize,
    pub column: usize,
    /// Where it lies in the text, in characters.
    pub from: usize,
    pub to: usize,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A line of the difference of two texts.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DiffLine {
    /// `same`, `added` or `removed`.
    pub kind: &'static str,
    /// Line numbers from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<usize>,
    pub text: String,
}

/// Every fault of a rule file by itself.
pub fn check_rules(text: &str) -> Checked {
    let faults = rules::parse(text, Path::new(FILE)).err();
    Checked { faults: faults.as_ref().map(|faults| views(text, faults)).unwrap_or_default() }
}

/// Every fault of a draft; where it has none by itself, whatever of it would
/// do nothing in this store.
pub fn check_draft(store: &Store, bundle: &Bundle, text: &str, learns: bool) -> Checked {
    let faults = rules::parse(text, Path::new(FILE))
        .and_then(|_| columns::check(store, bundle, text, Path::new(FILE), learns))
        .err();
    Checked { faults: faults.as_ref().map(|faults| views(text, faults)).unwrap_or_default() }
}

fn views(text: &str, faults: &rules::Faults) -> Vec<FaultView> {
    let characters = |at: usize| text.get(..at).unwrap_or(text).chars().count();
    let view = |fault: &rules::Fault| {
        let (line, column) = faults.place(fault);
        FaultView {
            line,
            column,
            from: characters(fault.span.start),
            to: characters(fault.span.end),
            message: fault.message.clone(),
            hint: fault.hint.clone(),
        }
    };
    faults.iter().map(view).collect()
}

/// The difference of two texts, line by line.
pub fn diff_lines(before: &str, after: &str) -> Vec<DiffLine> {
    let diff = TextDiff::from_lines(before, after);
    let line = |change: similar::Change<&str>| DiffLine {
        kind: match change.tag() {
            ChangeTag::Equal => "same",
            ChangeTag::Insert => "added",
            ChangeTag::Delete => "removed",
        },
        before: change.old_index().map(|at| at + 1),
        after: change.new_index().map(|at| at + 1),
        text: change.value().trim_end_matches(['\n', '\r']).to_owned(),
    };
    diff.iter_all_changes().map(line).collect()
}

fn time(at: i64) -> String {
    jiff::Timestamp::from_microsecond(at).map(|at| at.to_string()).unwrap_or_default()
}

/// Every version, the latest first.
///
/// # Errors
/// The store cannot be read.
pub fn rule_versions(store: &Store) -> Result<Vec<VersionView>> {
    let mut found = Vec::new();
    store.db.scan(Family::Models, &[], &[], |key, _| {
        let Some((version, b"rules")) = key.split_first_chunk::<4>() else { return Ok(true) };
        let version = u32::from_be_bytes(*version);
        let row = store.rule_version(version)?;
        let at = row.as_ref().map(|row| time(row.at)).unwrap_or_default();
        let row = row.unwrap_or_default();
        let is_in_force = version == store.counters.model;
        let VersionRow { author, approver, reason, .. } = row;
        found.push(VersionView { version, is_in_force, author, approver, reason, at });
        Ok(true)
    })?;
    found.reverse();
    Ok(found)
}

/// The rule file of a version: as it was written where that is known, else as
/// the engine spells it.
///
/// # Errors
/// There is no such version.
pub fn rule_text(store: &Store, version: u32) -> Result<String> {
    if let Some(row) = store.rule_version(version)? {
        return Ok(row.text);
    }
    let mut key = version.to_be_bytes().to_vec();
    key.extend_from_slice(b"rules");
    let text = store.db.get(Family::Models, &key)?;
    let text = text.ok_or_else(|| Error::usage(format!("the store has no rules of version {version}")))?;
    String::from_utf8(text).map_err(|_| broken("model"))
}

/// Every draft, the oldest first.
///
/// # Errors
/// The store cannot be read.
pub fn drafts(store: &Store) -> Result<Vec<DraftView>> {
    Ok(store.drafts()?.into_iter().map(DraftView::new).collect())
}

impl DraftView {
    fn new(row: DraftRow) -> Self {
        let is_sound = rules::parse(&row.text, Path::new(FILE)).is_ok();
        let DraftRow { number, text, author, reason, at, base, learns, is_submitted } = row;
        Self { number, text, author, reason, at: time(at), base, learns, is_submitted, is_sound }
    }
}

/// The rules that a text says, all its faults told in one error.
fn sound(text: &str) -> Result<Rules> {
    Ok(rules::parse(text, Path::new(FILE))?)
}

/// What a rule file would make of the bundle in force.
///
/// # Errors
/// The text has faults, or the store cannot be read.
pub fn draft_bundle(store: &Store, bundle: &Bundle, text: &str, learns: bool) -> Result<Bundle> {
    let rules = sound(text)?;
    columns::check(store, bundle, text, Path::new(FILE), learns)?;
    let layouts = columns::told(store, bundle, &rules)?;
    let told = Bundle { layouts, ..bundle.clone() };
    match learns {
        true => retrain(store, &told, rules),
        false => with_rules(store, &told, rules),
    }
}

impl Graph {
    /// Writes a draft down. One that somebody submitted can be changed, and is
    /// then no longer submitted unless it is said again.
    ///
    /// # Errors
    /// There is no draft of that number, or it is too long.
    pub fn save_draft(&mut self, new: NewDraft, author: &str, now: i64) -> Result<DraftView> {
        if new.text.len() > TEXT_BYTES_MAX {
            return Err(Error::usage(format!("a rule file is at most {TEXT_BYTES_MAX} bytes long")));
        }
        if new.is_submitted {
            sound(&new.text)?;
        }
        let base = self.bundle.version;
        let (number, base) = match new.number {
            Some(number) => (number, self.store.draft(number)?.ok_or_else(|| no_draft(number))?.base),
            None => (self.store.drafts()?.last().map_or(1, |last| last.number + 1), base),
        };
        let row = DraftRow {
            number,
            text: new.text,
            author: author.to_owned(),
            reason: new.reason,
            at: now,
            base,
            learns: new.learns,
            is_submitted: new.is_submitted,
        };
        let mut batch = Batch::default();
        self.store.put_draft(&mut batch, &row);
        self.commit(batch)?;
        Ok(DraftView::new(row))
    }

    /// Throws a draft away.
    ///
    /// # Errors
    /// There is none of that number.
    pub fn drop_draft(&mut self, number: u32) -> Result<()> {
        self.store.draft(number)?.ok_or_else(|| no_draft(number))?;
        let mut batch = Batch::default();
        self.store.delete_draft(&mut batch, number);
        self.commit(batch)
    }

    /// Takes a draft into force: one change of the whole store, made or not.
    ///
    /// # Errors
    /// There is no such draft, it has faults, or the store cannot be written.
    pub fn apply_draft(&mut self, number: u32, approver: &str, now: i64) -> Result<Adoption> {
        let draft = self.store.draft(number)?.ok_or_else(|| no_draft(number))?;
        let row = VersionRow {
            version: 0,
            text: draft.text,
            author: draft.author,
            approver: approver.to_owned(),
            reason: draft.reason,
            at: now,
        };
        self.adopt_rules(row, draft.learns, Some(number), now)
    }

    /// Takes a rule file into force that was no draft.
    ///
    /// # Errors
    /// As [`Graph::apply_draft`].
    pub fn apply_rules(
        &mut self,
        text: String,
        learns: bool,
        who: &str,
        reason: &str,
        now: i64,
    ) -> Result<Adoption> {
        let (author, approver, reason) = (who.to_owned(), who.to_owned(), reason.to_owned());
        self.adopt_rules(
            VersionRow { version: 0, text, author, approver, reason, at: now },
            learns,
            None,
            now,
        )
    }

    fn adopt_rules(
        &mut self,
        mut row: VersionRow,
        learns: bool,
        draft: Option<u32>,
        now: i64,
    ) -> Result<Adoption> {
        let bundle = draft_bundle(&self.store, &self.bundle, &row.text, learns)?;
        row.version = bundle.version;
        self.adopt_with(bundle, "change of rules", now, |store, batch| {
            store.put_rule_version(batch, &row);
            if let Some(number) = draft {
                store.delete_draft(batch, number);
            }
        })
    }

    /// Takes a former version into force again, as a new version.
    ///
    /// # Errors
    /// There is no such version, or the store cannot be written.
    pub fn roll_back(&mut self, version: u32, who: &str, reason: &str, now: i64) -> Result<Adoption> {
        let bundle = former_version(&self.store, &self.bundle, version)?;
        let row = VersionRow {
            version: bundle.version,
            text: rule_text(&self.store, version)?,
            author: who.to_owned(),
            approver: who.to_owned(),
            reason: match reason.is_empty() {
                true => format!("back to version {version}"),
                false => format!("back to version {version}: {reason}"),
            },
            at: now,
        };
        let cause = format!("back to model version {version}");
        self.adopt_with(bundle, &cause, now, |store, batch| store.put_rule_version(batch, &row))
    }
}

fn no_draft(number: u32) -> Error {
    Error::usage(format!("there is no draft {number}"))
        .with_hint("it was taken into force or thrown away; the list of drafts shows those there are")
}

#[cfg(test)]
mod tests {
    use super::{check_rules, diff_lines};

    #[test]
    fn differences_name_the_lines() {
        let kinds = |before, after| -> Vec<(&str, String)> {
            diff_lines(before, after).into_iter().map(|line| (line.kind, line.text)).collect()
        };
        let line = |kind, text: &str| (kind, text.to_owned());
        assert_eq!(
            kinds("a\nb\nc\n", "a\nx\nc\n"),
            [line("same", "a"), line("removed", "b"), line("added", "x"), line("same", "c")]
        );
    }

    #[test]
    fn faults_have_their_place_in_characters() {
        let faults = check_rules("# Ä\n[thresholds]\nlnik = 0.9\n").faults;
        assert_eq!((faults[0].line, faults[0].column), (3, 1));
        assert_eq!(faults[0].from, 17);
        assert!(check_rules("").faults.is_empty());
    }
}
