//! A worker in one line: claims evaluations, runs a command for each, reports how it ended.
//!
//! `job` is one evaluation from its claim to its finish, `process` the command, `folder` where it runs, `output` what it prints,
//! `pause` the time between two attempts. What an evaluation is, the gateway says.

mod folder;
mod job;
mod output;
mod pause;
mod process;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::timestamp::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::client::{CallError, Client, Connection};
use crate::{Failure, stop_asked};
use job::{Claimed, Job};
use output::Outputs;
use pause::Pauses;

const WAIT_MS: u64 = 30_000;
const CLAIM_TIMEOUT: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The flags of `forgegate worker`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    connection: Connection,
    /// The command to run for each evaluation, by `sh -c` in an empty folder.
    #[arg(long, value_name = "CMD")]
    exec: String,
    /// The number of evaluations to run at once.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
    /// A label that this worker has; may be repeated. The token's own unless given.
    #[arg(long = "label", value_name = "L")]
    labels: Vec<String>,
    /// Also take code that is not the project's own, once it was released.
    #[arg(long)]
    approved: bool,
}

/// The options of a worker.
pub struct Options {
    /// The command, for `sh -c`.
    pub exec: String,
    /// The number of evaluations to run at once.
    pub concurrency: u16,
    /// Labels that it has; none named leaves it to the token.
    pub labels: Vec<String>,
    /// True if it also takes code that is not trusted, once that was released.
    pub approved: bool,
    /// The time now, by which a lease is seen to run out.
    pub clock: Clock,
}

/// A clock: answers the time now.
pub type Clock = fn() -> Timestamp;

/// Works until SIGINT or SIGTERM, then finishes what runs.
///
/// # Errors
/// When the gateway does not take this worker.
pub async fn run(args: Args, clock: Clock) -> Result<(), Failure> {
    let client = Client::connect(&args.connection)?;
    let stop = CancellationToken::new();
    let asked = stop_asked()?;
    let stopper = stop.clone();
    tokio::spawn(async move {
        asked.await;
        stopper.cancel();
    });
    let options = Options {
        exec: args.exec,
        concurrency: args.concurrency,
        labels: args.labels,
        approved: args.approved,
        clock,
    };
    work(client, Arc::new(options), stop).await
}

/// Works until it is stopped, then claims no more and finishes what runs. Dropped before that, it kills what runs.
///
/// # Errors
/// When the gateway does not take this worker.
pub async fn work(client: Client, options: Arc<Options>, stop: CancellationToken) -> Result<(), Failure> {
    let permits = Arc::new(Semaphore::new(usize::from(options.concurrency)));
    let outputs = Outputs::of_the_process();
    let mut running = JoinSet::new();
    let mut pauses = Pauses::new(FIRST_PAUSE, LONGEST_PAUSE);
    let ended = loop {
        while running.try_join_next().is_some() {}
        let permit = tokio::select! {
            () = stop.cancelled() => break Ok(()),
            permit = Arc::clone(&permits).acquire_owned() => permit,
        };
        let asked = Instant::now();
        // An answer that is there goes before the stop: what it hands out would be nobody's until its lease runs out.
        let claimed = tokio::select! {
            biased;
            claimed = claim(&client, &options) => claimed,
            () = stop.cancelled() => break Ok(()),
        };
        match claimed {
            Ok(Some((claimed, message))) => {
                pauses.begin_again();
                let job = Job::new(client.clone(), Arc::clone(&options), claimed, message, outputs.clone());
                running.spawn(async move {
                    job.run().await;
                    drop(permit);
                });
            }
            Ok(None) => {
                pauses.begin_again();
                // The gateway answers at once while it drains: without a pause this would be a busy loop.
                if asked.elapsed() < FIRST_PAUSE {
                    wait(&stop, pauses.next()).await;
                }
            }
            Err(error) if error.is_final() => {
                break Err(Failure::new(format!("the gateway does not take this worker: {error}")));
            }
            Err(error) => {
                let pause = pauses.next();
                eprintln!("forgegate worker: {error}; asking again in {} ms", pause.as_millis());
                wait(&stop, pause).await;
            }
        }
    };
    while running.join_next().await.is_some() {}
    ended
}

/// Asks for work and waits for some. Answers what was claimed, and the whole answer beside it.
async fn claim(client: &Client, options: &Options) -> Result<Option<(Claimed, Value)>, CallError> {
    let mut body = json!({ "worker": name(), "wait_ms": WAIT_MS, "approved": options.approved });
    if let (false, Some(fields)) = (options.labels.is_empty(), body.as_object_mut()) {
        fields.insert("labels".to_owned(), json!(options.labels));
    }
    let answer = client
        .call_within(CLAIM_TIMEOUT, Method::POST, &["evaluations", "claim"], &[], Some(&body))
        .await?;
    let Some(message) = answer else { return Ok(None) };
    let claimed = Claimed::deserialize(&message)
        .map_err(|error| CallError::Unreachable(format!("the claim cannot be read: {error}")))?;
    Ok(Some((claimed, message)))
}

/// The name of this worker, for people: its host and its process.
fn name() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let plain = host.chars().filter(char::is_ascii_graphic).take(60);
    format!("{}/{}", plain.collect::<String>(), std::process::id())
}

async fn wait(stop: &CancellationToken, pause: Duration) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(pause) => {}
    }
}
