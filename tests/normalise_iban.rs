//! The IBAN registry's example of every country that has IBANs: each must be
//! valid as it stands and in groups of four, and doubtful with a digit changed.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use einklang::normalise::{Context, normalise};
use einklang::record::{Attribute, Verdict};

#[test]
fn registry_examples() {
    let examples: Vec<&str> =
        include_str!("../testdata/normalise/iban_registry.csv").lines().skip(1).collect();
    let mut passed = 0;
    for example in &examples {
        let read = |text: &str| normalise(Attribute::Iban, text, &Context::default());
        let whole = read(example);
        let grouped = read(&whole.parts[0].display);
        let wrong_check = if example.as_bytes()[3] == b'9' { '0' } else { '9' };
        let mistyped = format!("{}{wrong_check}{}", &example[..3], &example[4..]);
        let fits = whole.verdict == Verdict::Valid
            && whole.parts[0].canonical == *example
            && grouped.parts[0].canonical == *example
            && read(&mistyped).verdict == Verdict::Doubtful
            && read(&example[..example.len() - 1]).verdict == Verdict::Doubtful;
        if fits {
            passed += 1;
        } else {
            println!("  {example}: {:?} {:?}", whole.verdict, whole.reason);
        }
    }
    println!("IBAN registry examples: {passed} of {} passed", examples.len());
    assert_eq!(passed, examples.len());
}
