//! Takes connections: TLS where it is configured, so many at once, so slow at
//! most, and ended in order when the service stops.

use super::{Service, pem};
use crate::error::Result;
use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// Requests of one HTTP/2 connection at once.
const STREAMS_MAX: u32 = 128;

/// Serves connections until `stop` ends, then lets requests under way finish.
pub async fn run(
    service: Arc<Service>,
    router: Router,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    stop: impl Future<Output = ()>,
) {
    let room = Arc::new(Semaphore::new(service.settings.connections_max));
    let patience = Duration::from_secs(service.settings.request_seconds_max);
    let graceful = Arc::new(GracefulShutdown::new());
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(HEAD_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEAD_BYTES_MAX as u32);
    let builder = Arc::new(builder);
    let mut stop = std::pin::pin!(stop);
    let mut connections = tokio::task::JoinSet::new();
    loop {
        // Further connections wait outside: they cost nothing there.
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        while connections.try_join_next().is_some() {}
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, for one: others may be given back.
                service.log.error("a connection was not taken", json!({ "error": error.to_string() }));
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let connection = Connection {
            service: Arc::clone(&service),
            router: router.clone(),
            builder: Arc::clone(&builder),
            graceful: Arc::clone(&graceful),
            patience,
        };
        let tls = tls.clone();
        connections.spawn(async move {
            connection.serve(stream, tls).await;
            drop(permit);
        });
    }
    drop(listener);
    service.stopping.send_replace(true);
    service.log.info("stopping", json!({ "connections": connections.len() }));
    let patience = Duration::from_secs(service.settings.stop_seconds_max);
    let ended = async {
        if let Some(graceful) = Arc::into_inner(graceful) {
            graceful.shutdown().await;
        }
        while connections.join_next().await.is_some() {}
    };
    let _ = tokio::time::timeout(patience, ended).await;
}

/// What one connection is served with.
struct Connection {
    service: Arc<Service>,
    router: Router,
    builder: Arc<Builder<TokioExecutor>>,
    graceful: Arc<GracefulShutdown>,
    patience: Duration,
}

impl Connection {
    async fn serve(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let _ = stream.set_nodelay(true);
        match tls {
            None => self.speak(stream).await,
            Some(tls) => {
                if let Ok(Ok(stream)) = tokio::time::timeout(self.patience, tls.accept(stream)).await {
                    self.speak(stream).await;
                }
            }
        }
    }

    async fn speak(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let metrics = Arc::clone(&self.service.metrics);
        metrics.connections.fetch_add(1, Ordering::Relaxed);
        let service = TowerToHyperService::new(self.router);
        let connection = self.builder.serve_connection(TokioIo::new(stream), service);
        let connection = self.graceful.watch(connection.into_owned());
        drop(self.graceful);
        // How a client ends a connection is no business of ours.
        let _ = connection.await;
        metrics.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Reads certificate and key, and what TLS may be spoken with: 1.2 and 1.3.
///
/// # Errors
/// They cannot be read, or do not belong together.
pub fn tls(certificate: &Path, key: &Path) -> Result<TlsAcceptor> {
    let (chain, private) = (pem::certificates(certificate)?, pem::private_key(key)?);
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
        .map_err(|error| pem::wrong(certificate, "certificate for that key", &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
