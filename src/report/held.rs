//! Everything that is held about one customer as a page for that person: what
//! each source told, what was made of it, and what became of it when. One file
//! without scripts or outside references.

use super::page::SHEET;
use crate::engine::live::{ChangeView, GoldenView, Holdings, PinMade, RecordView};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::collections::BTreeMap;

/// The whole page.
pub fn render(held: &Holdings) -> String {
    let customer = &held.customer;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "What is held about customer " (customer.customer_id) }
                style { (PreEscaped(SHEET)) (PreEscaped(TABLES)) }
            }
            body {
                main {
                    header {
                        p.eyebrow { "Einklang · access under article 15 GDPR" }
                        h1 { "What is held about customer " em { (customer.customer_id) } }
                        p.lead {
                            (held.records.len()) " records of " (sources(held)) " sources are held to be one person. "
                            "This page shows all of them, what was made of them, and each change."
                        }
                    }
                    section { h2 { "In short" } (golden(&customer.golden)) }
                    section {
                        h2 { "By source" }
                        @for record in &held.records { (of_record(record)) }
                    }
                    @if !held.pins.is_empty() {
                        section { h2 { "What people pinned" } (pins(&held.pins)) }
                    }
                    section { h2 { "What happened" } (history(&held.history)) }
                }
                footer { "Written by Einklang. It holds personal data." }
            }
        }
    };
    page.into_string()
}

const TABLES: &str = "table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;\
vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}\
th{color:var(--soft);font-weight:500}footer{max-width:60rem;margin:0 auto;padding:1rem 1.5rem 3rem;color:var(--faint)}";

fn sources(held: &Holdings) -> usize {
    let mut sources: Vec<&str> = held.records.iter().map(|record| record.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    sources.len()
}

/// The values that stand for the customer, and where each comes from.
fn golden(values: &BTreeMap<String, GoldenView>) -> Markup {
    html! {
        table {
            tr { th { "Field" } th { "Value" } th { "Taken from" } }
            @for (field, golden) in values {
                tr {
                    td { (field) }
                    td { (golden.value) }
                    td {
                        @match &golden.pinned {
                            Some(pin) => { "pinned by " (pin.who) " on " (pin.at) }
                            None => { (golden.source) " " (golden.record_id) }
                        }
                    }
                }
            }
        }
    }
}

/// Every value that somebody pinned, those that were superseded included.
fn pins(pins: &[PinMade]) -> Markup {
    html! {
        table {
            tr { th { "When" } th { "Who" } th { "Field" } th { "Value" } th { "Why" } th { "In force" } }
            @for pin in pins {
                tr {
                    td { (pin.at) }
                    td { (pin.who) }
                    td { (pin.field) }
                    td { (pin.value.as_deref().unwrap_or("released")) }
                    td { (pin.why) }
                    td { (if pin.in_force { "yes" } else { "no" }) }
                }
            }
        }
    }
}

/// What one source told, what is compared of it, and what stewards decided.
fn of_record(record: &RecordView) -> Markup {
    html! {
        h3 { (record.source) " " (record.record_id) }
        table {
            tr { th { "Column" } th { "As it came" } }
            @for (column, value) in &record.fields {
                tr { td { (column) } td { (value) } }
            }
        }
        @if !record.values.is_empty() {
            p.quiet { "After cleaning" }
            table {
                tr { th { "Field" } th { "Value" } th { "Compared as" } }
                @for value in &record.values {
                    tr {
                        td { (value.field) }
                        td { (value.value) }
                        td { (value.compared.as_deref().unwrap_or("not compared")) }
                    }
                }
            }
        }
        @for judgement in &record.judgements {
            p.quiet {
                "Judged " (judgement.judgement.name()) " with " (judgement.source) " " (judgement.record_id) "."
            }
        }
    }
}

/// Every change, the latest first.
fn history(changes: &[ChangeView]) -> Markup {
    html! {
        table {
            tr { th { "When" } th { "What" } th { "Because of" } th { "Records after it" } }
            @for change in changes.iter().rev() {
                tr {
                    td { (change.at) }
                    td { (change.kind) " " (change.others.join(", ")) }
                    td { (change.cause) }
                    td { (change.members.as_ref().map_or(0, Vec::len)) }
                }
            }
        }
    }
}
