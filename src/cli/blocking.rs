//! `einklang blocking`: the forecast of what will be compared and what is lost,
//! as a table or as JSON.

use super::args::Blocking;
use super::printer::{Printer, Tone};
use super::progress::Drawn;
use super::{Done, inputs};
use crate::engine::forecast::{Forecast, KeyForecast, forecast};
use crate::engine::unify::UnifyRequest;
use crate::error::{Error, Result};

/// Key names longer than this are cut.
const NAME_WIDTH_MAX: usize = 56;

pub fn run(arguments: &Blocking, printer: &mut Printer) -> Result<Done> {
    let (mut rules, rule_file) = inputs::rules(arguments.rules.as_deref(), &arguments.inputs)?;
    rules.cluster.link_only |= arguments.link_only;
    let request = UnifyRequest {
        inputs: inputs::inputs(&arguments.inputs),
        load: inputs::load_options(&arguments.inputs),
        rules,
        rule_file,
        ..UnifyRequest::default()
    };
    let progress = Drawn::new(printer);
    let found = forecast(&request, &progress)?;
    progress.finish();
    if printer.json {
        let text = serde_json::to_string_pretty(&found).map_err(|error| Error::failed(error.to_string()))?;
        printer.data(&text);
    } else {
        show(&found, printer);
    }
    Ok(Done::Clean)
}

fn show(found: &Forecast, printer: &mut Printer) {
    let headline = format!(
        "{} records make {} pairs to compare, {:.1} per record; about {:.1} % of the pairs to be linked are lost",
        found.records,
        found.pairs,
        found.pairs_per_record,
        found.lost.share * 100.0
    );
    printer.data(&printer.data_in(&headline, Tone::Strong));
    printer.data(&format!(
        "lost: {:.2} % ({:.2} to {:.2} %, by {} records compared with every other)",
        found.lost.share * 100.0,
        found.lost.low * 100.0,
        found.lost.high * 100.0,
        found.probe_records
    ));
    printer.data("");
    keys(found, printer);
    printer.data("");
    largest(found, printer);
    suggestions(found, printer);
}

fn keys(found: &Forecast, printer: &mut Printer) {
    let width = width(found);
    let heading = format!(
        "{:width$}{:>10}{:>9}{:>12}{:>12}{:>9}{:>9}{:>9}",
        "key", "blocks", "largest", "pairs", "new pairs", "skew", "finds", "alone"
    );
    printer.data(&printer.data_in(&heading, Tone::Faint));
    for key in &found.keys {
        let percent =
            |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.1} %", share * 100.0));
        let line = format!(
            "{:width$}{:>10}{:>9}{:>12}{:>12}{:>9}{:>9}{:>9}",
            cut(&key.key),
            key.blocks,
            key.block_size_max,
            key.pairs,
            if key.left_out { "left out".to_owned() } else { key.pairs_new.to_string() },
            percent((!key.left_out).then_some(key.skew)),
            percent(key.found),
            percent(key.found_alone)
        );
        let tone = if key.left_out { Tone::Faint } else { Tone::Plain };
        printer.data(&printer.data_in(&line, tone));
    }
    let legend = "skew: the pairs of the largest hundredth of the blocks; finds, alone: of the pairs to be linked, \
                  those the key brings, and those no other key brings";
    printer.data(&printer.data_in(legend, Tone::Faint));
}

/// The values that most records share, over all keys.
fn largest(found: &Forecast, printer: &mut Printer) {
    const SHOWN_MAX: usize = 12;
    let mut all: Vec<(&KeyForecast, &str, u64)> = found
        .keys
        .iter()
        .flat_map(|key| key.largest.iter().map(move |value| (key, value.value.as_str(), value.records)))
        .collect();
    all.sort_by(|x, y| y.2.cmp(&x.2).then_with(|| x.0.key.cmp(&y.0.key)).then(x.1.cmp(y.1)));
    if all.is_empty() {
        return;
    }
    let width = width(found);
    printer.data(&printer.data_in(&format!("{:width$}{:>10}  value", "most shared", "records"), Tone::Faint));
    for (key, value, records) in all.into_iter().take(SHOWN_MAX) {
        printer.data(&format!("{:width$}{records:>10}  {value}", cut(&key.key)));
    }
    printer.data("");
}

fn suggestions(found: &Forecast, printer: &mut Printer) {
    if found.suggestions.is_empty() {
        printer.data("no further key is worth its pairs");
        return;
    }
    printer.data("these keys would find some of what is lost, as `keys` under `[blocking]` in a rule file:");
    for suggestion in &found.suggestions {
        printer.data(&format!(
            "  {:NAME_WIDTH_MAX$}finds {:.0} % of it, {} more pairs",
            suggestion.key,
            suggestion.found * 100.0,
            suggestion.pairs_new
        ));
    }
}

fn width(found: &Forecast) -> usize {
    let widest = found.keys.iter().map(|key| key.key.chars().count()).max().unwrap_or(0);
    widest.clamp(12, NAME_WIDTH_MAX) + 2
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME_WIDTH_MAX {
        return name.to_owned();
    }
    let kept: String = name.chars().take(NAME_WIDTH_MAX - 1).collect();
    format!("{kept}…")
}
