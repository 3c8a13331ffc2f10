//! Numbers in the names of streets, however written: `96th` and `Ninety-sixth
//! Street`, `Via XX Settembre`, `Calle Ocho`. House numbers are `house`'s concern.

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

/// The digits of `96th`; the word itself where it is no such number.
pub fn without_ending(word: &str) -> &str {
    if !word.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return word;
    }
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|ending| word.strip_suffix(ending));
    digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or(word)
}

/// What `ninety` and `6th` make together.
pub fn tens_and_ones(tens: &str, ones: &str) -> Option<u32> {
    // Most words end here.
    if !tens.ends_with("ty") {
        return None;
    }
    let (_, tens) = TENS.iter().find(|(word, _)| *word == tens)?;
    let ones: u32 = without_ending(ones).parse().ok()?;
    (1..=9).contains(&ones).then_some(tens + ones)
}

/// The number that `word` spells behind `before`: Roman from two signs on,
/// Spanish after `calle`.
pub fn spelled(word: &str, before: &str) -> Option<u32> {
    if matches!(before, "calle" | "carrera") {
        let at = SPANISH.iter().position(|spelled| *spelled == word);
        return at.map(|at| at as u32 + 1).or_else(|| roman(word));
    }
    roman(word)
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
        assert_eq!(without_ending("96th"), "96");
        assert_eq!(without_ending("4thehill"), "4thehill");
        assert_eq!(without_ending("smith"), "smith");
        assert_eq!(tens_and_ones("ninety", "6th"), Some(96));
        assert_eq!(tens_and_ones("ninety", "mile"), None);
        assert_eq!(spelled("ocho", "calle"), Some(8));
        assert_eq!(spelled("ocho", "rue"), None);
        for (word, expect) in [
            ("xx", Some(20)),
            ("xxiv", Some(24)),
            ("iv", Some(4)),
            ("x", None),
            ("vix", None),
            ("xxxx", None),
        ] {
            assert_eq!(spelled(word, "via"), expect, "{word}");
        }
    }
}
