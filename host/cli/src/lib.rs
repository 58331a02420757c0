#![doc = include_str!("../README.md")]

pub mod client;
pub mod nouns;
pub mod table;
pub mod worker;

/// A sentence that says why a command ends with 1. It goes to standard error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    /// A failure with this sentence.
    pub fn new(sentence: impl std::fmt::Display) -> Self {
        Self(sentence.to_string())
    }
}

/// Resolves at the first SIGINT or SIGTERM.
///
/// # Errors
/// When the system does not let the process listen to them.
pub fn stop_asked() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::new)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::new)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Reads a secret from a file, without white space at its end; `-` is standard input.
///
/// # Errors
/// When the file cannot be read, or is not UTF-8.
pub fn read_secret(file: &str) -> Result<String, Failure> {
    let text = if file == "-" {
        std::io::read_to_string(std::io::stdin())
            .map_err(|error| Failure::new(format!("standard input cannot be read: {error}")))?
    } else {
        std::fs::read_to_string(file).map_err(|error| Failure::new(format!("`{file}` cannot be read: {error}")))?
    };
    Ok(text.trim_end().to_owned())
}
