//! Layer 6: the service. The identity graph over HTTP: one process holds the
//! store, one thread changes it, any number of requests read it. What is
//! decided about data is decided below.

mod about;
mod asked;
pub mod audit;
mod claims;
#[cfg(feature = "kafka")]
mod consuming;
mod customers;
mod decisions;
mod feed;
mod gate;
mod lanes;
mod leftover;
mod listener;
mod log;
mod matching;
mod metrics;
pub mod openapi;
mod page;
mod pem;
mod pins;
mod problem;
mod proposals;
mod rates;
mod records;
mod replays;
mod reviewing;
mod route;
mod routes;
mod ruling;
mod sampled;
mod settings;
mod standing;
mod telemetry;
pub mod tokens;
mod trials;
mod views;
mod workbench;
mod writer;

#[cfg(feature = "kafka")]
pub use consuming::run as consume;
pub use log::{Log, Sink};
pub use route::{Access, Route};
pub use routes::ROUTES;
pub use settings::Settings;
pub use views::View;

use crate::engine;
use crate::engine::live::{self, Graph};
use crate::error::{Error, Result};
use audit::Audit;
use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::routing::{MethodFilter, on};
use claims::Claims;
use lanes::Lanes;
use metrics::Metrics;
use problem::{OVERLOADED, Problem};
use rates::Rates;
use replays::Replays;
use serde_json::json;
use standing::Standing;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use telemetry::Telemetry;
use tokens::Tokens;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower_http::compression::CompressionLayer;
use tower_http::decompression::RequestDecompressionLayer;
use trials::Trials;
use views::Views;
use writer::{Work, Writer};

/// How often the service looks after itself: new tokens, free disk, the audit
/// log's way to the disk.
const CARE_EVERY: Duration = Duration::from_secs(1);
/// Reads that wait for a thread at most; further ones are turned away.
const READS_WAITING_MAX: usize = 1024;
/// How long a read may wait for a thread.
const READ_WAIT_MAX: Duration = Duration::from_secs(2);

/// Everything that requests share.
pub struct Service {
    pub settings: Settings,
    pub views: Arc<Views>,
    pub writer: Writer,
    pub lanes: Lanes,
    pub audit: Audit,
    pub metrics: Arc<Metrics>,
    pub log: Log,
    pub telemetry: Arc<Telemetry>,
    pub replays: Replays,
    pub rates: Rates,
    /// What the store is in doubt about, and the store at a glance.
    pub queue: Standing<live::Queue>,
    pub survey: Standing<live::Survey>,
    pub appraisal: Standing<live::Appraisal>,
    pub claims: Claims,
    pub trials: Trials,
    /// The sample that is being drawn.
    pub drawing: sampled::Drawing,
    /// Turns true when the service stops.
    pub stopping: watch::Sender<bool>,
    /// What was read from topics and written to one, where any are consumed.
    #[cfg(feature = "kafka")]
    pub consumed: std::sync::OnceLock<Arc<crate::consume::Progress>>,
    tokens: RwLock<Arc<Tokens>>,
    tokens_changed: Mutex<Option<SystemTime>>,
    /// As many reads at once as there are processors, twice.
    reads: Semaphore,
    reads_waiting: Semaphore,
}

impl Service {
    /// Runs `read` on the store as it is now, on a thread where it may take
    /// its time. Failures of the store become problems.
    pub async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&View) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        let busy = || Problem::new(&OVERLOADED, "too many requests wait to be worked on");
        let waiting = self.reads_waiting.try_acquire().map_err(|_| busy())?;
        let turn = tokio::time::timeout(READ_WAIT_MAX, self.reads.acquire()).await;
        let _turn = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        drop(waiting);
        let views = Arc::clone(&self.views);
        let done = tokio::task::spawn_blocking(move || {
            let view = views.now()?;
            read(&view).map_err(|error| Problem::of(&error))
        });
        done.await.map_err(|_| Problem::internal("the read panicked"))?
    }

    /// How the audit log names a record: by a keyed hash, which whoever knows
    /// the name and has the store can look for.
    pub fn subject(&self, source: &str, record_id: &str) -> String {
        let Ok(view) = self.views.now() else { return "record".to_owned() };
        let key = view.store.suppression_key(source, record_id);
        format!("record:{}", tokens::hex(key.get(..16).unwrap_or_default()))
    }

    pub fn tokens(&self) -> Arc<Tokens> {
        Arc::clone(&self.tokens.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the tokens again where their file changed.
    fn renew_tokens(&self) {
        let state = self.settings.state();
        let changed = std::fs::metadata(Tokens::path(&state)).and_then(|about| about.modified()).ok();
        let mut known = self.tokens_changed.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == changed {
            return;
        }
        match Tokens::read(&state) {
            Ok(tokens) => {
                *known = changed;
                *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tokens);
            }
            Err(error) => {
                self.log.error("the tokens cannot be read", json!({ "error": error.to_string() }));
            }
        }
    }
}

/// Opens the store and serves it until the process is told to end.
///
/// # Errors
/// The settings are unsafe, the store or the address cannot be had.
pub fn run(settings: Settings, sink: Sink) -> Result<()> {
    let log = Log::new(sink);
    tell_of_panics(log.clone());
    let state = settings.state();
    let tokens = Tokens::read(&state)?;
    settings.check(tokens.has_valid(jiff::Timestamp::now()))?;
    let tls = match (&settings.tls_certificate, &settings.tls_key) {
        (Some(certificate), Some(key)) => Some(listener::tls(certificate, key)?),
        _ => None,
    };
    let telemetry = Arc::new(Telemetry::start(&settings, &log)?);
    let graph = open_store(&settings, &log)?;
    let audit = Audit::open(&state)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failed(format!("cannot start threads: {error}")))?;
    let views = Arc::new(Views::new(&graph));
    let metrics = Arc::new(Metrics::new(ROUTES.iter().map(|route| route.name)));
    let counters = graph.store.counters;
    let work = Work {
        graph,
        location: settings.location(),
        views: Arc::clone(&views),
        metrics: Arc::clone(&metrics),
        log: log.clone(),
        telemetry: Arc::clone(&telemetry),
        group_operations_max: settings.group_operations_max,
    };
    let (writer, thread) = Writer::start(work, settings.queue_operations_max)?;
    let lanes = Lanes::start(engine::threads::threads(), Arc::clone(&views), &log)?;
    let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let service = Arc::new(Service {
        views,
        writer,
        lanes,
        audit,
        metrics,
        log: log.clone(),
        telemetry: Arc::clone(&telemetry),
        replays: Replays::default(),
        rates: Rates::new(settings.token_requests_per_second_max),
        queue: Standing::new(|view| live::review_queue(&view.store, &view.bundle)),
        survey: Standing::new(|view| live::survey(&view.store, jiff::Timestamp::now().as_microsecond())),
        appraisal: Standing::lasting(|view| live::appraisal(&view.store, &view.bundle)),
        claims: Claims::default(),
        trials: Trials::default(),
        drawing: sampled::Drawing::default(),
        stopping: watch::Sender::new(false),
        #[cfg(feature = "kafka")]
        consumed: std::sync::OnceLock::new(),
        tokens: RwLock::new(Arc::new(tokens)),
        tokens_changed: Mutex::new(None),
        reads: Semaphore::new(2 * processors),
        reads_waiting: Semaphore::new(READS_WAITING_MAX),
        settings,
    });
    let head = service.audit.head();
    let served = runtime.block_on(async {
        let address = service.settings.listen;
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Error::failed(format!("cannot listen on `{address}`: {error}"))
                .with_hint("choose another address with `--listen`")
        })?;
        let address = listener.local_addr().map_or(address, |local| local);
        let about = json!({
            "address": address.to_string(),
            "tls": tls.is_some(),
            "records": counters.records,
            "customers": counters.customers,
            "audit_entries": head.entries,
            "audit_hash": head.hash,
        });
        log.info("listening", about);
        let care = tokio::spawn(care(Arc::clone(&service)));
        #[cfg(feature = "kafka")]
        let consuming = start_consuming(&service)?;
        listener::run(Arc::clone(&service), router(&service), listener, tls, told_to_stop()).await;
        // What it failed by is in the log already, and no failure to serve.
        #[cfg(feature = "kafka")]
        let _ = tokio::task::spawn_blocking(move || consuming.map(consuming::Consuming::stop)).await;
        care.abort();
        Ok(())
    });
    runtime.shutdown_timeout(Duration::from_secs(2));
    service.audit.sync();
    let head = service.audit.head();
    drop(service);
    // The writer ends once nobody can ask it any more.
    let _ = thread.join();
    telemetry.stop();
    log.info("stopped", json!({ "audit_entries": head.entries, "audit_hash": head.hash }));
    served
}

/// Opens the store; makes an empty one where there is none.
fn open_store(settings: &Settings, log: &Log) -> Result<Graph> {
    let location = settings.location();
    if !live::is_there(&location) {
        live::create_empty(&location, crate::rules::Rules::default())?;
        log.info("made an empty store", json!({}));
    }
    Graph::open(&location)
}

/// Consumes topics beside the requests, where settings name any.
#[cfg(feature = "kafka")]
fn start_consuming(service: &Arc<Service>) -> Result<Option<consuming::Consuming>> {
    let Some(kafka) = service.settings.kafka.clone() else { return Ok(None) };
    let Service { views, writer, log, audit, .. } = service.as_ref();
    let (ended, _) = tokio::sync::oneshot::channel();
    let consuming = consuming::Consuming::start(kafka, views, writer, log, audit, ended)?;
    let _ = service.consumed.set(Arc::clone(&consuming.progress));
    Ok(Some(consuming))
}

/// Refuses changes while less is free on the store's disk than settings ask.
fn guard_disk(settings: &Settings, writer: &Writer, log: &Log) {
    let Some(free) = free_bytes(&settings.store) else { return };
    let refuses = free < settings.disk_bytes_min;
    if writer.refuse(refuses) != refuses {
        log.error("free space on the store's disk", json!({ "free_bytes": free, "refuses_writes": refuses }));
    }
}

/// Where code panicked is told as a line of the log; why may hold values.
fn tell_of_panics(log: Log) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string);
        log.error("a panic, which is a fault of the service", json!({ "place": place }));
    }));
}

/// Sends each request of a route through the gate.
fn router(service: &Arc<Service>) -> Router {
    let mut router = Router::new();
    for (place, route) in ROUTES.iter().enumerate() {
        let service = Arc::clone(service);
        let handler = move |path: std::result::Result<RawPathParams, RawPathParamsRejection>,
                            request: Request| {
            let service = Arc::clone(&service);
            async move {
                match path {
                    Ok(path) => gate::pass(service, place, gate::path_of(&path), request).await,
                    Err(_) => gate::bad_path(&service),
                }
            }
        };
        let method = match route.method {
            route::Method::Get => MethodFilter::GET,
            route::Method::Put => MethodFilter::PUT,
            route::Method::Post => MethodFilter::POST,
            route::Method::Delete => MethodFilter::DELETE,
        };
        router = router.route(route.path, on(method, handler));
    }
    let (nowhere, otherwise) = (Arc::clone(service), Arc::clone(service));
    router
        .fallback(move |request: Request| gate::pass_none(Arc::clone(&nowhere), request))
        .method_not_allowed_fallback(move |request: Request| {
            gate::pass_method(Arc::clone(&otherwise), request)
        })
        .layer(RequestDecompressionLayer::new())
        .layer(CompressionLayer::new())
        .layer(axum::middleware::map_response(|response| async { gate::worded(response) }))
        .layer(axum::middleware::map_request(leftover::read_on))
}

async fn care(service: Arc<Service>) {
    loop {
        tokio::time::sleep(CARE_EVERY).await;
        let service = Arc::clone(&service);
        let done = tokio::task::spawn_blocking(move || {
            service.renew_tokens();
            guard_disk(&service.settings, &service.writer, &service.log);
            service.audit.sync();
            if let Ok(view) = service.views.now() {
                service.trials.tidy(&view);
            }
        });
        let _ = done.await;
    }
}

/// Ends when the process gets an interrupt or is asked to terminate.
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Bytes that are free on a folder's disk, where the system tells.
fn free_bytes(path: &std::path::Path) -> Option<u64> {
    let about = rustix::fs::statvfs(path).ok()?;
    about.f_bavail.checked_mul(about.f_frsize)
}
