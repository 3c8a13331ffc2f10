//! Rule files over HTTP: versions, differences, drafts, trials, and how a draft
//! comes into force or a former version again.

use super::asked::{Asked, Reply, whole, whole_or_none};
use super::problem::{FORBIDDEN, NOT_FOUND, PRECONDITION, Problem};
use super::trials::TrialView;
use crate::engine::live::{self, Checked, DiffLine, DraftView, NewDraft, VersionView};
use crate::error::Result as EngineResult;
use hyper::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The rules of the store.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ruleset {
    /// The version in force.
    pub in_force: u32,
    /// Its text.
    pub text: String,
    /// The latest first.
    pub versions: Vec<VersionView>,
    pub drafts: Vec<DraftView>,
    /// Whether rules come into force only by somebody who did not write them.
    pub four_eyes: bool,
}

pub async fn list(asked: Asked) -> Result<Reply, Problem> {
    let four_eyes = asked.service.settings.four_eyes;
    let read = move |view: &super::View| {
        let store = &view.store;
        let in_force = store.counters.model;
        let text = live::rule_text(store, in_force)?;
        let (versions, drafts) = (live::rule_versions(store)?, live::drafts(store)?);
        Ok(Ruleset { in_force, text, versions, drafts, four_eyes })
    };
    Ok(Reply::json(&asked.read(read).await?)?.about(["rules".to_owned()]))
}

/// A rule file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    pub text: String,
    /// Whether the model is to be learned anew with it.
    #[serde(default)]
    pub learns: bool,
}

pub async fn check(asked: Asked) -> Result<Reply, Problem> {
    let RuleText { text, learns } = asked.json()?;
    Reply::json(&checked(&asked, text, learns).await?)
}

/// What is wrong with a rule file for this store.
async fn checked(asked: &Asked, text: String, learns: bool) -> Result<Checked, Problem> {
    asked.read(move |view| Ok(live::check_draft(&view.store, &view.bundle, &text, learns))).await
}

/// Refuses a rule file that has faults.
async fn sound(asked: &Asked, text: &str, learns: bool) -> Result<(), Problem> {
    match checked(asked, text.to_owned(), learns).await?.faults.first() {
        None => Ok(()),
        Some(fault) => Err(Problem::invalid("/text", format!("the rule file has faults: {}", fault.message))
            .with_hint("`POST /v1/rules/check` says where, and what mends them")),
    }
}

pub async fn schema(_: Asked) -> Result<Reply, Problem> {
    Reply::json(&crate::rules::schema())
}

/// One side of a difference.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, untagged)]
pub enum Compared {
    Version {
        #[serde(deserialize_with = "whole")]
        #[schemars(range(max = u32::MAX))]
        version: u32,
    },
    Draft {
        #[serde(deserialize_with = "whole")]
        #[schemars(range(max = u32::MAX))]
        draft: u32,
    },
    Text {
        text: String,
    },
}

/// Two rule files to compare.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDiff {
    pub before: Compared,
    pub after: Compared,
}

/// Where two rule files differ.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Diff {
    pub lines: Vec<DiffLine>,
}

pub async fn diff(asked: Asked) -> Result<Reply, Problem> {
    let NewDiff { before, after } = asked.json()?;
    let read = move |view: &super::View| {
        let text = |side: Compared| -> EngineResult<String> {
            match side {
                Compared::Version { version } => live::rule_text(&view.store, version),
                Compared::Text { text } => Ok(text),
                Compared::Draft { draft } => {
                    let known = live::drafts(&view.store)?.into_iter().find(|known| known.number == draft);
                    let none = || crate::error::Error::usage(format!("there is no draft {draft}"));
                    known.map(|known| known.text).ok_or_else(none)
                }
            }
        };
        Ok(Diff { lines: live::diff_lines(&text(before)?, &text(after)?) })
    };
    Ok(Reply::json(&asked.read(read).await?)?.about(["rules".to_owned()]))
}

/// A draft as it is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenDraft {
    /// Left out: a new one.
    #[serde(default, deserialize_with = "whole_or_none")]
    #[schemars(range(max = u32::MAX))]
    pub number: Option<u32>,
    pub text: String,
    #[serde(default)]
    pub reason: String,
    /// Whether the model is learned anew with it.
    #[serde(default)]
    pub learns: bool,
    /// Whether it is asked to be taken into force; it must be without fault.
    #[serde(default)]
    pub submit: bool,
}

pub async fn save(asked: Asked) -> Result<Reply, Problem> {
    let WrittenDraft { number, text, reason, learns, submit } = asked.json()?;
    if submit {
        sound(&asked, &text, learns).await?;
    }
    let who = asked.who.name.clone();
    let draft = NewDraft { number, text, reason, learns, is_submitted: submit };
    let saved = asked.service.writer.change(move |graph| graph.save_draft(draft, &who, now())).await?;
    Ok(Reply::json(&saved)?.about([format!("draft:{}", saved.number)]))
}

pub async fn throw_away(asked: Asked) -> Result<Reply, Problem> {
    let number = number(&asked, "draft")?;
    asked.service.writer.change(move |graph| graph.drop_draft(number)).await?;
    Ok(Reply::new(StatusCode::NO_CONTENT, "", "").about([format!("draft:{number}")]))
}

/// A number in the path.
fn number(asked: &Asked, name: &str) -> Result<u32, Problem> {
    asked.part(name)?.parse().map_err(|_| Problem::invalid(name, format!("`{name}` is a number")))
}

fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

/// A rule file to be tried out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrial {
    pub text: String,
    /// Whether the model is learned anew with it.
    #[serde(default)]
    pub learns: bool,
}

pub async fn try_out(asked: Asked) -> Result<Reply, Problem> {
    let NewTrial { text, learns } = asked.json()?;
    sound(&asked, &text, learns).await?;
    let trial = asked.service.trials.begin(&asked.service, text, learns);
    let view: Option<TrialView> = asked.service.trials.of(trial);
    let view = view.ok_or_else(|| Problem::internal("the trial is gone"))?;
    Ok(Reply::json(&view)?.about(["rules".to_owned()]))
}

pub async fn prepare(asked: Asked) -> Result<Reply, Problem> {
    asked.service.trials.prepare(&asked.service);
    Ok(Reply::new(StatusCode::NO_CONTENT, "", "").about(["rules".to_owned()]))
}

pub async fn trial(asked: Asked) -> Result<Reply, Problem> {
    let number = number(&asked, "trial")?;
    let none = || Problem::new(&NOT_FOUND, "there is no such trial any more").with_hint("try it out again");
    let view = asked.service.trials.of(u64::from(number)).ok_or_else(none)?;
    let mut subjects: Vec<String> = Vec::new();
    let samples = view.impact.iter().flat_map(|impact| &impact.samples);
    subjects.extend(samples.map(|sample| super::asked::of_customer(&sample.customer_id)));
    subjects.sort_unstable();
    subjects.dedup();
    Ok(Reply::json(&view)?.about(subjects))
}

/// What coming into force changed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InForce {
    pub version: u32,
    pub records: u64,
    pub customers_before: u64,
    pub customers: u64,
    /// Changes by kind.
    pub kinds: BTreeMap<String, u64>,
}

impl From<live::Adoption> for InForce {
    fn from(adoption: live::Adoption) -> Self {
        let live::Adoption { version, records, customers_before, customers, kinds, .. } = adoption;
        let kinds = kinds.into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect();
        Self { version, records, customers_before, customers, kinds }
    }
}

/// What was looked at before a draft is taken into force.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The version that was in force; refused where it is another meanwhile.
    #[serde(default, deserialize_with = "whole_or_none")]
    #[schemars(range(max = u32::MAX))]
    pub base: Option<u32>,
}

pub async fn apply(asked: Asked) -> Result<Reply, Problem> {
    let Approval { base } = asked.json()?;
    let draft = number(&asked, "draft")?;
    let who = asked.who.name.clone();
    let four_eyes = asked.service.settings.four_eyes;
    let change = move |graph: &mut live::Graph| {
        let known = graph.store.draft(draft)?;
        if known.as_ref().is_some_and(|draft| !draft.is_submitted) {
            return Ok(Err(Problem::new(&PRECONDITION, "the draft is not submitted")
                .with_hint("submit it, or ask its author to")));
        }
        if four_eyes && known.is_some_and(|draft| draft.author == who) {
            return Ok(Err(Problem::new(&FORBIDDEN, "somebody else must take this draft into force")
                .with_hint("the service is set to `four_eyes`, and you wrote the draft")));
        }
        if base.is_some_and(|base| base != graph.bundle.version) {
            return Ok(Err(Problem::new(&PRECONDITION, "another version came into force meanwhile")
                .with_hint("try the draft out again")));
        }
        graph.apply_draft(draft, &who, now()).map(Ok)
    };
    let adoption = asked.service.writer.change(change).await??;
    Ok(Reply::json(&InForce::from(adoption))?.about([format!("draft:{draft}")]))
}

/// The version to go back to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    #[serde(deserialize_with = "whole")]
    #[schemars(range(max = u32::MAX))]
    pub version: u32,
    #[serde(default)]
    pub reason: String,
}

pub async fn roll_back(asked: Asked) -> Result<Reply, Problem> {
    let RollBack { version, reason } = asked.json()?;
    let who = asked.who.name.clone();
    let change = move |graph: &mut live::Graph| graph.roll_back(version, &who, &reason, now());
    let adoption = asked.service.writer.change(change).await?;
    Ok(Reply::json(&InForce::from(adoption))?.about([format!("rules:{version}")]))
}

/// The text of a version.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VersionText {
    pub version: u32,
    pub text: String,
}

pub async fn version(asked: Asked) -> Result<Reply, Problem> {
    let version = number(&asked, "version")?;
    let text = asked.read(move |view| live::rule_text(&view.store, version)).await?;
    Ok(Reply::json(&VersionText { version, text })?.about([format!("rules:{version}")]))
}
