//! Figures of the running service, in Prometheus' text format. Counted with
//! atomics, so that counting costs a request nothing to speak of.

use super::Service;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Upper bounds of the histograms' buckets, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 10.0];

pub struct Metrics {
    start: Instant,
    /// One per route, and a last one for what met none.
    routes: Vec<(&'static str, Figures)>,
    groups: Histogram,
    operations: AtomicU64,
    pub connections: AtomicU64,
}

/// What is counted for one route.
#[derive(Default)]
struct Figures {
    /// By the status's first digit.
    by_class: [AtomicU64; 6],
    seconds: Histogram,
}

#[derive(Default)]
struct Histogram {
    buckets: [AtomicU64; BUCKETS.len()],
    count: AtomicU64,
    micros: AtomicU64,
}

impl Metrics {
    pub fn new(routes: impl Iterator<Item = &'static str>) -> Self {
        let mut routes: Vec<_> = routes.map(|name| (name, Figures::default())).collect();
        routes.push(("none", Figures::default()));
        Self {
            start: Instant::now(),
            routes,
            groups: Histogram::default(),
            operations: AtomicU64::new(0),
            connections: AtomicU64::new(0),
        }
    }

    /// A request was answered; `route` is its place in the table.
    pub fn request(&self, route: Option<usize>, status: u16, took: Duration) {
        let place = route.unwrap_or(self.routes.len().saturating_sub(1));
        if let Some((_, figures)) = self.routes.get(place) {
            if let Some(class) = figures.by_class.get(usize::from(status / 100)) {
                class.fetch_add(1, Ordering::Relaxed);
            }
            figures.seconds.take(took);
        }
    }

    /// So many operations were written to disk together.
    pub fn group(&self, operations: usize, took: Duration) {
        self.operations.fetch_add(operations as u64, Ordering::Relaxed);
        self.groups.take(took);
    }

    /// Everything, as text.
    pub fn text(&self, service: &Service) -> String {
        let mut out = String::new();
        head(&mut out, "einklang_requests_total", "counter", "Requests answered");
        for (route, figures) in &self.routes {
            for (class, count) in figures.by_class.iter().enumerate() {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let _ = writeln!(
                        out,
                        "einklang_requests_total{{route=\"{route}\",status=\"{class}xx\"}} {count}"
                    );
                }
            }
        }
        head(&mut out, "einklang_request_seconds", "histogram", "Time from a request's head to its answer's");
        for (route, figures) in &self.routes {
            figures.seconds.write(&mut out, "einklang_request_seconds", &format!("route=\"{route}\""));
        }
        head(&mut out, "einklang_group_seconds", "histogram", "Time to work one group of operations in");
        self.groups.write(&mut out, "einklang_group_seconds", "");
        let gauge = |out: &mut String, name: &str, what: &str, value: u64| {
            head(out, name, "gauge", what);
            let _ = writeln!(out, "{name} {value}");
        };
        head(&mut out, "einklang_operations_total", "counter", "Operations worked in");
        let _ = writeln!(out, "einklang_operations_total {}", self.operations.load(Ordering::Relaxed));
        gauge(&mut out, "einklang_queue_operations", "Operations that wait", service.writer.waiting() as u64);
        let connections = self.connections.load(Ordering::Relaxed);
        gauge(&mut out, "einklang_connections", "Open connections", connections);
        gauge(&mut out, "einklang_uptime_seconds", "Since the start", self.start.elapsed().as_secs());
        gauge(&mut out, "einklang_audit_entries", "Lines of the audit log", service.audit.head().entries);
        if let Some(counters) = service.views.counters() {
            gauge(&mut out, "einklang_records", "Records in the store", counters.records);
            gauge(&mut out, "einklang_customers", "Customers in the store", counters.customers);
            gauge(&mut out, "einklang_last_change", "Number of the last change", counters.last_change);
            gauge(&mut out, "einklang_model_version", "Model in force", u64::from(counters.model));
        }
        #[cfg(feature = "kafka")]
        if let Some(consumed) = service.consumed.get() {
            let figures = [
                ("einklang_kafka_messages_total", "Messages consumed", &consumed.messages),
                (
                    "einklang_kafka_dead_letters_total",
                    "Messages that were no operation",
                    &consumed.dead_letters,
                ),
                ("einklang_kafka_published_total", "Changes sent to the topic", &consumed.published),
            ];
            for (name, what, figure) in figures {
                head(&mut out, name, "counter", what);
                let _ = writeln!(out, "{name} {}", figure.load(Ordering::Relaxed));
            }
        }
        if let Some(bytes) = resident_bytes() {
            gauge(&mut out, "einklang_resident_bytes", "Memory in use", bytes);
        }
        out
    }
}

impl Histogram {
    fn take(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        if let Some(at) = BUCKETS.iter().position(|bound| seconds <= *bound)
            && let Some(bucket) = self.buckets.get(at)
        {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(took.as_micros() as u64, Ordering::Relaxed);
    }

    fn write(&self, out: &mut String, name: &str, label: &str) {
        let count = self.count.load(Ordering::Relaxed);
        if count == 0 {
            return;
        }
        let comma = if label.is_empty() { "" } else { "," };
        let mut below = 0;
        for (bound, bucket) in BUCKETS.iter().zip(&self.buckets) {
            below += bucket.load(Ordering::Relaxed);
            let _ = writeln!(out, "{name}_bucket{{{label}{comma}le=\"{bound}\"}} {below}");
        }
        let _ = writeln!(out, "{name}_bucket{{{label}{comma}le=\"+Inf\"}} {count}");
        let braced = if label.is_empty() { String::new() } else { format!("{{{label}}}") };
        let seconds = self.micros.load(Ordering::Relaxed) as f64 / 1e6;
        let _ = writeln!(out, "{name}_sum{braced} {seconds}");
        let _ = writeln!(out, "{name}_count{braced} {count}");
    }
}

fn head(out: &mut String, name: &str, kind: &str, what: &str) {
    let _ = writeln!(out, "# HELP {name} {what}\n# TYPE {name} {kind}");
}

/// Bytes that the process holds now, where the system tells.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
