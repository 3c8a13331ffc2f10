//! Data quality: per field and source, how much is filled, and how much of
//! that can be believed.

use super::bars::clipped;
use super::figure::{at, count, percent};
use crate::report::{QualityReport, ReportData};
use maud::{Markup, html};

const NAMES: f64 = 170.0;
const HEAD: f64 = 26.0;
const ROW: f64 = 38.0;

pub fn section(report: &ReportData) -> Markup {
    if report.quality.is_empty() {
        return html! {};
    }
    html! {
        section {
            h2 { "Data quality" }
            p {
                "Each cell is one field of one source: the figure is the share of records with a valid value, the strip below \
                 it shows what the rest is."
            }
            div.legend {
                span { i style="background:var(--good)" {} "valid" }
                span { i style="background:var(--doubt)" {} "doubtful" }
                span { i style="background:var(--void)" {} "placeholder, or shared by too many people" }
                span { i style="background:var(--bad)" {} "invalid" }
                span { i style="background:var(--none)" {} "missing" }
            }
            (heat_map(report))
            @if !report.hubs.is_empty() { (hubs(report)) }
        }
    }
}

fn heat_map(report: &ReportData) -> Markup {
    let mut fields: Vec<&str> = Vec::new();
    // A whole name or address stands in its parts and has no values of its own.
    let held =
        |cell: &&QualityReport| cell.valid + cell.doubtful + cell.hub + cell.placeholder + cell.invalid > 0;
    for cell in report.quality.iter().filter(held) {
        if !fields.contains(&cell.field.as_str()) {
            fields.push(&cell.field);
        }
    }
    let sources: Vec<&str> = report.sources.iter().map(|source| source.name.as_str()).collect();
    let cell = ((860.0 - NAMES) / sources.len().max(1) as f64).clamp(64.0, 150.0);
    let (width, height) = (NAMES + cell * sources.len() as f64, HEAD + ROW * fields.len() as f64);
    let found = |field: &str, source: &str| {
        report.quality.iter().find(|cell| cell.field == field && cell.source == source)
    };
    html! {
        figure {
            svg viewBox={ "0 0 " (at(width)) " " (at(height)) } width=(at(width)) height=(at(height)) role="img" aria-label="data quality per field and source" {
                @for (place, source) in sources.iter().enumerate() {
                    text x=(at(NAMES + cell * (place as f64 + 0.5))) y="16" class="mid soft small" { (clipped(source, cell)) }
                }
                @for (row, field) in fields.iter().enumerate() {
                    @let top = HEAD + ROW * row as f64;
                    text x=(NAMES - 10.0) y=(at(top + 23.0)) class="end" { (clipped(field, NAMES)) }
                    @for (place, source) in sources.iter().enumerate() {
                        (one_cell(found(field, source), NAMES + cell * place as f64, top, cell))
                    }
                }
            }
        }
    }
}

fn one_cell(quality: Option<&QualityReport>, left: f64, top: f64, width: f64) -> Markup {
    let (x, room) = (left + 2.0, width - 4.0);
    let Some(quality) = quality.filter(|quality| quality.records > 0) else {
        return html! {
            rect x=(at(x)) y=(at(top + 2.0)) width=(at(room)) height=(ROW - 4.0) rx="4" fill="var(--none)" opacity=".25" {}
            text x=(at(left + width / 2.0)) y=(at(top + 22.0)) class="mid soft small" { "–" }
        };
    };
    let records = quality.records as f64;
    let share = |part: u64| part as f64 / records;
    let filled = quality.valid + quality.doubtful + quality.hub + quality.placeholder + quality.invalid;
    let missing = quality.records.saturating_sub(filled);
    let parts = [
        (quality.valid, "var(--good)"),
        (quality.doubtful, "var(--doubt)"),
        (quality.placeholder + quality.hub, "var(--void)"),
        (quality.invalid, "var(--bad)"),
        (missing, "var(--none)"),
    ];
    let starts = parts.iter().scan(x, |start, (part, _)| {
        let here = *start;
        *start += share(*part) * room;
        Some(here)
    });
    html! {
        g {
            title {
                (quality.field) " in " (quality.source) ": " (count(quality.valid)) " valid, " (count(quality.doubtful)) " doubtful, "
                (count(quality.hub)) " shared by too many people, "
                (count(quality.placeholder)) " placeholders, " (count(quality.invalid)) " invalid, " (count(missing)) " missing"
            }
            rect x=(at(x)) y=(at(top + 2.0)) width=(at(room)) height=(ROW - 4.0) rx="4" fill="var(--good)" opacity=(format!("{:.2}", 0.06 + 0.34 * share(quality.valid))) {}
            text x=(at(left + width / 2.0)) y=(at(top + 20.0)) class="mid" { (percent(quality.valid as f64, records)) }
            @for (start, (part, color)) in starts.zip(parts) {
                rect x=(at(start)) y=(at(top + ROW - 9.0)) width=(at(share(part) * room)) height="6" fill=(color) {}
            }
        }
    }
}

fn hubs(report: &ReportData) -> Markup {
    html! {
        h3 { "Values that improbably many people share" }
        p.quiet {
            "Shared inboxes, switchboards, branches, default dates. They are carried and shown, and are no evidence. "
            "How many people are improbable follows from how the other values of the field are shared."
        }
        ul.cards {
            @for hub in &report.hubs {
                li {
                    strong { (hub.field) } br;
                    (count(hub.values)) " values in " (count(hub.records)) " records; up to " (count(hub.people_likely_max))
                    " people would be likely" br;
                    @for value in &hub.most_shared {
                        span.quiet { (count(value.people)) " people in " (count(value.records)) " records, such as " (value.example) } br;
                    }
                }
            }
        }
    }
}
