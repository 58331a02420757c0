//! The thread that applies what was committed to the index file.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::changes::change_bytes;
use super::file::Mark;
use super::memtable::Layer;
use super::rebuild::bring_up_whole;
use crate::embedded::Files;
use crate::error::StoreError;

/// How often what was applied is made durable, and after how many entries at the latest. A crash costs reading that much again.
const DURABLE_EVERY: Duration = Duration::from_secs(1);
const DURABLE_AFTER: usize = 32_768;
/// How long after a failure the file is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// The thread, and another that fills the filter at a start. They end, with everything applied and durable, when this is dropped.
pub(in crate::embedded) struct Applier {
    files: Arc<Files>,
    threads: Vec<JoinHandle<()>>,
}

impl Applier {
    /// Starts the threads.
    pub(in crate::embedded) fn start(files: Arc<Files>) -> Result<Self, StoreError> {
        let threads = vec![
            spawn("storage-views", &files, run)?,
            spawn("storage-filter", &files, fill_filter)?,
        ];
        Ok(Self { files, threads })
    }
}

impl Drop for Applier {
    fn drop(&mut self) {
        self.files.indexes.memtable.stop();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the indexes had panicked");
            }
        }
    }
}

fn spawn(name: &str, files: &Arc<Files>, work: fn(&Files)) -> Result<JoinHandle<()>, StoreError> {
    let files = Arc::clone(files);
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || work(&files))
        .map_err(|error| StoreError::io("a thread of the indexes cannot be started", &error))
}

fn fill_filter(files: &Files) {
    if let Err(error) = files.indexes.fill_filter() {
        tracing::warn!(%error, "every key is looked up in the index file until the next start");
    }
}

fn run(files: &Files) {
    let mut applied: Option<Mark> = None;
    let mut durable_at = Instant::now();
    let mut since = 0;
    loop {
        let stopping = files.indexes.memtable.is_stopping();
        if let Some(layer) = files.indexes.memtable.take(DURABLE_EVERY) {
            match apply(files, &layer) {
                Ok(mark) => {
                    applied = Some(mark);
                    since += layer.len();
                }
                Err(error) => {
                    applied = None;
                    if !recover(files, &error) {
                        return;
                    }
                }
            }
            files.indexes.memtable.applied();
        }
        if (stopping || since >= DURABLE_AFTER || durable_at.elapsed() >= DURABLE_EVERY)
            && let Some(mark) = applied.take()
        {
            durable_at = Instant::now();
            since = 0;
            match files.indexes.file.make_durable(&mark) {
                Ok(()) => files.indexes.set_durable(mark.number),
                Err(error) => {
                    if !recover(files, &error) {
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

fn apply(files: &Files, layer: &Layer) -> Result<Mark, StoreError> {
    let change = files
        .database
        .read(|rows| change_bytes(rows, layer.upto))?
        .unwrap_or_default();
    let mark = Mark {
        database: files.database_id,
        number: layer.upto,
        change,
    };
    files.indexes.file.apply(layer, &mark)?;
    Ok(mark)
}

/// After a failure the file is opened anew and brought up from the rows, until that succeeds or the store ends. Meanwhile whoever asks
/// is told that storage is unavailable, for what the file answers may be old.
fn recover(files: &Files, error: &StoreError) -> bool {
    tracing::error!(%error, "the index file failed; it is opened anew");
    files.indexes.filter.spoil();
    files.indexes.file.distrust();
    while !files.indexes.memtable.is_stopping() {
        let brought_up = files.indexes.file.reopen().and_then(|()| {
            files
                .database
                .read(|rows| bring_up_whole(&files.indexes.file, rows, files.database_id))
        });
        match brought_up {
            Ok(number) => {
                files.indexes.set_durable(number);
                files.indexes.file.trust();
                return true;
            }
            Err(error) => tracing::warn!(%error, "the index file cannot be brought up yet"),
        }
        std::thread::park_timeout(AGAIN);
    }
    false
}
