//! Gender and consent: words of many languages reduced to one letter or word.

use super::{Normalised, Part, Tables, placeholder, text};
use crate::record::Attribute;

/// A gender field: `m`, `f`, or `d` for any other.
pub(super) fn normalise(clean: &str, tables: &Tables) -> Normalised {
    let folded = text::fold(clean);
    let canonical = match folded.as_str() {
        "m" | "male" | "man" | "mann" | "mannlich" | "maennlich" | "herr" | "herrn" | "hr" | "mr" | "boy"
        | "junge" | "masculin" | "masculino" | "maschio" | "homme" | "uomo" | "hombre" | "mezczyzna"
        | "mannelijk" | "masculine" | "maschile" | "erkek" | "muz" | "ferfi" | "h" => "m",
        "f" | "female" | "w" | "weiblich" | "frau" | "fr" | "mrs" | "ms" | "miss" | "woman" | "girl"
        | "madchen" | "feminin" | "feminino" | "femminile" | "femme" | "donna" | "mujer" | "kobieta"
        | "k" | "vrouw" | "vrouwelijk" | "feminine" | "kadin" | "zena" | "fraulein" | "v" => "f",
        "d" | "divers" | "diverse" | "x" | "nonbinary" | "non binary" | "nichtbinar" | "nicht binar"
        | "nb" | "other" | "andere" | "inter" => "d",
        _ => "",
    };
    if !canonical.is_empty() {
        return Normalised::valid(Part::new(Attribute::Gender, canonical, canonical));
    }
    if placeholder::is_placeholder(clean, &folded, tables)
        || matches!(folded.as_str(), "u" | "0" | "9" | "firma" | "company")
    {
        return Normalised::placeholder(Attribute::Gender, clean, placeholder::REASON);
    }
    // Numbered codes differ between sources, so they compare as they stand.
    if folded.len() == 1 {
        return Normalised::doubtful(
            Part::new(Attribute::Gender, clean, folded),
            "a code of unknown meaning",
        );
    }
    Normalised::invalid(Attribute::Gender, clean, "not a gender")
}

/// A consent field: `yes` or `no`.
pub(super) fn consent(clean: &str) -> Normalised {
    let folded = text::fold(clean);
    let canonical = match folded.as_str() {
        "yes" | "y" | "ja" | "j" | "true" | "t" | "wahr" | "1" | "x" | "opt in" | "optin" | "opted in"
        | "subscribed" | "granted" | "erteilt" | "oui" | "si" | "tak" | "on" => "yes",
        "no" | "n" | "nein" | "false" | "f" | "falsch" | "0" | "opt out" | "optout" | "opted out"
        | "unsubscribed" | "denied" | "refused" | "revoked" | "widerrufen" | "verweigert" | "abgemeldet"
        | "non" | "nie" | "off" => "no",
        _ => folded.as_str(),
    };
    Normalised::valid(Part::new(Attribute::Consent, clean, canonical))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_many_languages() {
        for (input, expect) in [
            ("Herr", "m"),
            ("Frau", "f"),
            ("male", "m"),
            ("weiblich", "f"),
            ("w", "f"),
            ("K", "f"),
            ("divers", "d"),
            ("X", "d"),
            ("Männlich", "m"),
        ] {
            assert_eq!(normalise(input, Tables::shipped()).parts[0].canonical, expect, "{input}");
        }
        assert_eq!(consent("Nein").parts[0].canonical, "no");
    }
}
