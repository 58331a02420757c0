//! What is kept in memory beside the tables: loaded at open, changed only after a commit.

use crate::error::StoreError;
use crate::rows::Rows;

/// The views that questions on the request's path are answered from.
#[derive(Debug, Default)]
pub(crate) struct Memory {}

impl Memory {
    /// Loads everything from what is committed.
    pub(crate) fn load<R: Rows>(_rows: &R) -> Result<Self, StoreError> {
        Ok(Self::default())
    }
}
