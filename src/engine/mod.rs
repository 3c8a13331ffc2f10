//! Layer 4: runs the pure stages over whole inputs, on all threads. The only
//! layer that names rayon.

mod birth_date;
pub mod blocking;
pub mod budget;
pub mod clustering;
mod customer_id;
pub mod estimate;
pub mod explain;
pub mod forecast;
pub mod golden;
mod hubs;
mod key_search;
pub mod labels;
#[cfg(feature = "store")]
pub mod live;
pub mod load;
pub mod machine;
pub mod matching;
mod normalise;
mod owner_names;
pub mod pages;
pub mod progress;
mod sample;
pub mod sampling;
pub mod scratch;
mod seen;
pub mod selection;
pub mod stage;
pub mod threads;
pub mod thresholds;
mod time;
mod training;
pub mod unify;
pub mod vectors;
mod weights;

pub use customer_id::{PATTERN as CUSTOMER_ID_PATTERN, customer_id, is_customer_id};
pub use hubs::HubMarks;
pub use normalise::{Reading, Surroundings, normalise_all};
pub use owner_names::NameWords;
