//! Names of persons: given, family and whole names, titles and suffixes.
//! Which names are forms of one another is `nickname`'s concern.

mod around;
mod family;
mod full;
mod given;
mod particle;
mod suffix;
mod title;
mod words;

pub use full::full_name;
pub use title::is_title_word;

pub(super) use family::family_name;
pub(super) use given::given_name;
pub(super) use suffix::name_suffix;
pub(super) use title::title;
