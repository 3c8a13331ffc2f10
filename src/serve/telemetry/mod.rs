//! Traces for OpenTelemetry: a span for each request, and for each set of
//! operations that is written. No value of a record, no id of a record or
//! customer and no name of a client's stands in one. Where no collector is named,
//! nothing is made.

#[cfg(feature = "telemetry")]
mod collector;
#[cfg(feature = "telemetry")]
mod traces;

use super::log::Log;
use super::settings::Settings;
use crate::error::{Error, Result};
use std::time::SystemTime;

/// Where traces go.
#[derive(Default)]
pub struct Telemetry {
    #[cfg(feature = "telemetry")]
    traces: Option<traces::Traces>,
}

/// A request that was answered.
pub struct Answered<'a> {
    pub method: &'static str,
    /// The route's path with names instead of values.
    pub path: &'static str,
    pub name: &'static str,
    pub request_id: &'a str,
    pub status: u16,
    /// The caller's `traceparent`.
    pub parent: Option<String>,
    pub began: SystemTime,
}

/// A set of operations that was written, or could not be.
pub struct Written {
    pub operations: usize,
    /// How many requests they came by.
    pub requests: usize,
    pub is_done: bool,
    pub began: SystemTime,
}

impl Telemetry {
    /// Nothing is told to anybody unless the settings or the environment name a
    /// collector.
    ///
    /// # Errors
    /// The collector's address is none, or this binary was built without traces.
    pub fn start(settings: &Settings, log: &Log) -> Result<Self> {
        let address = address(settings, |name| std::env::var(name).ok());
        let Some(address) = address else { return Ok(Self::default()) };
        if !address.starts_with("http://") {
            return Err(Error::usage(
                "traces are sent by HTTP without TLS, to an address that begins with `http://`",
            )
            .with_hint(
                "run a collector beside the service that passes them on; `--otlp-endpoint` names it",
            ));
        }
        Self::send_to(&address, log)
    }

    #[cfg(feature = "telemetry")]
    fn send_to(address: &str, log: &Log) -> Result<Self> {
        Ok(Self { traces: Some(traces::Traces::start(address, log)?) })
    }

    #[cfg(not(feature = "telemetry"))]
    fn send_to(_: &str, _: &Log) -> Result<Self> {
        Err(Error::usage("this binary was built without the feature `telemetry`, which sends traces"))
    }

    /// What a request says of the trace that it is part of; nothing is kept
    /// where nobody is told.
    pub fn parent(&self, headers: &hyper::HeaderMap) -> Option<String> {
        #[cfg(feature = "telemetry")]
        if self.traces.is_some() {
            return headers.get("traceparent").and_then(|value| value.to_str().ok()).map(str::to_owned);
        }
        let _ = headers;
        None
    }

    /// Tells of a request. Never waits: what cannot be sent in time is dropped.
    pub fn answered(&self, answered: &Answered) {
        #[cfg(feature = "telemetry")]
        if let Some(traces) = &self.traces {
            traces.answered(answered);
        }
        let _ = answered;
    }

    /// Tells of a set of operations. Never waits either.
    pub fn written(&self, written: &Written) {
        #[cfg(feature = "telemetry")]
        if let Some(traces) = &self.traces {
            traces.written(written);
        }
        let _ = written;
    }

    /// Sends what is left, for a moment at most.
    pub fn stop(&self) {
        #[cfg(feature = "telemetry")]
        if let Some(traces) = &self.traces {
            traces.stop();
        }
    }
}

/// The address that traces are sent to. A general one is completed by the path
/// of traces; `OTEL_SDK_DISABLED` switches all off, as OpenTelemetry has it.
fn address(settings: &Settings, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    if variable("OTEL_SDK_DISABLED").is_some_and(|told| told.eq_ignore_ascii_case("true")) {
        return None;
    }
    let general = |base: &String| format!("{}/v1/traces", base.trim_end_matches('/'));
    let of_traces = || variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").filter(|told| !told.is_empty());
    settings.otlp_endpoint.as_ref().filter(|told| !told.is_empty()).map(general).or_else(of_traces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_collector_is_the_one_that_is_named() {
        let named = |told: Option<&str>, variables: &[(&str, &str)]| {
            let settings = Settings { otlp_endpoint: told.map(str::to_owned), ..Settings::default() };
            let known = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            address(&settings, known)
        };
        let of_traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:1/x");
        assert_eq!(named(None, &[]), None);
        assert_eq!(named(Some(""), &[]), None);
        assert_eq!(named(Some("http://c:4318/"), &[of_traces]).as_deref(), Some("http://c:4318/v1/traces"));
        assert_eq!(named(None, &[of_traces]).as_deref(), Some("http://c:1/x"));
        assert_eq!(named(Some("http://c:4318"), &[("OTEL_SDK_DISABLED", "true")]), None);
    }
}
