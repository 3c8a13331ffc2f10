//! The commands that look into a store, decide in it, erase from it, copy it.

use super::Done;
use super::args::{
    Access, Backup, Changes, Customer, Erase, History, Judge, Pin, Record, Rekey, Restore, Search, Verdict,
};
use super::printer::Printer;
use crate::engine::live::{self, Decided, Decision, Graph, Name, NewPin, PinnedOf, Resolved, Subject, Until};
use crate::engine::machine;
use crate::error::{Error, Result};
use crate::judgement::Judgement;
use crate::report::held;
use crate::store::{Key, Location};
use serde::Serialize;
use std::time::Duration;

/// How long a follower waits before it looks again.
const FOLLOW_EVERY: Duration = Duration::from_millis(200);

pub fn changes(arguments: &Changes, printer: &mut Printer) -> Result<Done> {
    let mut last = arguments.after;
    if !arguments.follow {
        let store = live::read_rows(arguments.store.location()?)?;
        live::changes(&store, last, |change| line(&change, printer))?;
        return Ok(Done::Clean);
    }
    let mut store = live::follow(arguments.store.location()?)?;
    loop {
        last = live::changes(&store, last, |change| line(&change, printer))?;
        printer.flush()?;
        std::thread::sleep(FOLLOW_EVERY);
        live::catch_up(&mut store)?;
    }
}

pub fn record(arguments: &Record, printer: &mut Printer) -> Result<Done> {
    let store = live::read_rows(arguments.store.location()?)?;
    show(&live::record(&store, &arguments.record)?, printer)
}

pub fn customer(arguments: &Customer, printer: &mut Printer) -> Result<Done> {
    let store = live::read_rows(arguments.store.location()?)?;
    show(&live::customer(&store, &arguments.customer)?, printer)
}

pub fn history(arguments: &History, printer: &mut Printer) -> Result<Done> {
    let store = live::read_rows(arguments.store.location()?)?;
    let found = live::history(&store, &arguments.customer)?;
    if found.is_empty() {
        return Err(Error::usage(format!("no customer has or had the id `{}`", arguments.customer)));
    }
    found.iter().try_for_each(|change| line(change, printer))?;
    Ok(Done::Clean)
}

pub fn judge(arguments: &Judge, printer: &mut Printer) -> Result<Done> {
    let Judge { who, why, .. } = arguments;
    let mut graph = Graph::open(arguments.store.location()?)?;
    if let Some(number) = arguments.approve {
        let agreed = graph.approve(number, who, machine::now())?;
        agreed.changes.iter().try_for_each(|change| line(change, printer))?;
        return Ok(Done::Clean);
    }
    if let Some(number) = arguments.turn_down {
        graph.turn_down(number, who, why, machine::now())?;
        return Ok(Done::Clean);
    }
    // The arguments are there, or clap has said what is missing.
    let (Some(a), Some(b), Some(verdict)) = (&arguments.a, &arguments.b, arguments.verdict) else {
        return Ok(Done::Clean);
    };
    let judgement = match verdict {
        Verdict::Same => Judgement::Positive,
        Verdict::Different => Judgement::Negative,
        Verdict::Unsure => Judgement::Unsure,
        Verdict::Withdrawn => Judgement::Withdrawn,
    };
    let (a, b) = (subject(&graph, a)?, subject(&graph, b)?);
    if arguments.propose {
        let between = Decision::Between(Subject::Records(a), Subject::Records(b));
        let pairs = live::decision_pairs(&graph.store, vec![(between, judgement)])?;
        line(&graph.propose(pairs, who, why, machine::now())?, printer)?;
        return Ok(Done::Clean);
    }
    let decided = Decided { judgement, who: who.clone(), why: why.clone() };
    for change in graph.judge_all(&a, &b, &decided, machine::now())? {
        line(&change, printer)?;
    }
    Ok(Done::Clean)
}

pub fn pin(arguments: &Pin, printer: &mut Printer) -> Result<Done> {
    let Pin { store, customer, field, value, release, who, why } = arguments;
    let (Some(customer), Some(field), Some(who)) = (customer, field, who) else {
        return pins(&store.location()?, printer);
    };
    if value.is_none() && !release {
        return Err(Error::usage("no value is given")
            .with_hint("write it after the field, or `--release` to release what is pinned"));
    }
    let of = match customer.split_once(':') {
        Some((source, id)) => PinnedOf::Record((source.to_owned(), id.to_owned())),
        None => PinnedOf::Customer(customer.clone()),
    };
    let new = NewPin { of, field: field.clone(), value: value.clone(), who: who.clone(), why: why.clone() };
    let mut graph = Graph::open(store.location()?)?;
    graph.pin(&new, machine::now())?.iter().try_for_each(|change| line(change, printer))?;
    Ok(Done::Clean)
}

/// Lists every pin.
fn pins(location: &Location, printer: &mut Printer) -> Result<Done> {
    let store = live::read_rows(location)?;
    let made = live::pins_from(&store, 0, usize::MAX)?;
    made.iter().try_for_each(|pin| line(pin, printer))?;
    Ok(Done::Clean)
}

/// The record of that name, or the records of the customer of that id.
fn subject(graph: &Graph, text: &str) -> Result<Vec<Name>> {
    match text.split_once(':') {
        Some((source, id)) => Ok(vec![(source.to_owned(), id.to_owned())]),
        None => members(graph, text),
    }
}

pub fn search(arguments: &Search, printer: &mut Printer) -> Result<Done> {
    let store = live::read_rows(arguments.store.location()?)?;
    let found = live::search(&store, &arguments.words.join(" "), arguments.limit as usize)?;
    if found.is_empty() {
        printer.note("no customer has these words");
    }
    found.iter().try_for_each(|hit| line(hit, printer))?;
    Ok(Done::Clean)
}

pub fn erase(arguments: &Erase, printer: &mut Printer) -> Result<Done> {
    let mut graph = Graph::open(arguments.store.location()?)?;
    let mut names: Vec<Name> = arguments.records.clone();
    for id in &arguments.customer {
        names.extend(members(&graph, id)?);
    }
    if names.is_empty() {
        return Err(Error::usage("nothing is named to be erased")
            .with_hint("name records as `SOURCE:RECORD_ID`, or a customer with `--customer ID`"));
    }
    names.sort_unstable();
    names.dedup();
    let receipt = graph.erase(&names, machine::now())?;
    drop(graph);
    // Opening anew writes the list of files afresh, without the keys of old ones.
    drop(Graph::open(arguments.store.location()?)?);
    show(&receipt, printer)
}

fn members(graph: &Graph, id: &str) -> Result<Vec<Name>> {
    match live::customer(&graph.store, id)? {
        Resolved::Customer(view) => {
            Ok(view.members.into_iter().map(|member| (member.source, member.record_id)).collect())
        }
        Resolved::Retired { successors, .. } => Err(Error::usage(format!("customer `{id}` is no more"))
            .with_hint(format!("its records went to {}", successors.join(", ")))),
    }
}

pub fn access(arguments: &Access, printer: &mut Printer) -> Result<Done> {
    let store = live::read_rows(arguments.store.location()?)?;
    let holdings = live::access(&store, &arguments.customer)?;
    let Some(path) = &arguments.html else { return show(&holdings, printer) };
    std::fs::write(path, held::render(&holdings)).map_err(|error| Error::io("write", path, error))?;
    printer.note(&format!("everything held about the customer stands in `{}`", path.display()));
    Ok(Done::Clean)
}

pub fn backup(arguments: &Backup, printer: &mut Printer) -> Result<Done> {
    let store = arguments.store.location()?;
    live::backup(&store, arguments.copy.location(&arguments.out, &store)?)?;
    printer.note(&format!("a copy of the store stands in `{}`", arguments.out.display()));
    Ok(Done::Clean)
}

pub fn rekey(arguments: &Rekey, printer: &mut Printer) -> Result<Done> {
    let location = arguments.store.location()?;
    let new = Key::read(&arguments.new_key_file)?;
    let files = location.rekey(&new, |_| Ok(()))?;
    let place = location.path.display();
    printer.note(&format!("{files} files of the store `{place}` have the new key; the old one opens none"));
    Ok(Done::Clean)
}

pub fn restore(arguments: &Restore, printer: &mut Printer) -> Result<Done> {
    let Restore { from, store, log, until, key, copy } = arguments;
    let from = key.location(from)?;
    let store = copy.location(store, &from)?;
    match (log, until) {
        (Some(log), Some(until)) => {
            let log = from.beside(log.clone());
            let done = live::restore_until(from, log, store, moment(until)?, machine::now())?;
            printer.note(&format!(
                "{} sets of changes were worked in again, up to change {}; {} records stay erased",
                done.entries, done.last_change, done.erased
            ));
        }
        _ => live::restore(from, store)?,
    }
    printer.note(&format!("the store `{}` is restored; check it with `verify`", arguments.store.display()));
    Ok(Done::Clean)
}

/// A time, or a number of the change feed.
fn moment(text: &str) -> Result<Until> {
    if let Ok(change) = text.parse() {
        return Ok(Until::Change(change));
    }
    let time: jiff::Timestamp = text.parse().map_err(|_| {
        Error::usage(format!("`{text}` is neither a time nor a number"))
            .with_hint("write a time as `2026-11-21T10:00:00Z`, or a number as `einklang changes` has them")
    })?;
    Ok(Until::Time(time.as_microsecond()))
}

/// One line of JSON.
pub fn line(value: &impl Serialize, printer: &mut Printer) -> Result<()> {
    let text = serde_json::to_string(value).map_err(|error| Error::failed(error.to_string()))?;
    printer.data(&text);
    Ok(())
}

fn show(value: &impl Serialize, printer: &mut Printer) -> Result<Done> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::failed(error.to_string()))?;
    printer.data(&text);
    Ok(Done::Clean)
}
