//! A value that improbably many different people hold, found in the data: the
//! call centre's phone number, the address of a branch, 1 January 1970. How
//! one is found is the engine's concern.

use super::normal::Field;
use serde::{Deserialize, Serialize};

/// One such value. A model keeps those it was learned with, so that later
/// records are held against the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hub {
    /// The fields that hold it: one, or the parts of an address or a name.
    pub fields: Vec<Field>,
    /// Its comparison forms, in the order of `fields`.
    pub values: Vec<String>,
    /// Different people among the records that hold it.
    pub people: u32,
    /// Up to so many people would be likely, as other values of the data go.
    pub people_likely_max: u32,
    pub records: u32,
}

impl Hub {
    /// The name in reports: the field's, or the one of what its parts make.
    pub fn name(&self) -> &str {
        use super::Attribute as A;
        match self.fields.as_slice() {
            [only] => only.name(),
            [first, ..] if first.attribute == A::Street => A::Address.name(),
            _ => A::FullName.name(),
        }
    }
}
