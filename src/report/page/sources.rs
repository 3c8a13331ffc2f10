//! Where the records come from: before and after, duplicates per source, and
//! which sources know the same customers.

use super::bars::clipped;
use super::figure::{at, count, hue, percent};
use crate::report::ReportData;
use maud::{Markup, html};

const WIDTH: f64 = 860.0;

/// All records as one bar, parted by source, above the customers they are.
pub fn before_and_after(report: &ReportData) -> Markup {
    let records = report.counts.records.max(1) as f64;
    let customers = report.counts.customers as f64 / records * WIDTH;
    let mut start = 0.0;
    let mut parts = Vec::new();
    for (place, source) in report.sources.iter().enumerate() {
        let width = source.records as f64 / records * WIDTH;
        parts.push((place, source, start, width));
        start += width;
    }
    html! {
        figure {
            svg viewBox={ "0 0 " (WIDTH) " 112" } width=(WIDTH) height="112" role="img" aria-label="records before, customers after" {
                text x="0" y="12" class="soft small" { "before: " (count(report.counts.records)) " records" }
                @for (place, source, start, width) in parts {
                    g {
                        title { (source.name) ": " (count(source.records)) " records" }
                        rect x=(at(start)) y="18" width=(at((width - 1.5).max(0.5))) height="28" rx="3" fill=(hue(place)) {}
                        @if width > 9.0 * source.name.chars().count() as f64 {
                            text x=(at(start + 8.0)) y="37" class="on" { (source.name) }
                        }
                    }
                }
                text x="0" y="72" class="soft small" { "after: " (count(report.counts.customers)) " customers" }
                rect x="0" y="78" width=(at(customers.max(1.0))) height="28" rx="3" fill="var(--accent)" {}
                rect x=(at(customers)) y="78" width=(at((WIDTH - customers).max(0.0))) height="28" rx="3" fill="var(--none)" {}
                @if WIDTH - customers > 150.0 {
                    text x=(at(WIDTH - 8.0)) y="97" class="end soft" { (percent(records - report.counts.customers as f64, records)) " duplicates" }
                }
            }
        }
    }
}

pub fn section(report: &ReportData) -> Markup {
    if report.sources.is_empty() {
        return html! {};
    }
    html! {
        section {
            h2 { "Sources" }
            p { "How many customers each source holds, how many nobody else knows, and how many of its own records repeat one." }
            (per_source(report))
            @if report.sources.len() > 1 {
                h3 { "Who overlaps with whom" }
                p.quiet { "Of the customers of the source at the left, the share that the source above knows too." }
                (overlap(report))
            }
        }
    }
}

/// One bar per source: customers known only here, customers known elsewhere
/// too, records that repeat a customer of the same source.
fn per_source(report: &ReportData) -> Markup {
    const ROW: f64 = 40.0;
    const NAMES: f64 = 150.0;
    let most = report.sources.iter().map(|source| source.records).max().unwrap_or(1).max(1) as f64;
    let scale = (WIDTH - NAMES - 110.0) / most;
    let height = report.sources.len() as f64 * ROW;
    html! {
        figure {
            div.legend {
                span { i style="background:var(--s0)" {} "customers only here" }
                span { i style="background:var(--s2)" {} "customers known elsewhere too" }
                span { i style="background:var(--s1)" {} "duplicates within the source" }
            }
            svg viewBox={ "0 0 " (WIDTH) " " (height) } width=(WIDTH) height=(height) role="img" aria-label="customers and duplicates per source" {
                @for (place, source) in report.sources.iter().enumerate() {
                    @let top = place as f64 * ROW;
                    @let only = source.customers_only_here as f64 * scale;
                    @let shared = source.customers.saturating_sub(source.customers_only_here) as f64 * scale;
                    @let again = source.records.saturating_sub(source.customers);
                    g {
                        title {
                            (source.name) ": " (count(source.records)) " records, " (count(source.customers)) " customers, "
                            (count(source.customers_only_here)) " only here, " (count(again)) " duplicates within, "
                            (count(source.quarantined)) " rows quarantined"
                        }
                        text x=(NAMES - 10.0) y=(at(top + 21.0)) class="end" { (clipped(&source.name, NAMES)) }
                        rect x=(NAMES) y=(at(top + 6.0)) width=(at(only)) height="22" rx="2" fill="var(--s0)" {}
                        rect x=(at(NAMES + only)) y=(at(top + 6.0)) width=(at(shared)) height="22" rx="2" fill="var(--s2)" {}
                        rect x=(at(NAMES + only + shared)) y=(at(top + 6.0)) width=(at(again as f64 * scale)) height="22" rx="2" fill="var(--s1)" {}
                        text x=(at(NAMES + source.records as f64 * scale + 8.0)) y=(at(top + 16.0)) class="small" { (count(source.records)) " records" }
                        text x=(at(NAMES + source.records as f64 * scale + 8.0)) y=(at(top + 29.0)) class="soft small" { (percent(again as f64, source.records as f64)) " again" }
                    }
                }
            }
        }
    }
}

/// The overlap matrix: darker, more shared.
fn overlap(report: &ReportData) -> Markup {
    const NAMES: f64 = 150.0;
    const HEAD: f64 = 26.0;
    let sources = &report.sources;
    let cell = ((WIDTH - NAMES) / sources.len() as f64).clamp(44.0, 96.0);
    let row = 42.0;
    let (width, height) = (NAMES + cell * sources.len() as f64, HEAD + row * sources.len() as f64);
    let shared = |a: usize, b: usize| report.overlap.get(a).and_then(|row| row.get(b)).copied().unwrap_or(0);
    html! {
        figure {
            svg viewBox={ "0 0 " (at(width)) " " (at(height)) } width=(at(width)) height=(at(height)) role="img" aria-label="share of customers known to two sources" {
                @for (b, source) in sources.iter().enumerate() {
                    text x=(at(NAMES + cell * (b as f64 + 0.5))) y="16" class="mid soft small" { (clipped(&source.name, cell)) }
                }
                @for (a, source) in sources.iter().enumerate() {
                    @let top = HEAD + row * a as f64;
                    text x=(NAMES - 10.0) y=(at(top + 26.0)) class="end" { (clipped(&source.name, NAMES)) }
                    @for (b, other) in sources.iter().enumerate() {
                        @let share = if source.customers == 0 { 0.0 } else { shared(a, b) as f64 / source.customers as f64 };
                        @let left = NAMES + cell * b as f64;
                        g {
                            title { (count(shared(a, b))) " customers of " (source.name) @if a != b { " are in " (other.name) " too" } }
                            @if a == b {
                                rect x=(at(left + 1.0)) y=(at(top + 1.0)) width=(at(cell - 2.0)) height=(row - 2.0) rx="4" fill="var(--none)" opacity=".5" {}
                                text x=(at(left + cell / 2.0)) y=(at(top + 26.0)) class="mid soft small" { (super::figure::short(source.customers as f64)) }
                            } @else {
                                rect x=(at(left + 1.0)) y=(at(top + 1.0)) width=(at(cell - 2.0)) height=(row - 2.0) rx="4" fill="var(--none)" opacity=".35" {}
                                rect x=(at(left + 1.0)) y=(at(top + 1.0)) width=(at(cell - 2.0)) height=(row - 2.0) rx="4" fill="var(--s0)" opacity=(format!("{:.2}", share.sqrt().min(1.0) * 0.85)) {}
                                text x=(at(left + cell / 2.0)) y=(at(top + 26.0)) class="mid" { (percent(share, 1.0)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
