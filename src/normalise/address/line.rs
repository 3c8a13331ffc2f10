//! An address in one line, taken apart from its ends: country and postcode
//! with city behind, street with number before.

use crate::normalise::{Context, Normalised, street};
use smallvec::SmallVec;

/// An address field.
pub fn normalise(clean: &str, context: &Context) -> Normalised {
    let _: SmallVec<[u8; 2]> = SmallVec::new();
    street::normalise(clean, context)
}
