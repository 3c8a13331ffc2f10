//! Turns comparison vectors into match weights, and learns what they weigh.

mod hub;
mod model;
mod prior;
mod rarity;
mod refine;
mod train;
mod weigh;

pub use hub::people_likely_max;
pub use model::{Class, ComparisonModel, FORMAT_VERSION, LEVELS, Model, Refinement, Training};
pub use rarity::{Rarity, Seen, group as rarity_group};
pub use refine::{Labelled, refine};
pub use train::{Counted, Evidence, Frequencies, train};
pub use weigh::{Weigher, Weight};
