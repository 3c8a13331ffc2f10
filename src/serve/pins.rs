//! Golden values that stewards pin: their addresses, and what answers them.

use super::asked::{Asked, Reply, of_customer};
use super::customers::Page;
use super::decisions::{Judged, WHY_BYTES_MAX};
use super::matching::RecordName;
use super::problem::{self, Problem};
use super::route::{Access, BASE, CURSOR_NUMBER, LIMIT, Method, Route, Takes, json, schema};
use super::tokens::Role::Steward;
use crate::engine::live::{self, Graph, NewPin, PINNED_BYTES_MAX, PinMade, PinnedOf};
use schemars::JsonSchema;
use serde::Deserialize;

pub const LIST: Route = Route {
    path: "/v1/pins",
    name: "listPins",
    summary: "List the golden values that stewards pinned",
    detail: "The oldest first, those that were superseded or released included.",
    parameters: &[CURSOR_NUMBER, LIMIT],
    gives: json::<Page<PinMade>>("A page of pins"),
    answer: |asked| Box::pin(list(asked)),
    ..BASE
};

pub const PIN: Route = Route {
    method: Method::Post,
    path: "/v1/pins",
    name: "postPin",
    summary: "Pin a golden value of a customer, or release it",
    detail: "It is shown as it is written, whatever the records say, until it is superseded or released, and \
             goes with the records that it rests on through merges and splits. It is no evidence.",
    access: Access::Roles(&[Steward]),
    takes: Takes::Json(schema::<Pinning>),
    gives: json::<Judged>("What changed"),
    fails: &[&problem::NOT_FOUND],
    answer: |asked| Box::pin(pin(asked)),
    ..BASE
};

/// A golden value to be pinned or released. Who pins it is the token's name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewPin")]
pub struct Pinning {
    /// The customer; or else `record`.
    #[serde(default)]
    customer_id: Option<String>,
    /// A record of the customer, which the pin rests on before all others.
    #[serde(default)]
    record: Option<RecordName>,
    /// The field's name in golden records.
    field: String,
    /// What is shown; `null` releases what is pinned.
    value: Option<String>,
    #[serde(default)]
    why: String,
}

async fn pin(asked: Asked) -> Result<Reply, Problem> {
    let new: Pinning = asked.json()?;
    if new.why.len() > WHY_BYTES_MAX {
        return Err(Problem::invalid("/why", format!("the reason is at most {WHY_BYTES_MAX} bytes long")));
    }
    if new.value.as_ref().is_some_and(|value| value.trim().is_empty() || value.len() > PINNED_BYTES_MAX) {
        let detail = format!("a pinned value is 1 to {PINNED_BYTES_MAX} bytes long");
        return Err(Problem::invalid("/value", detail));
    }
    let (of, subject) = match (new.customer_id, new.record) {
        (Some(id), None) => (PinnedOf::Customer(id.clone()), of_customer(&id)),
        (None, Some(record)) => {
            let name = record.checked("/record")?;
            let subject = asked.service.subject(&name.0, &name.1);
            (PinnedOf::Record(name), subject)
        }
        _ => return Err(Problem::invalid("/customer_id", "name either `customer_id` or `record`")),
    };
    let who = asked.who.name.clone();
    let new = NewPin { of, field: new.field, value: new.value, who, why: new.why };
    let now = jiff::Timestamp::now().as_microsecond();
    let needs_approval = asked.service.settings.four_eyes_for_decisions().asks_pins();
    let change = move |graph: &mut Graph| match needs_approval {
        true => graph.propose_pin(&new, now).map(|proposal| (Vec::new(), Some(proposal))),
        false => graph.pin(&new, now).map(|changes| (changes, None)),
    };
    let (changes, proposal) = asked.service.writer.change(change).await?;
    Ok(Reply::json(&Judged { changes, proposal })?.about([subject]))
}

async fn list(asked: Asked) -> Result<Reply, Problem> {
    let limit = asked.limit()?;
    let from = asked.number("cursor", 0, u64::MAX)?;
    let items = asked.read(move |view| live::pins_from(&view.store, from, limit)).await?;
    let page = Page::new(items, limit, |made: &PinMade| (made.number + 1).to_string());
    Ok(Reply::json(&page)?.about(["pins".to_owned()]))
}
