//! What people decide: judgements on pairs, and erasure.

use super::asked::{Asked, Reply, of_customer};
use super::customers::Page;
use super::matching::RecordName;
use super::problem::Problem;
use crate::engine::live::{self, Change, Decided, JudgementMade, Resolved};
use crate::error::Error;
use crate::judgement::Judgement;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Records that one erasure takes.
const ERASED_MAX: usize = 1000;
/// Bytes of a reason.
const WHY_BYTES_MAX: usize = 4096;

/// What two records are.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// One customer.
    Same,
    /// Two customers.
    Different,
    /// Undecided: the score stands, and the pair is not asked again.
    Unsure,
}

/// A decision about two records. Who decides is the token's name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewJudgement")]
pub struct NewJudgement {
    pub a: RecordName,
    pub b: RecordName,
    #[serde(rename = "as")]
    pub verdict: Verdict,
    #[serde(default)]
    pub why: String,
}

/// What a judgement changed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Judged {
    pub changes: Vec<Change>,
}

pub async fn judge(asked: Asked) -> Result<Reply, Problem> {
    let new: NewJudgement = asked.json()?;
    let (a, b) = (new.a.checked("/a")?, new.b.checked("/b")?);
    if a == b {
        return Err(Problem::invalid("/b", "both names mean the same record"));
    }
    if new.why.len() > WHY_BYTES_MAX {
        return Err(Problem::invalid("/why", format!("the reason is at most {WHY_BYTES_MAX} bytes long")));
    }
    let subjects = [&a, &b].map(|(source, id)| asked.service.subject(source, id));
    let judgement = match new.verdict {
        Verdict::Same => Judgement::Positive,
        Verdict::Different => Judgement::Negative,
        Verdict::Unsure => Judgement::Unsure,
    };
    let decided = Decided { judgement, who: asked.who.name.clone(), why: new.why };
    let changes = asked.service.writer.judge(a, b, decided).await?;
    Ok(Reply::json(&Judged { changes })?.about(subjects))
}

pub async fn judgements(asked: Asked) -> Result<Reply, Problem> {
    let limit = asked.limit()?;
    let from = asked.number("cursor", 0, u64::MAX)?;
    let items = asked.read(move |view| live::judgements_from(&view.store, from, limit)).await?;
    let page = Page::new(items, limit, |made: &JudgementMade| (made.number + 1).to_string());
    Ok(Reply::json(&page)?.about(["judgements".to_owned()]))
}

/// What is to be erased.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    #[serde(default)]
    pub records: Vec<RecordName>,
    /// Customers whose records are all erased.
    #[serde(default)]
    pub customers: Vec<String>,
}

pub async fn erase(asked: Asked) -> Result<Reply, Problem> {
    let erasure: Erasure = asked.json()?;
    let mut names = Vec::with_capacity(erasure.records.len());
    for (at, name) in erasure.records.into_iter().enumerate() {
        names.push(name.checked(&format!("/records/{at}"))?);
    }
    let mut subjects: Vec<String> = erasure.customers.iter().map(|id| of_customer(id)).collect();
    let customers = erasure.customers;
    let members = asked.read(move |view| {
        let mut members = Vec::new();
        for id in &customers {
            match live::customer(&view.store, id)? {
                Resolved::Customer(customer) => members.extend(customer.members),
                Resolved::Retired { .. } => {
                    return Err(Error::usage(format!("customer `{id}` is no more"))
                        .with_hint("ask for the customer: the answer names its successors"));
                }
            }
        }
        Ok(members)
    });
    names.extend(members.await?.into_iter().map(|member| (member.source, member.record_id)));
    names.sort_unstable();
    names.dedup();
    if names.is_empty() || names.len() > ERASED_MAX {
        let detail = format!("name 1 to {ERASED_MAX} records, or customers that have so many");
        return Err(Problem::invalid("/records", detail));
    }
    subjects.extend(names.iter().map(|(source, id)| asked.service.subject(source, id)));
    let receipt = asked.service.writer.erase(names).await?;
    asked.service.replays.clear();
    Ok(Reply::json(&receipt)?.about(subjects))
}
