//! Which data file holds which table.

use crate::normalise::table::entries;
use crate::rules::TableName;

/// An entry as its data file spells it.
pub type Entry = (&'static str, &'static str);

/// The entries that ship of a table; of two with one key the later counts.
/// Towns are kept in two files, [`TOWNS_GERMAN`] and [`TOWNS_ENGLISH`], since
/// they serve two ends.
pub fn shipped(name: TableName) -> Vec<Entry> {
    use TableName as T;
    let texts: &[&str] = match name {
        T::Placeholders => &[include_str!("../data/placeholders.txt")],
        T::Courtesy => &[include_str!("../data/courtesy.tsv")],
        T::Titles => &[include_str!("../data/titles.txt")],
        T::TitlesFollowing => &[include_str!("../data/titles_following.txt")],
        T::Degrees => &[include_str!("../data/degrees.txt")],
        T::Particles => &[include_str!("../data/particles.txt")],
        T::ParticlesOpening => &[include_str!("../data/particles_opening.txt")],
        T::GivenNames => {
            &[include_str!("../data/given_names_de.tsv"), include_str!("../data/given_names_world.tsv")]
        }
        T::FamilyNames => {
            &[include_str!("../data/family_names_de.tsv"), include_str!("../data/family_names_world.txt")]
        }
        T::Nicknames => &[include_str!("../data/nicknames_de.tsv"), include_str!("../data/nicknames_en.tsv")],
        T::LegalForms => &[include_str!("../data/legal_forms.txt")],
        T::CompanyWords => &[include_str!("../data/company_words.txt")],
        T::OrganisationWords => &[include_str!("../data/organisation_words.tsv")],
        T::StreetWords => &[include_str!("../data/street_words.tsv")],
        T::StreetFirstWords => &[include_str!("../data/street_first_words.tsv")],
        T::UnitWords => &[include_str!("../data/unit_words.tsv")],
        T::Towns => &[TOWNS_GERMAN, TOWNS_ENGLISH],
        T::CityNames => &[include_str!("../data/city_names.tsv")],
        T::CityKinds => &[include_str!("../data/city_kinds.txt")],
        T::CitiesWithDistricts => &[include_str!("../data/cities_with_districts.txt")],
        T::Regions => &[include_str!("../data/regions.tsv")],
        T::Countries => return countries(),
        T::EmailNobody => &[include_str!("../data/email_nobody.txt")],
        T::EmailNowhere => &[include_str!("../data/email_nowhere.txt")],
        T::EmailProviders => &[include_str!("../data/email_providers.txt")],
        T::EmailAliases => &[include_str!("../data/email_aliases.tsv")],
        T::EmailRoles => &[include_str!("../data/email_roles.txt")],
        T::EmailDisposable => &[include_str!("../data/email_disposable.txt")],
        T::EmailDomains => &[include_str!("../data/email_domains.tsv")],
    };
    texts.iter().flat_map(|text| entries(text)).collect()
}

/// Towns and municipalities of Germany, by which columns are told.
pub const TOWNS_GERMAN: &str = include_str!("../data/towns_de.txt");
/// Towns of English-speaking countries, whose addresses run on without commas.
pub const TOWNS_ENGLISH: &str = include_str!("../data/towns_en.txt");

/// Codes, names and nationalities with the code. Codes outrank names, and
/// names outrank nationalities: only a nickname could be shared.
fn countries() -> Vec<Entry> {
    let mut found: Vec<Entry> = entries(include_str!("../data/nationalities.tsv")).collect();
    let lines = || {
        entries(include_str!("../data/countries.tsv"))
            .filter_map(|(code, rest)| rest.split_once('\t').map(|(code3, names)| (code, code3, names)))
    };
    let names = lines().flat_map(|(code, _, names)| names.split('|').map(move |name| (name, code)));
    // The first country with a name has it.
    let names: Vec<Entry> = names.collect();
    found.extend(names.into_iter().rev());
    found.extend(lines().flat_map(|(code, code3, _)| [(code, code), (code3, code)]));
    found
}
