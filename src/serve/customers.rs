//! Customers: one, its history, everything held about it, all of them in
//! pages; and the whole graph as a stream.

use super::asked::{Asked, Reply, of_customer};
use super::problem::Problem;
use super::records::absent;
use super::{Service, View};
use crate::engine;
use crate::engine::live::{self, ChangeView, CustomerView, Resolved};
use crate::error::Result as EngineResult;
use crate::report::held;
use axum::body::{Body, Bytes};
use futures_util::StreamExt;
use hyper::StatusCode;
use hyper::header::{ETAG, IF_NONE_MATCH};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Part of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// To be given as `cursor` for what comes next; left out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of at most `limit` items; a full one has a next.
    pub fn new(items: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let is_full = items.len() >= limit;
        Self { next: items.last().filter(|_| is_full).map(cursor), items }
    }
}

pub async fn get(asked: Asked) -> Result<Reply, Problem> {
    let id = asked.part("customer_id")?.to_owned();
    let subject = of_customer(&id);
    let known = asked.header(IF_NONE_MATCH.as_str()).map(str::to_owned);
    let read = move |view: &View| -> EngineResult<_> {
        let Some(last) = live::last_change_of(&view.store, &id)? else { return Ok(None) };
        let tag = format!("\"{last}\"");
        let is_known = known.is_some_and(|known| matches_tag(&known, &tag));
        let customer = if is_known { None } else { Some(live::customer(&view.store, &id)?) };
        Ok(Some((tag, customer)))
    };
    let Some((tag, customer)) = asked.read(read).await? else { return Err(absent("such customer")) };
    let reply = match customer {
        Some(customer) => Reply::json(&customer)?,
        None => {
            let mut reply = Reply::new(StatusCode::NOT_MODIFIED, "application/json", Body::empty());
            reply.headers.clear();
            reply
        }
    };
    Ok(reply.with_header(ETAG, &tag).about([subject]))
}

fn matches_tag(known: &str, tag: &str) -> bool {
    known.split(',').any(|one| matches!(one.trim(), "*") || one.trim().trim_start_matches("W/") == tag)
}

pub async fn list(asked: Asked) -> Result<Reply, Problem> {
    let limit = asked.limit()?;
    let after = asked.parameter("cursor").map(checked_cursor).transpose()?.unwrap_or_default();
    let items = asked.read(move |view| live::customers_after(&view.store, &after, limit)).await?;
    let page = Page::new(items, limit, |customer: &CustomerView| customer.customer_id.clone());
    Ok(Reply::json(&page)?.about(["customers".to_owned()]))
}

/// Customers come in the order of their ids, so that a page begins after one.
fn checked_cursor(text: &str) -> Result<String, Problem> {
    match engine::is_customer_id(text) {
        true => Ok(text.to_owned()),
        false => {
            Err(Problem::invalid("cursor", "this is no cursor").with_hint("give `next` of the page before"))
        }
    }
}

pub async fn history(asked: Asked) -> Result<Reply, Problem> {
    let id = asked.part("customer_id")?.to_owned();
    let subject = of_customer(&id);
    let limit = asked.limit()?;
    let is_newest_first = match asked.parameter("order") {
        None | Some("oldest") => false,
        Some("newest") => true,
        Some(_) => return Err(Problem::invalid("order", "`order` is `oldest` or `newest`")),
    };
    let cursor = asked.number("cursor", if is_newest_first { u64::MAX } else { 0 }, u64::MAX)?;
    let until = match asked.parameter("until") {
        None => None,
        Some(text) => {
            let time: jiff::Timestamp = text
                .parse()
                .map_err(|_| Problem::invalid("until", "`until` is a time as RFC 3339 has it"))?;
            Some(time.as_microsecond())
        }
    };
    let read = move |view: &View| -> EngineResult<_> {
        match live::last_change_of(&view.store, &id)? {
            None => Ok(None),
            Some(_) if is_newest_first => {
                live::history_before(&view.store, &id, cursor, until, limit).map(Some)
            }
            Some(_) => live::history_after(&view.store, &id, cursor, limit).map(Some),
        }
    };
    let items = asked.read(read).await?.ok_or_else(|| absent("such customer"))?;
    let page = Page::new(items, limit, |change: &ChangeView| change.seq.to_string());
    Ok(Reply::json(&page)?.about([subject]))
}

pub async fn access(asked: Asked) -> Result<Reply, Problem> {
    let id = asked.part("customer_id")?.to_owned();
    let subject = of_customer(&id);
    let wants_page = asked.header("accept").is_some_and(|media| media.contains("text/html"));
    let held = asked.read(move |view| live::access(&view.store, &id)).await?;
    let reply = match wants_page {
        true => Reply::new(StatusCode::OK, "text/html; charset=utf-8", Body::from(held::render(&held))),
        false => Reply::json(&held)?,
    };
    Ok(reply.about([subject]))
}

/// Customers that are read at once for a stream.
const STREAM_PART: usize = 256;

pub async fn export_customers(asked: Asked) -> Result<Reply, Problem> {
    let write = |customers: &[CustomerView], text: &mut Vec<u8>| {
        for customer in customers {
            let _ = serde_json::to_writer(&mut *text, customer);
            text.push(b'\n');
        }
    };
    stream(&asked.service, "application/x-ndjson", "", write)
}

pub async fn export_crosswalk(asked: Asked) -> Result<Reply, Problem> {
    let write = |customers: &[CustomerView], text: &mut Vec<u8>| {
        for customer in customers {
            for member in &customer.members {
                for field in [&member.source, &member.record_id] {
                    csv_field(field, text);
                    text.push(b',');
                }
                text.extend_from_slice(customer.customer_id.as_bytes());
                text.push(b'\n');
            }
        }
    };
    stream(&asked.service, "text/csv; charset=utf-8", "source,record_id,customer_id\n", write)
}

/// A field of RFC 4180.
fn csv_field(text: &str, out: &mut Vec<u8>) {
    if text.contains([',', '"', '\n', '\r']) {
        out.push(b'"');
        out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

/// Every customer at one moment, part by part as the client reads.
fn stream(
    service: &Arc<Service>,
    media: &'static str,
    head: &'static str,
    write: impl Fn(&[CustomerView], &mut Vec<u8>) + Send + 'static,
) -> Result<Reply, Problem> {
    let view = service.views.now()?;
    let log = service.log.clone();
    let (send, receive) = mpsc::channel::<std::io::Result<Bytes>>(2);
    let runtime = tokio::runtime::Handle::current();
    let patience = Duration::from_secs(service.settings.request_seconds_max);
    // A client that stops reading must not hold a moment of the store for ever.
    let give = move |part: std::io::Result<Bytes>| {
        let sent = runtime.block_on(async { tokio::time::timeout(patience, send.send(part)).await });
        matches!(sent, Ok(Ok(())))
    };
    tokio::task::spawn_blocking(move || {
        let mut after = String::new();
        let mut text = head.as_bytes().to_vec();
        loop {
            let customers = match live::customers_after(&view.store, &after, STREAM_PART) {
                Ok(customers) => customers,
                Err(error) => {
                    log.error("an export broke off", serde_json::json!({ "error": error.to_string() }));
                    give(Err(std::io::Error::other("the store cannot be read")));
                    return;
                }
            };
            write(&customers, &mut text);
            let is_last = customers.len() < STREAM_PART;
            if let Some(last) = customers.last() {
                after.clone_from(&last.customer_id);
            }
            if !give(Ok(std::mem::take(&mut text).into())) || is_last {
                return;
            }
        }
    });
    let parts = futures_util::stream::unfold(receive, |mut receive| async move {
        receive.recv().await.map(|part| (part, receive))
    });
    Ok(Reply::new(StatusCode::OK, media, Body::from_stream(parts.fuse())).about(["all customers".to_owned()]))
}

/// What an id stands for; for the documentation.
pub type Customer = Resolved;
