//! A disk that fails when a test says so.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use redb::StorageBackend;

use crate::error::StoreError;

static FAILING: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);

/// Has every write to a file fail until `heal`.
pub(crate) fn fail(path: &Path) {
    let mut failing = FAILING.lock().unwrap_or_else(PoisonError::into_inner);
    failing.get_or_insert_default().insert(path.to_owned());
}

/// Lets a file be written again.
pub(crate) fn heal(path: &Path) {
    let mut failing = FAILING.lock().unwrap_or_else(PoisonError::into_inner);
    failing.get_or_insert_default().remove(path);
}

/// A file that can be made to fail.
#[derive(Debug)]
pub(crate) struct Disk {
    path: PathBuf,
    file: crate::disk::Disk,
}

impl Disk {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(|error| StoreError::io("the file", &error))?;
        Ok(Self {
            path: path.to_owned(),
            file: crate::disk::Disk::new(file)?,
        })
    }

    fn check(&self) -> io::Result<()> {
        let failing = FAILING.lock().unwrap_or_else(PoisonError::into_inner);
        match failing.as_ref().is_some_and(|all| all.contains(&self.path)) {
            true => Err(io::Error::other("the test's disk fails")),
            false => Ok(()),
        }
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
