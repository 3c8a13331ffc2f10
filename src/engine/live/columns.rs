//! What columns hold under another rule file: those whose rule changed mean what
//! they are told, or what their values say where nobody tells any more; all
//! others mean what they meant. And what a draft asks for that the model in
//! force cannot give.

use super::bundle::Bundle;
use super::intake::Intake;
use super::layout::{Layout, LayoutColumn, Layouts};
use crate::compare;
use crate::error::Result;
use crate::normalise::Tables;
use crate::recognise;
use crate::record::Field;
use crate::rules::{self, ColumnRule, Faults, InForce, Rules, SourceColumns};
use crate::store::{Store, TermKind};
use hashbrown::HashMap;
use std::path::Path;

/// The layouts of `bundle` as `rules` tell them.
///
/// # Errors
/// The store cannot be read.
pub fn told(store: &Store, bundle: &Bundle, rules: &Rules) -> Result<Layouts> {
    let retold = |source: &str, column: &str| {
        rule_for(&bundle.rules, source, column) != rule_for(rules, source, column)
    };
    let all = bundle.layouts.layouts.iter();
    let named = all.flat_map(|layout| {
        layout
            .sources
            .iter()
            .flat_map(|source| layout.columns.iter().map(move |column| (source, &column.name)))
    });
    let changed = named.filter(|(source, column)| retold(source, column)).count();
    if changed == 0 {
        return Ok(bundle.layouts.clone());
    }
    let decided = decide(store, bundle, rules)?;
    let mut layouts: Vec<Layout> = Vec::new();
    for layout in &bundle.layouts.layouts {
        for source in &layout.sources {
            let tell = |column: &LayoutColumn| match decided.get(&(source.clone(), column.name.clone())) {
                Some(told) if retold(source, &column.name) => told.clone(),
                _ => column.clone(),
            };
            let columns: Vec<LayoutColumn> = layout.columns.iter().map(tell).collect();
            match layouts.last_mut().filter(|last| last.columns == columns) {
                Some(last) => last.sources.push(source.clone()),
                None => layouts.push(Layout { sources: vec![source.clone()], columns }),
            }
        }
    }
    Ok(Layouts { layouts })
}

/// What every column holds under `rules`, by the records in the store.
fn decide(store: &Store, bundle: &Bundle, rules: &Rules) -> Result<HashMap<(String, String), LayoutColumn>> {
    let (intake, _) = Intake::of_store(store, bundle)?;
    let tables = intake.tables();
    let decisions = recognise::recognise(&tables, rules, &Tables::new(&rules.tables));
    let decided = decisions.into_iter().filter_map(|decision| {
        let table = tables.get(decision.table)?;
        let name = table.columns.get(decision.column)?.name.clone();
        let (attribute, label, date_order) = (decision.attribute, decision.label, decision.date_order);
        let column = LayoutColumn { name: name.clone(), attribute, label, date_order };
        Some(((table.source.clone(), name), column))
    });
    Ok(decided.collect())
}

fn rule_for<'r>(rules: &'r Rules, source: &str, column: &str) -> Option<&'r ColumnRule> {
    let named = |of: Option<&str>| {
        rules.columns.iter().find(|rule| rule.column == column && rule.source.as_deref() == of)
    };
    named(Some(source)).or_else(|| named(None))
}

/// Holds a sound rule file against the store: what it names must be there, and
/// what it asks for must come about. `learns`: the model is learned anew with it.
///
/// # Errors
/// Everything in it that would silently do nothing.
pub fn check(
    store: &Store,
    bundle: &Bundle,
    text: &str,
    origin: &Path,
    learns: bool,
) -> std::result::Result<(), Faults> {
    let before = &bundle.rules;
    if store.counters.records > 0 {
        rules::check_columns(text, origin, &known_columns(store, bundle))?;
    }
    if learns {
        return Ok(());
    }
    let compared: Vec<&str> =
        bundle.model.comparisons.iter().map(|comparison| comparison.name.as_str()).collect();
    let is_compared = |rule: &ColumnRule| {
        let field = Field::labelled(rule.attribute, rule.label.clone().unwrap_or_default());
        let calls_for = compare::plan(&[field]);
        let there = |wanted: &compare::Comparison| {
            let place = wanted.name == "place" && compared.contains(&"address");
            place || compared.contains(&wanted.name.as_str())
        };
        before.columns.contains(rule) || calls_for.iter().all(there)
    };
    let in_force = InForce { rules: before, compared: &compared, is_compared: &is_compared };
    rules::check_kept(text, origin, &in_force, bundle.model.keys == before.blocking.keys)
}

/// The columns of every source: those there were when the layouts were frozen,
/// those that came later, and those that the rules in force name already.
fn known_columns(store: &Store, bundle: &Bundle) -> Vec<SourceColumns> {
    let in_layout = |name: &str| {
        let all = bundle.layouts.layouts.iter().flat_map(|layout| &layout.columns);
        all.into_iter().any(|column| column.name == name)
    };
    let later: Vec<&String> =
        store.terms.all(TermKind::Column).iter().filter(|name| !in_layout(name)).collect();
    let named = bundle.rules.columns.iter();
    let mut sources: Vec<String> = store.terms.all(TermKind::Source).to_vec();
    sources.extend(bundle.rules.sources.iter().map(|rule| rule.name.clone()));
    sources.extend(named.clone().filter_map(|rule| rule.source.clone()));
    sources.sort_unstable();
    sources.dedup();
    let of_source = |source: String| {
        let frozen = bundle.layouts.of_source(&source).into_iter().map(|column| column.name);
        let told = named.clone().filter(|rule| rule.source.as_ref().is_none_or(|of| *of == source));
        let told = told.map(|rule| rule.column.clone());
        let columns = frozen.chain(later.iter().map(|name| (*name).clone())).chain(told).collect();
        SourceColumns { source, columns }
    };
    sources.into_iter().map(of_source).collect()
}
