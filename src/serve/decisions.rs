//! What people decide: judgements on pairs, and erasure.

use super::asked::{Asked, Reply, of_customer};
use super::customers::Page;
use super::matching::RecordName;
use super::problem::{PRECONDITION, Problem};
use super::route::{BASE, CURSOR_NUMBER, LIMIT, Route, json};
use crate::engine::live::{
    self, Change, Decision, Foreseen, FourEyes, Graph, JudgedPair, JudgementMade, MemberView, ProposalView,
    Resolved, Subject,
};
use crate::error::{Error, Result as EngineResult};
use crate::judgement::Judgement;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Records that one erasure takes.
const ERASED_MAX: usize = 1000;
/// Bytes of a reason.
pub const WHY_BYTES_MAX: usize = 4096;

pub const LIST: Route = Route {
    path: "/v1/judgements",
    name: "listJudgements",
    summary: "List the stewards' judgements",
    detail: "The oldest first, those that were superseded included.",
    parameters: &[CURSOR_NUMBER, LIMIT],
    gives: json::<Page<JudgementMade>>("A page of judgements"),
    answer: |asked| Box::pin(judgements(asked)),
    ..BASE
};

/// What two records are.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// One customer.
    Same,
    /// Two customers.
    Different,
    /// Undecided: the score stands, and the pair is not asked again.
    Unsure,
    /// Taken back: as if it had never been judged.
    Withdrawn,
}

impl Verdict {
    fn judgement(self) -> Judgement {
        match self {
            Self::Same => Judgement::Positive,
            Self::Different => Judgement::Negative,
            Self::Unsure => Judgement::Unsure,
            Self::Withdrawn => Judgement::Withdrawn,
        }
    }

    fn of(judgement: Judgement) -> Self {
        match judgement {
            Judgement::Positive => Self::Same,
            Judgement::Negative => Self::Different,
            Judgement::Unsure => Self::Unsure,
            Judgement::Withdrawn => Self::Withdrawn,
        }
    }
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

/// What a judgement or a pin changed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Judged {
    pub changes: Vec<Change>,
    /// What waits for somebody else's approval instead, where that is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<ProposalView>,
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
    let judgement = new.verdict.judgement();
    let pair = if a <= b { (a, b, judgement) } else { (b, a, judgement) };
    let by = Maker::new(&asked, new.why);
    let made = asked.service.writer.change(move |graph| by.make(graph, vec![pair], false)).await?;
    let (changes, proposal) = match made {
        Outcome::Made { changes, .. } => (changes, None),
        Outcome::Proposed(proposal) => (Vec::new(), Some(proposal)),
        Outcome::Settled => return Err(settled()),
    };
    Ok(Reply::json(&Judged { changes, proposal })?.about(subjects))
}

/// Who decides why, and whether that is theirs alone.
struct Maker {
    who: String,
    why: String,
    four_eyes: FourEyes,
}

/// What became of a decision.
enum Outcome {
    Made {
        changes: Vec<Change>,
        undo: Vec<JudgedPair>,
    },
    /// It waits for somebody else's approval.
    Proposed(ProposalView),
    /// Somebody decided or proposed one of the pairs meanwhile.
    Settled,
}

impl Maker {
    fn new(asked: &Asked, why: String) -> Self {
        let four_eyes = asked.service.settings.four_eyes_for_decisions();
        Self { who: asked.who.name.clone(), why, four_eyes }
    }

    fn make(&self, graph: &mut Graph, pairs: Vec<JudgedPair>, if_open: bool) -> EngineResult<Outcome> {
        let Self { who, why, four_eyes } = self;
        let now = jiff::Timestamp::now().as_microsecond();
        if if_open && (graph.is_judged(&pairs)? || graph.proposed_of(&pairs)?.is_some()) {
            return Ok(Outcome::Settled);
        }
        if four_eyes.asks(&graph.store.moment(), &graph.bundle, &pairs, who, now)? {
            return graph.propose(pairs, who, why, now).map(Outcome::Proposed);
        }
        let undo = graph.taken_back(&pairs);
        Ok(Outcome::Made { changes: graph.judge_pairs(pairs, who, why, now)?, undo })
    }
}

fn settled() -> Problem {
    let detail = "somebody has decided or proposed one of the pairs meanwhile";
    Problem::new(&PRECONDITION, detail).with_hint("look at it again, or leave out `if_open`")
}

/// One side of a decision.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, untagged)]
pub enum Side {
    /// Every record that the customer has.
    Customer {
        customer_id: String,
    },
    Records {
        records: Vec<RecordName>,
    },
}

/// What is decided between two sides, or of a list of pairs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DecisionStep")]
pub struct Step {
    #[serde(rename = "as")]
    pub verdict: Verdict,
    #[serde(default)]
    pub a: Option<Side>,
    #[serde(default)]
    pub b: Option<Side>,
    /// In place of `a` and `b`.
    #[serde(default)]
    pub pairs: Vec<super::matching::Pair>,
}

/// Decisions that are made together. Who decides is the token's name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    #[schemars(length(min = 1, max = STEPS_MAX))]
    pub steps: Vec<Step>,
    #[serde(default)]
    pub why: String,
    /// Refused where somebody judged one of the pairs already.
    #[serde(default)]
    pub if_open: bool,
}

/// One judgement of a decision.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JudgedPairView {
    pub a: MemberView,
    pub b: MemberView,
    #[serde(rename = "as")]
    pub verdict: Verdict,
}

/// What a decision changed, and what takes it back.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Made {
    pub changes: Vec<Change>,
    /// The judgements that were in force before.
    pub undo: Vec<JudgedPairView>,
    /// What waits for somebody else's approval instead, where that is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<ProposalView>,
}

impl Made {
    pub fn new(changes: Vec<Change>, undo: Vec<JudgedPair>) -> Self {
        let view = |(a, b, judgement): JudgedPair| {
            let member = |(source, record_id)| MemberView { source, record_id };
            JudgedPairView { a: member(a), b: member(b), verdict: Verdict::of(judgement) }
        };
        Self { changes, undo: undo.into_iter().map(view).collect(), proposal: None }
    }
}

/// What a decision would change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Preview {
    pub changes: Vec<Foreseen>,
    /// How many pairs it judges.
    pub pairs: usize,
    /// Whether it takes effect only once somebody else approved it.
    pub needs_approval: bool,
}

/// Steps that one decision has at most.
const STEPS_MAX: usize = 16;

impl NewDecision {
    fn checked(self) -> Result<Vec<(Decision, Judgement)>, Problem> {
        if self.steps.is_empty() || self.steps.len() > STEPS_MAX {
            return Err(Problem::invalid("/steps", format!("a decision has 1 to {STEPS_MAX} steps")));
        }
        if self.why.len() > WHY_BYTES_MAX {
            let detail = format!("the reason is at most {WHY_BYTES_MAX} bytes long");
            return Err(Problem::invalid("/why", detail));
        }
        let checked = |(at, step): (usize, Step)| step.checked(&format!("/steps/{at}"));
        self.steps.into_iter().enumerate().map(checked).collect()
    }
}

impl Step {
    fn checked(self, field: &str) -> Result<(Decision, Judgement), Problem> {
        let decision = match (self.a, self.b, self.pairs) {
            (Some(a), Some(b), pairs) if pairs.is_empty() => {
                Decision::Between(a.checked(&format!("{field}/a"))?, b.checked(&format!("{field}/b"))?)
            }
            (None, None, pairs) if !pairs.is_empty() => {
                let pair = |(at, pair): (usize, super::matching::Pair)| {
                    let field = format!("{field}/pairs/{at}");
                    Ok((pair.a.checked(&format!("{field}/a"))?, pair.b.checked(&format!("{field}/b"))?))
                };
                Decision::Pairs(pairs.into_iter().enumerate().map(pair).collect::<Result<_, Problem>>()?)
            }
            _ => return Err(Problem::invalid(field, "a step names `a` and `b`, or `pairs`")),
        };
        Ok((decision, self.verdict.judgement()))
    }
}

impl Side {
    fn checked(self, field: &str) -> Result<Subject, Problem> {
        match self {
            Self::Customer { customer_id } => Ok(Subject::Customer(customer_id)),
            Self::Records { records } => {
                let name = |(at, name): (usize, RecordName)| name.checked(&format!("{field}/records/{at}"));
                Ok(Subject::Records(records.into_iter().enumerate().map(name).collect::<Result<_, _>>()?))
            }
        }
    }
}

pub async fn decide(asked: Asked) -> Result<Reply, Problem> {
    let new: NewDecision = asked.json()?;
    let (if_open, why) = (new.if_open, new.why.clone());
    let steps = new.checked()?;
    let by = Maker::new(&asked, why);
    let change = move |graph: &mut Graph| {
        let pairs = live::decision_pairs(&graph.store, steps)?;
        by.make(graph, pairs.clone(), if_open).map(|made| (made, pairs))
    };
    let (made, pairs) = asked.service.writer.change(change).await?;
    let made = match made {
        Outcome::Made { changes, undo } => Made::new(changes, undo),
        Outcome::Proposed(proposal) => Made { proposal: Some(proposal), ..Made::new(Vec::new(), Vec::new()) },
        Outcome::Settled => return Err(settled()),
    };
    let subjects = subjects(&asked, &pairs);
    Ok(Reply::json(&made)?.about(subjects))
}

pub async fn preview(asked: Asked) -> Result<Reply, Problem> {
    let new: NewDecision = asked.json()?;
    let steps = new.checked()?;
    let who = asked.who.name.clone();
    let four_eyes = asked.service.settings.four_eyes_for_decisions();
    let read = move |view: &super::View| {
        let pairs = live::decision_pairs(&view.store, steps)?;
        let graph = Graph::trial(&view.store, &view.bundle);
        let now = jiff::Timestamp::now().as_microsecond();
        let needs_approval = four_eyes.asks(&view.store, &view.bundle, &pairs, &who, now)?;
        let changes = graph.foresee_judged(pairs.clone(), &who, now)?;
        Ok((Preview { changes, pairs: pairs.len(), needs_approval }, pairs))
    };
    let (found, pairs) = asked.read(read).await?;
    let subjects = subjects(&asked, &pairs);
    Ok(Reply::json(&found)?.about(subjects))
}

/// How the audit log names the records of those pairs, each once.
pub fn subjects(asked: &Asked, pairs: &[JudgedPair]) -> Vec<String> {
    let mut names: Vec<&live::Name> = pairs.iter().flat_map(|(a, b, _)| [a, b]).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|(source, id)| asked.service.subject(source, id)).collect()
}

async fn judgements(asked: Asked) -> Result<Reply, Problem> {
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
