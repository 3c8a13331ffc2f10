//! Any bytes as an input file: every row met must be kept or quarantined.
//! `tests/fuzz_ingest.rs` makes the same check without a fuzzer.

#![no_main]

use einklang::ingest::{self, Reader};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let path = Path::new("fuzzed.csv");
    let Ok(mut reader) = Reader::from_bytes(path, bytes.to_vec()) else { return };
    reader.set_block_bytes(64);
    let Ok((table, faults)) = ingest::read(reader, "fuzzed", path) else { return };
    let mut rows: Vec<u64> = table.row_numbers.iter().copied().chain(faults.iter().map(|fault| fault.row)).collect();
    rows.sort_unstable();
    assert!(rows.iter().copied().eq(1..=rows.len() as u64), "a row is lost or met twice");
});
