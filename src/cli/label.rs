//! `einklang label`: a steward judges pairs one by one, in the terminal or, as
//! lines of JSON, through a program. Which pairs is the engine's choice.

use super::args::Label as Arguments;
use super::printer::{Printer, Tone};
use super::progress::Drawn;
use super::{Done, inputs, unify};
use crate::engine::explain::{Value, Values, values};
use crate::engine::labels::names;
use crate::engine::matching::{Matcher, Pair};
use crate::engine::selection::{Session, session};
use crate::engine::unify::UnifyRequest;
use crate::error::{Error, Result};
use crate::ingest::write_labels;
use crate::judgement::{Judgement, Label};
use crate::rules::Level;
use serde_json::json;
use std::io::BufRead;
use std::time::{SystemTime, UNIX_EPOCH};

pub fn run(arguments: &Arguments, printer: &mut Printer) -> Result<Done> {
    let (mut rules, rule_file) = inputs::rules(arguments.rules.as_deref(), &arguments.inputs)?;
    rules.cluster.link_only |= arguments.link_only;
    let labels = match arguments.labels.exists() {
        true => inputs::labels(Some(&arguments.labels))?,
        false => Vec::new(),
    };
    let request = UnifyRequest {
        inputs: inputs::inputs(&arguments.inputs),
        load: inputs::load_options(&arguments.inputs),
        rules,
        model: arguments.model.as_deref().map(unify::read_model).transpose()?,
        rule_file,
        labels: labels.clone(),
        ..UnifyRequest::default()
    };
    refuse_standard_input(&request)?;
    // Before the work, so that answers do not come to nothing.
    write_labels(&arguments.labels, &labels)?;
    let progress = Drawn::new(printer);
    let (before, labels) = (
        labels.len(),
        session(&request, &progress, |session| {
            progress.finish();
            ask(session, labels, arguments, printer)
        })?,
    );
    let given = labels.len().saturating_sub(before);
    printer.note(&format!("{given} answers are in `{}`", arguments.labels.display()));
    Ok(Done::Clean)
}

/// Answers are read from standard input, so records cannot be.
pub fn refuse_standard_input(request: &UnifyRequest) -> Result<()> {
    if request.inputs.iter().any(|input| input.path.as_os_str() == "-") {
        return Err(Error::usage("answers come from standard input, so records cannot")
            .with_hint("write the records into a file"));
    }
    Ok(())
}

/// What a steward can say.
pub enum Answer {
    Judged(Judgement),
    Back,
    Quit,
}

/// Asks until the steward quits, the count is reached or nothing is left.
fn ask(
    session: &mut Session,
    mut labels: Vec<Label>,
    arguments: &Arguments,
    printer: &mut Printer,
) -> Result<Vec<Label>> {
    let mut asked: Vec<Pair> = Vec::new();
    let mut lines = std::io::stdin().lock().lines();
    while arguments.count.is_none_or(|count| asked.len() < count) {
        let Some(pair) = session.next() else {
            printer.note("no pair is left that the model doubts");
            break;
        };
        show(&session.matcher, &pair, asked.len() + 1, printer)?;
        match next_answer(&mut lines, printer)? {
            Answer::Judged(judgement) => {
                session.answer(&pair, Some(judgement));
                labels.push(label(&session.matcher, &pair, judgement, &arguments.who));
                asked.push(pair);
            }
            Answer::Back => match asked.pop() {
                Some(last) => {
                    session.answer(&last, None);
                    labels.pop();
                }
                None => printer.note("there is no answer of this session to take back"),
            },
            Answer::Quit => break,
        }
        write_labels(&arguments.labels, &labels)?;
    }
    Ok(labels)
}

/// The next line that is an answer; the end of the input is one, too.
pub fn next_answer(
    lines: &mut impl Iterator<Item = std::io::Result<String>>,
    printer: &Printer,
) -> Result<Answer> {
    for line in lines {
        let line = line.map_err(|error| Error::stream("read", "standard input", error))?;
        match answer(&line) {
            Some(answer) => return Ok(answer),
            None => printer.note("answer y, n, u, b or q"),
        }
    }
    Ok(Answer::Quit)
}

/// The label that an answer makes.
pub fn label(matcher: &Matcher, pair: &Pair, judgement: Judgement, who: &str) -> Label {
    let (a, b) = names(&matcher.records.keys, pair);
    Label { a, b, judgement, who: who.to_owned(), when: now(), why: String::new() }
}

fn answer(line: &str) -> Option<Answer> {
    Some(match line.trim().to_lowercase().as_str() {
        "y" | "yes" | "j" | "ja" => Answer::Judged(Judgement::Positive),
        "n" | "no" | "nein" => Answer::Judged(Judgement::Negative),
        "u" | "unsure" => Answer::Judged(Judgement::Unsure),
        "b" | "back" | "undo" => Answer::Back,
        "q" | "quit" => Answer::Quit,
        _ => return None,
    })
}

/// One question: the values side by side, with the level of each comparison.
pub fn show(matcher: &Matcher, pair: &Pair, number: usize, printer: &mut Printer) -> Result<()> {
    let (a, b) = names(&matcher.records.keys, pair);
    let values = values(matcher.records, pair.a as usize, pair.b as usize);
    if printer.json {
        let question = json!({
            "number": number, "source_a": a.source, "record_id_a": a.record_id, "source_b": b.source,
            "record_id_b": b.record_id, "weight": pair.weight.bits, "probability": pair.weight.probability(),
            "values": values,
        });
        printer.data(&question.to_string());
        return printer.flush();
    }
    printer.data("");
    let heading = format!("{number}. {}:{} and {}:{}", a.source, a.record_id, b.source, b.record_id);
    printer.data(&printer.data_in(&heading, Tone::Strong));
    for value in &values {
        let (a, b) = (display(value.a.as_ref()), display(value.b.as_ref()));
        let tone = match level(matcher, pair, value) {
            Some(Level::Same | Level::Variant) => Tone::Good,
            Some(Level::Close | Level::Similar) => Tone::Doubtful,
            Some(Level::Different | Level::Weak) => Tone::Bad,
            _ => Tone::Plain,
        };
        printer.data(&printer.data_in(&format!("  {:18}{a:<38} {b}", value.field), tone));
    }
    let percent = f64::from(pair.weight.probability()) * 100.0;
    printer.data(&format!("one customer? the model says {percent:.0} %   [y]es [n]o [u]nsure [b]ack [q]uit"));
    printer.flush()
}

/// The level that the field's own comparison reached; address parts have the
/// level of the address.
fn level(matcher: &Matcher, pair: &Pair, values: &Values) -> Option<Level> {
    let comparisons = matcher.comparisons();
    let named = |name: &str| comparisons.iter().position(|comparison| comparison.name == name);
    let is_address = ["street", "house_number", "postcode", "city"].contains(&values.field.as_str());
    let of_address = || if is_address { named("address").or_else(|| named("place")) } else { None };
    named(&values.field).or_else(of_address).map(|at| pair.vector.grade(at).level())
}

fn display(value: Option<&Value>) -> &str {
    value.map_or("-", |value| value.display.as_str())
}

/// The time in RFC 3339, to the second.
fn now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// Year, month and day of a day after 1970-01-01, in the proleptic Gregorian
/// calendar, counted in eras of 400 years that begin in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    (year + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::civil;

    #[test]
    fn days_have_their_dates() {
        for (days, date) in
            [(0, (1970, 1, 1)), (59, (1970, 3, 1)), (11_016, (2000, 2, 29)), (20_780, (2026, 11, 23))]
        {
            assert_eq!(civil(days), date, "{days}");
        }
    }
}
