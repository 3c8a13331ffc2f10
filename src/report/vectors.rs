//! The compared pairs as comparison vectors, for measuring what another matcher
//! makes of the same evidence. Not a result: no command shows it in its help.

use super::files::OutputFolder;
use crate::engine::unify::Outcome;
use crate::error::Result;
use std::fmt::Write;

/// Writes `vectors.csv` into the folder: `a,b,vector,weight`, the records as
/// rows of the crosswalk from 0, the vector in hexadecimal digits, the last one
/// its first comparison.
///
/// # Errors
/// The folder cannot be written to.
pub fn write(outcome: &Outcome, folder: &OutputFolder) -> Result<()> {
    let matcher = outcome.matcher;
    let mut text = String::from("a,b,vector,weight\n");
    for block in 0..matcher.blocks.len() {
        matcher.blocks.pairs(
            block,
            |_| true,
            |a, b| {
                if matcher.is_allowed(a, b) {
                    let pair = matcher.weigh(a, b);
                    let weight = pair.weight.bits;
                    // Writing to a string does not fail.
                    let _ = writeln!(text, "{a},{b},{:x},{weight:.2}", pair.vector.0);
                }
            },
        );
    }
    folder.write("vectors.csv", text.as_bytes()).map(|_| ())
}
