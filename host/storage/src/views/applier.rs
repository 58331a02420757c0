//! The thread that applies what was committed to the view file.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::changes::change_bytes;
use super::file::Mark;
use super::pending::Layer;
use super::rebuild::bring_up_whole;
use crate::error::StoreError;
use crate::store::Shared;

/// How often what was applied is made durable. A crash costs applying that much again.
const DURABLE_EVERY: Duration = Duration::from_secs(2);
/// How long after a failure the file is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// The thread. It ends, with everything applied and durable, when this is dropped.
pub(crate) struct Applier {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Applier {
    /// Starts the thread.
    pub(crate) fn start(shared: Arc<Shared>) -> Result<Self, StoreError> {
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("storage-views".to_owned())
            .spawn(move || run(&of_thread))
            .map_err(|error| StoreError::io("the view thread cannot be started", &error))?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }
}

impl Drop for Applier {
    fn drop(&mut self) {
        self.shared.views.pending.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the view thread had panicked");
        }
    }
}

fn run(shared: &Shared) {
    if let Err(error) = shared.views.fill_filter() {
        tracing::warn!(%error, "every delivery is looked up in the view file until the next start");
    }
    let mut applied: Option<Mark> = None;
    let mut durable_at = Instant::now();
    loop {
        let stopping = shared.views.pending.is_stopping();
        if let Some(layer) = shared.views.pending.take(DURABLE_EVERY) {
            match apply(shared, &layer) {
                Ok(mark) => applied = Some(mark),
                Err(error) => {
                    applied = None;
                    if !recover(shared, &error) {
                        return;
                    }
                }
            }
            shared.views.pending.applied();
        }
        if (stopping || durable_at.elapsed() >= DURABLE_EVERY)
            && let Some(mark) = applied.take()
        {
            durable_at = Instant::now();
            match shared.views.file.make_durable(&mark) {
                Ok(()) => shared.views.set_durable(mark.number),
                Err(error) => {
                    if !recover(shared, &error) {
                        return;
                    }
                }
            }
        }
        if stopping {
            return;
        }
    }
}

fn apply(shared: &Shared, layer: &Layer) -> Result<Mark, StoreError> {
    let change = shared
        .database
        .read(|rows| change_bytes(rows, layer.upto))?
        .unwrap_or_default();
    let mark = Mark {
        database: shared.database_id,
        number: layer.upto,
        change,
    };
    shared.views.file.apply(layer, &mark)?;
    Ok(mark)
}

/// After a failure the file is opened anew and brought up from the rows, until that succeeds or the store ends. Meanwhile whoever asks
/// is told that storage is unavailable, for what the file answers may be old.
fn recover(shared: &Shared, error: &StoreError) -> bool {
    tracing::error!(%error, "the view file failed; it is opened anew");
    shared.views.file.distrust();
    while !shared.views.pending.is_stopping() {
        let brought_up = shared.views.file.reopen().and_then(|()| {
            shared
                .database
                .read(|rows| bring_up_whole(&shared.views.file, rows, shared.database_id))
        });
        match brought_up {
            Ok(number) => {
                shared.views.set_durable(number);
                shared.views.file.trust();
                return true;
            }
            Err(error) => tracing::warn!(%error, "the view file cannot be brought up yet"),
        }
        std::thread::park_timeout(AGAIN);
    }
    false
}
