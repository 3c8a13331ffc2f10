//! Whole addresses of a dozen countries, written for this test before the
//! reader was tried on them. On the first run 234 of 249 fields passed (94.0 %);
//! repairs since have looked at the misses, so the figure now is no longer one
//! for unseen addresses.
//!
//! What is left: a house's name of several words before a street of one
//! (`Gasthof Zur Post Bahnhofstraße`; `Zur Post` could be the street's own), a
//! unit number before a named business park, and the Dutch `hs` for a ground
//! floor, which no house number may end in elsewhere.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use einklang::normalise::{Context, normalise};
use einklang::record::Attribute;
use std::path::Path;

#[test]
fn whole_addresses() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/normalise/addresses.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let fields =
        [Attribute::Street, Attribute::HouseNumber, Attribute::Postcode, Attribute::City, Attribute::Region];
    let (mut passed, mut total) = (0, 0);
    for row in reader.records() {
        let row = row.unwrap();
        let context = Context { country: Some(&row[0]), ..Context::default() };
        let normal = normalise(Attribute::Address, &row[1], &context);
        for (at, attribute) in fields.into_iter().enumerate() {
            let expect = &row[at + 2];
            let found: Vec<&str> = normal
                .parts
                .iter()
                .filter(|part| part.attribute == attribute)
                .map(|part| part.canonical.as_str())
                .collect();
            // A region that is read beyond the expected ones is no miss.
            if expect.is_empty() && attribute == Attribute::Region {
                continue;
            }
            total += 1;
            if found.join(" ") == expect {
                passed += 1;
            } else {
                println!("  {}: {:?}: found {found:?}, expected {expect:?}", attribute.name(), &row[1]);
            }
        }
    }
    println!("whole addresses: {passed} of {total} passed");
    assert!(passed >= 243, "{passed} of {total} passed");
}
