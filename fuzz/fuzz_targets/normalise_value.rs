//! Any text as a value of any attribute: no normaliser may panic, and what is
//! no evidence has no comparison form. The first byte chooses the attribute,
//! the second the country. `tests/fuzz_normalise.rs` makes the same check
//! without a fuzzer.

#![no_main]

use einklang::normalise::{Context, normalise};
use einklang::record::Attribute;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let [attribute, country, value @ ..] = bytes else { return };
    let Some(&attribute) = Attribute::ALL.get(usize::from(*attribute) % Attribute::ALL.len()) else { return };
    let countries = [None, Some("DE"), Some("AT"), Some("CH"), Some("US"), Some("GB"), Some("NL"), Some("ZZ")];
    let country = countries[usize::from(*country) % countries.len()];
    let value = String::from_utf8_lossy(value);
    let normal = normalise(attribute, &value, &Context { country, ..Context::default() });
    for part in &normal.parts {
        assert!(normal.verdict.is_evidence() || part.canonical.is_empty());
    }
});
