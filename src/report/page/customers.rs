//! The customers: how large they are, and which deserve a look.

use super::figure::{at, count, log_share};
use crate::report::{ClusterReport, ReportData, SizeReport};
use maud::{Markup, html};

pub fn section(report: &ReportData) -> Markup {
    html! {
        section {
            h2 { "Customers" }
            @if !report.cluster_sizes.is_empty() {
                h3 { "Records per customer" }
                (sizes(&report.cluster_sizes))
            }
            @if !report.largest.is_empty() {
                h3 { "The largest" }
                (cards(&report.largest))
            }
            @if !report.doubtful.is_empty() {
                h3 { "The most doubtful" }
                p.quiet { "What holds them together is weak: look here first." }
                (cards(&report.doubtful))
            }
        }
    }
}

/// Columns by size; beyond a number of sizes, ranges share a column.
fn sizes(sizes: &[SizeReport]) -> Markup {
    const HEIGHT: f64 = 190.0;
    let grouped = grouped(sizes);
    let most = grouped.iter().map(|(_, customers)| *customers).max().unwrap_or(0);
    let step = (860.0 / grouped.len().max(1) as f64).min(72.0);
    let width = step * grouped.len() as f64;
    html! {
        figure {
            svg viewBox={ "0 0 " (at(width)) " " (HEIGHT + 44.0) } width=(at(width)) height=(HEIGHT + 44.0) role="img" aria-label="customers by number of records" {
                @for (place, (name, customers)) in grouped.iter().enumerate() {
                    @let tall = log_share(*customers, most) * HEIGHT;
                    @let left = place as f64 * step;
                    g {
                        title { (count(*customers)) " customers of " (name) " records" }
                        rect x=(at(left + step * 0.12)) y=(at(HEIGHT + 18.0 - tall)) width=(at(step * 0.76)) height=(at(tall)) rx="3" fill="var(--accent)" {}
                        text x=(at(left + step / 2.0)) y=(at(HEIGHT + 13.0 - tall)) class="mid small" { (super::figure::short(*customers as f64)) }
                        text x=(at(left + step / 2.0)) y=(at(HEIGHT + 36.0)) class="mid soft" { (name) }
                    }
                }
            }
            figcaption { "Below: records per customer. Above: customers of that size. The height is on a logarithmic scale." }
        }
    }
}

fn grouped(sizes: &[SizeReport]) -> Vec<(String, u64)> {
    const BOUNDS: [u64; 14] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50, 100, u64::MAX];
    let mut low = 0;
    let mut grouped = Vec::new();
    for high in BOUNDS {
        let customers: u64 =
            sizes.iter().filter(|s| s.size > low && s.size <= high).map(|s| s.customers).sum();
        let name = match high {
            u64::MAX => format!("> {low}"),
            _ if high == low + 1 => high.to_string(),
            _ => format!("{}–{high}", low + 1),
        };
        grouped.push((name, customers));
        low = high;
    }
    while grouped.last().is_some_and(|(_, customers)| *customers == 0) {
        grouped.pop();
    }
    grouped
}

fn cards(clusters: &[ClusterReport]) -> Markup {
    html! {
        ul.cards {
            @for cluster in clusters {
                li {
                    strong { (count(cluster.size)) " records" } " · " code { (cluster.customer_id) }
                    @if !cluster.reason.is_empty() { br; (cluster.reason) }
                    @if let Some(weight) = cluster.weakest_weight { br; "weakest link " (format!("{weight:+.1}")) " bits" }
                    br;
                    span.quiet {
                        @for (place, key) in cluster.records.iter().enumerate() {
                            @if place > 0 { ", " }
                            code { (key) }
                        }
                        @if cluster.size > cluster.records.len() as u64 { ", …" }
                    }
                }
            }
        }
    }
}
