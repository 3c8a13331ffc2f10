//! `einklang rules`: checks files, prints their schema and reference; what it
//! does to a store stands in `ruling`.

use super::args::Rules as Command;
use super::printer::{Printer, Tone};
#[cfg(feature = "store")]
use super::ruling;
use super::{Done, inputs};
use crate::error::{Error, Result};
use crate::rules;
use serde_json::json;

pub fn run(command: &Command, printer: &mut Printer) -> Result<Done> {
    match command {
        Command::Check { files } => return check(files, printer),
        Command::Schema => {
            let schema = serde_json::to_string_pretty(&rules::schema())
                .map_err(|error| Error::failed(error.to_string()))?;
            printer.data(&schema);
        }
        Command::Reference => printer.raw(rules::reference().as_bytes()),
        #[cfg(feature = "store")]
        Command::Versions { store } => return ruling::versions(store, printer),
        #[cfg(feature = "store")]
        Command::Diff { store, sides } => return ruling::diff(store, sides, printer),
        #[cfg(feature = "store")]
        Command::Apply { store, file, learn, signed } => {
            return ruling::apply(store, file, *learn, signed, printer);
        }
        #[cfg(feature = "store")]
        Command::Rollback { store, version, signed } => {
            return ruling::roll_back(store, *version, signed, printer);
        }
    }
    Ok(Done::Clean)
}

/// Every fault of every file; one faulty file does not hide the next.
fn check(files: &[std::path::PathBuf], printer: &mut Printer) -> Result<Done> {
    let mut faulty = 0;
    for path in files {
        let text = inputs::read_text(path)?;
        let shown = path.display().to_string();
        match rules::parse(&text, path) {
            Ok(_) if printer.json => printer.data(&json!({ "path": shown, "faults": [] }).to_string()),
            Ok(rules) => {
                let verdict = printer.data_in("sound", Tone::Good);
                let counts = format!(
                    "{} columns, {} keys, {} comparisons, {} rules",
                    rules.columns.len(),
                    rules.blocking.keys.len(),
                    rules.comparisons.len(),
                    rules.decisions.len()
                );
                printer.data(&format!("{shown}: {verdict} ({counts})"));
            }
            Err(faults) => {
                faulty += 1;
                if printer.json {
                    printer.data(&as_json(&shown, &faults).to_string());
                } else {
                    printer.faults(&faults);
                }
            }
        }
    }
    match (faulty, files.len()) {
        (0, _) => Ok(Done::Clean),
        (_, 1) => Err(Error::failed("the rule file has faults")),
        (faulty, all) => Err(Error::failed(format!("{faulty} of {all} rule files have faults"))),
    }
}

fn as_json(path: &str, faults: &rules::Faults) -> serde_json::Value {
    let listed: Vec<_> = faults
        .iter()
        .map(|fault| {
            let (line, column) = faults.place(fault);
            json!({ "line": line, "column": column, "message": fault.message, "hint": fault.hint })
        })
        .collect();
    json!({ "path": path, "faults": listed })
}
