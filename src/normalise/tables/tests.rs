//! Each table changed by a rule, with a value that is read differently then.

use super::*;
use crate::normalise::{Context, email, normalise};
use crate::record::Attribute;

/// What a rule file that adds and removes such entries makes of the table.
fn changed(name: TableName, add: &[&str], remove: &[&str]) -> Tables {
    let entry = |spelled: &&str| {
        let (key, meaning) = spelled.split_once(" = ").unwrap_or((spelled, ""));
        (key.to_owned(), meaning.to_owned())
    };
    let rule = TableRule {
        name,
        replace: false,
        add: add.iter().map(entry).collect(),
        remove: remove.iter().map(|key| (*key).to_owned()).collect(),
    };
    Tables::new(&[rule])
}

/// `city=berlin; street=hauptstr`, or why there is nothing to compare.
fn spelled(attribute: Attribute, value: &str, tables: &Tables) -> String {
    let normal = normalise(attribute, value, &Context { country: Some("DE"), tables, ..Context::default() });
    if !normal.verdict.is_evidence() {
        return normal.reason.unwrap_or("").to_owned();
    }
    let parts = normal.parts.iter().map(|part| format!("{}={}", part.attribute.name(), part.canonical));
    parts.chain(normal.reason.map(|reason| format!("({reason})"))).collect::<Vec<_>>().join("; ")
}

/// A value before and after a change to a table.
#[track_caller]
fn check(
    name: TableName,
    (add, remove): (&[&str], &[&str]),
    (attribute, value): (Attribute, &str),
    [before, after]: [&str; 2],
) {
    assert_eq!(spelled(attribute, value, Tables::shipped()), before, "{} as shipped", name.name());
    assert_eq!(spelled(attribute, value, &changed(name, add, remove)), after, "{} changed", name.name());
}

#[test]
fn names_of_persons() {
    use Attribute::{FamilyName, FullName, GivenName};
    use TableName as T;
    check(
        T::Courtesy,
        (&["Vetter = m"], &[]),
        (FullName, "Vetter Hans Maier"),
        ["given_name=vetter hans; family_name=maier", "given_name=hans; family_name=maier; gender=m"],
    );
    check(
        T::Titles,
        (&["Bergrat"], &[]),
        (FamilyName, "Bergrat Huber"),
        ["family_name=bergrat huber", "family_name=huber; title=bergrat"],
    );
    check(
        T::TitlesFollowing,
        (&["marit"], &[]),
        (FullName, "Dr. marit. Hans Maier"),
        [
            "given_name=marit hans; family_name=maier; title=dr",
            "given_name=hans; family_name=maier; title=dr",
        ],
    );
    check(
        T::Degrees,
        (&["ACCA"], &[]),
        (FamilyName, "Huber ACCA"),
        ["family_name=huber acca", "family_name=huber; title=acca"],
    );
    check(
        T::Particles,
        (&["uff"], &[]),
        (FamilyName, "uff Bergen"),
        ["family_name=uff bergen", "family_name=bergen"],
    );
    check(
        T::ParticlesOpening,
        (&["uff"], &[]),
        (FullName, "Hans uff Bergen"),
        ["given_name=hans uff; family_name=bergen", "given_name=hans; family_name=uff bergen"],
    );
    check(
        T::GivenNames,
        (&["Xqzt = f 5000"], &[]),
        (FullName, "Müller Xqzt"),
        ["given_name=muller; family_name=xqzt", "given_name=xqzt; family_name=muller"],
    );
    check(
        T::FamilyNames,
        (&["Xqzt = 5000"], &[]),
        (FullName, "Xqzt Hans"),
        ["given_name=xqzt; family_name=hans", "given_name=hans; family_name=xqzt"],
    );
    check(
        T::Placeholders,
        (&["Stammpublikum"], &[]),
        (GivenName, "Stammpublikum"),
        ["given_name=stammpublikum", "stands for no value"],
    );
    let nicknames = changed(T::Nicknames, &["Hannelore = Lörchen"], &[]).nicknames;
    assert!(nicknames.same_person_name("hannelore", "lorchen"));
    assert!(nicknames.same_person_name("hans", "johannes"));
    assert!(!Tables::shipped().nicknames.same_person_name("hannelore", "lorchen"));
}

#[test]
fn what_a_rule_says_of_a_name_overrules() {
    let tables = changed(TableName::FamilyNames, &["Peter = 1000000000"], &[]);
    let share = |tables: &Tables| tables.lexicon.given_name_share("peter");
    assert!(share(&tables) < share(Tables::shipped()));
    let tables = changed(TableName::GivenNames, &["Peter = m 1"], &[]);
    assert!(share(&tables) < share(Tables::shipped()));
}

#[test]
fn organisations() {
    use Attribute::{FullName, Organisation};
    use TableName as T;
    check(
        T::LegalForms,
        (&["Kramladen"], &[]),
        (Organisation, "Huber Kramladen"),
        ["organisation=huber kramladen", "organisation=huber"],
    );
    check(
        T::LegalForms,
        (&[], &["GmbH"]),
        (Organisation, "Huber GmbH"),
        ["organisation=huber", "organisation=huber gmbh"],
    );
    check(
        T::CompanyWords,
        (&["Kramladen"], &[]),
        (FullName, "Huber Kramladen"),
        ["given_name=huber; family_name=kramladen", "organisation=huber kramladen"],
    );
    check(
        T::OrganisationWords,
        (&["xqfg = Manufacturing"], &[]),
        (Organisation, "Huber Xqfg"),
        ["organisation=huber xqfg", "organisation=huber manufacturing"],
    );
}

#[test]
fn addresses() {
    use Attribute::{Address, AddressExtra, City, Country, Region, Street};
    use TableName as T;
    check(
        T::StreetWords,
        (&["Gassn = Gasse"], &[]),
        (Street, "Lange Gassn 3"),
        ["street=lange gassn; house_number=3", "street=langegasse; house_number=3"],
    );
    check(
        T::StreetFirstWords,
        (&["Xqula"], &[]),
        (Street, "Xqula Nova 3"),
        ["street=xqula nova; house_number=3", "street=nova; house_number=3"],
    );
    check(
        T::UnitWords,
        (&["Kammer = rm"], &[]),
        (AddressExtra, "Kammer 3"),
        ["address_extra=kammer 3", "address_extra=rm 3"],
    );
    let tables = changed(T::Towns, &["Xqzt"], &[]);
    assert!(tables.lexicon.is_city("xqzt") && !Tables::shipped().lexicon.is_city("xqzt"));
    let line = "610 East Main Xqzt 12345";
    assert!(spelled(Address, line, &tables).contains("city=xqzt"));
    assert!(!spelled(Address, line, Tables::shipped()).contains("city=xqzt"));
    check(T::CityNames, (&["Minga = München"], &[]), (City, "Minga"), ["city=minga", "city=munchen"]);
    check(
        T::CityKinds,
        (&["Marktflecken"], &[]),
        (City, "Marktflecken Xqzt"),
        ["city=marktflecken xqzt", "city=xqzt"],
    );
    check(T::CitiesWithDistricts, (&["Xqzt"], &[]), (City, "Xqzt-Nord"), ["city=xqzt nord", "city=xqzt"]);
    check(
        T::Regions,
        (&["Hinterland = HL"], &[]),
        (Region, "Hinterland"),
        ["region=hinterland", "region=hl"],
    );
    check(
        T::Countries,
        (&["Freedonia = FD"], &[]),
        (Country, "Freedonia"),
        ["country=freedonia; (country is not known)", "country=FD"],
    );
}

#[test]
fn mail_addresses() {
    use Attribute::Email;
    use TableName as T;
    check(
        T::EmailNobody,
        (&["k-e-i-n-e-r"], &[]),
        (Email, "keiner@web.de"),
        ["email=keiner@web.de", "stands for no value"],
    );
    check(
        T::EmailNowhere,
        (&["nirgends.de"], &[]),
        (Email, "anna@nirgends.de"),
        ["email=anna@nirgends.de", "stands for no value"],
    );
    check(
        T::EmailAliases,
        (&["Firma.com = firma.de"], &[]),
        (Email, "anna@firma.com"),
        ["email=anna@firma.com", "email=anna@firma.de"],
    );
    check(
        T::EmailRoles,
        (&[], &["info"]),
        (Email, "info@firma.de"),
        ["email=info@firma.de; (an address of a function, not a person)", "email=info@firma.de"],
    );
    check(
        T::EmailDisposable,
        (&["weg.de"], &[]),
        (Email, "anna.b@weg.de"),
        ["email=anna.b@weg.de", "email=anna.b@weg.de; (a throw-away address)"],
    );
    check(
        T::EmailDomains,
        (&["gmx.dr = gmx.de"], &[]),
        (Email, "anna@gmx.dr"),
        ["email=anna@gmx.dr", "email=anna@gmx.de; (domain is probably mistyped)"],
    );
    assert!(!email::is_public_domain("firma.de", Tables::shipped()));
    assert!(email::is_public_domain("firma.de", &changed(T::EmailProviders, &["firma.de"], &[])));
}

/// Nothing that ships counts, and no table forgets to ask the rules.
#[test]
fn every_table_can_be_emptied() {
    let rules =
        TableName::ALL.map(|name| TableRule { name, replace: true, add: Vec::new(), remove: Vec::new() });
    let tables = Tables::new(&rules);
    for (value, attribute, expect) in [
        (
            "Herr Dr. Hans von Maier MBA",
            Attribute::FullName,
            "given_name=herr dr hans von maier; family_name=mba",
        ),
        ("Huber GmbH", Attribute::Organisation, "organisation=huber gmbh"),
        ("unbekannt", Attribute::GivenName, "given_name=unbekannt"),
        ("Munich", Attribute::City, "city=munich"),
        ("info@googlemail.com", Attribute::Email, "email=info@googlemail.com"),
        ("Bayern", Attribute::Region, "region=bayern"),
        ("Deutschland", Attribute::Country, "country=deutschland; (country is not known)"),
    ] {
        assert_eq!(spelled(attribute, value, &tables), expect, "{value}");
    }
    assert!(!tables.lexicon.is_given_name("hans") && !tables.lexicon.is_family_name("maier"));
    assert!(!tables.lexicon.is_city("berlin"));
}

/// What ships is looked up as it is spelled, so it must be spelled as it
/// compares.
#[test]
fn meanings_that_ship_are_in_their_comparison_form() {
    use TableName as T;
    for name in [T::OrganisationWords, T::StreetWords, T::StreetFirstWords, T::UnitWords, T::CityNames] {
        for (key, to) in shipped(name) {
            assert_eq!(fold(to), to, "{} of {}", key, name.name());
        }
    }
}
