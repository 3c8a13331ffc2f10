//! What a client is told when a request fails: problem details by RFC 9457,
//! with the field at fault and a hint. Never a value, never a path of the
//! machine.

use crate::error::{Error, ErrorKind};
use axum::body::Body;
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use schemars::JsonSchema;
use serde::Serialize;

pub const MEDIA: &str = "application/problem+json";

/// A failed request.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: &'static Kind,
    detail: String,
    field: Option<String>,
    hint: Option<String>,
    /// What the log gets to know, and the client does not.
    cause: Option<String>,
}

/// A kind of problem; clients tell them apart by its name.
#[derive(Debug)]
pub struct Kind {
    name: &'static str,
    title: &'static str,
    status: StatusCode,
    /// After how many seconds another try is worth it.
    retry_after: Option<u64>,
}

/// The only one, if there is one.
const fn first(seconds: &[u64]) -> Option<u64> {
    match seconds {
        [seconds, ..] => Some(*seconds),
        [] => None,
    }
}

macro_rules! kinds {
    ($($constant:ident $name:literal $status:ident $title:literal $($retry:literal)?;)*) => {
        $(pub const $constant: Kind = Kind {
            name: $name,
            title: $title,
            status: StatusCode::$status,
            retry_after: first(&[$($retry)?]),
        };)*
        /// Every kind, for the documentation.
        pub const KINDS: &[&Kind] = &[$(&$constant),*];
    };
}

kinds! {
    BAD_REQUEST "bad-request" BAD_REQUEST "The request cannot be read";
    INVALID "invalid" UNPROCESSABLE_ENTITY "A field is wrong";
    UNAUTHENTICATED "unauthenticated" UNAUTHORIZED "A token is needed";
    FORBIDDEN "forbidden" FORBIDDEN "The token's roles do not allow this";
    NOT_FOUND "not-found" NOT_FOUND "There is no such thing";
    METHOD_NOT_ALLOWED "method-not-allowed" METHOD_NOT_ALLOWED "This address does not take that method";
    TIMEOUT "timeout" REQUEST_TIMEOUT "The request came too slowly";
    CONFLICT "conflict" CONFLICT "The key was used for another request";
    PRECONDITION "precondition-failed" PRECONDITION_FAILED "It has changed since";
    TOO_LARGE "too-large" PAYLOAD_TOO_LARGE "The request is too large";
    MEDIA_TYPE "media-type" UNSUPPORTED_MEDIA_TYPE "The body has another media type";
    MISDIRECTED "misdirected" MISDIRECTED_REQUEST "The request is meant for another host";
    TOO_MANY "too-many-requests" TOO_MANY_REQUESTS "The token asks too often" 1;
    OVERLOADED "overloaded" SERVICE_UNAVAILABLE "The service is busy" 1;
    UNAVAILABLE "unavailable" SERVICE_UNAVAILABLE "The store cannot be written to now" 5;
    INTERNAL "internal" INTERNAL_SERVER_ERROR "The service failed";
}

impl Kind {
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn title(&self) -> &'static str {
        self.title
    }

    /// After how many seconds another try is worth it.
    pub fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }
}

/// The body of a failed request's answer.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct Told<'a> {
    /// Names the kind of problem: `urn:einklang:problem:` and its name.
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    /// The field at fault, as a JSON pointer into the body, or the name of a
    /// parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    /// To be named when asking about it; the log has the same.
    request_id: &'a str,
}

impl Problem {
    pub fn new(kind: &'static Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), field: None, hint: None, cause: None }
    }

    /// A field of the body (a JSON pointer) or a parameter that is wrong.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        let mut problem = Self::new(&INVALID, detail);
        problem.field = Some(field.into());
        problem
    }

    /// As [`Problem::invalid`], where something below says what is wrong.
    pub fn invalid_by(field: impl Into<String>, error: &Error) -> Self {
        let mut problem = Self::invalid(field, error.to_string());
        problem.hint = error.hint().map(str::to_owned);
        problem
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A failure below: what the caller named wrongly is theirs, all else ours.
    pub fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Usage => {
                let mut problem = Self::new(&NOT_FOUND, error.to_string());
                problem.hint = error.hint().map(str::to_owned);
                problem
            }
            ErrorKind::Failed => Self::internal(error.to_string()),
        }
    }

    /// A failure of ours, of which the client learns only that it happened.
    pub fn internal(cause: impl Into<String>) -> Self {
        let mut problem = Self::new(&INTERNAL, "the log says why, under the request id");
        problem.cause = Some(cause.into());
        problem
    }

    pub fn unavailable(cause: impl Into<String>) -> Self {
        let mut problem =
            Self::new(&UNAVAILABLE, "try again; a change that was made all the same changes nothing twice");
        problem.cause = Some(cause.into());
        problem
    }

    pub fn status(&self) -> StatusCode {
        self.kind.status
    }

    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }

    pub fn told<'a>(&'a self, request_id: &'a str) -> Told<'a> {
        Told {
            kind: format!("urn:einklang:problem:{}", self.kind.name),
            title: self.kind.title,
            status: self.kind.status.as_u16(),
            detail: &self.detail,
            field: self.field.as_deref(),
            hint: self.hint.as_deref(),
            request_id,
        }
    }

    pub fn response(&self, request_id: &str) -> Response {
        let body = serde_json::to_vec(&self.told(request_id)).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.kind.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA));
        if let Some(seconds) = self.kind.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.kind.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(hyper::header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
