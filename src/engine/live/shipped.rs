//! The model that an empty store begins with: learned from the channel records
//! of `testdata/channels`, with their value frequencies, and nothing else.
//! `tests/shipped_model.rs` writes it anew.

use super::bundle::{Bundle, Ready};
use super::layout::Layouts;
use crate::compare::{Frequencies, ValueCounts, Words};
use crate::engine::{NameWords, Surroundings, weights};
use crate::error::{Error, Result};
use crate::normalise::Tables;
use crate::record::Field;
use crate::rules::Rules;
use crate::score::Model;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

const TEXT: &str = include_str!("shipped-model.json");

/// The file's form: what a bundle has, but for rules and layouts.
#[derive(Serialize, Deserialize)]
struct Shipped {
    model: Model,
    country: Option<String>,
    fields: Vec<Field>,
    composes_birth_date: bool,
    /// By hash: records with the word as given and as family name.
    names: Option<BTreeMap<u64, [u32; 2]>>,
    frequencies: Vec<Counts>,
}

#[derive(Serialize, Deserialize)]
struct Counts {
    values: BTreeMap<u64, u32>,
    words: BTreeMap<u64, u32>,
    total: u32,
}

/// The shipped model under these rules.
///
/// # Errors
/// The shipped file is damaged.
pub fn bundle(rules: Rules) -> Result<Bundle> {
    let shipped: Shipped = serde_json::from_str(TEXT)
        .map_err(|error| Error::failed(format!("the shipped model cannot be read: {error}")))?;
    let mut model = shipped.model;
    weights::apply(&mut model, &rules);
    let hashed = |counts: BTreeMap<u64, u32>| counts.into_iter().collect::<HashMap<_, _>>();
    let comparisons = shipped.frequencies.into_iter().map(|counts| ValueCounts {
        values: hashed(counts.values),
        words: Arc::new(Words { counts: hashed(counts.words), total: counts.total }),
    });
    Ok(Bundle {
        version: 1,
        tables: Tables::new(&rules.tables),
        rules,
        model,
        layouts: Layouts::default(),
        default_country: shipped.country,
        surroundings: Surroundings {
            fields: shipped.fields,
            names: shipped.names.map(|names| NameWords { counts: names.into_iter().collect() }),
            composes_birth_date: shipped.composes_birth_date,
        },
        frequencies: Frequencies { comparisons: comparisons.collect() },
        ready: Ready::default(),
    })
}

/// The text that ships a bundle's model.
///
/// # Errors
/// It cannot be spelled as JSON.
pub fn text_of(bundle: &Bundle) -> Result<String> {
    let sorted = |counts: &HashMap<u64, u32>| counts.iter().map(|(hash, count)| (*hash, *count)).collect();
    let names = bundle.surroundings.names.as_ref();
    let frequencies = bundle.frequencies.comparisons.iter().map(|counts| Counts {
        values: sorted(&counts.values),
        words: sorted(&counts.words.counts),
        total: counts.words.total,
    });
    let shipped = Shipped {
        model: bundle.model.clone(),
        country: bundle.default_country.clone(),
        fields: bundle.surroundings.fields.clone(),
        composes_birth_date: bundle.surroundings.composes_birth_date,
        names: names.map(|names| names.counts.iter().map(|(hash, counts)| (*hash, *counts)).collect()),
        frequencies: frequencies.collect(),
    };
    serde_json::to_string(&shipped).map_err(|error| Error::failed(format!("cannot write JSON: {error}")))
}
