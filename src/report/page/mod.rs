//! `report.html`: the run's figures as pictures, in one file without scripts
//! or outside references. The figures themselves are `ReportData`'s.

mod bars;
mod customers;
mod figure;
mod matching;
mod quality;
mod sources;
mod style;

pub(super) use style::SHEET;

use super::{EstimateReport, ReportData};
use figure::{count, percent};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The whole page.
pub fn render(report: &ReportData) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "Einklang " (report.einklang_version) };
                title { "Customers: " (count(report.counts.customers)) " from " (count(report.counts.records)) " records" }
                style { (PreEscaped(SHEET)) }
            }
            body {
                main {
                    (heading(report))
                    (sources::section(report))
                    (quality::section(report))
                    (customers::section(report))
                    (matching::section(report))
                    (details(report))
                }
                footer { "Written by Einklang " (report.einklang_version) ". Records are named by their keys; no values are shown." }
            }
        }
    };
    page.into_string()
}

/// The answer first: how many records, how many customers.
fn heading(report: &ReportData) -> Markup {
    let counts = &report.counts;
    let duplicates = report.duplicates();
    let accuracy = &report.accuracy;
    html! {
        header {
            p.eyebrow { "Einklang · merge report" }
            h1 { (count(counts.records)) " records are " em { (count(counts.customers)) " customers" } }
            p.lead {
                (percent(duplicates as f64, counts.records as f64)) " of all records say again what another record says."
                @if counts.pairs_review > 0 { " " (count(counts.pairs_review)) " pairs wait for a second look." }
                @if counts.quarantined > 0 { " " (count(counts.quarantined)) " rows could not be read." }
            }
            (sources::before_and_after(report))
            dl.tiles {
                (tile("Duplicate records", &count(duplicates), &percent(duplicates as f64, counts.records as f64)))
                (tile("Customers met once", &count(counts.singletons), &percent(counts.singletons as f64, counts.customers as f64)))
                (tile("Pairs linked", &count(counts.pairs_link), &format!("of {} compared", count(counts.pairs_compared))))
                (tile("Pairs to review", &count(counts.pairs_review), "between the thresholds"))
                (tile("Precision, expected", &percent(accuracy.precision.share, 1.0), &between(&accuracy.precision)))
                (tile("Recall, expected", &percent(accuracy.recall.share, 1.0), &between(&accuracy.recall)))
                (tile("Quarantined rows", &count(counts.quarantined), "see quarantine.csv"))
            }
        }
    }
}

/// What the model expects of itself; only labels or a truth can prove it.
fn between(estimate: &EstimateReport) -> String {
    format!("{} to {}, by the model", percent(estimate.low, 1.0), percent(estimate.high, 1.0))
}

fn tile(name: &str, figure: &str, beside: &str) -> Markup {
    html! { div { dt { (name) } dd { strong { (figure) } span { (beside) } } } }
}

/// What only those ask for who look closely: columns, stages, set-up.
fn details(report: &ReportData) -> Markup {
    html! {
        section {
            h2 { "How it was done" }
            @if !report.stages.is_empty() {
                h3 { "Time per stage" }
                (bars::stages(&report.stages))
            }
            p.quiet { (run(report)) }
            @if !report.columns.is_empty() {
                details {
                    summary { "What the columns were taken for: " (report.columns.len()) }
                    div.wide { (columns(report)) }
                }
            }
        }
    }
}

fn run(report: &ReportData) -> String {
    let run = &report.run;
    let mut said = vec![format!("{:.1} seconds on {} threads", run.seconds, run.threads)];
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    said.extend(run.memory_bytes_max.map(|bytes| format!("at most {:.0} MiB of memory", mib(bytes))));
    said.extend(run.scratch_bytes_max.map(|bytes| format!("{:.0} MiB of scratch", mib(bytes))));
    said.push(run.rules.as_ref().map_or("no rule file".to_owned(), |rules| format!("rule file {rules}")));
    said.extend(run.country.as_ref().map(|country| format!("country where none is named: {country}")));
    said.extend(run.link_only.then(|| "records of one source were never linked".to_owned()));
    said.join(" · ")
}

fn columns(report: &ReportData) -> Markup {
    html! {
        table {
            thead { tr { th { "Source" } th { "Column" } th { "Taken for" } th.number { "Filled" } th { "Why" } } }
            tbody {
                @for column in &report.columns {
                    tr {
                        td { (column.source) }
                        td { (column.column) }
                        td { (column.attribute) @if !column.label.is_empty() { " " span.quiet { (column.label) } } }
                        td.number { (percent(column.filled, 1.0)) }
                        td.quiet { (column.reason) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
