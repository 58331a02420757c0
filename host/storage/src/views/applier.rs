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

/// How often what was applied is made durable, and after how many entries at the latest. A crash costs reading that much again.
const DURABLE_EVERY: Duration = Duration::from_secs(1);
const DURABLE_AFTER: usize = 32_768;
/// How long after a failure the file is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// The thread, and another that fills the filter at a start. They end, with everything applied and durable, when this is dropped.
pub(crate) struct Applier {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Applier {
    /// Starts the threads.
    pub(crate) fn start(shared: Arc<Shared>) -> Result<Self, StoreError> {
        let threads = vec![
            spawn("storage-views", &shared, run)?,
            spawn("storage-filter", &shared, fill_filter)?,
        ];
        Ok(Self { shared, threads })
    }
}

impl Drop for Applier {
    fn drop(&mut self) {
        self.shared.views.pending.stop();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the views had panicked");
            }
        }
    }
}

fn spawn(name: &str, shared: &Arc<Shared>, work: fn(&Shared)) -> Result<JoinHandle<()>, StoreError> {
    let shared = Arc::clone(shared);
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || work(&shared))
        .map_err(|error| StoreError::io("a thread of the views cannot be started", &error))
}

fn fill_filter(shared: &Shared) {
    if let Err(error) = shared.views.fill_filter() {
        tracing::warn!(%error, "every delivery is looked up in the view file until the next start");
    }
}

fn run(shared: &Shared) {
    let mut applied: Option<Mark> = None;
    let mut durable_at = Instant::now();
    let mut since = 0;
    loop {
        let stopping = shared.views.pending.is_stopping();
        if let Some(layer) = shared.views.pending.take(DURABLE_EVERY) {
            match apply(shared, &layer) {
                Ok(mark) => {
                    applied = Some(mark);
                    since += layer.len();
                }
                Err(error) => {
                    applied = None;
                    if !recover(shared, &error) {
                        return;
                    }
                }
            }
            shared.views.pending.applied();
        }
        if (stopping || since >= DURABLE_AFTER || durable_at.elapsed() >= DURABLE_EVERY)
            && let Some(mark) = applied.take()
        {
            durable_at = Instant::now();
            since = 0;
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
    shared.views.filter.spoil();
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
