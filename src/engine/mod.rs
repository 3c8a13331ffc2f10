//! Layer 4: runs the pure stages over whole inputs, on all threads. The only
//! layer that names rayon.

mod birth_date;
pub mod clustering;
pub mod load;
pub mod matching;
mod normalise;
mod time;
pub mod unify;
mod weights;

pub use normalise::normalise_all;
