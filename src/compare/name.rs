//! How far two personal names agree. Both are comparison forms: folded words
//! with single spaces, the name borne first in front.

use super::metric::{edits, jaro_winkler};
use super::signature::Signature;
use crate::rules::Level;

/// Compares given names that are not equal. `related` tells whether two words
/// are forms of one name (`hans`, `johannes`).
pub fn given(a: &str, b: &str, related: impl Fn(&str, &str) -> bool) -> Level {
    let (first_a, first_b) = (first_word(a), first_word(b));
    if first_a == first_b {
        let further = a.len() > first_a.len() && b.len() > first_b.len();
        return if further { Level::Similar } else { Level::Variant };
    }
    if first_a.len() == 1 || first_b.len() == 1 {
        return initial(first_a, first_b);
    }
    if related(first_a, first_b) || has_further(a, b) && same_letters(a, b) {
        return Level::Variant;
    }
    match alike(first_a, first_b) {
        Level::Different if has_further(a, b) && share_word(a, b) => Level::Similar,
        level => level,
    }
}

/// Compares family names that are not equal.
pub fn family(a: &str, b: &str) -> Level {
    if !has_further(a, b) {
        return alike(a, b);
    }
    if same_letters(a, b) || within(a, b) {
        return Level::Variant;
    }
    match alike(a, b) {
        Level::Different if share_word(a, b) => Level::Similar,
        level => level,
    }
}

/// Whether either is of more than one word.
fn has_further(a: &str, b: &str) -> bool {
    a.bytes().chain(b.bytes()).any(|byte| byte == b' ')
}

/// Whether two (given, family) names agree once one is turned round. Further
/// given names that only one side has do not matter.
pub fn swapped(a: (&str, &str), b: (&str, &str)) -> bool {
    let agree = |x: &str, y: &str| first_word(x) == first_word(y) && (x == y || within(x, y));
    let initial = |x: &str, y: &str| x.as_bytes().first() == y.as_bytes().first();
    // Most pairs end here.
    if !(initial(a.0, b.1) && initial(a.1, b.0)) {
        return false;
    }
    agree(a.0, b.1) && agree(a.1, b.0)
}

/// One side is a single letter: all that can agree is the initial.
fn initial(a: &str, b: &str) -> Level {
    if a.as_bytes().first() == b.as_bytes().first() { Level::Weak } else { Level::Different }
}

/// Two different words: a typing error apart, alike, or neither.
fn alike(a: &str, b: &str) -> Level {
    let shorter = a.len().min(b.len());
    let slips = if shorter >= 7 { SLIPS_MAX as usize } else { 1 };
    let (x, y) = (Signature::new(a), Signature::new(b));
    // Most strangers' names end here.
    if !x.may_be_edited(y, slips as u32) && !x.may_resemble(y, SIMILAR) {
        let begins = shorter >= 3 && (a.starts_with(b) || b.starts_with(a));
        return if begins { Level::Close } else { Level::Different };
    }
    if shorter >= 3 && edits(a, b, slips).is_some() {
        return Level::Close;
    }
    if shorter >= 3 && (a.starts_with(b) || b.starts_with(a)) {
        return Level::Close;
    }
    match jaro_winkler(a, b) {
        similarity if similarity >= 0.92 => Level::Close,
        similarity if similarity >= SIMILAR => Level::Similar,
        _ => Level::Different,
    }
}

/// Typing errors that long names may be apart.
pub(super) const SLIPS_MAX: u32 = 2;
/// Names of less similarity have nothing in common.
pub(super) const SIMILAR: f32 = 0.8;

fn first_word(name: &str) -> &str {
    name.bytes().position(|byte| byte == b' ').and_then(|end| name.get(..end)).unwrap_or(name)
}

/// Equal but for where the spaces are: `anna lena` and `annalena`.
fn same_letters(a: &str, b: &str) -> bool {
    let letters =
        |name: &'_ str| name.bytes().filter(|&byte| byte != b' ').collect::<smallvec::SmallVec<[u8; 64]>>();
    letters(a) == letters(b)
}

/// Every word of the one stands in the other: one half of a double name.
fn within(a: &str, b: &str) -> bool {
    let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    many.contains(' ') && few.split(' ').all(|word| many.split(' ').any(|other| other == word))
}

/// A word of at least three letters stands in both.
fn share_word(a: &str, b: &str) -> bool {
    a.split(' ').any(|word| word.len() >= 3 && b.split(' ').any(|other| other == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_names() {
        let related = |a: &str, b: &str| matches!((a, b), ("hans", "johannes") | ("johannes", "hans"));
        for (a, b, expect) in [
            ("hans", "hans peter", Level::Variant),
            ("hans peter", "hans jurgen", Level::Similar),
            ("hans", "johannes", Level::Variant),
            ("h", "hans", Level::Weak),
            ("k", "hans", Level::Different),
            ("anna lena", "annalena", Level::Variant),
            ("stefan", "stfean", Level::Close),
            ("peter", "hans peter", Level::Similar),
            ("hans", "eva", Level::Different),
        ] {
            assert_eq!(given(a, b, related), expect, "{a} {b}");
            assert_eq!(given(b, a, related), expect, "{b} {a}");
        }
    }

    #[test]
    fn family_names() {
        for (a, b, expect) in [
            ("muller", "muller ludenscheidt", Level::Variant),
            ("muller", "moller", Level::Close),
            ("muller", "schmidt", Level::Different),
            ("ludenscheidt muller", "muller ludenscheidt", Level::Variant),
        ] {
            assert_eq!(family(a, b), expect, "{a} {b}");
            assert_eq!(family(b, a), expect, "{b} {a}");
        }
    }
}
