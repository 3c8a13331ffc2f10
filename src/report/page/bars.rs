//! Horizontal bars with a name before and a figure after: stages, keys.

use super::figure::{at, count, log_share};
use crate::report::{KeyReport, StageReport};
use maud::{Markup, html};

const WIDTH: f64 = 860.0;
const ROW: f64 = 26.0;

/// One bar: its name, its parts (length from 0 to 1, colour), what stands after it.
pub struct Bar {
    pub name: String,
    pub parts: Vec<(f64, &'static str)>,
    pub after: String,
    pub title: String,
}

/// Bars below each other; `names` is the width kept for names.
pub fn bars(bars: &[Bar], names: f64, label: &str) -> Markup {
    let height = bars.len() as f64 * ROW;
    let room = WIDTH - names - 190.0;
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (height) } width=(WIDTH) height=(height) role="img" aria-label=(label) {
            @for (place, bar) in bars.iter().enumerate() {
                @let top = place as f64 * ROW;
                @let length: f64 = bar.parts.iter().map(|(part, _)| part * room).sum();
                g {
                    title { (bar.title) }
                    text x=(at(names - 10.0)) y=(at(top + 17.0)) class="end" { (clipped(&bar.name, names)) }
                    rect x=(names) y=(at(top + 5.0)) width=(at(room)) height="16" rx="3" fill="var(--none)" opacity=".45" {}
                    @for (start, part, color) in placed(&bar.parts) {
                        rect x=(at(names + start * room)) y=(at(top + 5.0)) width=(at((part * room).max(0.0))) height="16" rx="2" fill=(color) {}
                    }
                    text x=(at(names + length.min(room).max(room) + 10.0)) y=(at(top + 17.0)) class="soft" { (bar.after) }
                }
            }
        }
    }
}

/// Each part with where it starts.
fn placed(parts: &[(f64, &'static str)]) -> Vec<(f64, f64, &'static str)> {
    let mut start = 0.0;
    let mut placed = Vec::with_capacity(parts.len());
    for &(part, color) in parts {
        placed.push((start, part, color));
        start += part;
    }
    placed
}

/// A name cut to the room there is.
pub fn clipped(name: &str, room: f64) -> String {
    let letters_max = (room / 7.2) as usize;
    if name.chars().count() <= letters_max {
        return name.to_owned();
    }
    let head: String = name.chars().take(letters_max.saturating_sub(1)).collect();
    format!("{head}…")
}

pub fn stages(stages: &[StageReport]) -> Markup {
    let longest = stages.iter().map(|stage| stage.seconds).fold(f64::MIN_POSITIVE, f64::max);
    let bar = |stage: &StageReport| Bar {
        name: stage.name.clone(),
        parts: vec![(stage.seconds / longest, "var(--s0)")],
        after: format!("{:.2} s", stage.seconds),
        title: format!("{}: {} {} in {:.2} s", stage.name, count(stage.items), stage.unit, stage.seconds),
    };
    let listed: Vec<Bar> = stages.iter().map(bar).collect();
    html! { figure { (bars(&listed, 170.0, "seconds per stage")) } }
}

/// What each blocking key brought: on a scale that shows few beside many.
pub fn keys(keys: &[KeyReport]) -> Markup {
    let most = keys.iter().map(|key| key.pairs).max().unwrap_or(0);
    let bar = |key: &KeyReport| {
        let whole = log_share(key.pairs, most);
        let new = if key.pairs == 0 { 0.0 } else { key.pairs_new as f64 / key.pairs as f64 * whole };
        Bar {
            name: key.name.clone(),
            parts: vec![(new, "var(--s0)"), (whole - new, "var(--s5)")],
            after: format!("{} pairs, {} links", count(key.pairs), count(key.links_new)),
            title: format!(
                "{}: {} blocks, the largest of {} records; {} pairs, {} of them new; {} new links",
                key.name,
                count(key.blocks),
                count(key.block_size_max),
                count(key.pairs),
                count(key.pairs_new),
                count(key.links_new)
            ),
        }
    };
    let listed: Vec<Bar> = keys.iter().map(bar).collect();
    html! {
        figure {
            div.legend { span { i style="background:var(--s0)" {} "pairs no earlier key brought" } span { i style="background:var(--s5)" {} "pairs brought again" } }
            (bars(&listed, 300.0, "pairs per blocking key"))
            figcaption { "The length is on a logarithmic scale." }
        }
    }
}
