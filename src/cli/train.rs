//! `einklang train`: learns a store's model anew, or takes other rules or a
//! former version, as a change that is looked at before it is made.

use super::args::Train;
use super::printer::Printer;
use super::{Done, inputs};
use crate::engine::live::{self, Adoption, Bundle, Graph};
use crate::engine::machine;
use crate::error::{Error, Result};

/// Changes that are shown one by one.
const SHOWN_MAX: usize = 10;

pub fn run(arguments: &Train, printer: &mut Printer) -> Result<Done> {
    let mut graph = Graph::open(arguments.store.location()?)?;
    let (bundle, cause) = proposed(arguments, &graph)?;
    let found = match arguments.apply {
        true => graph.adopt(bundle, &cause, machine::now())?,
        false => graph.compare(bundle, machine::now())?,
    };
    graph.close()?;
    if printer.json {
        let text = serde_json::to_string_pretty(&found).map_err(|error| Error::failed(error.to_string()))?;
        printer.data(&text);
    } else {
        show(&found, arguments.apply, printer);
        if !arguments.apply {
            printer.note("nothing is changed yet; `--apply` makes the change");
        }
    }
    Ok(Done::Clean)
}

/// The bundle that is asked for, and what the change feed will call it.
fn proposed(arguments: &Train, graph: &Graph) -> Result<(Bundle, String)> {
    let (store, bundle) = (&graph.store, &graph.bundle);
    if let Some(version) = arguments.back_to {
        let former = live::former_version(store, bundle, version)?;
        return Ok((former, format!("back to model version {version}")));
    }
    let rules = match &arguments.rules {
        Some(path) => crate::rules::parse(&inputs::read_text(path)?, path)?,
        None => bundle.rules.clone(),
    };
    match arguments.keep_model {
        true => Ok((live::with_rules(store, bundle, rules)?, "change of rules".to_owned())),
        false => Ok((live::retrain(store, bundle, rules)?, "training".to_owned())),
    }
}

pub fn show(found: &Adoption, is_applied: bool, printer: &mut Printer) {
    let verb = if is_applied { "is in force" } else { "would come into force" };
    printer.data(&format!(
        "model version {} {verb}: {} records, {} customers before, {} after",
        found.version, found.records, found.customers_before, found.customers
    ));
    for (kind, count) in &found.kinds {
        printer.data(&format!("{count:>10} {kind}"));
    }
    for change in found.changes.iter().take(SHOWN_MAX) {
        let others =
            if change.others.is_empty() { String::new() } else { format!(" ({})", change.others.join(", ")) };
        printer.data(&format!("{} {}{others}", change.kind, change.customer_id));
    }
    if found.changes.len() > SHOWN_MAX {
        printer.note("`--json` lists every change");
    }
}
