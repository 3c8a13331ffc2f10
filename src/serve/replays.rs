//! Answers kept for requests that may be repeated: a client that does not know
//! whether its request arrived sends it again under the same key and gets the
//! first answer. Kept in memory; a restart forgets them.

use axum::body::Bytes;
use hashbrown::HashMap;
use hyper::StatusCode;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer is kept.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);
/// Answers kept at most, and their bytes together.
const KEPT_MAX: usize = 10_000;
const KEPT_BYTES_MAX: usize = 32 << 20;

#[derive(Default)]
pub struct Replays {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    known: HashMap<String, Known>,
    /// The oldest first.
    order: VecDeque<(String, Instant)>,
    bytes: usize,
}

struct Known {
    print: Fingerprint,
    /// `None`: under way.
    kept: Option<Kept>,
    since: Instant,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Kept {
    pub status: StatusCode,
    pub body: Bytes,
}

/// Tells requests apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub fn new(parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        Self(*hasher.finalize().as_bytes())
    }
}

/// What is known of a key.
pub enum Met {
    New,
    UnderWay,
    Another,
    Answered(Kept),
}

impl Replays {
    /// What is known of a key; a new one is under way from now on.
    pub fn meet(&self, key: &str, print: Fingerprint) -> Met {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.drop_old();
        match inner.known.get(key) {
            Some(known) if known.print != print => Met::Another,
            Some(Known { kept: Some(kept), .. }) => Met::Answered(kept.clone()),
            Some(_) => Met::UnderWay,
            None => {
                let since = Instant::now();
                inner.known.insert(key.to_owned(), Known { print, kept: None, since });
                inner.order.push_back((key.to_owned(), since));
                Met::New
            }
        }
    }

    pub fn keep(&self, key: &str, kept: Kept) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.bytes += kept.body.len();
        if let Some(known) = inner.known.get_mut(key) {
            known.kept = Some(kept);
        }
    }

    /// Forgets every answer: an erased record may stand in one.
    pub fn clear(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.known.retain(|_, known| known.kept.is_none());
        inner.bytes = 0;
    }

    pub fn forget(&self, key: &str) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.known.remove(key);
    }
}

impl Inner {
    fn drop_old(&mut self) {
        while let Some((key, since)) = self.order.front() {
            let is_over =
                since.elapsed() > KEPT_FOR || self.known.len() > KEPT_MAX || self.bytes > KEPT_BYTES_MAX;
            let is_gone = self.known.get(key).is_none_or(|known| known.since != *since);
            if !is_over && !is_gone {
                return;
            }
            if let Some((key, _)) = self.order.pop_front()
                && !is_gone
                && let Some(known) = self.known.remove(&key)
            {
                self.bytes -= known.kept.map_or(0, |kept| kept.body.len());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_request_gets_the_first_answer() {
        let replays = Replays::default();
        let (one, other) = (Fingerprint::new(&[b"a", b"b"]), Fingerprint::new(&[b"ab", b""]));
        assert!(matches!(replays.meet("k", one), Met::New));
        assert!(matches!(replays.meet("k", one), Met::UnderWay));
        replays.keep("k", Kept { status: StatusCode::OK, body: Bytes::from_static(b"{}") });
        assert!(matches!(replays.meet("k", one), Met::Answered(kept) if kept.body == "{}"));
        assert!(matches!(replays.meet("k", other), Met::Another));
        assert!(matches!(replays.meet("l", other), Met::New));
        replays.forget("l");
        assert!(matches!(replays.meet("l", one), Met::New));
    }

    #[test]
    fn no_more_is_kept_than_may_be() {
        let replays = Replays::default();
        let print = Fingerprint::new(&[]);
        for at in 0..KEPT_MAX + 100 {
            replays.meet(&at.to_string(), print);
            replays.keep(&at.to_string(), Kept { status: StatusCode::OK, body: vec![0; 8192].into() });
        }
        let inner = replays.inner.lock().unwrap();
        assert!(inner.bytes <= KEPT_BYTES_MAX + 8192, "{}", inner.bytes);
        assert!(inner.known.len() <= KEPT_BYTES_MAX / 8192 + 1);
    }
}
