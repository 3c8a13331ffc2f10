//! The review queue and the customer's desk: what stewards work through, who
//! looks at what, and what they note without deciding.

use super::asked::{Asked, Reply, of_customer};
use super::claims::{Claim, PairName};
use super::matching::RecordName;
use super::problem::{NOT_FOUND, Problem};
use super::records::absent;
use super::route::{Access, BASE, CURSOR, LIMIT, Method, Parameter, Route, Takes, Values, json, schema};
use super::tokens::Role::Steward;
use crate::engine::live::{self, DoubtKind, NoteView, ReviewCursor, ReviewFilter, ReviewItem};
use crate::store::Comment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bytes of a comment.
const COMMENT_BYTES_MAX: usize = 4096;

pub const LIST: Route = Route {
    path: "/v1/review",
    name: "listReview",
    summary: "List what is in doubt, the most telling decision first",
    detail: "Pairs between customers, customers that a link would join, customers that hang on one weak link, \
             large ones, and pairs judged before of which a record changed. What was judged or proposed is \
             left out. `sample` lists the pairs of the sample that was drawn.",
    parameters: &[
        CURSOR,
        LIMIT,
        Parameter {
            name: "kind",
            place: "query",
            kind: Values::OneOf(&["pair", "cut", "bridge", "large", "changed", "sample"]),
            what: "Only what is in doubt for that reason",
        },
        Parameter {
            name: "source",
            place: "query",
            kind: Values::Text,
            what: "Only with records of that source",
        },
        Parameter {
            name: "pattern",
            place: "query",
            kind: Values::Text,
            what: "Only pairs of that pattern: those that reached the same level in every comparison",
        },
        Parameter {
            name: "assigned",
            place: "query",
            kind: Values::Text,
            what: "Only what is assigned to that name",
        },
    ],
    gives: json::<Questions>("A page of the queue"),
    is_long: true,
    answer: |asked| Box::pin(list(asked)),
    ..BASE
};

pub const CLAIM: Route = Route {
    method: Method::Post,
    path: "/v1/review/claims",
    name: "claimReview",
    summary: "Tell others that you look at a pair",
    detail: "The first to claim a pair holds it for five minutes; who asks next is told who does.",
    access: Access::Roles(&[Steward]),
    takes: Takes::Json(schema::<NewClaim>),
    gives: json::<Claimed>("Who holds it, and what is noted of it"),
    answer: |asked| Box::pin(claim(asked)),
    ..BASE
};

pub const NOTE: Route = Route {
    method: Method::Post,
    path: "/v1/review/notes",
    name: "noteReview",
    summary: "Assign a pair, or comment on it",
    detail: "Without deciding it.",
    access: Access::Roles(&[Steward]),
    takes: Takes::Json(schema::<NewNote>),
    gives: json::<NoteView>("What is noted of the pair"),
    fails: &[&NOT_FOUND],
    answer: |asked| Box::pin(note(asked)),
    ..BASE
};

pub async fn desk(asked: Asked) -> Result<Reply, Problem> {
    let id = asked.part("customer_id")?.to_owned();
    let subject = of_customer(&id);
    let found = asked.read(move |view| live::desk(&view.store, &view.bundle, &id)).await?;
    let found = found.ok_or_else(|| {
        absent("such customer any more").with_hint("ask for the customer: the answer names its successors")
    })?;
    let others = found.neighbours.iter().map(|neighbour| of_customer(&neighbour.candidate.customer_id));
    let subjects: Vec<String> = std::iter::once(subject).chain(others).collect();
    Ok(Reply::json(&found)?.about(subjects))
}

/// An open question, and who looks at it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Question {
    #[serde(flatten)]
    pub item: ReviewItem,
    /// Who looks at it just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
}

/// Part of the review queue.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Questions {
    pub items: Vec<Question>,
    /// Open questions by kind, filters aside.
    pub open: BTreeMap<&'static str, u64>,
    /// Open questions by source, filters aside; a pair counts for both of its.
    pub sources: BTreeMap<String, u64>,
    /// Open questions by kind, and by how long nothing has changed about their
    /// customers: `day`, `week`, `month` at most, or `older`.
    pub ages: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// Pairs of the sample that nobody judged yet.
    pub sample: u64,
    /// Decisions that wait for somebody's approval; their pairs are not asked.
    pub proposed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

async fn list(asked: Asked) -> Result<Reply, Problem> {
    let limit = asked.limit()?;
    let filter = filter(&asked)?;
    let cursor = asked.parameter("cursor").map(|text| ReviewCursor::parse(text, &filter));
    let cursor = cursor.transpose().map_err(|error| Problem::invalid_by("cursor", &error))?;
    let queue = asked.service.queue.get(&asked.service, |service| &service.queue).await?;
    let read = move |view: &super::View| live::review_page(&queue, &view.store, &filter, cursor, limit);
    let page = asked.read(read).await?;
    let mut subjects = Vec::with_capacity(page.items.len() * 2);
    let items = page.items.into_iter().map(|item| {
        subjects.extend([of_customer(&item.customer_a), of_customer(&item.customer_b)]);
        let name = |member: &live::MemberView| (member.source.clone(), member.record_id.clone());
        let pair = ordered(name(&item.a), name(&item.b));
        Question { claim: asked.service.claims.of(&pair, &asked.who.name), item }
    });
    let questions = Questions {
        items: items.collect(),
        open: page.open,
        sources: page.sources,
        ages: page.ages,
        sample: page.sample,
        proposed: page.proposed,
        next: page.next.map(|next| next.to_string()),
    };
    subjects.sort_unstable();
    subjects.dedup();
    Ok(Reply::json(&questions)?.about(subjects))
}

fn filter(asked: &Asked) -> Result<ReviewFilter, Problem> {
    let kind = match asked.parameter("kind") {
        None => None,
        Some(name) => {
            let kinds = "`kind` is one of `pair`, `cut`, `bridge`, `large`, `changed` and `sample`";
            Some(DoubtKind::from_name(name).ok_or_else(|| Problem::invalid("kind", kinds))?)
        }
    };
    let pattern = match asked.parameter("pattern") {
        None => None,
        Some(text) => Some(
            u64::from_str_radix(text, 16)
                .map_err(|_| Problem::invalid("pattern", "`pattern` is one that a question has"))?,
        ),
    };
    let source = asked.parameter("source").map(str::to_owned);
    Ok(ReviewFilter { kind, source, pattern, assigned: asked.parameter("assigned").map(str::to_owned) })
}

fn ordered(a: live::Name, b: live::Name) -> PairName {
    if a <= b { (a, b) } else { (b, a) }
}

/// A pair that somebody looks at, or no longer does.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClaim {
    pub a: RecordName,
    pub b: RecordName,
    /// Gives it back.
    #[serde(default)]
    pub release: bool,
}

/// Who holds a pair, and what is noted of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Claimed {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    #[serde(flatten)]
    pub note: NoteView,
}

async fn claim(asked: Asked) -> Result<Reply, Problem> {
    let new: NewClaim = asked.json()?;
    let pair = ordered(new.a.checked("/a")?, new.b.checked("/b")?);
    let subjects = [&pair.0, &pair.1].map(|(source, id)| asked.service.subject(source, id));
    let claim = match new.release {
        true => {
            asked.service.claims.release(&pair, &asked.who.name);
            None
        }
        false => Some(asked.service.claims.claim(pair.clone(), &asked.who.name)),
    };
    let note = asked.read(move |view| Ok(NoteView::new(view.store.note(&pair.0, &pair.1)?))).await?;
    Ok(Reply::json(&Claimed { claim, note })?.about(subjects))
}

/// What is noted of a pair.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    pub a: RecordName,
    pub b: RecordName,
    /// Who is to decide it; empty: nobody in particular.
    #[serde(default)]
    pub assign: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
}

async fn note(asked: Asked) -> Result<Reply, Problem> {
    let new: NewNote = asked.json()?;
    let pair = (new.a.checked("/a")?, new.b.checked("/b")?);
    let texts = [("/comment", &new.comment), ("/assign", &new.assign)];
    if let Some((field, _)) =
        texts.iter().find(|(_, text)| text.as_ref().is_some_and(|text| text.len() > COMMENT_BYTES_MAX))
    {
        return Err(Problem::invalid(*field, format!("it is at most {COMMENT_BYTES_MAX} bytes long")));
    }
    let subjects = [&pair.0, &pair.1].map(|(source, id)| asked.service.subject(source, id));
    let (who, at) = (asked.who.name.clone(), jiff::Timestamp::now().as_microsecond());
    let comment = new.comment.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let comment = comment.map(|text| Comment { who, text, at });
    let assigned = new.assign.map(|name| Some(name.trim().to_owned()).filter(|name| !name.is_empty()));
    let note = asked.service.writer.change(move |graph| graph.note(pair, assigned, comment)).await?;
    Ok(Reply::json(&note)?.about(subjects))
}

pub async fn appraisal(asked: Asked) -> Result<Reply, Problem> {
    let appraisal = asked.service.appraisal.get(&asked.service, |service| &service.appraisal).await?;
    Ok(Reply::json(&*appraisal)?.about(["all customers".to_owned()]))
}

pub async fn survey(asked: Asked) -> Result<Reply, Problem> {
    let survey = asked.service.survey.get(&asked.service, |service| &service.survey).await?;
    Ok(Reply::json(&*survey)?.about(["all customers".to_owned()]))
}
