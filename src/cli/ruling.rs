//! `einklang rules` on a store: its versions, their differences, and what a
//! rule file would change, or changes. Trying out reads beside a service that
//! runs; changing does not.

use super::args::{Signed, StoreAt};
use super::printer::{Printer, Tone};
use super::store::line;
use super::{Done, inputs, train};
use crate::engine::live::{self, Bundle, DiffLine, Graph, Impact};
use crate::engine::machine;
use crate::engine::progress::Silent;
use crate::error::{Error, Result};
use crate::store::Store;
use std::path::Path;
use std::sync::Arc;

pub fn versions(store: &StoreAt, printer: &mut Printer) -> Result<Done> {
    let store = live::read_rows(store.location()?)?;
    for version in live::rule_versions(&store)? {
        if printer.json {
            line(&version, printer)?;
            continue;
        }
        let mark = if version.is_in_force { "*" } else { " " };
        let said = [version.at, version.author, version.reason];
        let said: Vec<String> = said.into_iter().filter(|text| !text.is_empty()).collect();
        printer.data(format!("{mark} {}  {}", version.version, said.join("  ")).trim_end());
    }
    Ok(Done::Clean)
}

pub fn diff(store: &StoreAt, sides: &[String], printer: &mut Printer) -> Result<Done> {
    let store = live::read_rows(store.location()?)?;
    let in_force = store.counters.model.to_string();
    let (before, after) = match sides {
        [after] => (&in_force, after),
        [before, after, ..] => (before, after),
        [] => return Err(Error::usage("name a version or a rule file")),
    };
    let lines = live::diff_lines(&text(&store, before)?, &text(&store, after)?);
    for changed in lines.iter().filter(|line| line.kind != "same") {
        match printer.json {
            true => line(changed, printer)?,
            false => show_line(changed, printer),
        }
    }
    Ok(Done::Clean)
}

fn show_line(changed: &DiffLine, printer: &mut Printer) {
    let (sign, place, tone) = match changed.kind {
        "added" => ("+", changed.after, Tone::Good),
        _ => ("-", changed.before, Tone::Bad),
    };
    let text = format!("{sign}{:>5}  {}", place.unwrap_or_default(), changed.text);
    printer.data(&printer.data_in(&text, tone));
}

/// The rule file of a version, or the one in a file.
fn text(store: &Store, side: &str) -> Result<String> {
    match side.parse::<u32>() {
        Ok(version) => live::rule_text(store, version),
        Err(_) => inputs::read_text(Path::new(side)),
    }
}

pub fn apply(
    store: &StoreAt,
    file: &Path,
    learns: bool,
    signed: &Signed,
    printer: &mut Printer,
) -> Result<Done> {
    let text = inputs::read_text(file)?;
    // Faults are told with the file's own name.
    crate::rules::parse(&text, file)?;
    if !signed.yes {
        return preview(store, printer, |store, bundle| live::draft_bundle(store, bundle, &text, learns));
    }
    let mut graph = Graph::open(store.location()?)?;
    let found = graph.apply_rules(text, learns, who(signed), &signed.why, machine::now())?;
    graph.close()?;
    made(&found, printer)
}

pub fn roll_back(store: &StoreAt, version: u32, signed: &Signed, printer: &mut Printer) -> Result<Done> {
    if !signed.yes {
        return preview(store, printer, |store, bundle| live::former_version(store, bundle, version));
    }
    let mut graph = Graph::open(store.location()?)?;
    let found = graph.roll_back(version, who(signed), &signed.why, machine::now())?;
    graph.close()?;
    made(&found, printer)
}

fn who(signed: &Signed) -> &str {
    signed.who.as_deref().unwrap_or_default()
}

fn made(found: &live::Adoption, printer: &mut Printer) -> Result<Done> {
    match printer.json {
        true => line(found, printer)?,
        false => train::show(found, true, printer),
    }
    Ok(Done::Clean)
}

/// Says what a bundle would change.
fn preview(
    store: &StoreAt,
    printer: &mut Printer,
    bundle: impl FnOnce(&Store, &Bundle) -> Result<Bundle>,
) -> Result<Done> {
    let (store, in_force) = live::read(store.location()?)?;
    let in_force = Arc::new(in_force);
    let draft = bundle(&store, &in_force)?;
    let impact = live::impact(&store, &in_force, draft, machine::now(), None, &Silent)?;
    match printer.json {
        true => line(&impact, printer)?,
        false => show(&impact, printer),
    }
    printer.note("nothing is changed yet; `--yes --who NAME` makes the change");
    Ok(Done::Clean)
}

fn show(impact: &Impact, printer: &mut Printer) {
    printer.data(&format!(
        "{} records: {} customers before, {} after",
        impact.records, impact.customers_before, impact.customers
    ));
    for (kind, count) in &impact.kinds {
        printer.data(&format!("{count:>10} {kind}"));
    }
    for source in &impact.sources {
        let kinds: Vec<String> = source.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        printer.data(&format!("  {:18}{}", source.source, kinds.join(", ")));
    }
    if !impact.contradicted.is_empty() {
        let count = impact.contradicted.len();
        printer.data(&format!("{count} judgements that these rules alone would decide otherwise; they hold"));
    }
}
