//! The gate that every request goes through: who asks and whether they may,
//! how often, how large and how slowly; then the handler; then what the audit
//! log, the figures and the log are told. No route has a way around it.

use super::Service;
use super::asked::{Asked, Reply, Who, query, short_header};
use super::audit::Entry;
use super::openapi::is_replayed;
use super::problem::{self, Problem};
use super::replays::{Fingerprint, Kept, Met};
use super::route::{Access, Route, Takes};
use super::routes::ROUTES;
use super::telemetry::{Begun, Span};
use super::tokens::Role;
use axum::body::{Body, Bytes};
use axum::extract::{RawPathParams, Request};
use axum::response::Response;
use http_body_util::{BodyExt, Limited};
use hyper::StatusCode;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// Headers that every answer has: nothing is kept by browsers and proxies,
/// nothing is loaded from elsewhere, nothing is shown inside other pages.
const SECURITY: &[(&str, &str)] = &[
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
         form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Answers a request to the route at that place of the table.
pub async fn pass(
    service: Arc<Service>,
    place: usize,
    path: Vec<(String, String)>,
    request: Request,
) -> Response {
    let start = Instant::now();
    let (parts, body) = request.into_parts();
    let request_id = request_id(&parts.headers);
    let Some(route) = ROUTES.get(place) else { return none(&service, &parts, &request_id, start) };
    let span = service.telemetry.begin(&Begun {
        method: route.method.name(),
        path: route.path,
        name: route.name,
        request_id: &request_id,
        headers: &parts.headers,
    });
    let (shared, known) = (Arc::clone(&service), request_id.clone());
    let gate = Gate { service: shared, route, request_id: known, span: span.clone() };
    // Apart from the connection: a client that leaves does not leave a change
    // without its line in the audit log.
    let answered = tokio::spawn(async move { gate.answer(parts, path, body).await }).await;
    let (result, who) =
        answered.unwrap_or_else(|_| (Err(Problem::internal("the handler panicked")), nobody()));
    let response = match result {
        Ok(reply) => {
            let mut response = Response::new(reply.body);
            *response.status_mut() = reply.status;
            *response.headers_mut() = reply.headers;
            response
        }
        Err(problem) => {
            if let Some(cause) = problem.cause() {
                let about = json!({ "request_id": request_id, "route": route.name, "cause": cause });
                service.log.error("a request failed", about);
            }
            problem.response(&request_id)
        }
    };
    let took = start.elapsed();
    let status = response.status().as_u16();
    service.metrics.request(Some(place), status, took);
    span.answered(status);
    if service.settings.log_requests {
        let about = json!({
            "request_id": request_id,
            "route": route.name,
            "who": who.name,
            "status": status,
            "micros": took.as_micros() as u64,
        });
        service.log.info("request", about);
    }
    finished(response, &request_id, service.settings.has_tls())
}

/// Answers what met no route.
pub async fn pass_none(service: Arc<Service>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let request_id = request_id(&parts.headers);
    none(&service, &parts, &request_id, Instant::now())
}

/// Answers what met a route under another method.
pub async fn pass_method(service: Arc<Service>, request: Request) -> Response {
    let request_id = request_id(request.headers());
    service.metrics.request(None, 405, Duration::ZERO);
    let problem = Problem::new(&problem::METHOD_NOT_ALLOWED, "`/docs` lists what each address takes");
    finished(problem.response(&request_id), &request_id, service.settings.has_tls())
}

fn none(service: &Service, _: &Parts, request_id: &str, start: Instant) -> Response {
    service.metrics.request(None, 404, start.elapsed());
    let problem = Problem::new(&problem::NOT_FOUND, "there is no such address; `/docs` lists them");
    finished(problem.response(request_id), request_id, service.settings.has_tls())
}

/// Gives a refusal that a layer made without words the form of all others.
pub fn worded(response: Response) -> Response {
    let is_told = response.headers().contains_key(REQUEST_ID);
    if is_told || !response.status().is_client_error() {
        return response;
    }
    let kind = match response.status() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => &problem::MEDIA_TYPE,
        _ => &problem::BAD_REQUEST,
    };
    let request_id = request_id(&HeaderMap::new());
    let problem = Problem::new(kind, "a body is plain, gzip or zstd");
    finished(problem.response(&request_id), &request_id, false)
}

fn finished(mut response: Response, request_id: &str, has_tls: bool) -> Response {
    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        // The workbench's own files hold nothing of the data and may be kept.
        if *name == "cache-control" && headers.contains_key(header::CACHE_CONTROL) {
            continue;
        }
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if has_tls {
        let day_seconds = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, day_seconds);
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
    response
}

/// The client's own id for the request, if it is one, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let own = headers.get(REQUEST_ID).or_else(|| headers.get("x-request-id"));
    let is_fit = |text: &&str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    if let Some(own) = own.and_then(|value| value.to_str().ok()).filter(is_fit) {
        return own.to_owned();
    }
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    let now = jiff::Timestamp::now().as_microsecond();
    format!("{now:x}-{count:x}")
}

fn nobody() -> Who {
    Who { name: "-".to_owned(), roles: Vec::new() }
}

/// One request at the gate.
struct Gate {
    service: Arc<Service>,
    route: &'static Route,
    request_id: String,
    span: Span,
}

impl Gate {
    async fn answer(
        self,
        parts: Parts,
        path: Vec<(String, String)>,
        body: Body,
    ) -> (Result<Reply, Problem>, Who) {
        let mut who = nobody();
        let mut why = None;
        let result = self.try_answer(&parts, path, body, &mut who, &mut why).await;
        (self.audited(result, &who, why), who)
    }

    async fn try_answer(
        &self,
        parts: &Parts,
        path: Vec<(String, String)>,
        body: Body,
        who: &mut Who,
        why: &mut Option<String>,
    ) -> Result<Reply, Problem> {
        self.check_origin(parts)?;
        *who = self.who(&parts.headers)?;
        self.check_role(who)?;
        self.service.rates.check(&who.name)?;
        *why = Asked::purpose(&parts.headers)?;
        let query = query(&parts.uri)?;
        self.check_parameters(&query)?;
        let (bytes, body) = self.body(body).await?;
        let asked = Asked {
            service: Arc::clone(&self.service),
            who: who.clone(),
            headers: parts.headers.clone(),
            path,
            query,
            bytes,
            body: Mutex::new(body),
            span: self.span.clone(),
        };
        let key = match is_replayed(self.route) {
            true => short_header(&parts.headers, "idempotency-key")?,
            false => None,
        };
        match key {
            Some(key) => self.once(parts, &key, asked).await,
            None => self.in_time((self.route.answer)(asked)).await,
        }
    }

    async fn in_time(
        &self,
        answering: impl Future<Output = Result<Reply, Problem>>,
    ) -> Result<Reply, Problem> {
        if self.route.is_long {
            return answering.await;
        }
        let patience = Duration::from_secs(self.service.settings.request_seconds_max);
        match tokio::time::timeout(patience, answering).await {
            Ok(answered) => answered,
            Err(_) => Err(Problem::new(&problem::OVERLOADED, "the request took too long")),
        }
    }

    /// Answers a request that may be a repetition of one that was answered.
    async fn once(&self, parts: &Parts, key: &str, asked: Asked) -> Result<Reply, Problem> {
        let of = format!("{} {key}", asked.who.name);
        let print =
            Fingerprint::new(&[self.route.name.as_bytes(), parts.uri.to_string().as_bytes(), &asked.bytes]);
        match self.service.replays.meet(&of, print) {
            Met::Another => {
                let detail = "the key came with another request before";
                return Err(Problem::new(&problem::CONFLICT, detail));
            }
            Met::UnderWay => {
                let detail = "the same request is being answered";
                return Err(Problem::new(&problem::CONFLICT, detail));
            }
            Met::Answered(kept) => {
                let mut reply = Reply::new(kept.status, "application/json", kept.body);
                reply.headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
                return Ok(reply);
            }
            Met::New => {}
        }
        let result = self.in_time((self.route.answer)(asked)).await;
        match result {
            Ok(reply) => {
                let Reply { status, headers, body, subjects } = reply;
                let body = body.collect().await.map(http_body_util::Collected::to_bytes);
                let body = body.map_err(|error| Problem::internal(error.to_string()))?;
                self.service.replays.keep(&of, Kept { status, body: body.clone() });
                Ok(Reply { status, headers, body: Body::from(body), subjects })
            }
            // What failed may be tried again under the same key.
            Err(problem) => {
                self.service.replays.forget(&of);
                Err(problem)
            }
        }
    }

    /// A browser that shows another site's page must not speak for its user.
    fn check_origin(&self, parts: &Parts) -> Result<(), Problem> {
        let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let host = text(header::HOST).or_else(|| parts.uri.authority().map(|authority| authority.as_str()));
        if self.service.settings.is_loopback() && !host.is_some_and(|host| self.is_own_host(host)) {
            return Err(Problem::new(&problem::MISDIRECTED, "the service does not go by that name")
                .with_hint("use `localhost` or an address, or list the name under `hosts`"));
        }
        let is_foreign = match text(header::ORIGIN) {
            Some(origin) => origin.split_once("://").map(|(_, of)| of) != host,
            None => parts.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site"),
        };
        match is_foreign && self.route.access != Access::Open {
            true => Err(Problem::new(&problem::FORBIDDEN, "the request comes from another site's page")),
            false => Ok(()),
        }
    }

    fn is_own_host(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let address = name.trim_start_matches('[').trim_end_matches(']');
        name.eq_ignore_ascii_case("localhost")
            || address.parse::<std::net::IpAddr>().is_ok()
            || self.service.settings.hosts.iter().any(|own| own.eq_ignore_ascii_case(name))
    }

    fn who(&self, headers: &HeaderMap) -> Result<Who, Problem> {
        if self.route.access == Access::Open {
            return Ok(nobody());
        }
        let tokens = self.service.tokens();
        let now = jiff::Timestamp::now();
        // Tokens that ended still ask for one: only who never made any works
        // without, and only on loopback.
        if tokens.tokens.is_empty() && self.service.settings.is_loopback() {
            return Ok(Who { name: "local".to_owned(), roles: Role::ALL.to_vec() });
        }
        let missing = || {
            Problem::new(&problem::UNAUTHENTICATED, "the request has no valid token")
                .with_hint("send `Authorization: Bearer TOKEN`")
        };
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, secret) = value.and_then(|value| value.split_once(' ')).ok_or_else(missing)?;
        let token = tokens.find(secret.trim(), now).filter(|_| scheme.eq_ignore_ascii_case("bearer"));
        let token = token.ok_or_else(missing)?;
        Ok(Who { name: token.name.clone(), roles: token.roles.clone() })
    }

    fn check_role(&self, who: &Who) -> Result<(), Problem> {
        let Access::Roles(roles) = self.route.access else { return Ok(()) };
        if who.roles.iter().any(|role| roles.contains(role)) {
            return Ok(());
        }
        let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        let detail = format!("this needs the role {}", names.join(" or "));
        Err(Problem::new(&problem::FORBIDDEN, detail))
    }

    fn check_parameters(&self, query: &[(String, String)]) -> Result<(), Problem> {
        let known = |name: &str| {
            self.route.parameters.iter().any(|known| known.place == "query" && known.name == name)
        };
        match query.iter().find(|(name, _)| !known(name)) {
            None => Ok(()),
            Some((name, _)) => Err(Problem::invalid(name.clone(), "this address takes no such parameter")),
        }
    }

    /// The body, read whole or left to be read as it comes.
    async fn body(&self, body: Body) -> Result<(Bytes, Body), Problem> {
        match self.route.takes {
            Takes::Lines(_) => Ok((Bytes::new(), body)),
            Takes::Nothing => Ok((Bytes::new(), Body::empty())),
            Takes::Json(_) => {
                let settings = &self.service.settings;
                let patience = Duration::from_secs(settings.request_seconds_max);
                let whole = Limited::new(body, settings.body_bytes_max).collect();
                match tokio::time::timeout(patience, whole).await {
                    Ok(Ok(collected)) => Ok((collected.to_bytes(), Body::empty())),
                    Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
                        let detail = format!("a body is at most {} bytes long", settings.body_bytes_max);
                        Err(Problem::new(&problem::TOO_LARGE, detail))
                    }
                    Ok(Err(_)) => Err(Problem::new(&problem::BAD_REQUEST, "the body cannot be read")),
                    Err(_) => Err(Problem::new(&problem::TIMEOUT, "the body came too slowly")),
                }
            }
        }
    }

    /// Tells the audit log, before the client learns anything.
    fn audited(
        &self,
        result: Result<Reply, Problem>,
        who: &Who,
        why: Option<String>,
    ) -> Result<Reply, Problem> {
        let is_refused = matches!(&result, Err(problem) if matches!(problem.status().as_u16(), 401 | 403));
        if !self.route.is_audited && !is_refused {
            return result;
        }
        let (status, subjects) = match &result {
            Ok(reply) => (reply.status.as_u16(), reply.subjects.clone()),
            Err(problem) => (problem.status().as_u16(), Vec::new()),
        };
        let entry = Entry {
            seq: 0,
            at: jiff::Timestamp::now().to_string(),
            who: who.name.clone(),
            action: self.route.name.to_owned(),
            subjects,
            why,
            status,
            request_id: self.request_id.clone(),
        };
        // Without its line nothing is told.
        match self.service.audit.add(entry) {
            Ok(()) => result,
            Err(error) => Err(Problem::unavailable(error.to_string())),
        }
    }
}

/// The path's parts, decoded.
pub fn path_of(parts: &RawPathParams) -> Vec<(String, String)> {
    parts.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Answers a path that is not percent-encoded UTF-8.
pub fn bad_path(service: &Service) -> Response {
    let request_id = request_id(&HeaderMap::new());
    service.metrics.request(None, 400, Duration::ZERO);
    let problem = Problem::new(&problem::BAD_REQUEST, "the path is not percent-encoded UTF-8");
    finished(problem.response(&request_id), &request_id, service.settings.has_tls())
}
