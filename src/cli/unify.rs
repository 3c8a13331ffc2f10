//! `einklang unify`: builds the engine's request, and hands what comes back to
//! the files.

use super::args::{self, Unify};
use super::printer::Printer;
use super::progress::Drawn;
use super::{Done, decisions, inputs};
use crate::engine::unify::{self, Outcome, UnifyRequest};
use crate::error::Result;
use crate::report::files::{Format, OutputFolder};
use crate::rules::Rules;

pub fn run(arguments: &Unify, printer: &mut Printer) -> Result<Done> {
    let request = request(arguments)?;
    let format = match arguments.format {
        args::Format::Csv => Format::Csv,
        args::Format::Parquet => Format::Parquet,
    };
    let folder = OutputFolder::create(&arguments.out, format)?;
    let progress = Drawn::new(printer);
    unify::unify(&request, &progress, |outcome| {
        progress.finish();
        deliver(outcome, &folder, printer)
    })
}

fn request(arguments: &Unify) -> Result<UnifyRequest> {
    let mut rules = match &arguments.rules {
        Some(path) => inputs::read_rules(path)?,
        None => Rules::default(),
    };
    rules.cluster.link_only |= arguments.link_only;
    Ok(UnifyRequest {
        inputs: inputs::inputs(&arguments.inputs),
        load: inputs::load_options(&arguments.inputs),
        rules,
        ..UnifyRequest::default()
    })
}

fn deliver(outcome: &Outcome, folder: &OutputFolder, printer: &mut Printer) -> Result<Done> {
    for line in decisions::table(&outcome.columns, printer) {
        printer.note(&line);
    }
    let _ = folder;
    Ok(if outcome.quarantine.is_empty() { Done::Clean } else { Done::Quarantined })
}
