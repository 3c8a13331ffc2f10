//! Layer 1: the rule file as data. Nothing here reads records.

mod model;

pub use model::*;
