//! Layer 0: what a record is, before and after normalising.

mod attribute;
mod dictionary;
mod hub;
mod normal;
mod table;

pub use attribute::Attribute;
pub use dictionary::{ABSENT, Code, Dictionary};
pub use hub::Hub;
pub use normal::{Field, NormalColumn, NormalRecords, RecordKeys, Verdict};
pub use table::{Quarantined, RawColumn, Table};
