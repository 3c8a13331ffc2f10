//! Who a record would be, and why two records are one customer or are not.

use super::asked::{Asked, Reply, of_customer, whole_or_none};
use super::problem::Problem;
use crate::engine::live::{self, Hit, Probe};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Candidates that are shown at most.
const CANDIDATES_MAX: usize = 50;

/// A record that is not stored.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Sought")]
pub struct Sought {
    /// Whose column names these are; left out: names that speak for themselves.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"^[^\x00]*\S[^\x00]*$"))]
    pub source: Option<String>,
    /// Columns and their values.
    pub fields: Map<String, Value>,
    /// How many candidates to show, 1 to 50; 5 unless told otherwise.
    #[serde(default, deserialize_with = "whole_or_none")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: Option<usize>,
}

pub async fn find(asked: Asked) -> Result<Reply, Problem> {
    let sought: Sought = asked.json()?;
    let limit = sought.limit.unwrap_or(5);
    if limit == 0 || limit > CANDIDATES_MAX {
        return Err(Problem::invalid("/limit", format!("`limit` is 1 to {CANDIDATES_MAX}")));
    }
    let source = sought.source.unwrap_or_else(|| "match".to_owned());
    let probe = Probe {
        source: live::checked_name(source, "source")
            .map_err(|error| Problem::invalid("/source", error.to_string()))?,
        fields: live::checked_fields(sought.fields)
            .map_err(|error| Problem::invalid("/fields", error.to_string()))?,
        candidates_max: limit,
    };
    let found = asked.service.lanes.find(probe).await?;
    let mut subjects: Vec<String> =
        found.candidates.iter().map(|candidate| of_customer(&candidate.customer_id)).collect();
    subjects.sort_unstable();
    subjects.dedup();
    Ok(Reply::json(&found)?.about(subjects))
}

/// Words of a customer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Words")]
pub struct Words {
    /// As they stand in golden values, mistyped by a letter or cut short.
    pub words: String,
    /// How many customers to show, 1 to 50; 20 unless told otherwise.
    #[serde(default, deserialize_with = "whole_or_none")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: Option<usize>,
}

/// Customers that words were found in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Hits {
    pub items: Vec<Hit>,
}

pub async fn search(asked: Asked) -> Result<Reply, Problem> {
    let Words { words, limit } = asked.json()?;
    let limit = limit.unwrap_or(20);
    if limit == 0 || limit > CANDIDATES_MAX {
        return Err(Problem::invalid("/limit", format!("`limit` is 1 to {CANDIDATES_MAX}")));
    }
    let items = asked.read(move |view| live::search(&view.store, &words, limit)).await?;
    let subjects: Vec<String> = items.iter().map(|hit| of_customer(&hit.customer.customer_id)).collect();
    Ok(Reply::json(&Hits { items })?.about(subjects))
}

/// A record by its name.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordName {
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"^[^\x00]*\S[^\x00]*$"))]
    pub source: String,
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"^[^\x00]+$"))]
    pub record_id: String,
}

/// Two records.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RecordPair")]
pub struct Pair {
    pub a: RecordName,
    pub b: RecordName,
}

impl RecordName {
    /// The name, if a record may be called so; `field` points to it.
    pub fn checked(self, field: &str) -> Result<live::Name, Problem> {
        let part = |text, name: &str| {
            live::checked_name(text, name)
                .map_err(|error| Problem::invalid(format!("{field}/{name}"), error.to_string()))
        };
        Ok((part(self.source, "source")?, part(self.record_id, "record_id")?))
    }
}

pub async fn explain(asked: Asked) -> Result<Reply, Problem> {
    let pair: Pair = asked.json()?;
    let (a, b) = (pair.a.checked("/a")?, pair.b.checked("/b")?);
    let subjects = [&a, &b].map(|(source, id)| asked.service.subject(source, id));
    let named = |(source, id): (String, String)| format!("{source}:{id}");
    let (a, b) = (named(a), named(b));
    if a == b {
        return Err(Problem::invalid("/b", "both names mean the same record"));
    }
    let explained = asked.read(move |view| live::explain(&view.store, &view.bundle, &a, &b)).await?;
    Ok(Reply::json(&explained)?.about(subjects))
}
