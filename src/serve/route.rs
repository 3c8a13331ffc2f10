//! What a route of the service is: an address, who may use it, what it takes
//! and gives. Which there are stands in `routes`.

use super::asked::{Asked, Reply};
use super::problem::{Kind, Problem};
use super::tokens::Role::{self, Approver, Reader, Steward};
use futures_util::future::BoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};

/// One address under one method.
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    /// Unique; names the operation in documents, figures and the audit log.
    pub name: &'static str,
    pub summary: &'static str,
    pub detail: &'static str,
    pub access: Access,
    pub parameters: &'static [Parameter],
    pub takes: Takes,
    pub gives: Gives,
    /// Problems besides those that any request may meet.
    pub fails: &'static [&'static Kind],
    /// Whether it is told in the audit log.
    pub is_audited: bool,
    /// Whether it may take longer than requests do.
    pub is_long: bool,
    pub answer: fn(Asked) -> Answering,
}

pub type Answering = BoxFuture<'static, Result<Reply, Problem>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Put,
    Post,
    Delete,
}

/// Who may use an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody; it tells nothing of the data.
    Open,
    /// Any valid token.
    AnyRole,
    /// A token with one of these.
    Roles(&'static [Role]),
}

/// A parameter of the query or a header.
pub struct Parameter {
    pub name: &'static str,
    pub place: &'static str,
    /// `string`, or `integer` with bounds.
    pub kind: Values,
    pub what: &'static str,
}

pub enum Values {
    Text,
    CustomerId,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// An RFC 3339 time.
    Time,
    /// An RFC 3339 time, or a number that grows.
    Version,
    Whole {
        min: u64,
        max: u64,
    },
}

/// What a request's body is.
pub enum Takes {
    Nothing,
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// Lines of JSON, read as they come.
    Lines(&'static str),
}

/// What an answer's body is.
pub struct Gives {
    pub media: &'static str,
    /// `None`: text that no schema describes.
    pub schema: Option<fn(&mut SchemaGenerator) -> Schema>,
    pub what: &'static str,
}

pub fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

pub const fn json<T: JsonSchema>(what: &'static str) -> Gives {
    Gives { media: "application/json", schema: Some(schema::<T>), what }
}

pub const fn text(media: &'static str, what: &'static str) -> Gives {
    Gives { media, schema: None, what }
}

/// Nothing but that it is done.
pub const NOTHING: Gives = Gives { media: "", schema: None, what: "It is done" };

pub const LOOKS_UP: Access = Access::Roles(&[Reader, Steward, Approver]);

pub const LIMIT: Parameter = Parameter {
    name: "limit",
    place: "query",
    kind: Values::Whole { min: 1, max: 1000 },
    what: "Items of a page at most; 100 unless told otherwise",
};
pub const CURSOR: Parameter = Parameter {
    name: "cursor",
    place: "query",
    kind: Values::Text,
    what: "Where the page begins: `next` of the page before",
};
pub const CURSOR_NUMBER: Parameter = Parameter { kind: Values::Whole { min: 0, max: u64::MAX }, ..CURSOR };
pub const CURSOR_CUSTOMER: Parameter = Parameter { kind: Values::CustomerId, ..CURSOR };
pub const AFTER: Parameter = Parameter {
    name: "after",
    place: "query",
    kind: Values::Whole { min: 0, max: u64::MAX },
    what: "The number of the last change that is known; 0 for all",
};

/// What most routes are; each says how it differs.
pub const BASE: Route = Route {
    method: Method::Get,
    path: "",
    name: "",
    summary: "",
    detail: "",
    access: LOOKS_UP,
    parameters: &[],
    takes: Takes::Nothing,
    gives: text("text/plain", ""),
    fails: &[],
    is_audited: true,
    is_long: false,
    answer: |_| Box::pin(async { Err(Problem::internal("a route without an answer")) }),
};

impl Method {
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Put => "put",
            Self::Post => "post",
            Self::Delete => "delete",
        }
    }
}
