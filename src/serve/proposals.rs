//! Decisions that wait for somebody else's approval: their addresses, and what
//! answers them.

use super::asked::{Asked, Reply, of_customer};
use super::decisions::{Made, WHY_BYTES_MAX};
use super::problem::{FORBIDDEN, NOT_FOUND, Problem};
use super::route::{Access, BASE, Method, NOTHING, Route, Takes, json, schema};
use super::tokens::Role::{Approver, Steward};
use crate::engine::live::{self, Graph, ProposalView};
use hyper::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const LIST: Route = Route {
    path: "/v1/proposals",
    name: "listProposals",
    summary: "List the decisions that wait for approval",
    detail: "The oldest first. Which decisions wait is told by `four_eyes_decisions` and `four_eyes_records_min`.",
    gives: json::<Proposals>("The proposals"),
    answer: |asked| Box::pin(list(asked)),
    ..BASE
};

pub const APPROVE: Route = Route {
    method: Method::Post,
    path: "/v1/proposals/{proposal}/approve",
    name: "approveProposal",
    summary: "Have a proposed decision take effect",
    detail: "Only somebody else than who proposed it can.",
    access: Access::Roles(&[Approver]),
    gives: json::<Made>("What changed, and how to undo it"),
    fails: &[&NOT_FOUND],
    answer: |asked| Box::pin(approve(asked)),
    ..BASE
};

pub const TURN_DOWN: Route = Route {
    method: Method::Post,
    path: "/v1/proposals/{proposal}/turn-down",
    name: "turnDownProposal",
    summary: "Turn a proposed decision down, or take one's own back",
    detail: "Its pairs are asked again; the reason stands as a comment with the first of them.",
    access: Access::Roles(&[Steward, Approver]),
    takes: Takes::Json(schema::<TurnedDown>),
    gives: NOTHING,
    fails: &[&NOT_FOUND],
    answer: |asked| Box::pin(turn_down(asked)),
    ..BASE
};

/// Decisions that wait.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Proposals {
    pub items: Vec<ProposalView>,
}

/// Why a proposal is turned down.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TurnedDown {
    #[serde(default)]
    pub why: String,
}

async fn list(asked: Asked) -> Result<Reply, Problem> {
    let items = asked.read(|view| live::proposals(&view.store)).await?;
    let mut subjects: Vec<String> = items.iter().flat_map(of_customers).collect();
    subjects.sort_unstable();
    subjects.dedup();
    Ok(Reply::json(&Proposals { items })?.about(subjects))
}

async fn approve(asked: Asked) -> Result<Reply, Problem> {
    let number = number(&asked)?;
    let who = asked.who.name.clone();
    let change = move |graph: &mut Graph| {
        let proposal = live::proposal(&graph.store, number)?;
        if proposal.who == who {
            return Ok(Err(Problem::new(&FORBIDDEN, "somebody else must approve this proposal")
                .with_hint("you proposed it; you can take it back")));
        }
        let now = jiff::Timestamp::now().as_microsecond();
        Ok(Ok((graph.approve(number, &who, now)?, proposal)))
    };
    let (agreed, proposal) = asked.service.writer.change(change).await??;
    let mut subjects = of_customers(&proposal);
    subjects.push(format!("proposal:{number}"));
    Ok(Reply::json(&Made::new(agreed.changes, agreed.undo))?.about(subjects))
}

async fn turn_down(asked: Asked) -> Result<Reply, Problem> {
    let number = number(&asked)?;
    let TurnedDown { why } = asked.json()?;
    if why.len() > WHY_BYTES_MAX {
        return Err(Problem::invalid("/why", format!("the reason is at most {WHY_BYTES_MAX} bytes long")));
    }
    let who = asked.who.name.clone();
    let is_approver = asked.who.roles.contains(&Approver);
    let change = move |graph: &mut Graph| {
        let proposal = live::proposal(&graph.store, number)?;
        if proposal.who != who && !is_approver {
            return Ok(Err(Problem::new(
                &FORBIDDEN,
                "only an approver turns down what somebody else proposed",
            )
            .with_hint("comment on the pair instead")));
        }
        graph.turn_down(number, &who, why.trim(), jiff::Timestamp::now().as_microsecond())?;
        Ok(Ok(proposal))
    };
    let proposal = asked.service.writer.change(change).await??;
    let mut subjects = of_customers(&proposal);
    subjects.push(format!("proposal:{number}"));
    Ok(Reply::new(StatusCode::NO_CONTENT, "", "").about(subjects))
}

fn number(asked: &Asked) -> Result<u64, Problem> {
    let none = || Problem::invalid("proposal", "`proposal` is a number");
    asked.part("proposal")?.parse().map_err(|_| none())
}

/// How the audit log names the customers of a proposal.
fn of_customers(proposal: &ProposalView) -> Vec<String> {
    proposal.customers.iter().map(|customer| of_customer(&customer.customer_id)).collect()
}
