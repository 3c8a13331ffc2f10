//! How far two texts of several words agree: organisations, occupations,
//! places, whatever has no comparator of its own. A rare word that both hold
//! says more than a common one (inverse document frequency, Spärck Jones 1972).

use super::metric::{edits, jaro_winkler};
use crate::rules::Level;
use hashbrown::HashMap;
use xxhash_rust::xxh3::xxh3_64;

/// What each word says, in bits: log2 of how many values there are to each
/// that holds it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Words {
    /// Values that hold a word, by the word's hash; words of one value are
    /// left out.
    pub counts: HashMap<u64, u32>,
    /// Distinct values.
    pub total: u32,
}

impl Words {
    /// Counts the words of the distinct `values`.
    pub fn new<'a>(values: impl ExactSizeIterator<Item = &'a str>) -> Self {
        let total = values.len() as u32;
        let mut counts: HashMap<u64, u32> = HashMap::new();
        for word in values.flat_map(|value| value.split(' ')) {
            *counts.entry(xxh3_64(word.as_bytes())).or_default() += 1;
        }
        counts.retain(|_, count| *count > 1);
        Self { counts, total }
    }

    fn of(&self, word: &str) -> f32 {
        let count = self.counts.get(&xxh3_64(word.as_bytes())).copied().unwrap_or(1);
        bits(self.total as f32, count as f32)
    }
}

/// Even a word that every value holds says a little.
fn bits(total: f32, count: f32) -> f32 {
    0.5 + (total / count).max(1.0).log2()
}

/// Compares folded texts that are not equal.
pub fn text(a: &str, b: &str, words: &Words) -> Level {
    if slips(a, b) {
        return Level::Close;
    }
    let (shared, total_a, total_b) = overlap(a, b, words);
    let (whole, part) = (shared / (total_a + total_b - shared), shared / total_a.min(total_b));
    if part >= 0.99 {
        return if whole >= 0.4 { Level::Variant } else { Level::Similar };
    }
    match whole {
        _ if whole >= 0.7 => Level::Close,
        _ if whole >= 0.45 => Level::Similar,
        _ if !a.contains(' ') && !b.contains(' ') && jaro_winkler(a, b) >= 0.92 => Level::Similar,
        _ if whole >= 0.2 => Level::Weak,
        _ => Level::Different,
    }
}

/// Whether only typing errors tell the texts apart: one in any word where
/// there are as many words on both sides, so that a short word that means
/// something else (`köln`, `bonn`) is not taken for one.
fn slips(a: &str, b: &str) -> bool {
    let words = a.split(' ').count();
    if words > 1 && words == b.split(' ').count() {
        let near = |x: &str, y: &str| x == y || (x.len().min(y.len()) >= 4 && edits(x, y, 1).is_some());
        return a.split(' ').zip(b.split(' ')).all(|(x, y)| near(x, y));
    }
    let shorter = a.len().min(b.len());
    let most = if shorter >= 8 { 2 } else { 1 };
    shorter >= 4 && edits(a, b, most).is_some()
}

/// Bits in the words that both hold, and in all words of each.
fn overlap(a: &str, b: &str, words: &Words) -> (f32, f32, f32) {
    let total = |text: &str| text.split(' ').map(|word| words.of(word)).sum::<f32>();
    let shared = a.split(' ').filter(|word| b.split(' ').any(|other| alike(word, other)));
    (shared.map(|word| words.of(word)).sum(), total(a), total(b))
}

fn alike(a: &str, b: &str) -> bool {
    a == b || (a.len().min(b.len()) >= 5 && edits(a, b, 1).is_some())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_outweigh_common_ones() {
        let values = [
            "sparkasse koln",
            "sparkasse bonn",
            "sparkasse essen",
            "backerei lehmann",
            "lehmann backerei koln",
        ];
        let words = Words::new(values.iter().copied());
        assert_eq!(text("sparkasse koln", "sparkasse bonn", &words), Level::Weak);
        assert_eq!(text("backerei lehmann", "lehmann backerei koln", &words), Level::Variant);
        assert_eq!(text("backerei lehmann", "backerei lehman", &words), Level::Close);
    }
}
