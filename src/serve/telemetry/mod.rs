//! Traces for OpenTelemetry: a span for each request, and for each set of
//! operations that is written, linked with one another. No value of a record, no id of a record or
//! customer and no name of a client's stands in one. Where no collector is named,
//! nothing is made.

#[cfg(feature = "telemetry")]
mod collector;
#[cfg(feature = "telemetry")]
mod traces;
#[cfg(feature = "telemetry")]
mod trust;

use super::log::Log;
use super::settings::Settings;
use crate::error::{Error, Result};
use hyper::HeaderMap;
#[cfg(feature = "telemetry")]
use std::sync::Arc;

/// Where traces go.
#[derive(Default)]
pub struct Telemetry {
    #[cfg(feature = "telemetry")]
    traces: Option<traces::Traces>,
}

/// A request that is being answered.
pub struct Begun<'a> {
    pub method: &'static str,
    /// The route's path with names instead of values.
    pub path: &'static str,
    pub name: &'static str,
    pub request_id: &'a str,
    pub headers: &'a HeaderMap,
}

/// The span of a request or of a set of operations, shared with whom it is to be
/// linked with. Empty where nobody is told.
#[derive(Clone, Default)]
pub struct Span {
    #[cfg(feature = "telemetry")]
    open: Option<Arc<traces::Open>>,
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
        Self::send_to(&address, settings, log)
    }

    #[cfg(feature = "telemetry")]
    fn send_to(address: &str, settings: &Settings, log: &Log) -> Result<Self> {
        let is_told = settings.otlp_ca.is_some() || settings.otlp_certificate.is_some();
        let tls = match (address.starts_with("https://"), address.starts_with("http://")) {
            (true, _) => Some(trust::config(settings)?),
            (false, true) if is_told => {
                return Err(Error::usage(format!("certificates are told, and `{address}` is without TLS"))
                    .with_hint("name the collector as `https://HOST:PORT`"));
            }
            (false, true) => None,
            (false, false) => {
                return Err(Error::usage(format!("`{address}` is no address that traces can be sent to"))
                    .with_hint("name the collector as `http://HOST:PORT` or `https://HOST:PORT`"));
            }
        };
        Ok(Self { traces: Some(traces::Traces::start(address, tls, log)?) })
    }

    #[cfg(not(feature = "telemetry"))]
    fn send_to(_: &str, _: &Settings, _: &Log) -> Result<Self> {
        Err(Error::usage("this binary was built without the feature `telemetry`, which sends traces"))
    }

    /// Begins to tell of a request, as part of the trace that its caller names.
    pub fn begin(&self, begun: &Begun) -> Span {
        #[cfg(feature = "telemetry")]
        if let Some(traces) = &self.traces {
            return Span { open: Some(Arc::new(traces.begin(begun))) };
        }
        let _ = begun;
        Span::default()
    }

    /// Begins to tell of a set of operations that is written, which is linked
    /// with the requests that it came by, and they with it.
    pub fn write<'s>(&self, operations: usize, requests: impl Iterator<Item = &'s Span>) -> Span {
        #[cfg(feature = "telemetry")]
        if let Some(traces) = &self.traces {
            let requests = requests.filter_map(|span| span.open.as_deref());
            return Span { open: Some(Arc::new(traces.write(operations, requests))) };
        }
        let _ = (operations, requests.count());
        Span::default()
    }

    /// Sends what is left, for a moment at most.
    pub fn stop(&self) {
        #[cfg(feature = "telemetry")]
        if let Some(traces) = &self.traces {
            traces.stop();
        }
    }
}

impl Span {
    /// The request was answered. Never waits: what cannot be sent in time is
    /// dropped.
    pub fn answered(&self, status: u16) {
        #[cfg(feature = "telemetry")]
        if let Some(open) = &self.open {
            open.answered(status);
        }
        let _ = status;
    }

    /// The set was written, or could not be.
    pub fn written(&self, is_done: bool) {
        #[cfg(feature = "telemetry")]
        if let Some(open) = &self.open {
            open.end(is_done);
        }
        let _ = is_done;
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
