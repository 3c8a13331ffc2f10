//! Values that stand for no value, whatever the attribute: `n/a`, `unbekannt`,
//! `xxx`, `-`. Attributes have placeholders of their own beside these.

/// The reason given for all of them.
pub const REASON: &str = "stands for no value";

/// Sorted, in folded form.
const WORDS: &[&str] = &[
    "",
    "abc",
    "abcd",
    "anonym",
    "anonymous",
    "asdf",
    "asdfasdf",
    "asdfgh",
    "asdfghjkl",
    "blank",
    "customer",
    "deleted",
    "dummy",
    "empty",
    "entfallt",
    "false",
    "fehlt",
    "foo",
    "foobar",
    "geloscht",
    "guest",
    "inconnu",
    "inconnue",
    "k a",
    "kein",
    "kein eintrag",
    "kein name",
    "kein vorname",
    "keine",
    "keine adresse",
    "keine ang",
    "keine angabe",
    "keine angaben",
    "keine e mail",
    "keine email",
    "keine mail",
    "keine nummer",
    "keines",
    "kunde",
    "kundin",
    "leer",
    "missing",
    "musterfrau",
    "mustermann",
    "n a",
    "n b",
    "n n",
    "n v",
    "na",
    "name",
    "nachname",
    "nicht angegeben",
    "nicht bekannt",
    "nicht vorhanden",
    "nichts",
    "nil",
    "nn",
    "no",
    "no data",
    "no name",
    "no value",
    "nocompany",
    "none",
    "not applicable",
    "not available",
    "not given",
    "not known",
    "not provided",
    "not specified",
    "null",
    "o a",
    "ohne",
    "ohne angabe",
    "ohne name",
    "ohne namen",
    "privat",
    "qwert",
    "qwertz",
    "qwerty",
    "sans",
    "tba",
    "tbd",
    "test",
    "test test",
    "testkunde",
    "testperson",
    "tester",
    "testuser",
    "to be announced",
    "todo",
    "u n k",
    "unb",
    "unbek",
    "unbekannt",
    "undefined",
    "unk",
    "unknown",
    "unspecified",
    "vorname",
    "x",
    "xx",
    "xy",
    "xyz",
];

/// Whether the value stands for none; `folded` is the fold of `clean`.
pub fn is_placeholder(clean: &str, folded: &str) -> bool {
    // Longer texts say something; and the check is on the hottest path.
    if folded.len() > 16 {
        return false;
    }
    if folded.is_empty()
        || matches!(clean, "NaN" | "#N/A" | "#N/V" | "#NV" | "<NA>" | "NaT" | "N/A" | "(null)")
    {
        return true;
    }
    is_listed(folded) || is_one_letter_repeated(folded)
}

fn is_listed(folded: &str) -> bool {
    use std::sync::OnceLock;
    static SORTED: OnceLock<Vec<&'static str>> = OnceLock::new();
    let sorted = SORTED.get_or_init(|| {
        let mut words = WORDS.to_vec();
        words.sort_unstable();
        words
    });
    sorted.binary_search(&folded).is_ok()
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
    let counts = digits.len() >= 5 && digits.windows(2).all(|pair| pair[1] == pair[0] + 1 || pair == b"90");
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
            assert!(is_placeholder(value, &fold(value)), "{value}");
        }
        for value in ["Hans", "Nan", "Ohnesorg", "Unbekanntes Land", "Jo", "0"] {
            assert!(!is_placeholder(value, &fold(value)), "{value}");
        }
    }
}
