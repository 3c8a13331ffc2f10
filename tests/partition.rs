//! Property: the partition is a function of the set of records. Small random
//! sets, built to be full of near agreements, are merged in several row orders
//! and on several thread counts.

use einklang::engine::load::{Input, LoadOptions};
use einklang::engine::progress::Silent;
use einklang::engine::unify::{UnifyRequest, unify};
use einklang::rules::{Condition, Decision, DecisionRule, Level, LevelTest, Rules};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Record id to the ids of its customer.
type Partition = BTreeMap<String, Vec<String>>;

fn merge(rows: &[(usize, [usize; 5])], rules: &Rules, threads: usize) -> Partition {
    const GIVEN: [&str; 6] = ["Anna", "Ana", "Hans", "Johannes", "Eva", ""];
    const FAMILY: [&str; 6] = ["Müller", "Mueller", "Moller", "Schmidt", "Schmitt", ""];
    const BIRTH: [&str; 5] = ["1980-03-12", "1980-12-03", "1981-03-12", "1955-07-30", ""];
    const EMAIL: [&str; 5] = ["anna.mueller@web.de", "hans.schmidt@gmx.de", "familie@gmx.de", "x@y.de", ""];
    const STREET: [&str; 4] = ["Hauptstr. 5", "Hauptstraße 5", "Goethestr. 11", ""];
    let mut text = String::from("id,vorname,nachname,geburtsdatum,email,strasse\n");
    for (id, [given, family, birth, email, street]) in rows {
        let _ = writeln!(
            text,
            "{id},{},{},{},{},{}",
            GIVEN[given % 6],
            FAMILY[family % 6],
            BIRTH[birth % 5],
            EMAIL[email % 5],
            STREET[street % 4]
        );
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("crm.csv");
    std::fs::write(&path, text).expect("a file");
    let request = UnifyRequest {
        inputs: vec![Input { path, source: None }],
        load: LoadOptions { id: Some("id".to_owned()), ..LoadOptions::default() },
        rules: rules.clone(),
        ..UnifyRequest::default()
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    pool.install(|| {
        unify(&request, &Silent, |outcome| {
            let name = |&record: &u32| outcome.records.keys.id(record as usize).to_owned();
            let members = |record: usize| {
                let customer = outcome.golden.customer_of[record] as usize;
                outcome.golden.members(customer).iter().map(name).collect()
            };
            Ok((0..outcome.records.len()).map(|record| (name(&(record as u32)), members(record))).collect())
        })
    })
    .expect("it runs")
}

fn rows() -> impl Strategy<Value = Vec<(usize, [usize; 5])>> {
    proptest::collection::vec(proptest::array::uniform5(0usize..30), 2..40)
        .prop_map(|rows| rows.into_iter().enumerate().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_partition_depends_on_the_records_alone(rows in rows(), seed in any::<u64>()) {
        let expect = merge(&rows, &Rules::default(), 1);
        let mut turned = rows.clone();
        turned.sort_by_key(|(id, _)| (*id as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        prop_assert_eq!(&merge(&turned, &Rules::default(), 3), &expect);
        prop_assert_eq!(&merge(&rows, &Rules::default(), 2), &expect);
    }

    #[test]
    fn a_never_rule_is_never_broken(rows in rows()) {
        let condition = Condition { on: "birth_date".to_owned(), test: LevelTest::AtMost(Level::Similar) };
        let never = DecisionRule { name: "other birthday".to_owned(), then: Decision::Never, when: vec![condition] };
        let rules = Rules { decisions: vec![never], ..Rules::default() };
        let birth = |id: &String| rows[id.parse::<usize>().unwrap()].1[2] % 5;
        for (id, members) in merge(&rows, &rules, 2) {
            for other in members {
                // 1955 against the others, which are one edit apart.
                let unlike = (birth(&id) == 3) != (birth(&other) == 3) && birth(&id) != 4 && birth(&other) != 4;
                prop_assert!(!unlike, "{} and {} share a customer", id, other);
            }
        }
    }
}
