//! `einklang upsert`: changes of records from standard input into a store. What
//! waits on the input is worked in together, so that one write to disk serves
//! many; while it is, the next is read and made ready, and while it is written
//! the next is worked in.

use super::args::Upsert;
use super::printer::Printer;
use super::{Done, inputs};
use crate::engine::live::{self, Answer, Bundle, Graph, Operation, Prepared, Succession};
use crate::engine::machine;
use crate::error::{Error, Result};
use crate::rules::Rules;
use crate::store::Location;
use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// Pieces of the input that are read ahead.
const AHEAD: usize = 64;
/// Sets whose answers wait to be printed while further ones are worked in.
const ANSWERS_AHEAD: usize = 2;
/// How often is asked, while nothing comes, whether somebody still hears.
const LISTENING: Duration = Duration::from_secs(1);

pub fn run(arguments: &Upsert, printer: &mut Printer) -> Result<Done> {
    let location = arguments.store.location()?;
    make_if_absent(arguments, &location)?;
    let mut graph = Graph::open(&location)?;
    graph.store.db.bring_near();
    let (send_lines, lines) = sync_channel(AHEAD);
    std::thread::spawn(move || read(&send_lines));
    let (send, sets) = sync_channel(1);
    let (most, bundle) = (arguments.batch as usize, Arc::clone(&graph.bundle));
    std::thread::spawn(move || prepare(&lines, most, &bundle, &send));
    let is_heard = AtomicBool::new(true);
    let refused = std::thread::scope(|threads| {
        let (tell, told) = sync_channel(ANSWERS_AHEAD);
        let (succession, heard) = (graph.succession(), &is_heard);
        let taking = threads.spawn(move || take(succession, &sets, heard, &tell));
        let answered = told.into_iter().try_for_each(|told| answer(&told, printer));
        // Where nobody hears the answers, that is why no more is taken.
        is_heard.store(answered.is_ok(), Ordering::Relaxed);
        let taken = taking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        answered.and(taken)
    })?;
    graph.close()?;
    match refused {
        0 => Ok(Done::Clean),
        _ => {
            printer.warn(&format!("{refused} lines were refused; the answers say why"));
            Ok(Done::Quarantined)
        }
    }
}

/// What is printed together.
enum Told {
    Answers(Vec<Answer>),
    /// The number of a line that is no operation, and why.
    Refused(u64, Error),
}

/// Works sets in as they come, tells what came of them, and returns how many lines
/// were refused. While further ones wait, a set is written as the next one is
/// worked in.
fn take(
    mut graph: Succession,
    sets: &Receiver<Vec<Piece>>,
    is_heard: &AtomicBool,
    tell: &SyncSender<Told>,
) -> Result<u64> {
    let unheard = |_| Error::failed("the answers cannot be printed");
    let tell = |told: Told| tell.send(told).map_err(unheard);
    let answers = |answers: Vec<Answer>| match answers.is_empty() {
        true => Ok(()),
        false => tell(Told::Answers(answers)),
    };
    let mut refused = 0;
    loop {
        let set = match sets.try_recv() {
            Ok(set) => set,
            Err(_) => {
                answers(graph.settle()?)?;
                match next(sets, is_heard) {
                    Some(set) => set,
                    None => return Ok(refused),
                }
            }
        };
        for piece in set {
            match piece {
                Piece::Operations(operations, prepared) => {
                    answers(graph.apply(&operations, &prepared, machine::now())?)?;
                    live::let_go(operations.len(), (operations, prepared));
                }
                Piece::Refused(line, error) => {
                    answers(graph.settle()?)?;
                    refused += 1;
                    tell(Told::Refused(line, error))?;
                }
                Piece::Broken(error) => {
                    answers(graph.settle()?)?;
                    return Err(Error::stream("read", "standard input", error));
                }
            }
        }
    }
}

/// The next set, however long it takes; `None` where none comes, or nobody hears of
/// it any more.
fn next(sets: &Receiver<Vec<Piece>>, is_heard: &AtomicBool) -> Option<Vec<Piece>> {
    loop {
        match sets.recv_timeout(LISTENING) {
            Ok(set) => return Some(set),
            Err(RecvTimeoutError::Timeout) if is_heard.load(Ordering::Relaxed) => {}
            Err(_) => return None,
        }
    }
}

fn answer(told: &Told, printer: &mut Printer) -> Result<()> {
    match told {
        Told::Answers(answers) => {
            for answer in answers {
                printer.data(&json(answer)?);
            }
        }
        Told::Refused(line, error) => {
            printer.data(&json(&serde_json::json!({ "line": line, "error": error.to_string() }))?);
        }
    }
    printer.flush()
}

fn json(answer: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(answer).map_err(|error| Error::failed(error.to_string()))
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

/// A line of the input, read.
enum Line {
    Empty,
    Operation(Result<Operation>),
    /// Nothing can be read any more.
    Broken(std::io::Error),
}

/// Hands the lines of the input on, as many at a time as are there.
fn read(send: &SyncSender<Vec<Line>>) {
    let mut input = BufReader::with_capacity(1 << 16, std::io::stdin());
    let mut is_over = false;
    while !is_over {
        let mut lines = Vec::new();
        while !is_over && (lines.is_empty() || input.buffer().contains(&b'\n')) {
            let line = next_line(&mut input);
            is_over = matches!(line, None | Some(Line::Broken(_)));
            lines.extend(line);
        }
        is_over |= send.send(lines).is_err();
    }
}

/// `None` at the end.
fn next_line(input: &mut impl BufRead) -> Option<Line> {
    let mut bytes = Vec::new();
    match input.read_until(b'\n', &mut bytes) {
        Ok(0) => None,
        Ok(_) => Some(line(&bytes)),
        Err(error) => Some(Line::Broken(error)),
    }
}

fn line(bytes: &[u8]) -> Line {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.trim().is_empty() => Line::Empty,
        Ok(text) => Line::Operation(Operation::parse(text.trim_end_matches(['\r', '\n']))),
        Err(_) => Line::Operation(Err(Error::failed("the line is not valid UTF-8"))),
    }
}

/// What is done together and answered in order.
enum Piece {
    Operations(Vec<Operation>, Box<Prepared>),
    /// The number of a line that is no operation, and why.
    Refused(u64, Error),
    /// Nothing can be read any more.
    Broken(std::io::Error),
}

/// Makes sets of the lines ready, each of those that wait.
fn prepare(lines: &Receiver<Vec<Line>>, most: usize, bundle: &Arc<Bundle>, send: &SyncSender<Vec<Piece>>) {
    let mut waiting = Vec::new();
    let mut number = 0;
    loop {
        let set = next_set(lines, most, &mut waiting);
        if set.is_empty() || send.send(pieces(set, bundle, &mut number)).is_err() {
            return;
        }
    }
}

/// The lines that wait, at least one; none at the end. Those beyond `most` stay
/// `waiting`.
fn next_set(lines: &Receiver<Vec<Line>>, most: usize, waiting: &mut Vec<Line>) -> Vec<Line> {
    if waiting.is_empty() {
        waiting.extend(lines.recv().into_iter().flatten());
    }
    while waiting.len() < most
        && let Ok(further) = lines.try_recv()
    {
        waiting.extend(further);
    }
    let later = waiting.split_off(most.min(waiting.len()));
    std::mem::replace(waiting, later)
}

/// The operations between refused lines; `number` is that of the last line.
fn pieces(set: Vec<Line>, bundle: &Arc<Bundle>, number: &mut u64) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut operations = Vec::with_capacity(set.len());
    // Changes of one record are worked in one after the other.
    let mut met = HashSet::with_capacity(set.len());
    let complete = |operations: &mut Vec<Operation>, pieces: &mut Vec<Piece>| {
        let operations = std::mem::take(operations);
        if !operations.is_empty() {
            let prepared = Box::new(Prepared::new(bundle, &operations));
            pieces.push(Piece::Operations(operations, prepared));
        }
    };
    for line in set {
        *number += 1;
        match line {
            Line::Empty => {}
            Line::Operation(Ok(operation)) => {
                if !met.insert((operation.source.clone(), operation.record_id.clone())) {
                    complete(&mut operations, &mut pieces);
                    met.clear();
                    met.insert((operation.source.clone(), operation.record_id.clone()));
                }
                operations.push(operation);
            }
            Line::Operation(Err(error)) => {
                complete(&mut operations, &mut pieces);
                pieces.push(Piece::Refused(*number, error));
            }
            Line::Broken(error) => {
                complete(&mut operations, &mut pieces);
                pieces.push(Piece::Broken(error));
            }
        }
    }
    complete(&mut operations, &mut pieces);
    pieces
}
