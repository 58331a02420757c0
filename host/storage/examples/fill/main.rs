//! Fills a store through its public face, with 64 waiting, and measures what a large one costs: rates a hundred thousand at a time, opening
//! after a clean end and after `kill -9`, the first and deep pages of every list.
//!
//! `cargo run --release -p forgegate-storage --example fill -- FOLDER COUNT`, at most five million; what the folder holds counts, so that
//! the same command again only measures. One delivery in eight is followed by a claim and a finish; otherwise the next push of a project
//! supersedes the last, so that about a thousand evaluations stay live. With a third argument that many of the last stay live besides.
//! `open` instead of a count opens and closes, no more.

#![allow(clippy::expect_used, reason = "a measurement stops at the first surprise")]

mod look;
mod made;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use forgegate_model::evaluation::Move;
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::{Claim, DeliveryFilter, Options, Page, Store};

/// More than this is a mistake.
const MOST: u64 = 5_000_000;
/// How many wait at a time.
const WAITING: u64 = 64;
/// After how many the rate is told.
const PART: u64 = 100_000;
/// What the process that is killed is called with, and after how many.
const KILLED: &str = "until-killed";
const KILLED_AFTER: u64 = 40_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a folder"));
    let count = arguments.next().expect("how many, or `until-killed`");
    let live: u64 = arguments.next().map_or(0, |it| it.parse().expect("how many live"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if count == "open" {
        drop(open(&folder, "as it was left"));
    } else if count == KILLED {
        runtime.block_on(record_until_killed(&folder));
    } else {
        let count = count.parse::<u64>().expect("a number").min(MOST);
        runtime.block_on(fill_and_look(&folder, count, live));
    }
}

async fn fill_and_look(folder: &Path, count: u64, live: u64) {
    let store = open(folder, "as it was left");
    if store.was_created() {
        made::configure(&store).await;
    }
    let begin = recorded(&store).await;
    let mut next = begin;
    while next < count {
        let upto = (next + 1).next_multiple_of(PART).min(count);
        let begun = Instant::now();
        record(&store, next, upto, count.saturating_sub(live)).await;
        let rate = (upto - next) as f64 / begun.elapsed().as_secs_f64();
        println!("deliveries {upto:>9}: {rate:>7.0} a second");
        next = upto;
    }
    store.close().await.expect("it closes");
    let store = open(folder, "after a clean end");
    drop(store);
    kill_one(folder);
    let store = open(folder, "after a kill");
    println!("live: {:?}", store.queue_depth());
    look::lists(&store, recorded(&store).await).await;
    drop(store);
    open(folder, "once more");
}

fn open(folder: &Path, when: &str) -> Store {
    let begun = Instant::now();
    let store = Store::open(Options::new(folder)).expect("it opens");
    println!("opened {when:<18}: {:?}", begun.elapsed());
    store
}

/// How many the store holds: they are numbered by their ids.
async fn recorded(store: &Store) -> u64 {
    let newest = store.deliveries(DeliveryFilter::default(), Page::first(1)).await;
    let newest = newest.expect("a page").items.pop();
    newest.map_or(0, |it| made::number(it.id) + 1)
}

/// Records those from a number up to another; up to `ended`, one in eight is followed by a claim and a finish.
async fn record(store: &Store, from: u64, upto: u64, ended: u64) {
    let next = Arc::new(AtomicU64::new(from));
    let tasks: Vec<_> = (0..WAITING)
        .map(|_| {
            let (store, next) = (store.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= upto {
                        return;
                    }
                    let new = made::delivery(number, number < ended);
                    store.commit_delivery(new).await.expect("recorded");
                    if number % 8 == 0 && number < ended {
                        end_one(&store, number).await;
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task");
    }
}

async fn end_one(store: &Store, number: u64) {
    let claim = Claim {
        worker: "worker".to_owned(),
        labels: Vec::new(),
        organizations: None,
        approved: false,
    };
    let lease = forgegate_model::crypto::sha256(&number.to_be_bytes());
    let at = made::at(number);
    let claimed = store.claim(claim, lease, at, None).await.expect("a claim");
    if let Some(claimed) = claimed {
        // The next push may have taken its place meanwhile: then the lease is lost.
        let _lost = store
            .finish(claimed.id, lease, Move::Succeed.into(), Timestamp::default(), None)
            .await;
    }
}

/// Has another process record, and kills it in the middle.
fn kill_one(folder: &Path) {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .arg(folder)
        .arg(KILLED)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the process starts");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let ready = lines.map_while(Result::ok).find(|line| line == KILLED);
    assert!(ready.is_some(), "the process ended by itself");
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
}

async fn record_until_killed(folder: &Path) {
    let store = Store::open(Options::new(folder)).expect("it opens");
    let mut next = recorded(&store).await;
    let enough = next + KILLED_AFTER;
    loop {
        let upto = next + 5_000;
        record(&store, next, upto, u64::MAX).await;
        next = upto;
        if next >= enough {
            // What follows is recorded while the other process kills this one.
            println!("{KILLED}");
        }
    }
}
