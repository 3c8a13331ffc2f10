//! What the workbench rests on: decisions that are foreseen as they are then
//! made, two stewards at one queue, rules that are tried out, taken into force
//! by another person and taken back; and that the graph stays what a batch
//! makes of the records, whatever the sequence.

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used)]

mod serving;

use einklang::engine::live::{self, Graph, Operation};
use einklang::judgement::Judgement;
use serde_json::{Value, json};
use serving::{Client, Served, done};
use std::path::Path;
use std::time::{Duration, Instant};

/// Pairs of a customer that stand at the threshold: one name, little else.
const DOUBTFUL: &[&str] = &[
    "a1,Anna,Kellermann,1980-03-12,anna.kellermann@web.de,0711 6717416,Ulm",
    "a2,Anna,Kellermann,,anna.k@gmx.de,,Ulm",
    "a3,Anna,Kellermann,1980-03-12,,0711 6717416,Ulm",
    "b1,Otto,Winter,1971-01-02,otto@web.de,0711 1234567,Bonn",
    "b2,Otto,Winter,1971-01-02,otto@web.de,0711 1234567,Bonn",
    "b3,Otto,Winterr,1971-02-01,,0711 1234567,Bonn",
];

fn name(id: &str) -> Value {
    json!({ "source": "crm", "record_id": id })
}

fn judged(verdict: &str, a: &str, b: &str) -> Value {
    json!({ "steps": [{ "as": verdict, "pairs": [{ "a": name(a), "b": name(b) }] }] })
}

fn customer_of(client: &mut Client, id: &str) -> String {
    client.get(&format!("/v1/records/crm/{id}")).good()["customer_id"].as_str().unwrap().to_owned()
}

/// Until the service has taken new tokens up.
fn wait_for_tokens(served: &Served) {
    let until = Instant::now() + Duration::from_secs(10);
    while served.client().get("/v1/counts").status != 401 {
        assert!(Instant::now() < until, "the tokens were not taken up");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_decision_is_foreseen_made_and_taken_back() {
    let served = Served::new(DOUBTFUL, &[]);
    let mut client = served.client();
    let before = live::read_rows(Path::new(&served.store())).unwrap().counters.digest;
    let (a, b) = (customer_of(&mut client, "a1"), customer_of(&mut client, "b1"));
    assert_ne!(a, b);
    let merge = json!({ "steps": [{ "as": "same", "a": { "customer_id": a }, "b": { "customer_id": b } }] });
    let foreseen = client.post("/v1/decisions/preview", &merge).good();
    assert_eq!(foreseen["changes"][0]["kind"], "merged", "{foreseen}");
    assert_eq!(customer_of(&mut client, "b1"), b, "a preview changes nothing");
    let made = client.post("/v1/decisions", &merge).good();
    let kinds = |told: &Value| -> Vec<(Value, Value)> {
        let changes = told["changes"].as_array().unwrap().iter();
        changes.map(|change| (change["kind"].clone(), change["customer_id"].clone())).collect()
    };
    let mut told = (kinds(&foreseen), kinds(&made));
    told.0.sort_by_key(|(kind, id)| format!("{kind}{id}"));
    told.1.sort_by_key(|(kind, id)| format!("{kind}{id}"));
    assert_eq!(told.0, told.1, "what was foreseen is what was made");
    assert_eq!(customer_of(&mut client, "a1"), customer_of(&mut client, "b1"));
    let steps: Vec<Value> = made["undo"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| json!({ "as": pair["as"], "pairs": [{ "a": pair["a"], "b": pair["b"] }] }))
        .collect();
    client.post("/v1/decisions", &json!({ "steps": steps })).good();
    assert_ne!(customer_of(&mut client, "a1"), customer_of(&mut client, "b1"));
    let after = live::read_rows(Path::new(&served.store())).unwrap().counters.digest;
    assert_eq!(before, after, "taken back, the partition is as before");
    let mut served = served;
    served.stop();
    serving::verify(Path::new(&served.store()));
}

#[test]
fn two_stewards_do_not_decide_the_same_pair() {
    let served = Served::new(DOUBTFUL, &[]);
    let [anna, otto, reader] = ["anna", "otto", "eva"].map(|who| {
        let role = if who == "eva" { "reader" } else { "steward" };
        served.token(who, &[role])
    });
    wait_for_tokens(&served);
    let mut anna = served.client().with_token(&anna);
    let mut otto = served.client().with_token(&otto);
    let mut reader = served.client().with_token(&reader);
    let pair = json!({ "a": name("a1"), "b": name("a2") });
    assert_eq!(anna.post("/v1/review/claims", &pair).good()["claim"]["is_own"], true);
    let held = otto.post("/v1/review/claims", &pair).good();
    assert_eq!((&held["claim"]["by"], &held["claim"]["is_own"]), (&json!("anna"), &json!(false)));
    let mut decision = judged("different", "a1", "a2");
    decision["if_open"] = json!(true);
    anna.post("/v1/decisions", &decision).good();
    assert!(otto.post("/v1/decisions", &decision).problem(412)["hint"].is_string());
    reader.post("/v1/decisions", &decision).problem(403);
    reader.post("/v1/review/claims", &pair).problem(403);
    reader.get("/v1/review").good();
    reader.post("/v1/decisions/preview", &decision).good();
    let note = json!({ "a": name("a1"), "b": name("a3"), "comment": "ask the shop", "assign": "otto" });
    let noted = anna.post("/v1/review/notes", &note).good();
    assert_eq!((&noted["assigned"], &noted["comments"][0]["who"]), (&json!("otto"), &json!("anna")));
}

#[test]
fn a_judgement_whose_records_changed_is_asked_again_and_holds_until_then() {
    let served = Served::new(DOUBTFUL, &[]);
    let mut client = served.client();
    let mut decision = judged("same", "a1", "b1");
    decision["if_open"] = json!(true);
    client.post("/v1/decisions", &decision).good();
    client.post("/v1/decisions", &decision).problem(412);
    let asked = |client: &mut Client| -> Vec<Value> {
        // The queue is made anew behind the scenes.
        std::thread::sleep(Duration::from_millis(1200));
        client.get("/v1/review?kind=changed").good();
        std::thread::sleep(Duration::from_millis(500));
        client.get("/v1/review?kind=changed").good()["items"].as_array().unwrap().clone()
    };
    assert_eq!(asked(&mut client), Vec::<Value>::new());
    let put = |client: &mut Client, first: &str| {
        let fields = json!({ "vorname": first, "nachname": "Winter", "geburtsdatum": "1971-01-02",
            "email": "otto@web.de", "telefon": "0711 1234567", "ort": "Bonn" });
        client.put("/v1/records/crm/b1", &json!({ "fields": fields })).good();
    };
    put(&mut client, "OTTO");
    assert_eq!(asked(&mut client), Vec::<Value>::new(), "another spelling says the same");
    put(&mut client, "Ottilie");
    let again = asked(&mut client);
    assert_eq!(again.len(), 1, "{again:?}");
    assert_eq!((&again[0]["a"], &again[0]["b"]), (&name("a1"), &name("b1")));
    assert_eq!(customer_of(&mut client, "a1"), customer_of(&mut client, "b1"), "it holds until then");
    client.post("/v1/decisions", &decision).good();
    assert_eq!(asked(&mut client), Vec::<Value>::new());
}

fn merge_of(client: &mut Client, a: &str, b: &str) -> Value {
    let (a, b) = (customer_of(client, a), customer_of(client, b));
    json!({ "steps": [{ "as": "same", "a": { "customer_id": a }, "b": { "customer_id": b } }], "why": "one person" })
}

#[test]
fn a_decision_takes_effect_once_somebody_else_approved_it() {
    let served = Served::new(DOUBTFUL, &["--four-eyes-decisions", "joins"]);
    let anna = served.token("anna", &["steward", "approver"]);
    let otto = served.token("otto", &["approver"]);
    let eva = served.token("eva", &["steward"]);
    wait_for_tokens(&served);
    let [mut anna, mut otto, mut eva] = [anna, otto, eva].map(|token| served.client().with_token(&token));
    let merge = merge_of(&mut anna, "a1", "b1");
    assert_eq!(anna.post("/v1/decisions/preview", &merge).good()["needs_approval"], true);
    let told = anna.post("/v1/decisions", &merge).good();
    assert_eq!((&told["changes"], &told["undo"]), (&json!([]), &json!([])));
    let number = told["proposal"]["number"].clone();
    assert_eq!(told["proposal"]["customers"].as_array().unwrap().len(), 2, "{told}");
    assert_ne!(customer_of(&mut anna, "a1"), customer_of(&mut anna, "b1"), "it waits");
    let listed = eva.get("/v1/proposals").good();
    let first = &listed["items"][0];
    assert_eq!((&first["who"], &first["why"]), (&json!("anna"), &json!("one person")));
    let again = merge_of(&mut anna, "b1", "a1");
    assert!(anna.post("/v1/decisions", &again).status >= 400, "the same pairs wait already");
    let approve = format!("/v1/proposals/{number}/approve");
    assert!(anna.post(&approve, &json!({})).problem(403)["hint"].is_string());
    eva.post(&approve, &json!({})).problem(403);
    eva.post(&format!("/v1/proposals/{number}/turn-down"), &json!({})).problem(403);
    let made = otto.post(&approve, &json!({})).good();
    assert_eq!(made["changes"][0]["kind"], "merged", "{made}");
    assert_eq!(customer_of(&mut anna, "a1"), customer_of(&mut anna, "b1"));
    otto.post(&approve, &json!({})).problem(404);
    let made = anna.get("/v1/judgements").good();
    let last = made["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["who"], &last["approver"]), (&json!("anna"), &json!("otto")));
    let history = format!("/v1/customers/{}/history?order=newest&limit=1", customer_of(&mut anna, "a1"));
    assert_eq!(anna.get(&history).good()["items"][0]["cause"], "judgement by anna, approved by otto");

    // What joins nobody is the steward's own.
    assert_eq!(eva.post("/v1/decisions", &judged("different", "a2", "b3")).good()["proposal"], Value::Null);
    // One's own proposal can be taken back; an approver turns down with a word.
    let pair = json!({ "a": name("a3"), "b": name("f1"), "as": "same" });
    let told = eva.post("/v1/judgements", &pair).good();
    let number = told["proposal"]["number"].clone();
    assert!(number.is_u64(), "{told}");
    assert_eq!(eva.post(&format!("/v1/proposals/{number}/turn-down"), &json!({})).status, 204);
    let number = eva.post("/v1/judgements", &pair).good()["proposal"]["number"].clone();
    let why = json!({ "why": "ask the shop first" });
    assert_eq!(otto.post(&format!("/v1/proposals/{number}/turn-down"), &why).status, 204);
    assert_eq!(eva.get("/v1/proposals").good()["items"], json!([]));
    let noted = eva.post("/v1/review/claims", &json!({ "a": name("a3"), "b": name("f1") })).good();
    assert_eq!(noted["comments"][0]["text"], "ask the shop first");
    let mut served = served;
    served.stop();
    serving::verify(Path::new(&served.store()));
}

#[test]
fn size_and_pins_can_need_approval_too() {
    let served = Served::new(DOUBTFUL, &["--four-eyes-records-min", "3"]);
    let mut client = served.client();
    let merge = merge_of(&mut client, "a1", "b1");
    assert!(
        client.post("/v1/decisions", &merge).good()["proposal"]["number"].is_u64(),
        "four records or more"
    );
    let small = judged("different", "b1", "a2");
    assert_eq!(client.post("/v1/decisions", &small).good()["proposal"], Value::Null);

    let served = Served::new(DOUBTFUL, &["--four-eyes-decisions", "all"]);
    let [anna, otto] = ["anna", "otto"].map(|who| served.token(who, &["steward", "approver"]));
    wait_for_tokens(&served);
    let [mut anna, mut otto] = [anna, otto].map(|token| served.client().with_token(&token));
    let unsure = judged("unsure", "a1", "b1");
    assert_eq!(anna.post("/v1/decisions", &unsure).good()["proposal"], Value::Null, "it has no effect");
    let pin = json!({ "record": name("a1"), "field": "city", "value": "Neu-Ulm", "why": "moved" });
    let told = anna.post("/v1/pins", &pin).good();
    assert_eq!(told["proposal"]["pin"]["value"], "Neu-Ulm", "{told}");
    let approve = format!("/v1/proposals/{}/approve", told["proposal"]["number"]);
    anna.post(&approve, &json!({})).problem(403);
    otto.post(&approve, &json!({})).good();
    let id = customer_of(&mut anna, "a1");
    let golden = anna.get(&format!("/v1/customers/{id}")).good()["golden"]["city"].clone();
    assert_eq!((&golden["value"], &golden["pinned"]["who"]), (&json!("Neu-Ulm"), &json!("anna")), "{golden}");
    let pins = anna.get("/v1/pins").good();
    assert_eq!(pins["items"][0]["approver"], "otto");

    // What is erased goes from what is proposed.
    anna.post("/v1/decisions", &judged("same", "b1", "a2")).good();
    assert_eq!(anna.get("/v1/proposals").good()["items"].as_array().unwrap().len(), 1);
    otto.post("/v1/erasures", &json!({ "records": [name("a2")] })).good();
    assert_eq!(anna.get("/v1/proposals").good()["items"], json!([]));
}

#[test]
fn a_customers_history_is_paged_from_either_end_and_up_to_a_time() {
    let served = Served::new(DOUBTFUL, &[]);
    let mut client = served.client();
    let id = customer_of(&mut client, "a1");
    for at in 0..5 {
        let fields = json!({ "vorname": "Anna", "nachname": "Kellermann", "geburtsdatum": "1980-03-12",
            "email": "anna.kellermann@web.de", "telefon": "0711 6717416", "ort": format!("Ulm {at}") });
        client.put("/v1/records/crm/a1", &json!({ "fields": fields })).good();
    }
    let path = format!("/v1/customers/{id}/history");
    let all = client.get(&path).good()["items"].as_array().unwrap().clone();
    assert!(all.len() >= 5, "{all:?}");
    let mut paged = Vec::new();
    let mut next = format!("{path}?order=newest&limit=2");
    loop {
        let page = client.get(&next).good();
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next"].as_str() else { break };
        next = format!("{path}?order=newest&limit=2&cursor={cursor}");
    }
    paged.reverse();
    assert_eq!(paged, all);
    let then = all[2]["at"].as_str().unwrap();
    let survey = client.get("/v1/survey").good();
    let there = survey["records"].as_u64().unwrap() - survey["customers"].as_u64().unwrap();
    let days = survey["duplicates"].as_object().unwrap();
    assert_eq!(days.values().next_back(), Some(&json!(there)));
    assert_eq!(days.values().next(), Some(&json!(0)), "a month ago there was nothing");
    let until = client.get(&format!("{path}?order=newest&limit=1&until={then}")).good();
    assert_eq!(until["items"][0], all[2], "the customer as it was then");
    client.get(&format!("{path}?order=newest&until=yesterday")).problem(422);
}

#[test]
fn answers_to_a_drawn_sample_tell_how_good_the_customers_are() {
    let people: Vec<String> = (0..60)
        .flat_map(|at| {
            let line = |id: &str, mail: &str| {
                format!(
                    "{id}{at},Anna{at},Kellermann{at},19{}-03-12,anna{at}@{mail},0711 67174{at:02},Ulm",
                    20 + at
                )
            };
            [line("a", "web.de"), line("b", "gmx.de")]
        })
        .collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let served = Served::new(&people, &[]);
    let mut client = served.client();
    assert_eq!(client.get("/v1/sample").good()["sample"], Value::Null);
    client.post("/v1/sample", &json!({ "pairs": 5 })).problem(422);
    client.post("/v1/sample", &json!({ "pairs": 40 })).good();
    let until = Instant::now() + Duration::from_secs(30);
    while client.get("/v1/sample").good()["is_being_drawn"] == true {
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(50));
    }
    let sample = client.get("/v1/sample").good()["sample"].clone();
    assert_eq!((&sample["judged"], &sample["precision"]), (&json!(0), &Value::Null), "{sample}");
    let listed = client.get("/v1/review?kind=sample&limit=1000").good();
    let items = listed["items"].as_array().unwrap().clone();
    assert_eq!(json!(items.len()), listed["sample"]);
    assert!(items.len() >= 20, "{}", items.len());
    // Pages follow each other without gap or repetition.
    let mut paged = Vec::new();
    let mut next = "/v1/review?kind=sample&limit=7".to_owned();
    loop {
        let page = client.get(&next).good();
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next"].as_str() else { break };
        next = format!("/v1/review?kind=sample&limit=7&cursor={cursor}");
    }
    assert_eq!(paged, items);
    // What the queue asks is no part of it.
    for item in &items {
        let [a, b] =
            [&item["a"]["record_id"], &item["b"]["record_id"]].map(|id| id.as_str().unwrap().to_owned());
        let verdict = if a[1..] == b[1..] { "same" } else { "different" };
        client.post("/v1/decisions", &judged(verdict, &a, &b)).good();
    }
    let sample = client.get("/v1/sample").good()["sample"].clone();
    assert_eq!(sample["judged"], sample["pairs"]);
    for share in [&sample["precision"], &sample["recall"]] {
        let [share, low, high] = [0, 1, 2].map(|at| share[at].as_f64().unwrap());
        assert!(low <= share && share <= high && share > 0.8, "{sample}");
    }
    assert_eq!(client.get("/v1/review?kind=sample").good()["items"], json!([]));
    client.post("/v1/erasures", &json!({ "records": [items[0]["a"]] })).good();
    assert!(client.get("/v1/sample").good()["sample"]["pairs"].as_u64() < sample["pairs"].as_u64());
}

/// Waits for a trial to end.
fn tried(client: &mut Client, text: &str) -> Value {
    let mut trial = client.post("/v1/rules/trials", &json!({ "text": text })).good();
    let until = Instant::now() + Duration::from_secs(60);
    while trial["state"] != "done" {
        assert!(Instant::now() < until && trial["state"] != "failed", "{trial}");
        std::thread::sleep(Duration::from_millis(50));
        trial = client.get(&format!("/v1/rules/trials/{}", trial["trial"])).good();
    }
    trial["impact"].clone()
}

#[test]
fn rules_are_tried_out_approved_by_another_and_taken_back() {
    let served = Served::new(DOUBTFUL, &["--four-eyes"]);
    let author = served.token("anna", &["steward", "approver"]);
    let approver = served.token("otto", &["approver"]);
    wait_for_tokens(&served);
    let mut anna = served.client().with_token(&author);
    let mut otto = served.client().with_token(&approver);
    let digest = || live::read_rows(Path::new(&served.store())).unwrap().counters.digest;
    let before = digest();
    let text = "# stricter\n[thresholds]\nlink = 0.9999999\nreview = 0.999999\n";
    let faults = anna.post("/v1/rules/check", &json!({ "text": "[thresholds]\nlnik = 1\n" })).good();
    assert_eq!((&faults["faults"][0]["line"], &faults["faults"][0]["column"]), (&json!(2), &json!(1)));
    let impact = tried(&mut anna, text);
    assert_eq!(digest(), before, "a trial changes nothing");
    let draft = json!({ "text": text, "reason": "fewer wrong merges", "submit": true });
    let number = anna.post("/v1/rules/drafts", &draft).good()["number"].clone();
    let apply = format!("/v1/rules/drafts/{number}/apply");
    assert!(anna.post(&apply, &json!({})).problem(403)["hint"].is_string());
    otto.post(&apply, &json!({ "base": 7 })).problem(412);
    let made = otto.post(&apply, &json!({ "base": 1 })).good();
    assert_eq!((&made["kinds"], &made["customers"]), (&impact["kinds"], &impact["customers"]));
    assert!(made["customers"].as_u64() > made["customers_before"].as_u64(), "{made}");
    let rules = otto.get("/v1/rules").good();
    assert_eq!((&rules["in_force"], &rules["text"]), (&json!(2), &json!(text)));
    assert_eq!(
        (&rules["versions"][0]["author"], &rules["versions"][0]["approver"]),
        (&json!("anna"), &json!("otto"))
    );
    let diff = json!({ "before": { "version": 1 }, "after": { "version": 2 } });
    let lines = otto.post("/v1/rules/diff", &diff).good();
    assert!(lines["lines"].as_array().unwrap().iter().any(|line| line["text"] == "# stricter"));
    otto.post("/v1/rules/rollback", &json!({ "version": 1, "reason": "too many splits" })).good();
    assert_eq!(digest(), before, "rolled back, the partition is as before");
    let mut served = served;
    served.stop();
    serving::verify(Path::new(&served.store()));
}

#[test]
fn the_command_line_can_do_the_same() {
    let served = Served::unstarted(DOUBTFUL);
    let store = served.store();
    let file = served.path("rules.toml");
    std::fs::write(&file, "[thresholds]\nlink = 0.9999999\nreview = 0.999999\n").unwrap();
    let file = file.to_str().unwrap();
    assert!(done(&["rules", "diff", "--store", &store, file]).contains("link = 0.9999999"));
    let preview = done(&["rules", "apply", "--store", &store, file]);
    assert!(preview.contains("split"), "{preview}");
    assert_eq!(done(&["rules", "versions", "--store", &store]).lines().count(), 1, "nothing was changed");
    done(&["rules", "apply", "--store", &store, file, "--yes", "--who", "anna", "--why", "stricter"]);
    done(&["rules", "rollback", "--store", &store, "1", "--yes", "--who", "otto"]);
    let versions = done(&["rules", "versions", "--store", &store]);
    assert!(versions.starts_with("* 3") && versions.contains("anna  stricter"), "{versions}");
    let proposed =
        done(&["judge", "--store", &store, "crm:a1", "crm:b1", "--as", "same", "--who", "anna", "--propose"]);
    let proposed: Value = serde_json::from_str(&proposed).unwrap();
    assert_eq!(done(&["review", "--store", &store, "--proposals"]).lines().count(), 1);
    let number = proposed["number"].to_string();
    let own = ["judge", "--store", &store, "--approve", &number, "--who", "anna"];
    let own = serving::einklang(&own).output().unwrap();
    assert!(!own.status.success());
    let made = done(&["judge", "--store", &store, "--approve", &number, "--who", "otto"]);
    assert!(made.contains("merged"), "{made}");
    assert_eq!(done(&["review", "--store", &store, "--proposals"]), "");
    let drawn = done(&["review", "--store", &store, "--draw", "20", "--who", "anna", "-q"]);
    assert!(drawn.lines().all(|line| line.contains(r#""kind":"sample""#)) && !drawn.is_empty(), "{drawn}");
    let listed = done(&["review", "--store", &store, "-q"]);
    for line in listed.lines() {
        let item: Value = serde_json::from_str(line).unwrap();
        assert!(item["a"]["record_id"].is_string() && item["weight"].is_number(), "{item}");
    }
    serving::verify(Path::new(&store));
}

/// Steps that follow from a seed alone.
struct Steps(u64);

impl Steps {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

const RULES: [&str; 4] = [
    "",
    "[thresholds]\nlink = 0.95\nreview = 0.3\n",
    "[thresholds]\nlink = 0.3\nreview = 0.01\n",
    "[[rule]]\nname = \"mail\"\nwhen = \"email is same\"\nthen = \"link\"\n\n[cluster]\nsize_review = 2\n",
];

#[test]
fn after_any_sequence_the_graph_is_what_a_batch_makes() {
    for seed in 1..=6u64 {
        let served = Served::unstarted(DOUBTFUL);
        let path = served.path("store");
        let mut steps = Steps(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut graph = Graph::open(&path).unwrap();
        let ids = ["a1", "a2", "a3", "b1", "b2", "b3", "f1", "f2"];
        for _ in 0..18 {
            let mut one = || ("crm".to_owned(), ids[steps.next(ids.len() as u64) as usize].to_owned());
            let (a, b) = (one(), one());
            let now = now_micros();
            match steps.next(13) {
                0..=5 if a != b => {
                    let judgement =
                        [Judgement::Positive, Judgement::Negative, Judgement::Unsure, Judgement::Withdrawn]
                            [steps.next(4) as usize];
                    let pair = if a <= b { (a, b, judgement) } else { (b, a, judgement) };
                    let undo = graph.taken_back(std::slice::from_ref(&pair));
                    graph.judge_pairs(vec![pair], "anna", "", now).unwrap();
                    if steps.next(3) == 0 {
                        graph.judge_pairs(undo, "anna", "", now).unwrap();
                    }
                }
                6 | 7 => {
                    let text = RULES[steps.next(4) as usize].to_owned();
                    graph.apply_rules(text, steps.next(4) == 0, "otto", "", now).unwrap();
                }
                8 | 9 if a != b => {
                    let judgement = [Judgement::Positive, Judgement::Negative][steps.next(2) as usize];
                    let pair = if a <= b { (a, b, judgement) } else { (b, a, judgement) };
                    let is_free = graph.proposed_of(std::slice::from_ref(&pair)).unwrap().is_none();
                    let proposed = graph.propose(vec![pair], "anna", "", now);
                    assert_eq!(proposed.is_ok(), is_free, "a pair is proposed once at a time");
                }
                10 | 11 => {
                    let digest = graph.store.counters.digest;
                    let Some(first) = live::proposals(&graph.store).unwrap().into_iter().next() else {
                        continue;
                    };
                    assert!(graph.approve(first.number, "anna", now).is_err(), "nobody approves their own");
                    assert_eq!(graph.store.counters.digest, digest);
                    match steps.next(3) {
                        0 => graph.turn_down(first.number, "otto", "no", now).unwrap(),
                        _ => drop(graph.approve(first.number, "otto", now).unwrap()),
                    }
                }
                12 => {
                    let version = 1 + steps.next(u64::from(graph.bundle.version)) as u32;
                    graph.roll_back(version, "otto", "", now).unwrap();
                }
                _ => {
                    let line = format!(
                        r#"{{"op":"upsert","source":"crm","record_id":"{}","fields":{{"vorname":"Anna","nachname":"Kellermann","ort":"Ulm"}}}}"#,
                        a.1
                    );
                    graph.apply(&[Operation::parse(&line).unwrap()], now).unwrap();
                }
            }
        }
        let found = live::verify(&graph.store, &graph.bundle).unwrap();
        assert!(found.is_clean(), "seed {seed}: {:#?}", found.differences);
    }
}

fn now_micros() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_micros() as i64
}
