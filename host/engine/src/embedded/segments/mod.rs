//! Segments: append-only files for what is large and sealed.
//!
//! A row keeps the location of its record; a record's header keeps the row's id, so that a segment can be walked without the rows.
//! Records are written and synced before the transaction that refers to them: a torn tail is harmless, since nothing refers to it, and
//! what a location yields is authenticated by whoever opens it. A segment never grows after a start, nor after a failure: the next one begins.

mod append;
mod live;
mod walk;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::engine::Location;
use crate::error::StoreError;
use forgegate_model::lock::Lock;

pub(crate) use append::SegmentAppends;
#[cfg(feature = "testing")]
pub use live::Live;
pub(crate) use live::{LiveChanges, SEGMENTS, is_dead, mostly_dead, tally};

/// How large a segment may grow before the next begins.
const SEGMENT_BYTES: u64 = 64 << 20;
/// A record's header: the length of what follows, and the id of its row.
const HEADER: usize = 4 + 16;

/// The end of the log, to which the next record goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    segment: u32,
    offset: u64,
}

/// The folder of segments.
#[derive(Debug)]
pub(crate) struct Segments {
    folder: PathBuf,
    head: Lock<Head>,
}

impl Segments {
    /// Takes the folder. The next record begins a new segment, behind every one that is there or that a row names.
    pub(crate) fn open(folder: &Path, last_named: Option<u32>) -> Result<Self, StoreError> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| StoreError::io("the folder of payloads cannot be made", &error))?;
        let segments = Self {
            folder: folder.to_owned(),
            head: Lock::new(Head { segment: 0, offset: 0 }),
        };
        let last = segments.numbers()?.into_iter().max().max(last_named);
        segments.move_head(Head {
            segment: last.map_or(1, |last| last.saturating_add(1)),
            offset: 0,
        });
        Ok(segments)
    }

    /// Removes every file that `is_named` does not know. Only for a start, when nothing is under way.
    pub(crate) fn remove_unnamed(&self, is_named: impl Fn(u32) -> bool) -> Result<(), StoreError> {
        for number in self.numbers()? {
            if !is_named(number) {
                self.remove(number)?;
            }
        }
        Ok(())
    }

    /// Removes a segment that nothing refers to.
    pub(crate) fn remove(&self, number: u32) -> Result<(), StoreError> {
        match std::fs::remove_file(self.path(number)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io("a segment cannot be removed", &error))
            }
            _ => Ok(()),
        }
    }

    /// The bytes of a record; `None` where its segment is gone: then the row says where it was moved.
    pub(crate) fn read(&self, location: Location) -> Result<Option<Vec<u8>>, StoreError> {
        let file = match File::open(self.path(location.segment)) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("a segment cannot be opened", &error)),
        };
        let mut bytes = vec![0; location.length as usize];
        file.read_exact_at(&mut bytes, location.offset)
            .map_err(|error| StoreError::io("a segment cannot be read", &error))?;
        Ok(Some(bytes))
    }

    /// The segment that is written to: not to be compacted.
    pub(crate) fn current(&self) -> u32 {
        self.head().segment
    }

    fn head(&self) -> Head {
        *self.head.lock()
    }

    fn move_head(&self, to: Head) {
        *self.head.lock() = to;
    }

    fn path(&self, number: u32) -> PathBuf {
        self.folder.join(format!("{number:010}.segment"))
    }

    fn numbers(&self) -> Result<Vec<u32>, StoreError> {
        let listing = |error| StoreError::io("the folder of payloads cannot be listed", &error);
        let mut numbers = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(listing)? {
            let name = entry.map_err(listing)?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".segment"));
            numbers.extend(number.and_then(|number| number.parse::<u32>().ok()));
        }
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests;
