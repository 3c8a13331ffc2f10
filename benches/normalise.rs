//! What each normaliser costs per value, and a typical customer record as a
//! whole, on one core. Values rotate, so that branch prediction learns no
//! single one.

#![allow(clippy::unwrap_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use einklang::normalise::{Context, normalise, phonetic, text};
use einklang::record::Attribute;
use std::hint::black_box;

const VALUES: &[(&str, Attribute, &[&str])] = &[
    (
        "given_name",
        Attribute::GivenName,
        &["Hans", "Hans-Peter", "KATHARINA", "Jürgen", "anna maria", "J.", "Günther", "Zoë"],
    ),
    (
        "family_name",
        Attribute::FamilyName,
        &[
            "Müller",
            "Mueller",
            "von der Heide",
            "SCHMIDT",
            "Müller-Lüdenscheidt",
            "Dr. Weber",
            "O'Neal",
            "Kowalski",
        ],
    ),
    (
        "full_name",
        Attribute::FullName,
        &[
            "Hans Müller",
            "Dr. Anna Maria Weber",
            "Müller, Hans",
            "Herr Karl-Heinz von der Heide",
            "john smith jr.",
            "Eva Maier geb. Huber",
        ],
    ),
    (
        "organisation",
        Attribute::Organisation,
        &[
            "Müller Bau GmbH & Co. KG",
            "Siemens AG",
            "Schmidt Software UG (haftungsbeschränkt)",
            "Meier & Söhne OHG",
        ],
    ),
    (
        "email",
        Attribute::Email,
        &[
            "hans.mueller@gmx.de",
            "Anna.Weber82@GMAIL.com",
            "k.schmidt+shop@web.de",
            "eva_maier@t-online.de",
            "info@firma-schmidt.de",
        ],
    ),
    (
        "phone",
        Attribute::Phone,
        &[
            "0171 3096863",
            "+49 (0)89 12345678",
            "0049 30/2345678",
            "+4917612345678",
            "0221-9876543",
            "(0711) 2345 678",
        ],
    ),
    (
        "street",
        Attribute::Street,
        &[
            "Hauptstraße 12a",
            "Otto-Hahn-Str. 5",
            "Am Sportplatz 3",
            "BAHNHOFSTR. 17",
            "Lindenweg",
            "Straße des 17. Juni 135",
        ],
    ),
    ("house_number", Attribute::HouseNumber, &["12", "12 a", "3-5", "117B"]),
    (
        "address",
        Attribute::Address,
        &[
            "Hauptstr. 12a, 13353 Berlin",
            "123 Main St Apt 4, Oakland CA 94789",
            "Wagramer Straße 12/3/7, A-1220 Wien",
            "12 rue de la Paix, 75002 Paris, France",
        ],
    ),
    ("postcode", Attribute::Postcode, &["12345", "D-80331", "8001", "01067"]),
    (
        "city",
        Attribute::City,
        &["Berlin", "Frankfurt am Main", "MÜNCHEN", "Halle (Saale)", "Köln", "St. Gallen"],
    ),
    ("country", Attribute::Country, &["DE", "Deutschland", "Austria", "CH"]),
    (
        "birth_date",
        Attribute::BirthDate,
        &["1980-03-07", "07.03.1980", "19741224", "1.5.1991", "March 7, 1980"],
    ),
    ("gender", Attribute::Gender, &["Frau", "m", "female", "Herr"]),
    ("identifier", Attribute::Identifier, &["L100200300", "4711-0815", "K 123 456"]),
    ("iban", Attribute::Iban, &["DE89 3704 0044 0532 0130 00", "AT611904300234573201"]),
    ("website", Attribute::Website, &["https://www.firma-schmidt.de/kontakt", "shop.mueller.co.uk"]),
    ("text", Attribute::Text, &["Stammkunde seit 2004", "animal rights advocate"]),
];

/// The fields of one customer, phone left out: it has its own figure.
const RECORD: &[&str] = &[
    "given_name",
    "family_name",
    "organisation",
    "email",
    "street",
    "house_number",
    "postcode",
    "city",
    "country",
    "birth_date",
    "gender",
    "identifier",
];

fn normalisers(criterion: &mut Criterion) {
    let context = Context { country: Some("DE"), ..Context::default() };
    let mut group = criterion.benchmark_group("value");
    group.throughput(Throughput::Elements(1));
    for (name, attribute, values) in VALUES {
        let mut turn = values.iter().cycle();
        group.bench_function(*name, |bench| {
            bench.iter(|| normalise(*attribute, black_box(turn.next().unwrap()), &context))
        });
    }
    group.finish();
}

fn record(criterion: &mut Criterion) {
    let context = Context { country: Some("DE"), ..Context::default() };
    let fields: Vec<_> = VALUES.iter().filter(|(name, ..)| RECORD.contains(name)).collect();
    let mut turn = 0usize;
    criterion.bench_function("record", |bench| {
        bench.iter(|| {
            turn += 1;
            for (_, attribute, values) in &fields {
                black_box(normalise(*attribute, black_box(values[turn % values.len()]), &context));
            }
        });
    });
}

fn keys(criterion: &mut Criterion) {
    let folded = ["muller", "schmidt", "ludenscheidt", "kowalski", "heide"];
    let mut turn = folded.iter().cycle();
    criterion.bench_function("fold", |bench| bench.iter(|| text::fold(black_box("Müller-Lüdenscheidt"))));
    criterion
        .bench_function("cologne", |bench| bench.iter(|| phonetic::cologne(black_box(turn.next().unwrap()))));
    criterion.bench_function("double_metaphone", |bench| {
        bench.iter(|| phonetic::double_metaphone(black_box(turn.next().unwrap())))
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(std::time::Duration::from_millis(200)).measurement_time(std::time::Duration::from_millis(600));
    targets = normalisers, record, keys
}
criterion_main!(benches);
