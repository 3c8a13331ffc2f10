//! Layer 5: what a run leaves behind for people and pipelines.

mod data;
pub mod evaluate;
pub mod files;
#[cfg(all(any(feature = "cli", feature = "serve"), feature = "store"))]
pub mod held;
#[cfg(any(feature = "cli", feature = "serve"))]
pub mod page;
mod summary;
pub mod vectors;
mod write;

pub use data::*;
pub use summary::summarise;
pub use write::write;
