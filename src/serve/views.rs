//! What requests read: the store as it was after some commit of the writer,
//! whole and unmoving, so that nobody sees half a change and nobody waits for
//! the writer.

use super::problem::{OVERLOADED, Problem};
use crate::engine::live::{Bundle, Graph};
use crate::store::{Counters, Store};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The store at a moment.
pub struct View {
    pub store: Store,
    pub bundle: Arc<Bundle>,
}

/// The present view, and who still holds a former one.
pub struct Views {
    present: RwLock<Option<Arc<View>>>,
    given: Mutex<Vec<Weak<View>>>,
    last_change: watch::Sender<u64>,
}

impl Views {
    pub fn new(graph: &Graph) -> Self {
        let (last_change, _) = watch::channel(0);
        let views = Self { present: RwLock::new(None), given: Mutex::new(Vec::new()), last_change };
        views.publish(graph);
        views
    }

    /// The store as it is now; none for the moments in which it is opened anew.
    pub fn now(&self) -> Result<Arc<View>, Problem> {
        let present = self.present.read().unwrap_or_else(PoisonError::into_inner);
        present.clone().ok_or_else(|| Problem::new(&OVERLOADED, "the store is being opened anew"))
    }

    pub fn counters(&self) -> Option<Counters> {
        self.present.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|view| view.store.counters)
    }

    /// Shows readers what was just committed.
    pub fn publish(&self, graph: &Graph) {
        self.publish_store(&graph.store, Arc::clone(&graph.bundle));
    }

    /// As [`Views::publish`], where the graph is at work again.
    pub fn publish_store(&self, store: &Store, bundle: Arc<Bundle>) {
        self.put(View { store: store.moment(), bundle });
        self.last_change.send_replace(store.counters.last_change);
    }

    /// Lets readers see the store as it is from now on, change by change, and
    /// waits until nobody holds a former moment of it: only then can what is
    /// deleted be removed from the files.
    pub fn unfreeze(&self, graph: &Graph, patience: Duration) -> bool {
        let given = std::mem::take(&mut *self.given.lock().unwrap_or_else(PoisonError::into_inner));
        self.put(View { store: graph.store.sharer(), bundle: Arc::clone(&graph.bundle) });
        let all_left = left(&given, patience);
        self.given.lock().unwrap_or_else(PoisonError::into_inner).extend(given);
        all_left
    }

    /// Takes the store away from readers, so that it can be closed.
    pub fn withdraw(&self, patience: Duration) -> bool {
        *self.present.write().unwrap_or_else(PoisonError::into_inner) = None;
        let given = std::mem::take(&mut *self.given.lock().unwrap_or_else(PoisonError::into_inner));
        let all_left = left(&given, patience);
        self.given.lock().unwrap_or_else(PoisonError::into_inner).extend(given);
        all_left
    }

    /// Tells the last change's number whenever it grows.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.last_change.subscribe()
    }

    fn put(&self, view: View) {
        let view = Arc::new(view);
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.retain(|view| view.strong_count() > 0);
        given.push(Arc::downgrade(&view));
        drop(given);
        let former = self.present.write().unwrap_or_else(PoisonError::into_inner).replace(view);
        // Outside of the lock: the last to hold a view gives its moment back.
        drop(former);
    }
}

/// Whether nobody holds any of these within that time.
fn left(given: &[Weak<View>], patience: Duration) -> bool {
    let end = Instant::now() + patience;
    while given.iter().any(|view| view.strong_count() > 0) {
        if Instant::now() > end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    true
}
