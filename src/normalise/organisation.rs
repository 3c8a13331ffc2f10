//! Names of companies, clubs and authorities: the legal form goes, spelling
//! variants of what binds and abbreviates are made one.

mod around;
mod legal_form;

use super::{Normalised, Part, Tables, placeholder, text};
use crate::record::Attribute;
use compact_str::CompactString;
use smallvec::SmallVec;

/// An organisation field.
pub(super) fn normalise(clean: &str, tables: &Tables) -> Normalised {
    let folded = folded(around::name_itself(clean, tables));
    // A lone sign that binds is no name.
    if folded == "und" || placeholder::is_placeholder(clean, &folded, tables) {
        return Normalised::placeholder(Attribute::Organisation, clean, placeholder::REASON);
    }
    let canonical = of_folded(&folded, tables);
    Normalised::valid(Part::new(Attribute::Organisation, clean, canonical))
}

/// The comparison form by the shipped tables: folded words without legal form,
/// `&` as `und`.
pub fn canonical(clean: &str) -> CompactString {
    form(clean, Tables::shipped())
}

fn form(clean: &str, tables: &Tables) -> CompactString {
    of_folded(&folded(around::name_itself(clean, tables)), tables)
}

/// The fold of a name, what binds its parts written out.
fn folded(clean: &str) -> CompactString {
    if clean.contains(['&', '+']) {
        text::fold(&clean.replace(['&', '+'], " und "))
    } else {
        text::fold(clean)
    }
}

fn of_folded(folded: &str, tables: &Tables) -> CompactString {
    let mut out = CompactString::default();
    match legal_form::second_name(folded) {
        Some(at) => {
            let (first, second) = folded.split_at(at);
            push_name(&mut out, legal_form::without(first, &tables.legal_forms), tables);
            push_name(&mut out, legal_form::without(second.trim_start(), &tables.legal_forms), tables);
        }
        None => push_name(&mut out, legal_form::without(folded, &tables.legal_forms), tables),
    }
    out
}

/// Adds the words of a name in their comparison form.
fn push_name(out: &mut CompactString, folded: &str, tables: &Tables) {
    let kept: SmallVec<[&str; 8]> = text::fold_into_words(folded).collect();
    let mut last_was_initial = false;
    for (at, word) in kept.iter().enumerate() {
        let written = match *word {
            "the" | "die" | "der" | "das" if at == 0 && kept.len() > 1 => continue,
            // Single letters (`e`, `u`) bind only between words.
            short @ ("e" | "u" | "y") if at == 0 || at + 1 == kept.len() || last_was_initial => short,
            word => tables.organisation_words.get(word).unwrap_or(word),
        };
        // `A.D.A.C.` is `ADAC`.
        let initial = word.len() == 1 && written == *word;
        let joins = out.is_empty() || initial && last_was_initial;
        if !joins {
            out.push(' ');
        }
        out.push_str(written);
        last_was_initial = initial;
    }
}

/// A company in a field for a person's name, recognised by its legal form or by
/// what else no person is called.
pub(super) fn in_name_field(clean: &str, tables: &Tables) -> Option<Normalised> {
    // Every sign of a company stands beside a name.
    if !clean.contains(' ') {
        return None;
    }
    let folded = folded(clean);
    let words: SmallVec<[&str; 8]> = text::fold_into_words(&folded).collect();
    // `Ltd` alone is no company's name, and `UG Müller` no company.
    let is_sign =
        |(at, word): (usize, &&str)| (at > 0 || word.len() > 5) && tables.company_words.contains(word);
    let strong = words.iter().enumerate().any(is_sign);
    let dotted =
        [" e k", " e v", " e g", " e u", " e kfm", " e kfr"].iter().any(|form| folded.ends_with(form));
    let partners = words.windows(2).skip(1).any(|pair| pair[0] == "und" && PARTNERS.contains(&pair[1]));
    let is_company =
        strong || dotted && clean.contains('.') || partners || around::after_firm(clean).is_some();
    is_company.then(|| Normalised::valid(Part::new(Attribute::Organisation, clean, form(clean, tables))))
}

/// Words that name a company's further owners.
const PARTNERS: &[&str] =
    &["partner", "partners", "co", "cie", "sohn", "sohne", "tochter", "kollegen", "collegen", "bruder"];

/// `Müller GmbH, Herr Hans Maier`: the company, and whom to ask for.
pub(super) fn before_contact<'c>(clean: &'c str, tables: &Tables) -> Option<(&'c str, &'c str)> {
    let (company, contact) = clean.split_once(", ")?;
    let first = text::fold(contact.split(' ').next().unwrap_or(""));
    (tables.courtesy.contains(&first) && ends_in_form(company, tables)).then_some((company, contact))
}

/// Whether the name closes with a legal form.
fn ends_in_form(name: &str, tables: &Tables) -> bool {
    let folded = folded(name);
    legal_form::without(&folded, &tables.legal_forms).len() < folded.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str) {
        let normal = normalise(input, Tables::shipped());
        assert_eq!(normal.parts[0].canonical, expect, "{input}");
    }

    #[test]
    fn legal_forms_go() {
        check("Müller Bau GmbH & Co. KG", "muller bau");
        check("Müller Bau GmbH&Co.KG", "muller bau");
        check("Schmidt Software UG (haftungsbeschränkt)", "schmidt software");
        check("Huber Ges.m.b.H.", "huber");
        check("Meier e.K.", "meier");
        check("Sportverein Neustadt e.V.", "sportverein neustadt");
        check("Siemens AG", "siemens");
        check("Apple Inc.", "apple");
        check("Muster S.à r.l.", "muster");
        check("Acme, LLC", "acme");
        check("AG", "ag");
        check("Kaleo Inc dba Cleo's", "kaleo dba cleos");
        check("Drew T. Erwin Ltd. Attorney at Law", "drew t erwin attorney at law");
        check("Huber GmbH i. L.", "huber");
    }

    #[test]
    fn and_has_one_spelling() {
        check("Meier & Söhne", "meier und sohne");
        check("Meier und Söhne", "meier und sohne");
        check("Meier + Söhne", "meier und sohne");
        check("A.D.A.C.", "adac");
    }
}
