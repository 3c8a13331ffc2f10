//! `einklang init`: what was recognised, written down as a rule file that gives
//! the identical result.

use super::args::Init;
use super::printer::Printer;
use super::progress::Drawn;
use super::{Done, decisions, inputs};
use crate::engine::unify::{self, RecognisedColumn, UnifyRequest};
use crate::error::Result;
use crate::rules::{self, ColumnRule, Rules};

pub fn run(arguments: &Init, printer: &mut Printer) -> Result<Done> {
    let (rules, _) = inputs::rules(None, &arguments.inputs)?;
    let request = UnifyRequest {
        rules,
        inputs: inputs::inputs(&arguments.inputs),
        load: inputs::load_options(&arguments.inputs),
        ..UnifyRequest::default()
    };
    let progress = Drawn::new(printer);
    let prepared = unify::prepare(&request, &progress)?;
    progress.finish();
    for line in decisions::table(&prepared.columns, printer) {
        printer.note(&line);
    }
    // A source column splits one table over several sources, so its columns
    // cannot be named by source.
    let named = arguments.inputs.source_column.is_none() && request.inputs.len() > 1;
    let (proposal, comments) = proposal(&prepared.columns, prepared.default_country, named);
    printer.raw(rules::write(&proposal, &comments).as_bytes());
    Ok(if prepared.quarantine.is_empty() { Done::Clean } else { Done::Quarantined })
}

/// The rules that say what was recognised, and a comment per column.
fn proposal(columns: &[RecognisedColumn], country: Option<String>, named: bool) -> (Rules, Vec<String>) {
    let mut proposal = Rules::default();
    proposal.normalise.country = country;
    let mut comments = Vec::new();
    for column in columns {
        let decision = &column.decision;
        let rule = ColumnRule {
            source: named.then(|| column.source.clone()),
            column: column.column.clone(),
            attribute: decision.attribute,
            label: decision.attribute.is_labelled().then(|| decision.label.clone()),
        };
        if proposal.columns.iter().any(|known| known.source == rule.source && known.column == rule.column) {
            continue;
        }
        proposal.columns.push(rule);
        comments.push(format!("{}, {:.0} % filled", decision.reason, decision.filled * 100.0));
    }
    (proposal, comments)
}
