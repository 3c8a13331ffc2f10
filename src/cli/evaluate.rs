//! `einklang evaluate`: the measures, for people or as JSON.

use super::Done;
use super::args::Evaluate;
use super::printer::{Printer, Tone};
use crate::error::{Error, Result};
use crate::report::evaluate::{CurvePoint, Evaluation, evaluate};

pub fn run(arguments: &Evaluate, printer: &mut Printer) -> Result<Done> {
    let found = evaluate(&arguments.crosswalk, &arguments.truth)?;
    if printer.json {
        let text = serde_json::to_string_pretty(&found).map_err(|error| Error::failed(error.to_string()))?;
        printer.data(&text);
    } else {
        show(&found, printer);
    }
    Ok(Done::Clean)
}

fn show(found: &Evaluation, printer: &mut Printer) {
    printer.data(&format!(
        "{} records, {} entities, {} customers, the largest of {} records",
        found.records, found.entities, found.clusters, found.largest
    ));
    if found.missing > 0 {
        printer.data(&format!(
            "{} records of the truth are not in the crosswalk; each counts as a customer",
            found.missing
        ));
    }
    if found.unlabelled > 0 {
        printer.data(&format!(
            "{} records of the crosswalk have no truth and are not counted",
            found.unlabelled
        ));
    }
    printer.data("");
    let heading =
        printer.data_in(&format!("{:14}{:>11}{:>11}{:>11}", "", "precision", "recall", "F1"), Tone::Faint);
    printer.data(&heading);
    for (name, measure) in [("pairwise", found.pairwise), ("B³", found.b3)] {
        let f1 = printer.data_in(&format!("{:>11.4}", measure.f1), Tone::Strong);
        printer.data(&format!("{name:14}{:>11.4}{:>11.4}{f1}", measure.precision, measure.recall));
    }
    printer.data(&format!("{:14}{:>11.4}  ({} entities)", "exact", found.exact.share, found.exact.count));
    printer.data("");
    if let Some(missed) = found.missed {
        printer.data(&format!("{} true pairs stand apart though links or review list them", missed.listed));
        printer.data(&format!("{} true pairs stand apart and are not listed", missed.unlisted));
    }
    if let Some(never) = found.never_compared {
        let share = never as f64 / (found.pairs.truth.max(1)) as f64;
        printer.data(&format!("{never} true pairs were never compared ({:.2} %)", share * 100.0));
    }
    curve(&found.curve, printer);
    calibration(found, printer);
}

/// A line per bin: how sure the run was, how right it was, and a bar of it.
fn calibration(found: &Evaluation, printer: &mut Printer) {
    const WIDTH: f64 = 40.0;
    let Some(error) = found.calibration_error else { return };
    printer.data("");
    let heading = "of the pairs said to be a match (`|` is where the bar should end):";
    printer.data(&printer.data_in(heading, Tone::Faint));
    for bin in &found.calibration {
        let filled = (bin.right * WIDTH).round() as usize;
        let said = ((bin.said * WIDTH).round() as usize).min(WIDTH as usize);
        let bar: String = (0..=WIDTH as usize)
            .map(|at| match at {
                at if at == said => '|',
                at if at < filled => '=',
                _ => ' ',
            })
            .collect();
        let range = format!("{} to {}", bin.low, bin.high);
        printer.data(&format!(
            "{range:14}{:>9} pairs  said {:.3}  right {:.3}  {bar}",
            bin.pairs, bin.said, bin.right
        ));
    }
    printer.data(&format!("said and true are {error:.4} apart on average"));
}

/// A few points of the threshold curve, around the best.
fn curve(points: &[CurvePoint], printer: &mut Printer) {
    let Some(best) = points.iter().enumerate().max_by(|a, b| a.1.measure.f1.total_cmp(&b.1.measure.f1))
    else {
        return;
    };
    printer.data("");
    printer.data(&printer.data_in("if all pairs from a weight on were linked:", Tone::Faint));
    let from = best.0.saturating_sub(4);
    for (at, point) in points.iter().enumerate().skip(from).take(9) {
        let measure = point.measure;
        let line = format!(
            "{:>4} bits {:>10} links{:>11.4}{:>11.4}{:>11.4}",
            point.weight, point.links, measure.precision, measure.recall, measure.f1
        );
        let tone = if at == best.0 { Tone::Strong } else { Tone::Plain };
        printer.data(&printer.data_in(&line, tone));
    }
}
