//! Learns a new model from the records of a store, as a batch over them would,
//! and freezes it with all that it depends on. Whether and how it comes into
//! force is `adopt`'s work.

use super::bundle::{Bundle, Ready};
use super::gather::Gathered;
use super::intake::Intake;
use super::judge;
use crate::engine::matching::Matcher;
use crate::engine::weights;
use crate::error::{Error, Result};
use crate::normalise::Tables;
use crate::rules::Rules;
use crate::store::Store;

/// The bundle that the store's records teach under `rules`, corrected by the
/// judgements on them; its version is the next.
///
/// # Errors
/// The store cannot be read, or has no records.
pub fn retrain(store: &Store, bundle: &Bundle, rules: Rules) -> Result<Bundle> {
    if store.counters.records < 2 {
        return Err(Error::failed("there is nothing to learn from in the store")
            .with_hint("put records in with `einklang upsert` first"));
    }
    let (intake, numbers) = Intake::of_store(store, bundle)?;
    let (records, surroundings) = intake.learn(&rules);
    let gathered = Gathered::from_parts(records, numbers);
    let mut matcher = Matcher::new(&gathered.records, &rules, None, None);
    matcher.judged = judge::of_records(store, &gathered);
    if rules.model.learn && !matcher.judged.is_empty() {
        matcher.refine();
    }
    Ok(Bundle {
        version: next_version(store, bundle)?,
        frequencies: matcher.comparators.frequencies(),
        model: matcher.model.clone().into_owned(),
        layouts: bundle.layouts.clone(),
        default_country: bundle.default_country.clone(),
        surroundings,
        tables: Tables::new(&rules.tables),
        rules,
        ready: Ready::default(),
    })
}

/// The bundle with other rules and the same model.
///
/// # Errors
/// The store cannot be read.
pub fn with_rules(store: &Store, bundle: &Bundle, rules: Rules) -> Result<Bundle> {
    let tables = Tables::new(&rules.tables);
    let mut changed = Bundle { version: next_version(store, bundle)?, tables, rules, ..bundle.clone() };
    weights::apply(&mut changed.model, &changed.rules);
    Ok(changed)
}

/// A bundle that was in force before, to be taken into force again.
///
/// # Errors
/// There is no such version.
pub fn former_version(store: &Store, bundle: &Bundle, version: u32) -> Result<Bundle> {
    if !Bundle::is_there(store, version)? {
        return Err(Error::usage(format!("the store has no model version {version}"))
            .with_hint(format!("the version in force is {}", bundle.version)));
    }
    Ok(Bundle { version: next_version(store, bundle)?, ..Bundle::of_version(store, version)? })
}

fn next_version(store: &Store, bundle: &Bundle) -> Result<u32> {
    let mut version = bundle.version + 1;
    while Bundle::is_there(store, version)? {
        version += 1;
    }
    Ok(version)
}
