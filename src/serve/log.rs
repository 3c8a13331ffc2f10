//! The service's log: one JSON object a line, without personal data. Where the
//! lines go is the caller's business.

use serde_json::{Value, json};
use std::sync::Arc;

/// Takes lines.
pub type Sink = Arc<dyn Fn(&str) + Send + Sync>;

#[derive(Clone)]
pub struct Log {
    sink: Sink,
}

impl Log {
    pub fn new(sink: Sink) -> Self {
        Self { sink }
    }

    /// Something that happened; `about` is an object.
    pub fn info(&self, message: &str, about: Value) {
        self.line("info", message, about);
    }

    /// Something that somebody should look at.
    pub fn error(&self, message: &str, about: Value) {
        self.line("error", message, about);
    }

    fn line(&self, level: &str, message: &str, about: Value) {
        let at = jiff::Timestamp::now().to_string();
        let mut line = json!({ "at": at, "level": level, "message": message });
        if let (Value::Object(line), Value::Object(about)) = (&mut line, about) {
            line.extend(about);
        }
        (self.sink)(&line.to_string());
    }
}
