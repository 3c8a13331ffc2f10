//! Any text cleaned, folded and keyed by sound: cleaning twice changes nothing,
//! and a folded text is plain ASCII.

#![no_main]

use einklang::normalise::{phonetic, text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let value = String::from_utf8_lossy(bytes);
    let clean = text::clean(&value);
    assert_eq!(text::clean(&clean), clean);
    let folded = text::fold(&value);
    assert!(folded.is_ascii());
    phonetic::cologne(&folded);
    phonetic::double_metaphone(&folded);
});
