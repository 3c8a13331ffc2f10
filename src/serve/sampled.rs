//! The sample of pairs that stewards judge to tell how good the customers are:
//! drawn behind the scenes, since that takes all pairs.

use super::Service;
use super::asked::{Asked, Reply};
use super::problem::Problem;
use super::route::{Access, BASE, Method, Route, Takes, json, schema};
use super::tokens::Role::Steward;
use crate::engine::live::{self, SampleView};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// Pairs of a sample, at least and at most.
const PAIRS_MIN: u64 = 20;
const PAIRS_MAX: u64 = 2000;

pub const SHOW: Route = Route {
    path: "/v1/sample",
    name: "getSample",
    summary: "Show what stewards' answers to a drawn sample say of precision and recall",
    detail: "Only the pairs of the sample count, each for the pairs that it stands for; what the queue asks is \
             doubtful and would mislead. `GET /v1/review?kind=sample` lists those to judge.",
    gives: json::<Sampling>("The sample, where one was drawn"),
    answer: |asked| Box::pin(show(asked)),
    ..BASE
};

pub const DRAW: Route = Route {
    method: Method::Post,
    path: "/v1/sample",
    name: "drawSample",
    summary: "Draw a sample of pairs to judge",
    detail: "In place of a former one; what was judged stays judged. Drawn behind the scenes, in about as long as \
             merging the whole store takes.",
    access: Access::Roles(&[Steward]),
    takes: Takes::Json(schema::<NewSample>),
    gives: json::<Sampling>("The sample so far"),
    answer: |asked| Box::pin(draw(asked)),
    ..BASE
};

/// How large a sample is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSample {
    #[serde(deserialize_with = "super::asked::whole")]
    #[schemars(range(min = 20, max = 2000))]
    pub pairs: u64,
}

/// The sample, and whether another is being drawn.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Sampling {
    pub is_being_drawn: bool,
    /// Why the last one could not be drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampleView>,
}

/// Whether a sample is being drawn, and what the last one failed by.
#[derive(Default)]
pub struct Drawing(Mutex<(bool, Option<String>)>);

impl Drawing {
    fn state(&self) -> (bool, Option<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it was not begun yet.
    fn begin(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !std::mem::replace(&mut *state, (true, None)).0
    }

    fn end(&self, fault: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (false, fault);
    }
}

async fn show(asked: Asked) -> Result<Reply, Problem> {
    let (is_being_drawn, fault) = asked.service.drawing.state();
    let sample = asked.read(|view| live::sample(&view.store)).await?;
    Ok(Reply::json(&Sampling { is_being_drawn, fault, sample })?.about(["sample".to_owned()]))
}

async fn draw(asked: Asked) -> Result<Reply, Problem> {
    let NewSample { pairs } = asked.json()?;
    if !(PAIRS_MIN..=PAIRS_MAX).contains(&pairs) {
        let detail = format!("a sample has {PAIRS_MIN} to {PAIRS_MAX} pairs");
        return Err(Problem::invalid("/pairs", detail));
    }
    if asked.service.drawing.begin() {
        let (service, who) = (Arc::clone(&asked.service), asked.who.name.clone());
        tokio::spawn(async move {
            let fault = drawn(&service, pairs as usize, who).await.err();
            service.drawing.end(fault.map(|problem| problem.detail().to_owned()));
        });
    }
    show(asked).await
}

/// Draws on a moment of the store, and has the writer keep it.
async fn drawn(service: &Arc<Service>, count: usize, who: String) -> Result<(), Problem> {
    let now = jiff::Timestamp::now().as_microsecond();
    let draw = move |view: &super::View| live::draw(&view.store, &view.bundle, count, &who, now);
    let row = service.read(draw).await?;
    service.writer.change(move |graph| graph.keep_sample(row)).await
}
