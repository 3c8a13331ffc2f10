//! How far two dates of birth agree, part by part.

use super::metric::edits;
use crate::rules::Level;

/// A date with unknown parts as 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    /// The eight digits of a whole date, four bits each; 0 where it is not
    /// spelled `YYYY-MM-DD` to the letter.
    digits: u32,
}

impl Parts {
    /// From `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; parts that are not numbers are unknown.
    pub fn parse(canonical: &str) -> Self {
        let mut parts = canonical.split('-');
        let mut next = || parts.next().and_then(|part| part.parse::<u16>().ok()).unwrap_or(0);
        let (year, month, day) = (next(), next(), next());
        let (month, day) = (u8::try_from(month).unwrap_or(0), u8::try_from(day).unwrap_or(0));
        Self { year, month, day, digits: digits(canonical).unwrap_or(0) }
    }

    fn is_whole(self) -> bool {
        self.year != 0 && self.month != 0 && self.day != 0
    }
}

/// The digits of `YYYY-MM-DD`, four bits each.
fn digits(text: &str) -> Option<u32> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
    [y1, y2, y3, y4, m1, m2, d1, d2]
        .into_iter()
        .try_fold(0, |digits, byte| byte.is_ascii_digit().then(|| digits << 4 | u32::from(byte - b'0')))
}

/// Whether two dates that are not equal, spelled `YYYY-MM-DD`, are one slip
/// apart: one digit is another, or two neighbours have changed places.
fn is_one_slip(a: u32, b: u32) -> bool {
    let differs = a ^ b;
    let at = differs.trailing_zeros() / 4 * 4;
    match differs >> at {
        0..=0xf => true,
        // Year and month, month and day have a hyphen between them.
        0x10..=0xff if at != 4 && at != 12 => {
            let (x, y) = (a >> at & 0xff, b >> at & 0xff);
            x >> 4 == y & 0xf && x & 0xf == y >> 4
        }
        _ => false,
    }
}

/// Compares two dates that are not equal, given parsed; `texts` gives them as
/// they are spelled, where that is asked for.
pub fn birth<'a>(a: Parts, b: Parts, texts: impl FnOnce() -> (&'a str, &'a str)) -> Level {
    if !(a.is_whole() && b.is_whole()) {
        let agree = |x: u16, y: u16| x == 0 || y == 0 || x == y;
        let all = agree(a.year, b.year)
            && agree(a.month.into(), b.month.into())
            && agree(a.day.into(), b.day.into());
        return if all { Level::Variant } else { Level::Different };
    }
    let swapped = a.year == b.year && a.month == b.day && a.day == b.month;
    let is_near = || match (a.digits, b.digits) {
        (0, _) | (_, 0) => {
            let (a, b) = texts();
            edits(a, b, 1).is_some()
        }
        (a, b) => is_one_slip(a, b),
    };
    if swapped || is_near() {
        return Level::Close;
    }
    let same =
        [a.year == b.year, a.month == b.month, a.day == b.day].into_iter().filter(|&same| same).count();
    match same {
        2 => Level::Similar,
        1 if a.year == b.year => Level::Weak,
        _ => Level::Different,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn one_slip_of_digits_is_one_edit_of_the_text(
            a in "[0-9]{4}-[01][0-9]-[0-3][0-9]", mut b in "[0-9]{4}-[01][0-9]-[0-3][0-9]",
            slips in proptest::collection::vec((0usize..10, 0usize..10), 0..3),
        ) {
            // Mostly dates that are near each other.
            if !slips.is_empty() {
                let mut digits = a.clone().into_bytes();
                slips.iter().for_each(|&(x, y)| digits.swap(x, y));
                let text = String::from_utf8(digits).unwrap();
                if digits_of(&text) != 0 {
                    b = text;
                }
            }
            let (x, y) = (digits_of(&a), digits_of(&b));
            prop_assume!(a != b && x != 0 && y != 0);
            prop_assert_eq!(is_one_slip(x, y), edits(&a, &b, 1).is_some(), "{} {}", a, b);
        }
    }

    fn digits_of(text: &str) -> u32 {
        digits(text).unwrap_or(0)
    }

    #[test]
    fn levels() {
        for (a, b, expect) in [
            ("1980-03-12", "1980-12-03", Level::Close),
            ("1980-03-12", "1981-03-12", Level::Close),
            ("1980-03-12", "1908-03-12", Level::Close),
            ("1980-03-12", "1972-03-12", Level::Similar),
            ("1980-03-12", "1980-07-28", Level::Weak),
            ("1980-03-12", "1980", Level::Variant),
            ("1980-03-12", "1967-11-28", Level::Different),
        ] {
            assert_eq!(birth(Parts::parse(a), Parts::parse(b), || (a, b)), expect, "{a} {b}");
        }
    }
}
