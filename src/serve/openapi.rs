//! The OpenAPI 3.1 document, made of the table of routes and of the types that
//! they take and give.

use super::problem::{self, KINDS, Kind, MEDIA};
use super::route::{Access, Parameter, Route, Takes, Values};
use super::routes::ROUTES;
use crate::engine::CUSTOMER_ID_PATTERN;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The document as text.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
}

pub fn document() -> Value {
    let (mut taken, mut given) = generators();
    let mut paths = Map::new();
    for route in ROUTES {
        let operation = operation(route, &mut taken, &mut given);
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Value::Object(item) = item {
            item.insert(route.method.name().to_owned(), operation);
        }
    }
    given.subschema_for::<problem::Told>();
    let mut schemas = taken.take_definitions(true);
    schemas.extend(given.take_definitions(true));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Einklang",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The identity graph as a service",
            "description": "Who is this, do we know them, what changed. Errors are problem details by RFC 9457; \
                            the answer's `Request-Id` names the request in the log.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token made by `einklang token create`. A service on loopback without \
                                    tokens needs none.",
                },
            },
        },
    })
}

/// Of what requests bear and of what answers do: a type may be read otherwise
/// than it is written, in what may be left out.
fn generators() -> (SchemaGenerator, SchemaGenerator) {
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let taken = SchemaGenerator::new(settings.clone().for_deserialize());
    (taken, SchemaGenerator::new(settings.for_serialize()))
}

fn operation(route: &Route, taken: &mut SchemaGenerator, given: &mut SchemaGenerator) -> Value {
    let roles = match route.access {
        Access::Open => String::new(),
        Access::AnyRole => "Any token may.".to_owned(),
        Access::Roles(roles) => {
            let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
            format!("Needs a token with the role {}.", names.join(" or "))
        }
    };
    let description = [route.detail, &roles].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.summary,
        "description": description.join("\n\n"),
        "responses": responses(route, given),
    });
    if let Value::Object(operation) = &mut operation {
        let security = if route.access == Access::Open { json!([]) } else { json!([{ "token": [] }]) };
        operation.insert("security".to_owned(), security);
        let parameters = parameters(route);
        if !parameters.is_empty() {
            operation.insert("parameters".to_owned(), parameters.into());
        }
        if let Some(body) = body(&route.takes, taken) {
            operation.insert("requestBody".to_owned(), body);
        }
    }
    operation
}

fn parameters(route: &Route) -> Vec<Value> {
    let parts = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = parts.map(|name| {
        json!({
            "name": name,
            "in": "path",
            "required": true,
            "description": match name {
                "source" => "The channel that the record comes from",
                "stream" => "The stream's name, such as a topic and its partition",
                "record_id" => "The record's name within its source",
                "draft" | "trial" | "version" | "proposal" => "Its number",
                "file" => "The file's name",
                _ => "The customer's id, present or former",
            },
            "schema": match name {
                "draft" | "trial" | "version" => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
                "proposal" => json!({ "type": "integer", "minimum": 0, "maximum": u64::MAX }),
                _ => json!({ "type": "string", "minLength": 1, "maxLength": 1024 }),
            },
        })
    });
    let named = |parameter: &Parameter| {
        json!({
            "name": parameter.name,
            "in": parameter.place,
            "required": false,
            "description": parameter.what,
            "schema": match parameter.kind {
                Values::Text => json!({ "type": "string" }),
                Values::CustomerId => json!({ "type": "string", "pattern": CUSTOMER_ID_PATTERN }),
                Values::OneOf(words) => json!({ "type": "string", "enum": words }),
                Values::Time => json!({ "type": "string", "format": "date-time" }),
                Values::Version => json!({ "type": ["integer", "string"], "format": "date-time" }),
                Values::Whole { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
            },
        })
    };
    let any = [
        ("Einklang-Purpose", "Why the data is asked for; kept in the audit log", route.is_audited),
        ("Idempotency-Key", "Makes a repeated request harmless", is_replayed(route)),
    ];
    let headers = any.into_iter().filter(|(_, _, is)| *is).map(|(name, what, _)| {
        json!({
            "name": name,
            "in": "header",
            "required": false,
            "description": what,
            "schema": { "type": "string", "maxLength": 200, "pattern": "^[\\x20-\\x7e]*$" },
        })
    });
    in_path.chain(route.parameters.iter().map(named)).chain(headers).collect()
}

/// Whether the answer to a request with an idempotency key is kept.
pub fn is_replayed(route: &Route) -> bool {
    matches!(route.takes, Takes::Json(_))
        && matches!(route.method, super::route::Method::Post | super::route::Method::Put)
}

fn body(takes: &Takes, generator: &mut SchemaGenerator) -> Option<Value> {
    let content = match takes {
        Takes::Nothing => return None,
        Takes::Json(schema) => json!({ "application/json": { "schema": schema(generator) } }),
        Takes::Lines(example) => {
            json!({ "application/x-ndjson": { "schema": { "type": "string" }, "example": example } })
        }
    };
    Some(json!({ "required": true, "content": content }))
}

fn responses(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    let schema = match route.gives.schema {
        Some(schema) => json!(schema(generator)),
        None if route.gives.media == "application/json" => json!({ "type": "object" }),
        None => json!({ "type": "string" }),
    };
    let mut given = json!({
        "description": route.gives.what,
        "headers": { "Request-Id": { "schema": { "type": "string" } } },
        "content": { route.gives.media: { "schema": schema } },
    });
    if route.name == "getCustomer" {
        if let Some(headers) = given.get_mut("headers").and_then(Value::as_object_mut) {
            headers.insert("ETag".to_owned(), json!({ "schema": { "type": "string" } }));
        }
        responses.insert("304".to_owned(), json!({ "description": "It is as it was" }));
    }
    match route.gives.media {
        "" => responses.insert("204".to_owned(), json!({ "description": route.gives.what })),
        _ => responses.insert("200".to_owned(), given),
    };
    let told = json!({ MEDIA: { "schema": { "$ref": "#/components/schemas/Problem" } } });
    for kind in fails(route) {
        let mut response = json!({ "description": kind.title(), "content": told });
        if let (Some(_), Value::Object(response)) = (kind.retry_after(), &mut response) {
            let header = json!({ "Retry-After": { "schema": { "type": "integer" } } });
            response.insert("headers".to_owned(), header);
        }
        responses.insert(kind.status().as_u16().to_string(), response);
    }
    responses.into()
}

/// The problems that a request to this route may meet.
fn fails(route: &Route) -> impl Iterator<Item = &'static Kind> {
    let takes_body = !matches!(route.takes, Takes::Nothing);
    let is_open = route.access == Access::Open;
    KINDS.iter().copied().filter(move |kind| match kind.status().as_u16() {
        404 | 412 => route.fails.iter().any(|fail| fail.name() == kind.name()),
        401 | 403 | 429 => !is_open || kind.status() == 403,
        408 | 413 | 415 => takes_body,
        409 => is_replayed(route),
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_route_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = ROUTES.iter().map(|route| route.name).collect();
        assert_eq!(names.len(), ROUTES.len());
        assert!(ROUTES.iter().all(|route| !route.name.is_empty() && route.path.starts_with('/')));
    }

    /// A type that is taken and one that is given, of the same name and unlike
    /// each other, would be described by one of them.
    #[test]
    fn no_two_types_have_one_name() {
        let (mut taken, mut given) = generators();
        ROUTES.iter().for_each(|route| _ = operation(route, &mut taken, &mut given));
        let given = given.take_definitions(true);
        for (name, schema) in taken.take_definitions(true) {
            assert!(given.get(&name).is_none_or(|other| *other == schema), "{name}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"").skip(1) {
            let pointer = reference.split('"').next().unwrap_or_default();
            assert!(document.pointer(pointer.trim_start_matches('#')).is_some(), "{pointer}");
        }
        assert!(text.contains("#/components/schemas/Problem"));
    }
}
