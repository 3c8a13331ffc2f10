//! Records: put in, taken out, shown; one at a time or as a batch that streams
//! both ways.

use super::View;
use super::asked::{Asked, Reply, is_media, of_customer};
use super::problem::{MEDIA_TYPE, NOT_FOUND, Problem, TOO_LARGE};
use super::telemetry::Span;
use super::writer::Answers;
use crate::engine::live::{self, Answer, Operation};
use axum::body::{Body, BodyDataStream, Bytes};
use bytes::BytesMut;
use futures_util::StreamExt;
use hyper::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// A record's content.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RecordContent")]
pub struct Content {
    /// The source's own column names and their values; the whole record.
    pub fields: Map<String, Value>,
    /// The version: an RFC 3339 time, or a number that grows. What is older
    /// than what is known changes nothing.
    #[serde(default)]
    #[schemars(schema_with = "version_schema")]
    pub at: Option<Value>,
}

/// How a version may be written.
fn version_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["integer", "string", "null"],
        "format": "date-time",
        "minimum": -9_000_000_000_000_000_000_i64,
        "maximum": 9_000_000_000_000_000_000_i64,
    })
}

pub async fn put(asked: Asked) -> Result<Reply, Problem> {
    let (source, record_id) = asked.record_name()?;
    let content: Content = asked.json()?;
    let at = content.at.filter(|at| !at.is_null());
    let operation = Operation {
        source,
        record_id,
        at: at.as_ref().map(|at| version(at, "/at")).transpose()?,
        fields: Some(
            live::checked_fields(content.fields)
                .map_err(|error| Problem::invalid("/fields", error.to_string()))?,
        ),
        position: None,
    };
    apply(&asked, operation).await
}

pub async fn delete(asked: Asked) -> Result<Reply, Problem> {
    let (source, record_id) = asked.record_name()?;
    let at = match asked.parameter("at") {
        None => None,
        Some(text) => {
            let value = text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from);
            Some(version(&value, "at")?)
        }
    };
    apply(&asked, Operation { source, record_id, at, fields: None, position: None }).await
}

fn version(value: &Value, field: &str) -> Result<i64, Problem> {
    live::checked_version(value).map_err(|error| Problem::invalid_by(field, &error))
}

async fn apply(asked: &Asked, operation: Operation) -> Result<Reply, Problem> {
    let subject = asked.service.subject(&operation.source, &operation.record_id);
    let answer = asked.service.writer.apply(operation, asked.span.clone()).await?;
    let customer = answer.customer_id.as_deref().map(of_customer);
    Ok(Reply::json(&answer)?.about(std::iter::once(subject).chain(customer)))
}

pub async fn get(asked: Asked) -> Result<Reply, Problem> {
    let name = asked.record_name()?;
    let subject = asked.service.subject(&name.0, &name.1);
    let view = asked.read(move |view| live::record(&view.store, &name)).await?;
    let customer = of_customer(&view.customer_id);
    Ok(Reply::json(&view)?.about([subject, customer]))
}

/// How far a stream of changes came.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StreamView {
    pub stream: String,
    /// `null`: nothing of it was worked in yet.
    pub place: Option<u64>,
}

pub async fn stream(asked: Asked) -> Result<Reply, Problem> {
    let stream = live::checked_name(asked.part("stream")?.to_owned(), "stream")
        .map_err(|error| Problem::invalid("stream", error.to_string()))?;
    let read = move |view: &View| {
        let place = view.store.position(&stream)?;
        Ok(StreamView { stream, place })
    };
    Reply::json(&asked.read(read).await?)
}

/// Parts of a batch that are under way at once: enough that while one large set
/// is written the next is made ready and a third is read.
const PARTS_AHEAD: usize = 48;
/// Operations that are handed over together, and about how many bytes.
const PART_OPERATIONS: usize = 256;
const PART_BYTES: usize = 1 << 20;
/// How long lines that came are kept for further ones to go with them.
const LINGER: Duration = Duration::from_millis(5);

/// What comes next in the answer of a batch.
enum Part {
    Answers(Answers),
    Line(Bytes),
    End,
}

pub async fn batch(asked: Asked) -> Result<Reply, Problem> {
    if !is_media(&asked.headers, "application/x-ndjson") {
        return Err(Problem::new(&MEDIA_TYPE, "a batch must be `application/x-ndjson`"));
    }
    let Asked { service, body, span, .. } = asked;
    let (send, receive) = mpsc::channel(PARTS_AHEAD);
    let settings = &service.settings;
    let patience = Duration::from_secs(settings.request_seconds_max);
    let mut lines = Lines {
        body: body.into_inner().unwrap_or_else(PoisonError::into_inner).into_data_stream(),
        held: BytesMut::new(),
        line_bytes_max: settings.body_bytes_max,
        patience,
        is_over: false,
    };
    let writer = std::sync::Arc::clone(&service);
    tokio::spawn(async move {
        let (part, bytes, number) = (Vec::new(), 0, 0);
        let mut intake = Intake { service: writer, send, part, bytes, number, patience, span };
        // A failure is told in the answer's last line; a client that left hears
        // nothing.
        if let Err(Some(problem)) = intake.run(&mut lines).await {
            intake.tell(&problem).await;
        }
    });
    let answers = futures_util::stream::unfold(receive, |mut receive| async move {
        let text = match receive.recv().await? {
            Part::Line(line) => line,
            Part::End => return None,
            Part::Answers(answers) => answered(answers.await),
        };
        Some((Ok::<_, std::convert::Infallible>(text), receive))
    });
    Ok(Reply::new(StatusCode::OK, "application/x-ndjson", Body::from_stream(answers.fuse()))
        .about(["batch".to_owned()]))
}

/// The lines that answer one part.
fn answered(answers: Result<Result<Vec<Answer>, Problem>, oneshot::error::RecvError>) -> Bytes {
    let mut text = Vec::new();
    match answers {
        Ok(Ok(answers)) => {
            for answer in answers {
                let _ = serde_json::to_writer(&mut text, &answer);
                text.push(b'\n');
            }
        }
        Ok(Err(problem)) => text.extend(told(None, &problem)),
        Err(_) => text.extend(told(None, &Problem::unavailable("the writer has stopped"))),
    }
    text.into()
}

/// The line that tells of a fault; `line` counts from 1.
fn told(line: Option<u64>, problem: &Problem) -> Vec<u8> {
    let mut told = serde_json::json!({ "error": problem.detail(), "status": problem.status().as_u16() });
    if let (Some(line), Value::Object(told)) = (line, &mut told) {
        told.insert("line".to_owned(), line.into());
    }
    let mut text = told.to_string().into_bytes();
    text.push(b'\n');
    text
}

/// Reads operations and hands them to the writer part by part.
struct Intake {
    service: std::sync::Arc<super::Service>,
    send: mpsc::Sender<Part>,
    part: Vec<Operation>,
    /// Of the part's lines.
    bytes: usize,
    number: u64,
    /// How long the client may leave answers unread.
    patience: Duration,
    span: Span,
}

impl Intake {
    /// # Errors
    /// The problem that ended it; `None`: the client left.
    async fn run(&mut self, lines: &mut Lines) -> Result<(), Option<Problem>> {
        while let Some(line) = self.line(lines).await? {
            self.number += 1;
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let text = std::str::from_utf8(&line).map_err(|_| "the line is not UTF-8".to_owned());
            match text.and_then(|text| Operation::parse(text).map_err(|error| error.to_string())) {
                Ok(operation) => self.part.push(operation),
                Err(error) => {
                    self.hand_over().await?;
                    let line = told(Some(self.number), &Problem::invalid("", error));
                    self.send.send(Part::Line(line.into())).await.map_err(|_| None)?;
                }
            }
            self.bytes += line.len();
            if self.part.len() >= PART_OPERATIONS || self.bytes >= PART_BYTES {
                self.hand_over().await?;
            }
        }
        self.hand_over().await?;
        let _ = self.send.send(Part::End).await;
        Ok(())
    }

    /// The next line. Where it does not come at once, those before it go on.
    async fn line(&mut self, lines: &mut Lines) -> Result<Option<BytesMut>, Option<Problem>> {
        if !self.part.is_empty() {
            match tokio::time::timeout(LINGER, lines.next()).await {
                Ok(line) => return line.map_err(Some),
                Err(_) => self.hand_over().await?,
            }
        }
        lines.next().await.map_err(Some)
    }

    async fn hand_over(&mut self) -> Result<(), Option<Problem>> {
        if self.part.is_empty() {
            return Ok(());
        }
        // Room for the answer first: a client that does not read its answers
        // gets no more of its lines taken.
        let room = tokio::time::timeout(self.patience, self.send.reserve()).await;
        let room = room.map_err(|_| None)?.map_err(|_| None)?;
        let part = std::mem::take(&mut self.part);
        self.bytes = 0;
        let handed = self.service.writer.hand_over(part, self.span.clone());
        let answers = handed.await.map_err(Some)?;
        room.send(Part::Answers(answers));
        Ok(())
    }

    async fn tell(&mut self, problem: &Problem) {
        let _ = self.hand_over().await;
        let line = told(Some(self.number + 1), problem);
        let _ = self.send.send(Part::Line(line.into())).await;
        let _ = self.send.send(Part::End).await;
    }
}

/// A body's lines, held one at a time.
struct Lines {
    body: BodyDataStream,
    held: BytesMut,
    line_bytes_max: usize,
    /// How long the next bytes may take.
    patience: Duration,
    is_over: bool,
}

impl Lines {
    async fn next(&mut self) -> Result<Option<BytesMut>, Problem> {
        let mut searched = 0;
        loop {
            let end = self.held.get(searched..).and_then(|rest| memchr::memchr(b'\n', rest));
            if let Some(end) = end {
                let mut line = self.held.split_to(searched + end + 1);
                line.truncate(searched + end);
                return Ok(Some(line));
            }
            searched = self.held.len();
            if searched > self.line_bytes_max {
                let detail = format!("a line is at most {} bytes long", self.line_bytes_max);
                return Err(Problem::new(&TOO_LARGE, detail));
            }
            if self.is_over {
                let last = std::mem::take(&mut self.held);
                return Ok((!last.is_empty()).then_some(last));
            }
            match tokio::time::timeout(self.patience, self.body.next()).await {
                Ok(Some(Ok(bytes))) => self.held.extend_from_slice(&bytes),
                Ok(Some(Err(_))) => {
                    return Err(Problem::new(&super::problem::BAD_REQUEST, "the body broke off"));
                }
                Ok(None) => self.is_over = true,
                Err(_) => {
                    return Err(Problem::new(&super::problem::TIMEOUT, "the next lines came too slowly"));
                }
            }
        }
    }
}

/// Whether a record's absence is what a failure is about.
pub fn absent(what: &str) -> Problem {
    Problem::new(&NOT_FOUND, format!("there is no {what}"))
}
