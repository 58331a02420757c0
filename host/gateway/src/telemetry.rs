//! Logs: text or JSON on standard error, behind a filter that can be changed while the gateway runs.

use std::io::IsTerminal;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use crate::config::{LogForm, Telemetry};

/// Changes what is logged.
#[derive(Clone)]
pub struct Level(reload::Handle<EnvFilter, Registry>);

/// Why there are no logs.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is none.
    #[error("`telemetry.level`: `{0}` is no filter such as `info` or `forgegate=debug,info`")]
    Filter(String),
    /// Something else in this process logs.
    #[error("the log cannot be started: {0}")]
    Start(String),
}

/// Starts logging, once in a process.
///
/// # Errors
/// When the filter cannot be read, or the process logs already.
pub fn start(settings: &Telemetry) -> Result<Level, TelemetryError> {
    let (filter, handle) = reload::Layer::new(filter(&settings.level)?);
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match settings.log {
        LogForm::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogForm::Json => lines.json().flatten_event(true).boxed(),
    };
    let registry = tracing_subscriber::registry().with(filter).with(lines);
    registry
        .try_init()
        .map_err(|error| TelemetryError::Start(error.to_string()))?;
    Ok(Level(handle))
}

impl Level {
    /// Logs by another filter from here on.
    ///
    /// # Errors
    /// When it cannot be read; the one before stays.
    pub fn change(&self, level: &str) -> Result<(), TelemetryError> {
        let filter = filter(level)?;
        self.0
            .reload(filter)
            .map_err(|error| TelemetryError::Start(error.to_string()))
    }
}

fn filter(level: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::try_new(level).map_err(|_| TelemetryError::Filter(level.to_owned()))
}
