//! Numbers in the names of streets that are spelled out: `Ninety-sixth Street`,
//! `Via XX Settembre`, `Calle Ocho`. House numbers are `house`'s concern.

use compact_str::{CompactString, format_compact};

/// English tens, which a following ordinal completes.
const TENS: &[(&str, u32)] = &[
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
];

/// Spanish numbers, which count streets directly after their kind.
const SPANISH: &[&str] = &[
    "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
    "trece", "catorce", "quince",
];

/// What `ninety` and `6th` make together: `96th`.
pub fn tens_and_ones(tens: &str, ones: &str) -> Option<CompactString> {
    // Most words end here.
    if !tens.ends_with("ty") {
        return None;
    }
    let (_, tens) = TENS.iter().find(|(word, _)| *word == tens)?;
    let is_ordinal = matches!(ones, "1st" | "2nd" | "3rd" | "4th" | "5th" | "6th" | "7th" | "8th" | "9th");
    is_ordinal.then(|| format_compact!("{}{ones}", tens / 10))
}

/// The number that `word` spells behind `before`: Roman from two signs on,
/// Spanish after `calle`.
pub fn spelled(word: &str, before: &str) -> Option<CompactString> {
    let spanish = || SPANISH.iter().position(|spelled| *spelled == word).map(|at| at as u32 + 1);
    let counted = matches!(before, "calle" | "carrera").then(spanish).flatten();
    counted.or_else(|| roman(word)).map(|number| format_compact!("{number}"))
}

/// Roman numbers from 2 to 39, as kings, popes and dates have them.
fn roman(word: &str) -> Option<u32> {
    let bytes = word.as_bytes();
    if !(2..=7).contains(&bytes.len()) || !bytes.iter().all(|byte| matches!(byte, b'i' | b'v' | b'x')) {
        return None;
    }
    let tens = bytes.iter().take_while(|byte| **byte == b'x').count().min(3);
    let ones = match bytes.get(tens..)? {
        b"" => 0,
        b"i" => 1,
        b"ii" => 2,
        b"iii" => 3,
        b"iv" => 4,
        b"v" => 5,
        b"vi" => 6,
        b"vii" => 7,
        b"viii" => 8,
        b"ix" => 9,
        _ => return None,
    };
    Some(tens as u32 * 10 + ones)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_any_writing() {
        assert_eq!(tens_and_ones("ninety", "6th").as_deref(), Some("96th"));
        assert_eq!(tens_and_ones("ninety", "mile"), None);
        assert_eq!(spelled("ocho", "calle").as_deref(), Some("8"));
        assert_eq!(spelled("ocho", "rue"), None);
        for (word, expect) in [
            ("xx", Some("20")),
            ("xxiv", Some("24")),
            ("iv", Some("4")),
            ("x", None),
            ("vix", None),
            ("xxxx", None),
        ] {
            assert_eq!(spelled(word, "via").as_deref(), expect, "{word}");
        }
    }
}
