//! Spans, and their way to the collector: a queue with a bound, from which a
//! thread of its own sends. What finds it full is dropped.

use super::Begun;
use super::collector::Collector;
use crate::error::{Error, Result};
use crate::serve::log::Log;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{
    Link, Span as _, SpanBuilder, SpanContext, SpanKind, Status, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_rustls::rustls::ClientConfig;

/// How long the last spans may take to be sent when the service stops.
const STOP_WAIT_MAX: Duration = Duration::from_secs(2);

/// Requests that a set is linked with, as many as OpenTelemetry keeps unless told
/// otherwise. Each of them is linked with the set.
const LINKS_MAX: usize = 128;

const NAME: &str = "einklang";

pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// A span that has not ended, or has just.
pub struct Open {
    context: SpanContext,
    span: Mutex<Span>,
}

impl Traces {
    /// Sampling, sizes, headers and attributes of the resource come from the
    /// environment, as OpenTelemetry names them (`OTEL_…`).
    pub fn start(address: &str, tls: Option<Arc<ClientConfig>>, log: &Log) -> Result<Self> {
        let cannot = |error: &dyn std::fmt::Display| {
            Error::usage(format!("traces cannot be sent to `{address}`: {error}"))
                .with_hint("name the collector as `http://HOST:PORT`")
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new(tls, log))
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(address)
            .build()
            .map_err(|error| cannot(&error))?;
        let resource = Resource::builder().with_attribute(version());
        let is_named = std::env::var_os("OTEL_SERVICE_NAME").is_some();
        let resource = if is_named { resource } else { resource.with_service_name(NAME) };
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build())
            .build();
        Ok(Self { tracer: provider.tracer(NAME), provider })
    }

    pub fn begin(&self, begun: &Begun) -> Open {
        let Begun { method, path, name, request_id, headers } = begun;
        let method = method.to_uppercase();
        let name_of_span = format!("{method} {path}");
        // As OpenTelemetry's conventions for HTTP name them.
        let about = [
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.route", *path),
            KeyValue::new("einklang.operation", *name),
            KeyValue::new("einklang.request_id", (*request_id).to_owned()),
        ];
        let span = SpanBuilder::from_name(name_of_span).with_kind(SpanKind::Server).with_attributes(about);
        let parent = headers.get("traceparent").and_then(|value| value.to_str().ok());
        Open::new(self.tracer.build_with_context(span, &parent_of(parent)))
    }

    /// A set is a trace of its own, since it belongs to many.
    pub fn write<'o>(&self, operations: usize, requests: impl Iterator<Item = &'o Open>) -> Open {
        // Parts of one batch are one request.
        let requests: BTreeMap<[u8; 8], &Open> =
            requests.map(|request| (request.context.span_id().to_bytes(), request)).collect();
        let followed = || requests.values().filter(|request| request.context.is_sampled());
        let links = followed().take(LINKS_MAX).map(|request| Link::with_context(request.context.clone()));
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let about = [
            KeyValue::new("einklang.operations", count(operations)),
            KeyValue::new("einklang.requests", count(requests.len())),
        ];
        let span = SpanBuilder::from_name("write a set of operations")
            .with_kind(SpanKind::Internal)
            .with_links(links.collect())
            .with_attributes(about);
        let set = Open::new(self.tracer.build_with_context(span, &Context::new()));
        if set.context.is_sampled() {
            followed().for_each(|request| request.link(&set));
        }
        set
    }

    pub fn stop(&self) {
        // A collector that is away has been told of already.
        let _ = self.provider.shutdown_with_timeout(STOP_WAIT_MAX);
    }
}

impl Open {
    fn new(span: Span) -> Self {
        Self { context: span.span_context().clone(), span: Mutex::new(span) }
    }

    pub fn answered(&self, status: u16) {
        let status_code = KeyValue::new("http.response.status_code", i64::from(status));
        self.with(|span| span.set_attribute(status_code));
        self.end(status < 500);
    }

    pub fn end(&self, is_well: bool) {
        self.with(|span| {
            if !is_well {
                span.set_status(Status::error(""));
            }
            span.end();
        });
    }

    /// Nothing is added to a span that has ended.
    fn link(&self, other: &Self) {
        self.with(|span| span.add_link(other.context.clone(), Vec::new()));
    }

    fn with(&self, change: impl FnOnce(&mut Span)) {
        change(&mut self.span.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn version() -> KeyValue {
    KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))
}

/// Of W3C's two headers the one that holds nothing but numbers; `tracestate` is
/// text of whoever called.
struct Parent<'p>(&'p str);

impl Extractor for Parent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

fn parent_of(traceparent: Option<&str>) -> Context {
    let none = Context::new();
    match traceparent {
        Some(text) => TraceContextPropagator::new().extract_with_context(&none, &Parent(text)),
        None => none,
    }
}
