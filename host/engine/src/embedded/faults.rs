//! A disk that fails when a test says so.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use redb::StorageBackend;

use super::disk::Disk;
use forgegate_model::lock::Lock;

static FAILING: Lock<Option<HashSet<PathBuf>>> = Lock::new(None);

/// Has every write to a file fail until `heal`.
pub fn fail(path: &Path) {
    let mut failing = FAILING.lock();
    failing.get_or_insert_default().insert(path.to_owned());
}

/// Lets a file be written again.
pub fn heal(path: &Path) {
    let mut failing = FAILING.lock();
    failing.get_or_insert_default().remove(path);
}

/// A file that can be made to fail.
#[derive(Debug)]
pub(super) struct FaultyDisk {
    path: PathBuf,
    file: Disk,
}

impl FaultyDisk {
    pub(super) fn new(path: &Path, file: Disk) -> Self {
        let path = path.to_owned();
        Self { path, file }
    }

    fn check(&self) -> io::Result<()> {
        let failing = FAILING.lock();
        match failing.as_ref().is_some_and(|all| all.contains(&self.path)) {
            true => Err(io::Error::other("the test's disk fails")),
            false => Ok(()),
        }
    }
}

impl StorageBackend for FaultyDisk {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check()?;
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check()?;
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }
}
