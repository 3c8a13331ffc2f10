//! The engine over the store: keeps the identity graph current, record by
//! record, in exactly the state that a batch over the same records gives.

mod adopt;
mod apply;
mod appraisal;
mod bundle;
mod columns;
mod compared;
mod copy;
mod customers;
mod decide;
mod derived;
mod desk;
mod erase;
mod gather;
mod graph;
mod identity;
mod impact;
mod inspect;
mod intake;
mod judge;
mod keys;
mod layout;
mod listing;
mod load;
mod migrate;
mod operation;
mod outlook;
mod pin;
mod prepared;
mod probe;
mod propose;
mod reach;
mod relink;
mod replay;
mod retrain;
mod returned;
mod review;
mod rows;
mod ruleset;
mod sampled;
mod scribe;
mod search;
mod shipped;
mod succession;
mod survey;
mod told;
mod tree;
mod verify;
mod warm;
mod witness;

pub use adopt::Adoption;
pub use apply::Worked;
pub use appraisal::{Appraisal, KeyAppraisal, Unlinkable, appraisal};
pub use bundle::Bundle;
pub use compared::Shelf;
pub use copy::{backup, catch_up, follow, restore};
pub use decide::{Decision, Subject, decision_pairs};
pub use desk::{Alternative, Desk, FieldView, LinkView, NeighbourView, desk};
pub use erase::Receipt;
pub use gather::Gathered;
pub use graph::{explain, outcome};
pub use impact::{Contradiction, Fit, Impact, SourceImpact, impact, impact_in_full};
pub use inspect::{
    ChangeView, CustomerView, GoldenView, Holdings, MemberView, PinView, RecordView, Resolved, access,
    changes, customer, history, record,
};
pub use intake::Intake;
pub use judge::{By, Decided, JudgedPair, Name};
pub use layout::{Layout, LayoutColumn, Layouts};
pub use listing::{
    JudgementMade, changes_after, customers_after, history_after, history_before, judgements_from,
    last_change_of,
};
pub use operation::{
    Answer, Change, OPERATION_BYTES_MAX, Operation, Position, checked_fields, checked_name, checked_version,
};
pub use outlook::{Outlook, SAMPLE_RECORDS, outlook};
pub use pin::{NewPin, PINNED_BYTES_MAX, PinMade, PinnedOf, pins_from};
pub use prepared::Prepared;
pub use probe::{Candidate, Evidence, Found, Probe, probe};
pub use propose::{
    Agreed, Approved, FourEyes, ProposalView, ProposedOf, ProposedPair, ProposedPin, proposal, proposals,
};
pub use replay::{Replayed, Until, restore_until};
pub use retrain::{former_version, retrain, with_rules};
pub use review::{
    DoubtKind, NoteView, Queue, ReviewCursor, ReviewFilter, ReviewItem, ReviewPage, review_page, review_queue,
};
pub use rows::let_go;
pub use ruleset::{
    Checked, DiffLine, DraftView, FaultView, NewDraft, VersionView, check_draft, check_rules, diff_lines,
    draft_bundle, drafts, rule_text, rule_versions,
};
pub use sampled::{SampleView, draw, sample};
pub use search::{Hit, search};
pub use shipped::text_of as shipped_text;
pub use succession::{OnItsWay, Succession};
pub use survey::{Survey, survey};
pub use verify::{Difference, Findings, verify};
pub use witness::Foreseen;

use super::machine;
use super::unify::Outcome;
use crate::error::{Error, Result};
use crate::normalise::Tables;
use crate::rules::Rules;
use crate::store::{Faults, Location, Store};
use std::path::Path;
use std::sync::Arc;

/// Makes a store of a run's outcome. The run must have kept its raw records;
/// `now` is the time in microseconds since 1970.
///
/// # Errors
/// There is a store already, or it cannot be written.
pub fn create(location: impl Into<Location>, outcome: &Outcome, rules: &Rules, now: i64) -> Result<()> {
    let location = location.into();
    let raw = outcome.raw.as_ref().ok_or_else(|| Error::failed("the run kept no raw records"))?;
    let bundle = Bundle {
        version: 1,
        rules: rules.clone(),
        tables: Tables::new(&rules.tables),
        model: outcome.matcher.model.clone().into_owned(),
        layouts: load::layouts(&raw.loaded, &raw.decisions),
        default_country: outcome.default_country.clone(),
        surroundings: raw.surroundings.clone(),
        frequencies: outcome.matcher.comparators.frequencies(),
        ready: bundle::Ready::default(),
    };
    check_absent(&location.path)?;
    let part = part_of(&location)?;
    load::load(&part, outcome, &raw.loaded, &bundle, now)?;
    take_place(&part, &location)
}

/// Where a store is made before it takes its place: it is there whole or not at
/// all.
fn part_of(target: &Location) -> Result<Location> {
    let mut name = target.path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = target.path.with_file_name(name);
    if part.exists() {
        std::fs::remove_dir_all(&part).map_err(|error| Error::io("remove", &part, error))?;
    }
    Ok(target.beside(part))
}

fn take_place(part: &Location, target: &Location) -> Result<()> {
    std::fs::rename(&part.path, &target.path).map_err(|error| Error::io("create", &target.path, error))
}

/// Makes an empty store, which follows the shipped model under `rules`.
///
/// # Errors
/// There is a store already, or it cannot be written.
pub fn create_empty(location: impl Into<Location>, rules: Rules) -> Result<()> {
    let bundle = shipped::bundle(rules)?;
    let mut store = Store::create(location)?;
    store.counters.model = bundle.version;
    let mut batch = crate::store::Batch::default();
    bundle.put(&store, &mut batch)?;
    store.put_counters(&mut batch);
    store.db.commit(batch)
}

/// Whether there is a store.
pub fn is_there(location: impl Into<Location>) -> bool {
    location.into().holds_store()
}

/// Fails early where a new store could not be made.
pub fn check_absent(path: &Path) -> Result<()> {
    match is_there(path) {
        false => Ok(()),
        true => Err(Error::failed(format!("there is a store in `{}` already", path.display()))
            .with_hint("`einklang upsert` adds to it; name another folder to begin anew")),
    }
}

/// A store open for changes, and the model that they follow.
pub struct Graph {
    pub store: Store,
    pub bundle: Arc<Bundle>,
    /// Customers that vanish now are erased, not merely gone.
    is_erasing: bool,
    hot: Hot,
    scribe: scribe::Scribe,
}

/// What is remembered between changes, to spare reading it again. Empty after
/// any failure.
#[derive(Default)]
struct Hot {
    warm: warm::Warm,
    trees: tree::Memory,
}

impl Graph {
    /// Opens the store; no other process writes to it meanwhile.
    ///
    /// # Errors
    /// There is none, another process has it, or it has another key.
    pub fn open(location: impl Into<Location>) -> Result<Self> {
        Self::ready(Store::open(location)?)
    }

    /// As [`Graph::open`]; some writes fail as planned, for tests.
    ///
    /// # Errors
    /// As [`Graph::open`], and planned ones.
    pub fn open_failing(location: impl Into<Location>, faults: Arc<Faults>) -> Result<Self> {
        Self::ready(Store::open_failing(location, faults)?)
    }

    fn ready(mut store: Store) -> Result<Self> {
        migrate::migrate(&mut store)?;
        let bundle = Arc::new(Bundle::load(&store)?);
        let mut graph = Self::over(store, bundle);
        graph.complete_pending()?;
        graph.trim_journal(machine::now())?;
        Ok(graph)
    }

    /// A graph over a moment of a store, to try changes out on: what is worked
    /// in stays in memory as long as nobody commits it.
    pub fn trial(store: &Store, bundle: &Arc<Bundle>) -> Self {
        Self::over(store.again(), Arc::clone(bundle))
    }

    fn over(store: Store, bundle: Arc<Bundle>) -> Self {
        Self { store, bundle, is_erasing: false, hot: Hot::default(), scribe: scribe::Scribe::default() }
    }

    /// Ends the work, so that the next to open the store need not wait.
    ///
    /// # Errors
    /// The store cannot be written; what was acknowledged is on disk even so.
    pub fn close(self) -> Result<()> {
        self.store.db.flush()
    }
}

/// Opens a store for reading its rows.
///
/// # Errors
/// There is none, or it has another key.
pub fn read_rows(location: impl Into<Location>) -> Result<Store> {
    Store::open_read_only(location)
}

/// Opens a store for reading, with the model in force.
pub fn read(location: impl Into<Location>) -> Result<(Store, Bundle)> {
    let store = Store::open_read_only(location)?;
    if store.pending()?.is_some() {
        return Err(Error::failed("a change of the whole store was interrupted, or is being made")
            .with_hint(
                "opening it for writing completes the change: `einklang upsert --store DIR < /dev/null`",
            ));
    }
    let bundle = Bundle::load(&store)?;
    Ok((store, bundle))
}
