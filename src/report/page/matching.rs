//! How pairs were found and weighed: the weights' distribution, the model's
//! levels, the blocking keys, the rules.

use super::bars::{self, clipped};
use super::figure::{at, count, log_share, percent};
use crate::report::{ComparisonReport, LevelReport, ReportData, WeightBin};
use maud::{Markup, html};

pub fn section(report: &ReportData) -> Markup {
    html! {
        section {
            h2 { "Evidence" }
            @if !report.histogram.is_empty() {
                h3 { "Pairs by match weight" }
                p.quiet {
                    "Each bit doubles the odds that two records are one customer. Pairs from "
                    (format!("{:.2}", report.thresholds.link_probability)) " on are linked, from "
                    (format!("{:.2}", report.thresholds.review_probability)) " on shown to a steward."
                }
                (histogram(report))
            }
            @if !report.model.comparisons.is_empty() {
                h3 { "What agreement is worth" }
                p.quiet { (model(report)) }
                (weights(&report.model.comparisons))
            }
            @if !report.rules.is_empty() {
                h3 { "What the rules decided" }
                ul.cards {
                    @for rule in &report.rules {
                        li { strong { (rule.name) } br; (rule.decision) ": " (count(rule.pairs)) " pairs" }
                    }
                }
            }
            @if !report.blocking.is_empty() {
                h3 { "How pairs were found" }
                p.quiet {
                    (count(report.counts.pairs_compared)) " of " (count(report.counts.pairs_possible as u64)) " possible pairs were compared ("
                    (percent(report.counts.pairs_compared as f64, report.counts.pairs_possible)) ")."
                }
                (bars::keys(&report.blocking))
            }
            @if !report.oversized.is_empty() {
                details {
                    summary { "Blocks that stayed too large to compare in full: " (report.oversized.len()) }
                    ul { @for block in &report.oversized { li { code { (block.key) } " " (block.value) ": " (count(block.records)) " records" } } }
                }
            }
        }
    }
}

fn model(report: &ReportData) -> String {
    let model = &report.model;
    if !model.learned {
        return "Nothing was learned: the rule file's weights stand.".to_owned();
    }
    let end = if model.converged { "settled" } else { "had not settled" };
    format!(
        "Learned without labels; {end} after {} rounds. Two random records start at {:+.1} bits. \
         To the right speaks for one customer, to the left against.",
        model.rounds, model.prior_weight
    )
}

/// Pairs per weight, coloured by what becomes of them.
fn histogram(report: &ReportData) -> Markup {
    const WIDTH: f64 = 860.0;
    const HEIGHT: f64 = 220.0;
    let bins = &report.histogram;
    let low = bins.iter().map(|bin| bin.low).fold(f64::INFINITY, f64::min);
    let high = bins.iter().map(|bin| bin.high).fold(f64::NEG_INFINITY, f64::max);
    let most = bins.iter().map(|bin| bin.pairs).max().unwrap_or(0);
    let x = |weight: f64| (weight - low) / (high - low).max(1e-9) * WIDTH;
    let thresholds = &report.thresholds;
    let color = |bin: &WeightBin| match (bin.low + bin.high) / 2.0 {
        middle if middle >= thresholds.link_weight => "var(--good)",
        middle if middle >= thresholds.review_weight => "var(--doubt)",
        _ => "var(--s7)",
    };
    let step = ((high - low) / 10.0).max(1.0).round();
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    html! {
        figure {
            div.legend {
                span { i style="background:var(--good)" {} "link" }
                span { i style="background:var(--doubt)" {} "review" }
                span { i style="background:var(--s7)" {} "no link" }
            }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT + 48.0) } width=(WIDTH) height=(HEIGHT + 48.0) role="img" aria-label="pairs by match weight" {
                @for bin in bins {
                    @let tall = log_share(bin.pairs, most) * HEIGHT;
                    rect x=(at(x(bin.low) + 0.5)) y=(at(HEIGHT + 16.0 - tall)) width=(at((x(bin.high) - x(bin.low) - 1.0).max(0.6))) height=(at(tall)) rx="1.5" fill=(color(bin)) {
                        title { (count(bin.pairs)) " pairs from " (bin.low) " to " (bin.high) " bits" }
                    }
                }
                line x1="0" x2=(WIDTH) y1=(HEIGHT + 16.0) y2=(HEIGHT + 16.0) class="rule" {}
                @for tick in first..=last {
                    @let weight = tick as f64 * step;
                    text x=(at(x(weight).clamp(12.0, WIDTH - 14.0))) y=(HEIGHT + 32.0) class="mid soft small" { @if tick == 0 { "0" } @else { (format!("{weight:+.0}")) } }
                }
                (threshold(x(thresholds.link_weight), HEIGHT, "link", false))
                @if thresholds.review_weight < thresholds.link_weight {
                    (threshold(x(thresholds.review_weight), HEIGHT, "review", true))
                }
            }
            figcaption { "Match weight in bits. The height is on a logarithmic scale." }
        }
    }
}

fn threshold(x: f64, height: f64, name: &str, before: bool) -> Markup {
    if !(0.0..=860.0).contains(&x) {
        return html! {};
    }
    let (beside, class) = if before { (x - 5.0, "end small") } else { (x + 5.0, "small") };
    html! {
        line x1=(at(x)) x2=(at(x)) y1="4" y2=(at(height + 16.0)) class="mark" {}
        text x=(at(beside)) y="12" class=(class) { (name) }
    }
}

/// Diverging bars: every level of every comparison on one scale.
fn weights(comparisons: &[ComparisonReport]) -> Markup {
    const NAMES: f64 = 150.0;
    const LEVELS: f64 = 84.0;
    const ROW: f64 = 19.0;
    const GAP: f64 = 12.0;
    let levels = || comparisons.iter().flat_map(|comparison| &comparison.levels);
    let most = levels().map(|level| level.weight).fold(1.0_f64, f64::max);
    let least = levels().map(|level| level.weight).fold(-1.0_f64, f64::min);
    let room = 860.0 - NAMES - LEVELS - 110.0;
    let x = |weight: f64| NAMES + LEVELS + 55.0 + (weight - least) / (most - least) * room;
    let height: f64 = comparisons.iter().map(|comparison| comparison.levels.len() as f64 * ROW + GAP).sum();
    let mut top = 4.0;
    html! {
        figure {
            svg viewBox={ "0 0 860 " (at(height + 4.0)) } width="860" height=(at(height + 4.0)) role="img" aria-label="match weight per comparison level" {
                line x1=(at(x(0.0))) x2=(at(x(0.0))) y1="0" y2=(at(height)) class="rule" {}
                @for comparison in comparisons {
                    text x=(NAMES - 10.0) y=(at(top + 13.0)) class="end" { (clipped(&comparison.name, NAMES)) }
                    @for level in &comparison.levels {
                        (level_bar(level, &comparison.name, NAMES, top, x(0.0), x(level.weight)))
                        @let _ = top += ROW;
                    }
                    @let _ = top += GAP;
                }
            }
        }
    }
}

fn level_bar(level: &LevelReport, comparison: &str, left: f64, top: f64, zero: f64, end: f64) -> Markup {
    let favours = level.weight >= 0.0;
    let (start, color) = if favours { (zero, "var(--for)") } else { (end, "var(--against)") };
    let (beside, class) = if favours { (end + 5.0, "soft small") } else { (end - 5.0, "end soft small") };
    let hand = if level.by_hand { " (by hand)" } else { "" };
    let share = |share: Option<f64>| share.map_or("–".to_owned(), |share| percent(share, 1.0));
    html! {
        g {
            title {
                (comparison) " " (level.level) ": " (format!("{:+.2}", level.weight)) " bits" (hand) "; "
                (share(level.m)) " of matches, " (share(level.u)) " of random pairs"
            }
            text x=(left) y=(at(top + 13.0)) class="soft small" { (level.level) }
            rect x=(at(start)) y=(at(top + 3.0)) width=(at((end - zero).abs().max(1.0))) height="13" rx="2" fill=(color) {}
            text x=(at(beside)) y=(at(top + 13.5)) class=(class) { (format!("{:+.1}", level.weight)) (hand) }
        }
    }
}
