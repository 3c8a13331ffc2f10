//! What stands around a company's name: `Firma` before it; owner, branch,
//! department, contact and register number behind it. All of it is left out of
//! the comparison form: the same company is written without as often.

use super::ends_in_form;
use crate::normalise::{Tables, text::fold};

/// Marks that end the name wherever they stand, in small letters.
const MARKS: &[&str] = &[
    "c/o ",
    "z. hd. ",
    "z.hd. ",
    "zhd ",
    "zu händen ",
    "hrb ",
    "hra ",
    "hrb: ",
    "inh. ",
    "inh.: ",
    "inhaber ",
    "inhaber: ",
    "inhaberin ",
    "zweigniederlassung ",
    "niederlassung ",
];

/// First words of a part that names a branch, a department or whom to ask for.
const PARTS: &[&str] = &[
    "nl",
    "niederlassung",
    "zweigniederlassung",
    "zweigstelle",
    "geschaftsstelle",
    "filiale",
    "standort",
    "abt",
    "abteilung",
    "inh",
    "inhaber",
    "inhaberin",
    "hrb",
    "hra",
    "z",
    "zhd",
    "zu",
];

/// What is written before companies' names.
const FIRM: &[&str] = &["Firma ", "FIRMA ", "firma ", "Fa. ", "FA. ", "fa. ", "Fa ", "FA "];

/// The name alone.
pub fn name_itself<'n>(clean: &'n str, tables: &Tables) -> &'n str {
    let name = after_firm(clean).unwrap_or(clean);
    before_parts(before_mark(name), tables)
}

/// What follows `Firma` or `Fa.`
pub fn after_firm(clean: &str) -> Option<&str> {
    if !clean.starts_with(['F', 'f']) {
        return None;
    }
    let rest = FIRM.iter().find_map(|firm| clean.strip_prefix(firm))?.trim_start();
    rest.chars().any(char::is_alphabetic).then_some(rest)
}

fn before_mark(name: &str) -> &str {
    let bytes = name.as_bytes();
    let is_mark = |at: &usize| {
        let rest = bytes.get(at + 1..).unwrap_or(&[]);
        // Most words begin otherwise.
        matches!(rest.first(), Some(b'c' | b'C' | b'z' | b'Z' | b'h' | b'H' | b'i' | b'I' | b'n' | b'N'))
            && MARKS.iter().any(|mark| {
                rest.get(..mark.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(mark.as_bytes()))
            })
    };
    let mut spaces = bytes.iter().enumerate().filter(|(_, byte)| **byte == b' ').map(|(at, _)| at);
    match spaces.find(is_mark).filter(|at| *at > 0) {
        Some(at) => name[..at].trim_end_matches([' ', ',', ';', '-', '–', '(']),
        None => name,
    }
}

/// `Müller GmbH, NL Köln`, `Müller GmbH (Köln)`, `Müller AG - Einkauf`: what a
/// sign parts from a whole company's name.
fn before_parts<'n>(name: &'n str, tables: &Tables) -> &'n str {
    if !name.contains([',', '(', '|', '–', '-']) {
        return name;
    }
    for sign in [", ", " - ", " – ", " (", " | "] {
        let Some((before, after)) = name.split_once(sign) else { continue };
        let folded = fold(after);
        let first = folded.split(' ').next().unwrap_or("");
        let is_part = PARTS.contains(&first) && folded.contains(' ');
        let second_name = ["dba", "d b a"].iter().any(|mark| folded.starts_with(mark));
        if before.chars().any(char::is_alphabetic)
            && (is_part || !second_name && ends_in_form(before, tables) && !ends_in_form(name, tables))
        {
            return before.trim_end();
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companies_alone() {
        for (line, expect) in [
            ("Firma Müller GmbH", "Müller GmbH"),
            ("Müller GmbH, NL Köln", "Müller GmbH"),
            ("Müller GmbH (Köln)", "Müller GmbH"),
            ("Müller GmbH - Einkauf", "Müller GmbH"),
            ("Müller, Inh. Hans Maier", "Müller"),
            ("Müller Inhaber Hans Maier e.K.", "Müller"),
            ("Müller GmbH, z. Hd. Herrn Maier", "Müller GmbH"),
            ("Müller GmbH HRB 1234", "Müller GmbH"),
            ("Müller, Maier & Huber GbR", "Müller, Maier & Huber GbR"),
            ("Müller UG (haftungsbeschränkt)", "Müller UG (haftungsbeschränkt)"),
            ("Firma", "Firma"),
        ] {
            assert_eq!(name_itself(line, Tables::shipped()), expect, "{line}");
        }
    }
}
