//! What the service says about itself: whether it lives, its figures, the
//! model in force, who asks, and its documentation.

use super::asked::{Asked, Reply};
use super::audit::{self, Head};
use super::customers::Page;
use super::problem::{OVERLOADED, Problem};
use super::tokens::{Role, Token, Tokens};
use super::{openapi, page};
use crate::rules::Level;
use axum::body::Body;
use hyper::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    pub status: &'static str,
    pub version: &'static str,
}

const HEALTHY: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

pub async fn live(_: Asked) -> Result<Reply, Problem> {
    Reply::json(&HEALTHY)
}

pub async fn ready(asked: Asked) -> Result<Reply, Problem> {
    if *asked.service.stopping.borrow() {
        return Err(Problem::new(&OVERLOADED, "the service is being stopped"));
    }
    asked.service.views.now()?;
    Reply::json(&HEALTHY)
}

pub async fn metrics(asked: Asked) -> Result<Reply, Problem> {
    let text = asked.service.metrics.text(&asked.service);
    Ok(Reply::new(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text))
}

pub async fn document(_: Asked) -> Result<Reply, Problem> {
    Ok(Reply::new(StatusCode::OK, "application/json", openapi::text()))
}

pub async fn docs(_: Asked) -> Result<Reply, Problem> {
    Ok(Reply::new(StatusCode::OK, "text/html; charset=utf-8", page::text()))
}

pub async fn style(_: Asked) -> Result<Reply, Problem> {
    Ok(Reply::new(StatusCode::OK, "text/css; charset=utf-8", Body::from(page::STYLE)))
}

/// Who asks.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Me {
    pub name: String,
    pub roles: Vec<Role>,
}

pub async fn me(asked: Asked) -> Result<Reply, Problem> {
    Reply::json(&Me { name: asked.who.name.clone(), roles: asked.who.roles.clone() })
}

/// The model in force.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ModelView {
    pub version: u32,
    /// The rules as a rule file.
    pub rules: String,
    /// The names of the comparisons, in order.
    pub comparisons: Vec<String>,
    /// The names of the blocking keys.
    pub keys: Vec<String>,
    /// From which match weights, in bits, pairs are linked and reviewed.
    pub link_weight: f32,
    pub review_weight: f32,
    pub default_country: Option<String>,
}

pub async fn model(asked: Asked) -> Result<Reply, Problem> {
    let view = asked.service.views.now()?;
    let bundle = &view.bundle;
    let bits = bundle.bits();
    Reply::json(&ModelView {
        version: bundle.version,
        rules: crate::rules::write(&bundle.rules, &[]),
        comparisons: bundle.model.comparisons.iter().map(|comparison| comparison.name.clone()).collect(),
        keys: bundle.keys().iter().map(|key| key.name.clone()).collect(),
        link_weight: bits.link,
        review_weight: bits.review,
        default_country: bundle.default_country.clone(),
    })
}

/// What a store holds, by number.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Counts {
    pub records: u64,
    pub customers: u64,
    /// The number of the last change.
    pub last_change: u64,
    pub model_version: u32,
}

pub async fn counts(asked: Asked) -> Result<Reply, Problem> {
    let counters = asked.service.views.now()?.store.counters;
    Reply::json(&Counts {
        records: counters.records,
        customers: counters.customers,
        last_change: counters.last_change,
        model_version: counters.model,
    })
}

pub async fn audit_head(asked: Asked) -> Result<Reply, Problem> {
    let Head { entries, hash } = asked.service.audit.head();
    Reply::json(&AuditHead { entries, hash })
}

/// Lines of the audit log, the latest first.
pub async fn audit_list(asked: Asked) -> Result<Reply, Problem> {
    let limit = asked.limit()?;
    let before = asked.parameter("cursor").map(|_| asked.number("cursor", 0, u64::MAX)).transpose()?;
    let wanted = |name: &str| asked.parameter(name).map(str::to_owned);
    let (who, action, subject) = (wanted("who"), wanted("action"), wanted("subject"));
    let state = asked.service.settings.state();
    let read = move |_: &super::View| {
        audit::entries(&state, before, limit, |entry| {
            who.as_ref().is_none_or(|who| entry.who == *who)
                && action.as_ref().is_none_or(|action| entry.action == *action)
                && subject.as_ref().is_none_or(|subject| entry.subjects.contains(subject))
        })
    };
    let items = asked.read(read).await?;
    let page = Page::new(items, limit, |entry: &audit::Entry| entry.seq.to_string());
    Ok(Reply::json(&page)?.about(["audit".to_owned()]))
}

/// A comparison of the model in force.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ComparisonView {
    pub name: String,
    /// Records that had evidence when the model was learned.
    pub filled: f64,
    /// Bits at the average frequency of values, by level from `different` to
    /// `same`; what was set by hand stands here, too.
    pub levels: Vec<LevelView>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct LevelView {
    pub level: Level,
    pub weight: f64,
    /// The share of matches, and of strangers, that reach the level.
    pub matches: f64,
    pub strangers: f64,
    pub by_hand: bool,
}

/// The model in force, weight by weight.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Weights {
    pub version: u32,
    pub link_weight: f32,
    pub review_weight: f32,
    /// log2 odds that two records drawn at random match.
    pub prior: f64,
    /// Records and pairs it was learned from; none of its own for a store that
    /// began empty.
    pub records: u64,
    pub pairs: u64,
    /// Labelled pairs that corrected it.
    pub labels: u64,
    pub comparisons: Vec<ComparisonView>,
    pub keys: Vec<String>,
    /// Values that improbably many people share, those of most people first.
    pub hubs: Vec<HubView>,
}

/// A value that is no evidence, for improbably many people share it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HubView {
    pub field: String,
    pub value: String,
    pub people: u32,
    /// Up to so many people would be likely.
    pub people_likely_max: u32,
    pub records: u32,
}

/// Hubs that are shown.
const HUBS_MAX: usize = 100;

pub async fn weights(asked: Asked) -> Result<Reply, Problem> {
    let view = asked.service.views.now()?;
    let (bundle, bits) = (&view.bundle, view.bundle.bits());
    let model = &bundle.model;
    let comparison =
        |(comparison, weights): (&crate::compare::Comparison, &crate::score::ComparisonModel)| {
            let levels = Level::ALL.into_iter().filter(|level| *level != Level::Missing);
            let level = |level: Level| {
                let share = |class: usize| {
                    let levels = weights.levels.get(class)?;
                    levels.get((level as usize).checked_sub(1)?).copied()
                };
                LevelView {
                    level,
                    weight: weights.weight(level),
                    matches: share(0).unwrap_or_default(),
                    strangers: share(1).unwrap_or_default(),
                    by_hand: weights.by_hand.iter().any(|(named, _)| *named == level),
                }
            };
            let levels = levels.map(level).collect();
            ComparisonView { name: comparison.name.clone(), filled: weights.filled, levels }
        };
    let hub = |hub: &crate::record::Hub| HubView {
        field: hub.name().to_owned(),
        value: hub.values.join(" "),
        people: hub.people,
        people_likely_max: hub.people_likely_max,
        records: hub.records,
    };
    let mut hubs: Vec<HubView> = model.hubs.iter().map(hub).collect();
    hubs.sort_by(|a, b| b.people.cmp(&a.people).then_with(|| a.value.cmp(&b.value)));
    hubs.truncate(HUBS_MAX);
    let [matches, others @ ..] = model.pairs;
    Reply::json(&Weights {
        version: bundle.version,
        link_weight: bits.link,
        review_weight: bits.review,
        prior: (matches / others.iter().sum::<f64>()).log2(),
        records: model.training.records,
        pairs: model.training.pairs,
        labels: model.refined.as_ref().map_or(0, |refined| refined.labels),
        comparisons: model.comparisons.iter().zip(&model.weights).map(comparison).collect(),
        keys: bundle.keys().iter().map(|key| key.name.clone()).collect(),
        hubs,
    })
    .map(|reply| reply.about(["model".to_owned()]))
}

/// Where the audit log ends.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AuditHead {
    pub entries: u64,
    /// Kept elsewhere, it shows later that the log was not cut off.
    pub hash: String,
}

/// A token without its hash.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TokenView {
    pub name: String,
    pub roles: Vec<Role>,
    pub created_at: String,
    pub expires_at: Option<String>,
    pub revoked_at: Option<String>,
}

impl TokenView {
    fn new(token: Token) -> Self {
        let Token { name, roles, created_at, expires_at, revoked_at, .. } = token;
        Self { name, roles, created_at, expires_at, revoked_at }
    }
}

pub async fn tokens(asked: Asked) -> Result<Reply, Problem> {
    let tokens = Tokens::read(&asked.service.settings.state()).map_err(|error| Problem::of(&error))?;
    let views: Vec<TokenView> = tokens.tokens.into_iter().map(TokenView::new).collect();
    Reply::json(&views)
}
