//! What the OpenAPI document cannot say is refused all the same: each operation
//! that the fuzzer of the document is told to let refuse good requests
//! (`tools/schemathesis.toml`) is asked here for what it refuses, and why.

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used)]

mod serving;

use serde_json::{Value, json};
use serving::{Client, Served};
use std::collections::BTreeSet;

const EVA: &str = "eva1,Eva,Wagner,1980-01-02,eva@web.de,0711 123456,Ulm";

/// The operations that `tools/schemathesis.toml` names.
fn let_off() -> BTreeSet<String> {
    let text = include_str!("../tools/schemathesis.toml");
    let line = text.lines().find_map(|line| line.strip_prefix("include-path-regex = \"^/v1/(")).unwrap();
    let names = line.strip_suffix(")$\"").unwrap().replace("[{]", "{").replace("[}]", "}");
    names.split('|').map(|name| format!("/v1/{name}")).collect()
}

/// Asks the operation of that path, and wants it refused with that status and
/// field.
struct Refusals {
    client: Client,
    seen: BTreeSet<String>,
}

impl Refusals {
    #[track_caller]
    fn post(&mut self, operation: &str, path: &str, body: &Value, status: u16, field: &str) {
        self.seen.insert(operation.to_owned());
        let problem = self.client.post(path, body).problem(status);
        assert_eq!(problem["field"].as_str().unwrap_or(""), field, "{problem}");
    }

    #[track_caller]
    fn plain(&mut self, path: &str, body: &Value, field: &str) {
        self.post(path, path, body, 422, field);
    }

    #[track_caller]
    fn get(&mut self, operation: &str, query: &str, status: u16, field: &str) {
        self.seen.insert(operation.to_owned());
        let problem = self.client.get(&format!("{operation}?{query}")).problem(status);
        assert_eq!(problem["field"].as_str().unwrap_or(""), field, "{problem}");
    }
}

#[test]
fn what_a_schema_cannot_say_is_refused() {
    let served = Served::new(&[EVA], &[]);
    let mut asked = Refusals { client: served.client(), seen: BTreeSet::new() };
    let name = |id: &str| json!({ "source": "crm", "record_id": id });
    let (eva, other) = (name("eva1"), name("f1"));
    let long = "x".repeat(4097);

    // Two names must differ.
    asked.plain("/v1/explain", &json!({ "a": eva, "b": eva }), "/b");
    asked.plain("/v1/judgements", &json!({ "a": eva, "b": eva, "as": "same" }), "/b");
    // A reason has bytes, and the schema counts letters.
    asked.plain("/v1/judgements", &json!({ "a": eva, "b": other, "as": "same", "why": long }), "/why");

    let step = json!({ "pairs": [{ "a": eva, "b": other }], "as": "different" });
    for path in ["/v1/decisions", "/v1/decisions/preview"] {
        asked.plain(path, &json!({ "steps": [] }), "/steps");
        asked.plain(path, &json!({ "steps": vec![step.clone(); 17] }), "/steps");
        asked.plain(path, &json!({ "steps": [{ "as": "same" }] }), "/steps/0");
        asked.plain(path, &json!({ "steps": [step], "why": long }), "/why");
    }
    asked.client.post("/v1/decisions", &json!({ "steps": [step] })).good();
    let late = json!({ "steps": [step], "if_open": true });
    asked.post("/v1/decisions", "/v1/decisions", &late, 412, "");

    // Something must be named.
    asked.plain("/v1/erasures", &json!({}), "/records");
    asked.plain("/v1/erasures", &json!({ "records": [], "customers": [] }), "/records");

    let pin = |more: Value| {
        let mut body = json!({ "field": "email", "value": "eva@web.de" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    asked.plain("/v1/pins", &pin(json!({})), "/customer_id");
    asked.plain("/v1/pins", &pin(json!({ "customer_id": "x", "record": eva })), "/customer_id");
    asked.plain("/v1/pins", &pin(json!({ "record": eva, "value": " " })), "/value");
    asked.plain("/v1/pins", &pin(json!({ "record": eva, "why": long })), "/why");

    // No text at any depth holds a NUL.
    let nested = json!({ "fields": { "kontakte": [{ "email": ["a\u{0}b"] }] } });
    asked.plain("/v1/match", &nested, "/fields");
    asked.seen.insert("/v1/records/{source}/{record_id}".to_owned());
    assert_eq!(asked.client.put("/v1/records/crm/x", &nested).problem(422)["field"], "/fields");

    // A page begins where one ended, and a pattern is one that a question has.
    asked.get("/v1/review", "cursor=nonsense", 422, "cursor");
    asked.get("/v1/review", "cursor=3f800000-1-2-nonsense", 422, "cursor");
    asked.get("/v1/review", "kind=sample&cursor=3f800000-1-2-pair", 422, "cursor");
    asked.get("/v1/review", "pattern=nonsense", 422, "pattern");
    for cursor in ["nonsense", "3mdyn89bcar92ksu", ""] {
        let problem = asked.client.get(&format!("/v1/customers?cursor={cursor}")).problem(422);
        assert_eq!(problem["field"], "cursor", "{cursor}");
    }

    // A rule file that is to be used has no fault.
    let faulty = "[thresholds]\nlnik = 1\n";
    asked.plain("/v1/rules/trials", &json!({ "text": faulty }), "/text");
    asked.plain("/v1/rules/drafts", &json!({ "text": faulty, "submit": true }), "/text");

    // Taken into force is what was submitted, over what was looked at.
    let apply = "/v1/rules/drafts/{draft}/apply";
    let mut draft = |submit: bool| {
        let body = json!({ "text": "[thresholds]\nlink = 0.9\n", "submit": submit });
        let number = asked.client.post("/v1/rules/drafts", &body).good()["number"].clone();
        format!("/v1/rules/drafts/{number}/apply")
    };
    let (open, submitted) = (draft(false), draft(true));
    asked.post(apply, &open, &json!({}), 412, "");
    asked.post(apply, &submitted, &json!({ "base": 7 }), 412, "");

    assert_eq!(asked.seen, let_off(), "operations that are let off, and those that are asked here");
}
