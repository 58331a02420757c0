//! The outcome of an attempt to send a status.

use std::time::Duration;

use forgegate_storage::DeliveryCertainty;

/// The outcome of an attempt to send a status.
pub enum SendOutcome {
    /// It arrived. A later status of its lane carries what was answered.
    Sent(Option<String>),
    /// It failed this time.
    Retryable {
        /// Whether it may have arrived all the same.
        certainty: DeliveryCertainty,
        /// The time for which the other side asks to wait.
        wait: Option<Duration>,
        /// The cause, in the host's words, never an answer's text.
        sentence: String,
    },
    /// It will always fail.
    Permanent {
        /// Whether it may have arrived all the same.
        certainty: DeliveryCertainty,
        /// The cause, in the host's words, never an answer's text.
        sentence: String,
    },
}

impl SendOutcome {
    /// It failed this time, and the other side names no time to wait.
    pub fn retryable(certainty: DeliveryCertainty, sentence: impl Into<String>) -> Self {
        Self::Retryable {
            certainty,
            wait: None,
            sentence: sentence.into(),
        }
    }

    /// It was refused: surely nothing was made.
    pub fn refused(sentence: impl Into<String>) -> Self {
        Self::Permanent {
            certainty: DeliveryCertainty::Impossible,
            sentence: sentence.into(),
        }
    }
}
