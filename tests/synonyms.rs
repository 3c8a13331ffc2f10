//! The shipped sets with other names in their headers, such as no shipped set
//! has, give the same customers: what a column holds is known from what people
//! call it and from its values, not from these sets.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)
}

/// The file's bytes, uncompressed.
fn read(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).unwrap();
        return plain;
    }
    bytes
}

/// Writes the file with another header, of ASCII alone, in its own encoding and
/// with its own delimiter.
fn renamed(path: &Path, header: &str, delimiter: char, folder: &Path) -> PathBuf {
    let bytes = read(path);
    let end = bytes.iter().position(|&byte| byte == b'\n').unwrap();
    let mut text = header.replace(' ', &delimiter.to_string()).into_bytes();
    text.extend(&bytes[end..]);
    let name = path.file_name().unwrap().to_string_lossy().replace(".gz", "");
    let target = folder.join(name);
    fs::write(&target, text).unwrap();
    target
}

/// Customer by `source:record_id`, customers numbered as they come.
fn partition(inputs: &[PathBuf], options: &[&str]) -> BTreeMap<String, usize> {
    let out = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_einklang"));
    command.args(["unify", "--quiet", "--out"]).arg(out.path()).args(inputs).args(options);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(out.path().join("crosswalk.csv")).unwrap();
    let mut customers: BTreeMap<String, usize> = BTreeMap::new();
    let mut partition = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let next = customers.len();
        let customer = *customers.entry(cells[2].to_owned()).or_insert(next);
        partition.insert(format!("{}:{}", cells[0], cells[1]), customer);
    }
    partition
}

#[track_caller]
fn check(files: &[(&str, char, &str)], options: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let plain: Vec<PathBuf> = files.iter().map(|(file, ..)| testdata(file)).collect();
    let other: Vec<PathBuf> = files
        .iter()
        .map(|(file, delimiter, header)| renamed(&testdata(file), header, *delimiter, folder.path()))
        .collect();
    let (expected, found) = (partition(&plain, options), partition(&other, options));
    let moved = expected.iter().filter(|(name, customer)| found.get(*name) != Some(customer)).count();
    assert_eq!(moved, 0, "{moved} of {} records are elsewhere", expected.len());
}

#[test]
fn five_channels() {
    check(
        &[
            (
                "channels/shop.csv",
                ',',
                "CustomerNo EMailAddress ForeName LastNm Firm StreetAddr PostalCd Town CountryCd TelNo DoB \
                 CardNumber OptIn ModifiedOn",
            ),
            (
                "channels/crm.csv",
                ';',
                "Kd-Nr Rufname Familienname Unternehmen Strassenname HNr Postleitzahl Wohnort Staat Geb.Dat. \
                 Rufnummer Mailadresse Karte GeaendertAm",
            ),
            (
                "channels/newsletter.csv",
                ',',
                "subscriber-no mail_address first_nm last_nm created_on condition",
            ),
            (
                "channels/till.csv",
                '\t',
                "Nr KARTE KUNDENNAME ANSCHRIFT POSTLEITZAHL STADT TEL.NR. MAIL GEB_DATUM FILIAL_NAME KAUFDATUM",
            ),
            (
                "channels/support.csv",
                ',',
                "ticketNo createdTime contactName companyName mailAddress phoneNo fullAddress cardNo topic title urgency",
            ),
        ],
        &[],
    );
}

#[test]
fn febrl() {
    for (file, options) in [
        ("febrl/febrl1.csv.gz", &[][..]),
        ("febrl/febrl3.csv.gz", &[]),
        ("febrl/febrl4.csv.gz", &["--link-only", "--source-column", "file"]),
    ] {
        let source = if file.contains('4') { "file " } else { "" };
        let header = format!(
            "recno {source}forename last_nm house_no street_line address_line_2 town zip_code province birthdate \
             social_security_no"
        );
        let folder = tempfile::tempdir().unwrap();
        let plain = [testdata(file)];
        let other = [renamed(&plain[0], &header, ',', folder.path())];
        let named = |wanted: &str| -> Vec<String> {
            options.iter().map(|option| option.replace("file", wanted)).collect()
        };
        let (first, second) = (named("source"), named("file"));
        let expected = partition(&plain, &first.iter().map(String::as_str).collect::<Vec<_>>());
        let found = partition(&other, &second.iter().map(String::as_str).collect::<Vec<_>>());
        let moved = expected.iter().filter(|(name, customer)| found.get(*name) != Some(customer)).count();
        assert_eq!(moved, 0, "{file}: {moved} of {} records are elsewhere", expected.len());
    }
}

#[test]
fn historical_figures() {
    check(
        &[(
            "historical_50k/historical_50k.csv.gz",
            ',',
            "rowid name_in_full short_name forename lastname birth_dt place_of_birth post_code sex profession",
        )],
        &[],
    );
}

#[test]
fn companies() {
    check(
        &[
            (
                "companies/suppliers.csv",
                ';',
                "Lieferantennr Firmierung Adresse Postleitzahl Ortschaft UStID Tel",
            ),
            ("companies/leads.csv", ',', "leadid business_name url telephone address_line postal_code town"),
            ("companies/invoices.csv", ',', "Rechnungsnr Unternehmensname Rechnungsadresse VAT-No"),
        ],
        &[],
    );
}
