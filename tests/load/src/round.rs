//! One round: every measurement once, beside the bare server, on data of its own that are gone afterwards.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::crowd;
use crate::drive::{Drive, Driven, Expected, Pace, Supply};
use crate::error::LoadError;
use crate::gateway::Caller;
use crate::options::Options;
use crate::push::{Maker, Requests};
use crate::queue;
use crate::row::{Row, Sheet};
use crate::server::{Server, end_of_log};
use crate::wire::Connection;

/// Pushes of which the way to a waiting worker is timed.
const CLAIMS: u64 = 400;

/// Large bodies at once, and how large.
const LARGE: (u64, usize) = (10, 25_000_000);

/// Requests that are posted over and over where nobody keeps them.
const AROUND: u64 = 4096;

/// An answer to a push that was queued.
const QUEUED: Expected = Expected {
    status: 200,
    contains: b"evaluation_id",
};

/// A round under way.
struct Round<'a> {
    options: &'a Options,
    sheet: &'a mut Sheet,
    maker: Maker,
    folder: TempDir,
    /// The number of the next push: none is posted twice to a gateway that would keep it.
    next: u64,
    /// The number of large bodies that were accepted, and so are queued.
    large_accepted: u32,
}

/// Makes every measurement once.
pub async fn run(options: &Options, sheet: &mut Sheet) -> Result<(), LoadError> {
    let folder = TempDir::new_in(&options.data).map_err(LoadError::system("a folder cannot be made"))?;
    let mut round = Round {
        options,
        sheet,
        maker: maker(options.payload_bytes as usize)?,
        folder,
        next: 1,
        large_accepted: 0,
    };
    let made = round.make().await;
    if made.is_err() {
        eprintln!("the servers' log ended so:\n{}", end_of_log(round.folder.path()));
    }
    made
}

impl Round<'_> {
    async fn make(&mut self) -> Result<(), LoadError> {
        let bare = self.bare().await?;
        let token = self.starts().await?;
        self.large().await?;
        self.load(&token, bare).await
    }

    /// Measures the bare server: the rate that HTTP by itself reaches.
    async fn bare(&mut self) -> Result<f64, LoadError> {
        let server = Server::bare(self.folder.path())?;
        let requests = self.maker.signed(0..AROUND);
        let answered = Expected {
            status: 202,
            contains: b"",
        };
        let driven = self
            .drive(server.address, requests, Supply::Around, Pace::Unbounded, answered)
            .await?;
        self.sheet.note(Row::Bare, driven.per_second);
        Ok(driven.per_second)
    }

    /// The first start, which compiles and furnishes, and the second; the idle memory; a worker's token.
    async fn starts(&mut self) -> Result<String, LoadError> {
        let server = self.gateway()?;
        self.sheet.note(Row::FirstStart, milliseconds(server.started_in));
        let token = Caller::administrator(server.address, self.folder.path())
            .await?
            .furnish()
            .await?;
        server.stop()?;
        let server = self.gateway()?;
        self.sheet.note(Row::SecondStart, milliseconds(server.started_in));
        self.sheet.note(Row::Idle, server.memory()?.now);
        server.stop()?;
        Ok(token)
    }

    /// Large bodies, all at once, to a gateway that has seen nothing else. Each that is not accepted is told on standard error.
    async fn large(&mut self) -> Result<(), LoadError> {
        let server = self.gateway()?;
        let numbers = self.numbers(LARGE.0);
        let requests = Arc::new(maker(LARGE.1)?.signed(numbers));
        server.forget_peak()?;
        let mut posting = JoinSet::new();
        for index in 0..requests.own.len() {
            posting.spawn(post_one(server.address, Arc::clone(&requests), index));
        }
        let mut accepted = 0;
        for answered in posting.join_all().await {
            match answered {
                Ok(()) => accepted += 1,
                Err(error) => eprintln!("a large body: {error}"),
            }
        }
        self.large_accepted = accepted;
        self.sheet.note(Row::LargeAccepted, f64::from(accepted));
        self.sheet.note(Row::Large, server.memory()?.peak);
        server.stop()
    }

    /// Everything that one gateway is asked in a row: single pushes to a waiting worker, full load, half load, forged pushes, workers.
    async fn load(&mut self, token: &str, bare: f64) -> Result<(), LoadError> {
        let server = self.gateway()?;
        self.drain_large(&server, token).await?;
        let numbers = self.numbers(CLAIMS);
        let single = self.maker.signed(numbers);
        let (p50, p99) = queue::latency(server.address, token, &single).await?;
        self.sheet.note(Row::ClaimP50, p50);
        self.sheet.note(Row::ClaimP99, p99);
        let accepted = self.full(&server, bare).await?;
        self.half(&server, accepted / 2.0).await?;
        self.sheet.note(Row::Loaded, server.memory()?.peak);
        self.refused(&server, bare).await?;
        let calls = queue::throughput(server.address, token, self.options.span()).await?;
        self.sheet.note(Row::QueueCalls, calls);
        if self.options.crowd > 0 {
            self.crowded(&server, bare, accepted).await?;
        }
        if let Some(address) = self.options.other {
            self.other(address, accepted).await?;
        }
        server.stop()
    }

    /// Measures somebody else's server with pushes of the same kind. They repeat; the server may keep them or not.
    async fn other(&mut self, address: SocketAddr, accepted: f64) -> Result<(), LoadError> {
        let requests = self.maker.signed(0..AROUND);
        let answered = Expected {
            status: 200,
            contains: b"",
        };
        let driven = self
            .drive(address, requests, Supply::Around, Pace::Unbounded, answered)
            .await?;
        self.sheet.note(Row::Other, driven.per_second);
        self.sheet.note(Row::AcceptedOfOther, accepted / driven.per_second);
        Ok(())
    }

    /// Full load once more, with many projects beside the one that it is for.
    async fn crowded(&mut self, server: &Server, bare: f64, alone: f64) -> Result<(), LoadError> {
        crowd::furnish(server.address, self.folder.path(), self.options.crowd).await?;
        let driven = self.unbounded(server, bare).await?;
        self.sheet.note(Row::Crowded, driven.per_second);
        self.sheet.note(Row::CrowdedOfAlone, driven.per_second / alone);
        Ok(())
    }

    /// The evaluations of the large bodies would be claimed first.
    async fn drain_large(&self, server: &Server, token: &str) -> Result<(), LoadError> {
        let mut worker = Caller::new(server.address, token).await?;
        for _ in 0..self.large_accepted {
            if let Some((evaluation, lease)) = worker.claim("large").await? {
                worker.finish(&evaluation, &lease).await?;
            }
        }
        Ok(())
    }

    async fn full(&mut self, server: &Server, bare: f64) -> Result<f64, LoadError> {
        server.forget_peak()?;
        let before = server.processor_time()?;
        let driven = self.unbounded(server, bare).await?;
        let used = server.processor_time()?.saturating_sub(before);
        self.sheet.note(Row::Accepted, driven.per_second);
        self.sheet.note(Row::AcceptedOfBare, driven.per_second / bare);
        self.sheet.note(Row::AcceptedP50, driven.p50);
        self.sheet.note(Row::AcceptedP99, driven.p99);
        // The warm-up was worked on as well.
        let answers = driven.posted as f64;
        self.sheet.note(Row::AcceptedCost, used.as_secs_f64() * 1e6 / answers);
        Ok(driven.per_second)
    }

    /// Pushes as fast as they are answered, all distinct.
    async fn unbounded(&mut self, server: &Server, bare: f64) -> Result<Driven, LoadError> {
        // As many as half the bare server's rate would need; the measurement ends early where that is not enough.
        let enough = bare * 0.5 * (self.options.span().as_secs_f64() + 1.0);
        let numbers = self.numbers(enough as u64);
        let requests = self.maker.signed(numbers);
        self.drive(server.address, requests, Supply::Once, Pace::Unbounded, QUEUED)
            .await
    }

    async fn half(&mut self, server: &Server, rate: f64) -> Result<(), LoadError> {
        let enough = rate * (self.options.span().as_secs_f64() + 2.0);
        let numbers = self.numbers(enough as u64);
        let requests = self.maker.signed(numbers);
        let driven = self
            .drive(server.address, requests, Supply::Once, Pace::PerSecond(rate), QUEUED)
            .await?;
        self.sheet.note(Row::Half, driven.per_second);
        self.sheet.note(Row::HalfP50, driven.p50);
        self.sheet.note(Row::HalfP99, driven.p99);
        Ok(())
    }

    async fn refused(&mut self, server: &Server, bare: f64) -> Result<(), LoadError> {
        let numbers = self.numbers(AROUND);
        let requests = self.maker.forged(numbers);
        let refused = Expected {
            status: 401,
            contains: b"signature_mismatch",
        };
        let driven = self
            .drive(server.address, requests, Supply::Around, Pace::Unbounded, refused)
            .await?;
        self.sheet.note(Row::Refused, driven.per_second);
        self.sheet.note(Row::RefusedOfBare, driven.per_second / bare);
        Ok(())
    }

    async fn drive(
        &self,
        address: SocketAddr,
        requests: Requests,
        supply: Supply,
        pace: Pace,
        expected: Expected,
    ) -> Result<Driven, LoadError> {
        let (connections, span) = (self.options.connections, self.options.span());
        let drive = Drive {
            address,
            connections,
            span,
            pace,
            requests: Arc::new(requests),
            supply,
            expected,
        };
        drive.run().await
    }

    fn gateway(&self) -> Result<Server, LoadError> {
        Server::gateway(self.folder.path(), &self.options.config())
    }

    fn numbers(&mut self, count: u64) -> std::ops::Range<u64> {
        let first = self.next;
        self.next += count;
        first..self.next
    }
}

async fn post_one(address: SocketAddr, requests: Arc<Requests>, index: usize) -> Result<(), LoadError> {
    let own = requests.own.get(index).map(AsRef::as_ref).unwrap_or_default();
    let mut connection = Connection::open(address).await?;
    let answer = connection.exchange(own, &requests.common).await?;
    QUEUED.check(&answer)
}

fn maker(bytes: usize) -> Result<Maker, LoadError> {
    Maker::new(bytes).ok_or_else(|| LoadError::Server("the secret is empty".to_owned()))
}

fn milliseconds(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}
