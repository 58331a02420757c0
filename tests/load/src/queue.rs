//! The queue: how soon a waiting worker has what was accepted, and how fast workers claim and finish.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::error::LoadError;
use crate::figures::percentile;
use crate::gateway::Caller;
use crate::push::Requests;
use crate::wire::Connection;

/// The first claims after a start are not counted.
const WARM_UP: usize = 20;

/// Between a finish and the next push, so that the worker is waiting again.
const PAUSE: Duration = Duration::from_millis(3);

/// Workers that claim and finish at once.
const WORKERS: usize = 4;

/// Posts one push after the other to a gateway with one waiting worker. Answers p50 and p99, in milliseconds, of the time from the
/// 200 to the claim; zero where the claim was there first.
pub async fn latency(address: SocketAddr, token: &str, requests: &Requests) -> Result<(f64, f64), LoadError> {
    let (told, mut claims) = mpsc::channel(1);
    let worker = tokio::spawn(work(Caller::new(address, token).await?, requests.own.len(), told));
    let mut connection = Connection::open(address).await?;
    let mut taken = Vec::new();
    for own in &requests.own {
        tokio::time::sleep(PAUSE).await;
        let status = connection.exchange(own, &requests.common).await?.status;
        let answered = Instant::now();
        if status != 200 {
            return Err(LoadError::Server(format!("a push was answered {status}")));
        }
        let Some(claimed) = claims.recv().await else { break };
        let latency = Instant::saturating_duration_since(&claimed, answered).as_micros();
        taken.push(u32::try_from(latency).unwrap_or(u32::MAX));
    }
    worker
        .await
        .map_err(|_| LoadError::Server("the worker panicked".to_owned()))??;
    let mut taken = taken.split_off(WARM_UP.min(taken.len()));
    let mut milliseconds = |percent| f64::from(percentile(&mut taken, percent)) / 1000.0;
    Ok((milliseconds(50), milliseconds(99)))
}

/// Claims and finishes so many times, telling when each claim came once it is finished.
async fn work(mut caller: Caller, times: usize, told: mpsc::Sender<Instant>) -> Result<(), LoadError> {
    for _ in 0..times {
        let Some((evaluation, lease)) = caller.claim("latency").await? else {
            return Err(LoadError::Server("no evaluation came within ten seconds".to_owned()));
        };
        let claimed = Instant::now();
        caller.finish(&evaluation, &lease).await?;
        if told.send(claimed).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Four workers claim and finish what waits for so long, or until nothing waits. Answers calls a second, each claim and each
/// finish being one.
pub async fn throughput(address: SocketAddr, token: &str, span: Duration) -> Result<f64, LoadError> {
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for number in 0..WORKERS {
        let caller = Caller::new(address, token).await?;
        workers.spawn(drain(caller, format!("worker-{number}"), begun + span));
    }
    let mut calls = 0;
    for worker in workers.join_all().await {
        calls += worker?;
    }
    Ok(f64::from(calls) / begun.elapsed().as_secs_f64())
}

async fn drain(mut caller: Caller, name: String, end: Instant) -> Result<u32, LoadError> {
    let mut calls = 0;
    while Instant::now() < end {
        let Some((evaluation, lease)) = caller.claim(&name).await? else {
            return Err(LoadError::Server(
                "the queue was empty before the time was over".to_owned(),
            ));
        };
        caller.finish(&evaluation, &lease).await?;
        calls += 2;
    }
    Ok(calls)
}
