//! Kills the service under load, again and again, and starts it anew: whatever
//! it answered is there, the feed has no gap, the graph is what its records
//! make it.
//!
//! `EINKLANG_KILLS=50` kills as often instead of a few times.

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used)]

mod serving;

use serde_json::{Value, json};
use serving::{Served, signal, verify};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const CLIENTS: usize = 8;

/// What a client knows of its records: the last answered state, and states that
/// were asked for since and may or may not have come about.
type Possible = BTreeMap<String, Vec<Option<String>>>;

fn kills() -> usize {
    std::env::var("EINKLANG_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(6)
}

/// Changes records of its own until the service is gone.
fn load(served: &Served, client: usize, round: usize, mut possible: Possible, stop: &AtomicBool) -> Possible {
    let mut http = served.client();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("c{client}-{}", (number * 7 + round) % 40);
        let path = format!("/v1/records/live/{id}");
        let states = possible.entry(id).or_insert_with(|| vec![None]);
        let (answer, state) = if number % 5 == 4 {
            (http.try_send("DELETE", &path, &[], b""), None)
        } else {
            let given = format!("V{client} {round} {number}");
            let body = json!({ "fields": {
                "vorname": given, "nachname": format!("N{}", number % 30), "geburtsdatum": "1980-03-04",
            } });
            let headers = [("content-type", "application/json")];
            (http.try_send("PUT", &path, &headers, body.to_string().as_bytes()), Some(given))
        };
        match answer {
            Ok(answer) if answer.status == 200 => *states = vec![state],
            _ => states.push(state),
        }
    }
    possible
}

#[test]
fn what_the_service_answered_outlasts_kills() {
    let mut served = Served::new(&[], &[]);
    let mut possible: Vec<Possible> = vec![Possible::new(); CLIENTS];
    for round in 0..kills() {
        let stop = Arc::new(AtomicBool::new(false));
        let pid = served.pid();
        possible = std::thread::scope(|scope| {
            let served = &served;
            let loads: Vec<_> = std::mem::take(&mut possible)
                .into_iter()
                .enumerate()
                .map(|(client, possible)| {
                    let stop = Arc::clone(&stop);
                    scope.spawn(move || load(served, client, round, possible, &stop))
                })
                .collect();
            std::thread::sleep(Duration::from_millis(150 + (round as u64 * 37) % 200));
            // SIGKILL: the process has no chance to tidy up.
            signal("KILL", pid);
            stop.store(true, Ordering::Relaxed);
            loads.into_iter().map(|load| load.join().unwrap()).collect()
        });
        served.kill();
        served.start();
        check(&served, &mut possible);
    }
    served.stop();
    verify(&served.path("store"));
    let verified = serving::done(&["audit", "verify", "--store", &served.store(), "--json"]);
    assert!(serde_json::from_str::<Value>(&verified).unwrap()["entries"].as_u64().unwrap() > 0);
}

fn check(served: &Served, possible: &mut [Possible]) {
    let mut http = served.client();
    for (id, states) in possible.iter_mut().flatten() {
        let answer = http.get(&format!("/v1/records/live/{id}"));
        let found = match answer.status {
            404 => None,
            _ => Some(answer.good()["fields"]["vorname"].as_str().unwrap().to_owned()),
        };
        assert!(states.contains(&found), "{id} is {found:?}, not one of {states:?}");
        *states = vec![found];
    }
    let mut after = 0;
    loop {
        let page = http.get(&format!("/v1/changes?after={after}&limit=1000")).good();
        for change in page["items"].as_array().unwrap() {
            after += 1;
            assert_eq!(change["seq"], after, "the feed has a gap or a repetition");
        }
        if page["next"].is_null() {
            return;
        }
    }
}
