//! How far two free texts agree: organisations, occupations, places, whatever
//! a column holds that has no comparator of its own.

use super::metric::{edits, jaro_winkler};
use crate::rules::Level;

/// Compares folded texts that are not equal.
pub fn text(a: &str, b: &str) -> Level {
    let (words_a, words_b) = (a.split(' ').count(), b.split(' ').count());
    let shared = shared_words(a, b);
    if shared == words_a.min(words_b) {
        return Level::Variant;
    }
    let shorter = a.len().min(b.len());
    let slips = if shorter >= 8 { 2 } else { 1 };
    if shorter >= 4 && edits(a, b, slips).is_some() {
        return Level::Close;
    }
    if jaro_winkler(a, b) >= 0.88 || 2 * shared >= words_a.max(words_b) {
        return Level::Similar;
    }
    if shared > 0 { Level::Weak } else { Level::Different }
}

/// Compares two whole numbers that are not equal, such as ages.
pub fn number(a: &str, b: &str) -> Level {
    match (a.parse::<i64>(), b.parse::<i64>()) {
        (Ok(x), Ok(y)) => match x.abs_diff(y) {
            0 | 1 => Level::Close,
            2..=3 => Level::Similar,
            _ => Level::Different,
        },
        _ => Level::Different,
    }
}

fn shared_words(a: &str, b: &str) -> usize {
    a.split(' ').filter(|word| b.split(' ').any(|other| other == *word)).count()
}
