//! What a column's values say it holds, and whether they contradict its header.
//! Columns beside it are not looked at here.

use super::profile::Profile;
use super::{dates, lexicon, places, shape};
use crate::record::Attribute;

/// What the values say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub attribute: Attribute,
    pub reason: String,
}

/// Reads the values of a column whose header says nothing. Text that is no
/// particular attribute comes back as `Text`, useless values as `Carried`.
pub(super) fn read(profile: &Profile) -> Finding {
    unmistakable(profile)
        .or_else(|| dated(profile))
        .or_else(|| categories(profile))
        .or_else(|| numeric(profile))
        .or_else(|| wording(profile))
        .unwrap_or_else(|| leftover(profile))
}

fn found(attribute: Attribute, share: f64, what: &str) -> Finding {
    Finding { attribute, reason: format!("{:.0} % are {what}", share * 100.0) }
}

/// Values whose form alone says what they are.
fn unmistakable(profile: &Profile) -> Option<Finding> {
    type Test = fn(&str) -> bool;
    const TESTS: &[(Attribute, f64, Test, &str)] = &[
        (Attribute::Email, 0.6, shape::is_email, "e-mail addresses"),
        (Attribute::Carried, 0.5, shape::is_file_url, "addresses of files"),
        (Attribute::SocialHandle, 0.6, shape::is_social_handle, "social handles"),
        (Attribute::Website, 0.6, shape::is_url, "web addresses"),
        (Attribute::Iban, 0.6, shape::is_iban, "IBANs"),
        (Attribute::VatId, 0.7, shape::is_vat_id, "VAT ids"),
    ];
    for &(attribute, least, test, what) in TESTS {
        let share = profile.share(test);
        if share >= least {
            return Some(found(attribute, share, what));
        }
    }
    let share = profile.share(shape::is_uuid_or_hash);
    (share >= 0.8).then(|| {
        let attribute = if profile.is_unique() { Attribute::Carried } else { Attribute::Identifier };
        found(attribute, share, "hashes")
    })
}

fn dated(profile: &Profile) -> Option<Finding> {
    let share = profile.share(|value| dates::read(value).is_some());
    if share < 0.6 {
        return None;
    }
    let timed = profile.share(|value| dates::read(value).is_some_and(|date| date.timed));
    if timed >= 0.5 {
        return Some(found(Attribute::Carried, timed, "moments in time"));
    }
    let births = looks_like_births(profile, |value| dates::read(value).map(|date| date.year));
    Some(match births {
        true => found(Attribute::BirthDate, share, "dates, spread over a lifetime"),
        false => found(Attribute::Carried, share, "dates, too close together for births"),
    })
}

/// Years spread over decades, as births are and dates of business are not.
fn looks_like_births(profile: &Profile, year: impl Fn(&str) -> Option<u16>) -> bool {
    let mut years: Vec<(u16, usize)> =
        profile.sample.iter().filter_map(|sampled| Some((year(sampled.value)?, sampled.count))).collect();
    years.sort_unstable();
    let total: usize = years.iter().map(|(_, count)| count).sum();
    let at = |share: f64| {
        let mut left = (total as f64 * share) as usize;
        years.iter().find(|(_, count)| {
            let here = left < *count;
            left = left.saturating_sub(*count);
            here
        })
    };
    match (at(0.05), at(0.5), at(0.95)) {
        (Some((low, _)), Some((median, _)), Some((high, _))) => {
            high - low >= 20 || (*median < 2000 && high - low >= 8)
        }
        _ => false,
    }
}

/// Short lists of known words: gender, country, region.
fn categories(profile: &Profile) -> Option<Finding> {
    let gender = profile.share(shape::is_gender);
    if gender >= 0.8 && profile.distinct_ratio() < 0.5 {
        return Some(found(Attribute::Gender, gender, "genders or salutations"));
    }
    let country = profile.share(|value| places::country(value).is_some());
    let region = best_region(profile).map_or(0.0, |(_, share)| share);
    if region >= 0.7 && region > country {
        return Some(found(Attribute::Region, region, "states or provinces"));
    }
    if country >= 0.7 {
        return Some(found(Attribute::Country, country, "countries"));
    }
    let yes_or_no = profile.share(is_yes_or_no);
    (yes_or_no >= 0.95).then(|| found(Attribute::Carried, yes_or_no, "yes or no"))
}

/// The country whose regions the values are, and the share that is.
pub(super) fn best_region(profile: &Profile) -> Option<(&'static str, f64)> {
    places::region_countries()
        .map(|country| (country, profile.share(|value| places::is_region_of(country, value))))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .filter(|(_, share)| *share > 0.0)
}

fn is_yes_or_no(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "true", "false", "yes", "no", "ja", "nein", "y", "n", "j", "0", "1", "t", "f", "tak", "nie", "oui",
        "non",
    ];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(value))
}

fn numeric(profile: &Profile) -> Option<Finding> {
    let integers = profile.share(shape::is_integer);
    let year = |value: &str| value.parse::<u16>().ok().filter(|year| (1850..=2040).contains(year));
    let years = profile.share(|value| value.len() == 4 && year(value).is_some());
    if years >= 0.8 {
        let births = looks_like_births(profile, year);
        return Some(match births {
            true => found(Attribute::BirthYear, years, "years, spread over a lifetime"),
            false => found(Attribute::Carried, years, "years, too close together for births"),
        });
    }
    let phones = profile.share(shape::is_phone);
    let dialled = profile.share(shape::is_dialled);
    if phones >= 0.6 && dialled >= 0.3 {
        return Some(found(Attribute::Phone, phones, "phone numbers"));
    }
    let postcodes = profile.share(shape::is_postcode);
    if postcodes >= 0.7 && (profile.distinct_ratio() < 0.9 || integers < 0.5) {
        return Some(found(Attribute::Postcode, postcodes, "postcodes"));
    }
    let houses = profile.share(shape::is_house_number);
    let lettered = profile.share(|value| shape::is_house_number(value) && shape::letters(value) > 0);
    if houses >= 0.85 && lettered >= 0.005 {
        return Some(found(Attribute::HouseNumber, houses, "house numbers"));
    }
    coded(profile, integers)
}

/// Numbers and codes without a known form.
fn coded(profile: &Profile, integers: f64) -> Option<Finding> {
    let decimals = profile.share(shape::is_decimal);
    if decimals >= 0.8 {
        return Some(found(Attribute::Carried, decimals, "amounts"));
    }
    let codes = profile.share(|value| shape::digits(value) >= 5 && shape::words(value) <= 1);
    if codes >= 0.8 && one_length(profile) >= 0.7 {
        return Some(match profile.distinct_ratio() {
            // Nothing repeats, so nothing can link; tables settle it together later.
            ratio if ratio >= 0.3 => {
                found(Attribute::Identifier, codes, "codes of one length, few rows to each")
            }
            _ => found(Attribute::Text, codes, "codes of one length, many rows to each"),
        });
    }
    let numbers = profile.share(|value| value.parse::<f64>().is_ok());
    (integers >= 0.8 || numbers >= 0.8)
        .then(|| found(Attribute::Carried, numbers.max(integers), "plain numbers"))
}

/// The share of values that have the most frequent length.
fn one_length(profile: &Profile) -> f64 {
    let mut lengths = [0_usize; 64];
    for sampled in &profile.sample {
        if let Some(count) = lengths.get_mut(sampled.value.len()) {
            *count += sampled.count;
        }
    }
    let all = profile.sample.iter().map(|sampled| sampled.count).sum();
    super::profile::ratio(lengths.iter().copied().max().unwrap_or(0), all)
}

fn wording(profile: &Profile) -> Option<Finding> {
    let street = profile.share(shape::is_street);
    let numbered = profile.share(|value| shape::has_street_number(value) && shape::is_street(value));
    if numbered >= 0.4 {
        return Some(found(Attribute::Address, numbered, "streets with numbers"));
    }
    let organisation = profile.share(shape::is_organisation);
    if street >= 0.45 && street > organisation {
        return Some(found(Attribute::Street, street, "streets"));
    }
    let names = names(profile);
    let persons = profile.share(|value| lexicon::given_name_share(value, profile.tables).is_some());
    match names {
        Some(names) if organisation <= persons => Some(names),
        names if organisation < 0.25 => names,
        _ => Some(found(Attribute::Organisation, organisation, "names of organisations")),
    }
}

/// Personal names and towns by the lexicon; what is known more often wins.
fn names(profile: &Profile) -> Option<Finding> {
    let whole = whole_names(profile);
    if whole >= 0.4 {
        return Some(found(Attribute::FullName, whole, "whole names"));
    }
    let short = profile.share(|value| shape::words(value) <= 3);
    let cities = profile.share(|value| lexicon::is_city(value, profile.tables));
    let known = profile.share(|value| lexicon::given_name_share(value, profile.tables).is_some());
    // Names and towns are many; a handful of words is a category.
    let distinct = profile.sample.len();
    let sure = known.max(cities) >= 0.9 && distinct >= 8;
    let varied = distinct >= 40 || distinct * 4 >= profile.filled || sure;
    if short < 0.7 || known.max(cities) < 0.35 || !varied {
        return None;
    }
    if cities > known {
        return Some(found(Attribute::City, cities, "towns"));
    }
    Some(match given_leaning(profile) {
        leaning if leaning >= 0.5 && profile.share(|value| shape::words(value) >= 2) >= 0.6 => {
            found(Attribute::FullName, known, "names of several words that begin with a given name")
        }
        leaning if leaning >= 0.5 => found(Attribute::GivenName, known, "names, mostly given names"),
        _ => found(Attribute::FamilyName, known, "names, mostly family names"),
    })
}

/// How far the known names of a column lean to given names, from 0 to 1.
pub(super) fn given_leaning(profile: &Profile) -> f64 {
    let (mut sum, mut all) = (0.0, 0.0);
    for sampled in &profile.sample {
        if let Some(share) = lexicon::given_name_share(sampled.value, profile.tables) {
            sum += share * sampled.count as f64;
            all += sampled.count as f64;
        }
    }
    if all > 0.0 { sum / all } else { 0.5 }
}

/// The share of values of two to four words, two of them known as names and one
/// as a given name.
pub(super) fn whole_names(profile: &Profile) -> f64 {
    profile.share(|value| lexicon::is_whole_name(value, profile.tables))
}

fn leftover(profile: &Profile) -> Finding {
    let all: usize = profile.sample.iter().map(|sampled| sampled.count).sum();
    let length: usize =
        profile.sample.iter().map(|sampled| sampled.value.chars().count() * sampled.count).sum();
    let mean = super::profile::ratio(length, all);
    if mean > 40.0 {
        return Finding {
            attribute: Attribute::Carried,
            reason: format!("free text of {mean:.0} letters on average"),
        };
    }
    let wordy = profile.share(shape::is_wordy);
    if wordy < 0.5 {
        return Finding { attribute: Attribute::Carried, reason: "codes of no known kind".into() };
    }
    Finding { attribute: Attribute::Text, reason: "short text".into() }
}

/// Why the values cannot be what the header says; `None` where they can.
pub(super) fn contradiction(attribute: Attribute, profile: &Profile) -> Option<&'static str> {
    let below = |least: f64, test: &dyn Fn(&str) -> bool| profile.share(test) < least;
    let dated = || profile.share(|value| dates::read(value).is_some()) >= 0.8;
    match attribute {
        Attribute::Email => below(0.3, &shape::is_email).then_some("few values have an `@`"),
        Attribute::Phone if dated() => Some("the values are dates"),
        Attribute::Phone => below(0.3, &|value| shape::digits(value) >= 4 && !shape::is_wordy(value))
            .then_some("few values are numbers"),
        Attribute::BirthDate => {
            let dated =
                |value: &str| dates::read(value).is_some() || (value.len() == 5 && shape::is_integer(value));
            below(0.3, &dated).then_some("few values are dates")
        }
        Attribute::BirthYear | Attribute::BirthMonth | Attribute::BirthDay | Attribute::Age => {
            below(0.4, &|value| shape::digits(value) > 0 && shape::digits(value) <= 4)
                .then_some("few values are numbers")
        }
        Attribute::Postcode | Attribute::HouseNumber => {
            (below(0.5, &|value| shape::digits(value) > 0) || dated()).then_some("few values have the form")
        }
        Attribute::Website => below(0.3, &shape::is_url).then_some("few values are web addresses"),
        Attribute::SocialHandle => {
            (!below(0.3, &shape::is_email)).then_some("the values are e-mail addresses")
        }
        Attribute::Iban => below(0.2, &shape::is_iban).then_some("few values have valid check digits"),
        Attribute::Gender => {
            (below(0.3, &shape::is_gender) && profile.distinct > 20).then_some("the values are no genders")
        }
        Attribute::Title => below(0.4, &|value| shape::is_title(value) || shape::is_salutation(value))
            .then_some("the values are no titles"),
        Attribute::GivenName
        | Attribute::MiddleName
        | Attribute::FamilyName
        | Attribute::BirthName
        | Attribute::FullName
        | Attribute::Organisation
        | Attribute::City
        | Attribute::Region
        | Attribute::Country
        | Attribute::BirthPlace
        | Attribute::Nationality
        | Attribute::Occupation
        | Attribute::Street => {
            (below(0.5, &shape::is_wordy) || !below(0.5, &shape::is_email)).then_some("few values are words")
        }
        Attribute::Consent => {
            (profile.distinct > 50 && profile.is_complete()).then_some("too many different values")
        }
        Attribute::UpdatedAt => below(0.4, &|value| {
            dates::read(value).is_some() || (shape::is_integer(value) && value.len() >= 9)
        })
        .then_some("few values are dates"),
        _ => None,
    }
}
