//! The settings of a store.

use std::path::PathBuf;
use std::time::Duration;

/// The settings of a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of its files. Made if it is not there.
    pub folder: PathBuf,
    /// The key file; none means `keys` in the folder.
    pub keys: Option<PathBuf>,
    /// The time for which a delivery with an id of the forge's is recognised.
    pub dedup_window: Duration,
    /// The time for which a delivery without one is recognised, by event and digest.
    pub digest_window: Duration,
    /// Bytes of memory for pages of both files.
    pub cache_bytes: usize,
    /// The name of statuses at a commit: a text with `{organization}` and `{project}`, for the whole of an evaluation.
    pub status_context: String,
}

impl Options {
    /// The usual settings, in this folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            keys: None,
            dedup_window: Duration::from_hours(7 * 24),
            digest_window: Duration::from_mins(10),
            cache_bytes: 64 << 20,
            status_context: "forgegate/{organization}/{project}".to_owned(),
        }
    }
}
