//! The stewards' workbench as it was built into this program: one page and the
//! files that it loads, all from here. A program that was built without it says
//! how to build it.

use super::asked::{Asked, Reply};
use super::problem::Problem;
use super::records::absent;
use axum::body::Body;
use hyper::StatusCode;
use hyper::header::CACHE_CONTROL;

/// A file of the workbench.
struct File {
    name: &'static str,
    bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/workbench.rs"));

const UNBUILT: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Einklang</title>\n\
                       <p>The workbench was not built into this program: run <code>make web</code> and build it again.\n\
                       <p>The service itself is here; see <a href=\"/docs\">its documentation</a>.\n";

pub async fn index(_: Asked) -> Result<Reply, Problem> {
    let page = find("index.html").map_or(UNBUILT.as_bytes(), |file| file.bytes);
    Ok(Reply::new(StatusCode::OK, "text/html; charset=utf-8", Body::from(page)))
}

pub async fn asset(asked: Asked) -> Result<Reply, Problem> {
    let name = asked.part("file")?;
    let file = find(&format!("assets/{name}")).ok_or_else(|| absent("such file"))?;
    let reply = Reply::new(StatusCode::OK, media(name), Body::from(file.bytes));
    Ok(reply.with_header(CACHE_CONTROL, "public, max-age=31536000, immutable"))
}

fn find(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name)
}

fn media(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
