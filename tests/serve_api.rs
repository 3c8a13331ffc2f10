//! The service from outside: a process of its own, spoken to over HTTP.

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used)]

mod serving;

use serde_json::{Value, json};
use serving::{Served, done, verify};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

const EVA: &str = "eva1,Eva,Wagner,1980-03-04,eva.wagner@example.org,0711 1234567,Ulm";
const OTTO: &str = "otto1,Otto,Dorn,1971-11-23,otto.dorn@example.org,0731 7654321,Ulm";

fn eva(town: &str) -> Value {
    json!({ "fields": {
        "vorname": "Eva", "nachname": "Wagner", "geburtsdatum": "1980-03-04",
        "email": "eva.wagner@example.org", "ort": town,
    } })
}

#[test]
fn a_record_comes_changes_and_goes() {
    let served = Served::new(&[EVA, OTTO], &[]);
    let mut client = served.client();
    let before = client.get("/v1/records/crm/eva1").good();
    let answer = client.put("/v1/records/crm/eva2", &eva("Ulm")).good();
    assert_eq!(answer["customer_id"], before["customer_id"]);
    assert_eq!(answer["changes"][0]["kind"], "changed");
    let customer = client.get(&format!("/v1/customers/{}", answer["customer_id"].as_str().unwrap())).good();
    assert_eq!(customer["members"].as_array().unwrap().len(), 2);
    assert_eq!(customer["golden"]["city"]["value"], "Ulm");
    // The same again changes nothing.
    assert_eq!(client.put("/v1/records/crm/eva2", &eva("Ulm")).good()["changes"], json!([]));
    assert_eq!(client.get("/v1/records/crm/eva2").good()["fields"]["vorname"], "Eva");
    let gone = client.delete("/v1/records/crm/eva2").good();
    assert_eq!(gone["customer_id"], Value::Null);
    client.get("/v1/records/crm/eva2").problem(404);
    client.delete("/v1/records/crm/eva2").good();
    verify(&served.path("store"));
}

#[test]
fn an_older_version_changes_nothing() {
    let served = Served::new(&[], &[]);
    let mut client = served.client();
    let mut versioned = eva("Ulm");
    versioned["at"] = json!("2026-11-21T10:00:00Z");
    client.put("/v1/records/crm/e", &versioned).good();
    versioned["at"] = json!("2026-11-20T10:00:00Z");
    versioned["fields"]["ort"] = json!("Bonn");
    assert_eq!(client.put("/v1/records/crm/e", &versioned).good()["changes"], json!([]));
    assert_eq!(client.get("/v1/records/crm/e").good()["fields"]["ort"], "Ulm");
    client.delete("/v1/records/crm/e?at=2026-11-20T11:00:00Z").good();
    client.get("/v1/records/crm/e").good();
    client.delete("/v1/records/crm/e?at=2026-11-22T11:00:00Z").good();
    client.get("/v1/records/crm/e").problem(404);
    assert_eq!(client.delete("/v1/records/crm/e?at=soon").problem(422)["field"], "at");
}

#[test]
fn matching_says_who_without_storing() {
    let served = Served::new(&[EVA, OTTO], &[]);
    let mut client = served.client();
    let counts = client.get("/v1/counts").good();
    let mut sought = eva("Ulm");
    sought["source"] = json!("crm");
    let found = client.post("/v1/match", &sought).good();
    let known = client.get("/v1/records/crm/eva1").good();
    assert_eq!(found["customer_id"], known["customer_id"]);
    let best = &found["candidates"][0];
    assert_eq!((best["record_id"].as_str(), best["band"].as_str()), (Some("eva1"), Some("link")));
    assert!(best["evidence"].as_array().unwrap().iter().any(|step| step["level"] == "same"));
    // It says what storing then does.
    assert_eq!(client.put("/v1/records/crm/new", &eva("Ulm")).good()["customer_id"], found["customer_id"]);
    client.delete("/v1/records/crm/new").good();
    let stranger = json!({ "source": "crm", "fields": { "vorname": "Ida", "nachname": "Unbekannt" } });
    assert_eq!(client.post("/v1/match", &stranger).good()["customer_id"], Value::Null);
    assert_eq!(client.get("/v1/counts").good()["records"], counts["records"]);
    let pair = json!({
        "a": { "source": "crm", "record_id": "eva1" }, "b": { "source": "crm", "record_id": "otto1" },
    });
    assert_eq!(client.post("/v1/explain", &pair).good()["together"], false);
    let hits = client.post("/v1/search", &json!({ "words": "wagnr eva" })).good();
    assert_eq!(hits["items"][0]["customer_id"], known["customer_id"]);
}

#[test]
fn a_batch_streams_both_ways() {
    let served = Served::new(&[], &[]);
    let mut lines = String::new();
    for at in 0..3000 {
        let mut line = eva("Ulm");
        line["op"] = json!("upsert");
        line["source"] = json!("shop");
        line["record_id"] = json!(format!("b{at}"));
        line["fields"] = json!({ "vorname": format!("V{at}"), "email": format!("v{at}@example.org") });
        lines.push_str(&format!("{line}\n"));
    }
    lines.push_str(
        "{\"op\":\"delete\",\"source\":\"shop\",\"record_id\":\"b0\"}\n\nno json\n{\"op\":\"x\"}\n",
    );
    let headers = [("content-type", "application/x-ndjson")];
    let answer = served.client().send("POST", "/v1/batch", &headers, lines.as_bytes());
    assert_eq!(answer.status, 200);
    let told: Vec<Value> = answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.len(), 3003);
    for (at, told) in told.iter().take(3000).enumerate() {
        assert_eq!(told["record_id"], format!("b{at}"));
        assert!(told["customer_id"].is_string());
    }
    assert_eq!(told[3000]["customer_id"], Value::Null);
    assert_eq!((&told[3001]["line"], &told[3002]["line"]), (&json!(3003), &json!(3004)));
    served.client().send("POST", "/v1/batch", &[], b"").problem(415);
    verify(&served.path("store"));
}

/// A batch without an end: each line is answered though no further one comes.
#[test]
fn a_line_that_comes_alone_does_not_wait_for_others() {
    let served = Served::new(&[], &[]);
    let mut stream = TcpStream::connect(&served.address).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    write!(
        stream,
        "POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n\
         transfer-encoding: chunked\r\n\r\n"
    )
    .unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    for at in 0..3 {
        let fields = json!({ "vorname": format!("V{at}") });
        let line =
            json!({ "op": "upsert", "source": "shop", "record_id": format!("a{at}"), "fields": fields });
        let line = format!("{line}\n");
        write!(stream, "{:x}\r\n{line}\r\n", line.len()).unwrap();
        let name = format!("\"record_id\":\"a{at}\"");
        let mut answer = String::new();
        while !answer.contains(&name) {
            answer.clear();
            assert!(answers.read_line(&mut answer).unwrap() > 0, "no answer to line {at}");
        }
    }
}

#[test]
fn a_stream_that_is_read_again_comes_in_once() {
    let mut served = Served::new(&[], &[]);
    let topic = "/v1/streams/crm.customers%2F3";
    assert_eq!(served.client().get(topic).good()["place"], Value::Null);
    // The same record again and again: what comes twice would change it back.
    let line = |place: u64| {
        let fields = json!({ "vorname": "Eva", "nachname": "Wagner", "ort": format!("Ort {}", place % 7) });
        json!({
            "op": "upsert", "source": "crm", "record_id": format!("s{}", place % 3), "fields": fields,
            "stream": "crm.customers/3", "place": place,
        })
    };
    let send = |served: &Served, places: std::ops::Range<u64>| -> Vec<Value> {
        let lines: String = places.map(|place| format!("{}\n", line(place))).collect();
        let headers = [("content-type", "application/x-ndjson")];
        let answer = served.client().send("POST", "/v1/batch", &headers, lines.as_bytes());
        answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    assert!(send(&served, 0..40).iter().all(|told| told["repeated"].is_null()));
    served.kill();
    served.start();
    assert_eq!(served.client().get(topic).good()["place"], 39);
    let last = served.client().get("/v1/counts").good()["last_change"].clone();
    assert!(
        send(&served, 10..40).iter().all(|told| told["repeated"] == true && told["customer_id"].is_string())
    );
    assert_eq!(served.client().get("/v1/counts").good()["last_change"], last);
    assert!(send(&served, 35..45).iter().skip(5).all(|told| told["repeated"].is_null()));
    assert_eq!(served.client().get(topic).good()["place"], 44);
    let alone = [("content-type", "application/x-ndjson")];
    let answer = served.client().send(
        "POST",
        "/v1/batch",
        &alone,
        line(1).to_string().replace("place\":1", "plaice\":1").as_bytes(),
    );
    assert!(answer.text().contains("`stream` and `place` go together"), "{}", answer.text());
    verify(&served.path("store"));
}

#[test]
fn packed_bodies_and_answers() {
    use flate2::{Compression, write::GzEncoder};
    let served = Served::new(&[EVA], &[]);
    let mut client = served.client();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(eva("Ulm").to_string().as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let gzip = [("content-type", "application/json"), ("content-encoding", "gzip")];
    client.send("PUT", "/v1/records/crm/packed", &gzip, &packed).good();
    let answer = client.send("GET", "/v1/openapi.json", &[("accept-encoding", "gzip")], b"");
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(answer.body.as_slice()).read_to_string(&mut text).unwrap();
    assert!(text.contains("\"openapi\": \"3.1.0\""));
    let answer = client.send("GET", "/v1/openapi.json", &[("accept-encoding", "zstd")], b"");
    assert_eq!(answer.header("content-encoding"), Some("zstd"));
    let unknown = [("content-type", "application/json"), ("content-encoding", "br")];
    client.send("PUT", "/v1/records/crm/packed", &unknown, b"x").problem(415);
    // A small body that unpacks to a large one is refused by its large size.
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b' '; 64 << 20]).unwrap();
    client.send("PUT", "/v1/records/crm/packed", &gzip, &bomb.finish().unwrap()).problem(413);
}

#[test]
fn an_etag_holds_until_the_customer_changes() {
    let served = Served::new(&[EVA], &[]);
    let mut client = served.client();
    let id = client.get("/v1/records/crm/eva1").good()["customer_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/customers/{id}");
    let tag = client.get(&path).header("etag").unwrap().to_owned();
    let again = client.send("GET", &path, &[("if-none-match", &tag)], b"");
    assert_eq!((again.status, again.body.len()), (304, 0));
    client.put("/v1/records/crm/eva2", &eva("Ulm")).good();
    let changed = client.send("GET", &path, &[("if-none-match", &tag)], b"");
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), Some(tag.as_str()));
}

#[test]
fn lists_come_in_pages_without_gap_or_repetition() {
    let served = Served::new(&[EVA, OTTO], &[]);
    let mut client = served.client();
    for (path, key) in [("/v1/customers", "customer_id"), ("/v1/changes", "seq")] {
        let mut met = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = client.get(&format!("{path}?limit=7{cursor}")).good();
            met.extend(page["items"].as_array().unwrap().iter().map(|item| item[key].clone()));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(met.len(), 62, "{path}");
        let all = client.get(&format!("{path}?limit=1000")).good();
        let all: Vec<Value> = all["items"].as_array().unwrap().iter().map(|item| item[key].clone()).collect();
        assert_eq!(met, all, "{path}");
    }
    assert_eq!(client.get("/v1/changes?limit=0").problem(422)["field"], "limit");
    assert_eq!(client.get("/v1/changes?limit=9999").problem(422)["field"], "limit");
    assert_eq!(client.get("/v1/changes?nonsense=1").problem(422)["field"], "nonsense");
}

#[test]
fn a_customer_has_a_history_and_can_be_told_all() {
    let served = Served::new(&[EVA], &[]);
    let mut client = served.client();
    let id = client.get("/v1/records/crm/eva1").good()["customer_id"].as_str().unwrap().to_owned();
    client.put("/v1/records/crm/eva2", &eva("Ulm")).good();
    let history = client.get(&format!("/v1/customers/{id}/history")).good();
    let kinds: Vec<&str> =
        history["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["created", "changed"]);
    let held = client.get(&format!("/v1/customers/{id}/access")).good();
    assert_eq!(held["records"].as_array().unwrap().len(), 2);
    client.get("/v1/customers/0000000000000000").problem(404);
    client.get("/v1/customers/0000000000000000/history").problem(404);
    client.get("/v1/customers/0000000000000000/access").problem(404);
}

#[test]
fn a_judgement_parts_and_erasure_removes() {
    let served = Served::new(&[EVA], &[]);
    let mut client = served.client();
    client.put("/v1/records/crm/eva2", &eva("Ulm")).good();
    let judgement = json!({
        "a": { "source": "crm", "record_id": "eva1" },
        "b": { "source": "crm", "record_id": "eva2" },
        "as": "different", "why": "mother and daughter",
    });
    let changes = client.post("/v1/judgements", &judgement).good();
    assert!(changes["changes"].as_array().unwrap().iter().any(|change| change["kind"] == "split"));
    let listed = client.get("/v1/judgements").good();
    assert_eq!(listed["items"][0]["why"], "mother and daughter");
    assert_eq!(listed["items"][0]["who"], "local");
    let id = client.get("/v1/records/crm/eva2").good()["customer_id"].as_str().unwrap().to_owned();
    let receipt = client.post("/v1/erasures", &json!({ "customers": [id] })).good();
    assert_eq!(receipt["records"], 1);
    client.get("/v1/records/crm/eva2").problem(404);
    assert_eq!(client.put("/v1/records/crm/eva2", &eva("Ulm")).good()["suppressed"], true);
    client.get("/v1/records/crm/eva1").good();
    let unknown = json!({ "records": [{ "source": "crm", "record_id": "nobody" }] });
    client.post("/v1/erasures", &unknown).problem(404);
    assert_eq!(client.post("/v1/erasures", &json!({})).problem(422)["field"], "/records");
    verify(&served.path("store"));
}

#[test]
fn what_is_erased_through_the_service_is_in_no_file() {
    let mut served = Served::new(&[EVA], &[]);
    let mut client = served.client();
    let secret = "Quasselstrippe";
    let body = json!({ "fields": { "vorname": secret, "nachname": "Zwirn", "email": "qz@example.org" } });
    client.put("/v1/records/crm/quassel-id", &body).good();
    client.post("/v1/match", &body).good();
    let named = json!({ "records": [{ "source": "crm", "record_id": "quassel-id" }] });
    client.post("/v1/erasures", &named).good();
    served.stop();
    let mut open = vec![served.path("store")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let lower: Vec<u8> = bytes.to_ascii_lowercase();
            for text in [secret.to_lowercase(), "quassel-id".to_owned(), "qz@example.org".to_owned()] {
                assert!(
                    !lower.windows(text.len()).any(|part| part == text.as_bytes()),
                    "{path:?} holds {text}"
                );
            }
        }
    }
}

#[test]
fn the_feed_can_be_followed() {
    let served = Served::new(&[EVA], &[]);
    let last = served.client().get("/v1/counts").good()["last_change"].as_u64().unwrap();
    let mut waiting = served.client();
    let long_poll =
        std::thread::spawn(move || waiting.get(&format!("/v1/changes?after={last}&wait=20")).good());
    let mut stream = TcpStream::connect(&served.address).unwrap();
    write!(stream, "GET /v1/changes/stream HTTP/1.1\r\nhost: localhost\r\nlast-event-id: {last}\r\n\r\n")
        .unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().contains("200"));
    std::thread::sleep(std::time::Duration::from_millis(200));
    served.client().put("/v1/records/crm/eva2", &eva("Ulm")).good();
    let page = long_poll.join().unwrap();
    assert_eq!(page["items"][0]["seq"], last + 1);
    let id = lines.by_ref().find(|line| line.starts_with("id: ")).unwrap();
    assert_eq!(id, format!("id: {}", last + 1));
    assert_eq!(lines.next().unwrap(), "event: changed");
    let data = lines.next().unwrap();
    let change: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(change, page["items"][0]);
}

#[test]
fn exports_are_whole() {
    let served = Served::new(&[EVA, OTTO], &[]);
    let mut client = served.client();
    let crosswalk = client.get("/v1/export/crosswalk");
    let mut of_service: Vec<&str> = crosswalk.text().lines().collect();
    of_service.sort_unstable();
    let merged = std::fs::read_to_string(served.path("merged/crosswalk.csv")).unwrap();
    let mut of_batch: Vec<&str> = merged.lines().collect();
    of_batch.sort_unstable();
    assert_eq!(of_service, of_batch);
    assert_eq!(client.get("/v1/export/customers").text().lines().count(), 62);
    // Packed, too: packing asks for more after the end.
    let packed = client.send("GET", "/v1/export/crosswalk", &[("accept-encoding", "gzip")], b"");
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(text, crosswalk.text());
    let line = json!({ "op": "upsert", "source": "crm", "record_id": "eva1", "fields": {} });
    let lines = [("content-type", "application/x-ndjson"), ("accept-encoding", "gzip")];
    let packed = client.send("POST", "/v1/batch", &lines, format!("{line}\n").repeat(50).as_bytes());
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(text.lines().count(), 50);
}

#[test]
fn a_repeated_request_is_answered_as_before() {
    let served = Served::new(&[EVA, OTTO], &[]);
    let mut client = served.client();
    let body = json!({
        "a": { "source": "crm", "record_id": "eva1" }, "b": { "source": "crm", "record_id": "otto1" },
        "as": "different",
    });
    let keyed = [("content-type", "application/json"), ("idempotency-key", "k1")];
    let first = client.send("POST", "/v1/judgements", &keyed, body.to_string().as_bytes());
    let second = client.send("POST", "/v1/judgements", &keyed, body.to_string().as_bytes());
    assert_eq!(first.good(), second.good());
    assert_eq!(second.header("idempotent-replayed"), Some("true"));
    assert_eq!(client.get("/v1/judgements").good()["items"].as_array().unwrap().len(), 1);
    let other = body.to_string().replace("different", "same");
    client.send("POST", "/v1/judgements", &keyed, other.as_bytes()).problem(409);
}

#[test]
fn faults_name_the_field() {
    let served = Served::new(&[EVA], &[]);
    let mut client = served.client();
    let field = |answer: serving::Answer| answer.problem(422)["field"].as_str().unwrap().to_owned();
    assert_eq!(field(client.put("/v1/records/crm/x", &json!({ "fields": 7 }))), "/fields");
    assert_eq!(field(client.put("/v1/records/crm/x", &json!({ "fields": {}, "at": "soon" }))), "/at");
    assert_eq!(field(client.put("/v1/records/crm/x", &json!({ "fields": {}, "more": 1 }))), "/more");
    assert_eq!(field(client.post("/v1/match", &json!({ "fields": {}, "limit": "x" }))), "/limit");
    let same = json!({ "source": "crm", "record_id": "eva1" });
    assert_eq!(field(client.post("/v1/explain", &json!({ "a": same, "b": same }))), "/b");
    let nameless = json!({ "a": { "source": "", "record_id": "1" }, "b": same });
    assert_eq!(field(client.post("/v1/explain", &nameless)), "/a/source");
    client.send("PUT", "/v1/records/crm/x", &[("content-type", "text/plain")], b"{}").problem(415);
    client.send("PUT", "/v1/records/crm/x", &[("content-type", "application/json")], b"{").problem(400);
    client.get("/nowhere").problem(404);
    client.post("/v1/counts", &json!({})).problem(405);
    client.get("/v1/records/crm/%ff").problem(400);
}

#[test]
fn it_tells_about_itself() {
    let served = Served::new(&[EVA], &[]);
    let mut client = served.client();
    assert_eq!(client.get("/healthz").good()["status"], "ok");
    assert_eq!(client.get("/readyz").good()["status"], "ok");
    client.put("/v1/records/crm/eva2", &eva("Ulm")).good();
    let metrics = client.get("/metrics");
    for line in [
        "einklang_records 62",
        "einklang_operations_total 1",
        "einklang_requests_total{route=\"putRecord\",status=\"2xx\"} 1",
    ] {
        assert!(metrics.text().lines().any(|found| found == line), "{line}\n{}", metrics.text());
    }
    let page = client.get("/docs");
    assert!(page.text().contains("Say who a record would be"));
    assert!(
        !page.text().contains("<script")
            && !page.text().contains("http://")
            && !page.text().contains("https://")
    );
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert_eq!(client.get("/v1/model").good()["version"], 1);
    assert_eq!(client.get("/v1/me").good()["name"], "local");
    let named = client.send("GET", "/healthz", &[("request-id", "abc-1")], b"");
    assert_eq!(named.header("request-id"), Some("abc-1"));
}

#[test]
fn it_stops_in_order() {
    let mut served = Served::new(&[EVA], &[]);
    let address = served.address.clone();
    let mut waiting = served.client();
    let long_poll = std::thread::spawn(move || waiting.get("/v1/changes?after=1000000&wait=25").status);
    let writers: Vec<_> = (0..4)
        .map(|at| {
            let mut client = served.client();
            std::thread::spawn(move || {
                let mut answered = Vec::new();
                for number in 0.. {
                    let name = format!("w{at}-{number}");
                    match client.try_send(
                        "PUT",
                        &format!("/v1/records/crm/{name}"),
                        &[("content-type", "application/json")],
                        eva("Ulm").to_string().as_bytes(),
                    ) {
                        Ok(answer) if answer.status == 200 => answered.push(name),
                        _ => return answered,
                    }
                }
                answered
            })
        })
        .collect();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let (code, log) = served.stop();
    assert_eq!(code, Some(0), "{log:?}");
    assert!(log.last().unwrap().contains("\"stopped\""), "{log:?}");
    assert_eq!(long_poll.join().unwrap(), 200);
    assert!(TcpStream::connect(address).is_err());
    for name in writers.into_iter().flat_map(|writer| writer.join().unwrap()) {
        done(&["record", "--store", &served.store(), &format!("crm:{name}")]);
    }
    verify(&served.path("store"));
}
