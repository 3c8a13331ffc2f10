//! What the service says about itself: whether it lives, its figures, the
//! model in force, who asks, and its documentation.

use super::asked::{Asked, Reply};
use super::audit::Head;
use super::problem::{OVERLOADED, Problem};
use super::tokens::{Role, Token, Tokens};
use super::{openapi, page};
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
