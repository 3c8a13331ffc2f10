//! Plain numbers: age.

use super::{Normalised, Part, Tables, placeholder, text};
use crate::record::Attribute;
use compact_str::format_compact;

/// Nobody is older.
const AGE_YEARS_MAX: u32 = 125;

/// An age field: whole years; a band such as `25-34` stays a band.
pub(super) fn age(clean: &str, tables: &Tables) -> Normalised {
    let number = clean.split(['.', ',', ' ']).next().unwrap_or(clean);
    match number.parse::<u32>() {
        Ok(years) if years <= AGE_YEARS_MAX => {
            let canonical = format_compact!("{years}");
            Normalised::valid(Part::new(Attribute::Age, canonical.clone(), canonical))
        }
        Ok(999 | 9999) => Normalised::placeholder(Attribute::Age, clean, placeholder::REASON),
        Ok(_) => Normalised::invalid(Attribute::Age, clean, "not an age"),
        Err(_) => band(clean, tables),
    }
}

fn band(clean: &str, tables: &Tables) -> Normalised {
    let folded = text::fold(clean);
    if placeholder::is_placeholder(clean, &folded, tables) {
        return Normalised::placeholder(Attribute::Age, clean, placeholder::REASON);
    }
    if folded.starts_with(|ch: char| ch.is_ascii_digit()) {
        return Normalised::valid(Part::new(Attribute::Age, clean, folded));
    }
    Normalised::invalid(Attribute::Age, clean, "not an age")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_whole_years() {
        assert_eq!(age("042", Tables::shipped()).parts[0].canonical, "42");
        assert_eq!(age("42.0", Tables::shipped()).parts[0].canonical, "42");
        assert_eq!(age("25-34", Tables::shipped()).parts[0].canonical, "25 34");
        assert_eq!(age("420", Tables::shipped()).verdict, crate::record::Verdict::Invalid);
    }
}
