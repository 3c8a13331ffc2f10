//! `einklang explain`: why two records are one customer, or are not, as a
//! waterfall from the prior to the final weight.

use super::args::Explain;
use super::printer::{Printer, Tone};
use super::progress::Drawn;
use super::{Done, inputs, unify};
use crate::engine::explain::{Explanation, Step, Value, explain};
#[cfg(feature = "store")]
use crate::engine::live;
use crate::error::{Error, Result};
use crate::rules::Decision;

/// The explanation by a store, where one was named.
fn stored(arguments: &Explain) -> Result<Option<Explanation>> {
    #[cfg(feature = "store")]
    if let Some(path) = &arguments.store {
        let (store, bundle) = live::read(path)?;
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
        keep_raw: false,
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
    for values in &found.values {
        let (a, b) = (spelled(values.a.as_ref()), spelled(values.b.as_ref()));
        printer.data(&format!("{:20}{a:<44} {b}", values.field));
    }
}

/// The answer in one sentence.
fn sentence(found: &Explanation) -> String {
    let strongest = |sign: f32| {
        let steps = found.steps.iter().filter(move |step| step.weight * sign > 0.5);
        let best = steps.max_by(|a, b| (a.weight * sign).total_cmp(&(b.weight * sign)));
        best.map(|step| format!("{} is {}", step.comparison, step.level.name()))
    };
    let end = if found.together { "are one customer" } else { "are two customers" };
    let why = match (found.together, strongest(1.0), strongest(-1.0)) {
        (true, Some(most), _) => format!(", above all since {most}"),
        (false, _, Some(most)) => format!(", above all since {most}"),
        _ => String::new(),
    };
    format!("{} and {} {end}{why}", found.a, found.b)
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
        printer
            .data("they are never compared: both are of one source, and each source is free of duplicates");
    } else if !found.keys_shared.is_empty() {
        printer.data(&format!("compared, for they share {}", listed(&found.keys_shared)));
    } else {
        printer.data("no blocking key brings them together");
        if !found.keys_left_out.is_empty() {
            let keys = listed(&found.keys_left_out);
            printer.data(&format!("these would, but are left out as they bring too many pairs: {keys}"));
        }
    }
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
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
