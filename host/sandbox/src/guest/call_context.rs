//! The state of one call that may reach a forge: it carries so many requests, and knows how long the guest has waited for answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::{CallError, ForgeApi, ForgeRequest, ForgeResponse};

/// Requests of one call. A list of many pages is asked for page by page, each in a call of its own.
const MOST_REQUESTS: u32 = 128;

/// The guest asked for what no plugin may ask for. The call stops there: a guest that is told "no" may ask for ever.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadCall(pub String);

/// One call's state. Its clones share it.
#[derive(Clone)]
pub(crate) struct CallContext(Arc<State>);

struct State {
    forge: Arc<dyn ForgeApi>,
    requests_left: AtomicU32,
    waited_micros: AtomicU64,
}

impl CallContext {
    pub(crate) fn new(forge: Arc<dyn ForgeApi>) -> Self {
        Self(Arc::new(State {
            forge,
            requests_left: AtomicU32::new(MOST_REQUESTS),
            waited_micros: AtomicU64::new(0),
        }))
    }

    /// Hands a request on and waits for its answer.
    pub(super) async fn send(&self, request: ForgeRequest) -> Result<Result<ForgeResponse, CallError>, BadCall> {
        let State {
            forge, requests_left, ..
        } = &*self.0;
        requests_left
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .map_err(|_| BadCall(format!("it made more than {MOST_REQUESTS} requests in one call")))?;
        let _waiting = Waiting {
            context: &self.0,
            since: Instant::now(),
        };
        Ok(forge.send(request).await)
    }

    /// The time that the guest has waited for the forge, in all.
    pub(crate) fn waited(&self) -> Duration {
        Duration::from_micros(self.0.waited_micros.load(Ordering::Relaxed))
    }
}

/// A wait that is counted when it ends, whether by an answer or because nobody waits any more.
struct Waiting<'a> {
    context: &'a State,
    since: Instant,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let micros = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.context.waited_micros.fetch_add(micros, Ordering::Relaxed);
    }
}
