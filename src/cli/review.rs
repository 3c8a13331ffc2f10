//! `einklang review`: what a store is in doubt about, as lines of JSON; or asked
//! one after another in the terminal, each answer kept as a judgement.

use super::args::{Doubt, Review};
use super::label::{Answer, next_answer};
use super::printer::{Printer, Tone};
use super::store::line;
use super::{Done, store};
use crate::engine::explain::Explanation;
use crate::engine::live::{self, DoubtKind, Graph, JudgedPair, MemberView, Name, ReviewFilter, ReviewItem};
use crate::engine::machine;
use crate::error::Result;
use crate::judgement::Judgement;
use crate::store::{Location, Store};

/// Questions of a page that are asked before the queue is made anew.
const PAGE: usize = 1000;

pub fn run(arguments: &Review, printer: &mut Printer) -> Result<Done> {
    let location = arguments.store.location()?;
    if arguments.proposals {
        let store = live::read_rows(&location)?;
        live::proposals(&store)?.iter().try_for_each(|proposal| line(proposal, printer))?;
        return Ok(Done::Clean);
    }
    if let (Some(count), Some(who)) = (arguments.draw, &arguments.who) {
        draw(&location, count as usize, who)?;
    }
    let is_drawn = arguments.draw.map(|_| DoubtKind::Sample);
    let filter = ReviewFilter {
        kind: arguments.kind.map(kind).or(is_drawn),
        source: arguments.source.clone(),
        ..ReviewFilter::default()
    };
    match (arguments.decide, &arguments.who) {
        (true, Some(who)) => decide(&location, &filter, arguments.limit as usize, who, printer),
        _ => list(&location, &filter, arguments.limit as usize, printer),
    }
}

fn kind(doubt: Doubt) -> DoubtKind {
    match doubt {
        Doubt::Pair => DoubtKind::Pair,
        Doubt::Cut => DoubtKind::Cut,
        Doubt::Bridge => DoubtKind::Bridge,
        Doubt::Large => DoubtKind::Large,
        Doubt::Changed => DoubtKind::Changed,
        Doubt::Sample => DoubtKind::Sample,
    }
}

fn list(location: &Location, filter: &ReviewFilter, limit: usize, printer: &mut Printer) -> Result<Done> {
    let (store, bundle) = live::read(location)?;
    let queue = live::review_queue(&store, &bundle)?;
    let page = live::review_page(&queue, &store, filter, None, limit)?;
    page.items.iter().try_for_each(|item| line(item, printer))?;
    if filter.kind == Some(DoubtKind::Sample) {
        tell_accuracy(&store, printer)?;
        return Ok(Done::Clean);
    }
    let open: u64 = page.open.values().sum();
    printer.note(&format!("{} of {open} open questions", page.items.len()));
    Ok(Done::Clean)
}

/// Draws a sample in place of a former one.
fn draw(location: &Location, count: usize, who: &str) -> Result<()> {
    let mut graph = Graph::open(location)?;
    let row = live::draw(&graph.store, &graph.bundle, count, who, machine::now())?;
    graph.keep_sample(row)?;
    graph.close()
}

/// What the answers to the sample say so far.
fn tell_accuracy(store: &Store, printer: &mut Printer) -> Result<()> {
    let Some(sample) = live::sample(store)? else {
        printer.note("no sample is drawn; `--draw PAIRS` draws one");
        return Ok(());
    };
    printer.note(&format!("{} of {} pairs of the sample are judged", sample.judged, sample.pairs));
    for (name, share) in [("precision", sample.precision), ("recall", sample.recall)] {
        if let Some([share, low, high]) = share {
            printer.note(&format!("{name} {share:.3} ({low:.3} to {high:.3})"));
        }
    }
    Ok(())
}

/// Asks until the steward quits, the count is reached or nothing is left.
fn decide(
    location: &Location,
    filter: &ReviewFilter,
    limit: usize,
    who: &str,
    printer: &mut Printer,
) -> Result<Done> {
    let mut graph = Graph::open(location)?;
    let queue = live::review_queue(&graph.store, &graph.bundle)?;
    let mut lines = std::io::stdin().lines();
    let mut made: Vec<Vec<JudgedPair>> = Vec::new();
    let mut cursor = None;
    'pages: loop {
        let page = live::review_page(&queue, &graph.store, filter, cursor, PAGE)?;
        for item in &page.items {
            if made.len() >= limit {
                break 'pages;
            }
            show(&graph, item, made.len() + 1, printer)?;
            loop {
                match next_answer(&mut lines, printer)? {
                    Answer::Judged(judgement) => {
                        made.push(judge(&mut graph, item, judgement, who, printer)?);
                        break;
                    }
                    Answer::Back => take_back(&mut graph, made.pop(), who, printer)?,
                    Answer::Quit => break 'pages,
                }
            }
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => {
                printer.note("nothing else is in doubt");
                break;
            }
        }
    }
    printer.note(&format!("{} answers are in the store", made.len()));
    if filter.kind == Some(DoubtKind::Sample) {
        tell_accuracy(&graph.store, printer)?;
    }
    graph.close()?;
    Ok(Done::Clean)
}

fn name(member: &MemberView) -> Name {
    (member.source.clone(), member.record_id.clone())
}

/// Judges, prints what changed, and returns what takes it back.
fn judge(
    graph: &mut Graph,
    item: &ReviewItem,
    judgement: Judgement,
    who: &str,
    printer: &mut Printer,
) -> Result<Vec<JudgedPair>> {
    let (a, b) = (name(&item.a), name(&item.b));
    let pair = if a <= b { (a, b, judgement) } else { (b, a, judgement) };
    let undo = graph.taken_back(std::slice::from_ref(&pair));
    let changes = graph.judge_pairs(vec![pair], who, "", machine::now())?;
    if printer.json {
        changes.iter().try_for_each(|change| line(change, printer))?;
    }
    Ok(undo)
}

fn take_back(
    graph: &mut Graph,
    last: Option<Vec<JudgedPair>>,
    who: &str,
    printer: &mut Printer,
) -> Result<()> {
    match last {
        Some(undo) => {
            graph.judge_pairs(undo, who, "taken back", machine::now())?;
            printer.note("taken back");
        }
        None => printer.note("there is no answer of this session to take back"),
    }
    Ok(())
}

fn show(graph: &Graph, item: &ReviewItem, number: usize, printer: &mut Printer) -> Result<()> {
    if printer.json {
        store::line(item, printer)?;
        return printer.flush();
    }
    let [a, b] = [&item.a, &item.b].map(|member| format!("{}:{}", member.source, member.record_id));
    let found: Explanation = live::explain(&graph.store, &graph.bundle, &a, &b)?;
    printer.data("");
    printer.data(&printer.data_in(&format!("{number}. {a} and {b} ({})", item.kind.name()), Tone::Strong));
    for values in &found.values {
        let side = |value: &Option<crate::engine::explain::Value>| {
            value.as_ref().map_or_else(|| "-".to_owned(), |value| value.display.clone())
        };
        printer.data(&format!("  {:18}{:<38} {}", values.field, side(&values.a), side(&values.b)));
    }
    let percent = found.probability * 100.0;
    printer.data(&format!("one customer? the model says {percent:.0} %   [y]es [n]o [u]nsure [b]ack [q]uit"));
    printer.flush()
}
