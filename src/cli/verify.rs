//! `einklang verify`: whether a store is what its records make it.

use super::Done;
use super::args::Verify;
use super::printer::Printer;
use crate::engine::live::{self, Graph};
use crate::engine::machine;
use crate::error::{Error, Result};

pub fn run(arguments: &Verify, printer: &mut Printer) -> Result<Done> {
    let location = arguments.store.location()?;
    if arguments.repair {
        let mut graph = Graph::open(&location)?;
        let found = graph.repair(machine::now())?;
        graph.close()?;
        printer.note(&format!("all that is derived was made anew; {} changes told", found.changes.len()));
    }
    let (store, bundle) = live::read(&location)?;
    let found = live::verify(&store, &bundle)?;
    if printer.json {
        let text = serde_json::to_string_pretty(&found).map_err(|error| Error::failed(error.to_string()))?;
        printer.data(&text);
    } else {
        printer.data(&format!(
            "{} records, {} customers, {} links, {} blocks, {} changes",
            found.records, found.customers, found.links, found.blocks, found.changes
        ));
        printer.data(&format!("digest {}", found.digest));
        for (kind, difference) in &found.differences {
            let example = if difference.example.is_empty() {
                String::new()
            } else {
                format!(", first {}", difference.example)
            };
            printer.data(&format!("differs: {kind}, {} times{example}", difference.count));
        }
    }
    match found.is_clean() {
        true => Ok(Done::Clean),
        false => Err(Error::failed("the store is not what its records make it").with_hint(
            "`einklang verify --repair` makes it so; a gap in the change feed only a backup mends",
        )),
    }
}
