//! The error of a measurement that could not be made.

/// A measurement could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The system refused something.
    #[error("{what}: {source}")]
    System {
        /// The attempt that failed, as the begin of a sentence.
        what: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A server did not do what is measured, so that there is no figure.
    #[error("{0}")]
    Server(String),
}

impl LoadError {
    /// For `map_err`: the system refused this.
    pub fn system(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::System { what, source }
    }
}
