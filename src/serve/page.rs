//! The documentation as a page that needs no script and no other host. Made of
//! the same document that programs read.

use super::openapi;
use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

/// The page.
pub fn text() -> String {
    let document = openapi::document();
    let operations = operations(&document);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Einklang: the service" }
                link rel="stylesheet" href="/docs/style.css";
            }
            body {
                nav aria-label="Operations" {
                    h2 { "Operations" }
                    ul {
                        @for operation in &operations {
                            li { a href={ "#" (operation.name) } { (operation.summary) } }
                        }
                        li { a href="#schemas" { "Schemas" } }
                    }
                }
                main {
                    h1 { "Einklang " small { (text_at(&document, "/info/version")) } }
                    p { (text_at(&document, "/info/description")) }
                    p { a href="/v1/openapi.json" { "The same as an OpenAPI 3.1 document" } }
                    @for operation in &operations { (operation.section()) }
                    h2 id="schemas" { "Schemas" }
                    @for (name, schema) in entries(&document, "/components/schemas") {
                        details id={ "schema-" (name) } {
                            summary { code { (name) } }
                            pre { (serde_json::to_string_pretty(schema).unwrap_or_default()) }
                        }
                    }
                }
            }
        }
    };
    page.into_string()
}

struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    name: &'a str,
    summary: &'a str,
    value: &'a Value,
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut found = Vec::new();
    for (path, item) in entries(document, "/paths") {
        for (method, value) in item.as_object().into_iter().flatten() {
            let (name, summary) = (text_at(value, "/operationId"), text_at(value, "/summary"));
            found.push(Operation { path, method, name, summary, value });
        }
    }
    found
}

impl Operation<'_> {
    fn section(&self) -> Markup {
        let parameters = self.value.get("parameters").and_then(Value::as_array);
        html! {
            section id=(self.name) {
                h2 { (self.summary) }
                p.address { span.method { (self.method.to_uppercase()) } " " code { (self.path) } }
                @for paragraph in text_at(self.value, "/description").split("\n\n") {
                    @if !paragraph.is_empty() { p { (paragraph) } }
                }
                @if let Some(parameters) = parameters {
                    table {
                        thead { tr { th { "Parameter" } th { "In" } th { "Meaning" } } }
                        tbody {
                            @for parameter in parameters {
                                tr {
                                    td { code { (text_at(parameter, "/name")) } }
                                    td { (text_at(parameter, "/in")) }
                                    td { (text_at(parameter, "/description")) }
                                }
                            }
                        }
                    }
                }
                @for (media, content) in entries(self.value, "/requestBody/content") {
                    p { "Takes " code { (media) } (schema_link(content)) }
                }
                table {
                    thead { tr { th { "Status" } th { "Meaning" } th { "Body" } } }
                    tbody {
                        @for (status, response) in entries(self.value, "/responses") {
                            tr {
                                td { (status) }
                                td { (text_at(response, "/description")) }
                                td {
                                    @for (media, content) in entries(response, "/content") {
                                        code { (media) } (schema_link(content))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A link to the schema that a body has.
fn schema_link(content: &Value) -> Markup {
    let reference = text_at(content, "/schema/$ref");
    let name = reference.rsplit('/').next().unwrap_or_default();
    html! { @if !name.is_empty() { ": " a href={ "#schema-" (name) } { (name) } } }
}

fn entries<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
    let object = value.pointer(pointer).and_then(Value::as_object);
    object.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn text_at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub const STYLE: &str = "\
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; display: grid; grid-template-columns: 18rem 1fr; }
nav { border-right: 1px solid var(--line); padding: 1rem; position: sticky; top: 0; height: 100vh; overflow: auto; box-sizing: border-box; }
nav ul { list-style: none; padding: 0; }
main { padding: 1rem 2rem; max-width: 60rem; }
section { border-top: 1px solid var(--line); margin-top: 2rem; }
.method { font-weight: 700; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
pre { overflow: auto; padding: .6rem; border: 1px solid var(--line); }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; border: 0; } }
";
