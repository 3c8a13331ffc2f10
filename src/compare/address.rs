//! How far two postal addresses agree. Street, number, postcode and city hang
//! together, so they are one comparison and not four that count the same
//! evidence again and again.

use super::metric::{edits, jaro_winkler};
use crate::rules::Level;

/// The parts of one address in comparison form; empty where missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Address<'a> {
    pub street: &'a str,
    pub number: &'a str,
    pub postcode: &'a str,
    pub city: &'a str,
}

/// How two values of one part agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Agreement {
    Same,
    Near,
    Unlike,
    Unknown,
}
use Agreement::{Near, Same, Unknown, Unlike};

/// Compares two addresses.
pub fn address(a: &Address, b: &Address) -> Level {
    let street = street(a.street, b.street);
    let place = place(a, b);
    let number = match (a.number, b.number) {
        ("", _) | (_, "") => Unknown,
        (x, y) if x == y => Same,
        (x, y) if digits(x) == digits(y) => Near,
        _ => Unlike,
    };
    match (street, number, place) {
        (Unknown, _, Unknown) => Level::Missing,
        (Same, Same | Near, Same | Near) => Level::Same,
        (Near, Same | Near, Same | Near) => Level::Close,
        (Same | Near, Same | Near, Unknown) => Level::Variant,
        (Same | Near, Unknown, Same | Near | Unknown) => Level::Variant,
        (Same | Near, Unlike, Same | Near) => Level::Similar,
        (Same, Same, Unlike) => Level::Similar,
        (_, _, Same | Near) => Level::Weak,
        _ => Level::Different,
    }
}

fn street(a: &str, b: &str) -> Agreement {
    if a.is_empty() || b.is_empty() {
        return Unknown;
    }
    if a == b {
        return Same;
    }
    let slips = if a.len().min(b.len()) >= 8 { 2 } else { 1 };
    if edits(a, b, slips).is_some() || jaro_winkler(a, b) >= 0.94 { Near } else { Unlike }
}

/// Postcode and city together: the one corrects the other.
fn place(a: &Address, b: &Address) -> Agreement {
    let postcode = part(a.postcode, b.postcode, 1);
    let city = part(a.city, b.city, 2);
    match (postcode, city) {
        (Same, _) | (Unknown, Same) => Same,
        (Near, Same | Near) | (Unknown, Near) | (Near, Unknown) => Near,
        (Unknown, Unknown) => Unknown,
        _ => Unlike,
    }
}

fn part(a: &str, b: &str, slips: usize) -> Agreement {
    if a.is_empty() || b.is_empty() {
        return Unknown;
    }
    if a == b {
        return Same;
    }
    if a.len().min(b.len()) >= 4 && edits(a, b, slips).is_some() { Near } else { Unlike }
}

fn digits(number: &str) -> &str {
    let end = number.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(number.len());
    &number[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &'static str) -> Address<'static> {
        let mut parts = text.split('|');
        let mut next = || parts.next().unwrap_or("");
        Address { street: next(), number: next(), postcode: next(), city: next() }
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
            assert_eq!(address(&parse(a), &parse(b)), expect, "{a} {b}");
        }
    }
}
