//! Bodies of requests that were answered before they had come.
//!
//! A connection that is closed while bytes are still on the way is reset, and the sender may lose the answer with it: a forge
//! that posts 20 MB without a signature would never learn why it was refused. So what nobody reads any more is thrown away for
//! a moment, chunk by chunk, while the answer goes out.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tokio::time::timeout;

/// The time for which the rest of a body is thrown away. Then the connection is closed, whatever is still to come.
const MOST_LINGERING: Duration = Duration::from_secs(5);

/// The body of a request with these headers; its rest is thrown away once nobody reads it. A client that asks before it sends
/// (`Expect`) has nothing on the way: such a body just ends.
pub fn body(body: Incoming, headers: &HeaderMap) -> axum::body::Body {
    if headers.contains_key(header::EXPECT) {
        axum::body::Body::new(body)
    } else {
        axum::body::Body::new(Lingering { body: Some(body) })
    }
}

struct Lingering {
    /// None once it has ended.
    body: Option<Incoming>,
}

impl Body for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(rest), Ok(runtime)) = (rest, Handle::try_current()) {
            runtime.spawn(timeout(MOST_LINGERING, discard(rest)));
        }
    }
}

async fn discard(mut body: Incoming) {
    while let Some(Ok(_)) = body.frame().await {}
}
