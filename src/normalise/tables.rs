//! The tables of one run: what ships in `data/`, less and more what a rule file
//! says. A table that no rule names is the shipped one, shared.

mod shipped;

use super::address::Towns;
use super::lexicon::Lexicon;
use super::nickname::Nicknames;
use super::phone::Plans;
use super::table::{Table, entries};
use super::text::fold;
use crate::rules::{Meaning, TableName, TableRule};
use compact_str::CompactString;
use shipped::{TOWNS_ENGLISH, TOWNS_GERMAN, shipped};
use std::sync::{Arc, LazyLock};

/// All of them; what each holds is told at its [`TableName`].
#[derive(Clone, Default)]
pub struct Tables {
    pub placeholders: Arc<Table>,
    pub courtesy: Arc<Table>,
    pub titles: Arc<Table>,
    pub titles_following: Arc<Table>,
    pub degrees: Arc<Table>,
    pub particles: Arc<Table>,
    pub particles_opening: Arc<Table>,
    pub legal_forms: Arc<Table>,
    pub company_words: Arc<Table>,
    pub organisation_words: Arc<Table>,
    pub street_words: Arc<Table>,
    pub street_first_words: Arc<Table>,
    pub unit_words: Arc<Table>,
    pub city_names: Arc<Table>,
    pub city_kinds: Arc<Table>,
    pub cities_with_districts: Arc<Table>,
    pub regions: Arc<Table>,
    pub countries: Arc<Table>,
    pub email_nobody: Arc<Table>,
    pub email_nowhere: Arc<Table>,
    pub email_providers: Arc<Table>,
    pub email_aliases: Arc<Table>,
    pub email_roles: Arc<Table>,
    pub email_disposable: Arc<Table>,
    pub email_domains: Arc<Table>,
    /// Given names that may be one person's.
    pub nicknames: Arc<Nicknames>,
    /// What kind of name a word usually is.
    pub lexicon: Arc<Lexicon>,
    /// Towns at the ends of addresses without commas.
    pub towns: Arc<Towns>,
    /// What is known of telephone numbers by their beginning; no rule changes it.
    pub phone_plans: Arc<Plans>,
}

impl Tables {
    /// The tables as they ship.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Tables> = LazyLock::new(|| Tables::build(None, &[]));
        &SHIPPED
    }

    /// The tables as they ship, changed by a rule file.
    pub fn new(rules: &[TableRule]) -> Self {
        Self::build(Some(Self::shipped()), rules)
    }

    fn build(shipped: Option<&Self>, rules: &[TableRule]) -> Self {
        use TableName as T;
        let changed = Changed { shipped, rules };
        let mut tables = Self {
            placeholders: changed.table(T::Placeholders, |tables| &tables.placeholders),
            courtesy: changed.table(T::Courtesy, |tables| &tables.courtesy),
            titles: changed.table(T::Titles, |tables| &tables.titles),
            titles_following: changed.table(T::TitlesFollowing, |tables| &tables.titles_following),
            degrees: changed.table(T::Degrees, |tables| &tables.degrees),
            particles: changed.table(T::Particles, |tables| &tables.particles),
            particles_opening: changed.table(T::ParticlesOpening, |tables| &tables.particles_opening),
            legal_forms: changed.table(T::LegalForms, |tables| &tables.legal_forms),
            company_words: changed.table(T::CompanyWords, |tables| &tables.company_words),
            organisation_words: changed.table(T::OrganisationWords, |tables| &tables.organisation_words),
            street_words: changed.table(T::StreetWords, |tables| &tables.street_words),
            street_first_words: changed.table(T::StreetFirstWords, |tables| &tables.street_first_words),
            unit_words: changed.table(T::UnitWords, |tables| &tables.unit_words),
            city_names: changed.table(T::CityNames, |tables| &tables.city_names),
            city_kinds: changed.table(T::CityKinds, |tables| &tables.city_kinds),
            cities_with_districts: changed.table(T::CitiesWithDistricts, |t| &t.cities_with_districts),
            regions: changed.table(T::Regions, |tables| &tables.regions),
            countries: changed.table(T::Countries, |tables| &tables.countries),
            email_nobody: changed.table(T::EmailNobody, |tables| &tables.email_nobody),
            email_nowhere: changed.table(T::EmailNowhere, |tables| &tables.email_nowhere),
            email_providers: changed.table(T::EmailProviders, |tables| &tables.email_providers),
            email_aliases: changed.table(T::EmailAliases, |tables| &tables.email_aliases),
            email_roles: changed.table(T::EmailRoles, |tables| &tables.email_roles),
            email_disposable: changed.table(T::EmailDisposable, |tables| &tables.email_disposable),
            email_domains: changed.table(T::EmailDomains, |tables| &tables.email_domains),
            nicknames: match changed.unless_named(&[T::Nicknames]) {
                Some(tables) => tables.nicknames.clone(),
                None => Arc::new(Nicknames::new(changed.entries(T::Nicknames))),
            },
            towns: match changed.unless_named(&[T::Towns]) {
                Some(tables) => tables.towns.clone(),
                None => {
                    let names = changed.of(T::Towns, entries(TOWNS_ENGLISH));
                    Arc::new(Towns::new(names.map(|(name, _)| name)))
                }
            },
            phone_plans: shipped.map_or_else(Arc::default, |tables| tables.phone_plans.clone()),
            lexicon: Arc::default(),
        };
        // Names of towns are known in the comparison form that the tables give.
        tables.lexicon = match changed.unless_named(LEXICON) {
            Some(tables) => tables.lexicon.clone(),
            None => {
                let towns = changed.of(T::Towns, entries(TOWNS_GERMAN)).map(|(name, _)| name);
                let (given, family) = (changed.entries(T::GivenNames), changed.entries(T::FamilyNames));
                Arc::new(Lexicon::new(given, family, towns, &tables))
            }
        };
        tables
    }
}

/// The tables that the lexicon is made of.
const LEXICON: &[TableName] = &[
    TableName::GivenNames,
    TableName::FamilyNames,
    TableName::Nicknames,
    TableName::Towns,
    TableName::CityNames,
    TableName::CityKinds,
    TableName::CitiesWithDistricts,
];

impl std::fmt::Debug for Tables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tables").finish_non_exhaustive()
    }
}

/// The shipped tables, once they are made, and what changes them.
struct Changed<'a> {
    shipped: Option<&'a Tables>,
    rules: &'a [TableRule],
}

impl<'a> Changed<'a> {
    /// The shipped tables, where no rule changes one of these.
    fn unless_named(&self, names: &[TableName]) -> Option<&'a Tables> {
        self.shipped.filter(|_| !self.rules.iter().any(|rule| names.contains(&rule.name)))
    }

    fn table(&self, name: TableName, own: impl Fn(&Tables) -> &Arc<Table>) -> Arc<Table> {
        if let Some(shipped) = self.unless_named(&[name]) {
            return own(shipped).clone();
        }
        // What ships is in its comparison form already.
        let shipped = self.kept(name, shipped(name).into_iter());
        let shipped = shipped.map(|(key, to)| (form(name, key), CompactString::from(to)));
        let added = self.added(name).map(|(key, to)| (form(name, key), meaning(name, to)));
        Arc::new(Table::of(shipped.chain(added)))
    }

    /// The entries of a table as they are spelled; what stands later counts.
    fn entries(&self, name: TableName) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.of(name, shipped(name).into_iter())
    }

    fn of(
        &self,
        name: TableName,
        shipped: impl Iterator<Item = shipped::Entry>,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.kept(name, shipped).chain(self.added(name))
    }

    /// The shipped entries that no rule takes out.
    fn kept(
        &self,
        name: TableName,
        shipped: impl Iterator<Item = shipped::Entry>,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let rules = || self.rules.iter().filter(|rule| rule.name == name);
        let replaced = rules().any(|rule| rule.replace);
        let mut removed: Vec<_> =
            rules().flat_map(|rule| &rule.remove).map(|removed| form(name, removed)).collect();
        // The larger of two counts holds, so what ships must not stand beside.
        if matches!(name, TableName::GivenNames | TableName::FamilyNames) {
            removed.extend(self.added(name).map(|(key, _)| form(name, key)));
        }
        let kept = move |key: &str| !replaced && (removed.is_empty() || !removed.contains(&form(name, key)));
        shipped
            .filter(move |(key, _)| kept(key))
            .map(|(key, meaning)| -> (&'a str, &'a str) { (key, meaning) })
    }

    fn added(&self, name: TableName) -> impl Iterator<Item = (&'a str, &'a str)> {
        let rules = self.rules.iter().filter(move |rule| rule.name == name);
        rules.flat_map(|rule| &rule.add).map(|(key, meaning)| (key.as_str(), meaning.as_str()))
    }
}

/// The form in which a table's keys are looked up.
fn form(name: TableName, key: &str) -> CompactString {
    use TableName as T;
    match name {
        // Signs in it do not count.
        T::EmailNobody => key.to_lowercase().chars().filter(|ch| ch.is_alphanumeric()).collect(),
        T::EmailNowhere
        | T::EmailProviders
        | T::EmailAliases
        | T::EmailRoles
        | T::EmailDisposable
        | T::EmailDomains => key.trim().to_lowercase().into(),
        _ => fold(key),
    }
}

/// The form of a meaning that a rule file gives.
fn meaning(name: TableName, text: &str) -> CompactString {
    match name.meaning() {
        Meaning::Domain => text.to_lowercase().into(),
        Meaning::Words | Meaning::WordsOrNothing if name != TableName::Regions => fold(text),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests;
