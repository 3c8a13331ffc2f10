//! `einklang estimate`: a steward judges a sample of a run's pairs, and the
//! answers say how right and how complete the customers are.

use super::args::Estimate;
use super::label::{Answer, label, next_answer, refuse_standard_input, show};
use super::printer::{Printer, Tone};
use super::progress::Drawn;
use super::{Done, inputs, unify};
use crate::engine::labels::judged_pair;
use crate::engine::matching::Pair;
use crate::engine::sampling::{Interval, Judged, Sample};
use crate::engine::unify::{Outcome, UnifyRequest};
use crate::error::{Error, Result};
use crate::ingest::write_labels;
use crate::judgement::{Judgement, Label};
use std::collections::BTreeMap;
use std::io::BufRead;

pub fn run(arguments: &Estimate, printer: &mut Printer) -> Result<Done> {
    let (mut rules, rule_file) = inputs::rules(arguments.rules.as_deref(), &arguments.inputs)?;
    rules.cluster.link_only |= arguments.link_only;
    let answered = match arguments.judged.exists() {
        true => inputs::labels(Some(&arguments.judged))?,
        false => Vec::new(),
    };
    let request = UnifyRequest {
        inputs: inputs::inputs(&arguments.inputs),
        load: inputs::load_options(&arguments.inputs),
        rules,
        model: arguments.model.as_deref().map(unify::read_model).transpose()?,
        rule_file,
        labels: inputs::labels(arguments.labels.as_deref())?,
        ..UnifyRequest::default()
    };
    refuse_standard_input(&request)?;
    // Before the work, so that answers do not come to nothing.
    write_labels(&arguments.judged, &answered)?;
    let progress = Drawn::new(printer);
    let found = crate::engine::unify::unify(&request, &progress, |outcome| {
        let sample = Sample::new(outcome, arguments.count);
        progress.finish();
        let answers = ask(outcome, &sample, answered, arguments, printer)?;
        Ok(sample.judged(&answers))
    })?;
    tell(&found, printer)?;
    Ok(Done::Clean)
}

/// Asks about the pairs that are not answered yet; returns all answers.
fn ask(
    outcome: &Outcome,
    sample: &Sample,
    mut labels: Vec<Label>,
    arguments: &Estimate,
    printer: &mut Printer,
) -> Result<BTreeMap<(u32, u32), Judgement>> {
    let matcher = outcome.matcher;
    let keys = &matcher.records.keys;
    let mut answers: BTreeMap<(u32, u32), Judgement> = BTreeMap::new();
    answers.extend(labels.iter().filter_map(|label| Some((judged_pair(keys, label)?, label.judgement))));
    let open: Vec<Pair> =
        sample.pairs().into_iter().filter(|pair| !answers.contains_key(&(pair.a, pair.b))).collect();
    let mut lines = std::io::stdin().lock().lines();
    let (mut at, first) = (0, labels.len());
    while let Some(pair) = open.get(at) {
        show(matcher, pair, at + 1, printer)?;
        match next_answer(&mut lines, printer)? {
            Answer::Judged(judgement) => {
                answers.insert((pair.a, pair.b), judgement);
                labels.push(label(matcher, pair, judgement, &arguments.who));
                at += 1;
            }
            Answer::Back if labels.len() > first => {
                labels.pop();
                at -= 1;
                answers.retain(|known, _| open.get(at).is_none_or(|pair| *known != (pair.a, pair.b)));
            }
            Answer::Back => printer.note("there is no answer of this session to take back"),
            Answer::Quit => break,
        }
        write_labels(&arguments.judged, &labels)?;
    }
    Ok(answers)
}

fn tell(found: &Judged, printer: &mut Printer) -> Result<()> {
    if printer.json {
        let text = serde_json::to_string(found).map_err(|error| Error::failed(error.to_string()))?;
        printer.data(&text);
        return Ok(());
    }
    printer.data("");
    let line = |name: &str, interval: Interval| {
        let [share, low, high] = [interval.share, interval.low, interval.high].map(|share| share * 100.0);
        format!("{name:10}{share:>6.1} %  ({low:.1} to {high:.1} %, with 95 % confidence)")
    };
    printer.data(&printer.data_in(&line("precision", found.precision), Tone::Strong));
    printer.data(&printer.data_in(&line("recall", found.recall), Tone::Strong));
    printer.data(&format!("by {} answers", found.answers));
    Ok(())
}
