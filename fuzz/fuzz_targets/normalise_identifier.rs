//! IBANs, VAT ids and other identifiers. `checks.rs` says what must hold.

#![no_main]

#[allow(dead_code)]
#[path = "../checks.rs"]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| checks::identifier(&String::from_utf8_lossy(bytes)));
