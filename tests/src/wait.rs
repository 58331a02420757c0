//! Waiting for a condition, bounded.

use std::time::{Duration, Instant};

/// How long anything is waited for, unless somebody says otherwise.
pub const LONGEST: Duration = Duration::from_secs(30);

/// Asks again and again until there is something, for at most half a minute.
pub async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    within(LONGEST, what, ask).await
}

/// Asks again and again until there is something, for at most so long.
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
