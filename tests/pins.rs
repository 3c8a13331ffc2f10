//! Golden values that stewards pin: they hold until they are superseded or
//! released, go where the records go, and leave no trace once erased.

#![cfg(feature = "store")]
#![allow(clippy::unwrap_used)]

use einklang::engine::live::{
    self, CustomerView, Decided, GoldenView, Graph, NewPin, Operation, PinnedOf, Resolved,
};
use einklang::judgement::Judgement;
use einklang::rules::Rules;
use std::path::PathBuf;

struct Pinning {
    folder: tempfile::TempDir,
    graph: Graph,
    now: i64,
}

fn name(id: &str) -> (String, String) {
    ("crm".to_owned(), id.to_owned())
}

impl Pinning {
    /// Anna of two records, and Hans, who is somebody else.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        live::create_empty(&path, Rules::default()).unwrap();
        let mut pinning = Self { folder, graph: Graph::open(&path).unwrap(), now: 0 };
        pinning.upsert("a1", "Anna", "Müller", "anna.mueller@web.de");
        pinning.upsert("a2", "Anna", "Müller", "anna.mueller@web.de");
        pinning.upsert("h", "Hans", "Dorn", "dorn@gmx.de");
        assert_eq!(pinning.customer("a1").customer_id, pinning.customer("a2").customer_id);
        pinning
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn apply(&mut self, line: &str) {
        self.now += 1;
        self.graph.apply(&[Operation::parse(line).unwrap()], self.now).unwrap();
        self.verify();
    }

    fn upsert(&mut self, id: &str, given: &str, family: &str, email: &str) {
        self.apply(&format!(
            r#"{{"op":"upsert","source":"crm","record_id":"{id}","fields":{{"vorname":"{given}","nachname":"{family}","geburtsdatum":"1980-03-12","email":"{email}"}}}}"#
        ));
    }

    fn delete(&mut self, id: &str) {
        self.apply(&format!(r#"{{"op":"delete","source":"crm","record_id":"{id}"}}"#));
    }

    fn judge(&mut self, a: &str, b: &str, judgement: Judgement) {
        self.now += 1;
        let decided = Decided { judgement, who: "tester".to_owned(), why: String::new() };
        self.graph.judge(&name(a), &name(b), &decided, self.now).unwrap();
        self.verify();
    }

    fn try_pin(&mut self, of: PinnedOf, field: &str, value: Option<&str>) -> einklang::error::Result<usize> {
        self.now += 1;
        let new = NewPin {
            of,
            field: field.to_owned(),
            value: value.map(str::to_owned),
            who: "b.weber".to_owned(),
            why: "by phone".to_owned(),
        };
        let changes = self.graph.pin(&new, self.now)?;
        self.verify();
        Ok(changes.len())
    }

    fn pin(&mut self, id: &str, field: &str, value: Option<&str>) {
        let customer = self.customer(id).customer_id;
        assert_eq!(self.try_pin(PinnedOf::Customer(customer), field, value).unwrap(), 1);
    }

    fn customer(&self, id: &str) -> CustomerView {
        let number = self.graph.known(&name(id)).unwrap();
        let owner = self.graph.owner(number).unwrap().unwrap();
        match live::customer(&self.graph.store, &owner).unwrap() {
            Resolved::Customer(view) => view,
            Resolved::Retired { .. } => panic!("the owner is no customer"),
        }
    }

    fn golden(&self, id: &str, field: &str) -> Option<GoldenView> {
        self.customer(id).golden.get(field).cloned()
    }

    fn email(&self, id: &str) -> (String, bool) {
        let golden = self.golden(id, "email").unwrap();
        (golden.value, golden.pinned.is_some())
    }

    fn verify(&self) {
        let found = live::verify(&self.graph.store, &self.graph.bundle).unwrap();
        assert!(found.is_clean(), "{:#?}", found.differences);
    }
}

fn pinned(value: &str) -> (String, bool) {
    (value.to_owned(), true)
}

fn chosen(value: &str) -> (String, bool) {
    (value.to_owned(), false)
}

#[test]
fn a_pin_holds_until_it_is_superseded_or_released() {
    let mut pinning = Pinning::new();
    pinning.pin("a1", "email", Some(" anna@example.org "));
    let golden = pinning.golden("a2", "email").unwrap();
    let pin = golden.pinned.unwrap();
    assert_eq!(
        (golden.value.as_str(), pin.who.as_str(), pin.why.as_str()),
        ("anna@example.org", "b.weber", "by phone")
    );
    // Whatever the records say.
    pinning.upsert("a1", "Anna", "Müller", "anna.neu@web.de");
    assert_eq!(pinning.email("a1"), pinned("anna@example.org"));
    // The feed tells it with its lineage, and words find it.
    let mut told = Vec::new();
    live::changes(&pinning.graph.store, 0, |change| {
        told.push(change);
        Ok(())
    })
    .unwrap();
    let change = told.iter().find(|change| change.cause == "pinned by b.weber").unwrap();
    assert_eq!(change.golden.as_ref().unwrap()["email"].pinned.as_ref().unwrap().who, "b.weber");
    assert_eq!(live::search(&pinning.graph.store, "example.org", 5).unwrap().len(), 1);
    pinning.pin("a2", "email", Some("anna@firma.example"));
    assert_eq!(pinning.email("a1"), pinned("anna@firma.example"));
    // What was made keeps its lineage, in force or not.
    let made = live::pins_from(&pinning.graph.store, 0, 10).unwrap();
    assert_eq!(made.iter().map(|pin| pin.in_force).collect::<Vec<_>>(), [false, true]);
    assert_eq!(made[1].supersedes, [0]);
    pinning.pin("a1", "email", None);
    assert!(!pinning.email("a1").1);
    let customer = pinning.customer("a1").customer_id;
    let refused = pinning.try_pin(PinnedOf::Customer(customer.clone()), "email", None).unwrap_err();
    assert!(refused.to_string().contains("nothing is pinned of `email`"), "{refused}");
    let refused = pinning.try_pin(PinnedOf::Customer(customer), "full_name", Some("x")).unwrap_err();
    assert!(refused.to_string().contains("have no field `full_name`"), "{refused}");
    // A field that no record has can be pinned, and everything held is told.
    pinning.pin("a1", "phone", Some("0711 123456"));
    let held = live::access(&pinning.graph.store, &pinning.customer("a1").customer_id).unwrap();
    assert_eq!(held.pins.len(), 4);
    assert_eq!(held.customer.golden["phone"].value, "0711 123456");
    let desk = live::desk(&pinning.graph.store, &pinning.graph.bundle, &held.customer.customer_id).unwrap();
    let field = desk.unwrap().fields.into_iter().find(|field| field.field == "phone").unwrap();
    assert_eq!((field.values[0].value.as_str(), field.values[0].verdict), ("0711 123456", "pinned"));
}

#[test]
fn a_pin_goes_where_its_records_go() {
    let mut pinning = Pinning::new();
    pinning.try_pin(PinnedOf::Record(name("a2")), "email", Some("anna@example.org")).unwrap();
    // The record that it rests on goes, and another takes its place; it comes
    // back, and takes the pin back.
    pinning.delete("a2");
    assert_eq!(pinning.email("a1"), pinned("anna@example.org"));
    pinning.upsert("a2", "Grete", "Kunze", "grete@gmx.de");
    assert_eq!(
        (pinning.email("a2"), pinning.email("a1")),
        (pinned("anna@example.org"), chosen("anna.mueller@web.de"))
    );
    pinning.upsert("a2", "Anna", "Müller", "anna.mueller@web.de");
    // On a merge the later of two pins is shown, the other comes back on the split.
    pinning.pin("h", "email", Some("hans@example.org"));
    pinning.judge("a1", "h", Judgement::Positive);
    assert_eq!(pinning.email("a1"), pinned("hans@example.org"));
    pinning.judge("a1", "h", Judgement::Withdrawn);
    assert_eq!(pinning.email("a1"), pinned("anna@example.org"));
    assert_eq!(pinning.email("h"), pinned("hans@example.org"));
    // What is pinned of the merged customer takes the place of both.
    pinning.judge("a1", "h", Judgement::Positive);
    pinning.pin("h", "email", Some("both@example.org"));
    pinning.pin("h", "email", None);
    pinning.judge("a1", "h", Judgement::Withdrawn);
    assert_eq!(
        (pinning.email("a1"), pinning.email("h")),
        (chosen("anna.mueller@web.de"), chosen("dorn@gmx.de"))
    );
    pinning.judge("a1", "a2", Judgement::Negative);
    pinning.try_pin(PinnedOf::Record(name("a2")), "email", Some("second@example.org")).unwrap();
    assert_eq!((pinning.email("a1").1, pinning.email("a2").1), (false, true));
    // A customer without records shows nothing; the pin waits for its record.
    pinning.delete("a2");
    pinning.upsert("a2", "Anna", "Müller", "anna.mueller@web.de");
    assert_eq!(pinning.email("a2"), pinned("second@example.org"));
}

#[test]
fn a_pin_outlasts_reopening_repair_and_other_rules() {
    let mut pinning = Pinning::new();
    pinning.pin("a1", "email", Some("anna@example.org"));
    let before = pinning.customer("a1");
    let Pinning { folder, graph, now } = pinning;
    drop(graph);
    let path = folder.path().join("store");
    let mut pinning = Pinning { graph: Graph::open(&path).unwrap(), folder, now };
    assert_eq!(pinning.customer("a1"), before);
    pinning.graph.repair(90).unwrap();
    pinning.verify();
    assert_eq!(pinning.customer("a1"), before);
    let rules = "[thresholds]\nlink = 0.95\nreview = 0.3\n";
    pinning.graph.apply_rules(rules.to_owned(), false, "otto", "", 91).unwrap();
    pinning.verify();
    assert_eq!(pinning.email("a1"), pinned("anna@example.org"));
    pinning.graph.roll_back(1, "otto", "", 92).unwrap();
    pinning.verify();
    assert_eq!(pinning.customer("a1").golden, before.golden);
    // A copy has it too.
    let copy = pinning.folder.path().join("copy");
    live::backup(&pinning.path(), &copy).unwrap();
    let store = live::read_rows(&copy).unwrap();
    assert_eq!(live::pins_from(&store, 0, 9).unwrap().len(), 1);
}

#[test]
fn a_pin_is_erased_with_its_records() {
    let mut pinning = Pinning::new();
    pinning.pin("a1", "email", Some("xaverine@posteo.example"));
    pinning.pin("a1", "email", Some("quellmalz@posteo.example"));
    pinning.pin("h", "phone", Some("0711 998877"));
    let receipt = pinning.graph.erase(&[name("a1")], 70).unwrap();
    assert_eq!((receipt.records, receipt.pins), (1, 2));
    pinning.verify();
    assert_eq!(pinning.email("a2"), chosen("anna.mueller@web.de"));
    assert!(pinning.golden("h", "phone").unwrap().pinned.is_some());
    let path = pinning.path();
    for family in einklang::store::Family::ALL {
        for row in pinning.graph.store.db.rows(family, &[]) {
            let (_, value) = row.unwrap();
            let text = String::from_utf8_lossy(&value);
            assert!(!text.contains("posteo"), "{}: {text}", family.name());
        }
    }
    drop(pinning.graph);
    drop(Graph::open(&path).unwrap());
    for entry in std::fs::read_dir(&path).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"posteo"));
    }
}
