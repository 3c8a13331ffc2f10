//! `einklang normalise`: values in, one a line, and what becomes of each out,
//! so that a steward can try a normaliser.

use super::Done;
use super::args::{DateOrder, Normalise};
use super::inputs;
use super::printer::{Printer, Tone};
use crate::error::{Error, Result};
use crate::normalise::{Context, Normalised, Tables, normalise};
use crate::record::Verdict;
use crate::rules::{self, Rules};
use serde_json::json;
use std::io::BufRead;

pub fn run(arguments: &Normalise, printer: &mut Printer) -> Result<Done> {
    let rules = match &arguments.rules {
        Some(path) => rules::parse(&inputs::read_text(path)?, path)?,
        None => Rules::default(),
    };
    let told = arguments.date_order.map(|order| match order {
        DateOrder::Dmy => rules::DateOrder::Dmy,
        DateOrder::Mdy => rules::DateOrder::Mdy,
        DateOrder::Ymd => rules::DateOrder::Ymd,
    });
    let context = Context {
        country: arguments.country.as_deref().or(rules.normalise.country.as_deref()),
        date_order: told.or(rules.normalise.date_order).unwrap_or(rules::DateOrder::Dmy),
        tables: &Tables::new(&rules.tables),
    };
    let mut line = Vec::new();
    let mut input = std::io::stdin().lock();
    loop {
        line.clear();
        let read = input.read_until(b'\n', &mut line);
        if read.map_err(|error| Error::stream("read", "standard input", error))? == 0 {
            return Ok(Done::Clean);
        }
        let text = String::from_utf8_lossy(&line);
        let raw = text.trim_end_matches(['\n', '\r']);
        let found = normalise(arguments.attribute, raw, &context);
        let shown = if printer.json { as_json(raw, &found) } else { as_text(raw, &found, printer) };
        printer.data(&shown);
    }
}

fn as_json(raw: &str, found: &Normalised) -> String {
    let parts: Vec<_> = found
        .parts
        .iter()
        .map(|part| json!({ "attribute": part.attribute.name(), "display": part.display.as_str(), "canonical": part.canonical.as_str() }))
        .collect();
    json!({ "raw": raw, "verdict": found.verdict, "reason": found.reason, "parts": parts }).to_string()
}

/// `(0711) 123456  valid  phone: +49 711 123456 [+49711123456]`.
fn as_text(raw: &str, found: &Normalised, printer: &Printer) -> String {
    let (verdict, tone) = match found.verdict {
        Verdict::Valid => ("valid", Tone::Good),
        Verdict::Doubtful => ("doubtful", Tone::Doubtful),
        Verdict::Inferred => ("inferred", Tone::Doubtful),
        Verdict::Hub => ("hub", Tone::Doubtful),
        Verdict::Placeholder => ("placeholder", Tone::Doubtful),
        Verdict::Invalid => ("invalid", Tone::Bad),
    };
    let mut shown = format!("{raw}\t{}", printer.data_in(verdict, tone));
    if let Some(reason) = found.reason {
        shown.push_str(&format!(" ({reason})"));
    }
    for part in &found.parts {
        let canonical = printer.data_in(&format!("[{}]", part.canonical), Tone::Faint);
        shown.push_str(&format!("\t{}: {} {canonical}", part.attribute.name(), part.display));
    }
    shown
}
