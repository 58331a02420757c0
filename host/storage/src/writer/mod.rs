//! The writer: one thread that collects what waits, applies it, commits it durably and answers. It knows no operation.
//!
//! While one batch syncs the next gathers, so that the more wait the cheaper each becomes; there is no timer. A member that fails is
//! taken out and the others are applied again, since the engine has no partial undo: hence a write is a value, applied as often as need be.

mod batch;
mod member;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use self::batch::Batches;
use self::member::{Job, Member};
use crate::error::StoreError;
use crate::keep::Keep;
use crate::store::Shared;
use crate::tx::Tx;

/// How many writes may wait.
const WAITING: usize = 4_096;
/// How many share one transaction.
const BATCH: usize = 512;
/// How often the thread steps aside, at most, before it begins a batch.
const STEPS_ASIDE: usize = 32;
/// How often what is counted in memory is written.
const KEEP_EVERY: Duration = Duration::from_secs(1);
/// How long after a failure the database is tried again where nobody asks for a write.
const AGAIN: Duration = Duration::from_millis(500);

/// An operation that changes something: one type each.
pub(crate) trait Write: Send + 'static {
    /// What whoever asked is told.
    type Output: Send + 'static;

    /// Reads and writes rows. It may be called several times, each time on a fresh transaction, and must not keep anything between.
    ///
    /// # Errors
    /// An error before anything was written is the answer of this member alone. An error after that undoes the batch, which is applied
    /// again without this member.
    fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Output, StoreError>;

    /// When it is too late to begin: then it is dropped with `Expired`, unwritten.
    fn deadline(&self) -> Option<Instant> {
        None
    }
}

/// The way to the writer. The thread ends, after what waits, when this is dropped.
pub(crate) struct Writer {
    waiting: Option<SyncSender<Box<dyn Member>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(shared: Arc<Shared>) -> Result<Self, StoreError> {
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
    pub(crate) fn send<W: Write>(&self, write: W) -> Result<Waiting<W::Output>, StoreError> {
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
pub(crate) struct Waiting<T>(oneshot::Receiver<Result<T, StoreError>>);

impl<T> Waiting<T> {
    /// Waits until it is durable, or is known not to be.
    pub(crate) async fn answer(self) -> Result<T, StoreError> {
        self.0.await.map_err(|_| gone())?
    }
}

impl Drop for Writer {
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
struct Alarm<'s>(&'s Shared);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.set_not_ready();
            tracing::error!("the storage writer panicked: nothing is written until a restart");
        }
    }
}

fn run(shared: &Shared, waiting: &Receiver<Box<dyn Member>>) {
    let _alarm = Alarm(shared);
    let mut batches = Batches::new(shared);
    let mut kept_at = Instant::now();
    loop {
        let mut members = match waiting.recv_timeout(AGAIN) {
            Ok(first) => gather(first, waiting),
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => Vec::new(),
        };
        if kept_at.elapsed() >= KEEP_EVERY {
            kept_at = Instant::now();
            members.extend(keep(shared));
        }
        match members.is_empty() {
            false => batches.write(drop_expired(members)),
            true => batches.recover_in_passing(),
        }
    }
}

/// Takes what waits. Whoever was answered a moment ago comes back a moment later, and without a chance to run would miss this batch, so
/// that every second one were nearly empty: hence the thread steps aside for as long as that brings somebody.
fn gather(first: Box<dyn Member>, waiting: &Receiver<Box<dyn Member>>) -> Vec<Box<dyn Member>> {
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
fn keep(shared: &Shared) -> Option<Box<dyn Member>> {
    let (job, _) = Job::new(Keep::due(shared)?);
    Some(Box::new(job))
}

fn drop_expired(members: Vec<Box<dyn Member>>) -> Vec<Box<dyn Member>> {
    let now = Instant::now();
    let (late, members): (Vec<_>, Vec<_>) = members.into_iter().partition(|member| member.is_expired(now));
    for member in late {
        member.refuse(StoreError::Expired);
    }
    members
}
