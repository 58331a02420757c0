//! Waiting for a condition, bounded.

use std::time::{Duration, Instant};

/// The longest time to wait for a condition, unless a test names another.
pub const LONGEST: Duration = Duration::from_secs(30);

/// Repeats a question every 10 ms until it has an answer, for at most half a minute; `what` is the message of a failure.
pub async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    within(LONGEST, what, ask).await
}

/// Repeats a question every 10 ms until it has an answer, for at most this long.
pub async fn within<T>(longest: Duration, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + longest;
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
