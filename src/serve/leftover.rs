//! What of a body nobody wanted: read on and forgotten for a while, so that a
//! client that is refused while it still sends can finish and read why. A
//! connection closed with bytes unread would be reset, and the answer lost.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, SizeHint};
use hyper::header;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Bytes that are read on at most; whoever sends more is cut off.
const BYTES_MAX: u64 = 64 << 20;
/// How long is read on at most.
const PATIENCE: Duration = Duration::from_secs(10);

/// Has the rest of the request's body read on once its reader lets go of it.
/// A client that waits for a `100 Continue` is never told to send what is not
/// wanted.
pub async fn read_on(request: Request) -> Request {
    match request.headers().contains_key(header::EXPECT) || request.body().is_end_stream() {
        true => request,
        false => request.map(|body| Body::new(ReadOn { body })),
    }
}

/// A body that does not go before its end is reached.
struct ReadOn {
    body: Body,
}

impl hyper::body::Body for ReadOn {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for ReadOn {
    fn drop(&mut self) {
        let is_done = self.body.is_end_stream() || self.body.size_hint().lower() > BYTES_MAX;
        let Some(runtime) = tokio::runtime::Handle::try_current().ok().filter(|_| !is_done) else { return };
        let mut rest = std::mem::take(&mut self.body);
        runtime.spawn(tokio::time::timeout(PATIENCE, async move {
            let mut bytes = 0;
            while let Some(Ok(frame)) = rest.frame().await {
                bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                if bytes > BYTES_MAX {
                    break;
                }
            }
        }));
    }
}
