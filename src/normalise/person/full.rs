//! A whole name in one field, taken apart: `Dr. Hans Müller`,
//! `Müller, Hans`, `Hans und Eva Müller`, `Anna Maier geb. Huber`.

use super::around;
use super::family::{push_after, push_birth_name, split_birth_name, trailing};
use super::given::{self, push_lead};
use super::particle;
use super::suffix;
use super::title;
use super::words::{self, Word, join, without_additions};
use crate::normalise::{Normalised, Part, Tables, organisation, placeholder, text};
use crate::record::Attribute;
use smallvec::SmallVec;

/// A full-name field.
pub fn full_name(clean: &str, tables: &Tables) -> Normalised {
    let line = around::name_itself(clean, tables);
    if let Some((company, contact)) = organisation::before_contact(line, tables) {
        let mut normal = organisation::normalise(company, tables);
        let contact = full_name(contact, tables);
        normal.parts.extend(contact.parts.into_iter().filter(|_| contact.verdict.is_evidence()));
        return normal;
    }
    if let Some(normal) = organisation::in_name_field(line, tables) {
        return normal;
    }
    if clean.contains('@') {
        return Normalised::invalid(Attribute::FullName, clean, "an e-mail address in a name");
    }
    let quoted = line.contains("''").then(|| line.replace("''", "\""));
    let (name, additions) = without_additions(quoted.as_deref().unwrap_or(line));
    // `Hans Müller / Eva Müller` are two as with `und`.
    let name = if name.contains(" / ") { name.replace(" / ", " und ").into() } else { name };
    let name = if name.contains(['&', '+']) { words::spaced(&name).into_owned().into() } else { name };
    let name = if is_slipped_comma(&name, tables) { name.replacen(',', " ", 1).into() } else { name };
    let folded = text::fold(&name);
    if placeholder::is_placeholder(clean, &folded, tables) || is_sample_person(&folded) {
        return Normalised::placeholder(Attribute::FullName, clean, placeholder::REASON);
    }
    let mut normal = match split_at_comma(&name, tables) {
        Some((family, given)) => family_first(family, given, tables),
        None => given_first(&name, tables),
    };
    for addition in additions {
        let inner = words::words(addition, tables);
        let (outside, born) = split_birth_name(&inner);
        if outside.is_empty() {
            push_birth_name(&mut normal, Attribute::FullName, born, tables);
        }
    }
    if name.chars().any(|ch| ch.is_ascii_digit()) {
        normal = normal.doubted("digits in a name");
    }
    normal
}

/// The names of forms and templates.
fn is_sample_person(folded: &str) -> bool {
    matches!(
        folded,
        "max mustermann"
            | "maxi mustermann"
            | "erika mustermann"
            | "erika musterfrau"
            | "maria musterfrau"
            | "maxima musterfrau"
            | "john doe"
            | "jane doe"
            | "mustermann max"
            | "mustermann erika"
            | "test test"
            | "hans mustermann"
            | "test kunde"
            | "petra musterfrau"
    )
}

/// `Carolyn E, Savage`: an initial stands behind given names only, so the comma
/// parts nothing.
fn is_slipped_comma(name: &str, tables: &Tables) -> bool {
    let Some((before, after)) = name.split_once(',') else { return false };
    let (before, after) = (words::words(before, tables), words::words(after, tables));
    let ([given, initial], [family]) = (before.as_slice(), after.as_slice()) else { return false };
    let share = |word: &Word| tables.lexicon.given_name_share(&word.fold);
    initial.fold.len() == 1
        && suffix::canonical(&family.fold).is_none()
        && share(given).is_some_and(|share| share > 0.5)
        && share(family).is_none_or(|share| share < 0.5)
}

/// `Müller, Hans`: both sides, unless what follows the comma is no name but a
/// suffix, degree or rank (`Smith, Jr.`, `Byron, 6th Baron`).
fn split_at_comma<'n>(name: &'n str, tables: &Tables) -> Option<(&'n str, &'n str)> {
    let (before, after) = name.split_once(',')?;
    let words = words::words(after, tables);
    let first = words.first()?;
    // `Michio Yamaguchi, AIA, CSI`: letters of associations.
    let is_letters = words.iter().all(|word| {
        (2..=4).contains(&word.text.len()) && word.text.bytes().all(|byte| byte.is_ascii_uppercase())
    }) && before.contains(' ')
        && before.chars().any(char::is_lowercase);
    let is_addition = is_letters
        || words.iter().all(|word| suffix::canonical(&word.fold).is_some() || is_degree_like(word, tables))
        || first.fold.starts_with(|ch: char| ch.is_ascii_digit())
        || split_birth_name(&words).0.is_empty();
    (!is_addition && before.chars().any(char::is_alphabetic)).then_some((before, after))
}

fn is_degree_like(word: &Word, tables: &Tables) -> bool {
    title::trailing(&[Word { text: "x", fold: "x".into() }, word.clone()], tables) == 1
}

fn family_first(family: &str, given: &str, tables: &Tables) -> Normalised {
    let family = words::words(family, tables);
    let given = words::words(given, tables);
    let lead = title::leading(&given, tables);
    let (before, given) = given.split_at(lead.words);
    let (given, after) = given.split_at(given.len() - trailing(given, tables));
    // `Heide, Hans von der`: the particles have moved behind the given name.
    let moved = given
        .iter()
        .rev()
        .take_while(|word| {
            particle::is_particle(&word.fold, tables) && word.text.starts_with(char::is_lowercase)
        })
        .count();
    let (given, particles) = given.split_at(given.len() - moved.min(given.len().saturating_sub(1)));
    // `Müller, Hans und Eva`
    let (given, second) = match given::conjunction(given) {
        Some(at) => (&given[..at], &given[at + 1..]),
        None => (given, &given[..0]),
    };
    let family_lead = title::leading(&family, tables);
    let (family_before, family) = family.split_at(family_lead.words);
    let (family, family_after) = family.split_at(family.len() - trailing(family, tables));
    let (family, born) = split_birth_name(family);
    let mut core: words::Words = particles.iter().cloned().collect();
    core.extend(family.iter().cloned());
    let mut normal = parts(given, &core, tables);
    push_lead(&mut normal, family_before, &family_lead, tables);
    push_lead(&mut normal, before, &lead, tables);
    push_after(&mut normal, family_after, tables);
    push_after(&mut normal, after, tables);
    push_birth_name(&mut normal, Attribute::FullName, born, tables);
    if second.is_empty() { normal } else { with_second(normal, second) }
}

/// Adds the given names of a second person.
fn with_second(mut normal: Normalised, given: &[Word]) -> Normalised {
    let shown = join(given);
    normal.parts.push(Part::new(Attribute::GivenName, text::recase(&shown), given::canonical(given)));
    normal.doubted("two persons in one field")
}

fn given_first(name: &str, tables: &Tables) -> Normalised {
    let all = words::words(name.split_once(',').map_or(name, |(before, _)| before), tables);
    let (all, born) = split_birth_name(&all);
    let lead = title::leading(all, tables);
    let (before, rest) = all.split_at(lead.words);
    let (rest, after) = rest.split_at(rest.len() - trailing(rest, tables));
    let rest = without_number(rest);
    let inside = title_inside(rest, tables);
    let mut normal = match &inside {
        Some((at, lead)) => {
            let (first, last) = (&rest[..*at], &rest[at + lead.words..]);
            let in_order = tables.lexicon.given_name_share(&first[0].fold).is_some_and(|share| share > 0.5);
            if in_order { parts(first, last, tables) } else { parts(last, first, tables) }
        }
        None => couple(rest, tables).unwrap_or_else(|| {
            let (given, family) = split_family(rest, tables);
            parts(given, family, tables)
        }),
    };
    push_lead(&mut normal, before, &lead, tables);
    if let Some((at, lead)) = &inside {
        push_lead(&mut normal, &rest[*at..at + lead.words], lead, tables);
    }
    push_after(&mut normal, after, tables);
    push_birth_name(&mut normal, Attribute::FullName, born, tables);
    if let Some((_, tail)) = name.split_once(',') {
        let tail = words::words(tail, tables);
        match split_birth_name(&tail) {
            ([], born) => push_birth_name(&mut normal, Attribute::FullName, born, tables),
            _ => push_after(&mut normal, &tail, tables),
        }
    }
    normal
}

/// `Müller Dr. Hans`: where a title stands between two names.
fn title_inside(words: &[Word], tables: &Tables) -> Option<(usize, title::Lead)> {
    let at = (1..words.len().saturating_sub(1))
        .find(|&at| words[at].text.ends_with('.') && title::opens(&words[at], tables))?;
    let lead = title::leading(&words[at..], tables);
    let share = |word: &Word| tables.lexicon.given_name_share(&word.fold);
    // `Rt. Rev. Hyde` is no family name before a title.
    let named = share(words.first()?).is_some_and(|first| {
        first > 0.5 || words.get(at + lead.words).and_then(share).is_some_and(|given| given > 0.5)
    });
    (lead.words > 0 && lead.courtesy == 0 && named).then_some((at, lead))
}

/// `Hans Müller 2`: the number tells customers of one name apart.
fn without_number<'w, 'a>(words: &'w [Word<'a>]) -> &'w [Word<'a>] {
    match words {
        [rest @ .., last] if rest.len() > 1 && last.fold.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => words,
    }
}

/// `Hans und Eva Müller`, `Hans Müller und Eva Maier`: the first person, with
/// the second's given name beside it, in doubt.
fn couple(words: &[Word], tables: &Tables) -> Option<Normalised> {
    let at = given::conjunction(words)?;
    let (first, second) = (&words[..at], &words[at + 1..]);
    // `Müller Hans und Eva`
    if second.len() == 1 && first.len() > 1 {
        let (given, family) = split_family(first, tables);
        return Some(with_second(parts(given, family, tables), second));
    }
    let (second_given, family) = second.split_at(family_start(second, tables));
    let (first_given, first_family) =
        if first.len() == 1 { (first, family) } else { first.split_at(family_start(first, tables)) };
    let normal = parts(first_given, first_family, tables);
    if second_given.is_empty() {
        return Some(normal.doubted("two persons in one field"));
    }
    Some(with_second(normal, second_given))
}

/// Given names and family name of words in their usual order.
fn split_family<'w, 'a>(words: &'w [Word<'a>], tables: &Tables) -> (&'w [Word<'a>], &'w [Word<'a>]) {
    // `MÜLLER Hans`: capitals mark the family name where the rest has none.
    if words.len() >= 2 {
        let shouted = |word: &Word| {
            word.text.chars().count() > 2
                && !word.text.contains('.')
                && word.text.chars().all(|ch| !ch.is_lowercase())
                && word.text.chars().any(char::is_alphabetic)
        };
        let count = words.iter().take_while(|word| shouted(word)).count();
        if count > 0
            && count < words.len()
            && !words[count..].iter().any(shouted)
            && words[count..].iter().all(|word| word.text.chars().count() > 2)
        {
            return (&words[count..], &words[..count]);
        }
    }
    if let Some(at) = behind_family_with_particles(words, tables) {
        return (&words[at..], &words[..at]);
    }
    let at = family_start(words, tables);
    // `Swanson Peter A`, `Müller Hans`: the first word is a family name as
    // surely as the others are none.
    if at + 1 == words.len() && words.len() >= 2 && is_family_first(words, tables) {
        return (&words[1..], &words[..1]);
    }
    (&words[..at], &words[at..])
}

/// `v. d. Heide Hans`: where the given names begin behind a family name that
/// opens with its particles.
fn behind_family_with_particles(words: &[Word], tables: &Tables) -> Option<usize> {
    let opens = words.first().filter(|word| word.text.starts_with(char::is_lowercase))?;
    let core = words.iter().position(|word| !particle::is_particle(&word.fold, tables))?;
    let given = words.get(core + 1..).filter(|given| !given.is_empty())?;
    let is_given = |word: &Word| tables.lexicon.given_name_share(&word.fold).is_some_and(|share| share > 0.5);
    let fits = core > 0 && particle::opens_family_name(opens, tables) && given.iter().all(is_given);
    fits.then_some(core + 1)
}

fn is_family_first(words: &[Word], tables: &Tables) -> bool {
    let share = |word: &Word| tables.lexicon.given_name_share(&word.fold);
    let initial = |word: &Word| word.fold.len() == 1;
    let Some((first, rest)) = words.split_first() else { return false };
    let first_is_family = share(first).is_some_and(|share| share < 0.1);
    let rest_is_given = rest.iter().all(|word| initial(word) || share(word).is_some_and(|share| share > 0.9));
    if first_is_family && rest_is_given {
        return true;
    }
    // An initial stands behind given names only.
    let [given, last] = rest else { return false };
    initial(last)
        && !initial(first)
        && share(given).is_some_and(|share| share > 0.5)
        && share(first).is_none_or(|share| share < 0.5)
}

/// Where the family name begins: at its first particle, else at the last word.
fn family_start(words: &[Word], tables: &Tables) -> usize {
    let last = words.len().saturating_sub(1);
    for at in 1..last {
        if particle::opens_family_name(&words[at], tables)
            && words[at..last].iter().all(|word| particle::is_particle(&word.fold, tables))
        {
            return at;
        }
    }
    last
}

fn parts(given: &[Word], family: &[Word], tables: &Tables) -> Normalised {
    let mut parts: SmallVec<[Part; 2]> = SmallVec::new();
    if !given.is_empty() {
        let shown = join(given);
        parts.push(Part::new(Attribute::GivenName, text::recase(&shown), given::canonical(given)));
    }
    if !family.is_empty() {
        let shown = join(family);
        parts.push(Part::new(Attribute::FamilyName, text::recase(&shown), particle::core(family, tables)));
    }
    // A lone word that hardly anybody bears as family name is a given name.
    if let ([], [word]) = (given, family)
        && tables.lexicon.given_name_share(&word.fold).is_some_and(|share| share > 0.95)
        && let Some(part) = parts.first_mut()
    {
        part.attribute = Attribute::GivenName;
    }
    let lone = given.is_empty() || family.is_empty();
    let normal = Normalised::of_parts(parts);
    if lone { normal.doubted("only one name") } else { normal }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Attribute::{BirthName, FamilyName, Gender, GivenName, NameSuffix, Organisation, Title};

    fn check(input: &str, expect: &[(Attribute, &str)]) {
        let normal = full_name(input, Tables::shipped());
        let found: Vec<_> =
            normal.parts.iter().map(|part| (part.attribute, part.canonical.as_str())).collect();
        assert_eq!(found, expect, "{input}");
    }

    #[test]
    fn names_in_the_usual_order() {
        check("Hans Müller", &[(GivenName, "hans"), (FamilyName, "muller")]);
        check("Dr. Hans Müller", &[(GivenName, "hans"), (FamilyName, "muller"), (Title, "dr")]);
        check("Hans-Peter von der Heide", &[(GivenName, "hans peter"), (FamilyName, "heide")]);
        check(
            "Herr Prof. Dr. med. Hans Müller",
            &[(GivenName, "hans"), (FamilyName, "muller"), (Title, "prof dr"), (Gender, "m")],
        );
        check("Anna Maier geb. Huber", &[(GivenName, "anna"), (FamilyName, "maier"), (BirthName, "huber")]);
        check("charles wakefield (numismatist)", &[(GivenName, "charles"), (FamilyName, "wakefield")]);
        check("Arthur Wesley ''Wes'' Willis", &[(GivenName, "arthur wesley"), (FamilyName, "willis")]);
        check("David C. Zaccheo AIA", &[(GivenName, "david c"), (FamilyName, "zaccheo")]);
        check("Harry C Piper Attorney at Law", &[(GivenName, "harry c"), (FamilyName, "piper")]);
        check("John Smith Jr.", &[(GivenName, "john"), (FamilyName, "smith"), (NameSuffix, "jun")]);
    }

    #[test]
    fn family_name_first() {
        check("Müller, Hans", &[(GivenName, "hans"), (FamilyName, "muller")]);
        check("Heide, Hans von der", &[(GivenName, "hans"), (FamilyName, "heide")]);
        check("Carolyn E, Savage", &[(GivenName, "carolyn e"), (FamilyName, "savage")]);
        check("MÜLLER Hans", &[(GivenName, "hans"), (FamilyName, "muller")]);
        check("Müller, Dr. Hans", &[(GivenName, "hans"), (FamilyName, "muller"), (Title, "dr")]);
        check("Müller Dr. Hans", &[(GivenName, "hans"), (FamilyName, "muller"), (Title, "dr")]);
        check("v. d. Heide Hans", &[(GivenName, "hans"), (FamilyName, "heide")]);
    }

    #[test]
    fn couples_and_companies() {
        check("Hans und Eva Müller", &[(GivenName, "hans"), (FamilyName, "muller"), (GivenName, "eva")]);
        for couple in ["Müller, Hans und Eva", "Müller Hans und Eva", "Hans Müller / Eva Müller"] {
            check(couple, &[(GivenName, "hans"), (FamilyName, "muller"), (GivenName, "eva")]);
        }
        check("Herr und Frau Müller", &[(FamilyName, "muller")]);
        check("Herr/Frau Müller", &[(FamilyName, "muller")]);
        check("Müller GmbH", &[(Organisation, "muller")]);
        check("Dr. Müller & Partner", &[(Organisation, "dr muller und partner")]);
        check(
            "Müller GmbH, Herr Hans Maier",
            &[(Organisation, "muller"), (GivenName, "hans"), (FamilyName, "maier"), (Gender, "m")],
        );
    }
}
