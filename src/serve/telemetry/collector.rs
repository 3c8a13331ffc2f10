//! The collector as a client sees it: one POST by HTTP/1.1, over TLS where the
//! address asks for it, of which only the status is read. Runs on the thread that sends spans and may take its time.

use crate::serve::log::Log;
use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use serde_json::json;
use std::fmt;
use std::io::{Error, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, StreamOwned};

/// How long connecting may take, and each wait for the collector after it.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// Bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// How often it is told that traces cannot be sent.
const TOLD_EVERY: Duration = Duration::from_secs(60);

pub struct Collector {
    /// What TLS is spoken with, where the address asks for it.
    tls: Option<Arc<ClientConfig>>,
    log: Log,
    told: Mutex<Option<Instant>>,
}

impl Collector {
    pub fn new(tls: Option<Arc<ClientConfig>>, log: &Log) -> Self {
        Self { tls, log: log.clone(), told: Mutex::default() }
    }

    fn tell(&self, error: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|told| told.elapsed() > TOLD_EVERY) {
            *told = Some(Instant::now());
            self.log.error("traces cannot be sent and are dropped", json!({ "error": error }));
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        match self.post(&request) {
            Ok(status) => {
                if !(200..300).contains(&status) {
                    self.tell(&format!("the collector answered {status}"));
                }
                Ok(Response::builder().status(status).body(Bytes::new())?)
            }
            Err(error) => {
                self.tell(&error.to_string());
                Err(error.into())
            }
        }
    }
}

impl Collector {
    /// Sends the request and returns the answer's status.
    fn post(&self, request: &Request<Bytes>) -> std::io::Result<u16> {
        let uri = request.uri();
        let host = uri.host().ok_or_else(|| Error::other("the collector's address has no host"))?;
        let port = uri.port_u16().unwrap_or(if self.tls.is_some() { 443 } else { 80 });
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let mut stream = connected(name, port)?;
        let Some(tls) = &self.tls else { return exchange(&mut stream, request, host, port) };
        let name = ServerName::try_from(name.to_owned()).map_err(Error::other)?;
        let connection = ClientConnection::new(Arc::clone(tls), name).map_err(Error::other)?;
        exchange(&mut StreamOwned::new(connection, stream), request, host, port)
    }
}

fn connected(host: &str, port: u16) -> std::io::Result<TcpStream> {
    let mut last = Error::other("the collector's host is not known");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, WAIT_MAX) {
            Ok(stream) => {
                stream.set_read_timeout(Some(WAIT_MAX))?;
                stream.set_write_timeout(Some(WAIT_MAX))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Writes the request and reads the answer's status.
fn exchange(
    stream: &mut (impl Read + Write),
    request: &Request<Bytes>,
    host: &str,
    port: u16,
) -> std::io::Result<u16> {
    let uri = request.uri();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut bytes = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\ncontent-length: {}\r\n",
        request.body().len()
    )
    .into_bytes();
    for (name, value) in request.headers() {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(request.body());
    stream.write_all(&bytes)?;
    stream.flush()?;
    status(stream)
}

/// Reads the status of an answer, and the rest of its first stretch.
fn status(stream: &mut impl Read) -> std::io::Result<u16> {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.contains(&b'\n') && head.len() < HEAD_BYTES_MAX {
        match stream.read(&mut buffer)? {
            0 => break,
            count => head.extend_from_slice(buffer.get(..count).unwrap_or_default()),
        }
    }
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let status = line.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1));
    let status =
        status.and_then(|text| text.trim().parse().ok()).filter(|status| (100..1000).contains(status));
    status.ok_or_else(|| Error::other("the collector's answer is no HTTP"))
}

impl fmt::Debug for Collector {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("Collector")
    }
}
