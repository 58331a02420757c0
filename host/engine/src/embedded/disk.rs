//! The file under the engine: the engine's own, which in addition lies on the disk a little further than it is written to.
//!
//! The engine makes its file long and leaves it empty. Each first write to a stretch then has the file system find room for it, and each
//! sync write that down: metadata, which costs more than the bytes.

use std::fs::File;
use std::io;
use std::ops::Bound;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicU64, Ordering};

use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};
use rustix::fs::FallocateFlags;

use crate::error::StoreError;

/// How far beyond what is written.
const ROOM: u64 = 8 << 20;

/// The file.
#[derive(Debug)]
pub(super) struct Disk {
    file: FileBackend,
    /// The same file, for what the engine's has no word for.
    same: File,
    /// Up to where it surely lies on the disk, as far as is known.
    lies_upto: AtomicU64,
}

impl Disk {
    pub(super) fn new(file: File) -> Result<Self, StoreError> {
        let failed = |error| StoreError::io("a database file cannot be looked at", &error);
        let same = file.try_clone().map_err(failed)?;
        // It is filled from its beginning.
        let lies_upto = same.metadata().map_err(failed)?.blocks() * 512;
        Ok(Self {
            file: FileBackend::new(file).map_err(StoreError::engine)?,
            same,
            lies_upto: AtomicU64::new(lies_upto),
        })
    }

    fn make_room(&self, end: u64) {
        let lies_upto = self.lies_upto.load(Ordering::Relaxed);
        // What is written far behind everything else has its room by itself.
        if end <= lies_upto || end > lies_upto + ROOM {
            return;
        }
        self.lies_upto.store(end + ROOM, Ordering::Relaxed);
        // Where the file system cannot, or has no room, writing goes on without, or fails by itself.
        let _unsupported =
            rustix::fs::fallocate(&self.same, FallocateFlags::KEEP_SIZE, lies_upto, end + ROOM - lies_upto);
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.lies_upto.fetch_min(len, Ordering::Relaxed);
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.make_room(offset + data.len() as u64);
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }
}
