//! The change feed: in pages, by long poll, and as server-sent events. Sequence
//! numbers have no gaps, so that a reader knows it missed nothing.

use super::asked::{Asked, Reply};
use super::customers::Page;
use super::problem::Problem;
use crate::engine::live::{self, ChangeView};
use axum::body::{Body, Bytes};
use futures_util::StreamExt;
use hyper::StatusCode;
use std::time::Duration;
use tokio::sync::watch;

/// Seconds that a long poll waits at most.
const WAIT_SECONDS_MAX: u64 = 25;
/// Changes that a stream reads at once.
const STREAM_PART: usize = 256;
/// After so long a silence a stream shows that it lives.
const BEAT: Duration = Duration::from_secs(15);

pub async fn list(asked: Asked) -> Result<Reply, Problem> {
    let limit = asked.limit()?;
    let after = match asked.parameter("cursor") {
        Some(_) => asked.number("cursor", 0, u64::MAX)?,
        None => asked.number("after", 0, u64::MAX)?,
    };
    let wait_seconds = asked.number("wait", 0, WAIT_SECONDS_MAX)?;
    let mut items = read(&asked, after, limit).await?;
    if items.is_empty() && wait_seconds > 0 {
        let mut changes = asked.service.views.changes();
        let mut stopping = asked.service.stopping.subscribe();
        wait(&mut changes, &mut stopping, after, Duration::from_secs(wait_seconds)).await;
        items = read(&asked, after, limit).await?;
    }
    let page = Page::new(items, limit, |change: &ChangeView| change.seq.to_string());
    Ok(Reply::json(&page)?.about(["changes".to_owned()]))
}

async fn read(asked: &Asked, after: u64, limit: usize) -> Result<Vec<ChangeView>, Problem> {
    asked.read(move |view| live::changes_after(&view.store, after, limit)).await
}

pub async fn stream(asked: Asked) -> Result<Reply, Problem> {
    let after = match asked.header("last-event-id").map(str::parse::<u64>) {
        None => asked.number("after", 0, u64::MAX)?,
        Some(Ok(last)) => last,
        Some(Err(_)) => {
            return Err(Problem::invalid("last-event-id", "the header holds a change's number"));
        }
    };
    let changes = asked.service.views.changes();
    let stopping = asked.service.stopping.subscribe();
    let state = (asked, after, changes, stopping);
    let events =
        futures_util::stream::unfold(state, |(asked, after, mut changes, mut stopping)| async move {
            loop {
                if *stopping.borrow() {
                    return None;
                }
                let found = read(&asked, after, STREAM_PART).await.ok()?;
                if let Some(last) = found.last().map(|change| change.seq) {
                    let text: String = found.iter().map(event).collect();
                    let text = Bytes::from(text);
                    return Some((Ok::<_, std::convert::Infallible>(text), (asked, last, changes, stopping)));
                }
                match wait(&mut changes, &mut stopping, after, BEAT).await {
                    Waited::Changed => {}
                    Waited::Stopped => return None,
                    Waited::InVain => {
                        let beat = Bytes::from_static(b": still here\n\n");
                        return Some((Ok(beat), (asked, after, changes, stopping)));
                    }
                }
            }
        });
    Ok(Reply::new(StatusCode::OK, "text/event-stream", Body::from_stream(events.fuse()))
        .about(["changes".to_owned()]))
}

/// How waiting for a change ended.
enum Waited {
    Changed,
    Stopped,
    InVain,
}

/// Waits for a change after that number.
async fn wait(
    changes: &mut watch::Receiver<u64>,
    stopping: &mut watch::Receiver<bool>,
    after: u64,
    patience: Duration,
) -> Waited {
    tokio::select! {
        met = changes.wait_for(|last| *last > after) => match met {
            Ok(_) => Waited::Changed,
            Err(_) => Waited::Stopped,
        },
        _ = stopping.wait_for(|stops| *stops) => Waited::Stopped,
        () = tokio::time::sleep(patience) => Waited::InVain,
    }
}

fn event(change: &ChangeView) -> String {
    let data = serde_json::to_string(change).unwrap_or_default();
    format!("id: {}\nevent: {}\ndata: {data}\n\n", change.seq, change.kind)
}
