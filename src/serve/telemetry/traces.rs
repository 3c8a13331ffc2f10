//! Spans, and their way to the collector: a queue with a bound, from which a
//! thread of its own sends. What finds it full is dropped.

use super::collector::Collector;
use super::{Answered, Written};
use crate::error::{Error, Result};
use crate::serve::log::Log;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Span, SpanBuilder, SpanKind, Status, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use std::time::Duration;

/// How long the last spans may take to be sent when the service stops.
const STOP_WAIT_MAX: Duration = Duration::from_secs(2);

const NAME: &str = "einklang";

pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Traces {
    /// Sampling, sizes, headers and attributes of the resource come from the
    /// environment, as OpenTelemetry names them (`OTEL_…`).
    pub fn start(address: &str, log: &Log) -> Result<Self> {
        let cannot = |error: &dyn std::fmt::Display| {
            Error::usage(format!("traces cannot be sent to `{address}`: {error}"))
                .with_hint("name the collector as `http://HOST:PORT`")
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new(log))
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

    pub fn answered(&self, answered: &Answered) {
        let Answered { method, path, name, request_id, status, parent, began } = answered;
        let method = method.to_uppercase();
        // As OpenTelemetry's conventions for HTTP name them.
        let about = [
            KeyValue::new("http.request.method", method.clone()),
            KeyValue::new("http.route", *path),
            KeyValue::new("http.response.status_code", i64::from(*status)),
            KeyValue::new("einklang.operation", *name),
            KeyValue::new("einklang.request_id", (*request_id).to_owned()),
        ];
        let span = SpanBuilder::from_name(format!("{method} {path}"))
            .with_kind(SpanKind::Server)
            .with_start_time(*began)
            .with_attributes(about);
        self.tell(span, &parent_of(parent.as_deref()), *status < 500);
    }

    pub fn written(&self, written: &Written) {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let about = [
            KeyValue::new("einklang.operations", count(written.operations)),
            KeyValue::new("einklang.requests", count(written.requests)),
        ];
        let span = SpanBuilder::from_name("write a set of operations")
            .with_kind(SpanKind::Internal)
            .with_start_time(written.began)
            .with_attributes(about);
        self.tell(span, &Context::new(), written.is_done);
    }

    fn tell(&self, span: SpanBuilder, parent: &Context, is_well: bool) {
        let mut span = self.tracer.build_with_context(span, parent);
        if !is_well {
            span.set_status(Status::error(""));
        }
        span.end();
    }

    pub fn stop(&self) {
        // A collector that is away has been told of already.
        let _ = self.provider.shutdown_with_timeout(STOP_WAIT_MAX);
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
