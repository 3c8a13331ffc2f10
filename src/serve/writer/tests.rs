//! What becomes of changes when the disk fails under the writer, while the next
//! ones are worked in: whoever is told that a change was made finds it, and who is
//! told otherwise does not.

use super::*;
use crate::engine::live;
use crate::rules::Rules;
use crate::store::Faults;
use std::collections::BTreeMap;
use std::time::Duration;

const CLIENTS: usize = 6;
const CHANGES: usize = 8;

/// A writer over an empty store whose writes fail as planned, until it is opened
/// anew.
struct Tried {
    folder: tempfile::TempDir,
    views: Arc<Views>,
    writer: Writer,
    desk: JoinHandle<()>,
}

fn tried(faults: Faults) -> Tried {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::from(&folder.path().join("store"));
    live::create_empty(&location, Rules::default()).unwrap();
    let graph = Graph::open_failing(&location, Arc::new(faults)).unwrap();
    let views = Arc::new(Views::new(&graph));
    let work = Work {
        graph,
        location,
        views: Arc::clone(&views),
        metrics: Arc::new(Metrics::new(std::iter::empty())),
        log: Log::new(Arc::new(|_| {})),
        telemetry: Arc::default(),
        group_operations_max: 1024,
    };
    let (writer, desk) = Writer::start(work, 4096).unwrap();
    Tried { folder, views, writer, desk }
}

impl Tried {
    /// What a record's given name is in the view of readers, which there is none of
    /// for the moments in which the store is opened anew.
    fn seen(&self, id: &str) -> Option<String> {
        let view = loop {
            match self.views.now() {
                Ok(view) => break view,
                Err(_) => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        let record = live::record(&view.store, &("crm".to_owned(), id.to_owned())).ok()?;
        record.fields.get("vorname").cloned()
    }

    /// Ends the writer, checks what the store holds, and returns the given names.
    fn held(self, ids: impl Iterator<Item = String>) -> BTreeMap<String, String> {
        drop(self.writer);
        self.desk.join().unwrap();
        let (store, bundle) = live::read(&self.folder.path().join("store")).unwrap();
        let found = live::verify(&store, &bundle).unwrap();
        assert!(found.is_clean(), "{:#?}", found.differences);
        let changes = live::changes_after(&store, 0, usize::MAX).unwrap();
        assert!(changes.iter().map(|change| change.seq).eq(1..=store.counters.last_change));
        let given = |id: String| {
            let record = live::record(&store, &("crm".to_owned(), id.clone())).ok()?;
            Some((id, record.fields.get("vorname")?.clone()))
        };
        ids.filter_map(given).collect()
    }
}

fn change(id: &str, given: &str) -> Operation {
    let fields = [("vorname", given), ("nachname", "Dorn"), ("geburtsdatum", "1980-03-12")];
    let fields = fields.map(|(column, value)| (column.to_owned(), value.to_owned())).to_vec();
    Operation {
        source: "crm".to_owned(),
        record_id: id.to_owned(),
        at: None,
        fields: Some(fields),
        position: None,
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

/// Changes records of its own one after the other. Returns what each must hold,
/// and whether it may hold what was told to have failed instead.
async fn client(tried: &Tried, number: usize) -> Vec<(String, Vec<Option<String>>)> {
    let mut known = BTreeMap::<String, Vec<Option<String>>>::new();
    for at in 0..CHANGES {
        let (id, given) = (format!("c{number}-{}", at % 3), format!("Anna{at}"));
        let states = known.entry(id.clone()).or_insert_with(|| vec![None]);
        match tried.writer.apply(change(&id, &given), Span::default()).await {
            Ok(answer) => {
                assert_eq!(answer.record_id, id);
                assert_eq!(tried.seen(&id).as_ref(), Some(&given), "what was answered is seen");
                *states = vec![Some(given)];
            }
            Err(problem) => {
                assert_eq!(problem.status().as_u16(), 503, "{problem:?}");
                states.push(Some(given));
            }
        }
    }
    known.into_iter().collect()
}

#[test]
fn any_write_may_fail_under_many_clients() {
    for first in 0..10 {
        for is_made in [false, true] {
            let context = format!("write {first}{}", if is_made { " made" } else { "" });
            let tried = tried(Faults::at(first, is_made));
            let known = runtime().block_on(async {
                let clients = (0..CLIENTS).map(|number| client(&tried, number));
                futures_util::future::join_all(clients).await
            });
            let known: Vec<_> = known.into_iter().flatten().collect();
            let failed = known.iter().filter(|(_, states)| states.len() > 1).count();
            let held = tried.held(known.iter().map(|(id, _)| id.clone()));
            for (id, states) in &known {
                let found = held.get(id).cloned();
                match is_made {
                    true => assert!(states.contains(&found), "{context}: {id} {found:?} {states:?}"),
                    false => assert_eq!(Some(&found), states.first(), "{context}: {id} {states:?}"),
                }
            }
            assert!(failed < known.len(), "{context}: the writer did not come back");
        }
    }
}

#[test]
fn what_is_worked_in_while_a_write_fails_fails_with_it() {
    for is_made in [false, true] {
        // The store is opened anew after the first failure, and fails no more.
        let tried = tried(Faults::at(1, is_made).late(Duration::from_millis(300)));
        let told = runtime().block_on(async {
            let apply = |id: &'static str| tried.writer.apply(change(id, "Anna"), Span::default());
            let mut told = vec![apply("first").await.is_ok()];
            let late = async {
                // Past the moment in which the one before it is handed to the disk.
                tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(100))).await.unwrap();
                apply("third").await.is_ok()
            };
            let (second, third) = futures_util::future::join(apply("second"), late).await;
            told.extend([second.is_ok(), third, apply("fourth").await.is_ok()]);
            told
        });
        assert_eq!(told, [true, false, false, true]);
        assert_eq!(tried.seen("second").is_some(), is_made);
        assert_eq!(tried.seen("third"), None);
        let ids = ["first", "second", "third", "fourth"].map(str::to_owned);
        let held = tried.held(ids.into_iter());
        let expect: &[&str] = if is_made { &["first", "fourth", "second"] } else { &["first", "fourth"] };
        assert!(held.keys().eq(expect), "{held:?}");
    }
}
