//! Titles and degrees before and after a name: `Prof. Dr. med.`,
//! `Dipl.-Ing.`, `Mag. (FH)`, `MBA`, and courtesy forms such as `Frau`.

use super::words::{self, Word};
use crate::normalise::{Normalised, Part, Tables, placeholder, text::fold};
use crate::record::Attribute;
use compact_str::CompactString;

/// Degrees that are also words or names, so only dots or capitals mark them.
const TRAILING_DOTTED: &[&str] = &[
    "m a", "b a", "m sc", "b sc", "ll m", "ph d", "m d", "m eng", "b eng", "m ed", "b ed", "d d s", "m b a",
    "b b a", "p e", "j d", "r n", "d o", "m s", "b s", "m p h",
];

/// Courtesy forms that are plain words or names without their dot or place.
const COURTESY_WEAK: &[&str] =
    &["m", "sr", "pan", "fam", "fa", "sig", "lord", "lady", "miss", "ms", "fr", "hr"];

/// Whether the folded word can be part of a title.
pub fn is_title_word(fold: &str, tables: &Tables) -> bool {
    tables.titles.contains(fold) || tables.degrees.contains(fold) || tables.courtesy.contains(fold)
}

/// Forms of address that a field for given names holds where there is none.
/// English ones stay: `Sir` or `Mrs.` is all that old records have.
const NOBODYS: &[&str] =
    &["herr", "herrn", "hr", "frau", "fraulein", "frl", "familie", "fam", "eheleute", "ehel", "firma"];

/// Whether the folded word is a form of address that nobody has for a name.
pub fn is_nobodys(fold: &str) -> bool {
    NOBODYS.contains(&fold)
}

/// What stands before a name: how many words, and the gender they tell.
pub struct Lead {
    pub courtesy: usize,
    pub words: usize,
    pub gender: &'static str,
}

/// The titles that open `words`. At least one word is left for the name.
pub fn leading(words: &[Word], tables: &Tables) -> Lead {
    let mut lead = Lead { courtesy: 0, words: 0, gender: "" };
    let mut in_title = false;
    let last = words.len().saturating_sub(1);
    for (at, word) in words[..last].iter().enumerate() {
        if !in_title && is_of_two(word, words.get(at + 1), lead.courtesy > 0, tables) {
            lead.gender = "";
            lead.courtesy += 1;
        } else if !in_title && let Some(gender) = courtesy(word, tables) {
            // A second form is another person's.
            lead.gender = if lead.courtesy == 0 { gender } else { "" };
            lead.courtesy += 1;
        } else if opens(word, tables) || in_title && continues(word, tables) {
            in_title = true;
        } else {
            break;
        }
        lead.words += 1;
    }
    lead
}

/// `Herr/Frau`, and the `und` of `Herr und Frau`: no gender follows.
fn is_of_two(word: &Word, next: Option<&Word>, after_courtesy: bool, tables: &Tables) -> bool {
    let is_form = |part: &str| tables.courtesy.contains(part);
    match word.fold.as_str() {
        "und" | "u" | "oder" => after_courtesy && next.is_some_and(|next| is_form(&next.fold)),
        fold => fold.contains(' ') && fold.split(' ').all(is_form),
    }
}

fn courtesy(word: &Word, tables: &Tables) -> Option<&'static str> {
    let fold = word.fold.as_str();
    let gender = courtesy_form(word, tables)?;
    let weak = COURTESY_WEAK.contains(&fold) && !(word.text.ends_with('.') || matches!(fold, "miss" | "ms"));
    (!weak).then_some(gender)
}

pub fn opens(word: &Word, tables: &Tables) -> bool {
    // Diplomingenieur and Rechtsanwalt; `Di` and `Ra` are names.
    if matches!(word.text, "DI" | "RA") {
        return true;
    }
    let first = word.fold.split(' ').next().unwrap_or("");
    if !tables.titles.contains(first) {
        return false;
    }
    // These are names too: only a dot, or a word that is plainly one, decides.
    let needs_dot = matches!(
        first,
        "doc"
            | "fr"
            | "hr"
            | "hon"
            | "major"
            | "general"
            | "gen"
            | "min"
            | "col"
            | "rev"
            | "ra"
            | "rain"
            | "lt"
            | "bc"
            | "komm"
            | "ing"
            | "priv"
            | "univ"
            | "lic"
            | "dra"
    );
    (!needs_dot || word.text.contains('.')) && rest_is_title(word, tables)
}

fn rest_is_title(word: &Word, tables: &Tables) -> bool {
    word.fold
        .split(' ')
        .skip(1)
        .all(|part| tables.titles_following.contains(part) || tables.titles.contains(part))
}

fn continues(word: &Word, tables: &Tables) -> bool {
    let dotted = word.text.contains('.') || word.text.contains('(') || word.fold.len() > 1;
    dotted && word.fold.split(' ').all(|part| tables.titles_following.contains(part) || tables.titles.contains(part))
        // `Dr. Inform` is no one; but short following words double as initials.
        && (word.fold.len() > 1 || word.text.starts_with(|ch: char| ch.is_lowercase()))
}

/// How many of the last words are degrees. At least one word is left.
pub fn trailing(words: &[Word], tables: &Tables) -> usize {
    let room = words.len().saturating_sub(1);
    if let [_, .., attorney, at, law] = words
        && (attorney.fold.as_str(), at.fold.as_str(), law.fold.as_str()) == ("attorney", "at", "law")
    {
        return 3;
    }
    if is_association(words, tables) {
        return 1;
    }
    let mut count = 0;
    while count < room && is_degree(&words[words.len() - 1 - count], tables) {
        count += 1;
    }
    count
}

/// `David C. Zaccheo AIA`: capitals behind a family name that stands behind an
/// initial, in a name that is not written in capitals throughout.
fn is_association(words: &[Word], tables: &Tables) -> bool {
    let [.., initial, family, last] = words else { return false };
    words.len() >= 4
        && initial.fold.len() == 1
        && family.text.chars().any(char::is_lowercase)
        && (2..=4).contains(&last.text.len())
        && last.text.bytes().all(|byte| byte.is_ascii_uppercase())
        && tables.lexicon.given_name_share(&last.fold).is_none()
        && !last.fold.bytes().all(|byte| matches!(byte, b'i' | b'v'))
}

fn is_degree(word: &Word, tables: &Tables) -> bool {
    let fold = word.fold.as_str();
    if TRAILING_DOTTED.contains(&fold) {
        return word.text.contains('.');
    }
    let first = fold.split(' ').next().unwrap_or("");
    match fold {
        // Also given or family names, in mixed case.
        "med" | "mag" | "mas" | "bed" | "jd" | "rn" | "kc" | "qc" => {
            word.text.contains('.') || is_shouted(word.text)
        }
        "dr" | "prof" | "dr med" | "dipl ing" | "prof dr" => true,
        _ if first == "dipl" || first == "dr" => rest_is_title(word, tables),
        _ => tables.degrees.contains(fold),
    }
}

fn is_shouted(text: &str) -> bool {
    text.chars().all(|ch| !ch.is_lowercase())
}

/// The academic title's comparison form: its main grades, the highest first.
pub fn canonical(words: &[Word], tables: &Tables) -> CompactString {
    let mut out = CompactString::default();
    for (grade, forms) in [
        ("prof", &["prof", "professor", "professorin"][..]),
        (
            "dr",
            &[
                "dr", "doktor", "doctor", "ddr", "dres", "phd", "md", "mudr", "judr", "phdr", "rndr", "ph d",
                "dott", "dra",
            ],
        ),
        ("mag", &["mag", "magister", "magistra", "mmag", "mgr"]),
        ("dipl", &["dipl", "diplom", "di"]),
    ] {
        let holds = words.iter().any(|word| {
            forms.contains(&word.fold.as_str()) || word.fold.split(' ').any(|part| forms.contains(&part))
        });
        if holds {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(grade);
        }
    }
    if out.is_empty() {
        for word in words.iter().filter(|word| courtesy(word, tables).is_none()) {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&word.fold);
        }
    }
    out
}

/// A title field: the title, and the gender where a courtesy form tells it.
pub fn title(clean: &str, tables: &Tables) -> Normalised {
    let folded = fold(clean);
    if placeholder::is_placeholder(clean, &folded, tables) {
        return Normalised::placeholder(Attribute::Title, clean, placeholder::REASON);
    }
    let words = words::words(clean, tables);
    let told = |word: &Word| courtesy_form(word, tables);
    let academic: words::Words = words.iter().filter(|word| told(word).is_none()).cloned().collect();
    let mut normal = Normalised::valid(Part::new(Attribute::Title, clean, canonical(&academic, tables)));
    if let Some(gender) = words.iter().find_map(told).filter(|gender| !gender.is_empty()) {
        normal.parts.push(Part::new(Attribute::Gender, gender, gender));
    }
    normal
}

/// In a field of its own a courtesy form needs no dot. Gives the gender that it
/// tells, if any.
fn courtesy_form(word: &Word, tables: &Tables) -> Option<&'static str> {
    tables.courtesy.get(&word.fold).map(|gender| match gender {
        "m" => "m",
        "f" => "f",
        _ => "",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str, gender: &str) {
        let normal = title(input, Tables::shipped());
        assert_eq!(normal.parts[0].canonical, expect, "{input}");
        let told = normal.parts.get(1).map_or("", |part| part.canonical.as_str());
        assert_eq!(told, gender, "{input}");
    }

    #[test]
    fn titles_are_reduced_to_their_grades() {
        check("Prof. Dr. med.", "prof dr", "");
        check("Frau Dr.", "dr", "f");
        check("Herr", "", "m");
        check("Dipl.-Ing.", "dipl", "");
        check("Dr.", "dr", "");
        check("Professor Doktor", "prof dr", "");
    }
}
