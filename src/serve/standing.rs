//! What takes a while to work out from the whole store: worked out once, shown
//! to all, and worked out anew behind the scenes once the store has changed.

use super::problem::Problem;
use super::{Service, View};
use crate::error::Result as EngineResult;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long something stands at least, and how much longer than it took.
const STANDS_MIN: Duration = Duration::from_secs(1);
const STANDS_TIMES: u32 = 5;
/// The same for what takes the whole machine and changes slowly.
const LASTS_TIMES: u32 = 100;

/// What of the store it was made of: after which write, which judgement, and
/// under which model. A record may change without any change of a customer.
pub type Stamp = (u64, u64, u32);

/// Something of the whole store.
pub struct Standing<T> {
    make: fn(&View) -> EngineResult<T>,
    /// How much longer it stands than it took.
    times: u32,
    present: Mutex<Option<Present<T>>>,
    /// Only one request makes it.
    making: tokio::sync::Mutex<()>,
}

struct Present<T> {
    value: Arc<T>,
    stamp: Stamp,
    made: Instant,
    took: Duration,
}

impl<T: Send + Sync + 'static> Standing<T> {
    pub fn new(make: fn(&View) -> EngineResult<T>) -> Self {
        Self { make, times: STANDS_TIMES, present: Mutex::new(None), making: tokio::sync::Mutex::new(()) }
    }

    /// As [`Standing::new`], of what is seldom worked out anew.
    pub fn lasting(make: fn(&View) -> EngineResult<T>) -> Self {
        Self { times: LASTS_TIMES, ..Self::new(make) }
    }

    /// It as it stands; made first where it is not there. `of` finds it in the
    /// service again, for making it anew behind the scenes.
    pub async fn get(
        &self,
        service: &Arc<Service>,
        of: fn(&Service) -> &Standing<T>,
    ) -> Result<Arc<T>, Problem> {
        if let Some((value, is_stale)) = self.known(service) {
            if is_stale {
                let service = Arc::clone(service);
                tokio::spawn(async move {
                    let standing = of(&service);
                    if let Ok(_making) = standing.making.try_lock() {
                        let _ = standing.renew(&service).await;
                    }
                });
            }
            return Ok(value);
        }
        let _making = self.making.lock().await;
        match self.known(service) {
            Some((value, _)) => Ok(value),
            None => self.renew(service).await,
        }
    }

    fn known(&self, service: &Service) -> Option<(Arc<T>, bool)> {
        let present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let present = present.as_ref()?;
        let stands = STANDS_MIN.max(present.took * self.times);
        let is_stale = present.made.elapsed() > stands
            && service.views.now().is_ok_and(|view| stamp(&view) != present.stamp);
        Some((Arc::clone(&present.value), is_stale))
    }

    async fn renew(&self, service: &Arc<Service>) -> Result<Arc<T>, Problem> {
        let make = self.make;
        let made = service.read(move |view| {
            let start = Instant::now();
            let value = Arc::new(make(view)?);
            Ok(Present { value, stamp: stamp(view), made: Instant::now(), took: start.elapsed() })
        });
        let present = made.await?;
        let value = Arc::clone(&present.value);
        *self.present.lock().unwrap_or_else(PoisonError::into_inner) = Some(present);
        Ok(value)
    }
}

fn stamp(view: &View) -> Stamp {
    let counters = view.store.counters;
    (view.store.db.writes(), view.store.judged.made, counters.model)
}
