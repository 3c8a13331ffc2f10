//! The batch run, end to end: inputs in, customers out. It decides nothing
//! itself; each stage does, and this file says in which order they come.

use super::budget::Budget;
use super::clustering::{self, Clusters};
use super::customer_id::customer_id;
use super::explain::raw::{self, RawRecord};
use super::golden::Golden;
use super::load::{self, IdColumn, Input, LoadOptions, Loaded};
use super::matching::{Matcher, Pair};
use super::progress::Progress;
use super::stage::{Stage, Stages};
use super::thresholds::{Band, Bits};
use super::{HubMarks, Reading, Surroundings, machine};
use crate::compare::Vector;
use crate::error::{Error, Result};
use crate::judgement::Label;
use crate::normalise::Tables;
use crate::recognise::{self, ColumnDecision};
use crate::record::{Attribute, NormalRecords, Quarantined, Table};
use crate::rules::{self, Rules, SourceColumns};
use crate::score::Model;
use compact_str::CompactString;
use rayon::prelude::*;
use std::path::PathBuf;

/// What a batch run is asked to do.
#[derive(Debug, Clone, Default)]
pub struct UnifyRequest {
    pub inputs: Vec<Input>,
    pub load: LoadOptions,
    pub rules: Rules,
    /// A model to use instead of training one.
    pub model: Option<Model>,
    /// Whether the records as they came are wanted beside the outcome.
    pub keep_raw: bool,
    /// Where `rules` come from, if from a file: what it names is held against
    /// the inputs, with the place in the file.
    pub rule_file: Option<RuleFile>,
    /// Records (`source:record_id`) whose cells are kept as they were read, to
    /// be shown. Of all others only what normalising makes of them is kept.
    pub shown: Vec<String>,
    /// What stewards judged, the latest last.
    pub labels: Vec<Label>,
    /// Bytes that may be held. `None` is three quarters of the machine's memory,
    /// or of the process's control group's.
    pub memory_max: Option<u64>,
    /// A folder for what would be more than may be held; `None` refuses it.
    pub scratch: Option<PathBuf>,
    /// What another matcher weighs comparison vectors, in bits, in place of the
    /// model: for measuring what blocking and clustering leave to win.
    pub vector_weights: Vec<(Vector, f32)>,
}

/// A rule file's text, for messages about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    pub path: PathBuf,
    pub text: String,
}

/// One column and what it was taken for.
#[derive(Debug, Clone, PartialEq)]
pub struct RecognisedColumn {
    pub source: String,
    pub column: String,
    pub decision: ColumnDecision,
}

/// The records as they came, and what normalising them read of the data as a
/// whole.
pub struct Raw {
    pub loaded: Loaded,
    pub decisions: Vec<ColumnDecision>,
    pub surroundings: Surroundings,
}

/// Everything a run found out.
pub struct Outcome<'a> {
    pub records: &'a NormalRecords,
    pub matcher: &'a Matcher<'a>,
    /// Pairs worth telling of, sorted by their records.
    pub pairs: Vec<Pair>,
    pub bits: Bits,
    pub clusters: Clusters,
    pub golden: Golden,
    /// Per customer.
    pub customer_ids: Vec<CompactString>,
    pub columns: Vec<RecognisedColumn>,
    pub id_columns: Vec<IdColumn>,
    pub default_country: Option<String>,
    pub quarantine: Vec<Quarantined>,
    /// The records that the request wants shown, in its order.
    pub shown: Vec<RawRecord>,
    /// What stewards judged, the latest last.
    pub labels: &'a [Label],
    /// Customers of more records than this are put to review.
    pub size_review: Option<u32>,
    pub stages: Vec<Stage>,
    /// Where asked for.
    pub raw: Option<Raw>,
}

/// The inputs, read and normalised.
pub struct Prepared {
    pub records: NormalRecords,
    pub columns: Vec<RecognisedColumn>,
    pub id_columns: Vec<IdColumn>,
    pub default_country: Option<String>,
    pub quarantine: Vec<Quarantined>,
    pub shown: Vec<RawRecord>,
    pub stages: Stages,
    /// Where asked for.
    pub raw: Option<Raw>,
}

/// Merges the inputs and hands what was found to `finish`.
///
/// # Errors
/// Inputs that cannot be read or hold nothing to match by, and what `finish`
/// returns.
pub fn unify<T>(
    request: &UnifyRequest,
    progress: &dyn Progress,
    finish: impl FnOnce(&Outcome) -> Result<T>,
) -> Result<T> {
    let mut budget = Budget::new(request.memory_max, request.scratch.clone());
    let mut prepared = prepare_within(&mut budget, request, progress)?;
    let mut stages = std::mem::take(&mut prepared.stages);
    let records = &prepared.records;
    let size = records.len() as u64;
    budget.before_blocking(records, progress)?;
    let mut matcher = stages.run(progress, "block and train", "records", size, || {
        Matcher::new(records, &request.rules, request.model.clone(), None)
    });
    stages.split(std::mem::take(&mut matcher.stages));
    budget.before_comparing(&matcher, progress)?;
    take_labels(&mut matcher, request, progress);
    matcher.told = request.vector_weights.iter().copied().collect();
    let bits = Bits::new(&request.rules.thresholds);
    let forecast = matcher.blocks.pairs_forecast();
    progress.note(&format!(
        "at most {forecast} pairs to compare, {:.1} per record",
        forecast as f64 / records.len().max(1) as f64
    ));
    let pairs = stages.run(progress, "compare", "pairs", size, || matcher.pairs(bits, progress));
    stages.set_items(matcher.compared);
    budget.after_stage()?;
    // What was tried and kept until now was in pieces too small to go by themselves.
    machine::give_back_small();
    let clusters = stages.run(progress, "cluster", "pairs", pairs.len() as u64, || {
        clustering::cluster(&matcher, &pairs, bits.link, request.rules.without)
    });
    if let Some(largest) = clusters.too_large.first() {
        progress.note(&format!(
            "{} groups of linked records were too large to weigh whole (the largest of {largest}) and were cut at their weakest links",
            clusters.too_large.len()
        ));
    }
    let golden = stages.run(progress, "golden", "records", size, || {
        Golden::new(records, &clusters.leader_of, &request.rules)
    });
    budget.after_stage()?;
    let id = |customer| customer_id(&records.keys, golden.members(customer)[0] as usize).into();
    let customer_ids = (0..golden.len()).into_par_iter().map(id).collect();
    let outcome = Outcome {
        records,
        matcher: &matcher,
        pairs,
        bits,
        clusters,
        customer_ids,
        golden,
        columns: prepared.columns,
        id_columns: prepared.id_columns,
        default_country: prepared.default_country,
        quarantine: prepared.quarantine,
        shown: prepared.shown,
        labels: &request.labels,
        size_review: request.rules.cluster.size_review,
        stages: stages.finish(),
        raw: prepared.raw,
    };
    finish(&outcome)
}

/// Takes the request's labels, and says what became of them.
fn take_labels(matcher: &mut Matcher, request: &UnifyRequest, progress: &dyn Progress) {
    if request.labels.is_empty() {
        return;
    }
    let taken = matcher.take_labels(&request.labels, request.rules.model.learn);
    let moved =
        if taken.refined { "they refine the weights" } else { "the weights foretell them as they are" };
    progress.note(&format!("{} pairs are judged; {moved}", taken.pairs));
    if taken.unknown > 0 {
        progress.note(&format!("labels that name records which are not in the inputs: {}", taken.unknown));
    }
}

/// Reads, recognises and normalises the inputs.
///
/// # Errors
/// As [`unify`].
pub fn prepare(request: &UnifyRequest, progress: &dyn Progress) -> Result<Prepared> {
    prepare_within(&mut Budget::new(request.memory_max, None), request, progress)
}

fn prepare_within(budget: &mut Budget, request: &UnifyRequest, progress: &dyn Progress) -> Result<Prepared> {
    budget.before_reading(&request.inputs, progress)?;
    let mut stages = Stages::default();
    let mut options = request.load.clone();
    options.told.clone_from(&request.rules.columns);
    let mut loaded: Loaded =
        stages.run(progress, "read", "records", 0, || load::load(&request.inputs, &options))?;
    stages.set_items(loaded.rows.len() as u64);
    let sizes = request.inputs.iter().map(|input| input.path.metadata().map_or(0, |file| file.len()));
    stages.set_bytes(sizes.sum());
    if let Some(file) = &request.rule_file {
        rules::check_columns(&file.text, &file.path, &source_columns(&loaded))?;
    }
    let tables = Tables::new(&request.rules.tables);
    let (decisions, default_country) = stages.run(progress, "recognise", "columns", 0, || {
        let mut decisions = recognise::recognise(&loaded.tables, &request.rules, &tables);
        keep_out_names(&mut decisions, &loaded);
        let country = recognise::default_country(&loaded.tables, &decisions);
        (decisions, country)
    });
    stages.set_items(decisions.len() as u64);
    if !decisions.iter().any(|decision| decision.attribute.is_evidence()) {
        return Err(nothing_recognised(&loaded.tables));
    }
    let shown = raw::cells(&loaded, &decisions, &request.shown)?;
    budget.before_normalising(&loaded, progress)?;
    let keys = std::mem::take(&mut loaded.keys);
    let size = keys.len() as u64;
    let known_hubs = request.model.as_ref().map(|model| model.hubs.clone());
    let (mut records, surroundings) = stages.run(progress, "normalise", "records", size, || {
        let default_country = default_country.as_deref();
        let marks = known_hubs.as_deref().map(HubMarks::new);
        let reading = Reading { rules: &request.rules, tables: &tables, default_country };
        super::normalise_all(&loaded, keys, &decisions, reading, marks.as_ref(), None)
    });
    if let Some(hubs) = known_hubs {
        records.hubs = hubs;
    }
    let named = |decision: ColumnDecision| RecognisedColumn {
        source: loaded.tables[decision.table].source.clone(),
        column: loaded.tables[decision.table].columns[decision.column].name.clone(),
        decision,
    };
    let columns = decisions.iter().cloned().map(named).collect();
    Ok(Prepared {
        records,
        columns,
        id_columns: loaded.id_columns.clone(),
        default_country,
        quarantine: std::mem::take(&mut loaded.quarantine),
        shown,
        stages,
        raw: request.keep_raw.then_some(Raw { loaded, decisions, surroundings }),
    })
}

/// The columns of every source.
fn source_columns(loaded: &Loaded) -> Vec<SourceColumns> {
    let mut found = Vec::new();
    for (table, source_column) in loaded.tables.iter().zip(&loaded.source_columns) {
        let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        let named = source_column.and_then(|at| table.columns.get(at)).map(|column| column.values.iter());
        match named {
            Some(sources) => {
                found.extend(
                    sources
                        .map(|source| SourceColumns { source: source.to_owned(), columns: columns.clone() }),
                );
            }
            None => found.push(SourceColumns { source: table.source.clone(), columns }),
        }
    }
    found
}

/// The columns that name records and sources are never evidence, whatever
/// their values look like.
fn keep_out_names(decisions: &mut [ColumnDecision], loaded: &Loaded) {
    for decision in decisions {
        if loaded.id_columns[decision.table].column == Some(decision.column) {
            decision.attribute = Attribute::RecordId;
            decision.reason = "names the record".to_owned();
        }
        if loaded.source_columns[decision.table] == Some(decision.column) {
            decision.attribute = Attribute::Source;
            decision.reason = "names the source".to_owned();
        }
    }
}

fn nothing_recognised(tables: &[Table]) -> Error {
    let columns: Vec<String> = tables
        .iter()
        .flat_map(|table| table.columns.iter().map(|column| format!("`{}`", column.name)))
        .take(12)
        .collect();
    Error::failed("no column holds anything that customers can be matched by").with_hint(format!(
        "the columns are {}; say what they hold in a rule file that you pass with `--rules`",
        columns.join(", ")
    ))
}

impl Outcome<'_> {
    /// Where each pair belongs.
    pub fn bands(&self) -> Vec<Band> {
        self.pairs.par_iter().with_min_len(4096).map(|pair| self.band(pair)).collect()
    }

    /// Where a pair belongs: in one customer, before a steward, or nowhere.
    pub fn band(&self, pair: &Pair) -> Band {
        let customer = self.golden.customer_of[pair.a as usize];
        let together = customer == self.golden.customer_of[pair.b as usize];
        let size = self.golden.members(customer as usize).len();
        let is_large = self.size_review.is_some_and(|most| size > most as usize);
        let bits = clustering::decided(self.matcher, pair, self.bits.link);
        let asked = self.matcher.decision(pair) == Some(crate::rules::Decision::Review);
        match together {
            // So large a customer is worth a look, however sure its links.
            true if is_large => Band::Review,
            true if bits >= self.bits.link => Band::Link,
            // Linked by others, doubtful on its own; or linked and kept apart.
            false if bits >= self.bits.review || asked => Band::Review,
            _ => Band::None,
        }
    }
}
