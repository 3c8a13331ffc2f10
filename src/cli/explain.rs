//! `einklang explain`: why two records are one customer, or are not, as a
//! waterfall from the prior to the final weight.

use super::args::Explain;
use super::printer::{Printer, Tone};
use super::progress::Drawn;
use super::{Done, inputs, unify};
use crate::engine::explain::{Explanation, KeyVerdict, RawRecord, Step, Value, explain};
#[cfg(feature = "store")]
use crate::engine::live;
use crate::error::{Error, Result};
use crate::rules::Decision;

/// The explanation by a store, where one was named.
fn stored(arguments: &Explain) -> Result<Option<Explanation>> {
    #[cfg(feature = "store")]
    if let Some(path) = &arguments.store {
        let (store, bundle) = live::read(arguments.key.location(path)?)?;
        return live::explain(&store, &bundle, &arguments.a, &arguments.b).map(Some);
    }
    let _ = arguments;
    Ok(None)
}

pub fn run(arguments: &Explain, printer: &mut Printer) -> Result<Done> {
    let (mut rules, rule_file) = inputs::rules(arguments.rules.as_deref(), &arguments.inputs)?;
    rules.cluster.link_only |= arguments.link_only;
    let request = crate::engine::unify::UnifyRequest {
        inputs: inputs::inputs(&arguments.inputs),
        load: inputs::load_options(&arguments.inputs),
        rules,
        model: arguments.model.as_deref().map(unify::read_model).transpose()?,
        rule_file,
        shown: vec![arguments.a.clone(), arguments.b.clone()],
        labels: inputs::labels(arguments.labels.as_deref())?,
        ..crate::engine::unify::UnifyRequest::default()
    };
    let progress = Drawn::new(printer);
    let found = match stored(arguments)? {
        Some(found) => found,
        None => crate::engine::unify::unify(&request, &progress, |outcome| {
            explain(outcome, &arguments.a, &arguments.b)
        })?,
    };
    progress.finish();
    if printer.json {
        let text = serde_json::to_string_pretty(&found).map_err(|error| Error::failed(error.to_string()))?;
        printer.data(&text);
    } else {
        show(&found, printer);
    }
    Ok(Done::Clean)
}

fn show(found: &Explanation, printer: &mut Printer) {
    let headline = printer.data_in(&sentence(found), Tone::Strong);
    printer.data(&headline);
    printer.data("");
    printer.data(&format!("{:20}{:>10}{:>10}", "", "bits", "total"));
    printer.data(&format!("{:20}{:>10}{:>10.1}", "before any evidence", "", found.prior));
    for step in &found.steps {
        let line = bar(step, printer);
        printer.data(&line);
    }
    printer.data(&format!(
        "{:20}{:>10}{:>10.1}  probability {:.4}; linked from {:+.1} bits, reviewed from {:+.1}",
        "all evidence", "", found.weight, found.probability, found.link_weight, found.review_weight
    ));
    if let Some(rule) = &found.rule {
        let then = match rule.then {
            Decision::Link => "link",
            Decision::Review => "review",
            Decision::Never => "never",
        };
        printer.data(&format!("rule `{}` says {then}", rule.name));
    }
    printer.data("");
    blocking(found, printer);
    printer.data("");
    for record in &found.raw {
        raw(record, printer);
    }
    let heading = printer.data_in("as compared: shown [comparison form]", Tone::Faint);
    printer.data(&heading);
    for values in &found.values {
        let (a, b) = (spelled(values.a.as_ref()), spelled(values.b.as_ref()));
        printer.data(&format!("{:20}{a:<44} {b}", values.field));
    }
}

/// The answer in one sentence.
fn sentence(found: &Explanation) -> String {
    let end = if found.together { "are one customer" } else { "are two customers" };
    format!("{} and {} {end}{}", found.a, found.b, why(found))
}

fn why(found: &Explanation) -> String {
    if !found.allowed {
        return ", for both are of one source that is free of duplicates".to_owned();
    }
    if let Some(entity) = &found.entity {
        return format!(
            ", since {} fits the customer's {} other records taken together ({:+.1} bits)",
            entity.record, entity.others, entity.weight
        );
    }
    if !found.compared {
        let though = if found.together { ", joined through other records, though" } else { ":" };
        return match found.proposals.first() {
            Some(proposal) => format!(
                "{though} they were never compared; the blocking key `{}` would have brought them together",
                proposal.key
            ),
            None => format!("{though} they were never compared, and share no value to make a key of"),
        };
    }
    let strongest = |sign: f32| {
        let steps = found.steps.iter().filter(move |step| step.weight * sign > 0.5);
        let best = steps.max_by(|a, b| (a.weight * sign).total_cmp(&(b.weight * sign)));
        best.map(|step| format!("{} is {}", step.comparison, step.level.name()))
    };
    match (found.together, strongest(1.0), strongest(-1.0)) {
        (true, Some(most), _) | (false, _, Some(most)) => format!(", above all since {most}"),
        _ => String::new(),
    }
}

/// `email   same   +15.1   -1.2  ████`.
fn bar(step: &Step, printer: &Printer) -> String {
    let name = format!("{} {}", step.comparison, step.level.name());
    let length = (step.weight.abs().round() as usize).min(30);
    let (mark, tone) = if step.weight >= 0.0 { ("+", Tone::Good) } else { ("-", Tone::Bad) };
    let drawn = printer.data_in(&mark.repeat(length), tone);
    format!("{name:20}{:>+10.1}{:>10.1}  {drawn}", step.weight, step.total)
}

fn blocking(found: &Explanation, printer: &mut Printer) {
    if !found.allowed {
        printer.data("they are never compared: both are of one source that is free of duplicates");
    } else if found.compared {
        let brought = found.keys.iter().filter(|finding| finding.verdict == KeyVerdict::Brought);
        let keys: Vec<String> = brought.map(|finding| format!("`{}`", finding.key)).collect();
        printer.data(&format!("compared, for they share {}", keys.join(", ")));
    } else {
        never_compared(found, printer);
    }
}

/// Why each key in use did not bring them, and which ones would.
fn never_compared(found: &Explanation, printer: &mut Printer) {
    printer.data("no blocking key brings them together:");
    let widest = found.keys.iter().map(|finding| finding.key.chars().count()).max().unwrap_or(0).min(50);
    for finding in &found.keys {
        let why = printer.data_in(&verdict(&finding.verdict, found), Tone::Faint);
        printer.data(&format!("  {:widest$}  {why}", finding.key));
    }
    if found.proposals.is_empty() {
        return;
    }
    printer.data("");
    printer.data("these would, as `keys` under `[blocking]` in a rule file:");
    for proposal in &found.proposals {
        let more = match proposal.pairs_new {
            1 => "1 more pair to compare".to_owned(),
            pairs => format!("{pairs} more pairs to compare"),
        };
        printer.data(&format!("  {:widest$}  {more}", proposal.key));
    }
}

fn verdict(verdict: &KeyVerdict, found: &Explanation) -> String {
    match verdict {
        KeyVerdict::Brought => "brings them together".to_owned(),
        KeyVerdict::Split { records } => {
            format!(
                "shared by {records} records, too many for one block; the further values that split it differ"
            )
        }
        KeyVerdict::LeftOut => "shared, but left out for the pairs it brings".to_owned(),
        KeyVerdict::Missing { a, b } if a == b => format!("neither has anything for {}", a.join(", ")),
        KeyVerdict::Missing { a, b } => {
            let side = |missing: &[String], record: &str| {
                (!missing.is_empty()).then(|| format!("{record} has nothing for {}", missing.join(", ")))
            };
            let sides: Vec<String> = side(a, &found.a).into_iter().chain(side(b, &found.b)).collect();
            sides.join("; ")
        }
        KeyVerdict::Differs { expressions } if expressions.is_empty() => {
            "their values have more forms than a key may take".to_owned()
        }
        KeyVerdict::Differs { expressions } => format!("they differ in {}", expressions.join(", ")),
    }
}

/// A record as it stood in its file.
fn raw(record: &RawRecord, printer: &mut Printer) {
    let heading = printer.data_in(&format!("{} as it was read", record.name), Tone::Faint);
    printer.data(&heading);
    let widest = record.cells.iter().map(|cell| cell.column.chars().count()).max().unwrap_or(0).clamp(20, 32);
    for cell in &record.cells {
        let tone = if cell.attribute.is_evidence() { Tone::Plain } else { Tone::Faint };
        let line = printer.data_in(&format!("{:widest$}{}", cell.column, cell.value), tone);
        printer.data(&line);
    }
    printer.data("");
}

/// `Müller [muller]`; what is no evidence stands in round brackets.
fn spelled(value: Option<&Value>) -> String {
    match value {
        None => "-".to_owned(),
        Some(Value { display, canonical: Some(canonical) }) if display == canonical => display.clone(),
        Some(Value { display, canonical: Some(canonical) }) => format!("{display} [{canonical}]"),
        Some(Value { display, canonical: None }) => format!("({display}, no evidence)"),
    }
}
