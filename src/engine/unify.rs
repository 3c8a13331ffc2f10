//! The batch run, end to end: inputs in, customers out.

use super::clustering::{self, Clusters};
use super::load::{self, Input, LoadOptions, Loaded};
use super::matching::{Matcher, Pair};
use crate::error::Result;
use crate::recognise;
use crate::record::NormalRecords;
use crate::rules::Rules;

pub fn experiment(inputs: &[Input], options: &LoadOptions, rules: &Rules, link_only: bool) -> Result<()> {
    let time = std::time::Instant::now();
    let lap = |what: &str| eprintln!("{:7.2}s {what}", time.elapsed().as_secs_f32());
    let mut loaded: Loaded = load::load(inputs, options)?;
    lap("load");
    let decisions = recognise::recognise(&loaded.tables, rules);
    for decision in &decisions {
        eprintln!("  {:?} {} {:?} {} | {}", decision.table, loaded.tables[decision.table].columns[decision.column].name, decision.attribute, decision.label, decision.reason);
    }
    let country = recognise::default_country(&loaded.tables, &decisions);
    eprintln!("  country {country:?}");
    let keys = std::mem::take(&mut loaded.keys);
    let records: NormalRecords = super::normalise_all(&loaded, keys, &decisions, rules, country.as_deref());
    drop(loaded);
    lap("normalise");
    let mut matcher = Matcher::new(&records, rules, link_only, None);
    lap("train");
    eprintln!("pairs {:?} rounds {} converged {}", matcher.model.pairs, matcher.model.training.rounds, matcher.model.training.converged);
    for (comparison, weights) in matcher.model.comparisons.iter().zip(&matcher.model.weights) {
        eprintln!("  {}", comparison.name);
        for (class, levels) in weights.levels.iter().enumerate() {
            eprintln!("    {class} {}", levels.iter().map(|level| format!("{level:9.6}")).collect::<Vec<_>>().join(" "));
        }
        eprintln!("    chance {:.3?}", weights.chance);
    }
    let threshold = rules.thresholds.link.unwrap_or(0.5);
    let link_bits = (threshold / (1.0 - threshold)).log2() as f32;
    let pairs: Vec<Pair> = matcher.pairs(link_bits);
    lap("pairs");
    eprintln!("compared {} kept {}", matcher.compared, pairs.len());
    for key in &matcher.key_reports {
        eprintln!("  {:60} {:9} {:9} {:8} {}", key.name, key.pairs, key.new_pairs, key.new_links, if key.left_out { "LEFT OUT" } else { "" });
    }
    eprintln!("oversized {}", matcher.blocks.oversized.len());
    let clusters: Clusters = clustering::cluster(&matcher, &pairs, link_bits);
    lap("cluster");
    eprintln!("too large {:?} closed {}", clusters.too_large, clusters.closed);
    let mut out = String::from("source,record_id,customer_id\n");
    for record in 0..records.len() {
        use std::fmt::Write;
        let _ = writeln!(out, "{},{},{}", records.keys.source(record), records.keys.id(record), clusters.leader_of[record]);
    }
    std::fs::write("/tmp/crosswalk.csv", out).map_err(|error| crate::error::Error::failed(error.to_string()))?;
    let mut out = String::new();
    for pair in &pairs {
        use std::fmt::Write;
        let _ = writeln!(out, "{},{},{},{}", records.keys.id(pair.a as usize), records.keys.id(pair.b as usize), pair.weight.bits, pair.weight.evidence);
    }
    std::fs::write("/tmp/pairs.csv", out).map_err(|error| crate::error::Error::failed(error.to_string()))?;
    Ok(())
}
