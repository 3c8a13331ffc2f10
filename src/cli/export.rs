//! `einklang export`: the files of `unify`, from a store.

use super::Done;
use super::args::Export;
use super::printer::Printer;
use super::unify::format;
use crate::engine::machine;
use crate::engine::{live, threads};
use crate::error::Result;
use crate::report::files::OutputFolder;
use crate::report::{self, ReportData, page};
use std::time::Instant;

pub fn run(arguments: &Export, printer: &mut Printer) -> Result<Done> {
    let start = Instant::now();
    let (store, bundle) = live::read(arguments.store.location()?)?;
    let folder = OutputFolder::create(&arguments.out, format(arguments.format))?;
    let report = live::outcome(&store, &bundle, |outcome, _| {
        let complete = |report: &mut ReportData| {
            report.run.threads = threads::threads() as u64;
            report.run.seconds = start.elapsed().as_secs_f64();
            report.run.memory_bytes_max = machine::memory_bytes_max();
        };
        report::write(outcome, &folder, arguments.lineage, complete)
    })?;
    folder.write("report.html", page::render(&report).as_bytes())?;
    printer.data(&format!(
        "{} records are {} customers; results in `{}`",
        report.counts.records,
        report.counts.customers,
        arguments.out.display()
    ));
    Ok(Done::Clean)
}
