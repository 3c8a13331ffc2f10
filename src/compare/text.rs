//! How far two texts of several words agree: organisations, occupations,
//! places, whatever has no comparator of its own. A rare word that both hold
//! says more than a common one (inverse document frequency, Spärck Jones 1972).

use super::metric::{edits, jaro_winkler};
use crate::rules::Level;
use hashbrown::HashMap;

/// What each word says, in bits: log2 of how many values there are to each
/// that holds it.
#[derive(Debug, Default)]
pub struct Words {
    bits: HashMap<String, f32, foldhash::fast::FixedState>,
    unknown: f32,
}

impl Words {
    /// Counts the words of the distinct `values`.
    pub fn new<'a>(values: impl ExactSizeIterator<Item = &'a str>) -> Self {
        let total = values.len() as f32;
        let mut counts: HashMap<String, u32, _> =
            HashMap::with_hasher(foldhash::fast::FixedState::with_seed(3));
        for value in values {
            for word in value.split(' ') {
                match counts.get_mut(word) {
                    Some(count) => *count += 1,
                    None => _ = counts.insert(word.to_owned(), 1),
                }
            }
        }
        let bits = counts.into_iter().map(|(word, count)| (word, bits(total, count as f32))).collect();
        Self { bits, unknown: bits_of_unknown(total) }
    }

    fn of(&self, word: &str) -> f32 {
        self.bits.get(word).copied().unwrap_or(self.unknown)
    }
}

/// Even a word that every value holds says a little.
fn bits(total: f32, count: f32) -> f32 {
    0.5 + (total / count).max(1.0).log2()
}

fn bits_of_unknown(total: f32) -> f32 {
    bits(total, 1.0)
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
