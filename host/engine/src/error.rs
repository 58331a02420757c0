//! The one error of storage.

/// A failure of storage. No text holds a value that was sealed or sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Something of that name is there.
    #[error("{0} exists already")]
    AlreadyExists(String),
    /// Nothing of that name is there.
    #[error("{0} was not found")]
    NotFound(String),
    /// The state of the thing does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// Another lease holds the thing, or none does.
    #[error("the lease was lost")]
    LeaseLost,
    /// What was asked makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The deadline passed before the writer took it up: nothing was written.
    #[error("the deadline passed before it was written")]
    Expired,
    /// Too many writes wait: nothing was written.
    #[error("too many writes wait")]
    Busy,
    /// The disk or the database failed. What was asked may have been written, and a repeat finds out.
    #[error("storage is unavailable: {0}")]
    Unavailable(String),
    /// A sealed value cannot be opened: its key is gone, or it was moved or changed.
    #[error("{0} cannot be unsealed")]
    Sealed(String),
}

impl StoreError {
    /// An I/O failure, with what was being done.
    pub(crate) fn io(what: &str, error: &std::io::Error) -> Self {
        Self::Unavailable(format!("{what}: {error}"))
    }
}
