//! Other projects' test cases for names, addresses, phones, IBANs and keys by
//! sound. Each test prints passed
//! of total (`cargo test -- --nocapture`), and fails when fewer pass than did
//! before, when a miss has no argument in `normalise_conformance/arguments.tsv`,
//! or when `docs/conformance.md`, which lists them all, is stale
//! (`UPDATE_DOCS=1 cargo test --test normalise_conformance` writes it).
//!
//! The sets label words; we compare what our canonical forms say about the
//! same words, so a difference in taste (a middle name counted as given name,
//! a suburb as town) is no miss, and is said where it is decided.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use einklang::normalise::{
    Context, Normalised, Tables, city, normalise, organisation, phonetic, street, text,
};
use einklang::record::{Attribute, Verdict};
use std::fmt::Write;
use std::path::Path;

/// The rows of a CSV file under `testdata/normalise`.
fn rows(name: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/normalise").join(name);
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// `[["label", "text"], …]`
fn tokens(json: &str) -> Vec<(String, String)> {
    serde_json::from_str(json).unwrap()
}

/// The texts under the labels, joined.
fn labelled(tokens: &[(String, String)], labels: &[&str]) -> String {
    let texts: Vec<&str> = tokens
        .iter()
        .filter(|(label, _)| labels.contains(&label.as_str()))
        .map(|(_, text)| text.as_str())
        .collect();
    texts.join(" ")
}

fn canonical(normal: &Normalised, attribute: Attribute) -> String {
    let found: Vec<&str> = normal
        .parts
        .iter()
        .filter(|part| part.attribute == attribute)
        .map(|part| part.canonical.as_str())
        .collect();
    found.join(" ")
}

/// The cases of one set.
#[derive(Default)]
struct Tally {
    passed: usize,
    total: usize,
    misses: Vec<Miss>,
}

struct Miss {
    what: String,
    input: String,
    found: String,
    expect: String,
}

impl Tally {
    fn check(&mut self, what: &str, input: &str, found: &str, expect: &str) {
        if !expect.is_empty() {
            self.compare(what, input, found, expect);
        }
    }

    /// As [`Tally::check`], where nothing may be what is expected.
    fn compare(&mut self, what: &str, input: &str, found: &str, expect: &str) {
        self.total += 1;
        if found == expect {
            self.passed += 1;
        } else {
            self.misses.push(Miss {
                what: what.to_owned(),
                input: input.to_owned(),
                found: found.to_owned(),
                expect: expect.to_owned(),
            });
        }
    }
}

/// A set's name, its cases, and how many passed before.
type Set = (&'static str, fn() -> Tally, usize);

const SETS: &[Set] = &[
    ("libphonenumber: parsing", libphonenumber_parsing, 44),
    ("libphonenumber: example numbers", libphonenumber_examples, 2445),
    ("libpostal: parser", libpostal_parser, 202),
    ("libpostal: expansions", libpostal_expansions, 30),
    ("usaddress: test set", usaddress, 502),
    ("probablepeople: test set", || persons("probablepeople/test.csv"), 100),
    ("probablepeople: persons", || persons("probablepeople/person.csv"), 534),
    ("probablepeople: companies", probablepeople_companies, 259),
    ("IBAN registry: example of every country", iban_registry, 178),
    ("Kölner Phonetik: published examples", cologne, 96),
    ("Double Metaphone: published examples", double_metaphone, 2430),
];

/// Set, input and why the miss stands, one a line.
const ARGUMENTS: &str = include_str!("normalise_conformance/arguments.tsv");

#[test]
fn every_miss_is_listed_and_argued() {
    let mut page = String::from(
        "<!-- Written by `UPDATE_DOCS=1 cargo test --test normalise_conformance`; the test fails when it is stale. -->\n\n\
         # Conformance\n\n\
         Other projects' test cases for phones, addresses, names, companies, IBANs and keys by sound, field by field: \
         how many our normalisers pass, and each one that they do not, with the reason why it stands. Where the cases come from and \
         under which licence is told in `testdata/normalise/README.md`.\n\n\
         | Set | Passed | Of | Share |\n|---|---|---|---|\n",
    );
    let tallies: Vec<Tally> = SETS.iter().map(|(_, run, _)| run()).collect();
    for ((name, ..), tally) in SETS.iter().zip(&tallies) {
        println!("{name}: {} of {} passed", tally.passed, tally.total);
        let share = 100.0 * tally.passed as f64 / tally.total as f64;
        writeln!(page, "| {name} | {} | {} | {share:.1} % |", tally.passed, tally.total).unwrap();
    }
    let mut faults = Vec::new();
    for ((name, _, passed_min), tally) in SETS.iter().zip(&tallies) {
        if tally.passed < *passed_min {
            faults.push(format!("{name}: {} passed, {passed_min} did before", tally.passed));
        }
        list(&mut page, name, tally, &mut faults);
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/conformance.md"), &page).unwrap();
    } else if page != include_str!("../docs/conformance.md") {
        faults.push("docs/conformance.md is stale".to_owned());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Lists the misses of one set with their arguments.
fn list(page: &mut String, name: &str, tally: &Tally, faults: &mut Vec<String>) {
    let argued: Vec<(&str, &str)> = ARGUMENTS
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(set, _)| *set == name)
        .filter_map(|(_, rest)| rest.split_once('\t'))
        .collect();
    if tally.misses.is_empty() {
        return;
    }
    write!(
        page,
        "\n## {name}\n\n| Field | Value | Found | Expected | Why it stands |\n|---|---|---|---|---|\n"
    )
    .unwrap();
    for Miss { what, input, found, expect } in &tally.misses {
        let input = input.replace(['\n', '|'], " ");
        let why =
            argued.iter().find(|(value, _)| *value == input).map(|(_, why)| *why).unwrap_or_else(|| {
                faults.push(format!(
                    "{name}: {what}: {input:?}: found {found:?}, expected {expect:?}: not argued"
                ));
                ""
            });
        writeln!(page, "| {what} | `{input}` | `{found}` | `{expect}` | {why} |").unwrap();
    }
    for (value, _) in &argued {
        if tally.misses.iter().all(|miss| miss.input.replace(['\n', '|'], " ") != *value) {
            faults.push(format!("{name}: {value:?} is argued and is no miss"));
        }
    }
}

fn street_of(text: &str) -> String {
    street::canonical(text.trim_matches([',', ' ']), &Context::default()).to_string()
}

fn city_of(text: &str) -> String {
    city::canonical(text.trim_matches([',', ' ']), Tables::shipped()).to_string()
}

fn plain(text: &str) -> String {
    text::fold(text).chars().filter(|ch| *ch != ' ').collect()
}

fn number_of(text: &str) -> String {
    let normal = normalise(Attribute::HouseNumber, text.trim_matches([',', ' ']), &Context::default());
    canonical(&normal, Attribute::HouseNumber)
}

/// Streets, numbers, codes, towns and countries of libpostal's parser tests.
/// Houses' names, suburbs and categories have no attribute of their own.
fn libpostal_parser() -> Tally {
    let mut tally = Tally::default();
    for row in rows("libpostal/libpostal_parser.csv") {
        // Addresses of no country that we claim to know.
        if ["test_co_parses", "test_jm_parses", "test_mx_parses", "test_da_parses", "test_fi_parses"]
            .contains(&row[0].as_str())
        {
            continue;
        }
        let input = row[1].replace("\\n", "\n");
        let parts = tokens(&row[2]);
        if parts.iter().any(|(label, _)| label == "category" || label == "near") {
            continue;
        }
        let normal = normalise(Attribute::Address, &input, &Context::default());
        tally.check(
            "street",
            &input,
            &canonical(&normal, Attribute::Street),
            &street_of(&labelled(&parts, &["road"])),
        );
        tally.check(
            "number",
            &input,
            &canonical(&normal, Attribute::HouseNumber),
            &number_of(&labelled(&parts, &["house_number"])),
        );
        let code = plain(&labelled(&parts, &["postcode"]));
        tally.check("postcode", &input, &plain(&canonical(&normal, Attribute::Postcode)), &code);
        let town = labelled(&parts, &["city"]);
        let town = if town.is_empty() { labelled(&parts, &["city_district"]) } else { town };
        tally.check("city", &input, &canonical(&normal, Attribute::City), &city_of(&town));
        let country = labelled(&parts, &["country"]);
        let country = normalise(Attribute::Country, &country, &Context::default());
        tally.check(
            "country",
            &input,
            &canonical(&normal, Attribute::Country),
            &canonical(&country, Attribute::Country),
        );
    }
    tally
}

/// Both sides of libpostal's expansions must have the same street form.
fn libpostal_expansions() -> Tally {
    let mut tally = Tally::default();
    for row in rows("libpostal/libpostal_expand.csv") {
        let (mode, input, expect) = (&row[0], &row[1], &row[2]);
        // Root expansions leave kind and direction out, which we keep; the
        // unit cases among them are numbers beside the street.
        let is_unit = ["Apt", "Apartment", "Ste", "Suite", "Fl", "Floor", "PO Box"]
            .iter()
            .any(|word| input.contains(word));
        if mode == "root" && is_unit {
            let found: String = canonical(
                &normalise(Attribute::AddressExtra, input, &Context::default()),
                Attribute::AddressExtra,
            );
            tally.check(
                "unit",
                input,
                found.rsplit(' ').find(|word| word.starts_with(|ch: char| ch.is_ascii_digit())).unwrap_or(""),
                expect,
            );
        } else if mode == "full" && expect.is_ascii() {
            tally.check("street", input, &street_of(input), &street_of(expect));
        }
    }
    tally
}

/// Number, street, town, state and code of usaddress's labelled test set.
fn usaddress() -> Tally {
    let mut tally = Tally::default();
    let context = Context { country: Some("US"), ..Context::default() };
    for row in rows("usaddress/labeled_test.csv") {
        let (input, parts) = (&row[0], tokens(&row[1]));
        if parts.iter().any(|(label, _)| {
            label.starts_with("Intersection")
                || label.starts_with("Corner")
                || label == "USPSBoxID"
                || label.starts_with("Second")
        }) {
            continue;
        }
        let normal = normalise(Attribute::Address, input, &context);
        let street: Vec<&str> = parts
            .iter()
            .filter(|(label, _)| label.starts_with("StreetName"))
            .map(|(_, text)| text.as_str())
            .collect();
        tally.check(
            "street",
            input,
            &canonical(&normal, Attribute::Street),
            &street::canonical(street.join(" ").trim_matches([',', ' ']), &context),
        );
        tally.check(
            "number",
            input,
            &canonical(&normal, Attribute::HouseNumber),
            &number_of(&labelled(&parts, &["AddressNumber", "AddressNumberSuffix"])),
        );
        tally.check(
            "city",
            input,
            &canonical(&normal, Attribute::City),
            &city_of(&labelled(&parts, &["PlaceName"])),
        );
        let code: String = plain(&labelled(&parts, &["ZipCode"])).chars().take(5).collect();
        tally.check("postcode", input, &canonical(&normal, Attribute::Postcode), &code);
        let state = labelled(&parts, &["StateName"]);
        let state = normalise(Attribute::Region, state.trim_matches([',', ' ']), &context);
        tally.check(
            "state",
            input,
            &canonical(&normal, Attribute::Region),
            &canonical(&state, Attribute::Region),
        );
    }
    tally
}

/// Given and family names of probablepeople's labelled persons. Middle names
/// count as given names, as everywhere here.
fn persons(file: &str) -> Tally {
    let mut tally = Tally::default();
    for row in rows(file) {
        let (input, parts) = (&row[0], tokens(&row[1]));
        // Couples and companies have tests of their own.
        if parts.iter().any(|(label, _)| {
            label.starts_with("Corporation")
                || label == "And"
                || label.starts_with("Second")
                || label.contains("ProxyFor")
                || label.starts_with("ShortForm")
        }) {
            continue;
        }
        let field = |labels: &[&str]| labelled(&parts, labels).replace([',', ';'], " ");
        let family = field(&["Surname", "LastInitial"]);
        let given = field(&["GivenName", "FirstInitial", "MiddleName", "MiddleInitial"]);
        // One word alone is a given name or a family name by no rule.
        if family.is_empty() || given.is_empty() {
            continue;
        }
        let normal = normalise(Attribute::FullName, input, &Context::default());
        let family =
            canonical(&normalise(Attribute::FamilyName, &family, &Context::default()), Attribute::FamilyName);
        let given = text::fold(&given).to_string();
        tally.check("family", input, &canonical(&normal, Attribute::FamilyName), &family);
        tally.check("given", input, &canonical(&normal, Attribute::GivenName), &given);
    }
    tally
}

/// Names of companies without their legal forms.
fn probablepeople_companies() -> Tally {
    let mut tally = Tally::default();
    for row in rows("probablepeople/company.csv") {
        let (input, parts) = (&row[0], tokens(&row[1]));
        if parts.iter().any(|(label, _)| {
            label == "ShortForm"
                || label.starts_with("ProxyFor")
                || label == "ProxiedCorporationName"
                || label == "Surname"
        }) {
            continue;
        }
        let kept: Vec<&str> = parts
            .iter()
            .filter(|(label, _)| label != "CorporationLegalType")
            .map(|(_, text)| text.as_str())
            .collect();
        tally.check(
            "company",
            input,
            &organisation::canonical(input),
            &organisation::canonical(&kept.join(" ")),
        );
    }
    tally
}

/// The example number of every region and kind that libphonenumber ships, as
/// written at home and abroad.
fn libphonenumber_examples() -> Tally {
    use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType};
    let kinds = [
        PhoneNumberType::FixedLine,
        PhoneNumberType::Mobile,
        PhoneNumberType::TollFree,
        PhoneNumberType::VoIP,
        PhoneNumberType::SharedCost,
    ];
    let mut tally = Tally::default();
    let regions: Vec<_> = PHONE_NUMBER_UTIL.get_supported_regions().collect();
    for region in regions {
        let code = region.to_string();
        let context = Context { country: Some(&code), ..Context::default() };
        for kind in kinds {
            let Ok(number) = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind) else {
                continue;
            };
            let expect = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
            for format in
                [PhoneNumberFormat::National, PhoneNumberFormat::International, PhoneNumberFormat::E164]
            {
                let written = PHONE_NUMBER_UTIL.format(&number, format);
                let found = canonical(&normalise(Attribute::Phone, &written, &context), Attribute::Phone);
                tally.check(&code, &written, &found, &expect);
            }
        }
    }
    tally
}

/// Spellings of libphonenumber's own parsing tests that hold for the real
/// numbering plans as for its made-up ones.
fn libphonenumber_parsing() -> Tally {
    let mut tally = Tally::default();
    for row in rows("libphonenumber/parsing.csv") {
        let context = Context { country: Some(&row[1]), ..Context::default() };
        let found = canonical(&normalise(Attribute::Phone, &row[0], &context), Attribute::Phone);
        tally.check(&row[1], &row[0], &found, &row[2]);
    }
    tally
}

/// The registry's examples as one word and in groups of four.
fn iban_registry() -> Tally {
    let mut tally = Tally::default();
    for row in rows("iban_registry.csv") {
        let groups: Vec<&str> =
            row[0].as_bytes().chunks(4).map(|group| std::str::from_utf8(group).unwrap()).collect();
        for spelled in [row[0].clone(), groups.join(" ")] {
            let normal = normalise(Attribute::Iban, &spelled, &Context::default());
            let found = if normal.verdict == Verdict::Valid {
                canonical(&normal, Attribute::Iban)
            } else {
                String::new()
            };
            tally.check(&row[0][..2], &spelled, &found, &row[0]);
        }
    }
    tally
}

/// Words with the keys that the method's descriptions and its best-known
/// implementation give; folded first, as values are.
fn cologne() -> Tally {
    let mut tally = Tally::default();
    for row in rows("phonetic/cologne.csv") {
        tally.compare("key", &row[0], &phonetic::cologne(&text::fold(&row[0])), &row[1]);
    }
    tally
}

/// Words with both keys at the four places that the method's author gives. They
/// are not folded, since folding reads `ae` as `ä`, which the method does not.
fn double_metaphone() -> Tally {
    let mut tally = Tally::default();
    for row in rows("phonetic/double_metaphone.csv") {
        let (primary, alternate) = phonetic::double_metaphone_both(&row[0].to_lowercase());
        let cut = |key: &str| key.chars().take(4).collect::<String>();
        tally.compare("primary", &row[0], &cut(&primary), &row[1]);
        tally.compare("alternate", &row[0], &cut(&alternate), &row[2]);
    }
    tally
}
