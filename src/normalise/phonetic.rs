//! Keys by sound, for blocking only: words that sound alike share a key, and
//! many that do not sound alike share it too. Never evidence on their own.

mod cologne;
mod double_metaphone;

pub use cologne::cologne;
pub use double_metaphone::{double_metaphone, double_metaphone_both};
