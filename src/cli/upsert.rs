//! `einklang upsert`: changes of records from standard input into a store. What
//! waits on the input is worked in together, so that one write to disk serves
//! many.

use super::args::Upsert;
use super::printer::Printer;
use super::{Done, inputs};
use crate::engine::live::{self, Graph, Operation};
use crate::engine::machine;
use crate::error::{Error, Result};
use crate::rules::Rules;
use crate::store::Location;
use std::io::{BufRead, BufReader};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

pub fn run(arguments: &Upsert, printer: &mut Printer) -> Result<Done> {
    let location = arguments.store.location()?;
    make_if_absent(arguments, &location)?;
    let mut graph = Graph::open(&location)?;
    graph.store.db.bring_near();
    let most = arguments.batch as usize;
    let (send, lines) = sync_channel(most * 2);
    std::thread::spawn(move || read(&send));
    let mut number = 0;
    let mut refused = 0;
    while let Some(set) = next_set(&lines, most)? {
        let mut operations = Vec::with_capacity(set.len());
        for line in set {
            number += 1;
            match line {
                None => {}
                Some(Ok(operation)) => operations.push(operation),
                Some(Err(error)) => {
                    answer(&mut graph, &mut operations, printer)?;
                    refused += 1;
                    let message = serde_json::json!({ "line": number, "error": error.to_string() });
                    printer.data(&message.to_string());
                    printer.flush()?;
                }
            }
        }
        answer(&mut graph, &mut operations, printer)?;
    }
    graph.close()?;
    match refused {
        0 => Ok(Done::Clean),
        _ => {
            printer.warn(&format!("{refused} lines were refused; the answers say why"));
            Ok(Done::Quarantined)
        }
    }
}

/// An empty store where there is none; a store that is there keeps its rules.
fn make_if_absent(arguments: &Upsert, location: &Location) -> Result<()> {
    let there = live::is_there(location);
    let rules = match &arguments.rules {
        Some(path) => crate::rules::parse(&inputs::read_text(path)?, path)?,
        None => Rules::default(),
    };
    match there {
        false => live::create_empty(location, rules),
        true if arguments.rules.is_none() || live::read(location)?.1.rules == rules => Ok(()),
        true => Err(Error::usage("the store follows other rules than this file")
            .with_hint("leave `--rules` out, or load the records into a new store")),
    }
}

/// Works operations in and answers them.
fn answer(graph: &mut Graph, operations: &mut Vec<Operation>, printer: &mut Printer) -> Result<()> {
    for answer in graph.apply(operations, machine::now())? {
        let line = serde_json::to_string(&answer).map_err(|error| Error::failed(error.to_string()))?;
        printer.data(&line);
    }
    operations.clear();
    printer.flush()
}

/// A line of the input, read; `None`: it is empty.
type Line = Option<Result<Operation>>;

fn read(send: &SyncSender<std::io::Result<Line>>) {
    for line in BufReader::with_capacity(1 << 16, std::io::stdin()).lines() {
        let failed = line.is_err();
        let parsed = line.map(|line| (!line.trim().is_empty()).then(|| Operation::parse(&line)));
        if send.send(parsed).is_err() || failed {
            return;
        }
    }
}

/// The lines that wait, at least one; `None` at the end.
fn next_set(lines: &Receiver<std::io::Result<Line>>, most: usize) -> Result<Option<Vec<Line>>> {
    let failed = |error| Error::stream("read", "standard input", error);
    let Ok(first) = lines.recv() else { return Ok(None) };
    let mut set = vec![first.map_err(failed)?];
    while set.len() < most
        && let Ok(line) = lines.try_recv()
    {
        set.push(line.map_err(failed)?);
    }
    Ok(Some(set))
}
