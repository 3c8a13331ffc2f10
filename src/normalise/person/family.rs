//! Family names: particles, double names, birth names, generation suffixes.

use super::given::push_lead;
use super::particle;
use super::suffix;
use super::title;
use super::words::{self, Word, Words, join, without_additions};
use crate::normalise::{Normalised, Part, Tables, organisation, placeholder, text};
use crate::record::Attribute;

/// Words before a birth name, in folded form.
pub const BORN: &[&str] = &[
    "geb",
    "geborene",
    "geborener",
    "geboren",
    "nee",
    "born",
    "verh",
    "verw",
    "verwitwete",
    "gesch",
    "geschiedene",
    "ne",
    "nata",
];

/// A family-name field, or one for the name at birth.
pub fn family_name(attribute: Attribute, clean: &str, tables: &Tables) -> Normalised {
    if let Some(normal) = plain(attribute, clean, tables) {
        return normal;
    }
    if let Some(normal) = organisation::in_name_field(clean, tables) {
        return normal;
    }
    if clean.contains('@') {
        return Normalised::invalid(attribute, clean, "an e-mail address in a name");
    }
    let (name, additions) = without_additions(clean);
    let all = words::words(&name, tables);
    if all.is_empty() {
        return Normalised::placeholder(attribute, clean, placeholder::REASON);
    }
    let (all, born) = split_birth_name(&all);
    let lead = title::leading(all, tables);
    let (before, rest) = all.split_at(lead.words);
    let (rest, after) = rest.split_at(rest.len() - trailing(rest, tables));
    let canonical = particle::core(rest, tables);
    let shown = join(rest);
    if placeholder::is_placeholder(clean, &canonical, tables) {
        return Normalised::placeholder(attribute, clean, placeholder::REASON);
    }
    let mut normal = Normalised::valid(Part::new(attribute, text::recase(&shown), canonical));
    push_lead(&mut normal, before, &lead, tables);
    push_after(&mut normal, after, tables);
    push_birth_name(&mut normal, attribute, born, tables);
    for addition in additions {
        let inner = words::words(addition, tables);
        let (outside, born) = split_birth_name(&inner);
        if outside.is_empty() {
            push_birth_name(&mut normal, attribute, born, tables);
        }
    }
    if super::given::has_two_persons(rest) || name.contains('/') {
        normal = normal.doubted("two names in one field");
    } else if name.chars().any(|ch| ch.is_ascii_digit()) {
        normal = normal.doubted("digits in a name");
    }
    normal
}

/// One word of letters, or a double name: the common case.
fn plain(attribute: Attribute, clean: &str, tables: &Tables) -> Option<Normalised> {
    if !clean.chars().all(char::is_alphabetic) {
        return None;
    }
    let canonical = text::fold(clean);
    if placeholder::is_placeholder(clean, &canonical, tables) {
        return Some(Normalised::placeholder(attribute, clean, placeholder::REASON));
    }
    Some(Normalised::valid(Part::new(attribute, text::recase(clean), canonical)))
}

/// How many of the last words are suffixes or degrees.
pub fn trailing(words: &[Word], tables: &Tables) -> usize {
    let degrees = title::trailing(words, tables);
    let suffixes = suffix::trailing(&words[..words.len() - degrees]);
    let more = title::trailing(&words[..words.len() - degrees - suffixes], tables);
    degrees + suffixes + more
}

/// Splits at `geb.`: what stands before, and the birth name after it.
pub fn split_birth_name<'w, 'a>(words: &'w [Word<'a>]) -> (&'w [Word<'a>], &'w [Word<'a>]) {
    match words.iter().position(|word| BORN.contains(&word.fold.as_str())) {
        Some(at) if at + 1 < words.len() => (&words[..at], &words[at + 1..]),
        _ => (words, &[]),
    }
}

/// Adds degrees as title and a generation suffix, in their order.
pub fn push_after(normal: &mut Normalised, after: &[Word], tables: &Tables) {
    if let Some((suffix, rest)) = suffix::of_two_words(after) {
        normal.parts.push(suffix);
        return push_after(normal, rest, tables);
    }
    for word in after {
        match suffix::canonical(&word.fold) {
            Some(to) => normal.parts.push(Part::new(Attribute::NameSuffix, word.text, to)),
            // Ranks behind a comma (`1st Baron Parmoor`) are no degree.
            None if !title::is_title_word(&word.fold, tables)
                && title::trailing(&[anyone(), word.clone()], tables) == 0 => {}
            None => {
                let words: Words = Words::from_iter([word.clone()]);
                normal.parts.push(Part::new(Attribute::Title, word.text, title::canonical(&words, tables)));
            }
        }
    }
}

/// A word that stands for the name before a degree.
fn anyone() -> Word<'static> {
    Word { text: "x", fold: "x".into() }
}

pub fn push_birth_name(normal: &mut Normalised, attribute: Attribute, born: &[Word], tables: &Tables) {
    if !born.is_empty() && attribute != Attribute::BirthName {
        let shown = join(born);
        normal.parts.push(Part::new(
            Attribute::BirthName,
            text::recase(&shown),
            particle::core(born, tables),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &[(Attribute, &str)]) {
        let normal = family_name(Attribute::FamilyName, input, Tables::shipped());
        let found: Vec<_> =
            normal.parts.iter().map(|part| (part.attribute, part.canonical.as_str())).collect();
        assert_eq!(found, expect, "{input}");
    }

    #[test]
    fn core_without_title_particle_and_suffix() {
        use Attribute::{BirthName, FamilyName, NameSuffix, Title};
        check("Müller", &[(FamilyName, "muller")]);
        check("von der Heide", &[(FamilyName, "heide")]);
        check("v. d. Heide", &[(FamilyName, "heide")]);
        check("Dr. Müller", &[(FamilyName, "muller"), (Title, "dr")]);
        check("Müller-Lüdenscheidt", &[(FamilyName, "muller ludenscheidt")]);
        check("Müller geb. Schmidt", &[(FamilyName, "muller"), (BirthName, "schmidt")]);
        check("Müller (geb. Schmidt)", &[(FamilyName, "muller"), (BirthName, "schmidt")]);
        check("Müller jun.", &[(FamilyName, "muller"), (NameSuffix, "jun")]);
        check("Müller d. Ä.", &[(FamilyName, "muller"), (NameSuffix, "sen")]);
        check("Müller geb.Schmidt", &[(FamilyName, "muller"), (BirthName, "schmidt")]);
        check("Mc Donald", &[(FamilyName, "mcdonald")]);
        check("O'Brien", &[(FamilyName, "obrien")]);
        check("de la Cruz", &[(FamilyName, "lacruz")]);
        check("Freiherr von Stein", &[(FamilyName, "stein")]);
        check("van den Berg", &[(FamilyName, "berg")]);
        check("Di Maria", &[(FamilyName, "dimaria")]);
    }
}
