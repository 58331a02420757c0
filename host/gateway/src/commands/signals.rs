//! What the operating system asks of a running command.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that is cancelled when the process is asked to stop, by SIGINT or SIGTERM.
///
/// # Errors
/// When the signals cannot be listened to.
pub fn stop() -> std::io::Result<CancellationToken> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stop = CancellationToken::new();
    let asked = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        asked.cancel();
    });
    Ok(stop)
}

/// SIGHUP, once for each time it comes.
///
/// # Errors
/// When it cannot be listened to.
pub fn reload() -> std::io::Result<Signal> {
    signal(SignalKind::hangup())
}
