//! Posting: so many connections, for so long, as fast as answers come or at a pace.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::error::LoadError;
use crate::figures::percentile;
use crate::push::Requests;
use crate::wire::{Answer, Connection};

/// Before anything is counted: connections open, caches fill.
const WARM_UP: Duration = Duration::from_millis(500);

/// The longest wait for the answers to the requests posted last.
const PATIENCE: Duration = Duration::from_secs(30);

/// A measurement: requests posted to one server on several connections.
pub struct Drive {
    /// The server's address.
    pub address: SocketAddr,
    /// The number of connections that post at once.
    pub connections: u16,
    /// The time in which answers count, after the warm-up.
    pub span: Duration,
    /// The rate of posting.
    pub pace: Pace,
    /// The requests, posted in order.
    pub requests: Arc<Requests>,
    /// The course after the last request.
    pub supply: Supply,
    /// The answer to every request; another ends the measurement with an error.
    pub expected: Expected,
}

/// The rate at which requests are posted.
#[derive(Clone, Copy)]
pub enum Pace {
    /// Each connection posts as soon as it has its answer.
    Unbounded,
    /// So many a second, all connections together.
    PerSecond(f64),
}

/// The course after all requests were posted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Supply {
    /// The measurement ends.
    Once,
    /// It begins again.
    Around,
}

/// The answer that makes a figure mean what it says.
#[derive(Clone, Copy)]
pub struct Expected {
    /// The HTTP status.
    pub status: u16,
    /// Bytes in its body.
    pub contains: &'static [u8],
}

/// The result of a measurement.
pub struct Driven {
    /// Answers a second.
    pub per_second: f64,
    /// The median latency, in milliseconds.
    pub p50: f64,
    /// The latency that one in a hundred exceeds, in milliseconds.
    pub p99: f64,
    /// The number of requests posted in all, the warm-up included.
    pub posted: usize,
}

/// The state that the connections share.
struct Shared {
    drive: Drive,
    next: AtomicUsize,
    begun: Instant,
}

impl Drive {
    /// Posts the requests and measures the answers.
    ///
    /// # Errors
    /// When an answer is not what it must be, or does not come.
    pub async fn run(self) -> Result<Driven, LoadError> {
        let patience = WARM_UP + self.span + PATIENCE;
        let connections = self.connections;
        let shared = Arc::new(Shared {
            drive: self,
            next: AtomicUsize::new(0),
            begun: Instant::now(),
        });
        let mut posting = JoinSet::new();
        for place in 0..connections {
            posting.spawn(post(Arc::clone(&shared), place));
        }
        let all = tokio::time::timeout(patience, posting.join_all()).await;
        let all = all.map_err(|_| LoadError::Server(format!("answers took longer than {PATIENCE:?}")))?;
        let mut taken = Vec::new();
        let mut last = Duration::ZERO;
        for one in all {
            let one = one?;
            taken.extend(one.latencies);
            last = last.max(one.last);
        }
        let posted = shared.next.load(Ordering::Relaxed);
        Ok(Driven::of(taken, last.saturating_sub(WARM_UP), posted))
    }
}

impl Driven {
    fn of(mut taken: Vec<u32>, span: Duration, posted: usize) -> Self {
        let milliseconds = |microseconds: u32| f64::from(microseconds) / 1000.0;
        Self {
            per_second: taken.len() as f64 / span.as_secs_f64().max(f64::MIN_POSITIVE),
            p50: milliseconds(percentile(&mut taken, 50)),
            p99: milliseconds(percentile(&mut taken, 99)),
            posted,
        }
    }
}

/// The answers that one connection got.
struct Seen {
    /// In microseconds, of what was answered within the time that counts.
    latencies: Vec<u32>,
    /// The time from the beginning to the last of them.
    last: Duration,
}

async fn post(shared: Arc<Shared>, place: u16) -> Result<Seen, LoadError> {
    let drive = &shared.drive;
    let mut connection = Connection::open(drive.address).await?;
    let mut seen = Seen {
        latencies: Vec::with_capacity(1 << 14),
        last: Duration::ZERO,
    };
    let end = WARM_UP + drive.span;
    for turn in 0_u32.. {
        let Some(due) = shared.due(place, turn).await.filter(|due| *due < end) else {
            break;
        };
        let Some(own) = shared.take() else { break };
        let answer = connection.exchange(own, &drive.requests.common).await?;
        drive.expected.check(&answer)?;
        let now = shared.begun.elapsed();
        if now > WARM_UP && now <= end {
            let latency = now.saturating_sub(due).as_micros();
            seen.latencies.push(u32::try_from(latency).unwrap_or(u32::MAX));
            seen.last = now;
        }
    }
    Ok(seen)
}

impl Shared {
    /// The next request.
    fn take(&self) -> Option<&[u8]> {
        let own = &self.drive.requests.own;
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let index = match self.drive.supply {
            Supply::Once => next,
            Supply::Around => next.checked_rem(own.len())?,
        };
        own.get(index).map(AsRef::as_ref)
    }

    /// Waits for a connection's turn and tells from when its latency counts, from the beginning.
    ///
    /// At a pace, who was kept from its turn by its own last answer counts from the turn; that this program's clock wakes a
    /// little late is not counted.
    async fn due(&self, place: u16, turn: u32) -> Option<Duration> {
        let Pace::PerSecond(rate) = self.drive.pace else {
            return Some(self.begun.elapsed());
        };
        let connections = f64::from(self.drive.connections);
        let turns = f64::from(turn) + f64::from(place) / connections;
        let due = Duration::try_from_secs_f64(turns * connections / rate).ok()?;
        if due <= self.begun.elapsed() {
            return Some(due);
        }
        tokio::time::sleep_until((self.begun + due).into()).await;
        Some(self.begun.elapsed())
    }
}

impl Expected {
    /// # Errors
    /// When the answer is another.
    pub fn check(&self, answer: &Answer<'_>) -> Result<(), LoadError> {
        let contained =
            self.contains.is_empty() || answer.body.windows(self.contains.len()).any(|it| it == self.contains);
        if answer.status == self.status && contained {
            return Ok(());
        }
        let text = String::from_utf8_lossy(answer.body);
        Err(LoadError::Server(format!(
            "expected {}, answered {}: {text}",
            self.status, answer.status
        )))
    }
}
