//! Customer numbers, loyalty cards and other numbers of one scheme: compared
//! without case and separators.

use super::{Normalised, Part, Tables, placeholder, text};
use crate::record::Attribute;
use compact_str::CompactString;
use smallvec::SmallVec;

/// An identifier field.
pub(super) fn normalise(clean: &str, tables: &Tables) -> Normalised {
    let canonical = canonical(clean);
    let folded = text::fold(clean);
    let digits: SmallVec<[u8; 40]> = canonical.bytes().filter(u8::is_ascii_digit).collect();
    let nothing = canonical.is_empty()
        || placeholder::is_placeholder(clean, &folded, tables)
        || !digits.is_empty()
            && digits.iter().all(|digit| *digit == b'0')
            && digits.len() * 2 >= canonical.len()
        || canonical.len() >= 4 && canonical.bytes().all(|byte| Some(&byte) == canonical.as_bytes().first());
    if nothing {
        return Normalised::placeholder(Attribute::Identifier, clean, placeholder::REASON);
    }
    if digits.len() >= 6 && placeholder::is_digit_filler(&digits) {
        return Normalised::placeholder(Attribute::Identifier, clean, "filled with one digit or a count");
    }
    Normalised::valid(Part::new(Attribute::Identifier, clean, canonical))
}

/// Upper-case letters and digits only; a spreadsheet's `.0` goes.
fn canonical(clean: &str) -> CompactString {
    let whole = match clean.strip_suffix(".0") {
        Some(number) if number.bytes().all(|byte| byte.is_ascii_digit()) && !number.is_empty() => number,
        _ => clean,
    };
    let folded;
    let latin = if whole.is_ascii() {
        whole
    } else {
        folded = text::fold(whole);
        folded.as_str()
    };
    text::capitals_and_digits(latin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Verdict;

    #[test]
    fn separators_and_case_do_not_count() {
        assert_eq!(normalise("l-100 200.300", Tables::shipped()).parts[0].canonical, "L100200300");
        assert_eq!(normalise("1496546", Tables::shipped()).parts[0].canonical, "1496546");
        for nothing in ["0", "L000000000", "n/a", "-", "000000", "123456789"] {
            assert_eq!(normalise(nothing, Tables::shipped()).verdict, Verdict::Placeholder, "{nothing}");
        }
    }
}
