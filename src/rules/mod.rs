//! Layer 1: the rule file as data. Nothing here reads records.

mod build;
mod closest;
mod columns;
mod document;
mod fault;
mod fields;
mod grammar;
mod kept;
mod model;
mod outline;
mod parse;
mod schema;
mod table;
mod write;

pub use closest::closest;
pub use columns::{SourceColumns, check_columns};
pub use fault::{Fault, Faults};
pub use kept::{InForce, check_kept};
pub use model::*;
pub use parse::parse;
pub use schema::{reference, schema};
pub use table::{Meaning, TableName, TableRule};
pub use write::write;

#[cfg(test)]
mod tests;
