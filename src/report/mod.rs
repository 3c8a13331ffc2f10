//! Layer 5: what a run leaves behind for people and pipelines.

pub mod evaluate;
pub mod files;
