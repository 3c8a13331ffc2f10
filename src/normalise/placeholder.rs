//! Values that stand for no value, whatever the attribute: `n/a`, `unbekannt`,
//! `xxx`, `-`. Attributes have placeholders of their own beside these.

use super::Tables;

/// The reason given for all of them.
pub const REASON: &str = "stands for no value";

/// Whether the value stands for none; `folded` is the fold of `clean`.
#[inline]
pub fn is_placeholder(clean: &str, folded: &str, tables: &Tables) -> bool {
    tables.placeholders.contains(folded) || is_filling(clean, folded)
}

/// Signs, a spreadsheet's marks of an error, one letter over and over.
fn is_filling(clean: &str, folded: &str) -> bool {
    const LENGTH_MAX: usize = 16;
    folded.is_empty()
        || folded.len() <= LENGTH_MAX && is_one_letter_repeated(folded)
        || matches!(clean, "NaN" | "#N/A" | "#N/V" | "#NV" | "<NA>" | "NaT" | "N/A" | "(null)" | "(leer)")
}

/// `xxx`, `aaaa`, `00000`: three times or more the same.
fn is_one_letter_repeated(folded: &str) -> bool {
    let bytes = folded.as_bytes();
    bytes.len() >= 3 && bytes[0].is_ascii_alphabetic() && bytes.iter().all(|byte| *byte == bytes[0])
}

/// Whether digits are all alike or count up: `0000000`, `123456789`.
pub fn is_digit_filler(digits: &[u8]) -> bool {
    let Some(&first) = digits.first() else { return true };
    let same = digits.iter().all(|digit| *digit == first);
    // Counting up from the start of the keyboard's row; other runs occur.
    let counts = digits.len() >= 5
        && matches!(first, b'0' | b'1')
        && digits.windows(2).all(|pair| pair[1] == pair[0] + 1 || pair == b"90");
    same || counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::text::fold;

    #[test]
    fn words_that_stand_for_no_value() {
        for value in
            ["n/a", "N/A", "unbekannt", "-", ".", "??", "xxx", "k.A.", "Keine Angabe", "Kunde", "NULL", "x"]
        {
            assert!(is_placeholder(value, &fold(value), Tables::shipped()), "{value}");
        }
        for value in ["Hans", "Nan", "Ohnesorg", "Unbekanntes Land", "Jo", "0"] {
            assert!(!is_placeholder(value, &fold(value), Tables::shipped()), "{value}");
        }
    }
}
