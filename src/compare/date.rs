//! How far two dates of birth agree, part by part.

use super::metric::edits;
use crate::rules::Level;

/// A date with unknown parts as 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

impl Parts {
    /// From `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; parts that are not numbers are unknown.
    pub fn parse(canonical: &str) -> Self {
        let mut parts = canonical.split('-');
        let mut next = || parts.next().and_then(|part| part.parse::<u16>().ok()).unwrap_or(0);
        let (year, month, day) = (next(), next(), next());
        Self { year, month: u8::try_from(month).unwrap_or(0), day: u8::try_from(day).unwrap_or(0) }
    }

    fn is_whole(self) -> bool {
        self.year != 0 && self.month != 0 && self.day != 0
    }
}

/// Compares two dates that are not equal, given parsed and as text.
pub fn birth(a: Parts, b: Parts, text_a: &str, text_b: &str) -> Level {
    if !(a.is_whole() && b.is_whole()) {
        let agree = |x: u16, y: u16| x == 0 || y == 0 || x == y;
        let all = agree(a.year, b.year)
            && agree(a.month.into(), b.month.into())
            && agree(a.day.into(), b.day.into());
        return if all { Level::Variant } else { Level::Different };
    }
    let swapped = a.year == b.year && a.month == b.day && a.day == b.month;
    if swapped || edits(text_a, text_b, 1).is_some() {
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
            assert_eq!(birth(Parts::parse(a), Parts::parse(b), a, b), expect, "{a} {b}");
        }
    }
}
