//! The writer: one thread that collects what waits, applies it, commits it durably and answers. It knows no operation.
//!
//! While one batch syncs the next gathers, so that the more wait the cheaper each becomes; there is no timer. A member that fails is
//! taken out and the others are applied again, since the engine has no partial undo: hence a write is a value, applied as often as need be.

mod batch;
mod handle;
mod member;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

pub use self::handle::Handle;

use self::batch::Batches;
use self::member::{Job, Member};
use crate::error::StoreError;
use crate::shared::{Shared, State, Write};

/// The number of writes that may wait.
const WAITING: usize = 4_096;
/// The number of writes that share one transaction at most.
const BATCH: usize = 512;
/// How often the thread steps aside, at most, before it begins a batch.
const STEPS_ASIDE: usize = 32;
/// How often what is counted in memory is written.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// How long after a failure the database is tried again where nobody asks for a write.
const AGAIN: Duration = Duration::from_millis(500);

/// The way to the writer. The thread ends, after what waits, when this is dropped.
pub(crate) struct Writer<S: State> {
    waiting: Option<SyncSender<Box<dyn Member<S>>>>,
    thread: Option<JoinHandle<()>>,
}

impl<S: State> Writer<S> {
    /// Starts the thread.
    pub(crate) fn start(shared: Arc<Shared<S>>) -> Result<Self, StoreError> {
        let (waiting, taken) = sync_channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("storage-writer".to_owned())
            .spawn(move || run(&shared, &taken))
            .map_err(|error| StoreError::io("the writer cannot be started", &error))?;
        Ok(Self {
            waiting: Some(waiting),
            thread: Some(thread),
        })
    }

    /// Hands a write over.
    ///
    /// # Errors
    /// `Busy` when too many wait, and when the writer is gone.
    pub(crate) fn send<W: Write<S>>(&self, write: W) -> Result<Waiting<W::Output>, StoreError> {
        let (job, answer) = Job::new(write);
        let waiting = self.waiting.as_ref().ok_or_else(gone)?;
        waiting.try_send(Box::new(job)).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => gone(),
        })?;
        Ok(Waiting(answer))
    }
}

/// The answer to a write that was handed over.
pub struct Waiting<T>(oneshot::Receiver<Result<T, StoreError>>);

impl<T> Waiting<T> {
    /// Waits until it is durable, or is known not to be.
    ///
    /// # Errors
    /// The write's own, or `Unavailable`.
    pub async fn answer(self) -> Result<T, StoreError> {
        self.0.await.map_err(|_| gone())?
    }
}

impl<S: State> Drop for Writer<S> {
    fn drop(&mut self) {
        self.waiting = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the storage writer had panicked");
        }
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("the writer is gone".to_owned())
}

/// Says that nothing can be written any more, should the thread end by a panic: then nobody can help it but a restart.
struct Alarm<'s, S: State>(&'s Shared<S>);

impl<S: State> Drop for Alarm<'_, S> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.set_ready(false);
            tracing::error!("the storage writer panicked: nothing is written until a restart");
        }
    }
}

fn run<S: State>(shared: &Shared<S>, waiting: &Receiver<Box<dyn Member<S>>>) {
    let _alarm = Alarm(shared);
    let mut batches = Batches::new(shared);
    let mut flushed_at = Instant::now();
    loop {
        let mut members = match waiting.recv_timeout(AGAIN) {
            Ok(first) => gather(first, waiting),
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => Vec::new(),
        };
        if flushed_at.elapsed() >= FLUSH_EVERY {
            flushed_at = Instant::now();
            members.extend(flush(shared));
        }
        match members.is_empty() {
            false => batches.write(drop_expired(members)),
            true => batches.recover_in_passing(),
        }
    }
}

/// Takes what waits. Whoever was answered a moment ago comes back a moment later, and without a chance to run would miss this batch, so
/// that every second one were nearly empty: hence the thread steps aside for as long as that brings somebody.
fn gather<S: State>(first: Box<dyn Member<S>>, waiting: &Receiver<Box<dyn Member<S>>>) -> Vec<Box<dyn Member<S>>> {
    let mut members = vec![first];
    for _ in 0..STEPS_ASIDE {
        std::thread::yield_now();
        let before = members.len();
        members.extend(waiting.try_iter().take(BATCH - before));
        if members.len() == before {
            break;
        }
    }
    members
}

/// What was counted in memory joins the batch; nobody awaits its answer.
fn flush<S: State>(shared: &Shared<S>) -> Option<Box<dyn Member<S>>> {
    let (job, _) = Job::new(shared.state.flush()?);
    Some(Box::new(job))
}

fn drop_expired<S: State>(members: Vec<Box<dyn Member<S>>>) -> Vec<Box<dyn Member<S>>> {
    let now = Instant::now();
    let (late, members): (Vec<_>, Vec<_>) = members.into_iter().partition(|member| member.is_expired(now));
    for member in late {
        member.refuse(StoreError::Expired);
    }
    members
}
