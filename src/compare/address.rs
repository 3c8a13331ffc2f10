//! How far two postal addresses agree. Street, number, postcode and city hang
//! together, so they are one comparison and not four that count the same
//! evidence again and again.

use super::metric::{edits, jaro_winkler};
use crate::rules::Level;

/// How two values of one part agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    Same,
    Near,
    Unlike,
    Unknown,
}
use Agreement::{Near, Same, Unknown, Unlike};

/// A part of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Street = 0,
    Number = 1,
    Postcode = 2,
    City = 3,
}

/// Compares two addresses part by part; `agree` says how a part of both
/// agrees, and is asked for no more parts than the answer needs.
pub fn address(agree: impl Fn(Part) -> Agreement) -> Level {
    let street = agree(Part::Street);
    // Postcode and city together: the one corrects the other.
    let place = match agree(Part::Postcode) {
        Same => Same,
        postcode => match (postcode, agree(Part::City)) {
            (Unknown, Same) => Same,
            (Near, Same | Near | Unknown) | (Unknown, Near) => Near,
            (Unknown, Unknown) => Unknown,
            _ => Unlike,
        },
    };
    if street == Unlike {
        return if matches!(place, Same | Near) { Level::Weak } else { Level::Different };
    }
    match (street, agree(Part::Number), place) {
        (Unknown, _, Unknown) => Level::Missing,
        (Same, Same | Near, Same | Near) => Level::Same,
        (Near, Same | Near, Same | Near) => Level::Close,
        (Same | Near, Same | Near | Unknown, Unknown) => Level::Variant,
        (Same | Near, Unknown, Same | Near) => Level::Variant,
        (Same | Near, Unlike, Same | Near) => Level::Similar,
        (Same, Same, Unlike) => Level::Similar,
        (_, _, Same | Near) => Level::Weak,
        _ => Level::Different,
    }
}

/// Typing errors that postcodes and cities may be apart.
pub const POSTCODE_SLIPS: u32 = 1;
pub const CITY_SLIPS: u32 = 2;

/// Similarity from which streets are nearly equal.
pub const STREETS_ALIKE: f32 = 0.94;

/// Whether two present values of `part` that are not equal nearly are.
pub fn is_near(part: Part, a: &str, b: &str) -> bool {
    match part {
        Part::Street => {
            let slips = if a.len().min(b.len()) >= 8 { 2 } else { 1 };
            edits(a, b, slips).is_some() || jaro_winkler(a, b) >= STREETS_ALIKE
        }
        Part::Number => !digits(a).is_empty() && digits(a) == digits(b),
        Part::Postcode => a.len().min(b.len()) >= 4 && edits(a, b, POSTCODE_SLIPS as usize).is_some(),
        Part::City => a.len().min(b.len()) >= 4 && edits(a, b, CITY_SLIPS as usize).is_some(),
    }
}

fn digits(number: &str) -> &str {
    let end = number.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(number.len());
    &number[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(a: &str, b: &str) -> Level {
        let (a, b): (Vec<&str>, Vec<&str>) = (a.split('|').collect(), b.split('|').collect());
        address(|part| match (a[part as usize], b[part as usize]) {
            ("", _) | (_, "") => Unknown,
            (x, y) if x == y => Same,
            (x, y) if is_near(part, x, y) => Near,
            _ => Unlike,
        })
    }

    #[test]
    fn levels() {
        for (a, b, expect) in [
            ("hauptstr|12|80331|munchen", "hauptstr|12|80331|munchen", Level::Same),
            ("hauptstr|12|80331|munchen", "hauptstr|12||", Level::Variant),
            ("hauptstr|12|80331|munchen", "hauptstr||80331|munchen", Level::Variant),
            ("hauptstr|12|80331|munchen", "hauqtstr|12|80331|munchen", Level::Close),
            ("hauptstr|12|80331|munchen", "hauptstr|14|80331|munchen", Level::Similar),
            ("hauptstr|12|80331|munchen", "goethestr|3|80331|munchen", Level::Weak),
            ("hauptstr|12|80331|munchen", "goethestr|3|10115|berlin", Level::Different),
            ("|||", "goethestr|3|10115|berlin", Level::Missing),
        ] {
            assert_eq!(level(a, b), expect, "{a} {b}");
        }
    }
}
