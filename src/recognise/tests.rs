//! Whole tables: headers as real exports have them, and values without any,
//! with what their columns must be found to hold.

use super::*;
use crate::record::{Dictionary, RawColumn};

/// Reads CSV text as the table of `source`.
fn table(source: &str, text: &str) -> Table {
    let mut lines = text.trim().lines().map(|line| line.trim().split(',').map(str::trim));
    let header: Vec<&str> = lines.next().expect("a header").collect();
    let column =
        |name: &&str| RawColumn { name: (*name).into(), values: Dictionary::new(), codes: Vec::new() };
    let mut columns: Vec<RawColumn> = header.iter().map(column).collect();
    let mut rows = 0;
    for line in lines {
        rows += 1;
        let cells: Vec<&str> = line.collect();
        for (at, column) in columns.iter_mut().enumerate() {
            let code = column.values.intern(cells.get(at).copied().unwrap_or(""));
            column.codes.push(code);
        }
    }
    Table { source: source.into(), path: source.into(), columns, row_numbers: (1..=rows).collect() }
}

/// What the columns of the tables are found to hold, `attribute` or
/// `attribute:label`.
fn found(tables: &[Table]) -> Vec<String> {
    let spelled = |decision: ColumnDecision| match decision.label.as_str() {
        "" => decision.attribute.name().to_owned(),
        label => format!("{}:{label}", decision.attribute.name()),
    };
    recognise(tables, &Rules::default(), Tables::shipped()).into_iter().map(spelled).collect()
}

fn check(text: &str, expected: &str) {
    let found = found(&[table("records", text)]);
    assert_eq!(found.join(" "), expected, "{text}");
}

const GIVEN: &[&str] =
    &["Anna", "Peter", "Sabine", "Thomas", "Julia", "Michael", "Claudia", "Stefan", "Maria", "Andreas"];
const FAMILY: &[&str] =
    &["Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz"];
const STREETS: &[&str] =
    &["Hauptstraße", "Lindenweg", "Bahnhofstr.", "Am Markt", "Goethestraße", "Rosengasse", "Ringstr."];
const CITIES: &[&str] =
    &["Berlin", "Hamburg", "München", "Köln", "Leipzig", "Dresden", "Stuttgart", "Bremen"];

/// A table of 120 rows; each cell is made from the row's number.
fn made(header: &str, row: impl Fn(usize) -> Vec<String>) -> Table {
    let rows: Vec<String> = (0..120).map(|at| row(at).join(",")).collect();
    table("records", &format!("{header}\n{}", rows.join("\n")))
}

fn pick<'a>(list: &[&'a str], at: usize) -> &'a str {
    list[at % list.len()]
}

fn german(at: usize) -> Vec<String> {
    vec![
        pick(GIVEN, at * 7 / 3).into(),
        pick(FAMILY, at * 5 / 2).into(),
        pick(STREETS, at).into(),
        format!("{}{}", at % 90 + 1, if at.is_multiple_of(9) { "a" } else { "" }),
        format!("{:05}", 10115 + (at % 70) * 311),
        pick(CITIES, at % 70).into(),
        format!("{:02}.{:02}.{}", at % 28 + 1, at % 12 + 1, 1940 + at % 60),
        format!("0{}/{}", 170 + at % 9, 3_000_000 + at * 7919),
        format!("{}.{}@web.de", pick(GIVEN, at).to_lowercase(), at % 80),
    ]
}

#[test]
fn headers_in_german_and_english() {
    check(
        "Kundennr.,Vorname,Nachname,Straße,Haus-Nr.,PLZ,Ort,Geb.-Datum,Tel.-Nr.,E-Mail-Adresse\n\
         17,Anna,Müller,Lindenweg,3,10115,Berlin,01.02.1980,030 123456,anna@web.de\n\
         9,Peter,Weber,Am Markt,12a,20095,Hamburg,11.12.1970,040 654321,p@gmx.de",
        "identifier:customer_id given_name family_name street house_number postcode city birth_date phone email",
    );
    check(
        "record_id,given_name,surname,street_number,address_1,address_2,suburb,postcode,state,date_of_birth,soc_sec_id\n\
         r1,jacqueline,newbound,80,dalrymple street,sec 654,gawler,3153,nsw,19200924,1496546\n\
         r2,emiily,coleman,108,chewings street,berkeley vlge,wellington point,2550,nsw,19421221,7206933",
        "record_id given_name family_name house_number street address_extra city postcode region birth_date \
         identifier:social_security_id",
    );
    check(
        "pername1,pername2,sex,dob_day,dob_mon,dob_year,hse_num,str_nam,enumpc\n\
         JAMES,THOMSON,M,1,1,2005,115,Main Road,SO527SU\nFREDDIE,EDWARDS,M,9,8,1997,72,Woodlands Road,LS451GQ",
        "given_name family_name gender birth_day birth_month birth_year house_number street postcode",
    );
    check(
        "imie,imie2,nazwisko,data_ur,kraj\ntetiana,olga,ivanova,1990/03/05,Ukraina",
        "given_name middle_name family_name birth_date country",
    );
    check(
        "first_name,first_name2,last_name,last_name2\nCARSTEN,JAN,MEIER,LANG",
        "given_name middle_name family_name family_name",
    );
}

#[test]
fn neighbours_settle_what_headers_leave_open() {
    check("gname,fname,age\nelorah,woolger,25-34\nmarly,leung,35-44", "given_name family_name age");
    check("fname,lname\nelorah,woolger\nmarly,leung", "given_name family_name");
    check("Vorname,Name\nAnna,Müller\nPeter,Weber", "given_name family_name");
    check("name,email\nAnna Müller,a@web.de\nPeter Weber,p@web.de", "full_name email");
    check("name,city\nHotel Adler GmbH,Berlin\nRestaurant Krone,Köln\nCafe Blau,Ulm", "organisation city");
    check("street,zip\n12 Main Street,12345\n9 Oak Avenue,54321", "address postcode");
}

#[test]
fn the_values_veto_the_header() {
    check("phone,email\n1990-03-04,Berlin\n1987-12-24,Köln\n1951-01-09,Ulm", "birth_date city");
    check(
        "Geburtstag,Geburtsmonat,Geburtsjahr\n4,7,1935\n17,8,1998\n30,1,1938",
        "birth_day birth_month birth_year",
    );
    check("title,name\nHerr,Anna Müller\nFrau,Peter Weber", "gender full_name");
}

#[test]
fn values_alone_are_enough() {
    let expected = "given_name family_name street house_number postcode city birth_date phone email";
    let anonymous = made("a,b,c,d,e,f,g,h,i", german);
    let decisions = recognise(std::slice::from_ref(&anonymous), &Rules::default(), Tables::shipped());
    let names: Vec<_> = decisions.iter().map(|decision| decision.attribute.name()).collect();
    assert_eq!(names.join(" "), expected);
    assert_eq!(decisions[6].date_order, Some(DateOrder::Dmy));
    assert_eq!(default_country(&[anonymous], &decisions).as_deref(), Some("DE"));
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let header = "a,b,c,d,e,f,g,h,i";
    let straight = recognise(&[made(header, german)], &Rules::default(), Tables::shipped());
    let shuffled =
        recognise(&[made(header, |at| german((at * 77 + 13) % 120))], &Rules::default(), Tables::shipped());
    assert_eq!(straight, shuffled);
}

#[test]
fn what_says_nothing_is_no_evidence() {
    let table =
        made("id,lfd,mandant,full_name,first_name,last_name,created_at,umsatz,standort_code,source", |at| {
            let (given, family) = (pick(GIVEN, at), pick(FAMILY, at * 5 / 2));
            vec![
                format!("x{at:04}"),
                at.to_string(),
                "100".into(),
                format!("{given} {family}"),
                given.into(),
                family.into(),
                format!("2024-05-{:02}T10:{:02}:01", at % 28 + 1, at % 60),
                format!("{}.{:02}", at * 13, at % 100),
                ["web", "shop", "call"][at % 3].into(),
                ["A", "B", "C"][at % 3].into(),
            ]
        });
    assert_eq!(
        found(&[table]).join(" "),
        "record_id record_id carried:mandant carried:column_full_name given_name family_name carried:created_at \
         carried:umsatz carried:standort_code source"
    );
}

#[test]
fn one_scheme_bears_one_label_everywhere() {
    let shop = table("shop", "Kundenkarte,Vorname\nK1001,Anna\nK1002,Peter");
    let till = table("till", "loyalty_card,first_name\nK1002,Peter\nK1003,Julia");
    assert_eq!(
        found(&[shop, till]),
        ["identifier:loyalty_id", "given_name", "identifier:loyalty_id", "given_name"]
    );
}

/// Cards in one table, each once and even numbered one after the other, are
/// still cards; customer numbers and unknown numbers without a partner are not.
#[test]
fn a_known_scheme_needs_no_repeats() {
    let row = |at: usize| {
        let (given, family) = (pick(GIVEN, at).into(), pick(FAMILY, at * 5 / 2).into());
        let number = |base: usize| (base + at * 7919 % 100_003).to_string();
        vec![format!("L{}", 1000 + at), number(200_000), number(500_000), given, family]
    };
    let table = made("customerCard,kundennr,vertragsnr,vorname,nachname", row);
    assert_eq!(
        found(&[table]).join(" "),
        "identifier:loyalty_id carried:customer_id carried:vertrags_id given_name family_name"
    );
}

#[test]
fn a_short_list_of_one_channel_is_no_evidence() {
    let topics = ["Lieferung kaputt", "Rechnung falsch", "Frage zum Produkt"];
    let row =
        |at: usize| vec![pick(GIVEN, at).into(), pick(FAMILY, at * 5 / 2).into(), topics[at % 3].into()];
    let (shop, support) = (made("vorname,nachname", row), made("vorname,nachname,anliegen", row));
    let found_together = found(&[shop, support]);
    assert_eq!(found_together[4], "carried:anliegen");
    let alone = found(&[made("vorname,nachname,anliegen", row)]);
    assert_eq!(alone[2], "text:anliegen", "in a lone table it may say something of persons");
    let turned = |at: usize| row(at).into_iter().rev().collect();
    let both = found(&[made("vorname,nachname,anliegen", row), made("anliegen,nachname,vorname", turned)]);
    assert_eq!((both[2].as_str(), both[3].as_str()), ("text:anliegen", "text:anliegen"));
}

#[test]
fn a_column_that_another_repeats_counts_once() {
    let table = made("land,laendername,vorname,nachname", |at| {
        let codes = ["DE", "AT", "CH"];
        let names = ["Deutschland", "Österreich", "Schweiz"];
        vec![codes[at % 3].into(), names[at % 3].into(), pick(GIVEN, at).into(), pick(FAMILY, at).into()]
    });
    assert_eq!(found(&[table]).join(" "), "country carried:laendername given_name family_name");
}

#[test]
fn rules_have_the_last_word() {
    let rules = Rules {
        columns: vec![ColumnRule {
            source: Some("crm".into()),
            column: "Feld7".into(),
            attribute: Attribute::Identifier,
            label: Some("club_card".into()),
        }],
        ..Rules::default()
    };
    let text = "Feld7,Vorname\nconstant,Anna\nconstant,Peter";
    let told = recognise(&[table("crm", text), table("shop", text)], &rules, Tables::shipped());
    assert_eq!((told[0].attribute, told[0].label.as_str()), (Attribute::Identifier, "club_card"));
    assert_eq!(told[0].reason, "rule file");
    assert_ne!(told[2].attribute, Attribute::Identifier);
}

#[test]
fn what_was_recognised_is_recognised_again_when_told() {
    let tables = [made("a,b,c,d,e,f,g,h,i", german)];
    let first = recognise(&tables, &Rules::default(), Tables::shipped());
    let columns = first.iter().map(|decision| ColumnRule {
        source: None,
        column: tables[0].columns[decision.column].name.clone(),
        attribute: decision.attribute,
        label: decision.attribute.is_labelled().then(|| decision.label.clone()),
    });
    let rules = Rules { columns: columns.collect(), ..Rules::default() };
    for (first, again) in first.iter().zip(recognise(&tables, &rules, Tables::shipped())) {
        assert_eq!(
            (first.attribute, &first.label, first.date_order),
            (again.attribute, &again.label, again.date_order)
        );
    }
}

#[test]
fn empty_tables_are_no_trouble() {
    assert_eq!(found(&[table("a", "Vorname,x")]), ["carried:vorname", "carried:x"]);
    assert!(found(&[]).is_empty());
}
