//! What was recognised, as a table for people.

use super::printer::{Printer, Tone};
use crate::engine::unify::RecognisedColumn;

/// Lines of a table, a block per source.
pub fn table(columns: &[RecognisedColumn], printer: &Printer) -> Vec<String> {
    let mut lines = Vec::new();
    let widest = columns.iter().map(|column| column.column.chars().count()).max().unwrap_or(0).min(32);
    let mut source = None;
    for column in columns {
        if source != Some(&column.source) {
            source = Some(&column.source);
            lines.push(printer.talk_in(&column.source, Tone::Strong));
        }
        lines.push(row(column, widest, printer));
    }
    lines
}

fn row(column: &RecognisedColumn, widest: usize, printer: &Printer) -> String {
    let decision = &column.decision;
    let what = match decision.label.as_str() {
        label if decision.attribute.is_labelled() && !label.is_empty() => {
            format!("{} `{label}`", decision.attribute.name())
        }
        _ => decision.attribute.name().to_owned(),
    };
    let name: String = column.column.chars().take(32).collect();
    let padding = " ".repeat(widest.saturating_sub(name.chars().count()));
    let tone = if decision.attribute.is_evidence() { Tone::Plain } else { Tone::Faint };
    let text = format!("  {name}{padding}  {what:32} {:>4.0} %", decision.filled * 100.0);
    format!("{}  {}", printer.talk_in(&text, tone), printer.talk_in(&decision.reason, Tone::Faint))
}
