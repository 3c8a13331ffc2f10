//! `einklang unify`: builds the engine's request, has the results written, and
//! says what came out.

use super::args::{self, Method, Unify};
use super::printer::{Printer, Tone};
use super::progress::Drawn;
use super::{Done, decisions, inputs};
use crate::compare::Vector;
#[cfg(feature = "store")]
use crate::engine::live;
use crate::engine::unify::{self, Outcome, UnifyRequest};
use crate::engine::{machine, scratch, threads};
use crate::error::{Error, Result};
use crate::report::files::{Format, OutputFolder};
use crate::report::{self, ReportData, page};
use crate::score::Model;
#[cfg(feature = "store")]
use crate::store::Location;
use std::path::Path;
use std::time::Instant;

pub fn run(arguments: &Unify, printer: &mut Printer) -> Result<Done> {
    let start = Instant::now();
    machine::give_memory_back();
    if let Some(count) = arguments.threads {
        threads::use_threads(usize::from(count))?;
    }
    let request = request(arguments)?;
    let format = format(arguments.format);
    #[cfg(feature = "store")]
    let store = new_store(arguments)?;
    // Before the work, so that a folder that cannot be written to costs no time.
    let folder = OutputFolder::create(&arguments.out, format)?;
    let progress = Drawn::new(printer);
    let (report, done) = unify::unify(&request, &progress, |outcome| {
        progress.finish();
        for line in decisions::table(&outcome.columns, printer) {
            printer.note(&line);
        }
        #[cfg(feature = "store")]
        if let Some(store) = &store {
            live::create(store, outcome, &request.rules, machine::now())?;
        }
        deliver(outcome, &folder, arguments, start)
    })?;
    show(&report, arguments, printer)?;
    Ok(done)
}

/// Where a store is to be made. It follows its model and rules alone, so what
/// only a measurement changes cannot go into one.
#[cfg(feature = "store")]
fn new_store(arguments: &Unify) -> Result<Option<Location>> {
    let Some(path) = &arguments.store else { return Ok(None) };
    if !arguments.without.is_empty() || arguments.vector_weights.is_some() {
        return Err(Error::usage("a store cannot keep what only a measurement changes")
            .with_hint("leave out `--without` and `--vector-weights`, or leave out `--store`"));
    }
    live::check_absent(path)?;
    arguments.key.location(path).map(Some)
}

/// The format of tables, as the report names it.
pub fn format(format: args::Format) -> Format {
    match format {
        args::Format::Csv => Format::Csv,
        args::Format::Parquet => Format::Parquet,
    }
}

fn request(arguments: &Unify) -> Result<UnifyRequest> {
    let (mut rules, rule_file) = inputs::rules(arguments.rules.as_deref(), &arguments.inputs)?;
    rules.cluster.link_only |= arguments.link_only;
    for method in &arguments.without {
        match method {
            Method::Kinds => rules.without.kinds = true,
            Method::TermFrequency => rules.without.term_frequency = true,
            Method::NegativeEvidence => rules.without.negative_evidence = true,
            Method::Entities => rules.without.entities = true,
            Method::InferredNames => rules.without.inferred_names = true,
            Method::FuzzyKeys => rules.without.fuzzy_keys = true,
        }
    }
    Ok(UnifyRequest {
        inputs: inputs::inputs(&arguments.inputs),
        load: inputs::load_options(&arguments.inputs),
        rules,
        model: arguments.model.as_deref().map(read_model).transpose()?,
        rule_file,
        labels: inputs::labels(arguments.labels.as_deref())?,
        memory_max: arguments.memory_max,
        scratch: Some(arguments.scratch.as_ref().unwrap_or(&arguments.out).clone()),
        vector_weights: arguments.vector_weights.as_deref().map_or_else(|| Ok(Vec::new()), vector_weights)?,
        #[cfg(feature = "store")]
        keep_raw: arguments.store.is_some(),
        ..UnifyRequest::default()
    })
}

/// Lines of `vector,bits`, the vector in hexadecimal digits.
fn vector_weights(path: &Path) -> Result<Vec<(Vector, f32)>> {
    let text = inputs::read_text(path)?;
    let read = |line: &str| {
        let (vector, bits) = line.split_once(',')?;
        Some((Vector(u64::from_str_radix(vector, 16).ok()?), bits.trim().parse().ok()?))
    };
    let of_line = |(at, line): (usize, &str)| {
        read(line)
            .ok_or_else(|| Error::failed("a line is not `vector,bits`").at(path, Some(at as u64 + 1), None))
    };
    text.lines().enumerate().map(of_line).collect()
}

/// A model as an earlier run wrote it.
pub fn read_model(path: &Path) -> Result<Model> {
    let text = inputs::read_text(path)?;
    let model: Model = serde_json::from_str(&text).map_err(|error| {
        let fault = Error::failed("this is no model file").at(path, Some(error.line() as u64), None);
        fault.with_hint("pass the `model.json` that an earlier run wrote")
    })?;
    let known = crate::score::FORMAT_VERSION;
    if model.format_version != known {
        let message = format!("the model has format {}, this version reads {known}", model.format_version);
        return Err(Error::failed(message)
            .at(path, None, None)
            .with_hint("run without `--model` to learn a new one"));
    }
    Ok(model)
}

fn deliver(
    outcome: &Outcome,
    folder: &OutputFolder,
    arguments: &Unify,
    start: Instant,
) -> Result<(ReportData, Done)> {
    let complete = |report: &mut ReportData| {
        report.run.rules = arguments.rules.as_ref().map(|path| path.display().to_string());
        report.run.threads = threads::threads() as u64;
        report.run.seconds = start.elapsed().as_secs_f64();
        report.run.memory_bytes_max = machine::memory_bytes_max();
        report.run.scratch_bytes_max = scratch::bytes_max();
    };
    if arguments.vectors {
        report::vectors::write(outcome, folder)?;
    }
    let report = report::write(outcome, folder, arguments.lineage, complete)?;
    folder.write("report.html", page::render(&report).as_bytes())?;
    let done = if outcome.quarantine.is_empty() { Done::Clean } else { Done::Quarantined };
    Ok((report, done))
}

/// The answer in a few lines, or the counts as JSON.
fn show(report: &ReportData, arguments: &Unify, printer: &mut Printer) -> Result<()> {
    let counts = &report.counts;
    if printer.json {
        let text = serde_json::to_string_pretty(counts).map_err(|error| Error::failed(error.to_string()))?;
        printer.data(&text);
    } else {
        let customers = printer.data_in(&counted(counts.customers, "customer"), Tone::Strong);
        let share = report.duplicates() as f64 / counts.records.max(1) as f64 * 100.0;
        let from = counted(report.sources.len() as u64, "source");
        let records = counted(counts.records, "record");
        let are = if counts.records == 1 { "is" } else { "are" };
        printer.data(&format!("{records} from {from} {are} {customers} ({share:.1} % duplicates)"));
        let pairs = counted(counts.pairs_compared, "pair");
        printer.data(&format!(
            "{pairs} compared, {} linked, {} to review",
            counts.pairs_link, counts.pairs_review
        ));
        printer.data(&format!("results in `{}`", arguments.out.display()));
    }
    if counts.quarantined > 0 {
        let file = arguments.out.join("quarantine.csv");
        let were = if counts.quarantined == 1 { "was" } else { "were" };
        let rows = counted(counts.quarantined, "row");
        printer.warn(&format!("{rows} {were} quarantined; `{}` says why", file.display()));
    }
    if let (Some(limit), Some(used)) = (arguments.memory_max, report.run.memory_bytes_max)
        && used > limit
    {
        printer.warn(&format!("the run held {} MiB, more than `--memory-max` allows", used >> 20));
    }
    Ok(())
}

/// `1 record`, `2 records`.
fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
