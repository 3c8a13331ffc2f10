//! The cells of a few records as they stood in their files, so that people can
//! hold them against what normalising made of them.

use super::record;
use crate::engine::load::Loaded;
use crate::error::Result;
use crate::recognise::ColumnDecision;
use crate::record::Attribute;
use schemars::JsonSchema;
use serde::Serialize;

/// One record as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RawRecord {
    /// `source:record_id`.
    pub name: String,
    /// Those that are not empty, in the order of the file.
    pub cells: Vec<RawCell>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RawCell {
    pub column: String,
    /// What the column was taken for.
    pub attribute: Attribute,
    pub value: String,
}

/// The cells of the records of these names.
///
/// # Errors
/// There is no such record.
pub fn cells(loaded: &Loaded, decisions: &[ColumnDecision], names: &[String]) -> Result<Vec<RawRecord>> {
    names.iter().map(|name| Ok(of_record(loaded, decisions, record(&loaded.keys, name)?))).collect()
}

fn of_record(loaded: &Loaded, decisions: &[ColumnDecision], record: usize) -> RawRecord {
    let at = loaded.rows[record];
    let of_table = decisions.iter().filter(|decision| decision.table == at.table as usize);
    let cells = of_table.filter_map(|decision| {
        let column = &loaded.tables[decision.table].columns[decision.column];
        let value = column.get(at.row as usize).to_owned();
        let cell = RawCell { column: column.name.clone(), attribute: decision.attribute, value };
        (!cell.value.trim().is_empty()).then_some(cell)
    });
    let name = format!("{}:{}", loaded.keys.source(record), loaded.keys.id(record));
    RawRecord { name, cells: cells.collect() }
}
