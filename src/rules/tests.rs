//! Rule files, sound and faulty, as a steward would write them.

use super::*;
use crate::record::Attribute;
use proptest::prelude::*;
use std::path::Path;

/// The faults of a text, each as `line:column message`.
fn faults(text: &str) -> Vec<String> {
    match parse(text, Path::new("rules.toml")) {
        Ok(_) => Vec::new(),
        Err(faults) => told(&faults),
    }
}

fn told(faults: &Faults) -> Vec<String> {
    let one = |fault: &Fault| {
        let (line, column) = faults.place(fault);
        format!("{line}:{column} {}", fault.message)
    };
    faults.iter().map(one).collect()
}

fn parsed(text: &str) -> Rules {
    parse(text, Path::new("rules.toml")).unwrap_or_else(|faults| panic!("{}", faults.render(false)))
}

#[test]
fn every_fault_is_reported_at_once() {
    let faults = parse(include_str!("tests/ten-faults.toml"), Path::new("rules.toml")).expect_err("faults");
    insta::assert_snapshot!(faults.render(false));
}

#[test]
fn faults_have_their_place() {
    for (text, expected) in [
        ("[blocking]\nkeys = \"email\"", &["2:8 `keys` must be a list, not text"][..]),
        ("[model]\nlearn = \"no\"", &["2:9 `learn` must be `true` or `false`, not text"]),
        ("[thresholds]\nlink = 1.5", &["2:8 `link` is out of bounds"]),
        ("[thresholds]\nlink = nan", &["2:8 `link` is out of bounds"]),
        ("[[rule]]\nname = \"a\"\nthen = \"link\"", &["1:1 key `when` is missing in `rule`"]),
        (
            "[[rule]]\nname = \"a\"\nthen = \"link\"\nwen = \"email is same\"",
            &["4:1 unknown key `wen` in `rule`"],
        ),
        ("[model]\nlearn = false", &["2:9 nothing decides: no rules, no weights, and nothing is learned"]),
        ("[[column]]\ncolumn = \"X\"\nis = \"telefone\"", &["3:6 unknown value `telefone` for `is`"]),
        ("[[column]]\ncolumn = \"X\"\nis = \"email\"\nlabel = \"x\"", &["4:9 `email` takes no label"]),
        ("[normalise.placeholders]\nemial = [\"x\"]", &["2:1 unknown key `emial` in `placeholders`"]),
        (
            "[[comparison]]\non = \"street\"\nweights = { same = 1, different = 2 }",
            &[
                "2:6 on `street`, `different` weighs more than `same`",
                "2:7 `street` is compared within `address`",
            ],
        ),
        ("[[table]]\nname = \"nicknames\"\nadd = [\"Max\"]", &["3:8 `Max` says not what it means"]),
        ("[[table]]\nname = \"nicks\"", &["2:8 unknown value `nicks` for `name`"]),
        ("[[survivorship]]\norder = []", &["2:9 `order` is empty"]),
        (
            "a = ",
            &[
                "1:5 string values must be quoted, expected literal string",
                "1:1 unknown key `a` in the rule file",
            ],
        ),
    ] {
        let mut found = faults(text);
        found.sort();
        let mut expected: Vec<_> = expected.iter().map(ToString::to_string).collect();
        expected.sort();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn rules_that_contradict_are_found() {
    let rule = |name: &str, then: &str, when: &str| {
        format!("[[rule]]\nname = \"{name}\"\nthen = \"{then}\"\nwhen = \"{when}\"\n")
    };
    let twice = rule("a", "link", "email is same") + &rule("b", "never", "email is same");
    assert_eq!(faults(&twice), ["8:8 rule `b` never applies"]);
    let never = rule("a", "link", "email is same and email is different");
    assert_eq!(faults(&never), ["4:8 no pair can fulfil both conditions on `email`"]);
    let named = rule("a", "link", "email is same") + &rule("a", "never", "phone is same");
    assert_eq!(faults(&named), ["6:8 rule `a` stands twice"]);
}

#[test]
fn labels_that_the_file_gives_may_be_used() {
    let text = "[[column]]\ncolumn = \"Karte\"\nis = \"identifier\"\nlabel = \"club_card\"\n\
                [[comparison]]\non = \"club_card\"\nweights = { same = 12 }\n";
    let rules = parsed(text);
    assert_eq!(rules.comparisons.first().map(|rule| rule.weights.clone()), Some(vec![(Level::Same, 12.0)]));
}

#[test]
fn a_column_that_is_not_there_is_found() {
    let crm = SourceColumns { source: "crm".into(), columns: vec!["Nachname".into(), "E-Mail".into()] };
    let text = "[[column]]\nsource = \"crm\"\ncolumn = \"Nachnahme\"\nis = \"family_name\"\n\
                [[column]]\nsource = \"shop\"\ncolumn = \"E-Mail\"\nis = \"email\"\n\
                [[column]]\ncolumn = \"Telefon\"\nis = \"phone\"\n";
    let faults = check_columns(text, Path::new("rules.toml"), &[crm]).expect_err("faults");
    insta::assert_snapshot!(faults.render(false));
}

#[test]
fn shipped_files_are_sound_and_survive_writing() {
    for (name, text) in [
        ("customers-dach", include_str!("../../rules/customers-dach.toml")),
        ("customers-international", include_str!("../../rules/customers-international.toml")),
        ("companies", include_str!("../../rules/companies.toml")),
        ("households", include_str!("../../rules/households.toml")),
        ("strict", include_str!("../../rules/strict.toml")),
    ] {
        let rules = parsed(text);
        assert!(!rules.decisions.is_empty(), "{name} decides nothing");
        assert_eq!(parsed(&write(&rules, &[])), rules, "{name}");
    }
}

/// A meaning that entries of the table may have.
fn meaning(name: TableName) -> &'static str {
    match name.meaning() {
        Meaning::None => "",
        Meaning::Words | Meaning::WordsOrNothing => "b c",
        Meaning::Domain => "b.de",
        Meaning::Country => "DE",
        Meaning::Gender => "f",
        Meaning::GenderAndCount => "f 12",
        Meaning::Count => "12",
    }
}

#[test]
fn tables_survive_writing() {
    for name in TableName::ALL {
        let replace = name == TableName::Titles;
        let table = TableRule {
            name,
            replace,
            add: vec![("a".into(), meaning(name).into())],
            remove: if replace { vec![] } else { vec!["d \"e\"".into()] },
        };
        let rules = Rules { tables: vec![table], ..Rules::default() };
        assert_eq!(parsed(&write(&rules, &[])), rules, "{}", name.name());
    }
}

#[test]
fn faults_in_tables() {
    let text = "[[table]]\nname = \"titles\"\nadd = [\"Bergrat = Dr\", \" \"]\n\
                [[table]]\nname = \"countries\"\nadd = [\"Freedonia = fd\", \"Sylvania\"]\n\
                [[table]]\nname = \"given_names\"\nadd = [\"Alix = x\", \"Kim = u\", \"Ann = f 12\"]\n\
                [[table]]\nname = \"email_aliases\"\nadd = [\"a.de = b\"]\n\
                [[table]]\nname = \"family_names\"\nadd = [\"Huber = many\", \"Maier\"]\n\
                [[table]]\nname = \"towns\"\nreplace = true\nremove = [\"Bonn\"]\n\
                [[table]]\nname = \"nicknmaes\"\n";
    let faults = parse(text, Path::new("rules.toml")).expect_err("faults");
    insta::assert_snapshot!(faults.render(false));
}

#[test]
fn the_reference_page_is_current() {
    let page = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md"), &page)
            .expect("docs/rules.md can be written");
    }
    let kept = include_str!("../../docs/rules.md");
    assert!(page == kept, "docs/rules.md is stale: run `einklang rules reference > docs/rules.md`");
    let schema = schema();
    let parts = schema.get("properties").and_then(|parts| parts.as_object()).expect("parts");
    assert!(
        parts.keys().all(|part| schema::PARTS.contains(&part.as_str())),
        "a part is not in the reference"
    );
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zäöü ]{1,12}", any::<String>().prop_filter("not empty", |text| !text.trim().is_empty())]
}

proptest! {
    #[test]
    fn written_columns_are_read_back(
        names in prop::collection::hash_set(texts(), 0..8),
        source in prop::option::of(texts()),
        comment in any::<String>(),
    ) {
        let columns = names.into_iter().zip(Attribute::ALL.iter().cycle().skip(3)).map(|(column, &attribute)| ColumnRule {
            source: source.clone(),
            column,
            attribute,
            label: attribute.is_labelled().then(|| "some_label".to_owned()),
        });
        let rules = Rules { columns: columns.collect(), ..Rules::default() };
        let comments = vec![comment; rules.columns.len()];
        prop_assert_eq!(parsed(&write(&rules, &comments)), rules);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        let _ = parse(&text, Path::new("rules.toml")).map_err(|faults| faults.render(true));
    }

    #[test]
    fn no_damage_makes_the_reader_panic(at in 0..2000_usize, put in "[\\[\\]\"'=,.{}#\n ä0-9a-z]{0,4}", cut in 0..20_usize) {
        let text = include_str!("../../rules/customers-dach.toml");
        let chars: Vec<char> = text.chars().collect();
        let at = at.min(chars.len());
        let damaged: String =
            chars[..at].iter().copied().chain(put.chars()).chain(chars[at..].iter().copied().skip(cut)).collect();
        let _ = parse(&damaged, Path::new("rules.toml")).map_err(|faults| faults.render(false));
    }
}
