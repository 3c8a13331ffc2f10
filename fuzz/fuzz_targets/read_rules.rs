//! Any text as a rule file: rules that are written as they are read, or faults
//! that have a place and can be shown. `tests/fuzz_rules.rs` makes the same
//! check without a fuzzer.

#![no_main]

use einklang::rules;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|text: &str| {
    match rules::parse(text, Path::new("fuzzed.toml")) {
        Ok(rules) => {
            let again = rules::parse(&rules::write(&rules, &[]), Path::new("written.toml"));
            assert_eq!(again.as_ref(), Ok(&rules), "what is written reads otherwise");
        }
        Err(faults) => {
            let shown = faults.render(false);
            for fault in faults.iter() {
                let (line, column) = faults.place(fault);
                assert!(line >= 1 && column >= 1 && line <= text.split('\n').count());
            }
            assert!(!shown.is_empty());
        }
    }
});
