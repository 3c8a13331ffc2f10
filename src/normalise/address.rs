//! Whole addresses in one field, and what stands beside street and number:
//! floors, flats, c/o lines, post boxes.

mod extra;
mod line;
mod postcode_in_line;
mod street_in_line;
mod town;
mod words;

pub(super) use extra::{extra, host_before, post_box};
pub use extra::{is_ordinal, is_unit_word, mentions_unit};
pub(super) use line::normalise;
pub use town::Towns;
