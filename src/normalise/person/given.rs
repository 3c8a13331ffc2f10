//! Given names: titles taken off, several names kept in their order, initials
//! kept as they are.

use super::family::{self, push_after};
use super::title;
use super::words::{self, Word, join, without_additions};
use crate::normalise::{Normalised, Part, Tables, placeholder, text};
use crate::record::Attribute;
use compact_str::CompactString;

/// A given-name field, or one for further given names.
pub fn given_name(attribute: Attribute, clean: &str, tables: &Tables) -> Normalised {
    if let Some(normal) = plain(attribute, clean, tables) {
        return normal;
    }
    let (name, _) = without_additions(clean);
    let spaced = words::spaced(&name);
    let all = words::words(&spaced, tables);
    let lead = title::leading(&all, tables);
    let rest = &all[lead.words..];
    if rest.iter().all(|word| title::is_nobodys(&word.fold)) {
        return Normalised::placeholder(attribute, clean, placeholder::REASON);
    }
    // A `V` behind given names is the initial of one more.
    let is_initial = rest.last().is_some_and(|last| last.fold == "v");
    let after = if is_initial { 0 } else { family::trailing(rest, tables) };
    let (rest, after) = rest.split_at(rest.len() - after);
    let rest = &rest[..rest.len() - trailing_particles(rest, tables)];
    let shown = join(rest);
    let display = text::recase(&shown);
    let canonical = canonical(rest);
    if placeholder::is_placeholder(&shown, &canonical, tables) {
        return Normalised::placeholder(attribute, clean, placeholder::REASON);
    }
    let mut normal = Normalised::valid(Part::new(attribute, display, canonical));
    push_lead(&mut normal, &all[..lead.words], &lead, tables);
    push_after(&mut normal, after, tables);
    if has_two_persons(rest) {
        normal = normal.doubted("two persons in one field");
    } else if name.chars().any(|ch| ch.is_ascii_digit()) {
        normal = normal.doubted("digits in a name");
    } else if name.contains('@') {
        return Normalised::invalid(attribute, clean, "an e-mail address in a name");
    }
    normal
}

/// `Hans von`: the particles of a family name that stands elsewhere.
fn trailing_particles(words: &[Word], tables: &Tables) -> usize {
    let is_particle = |word: &&Word| {
        word.text.starts_with(char::is_lowercase)
            && word.text.chars().count() > 1
            && tables.particles.contains(&word.fold)
    };
    words.iter().skip(1).rev().take_while(is_particle).count()
}

/// One word of letters: the common case, without taking it apart.
fn plain(attribute: Attribute, clean: &str, tables: &Tables) -> Option<Normalised> {
    if !clean.chars().all(|ch| ch.is_alphabetic() || ch == '-') {
        return None;
    }
    let canonical = text::fold(clean);
    let nobody = placeholder::is_placeholder(clean, &canonical, tables)
        || tables.courtesy.contains(&canonical) && title::is_nobodys(&canonical);
    if nobody {
        return Some(Normalised::placeholder(attribute, clean, placeholder::REASON));
    }
    Some(Normalised::valid(Part::new(attribute, text::recase(clean), canonical)))
}

/// The comparison form: all words, folded, in their order.
pub fn canonical(words: &[Word]) -> CompactString {
    if let [word] = words {
        return word.fold.clone();
    }
    let mut out = CompactString::default();
    for word in words {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word.fold);
    }
    out
}

/// Adds what stood before the name: its academic title, and the gender that a
/// courtesy form told.
pub fn push_lead(normal: &mut Normalised, before: &[Word], lead: &title::Lead, tables: &Tables) {
    let academic = &before[lead.courtesy.min(before.len())..];
    if !academic.is_empty() {
        normal.parts.push(Part::new(Attribute::Title, join(academic), title::canonical(academic, tables)));
    }
    if !lead.gender.is_empty() {
        normal.parts.push(Part::new(Attribute::Gender, lead.gender, lead.gender));
    }
}

/// Where a word binds two persons; not in `von und zu`.
pub fn conjunction(words: &[Word]) -> Option<usize> {
    let binds = |at: &usize| {
        let word = &words[*at];
        let next_is_particle =
            words.get(at + 1).is_some_and(|next| matches!(next.fold.as_str(), "zu" | "zum" | "zur" | "z"));
        is_conjunction(word.text, &word.fold) && !next_is_particle
    };
    (1..words.len().saturating_sub(1)).find(binds)
}

/// `Hans und Eva`, `Hans & Eva`.
pub fn has_two_persons(words: &[Word]) -> bool {
    conjunction(words).is_some()
}

fn is_conjunction(text: &str, fold: &str) -> bool {
    matches!(fold, "und" | "and" | "u") && text != "U." && text != "U" || text.contains(['&', '+'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_is_an_initial_in_any_case() {
        for input in ["Hans Peter V", "hans peter v", "HANS PETER V."] {
            let normal = given_name(Attribute::GivenName, input, Tables::shipped());
            assert_eq!(normal.parts.len(), 1, "{input}");
            assert_eq!(normal.parts[0].canonical, "hans peter v", "{input}");
        }
    }
}
