//! The tables that a rule file may add to, cut or replace. Without one, what
//! ships in `data/` holds.

use super::nickname::{self, Nicknames};
use super::table::{Table, entries};
use crate::rules::{TableName, TableRule};
use std::sync::LazyLock;

/// The tables of one run.
pub struct Tables {
    /// Words that open a title wherever they stand before a name.
    pub titles: Table,
    /// Degrees that follow a name.
    pub degrees: Table,
    /// Legal forms as folded words; the longest that matches goes.
    pub legal_forms: Table,
    /// Words of organisations' names written out, by their abbreviations.
    pub organisation_words: Table,
    /// Local parts that name a function, not a person.
    pub email_roles: Table,
    /// Providers that hand out addresses for minutes.
    pub email_disposable: Table,
    /// Mistyped domains with the one meant.
    pub email_domains: Table,
    /// Given names that may be one person's.
    pub nicknames: Nicknames,
}

impl Tables {
    /// The tables as they ship.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Tables> = LazyLock::new(|| Tables::new(&[]));
        &SHIPPED
    }

    /// The tables as they ship, changed by a rule file.
    pub fn new(rules: &[TableRule]) -> Self {
        use TableName as T;
        let folded = |name, text| Table::folded(lines(name, text, rules));
        let verbatim = |name, text| Table::verbatim(lines(name, text, rules));
        let nicknames = nickname::SHIPPED.iter().flat_map(|text| entries(text));
        Self {
            titles: folded(T::Titles, include_str!("data/titles_leading.txt")),
            degrees: folded(T::Degrees, include_str!("data/titles_trailing.txt")),
            legal_forms: folded(T::LegalForms, include_str!("data/legal_forms.txt")),
            organisation_words: folded(T::OrganisationWords, include_str!("data/organisation_words.tsv")),
            email_roles: verbatim(T::EmailRoles, include_str!("data/email_roles.txt")),
            email_disposable: verbatim(T::EmailDisposable, include_str!("data/email_disposable.txt")),
            email_domains: verbatim(T::EmailDomains, include_str!("data/email_domain_typos.tsv")),
            nicknames: Nicknames::new(changed(T::Nicknames, nicknames, rules)),
        }
    }
}

impl std::fmt::Debug for Tables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tables").finish_non_exhaustive()
    }
}

fn lines<'a>(
    name: TableName,
    text: &'static str,
    rules: &'a [TableRule],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    changed(name, entries(text), rules)
}

/// The shipped entries, less those that the rules take out, and what they add.
/// What stands later wins.
fn changed<'a>(
    name: TableName,
    shipped: impl Iterator<Item = (&'static str, &'static str)> + 'a,
    rules: &'a [TableRule],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let shipped = shipped.map(|(key, meaning)| -> (&'a str, &'a str) { (key, meaning) });
    let changes = move || rules.iter().filter(move |rule| rule.name == name);
    let kept = move |key: &str| {
        changes().all(|rule| !rule.replace && !rule.remove.iter().any(|gone| gone.eq_ignore_ascii_case(key)))
    };
    let added = changes().flat_map(|rule| &rule.add).map(|(key, meaning)| (key.as_str(), meaning.as_str()));
    shipped.filter(move |(key, _)| kept(key)).chain(added)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::{Context, normalise};
    use crate::record::{Attribute, Verdict};

    fn rule(name: TableName, add: &[(&str, &str)], remove: &[&str], replace: bool) -> TableRule {
        TableRule {
            name,
            add: add.iter().map(|(key, meaning)| ((*key).to_owned(), (*meaning).to_owned())).collect(),
            remove: remove.iter().map(|key| (*key).to_owned()).collect(),
            replace,
        }
    }

    /// The first comparison form and the verdict, with shipped and with changed tables.
    fn both(rule: TableRule, attribute: Attribute, value: &str) -> [(String, Verdict); 2] {
        let tables = Tables::new(&[rule]);
        [Tables::shipped(), &tables].map(|tables| {
            let normal = normalise(attribute, value, &Context { tables, ..Context::default() });
            (normal.parts[0].canonical.to_string(), normal.verdict)
        })
    }

    #[test]
    fn entries_are_added_removed_and_replaced() {
        use TableName as T;
        let [shipped, changed] = both(
            rule(T::LegalForms, &[("Kramladen", "")], &[], false),
            Attribute::Organisation,
            "Huber Kramladen",
        );
        assert_eq!((shipped.0.as_str(), changed.0.as_str()), ("huber kramladen", "huber"));
        let [shipped, changed] =
            both(rule(T::LegalForms, &[], &["gmbh"], false), Attribute::Organisation, "Huber GmbH");
        assert_eq!((shipped.0.as_str(), changed.0.as_str()), ("huber", "huber gmbh"));
        let [_, changed] =
            both(rule(T::LegalForms, &[("kk", "")], &[], true), Attribute::Organisation, "Huber AG");
        assert_eq!(changed.0, "huber ag");
        let [shipped, changed] =
            both(rule(T::Titles, &[("Bergrat", "")], &[], false), Attribute::FamilyName, "Bergrat Huber");
        assert_eq!((shipped.0.as_str(), changed.0.as_str()), ("bergrat huber", "huber"));
        let [shipped, changed] =
            both(rule(T::EmailDomains, &[("gmx.dr", "gmx.de")], &[], false), Attribute::Email, "anna@gmx.dr");
        assert_eq!((shipped.0.as_str(), changed.0.as_str()), ("anna@gmx.dr", "anna@gmx.de"));
        let [shipped, changed] = both(
            rule(T::EmailDisposable, &[("weg.example.de", "")], &[], false),
            Attribute::Email,
            "a.b@weg.example.de",
        );
        assert_eq!((shipped.1, changed.1), (Verdict::Valid, Verdict::Doubtful));
    }

    #[test]
    fn nicknames_can_be_added() {
        let tables = Tables::new(&[rule(TableName::Nicknames, &[("Hannelore", "Lörchen")], &[], false)]);
        assert!(tables.nicknames.same_person_name("hannelore", "lorchen"));
        assert!(tables.nicknames.same_person_name("hans", "johannes"));
        assert!(!Tables::shipped().nicknames.same_person_name("hannelore", "lorchen"));
    }
}
