//! What the columns of each source hold, frozen: a column means the same
//! whatever records it comes with. Deciding it from data is `recognise`'s work.

use crate::recognise::{self, ColumnDecision};
use crate::record::{Attribute, Table};
use crate::rules::{DateOrder, Rules};

/// The layouts of all inputs that a model was learned from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layouts {
    pub layouts: Vec<Layout>,
}

/// The columns of some sources, in the order in which they are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    pub sources: Vec<String>,
    pub columns: Vec<LayoutColumn>,
}

/// What one column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutColumn {
    pub name: String,
    pub attribute: Attribute,
    pub label: String,
    pub date_order: Option<DateOrder>,
}

impl Layouts {
    /// The layouts that `decisions` make of `tables`; `sources_of` names the
    /// sources of a table.
    pub fn new(
        tables: &[Table],
        decisions: &[ColumnDecision],
        sources_of: impl Fn(usize) -> Vec<String>,
    ) -> Self {
        let mut result = Self::default();
        for (at, table) in tables.iter().enumerate() {
            let columns = decisions.iter().filter(|decision| decision.table == at).map(|decision| {
                let name = table.columns.get(decision.column).map_or("", |column| column.name.as_str());
                LayoutColumn {
                    name: name.to_owned(),
                    attribute: decision.attribute,
                    label: decision.label.clone(),
                    date_order: decision.date_order,
                }
            });
            result.layouts.push(Layout { sources: sources_of(at), columns: columns.collect() });
        }
        result
    }

    /// What the columns of `source` hold: as frozen, the inputs in their order.
    pub fn of_source(&self, source: &str) -> Vec<LayoutColumn> {
        let known = |layout: &&Layout| layout.sources.iter().any(|name| name == source);
        let mut found: Vec<LayoutColumn> = Vec::new();
        for column in self.layouts.iter().filter(known).flat_map(|layout| &layout.columns) {
            if found.iter().all(|other| other.name != column.name) {
                found.push(column.clone());
            }
        }
        found
    }

    /// What a column holds that `source` did not have when the layouts were
    /// frozen: as the rule file says, as in another source, as its name says.
    pub fn new_column(&self, source: &str, name: &str, rules: &Rules) -> LayoutColumn {
        let told = rules
            .columns
            .iter()
            .any(|rule| rule.column == name && rule.source.as_deref().is_none_or(|of| of == source));
        let elsewhere = self.layouts.iter().flat_map(|layout| &layout.columns);
        match elsewhere.into_iter().find(|column| column.name == name).filter(|_| !told) {
            Some(column) => column.clone(),
            None => {
                let (attribute, label) = recognise::by_name(source, name, rules);
                LayoutColumn { name: name.to_owned(), attribute, label, date_order: None }
            }
        }
    }
}
