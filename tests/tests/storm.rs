//! Five hundred evaluations, forges that fail in every way they can, and a gateway that is killed in the middle.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use forgegate_tests::forges::{Fault, Logged, Plan};
use forgegate_tests::{Side, Stage};
use futures_util::StreamExt;
use futures_util::stream::iter;

/// Evaluations of each forge that come to their end while it is down.
const IN_THE_DARK: u64 = 100;
/// Evaluations of each forge that live through the storm.
const IN_THE_STORM: u64 = 25;
/// How many things are done at once.
const AT_ONCE: usize = 16;
/// Statuses that are under way at once: what a kill may cut, and what is then told again.
const UNDER_WAY: usize = 64;
/// Calls that a status is looked up by where nobody heard how an attempt ended.
const LOOK_UPS: usize = 2;

/// Nothing arrives.
fn dark() -> Plan {
    Plan {
        seed: 1,
        drop_before: 1000,
        ..Plan::default()
    }
}

/// A third of the calls go wrong, in all ways.
fn storm(seed: u64) -> Plan {
    Plan {
        seed,
        fail: 60,
        delay: 100,
        longest_delay: Duration::from_millis(50),
        rate_limit: 15,
        drop_before: 60,
        drop_after: 60,
    }
}

/// How an evaluation ends.
fn end_of(number: u64) -> &'static str {
    ["succeeded", "failed", "errored"][usize::try_from(number % 3).unwrap()]
}

/// The forge's word for that, and how far each of its words has come.
fn word(forge: &str, state: &str) -> &'static str {
    match (forge, state) {
        (_, "succeeded") => "success",
        ("gitlab", _) => "failed",
        ("gitea" | "forgejo", "errored") => "error",
        _ => "failure",
    }
}

fn rank(word: &str) -> u8 {
    match word {
        "pending" | "queued" => 0,
        "running" | "in_progress" => 1,
        _ => 2,
    }
}

/// Pushes these to every forge, and has workers end them.
async fn live(stage: &Stage, numbers: std::ops::Range<u64>) {
    let pushes = stage.sides.iter().flat_map(|side| numbers.clone().map(move |number| (side, number)));
    let pushed: BTreeMap<String, u64> = iter(pushes)
        .map(async |(side, number)| (stage.push(side, number).await, number))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let finished = iter(0..pushed.len())
        .map(async |_| {
            let claimed = stage.gateway.claim(10_000, false).await.expect("an evaluation");
            let id = claimed["evaluation"]["id"].as_str().unwrap();
            stage.finish(&claimed, end_of(pushed[id])).await
        })
        .buffer_unordered(AT_ONCE)
        .count()
        .await;
    assert_eq!(finished, pushed.len());
}

/// Whether a call tells a status.
fn tells(call: &Logged) -> bool {
    let path = &call.call.path;
    call.call.method != "GET" && (path.contains("/statuses/") || path.contains("/check-runs"))
}

fn went_wrong(call: &Logged) -> bool {
    !matches!(call.fault, None | Some(Fault::Delay(_)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_end_arrives_none_goes_backwards_and_no_more_is_said_than_has_to_be() {
    let began = std::time::Instant::now();
    let mut stage = Stage::set(Side::all().await, "[reporting]\nrequests_per_minute = 6000\n").await;
    stage.sides.iter().for_each(|side| side.forge.plan(dark()));
    live(&stage, 0..IN_THE_DARK).await;
    let dark_calls: usize = stage.sides.iter().map(|side| side.forge.calls().len()).sum();
    println!("after {:?}: {dark_calls} calls in the dark", began.elapsed());

    let seeds = 7..;
    stage.sides.iter().zip(seeds).for_each(|(side, seed)| side.forge.plan(storm(seed)));
    live(&stage, IN_THE_DARK..IN_THE_DARK + IN_THE_STORM).await;
    let told = |stage: &Stage| -> usize {
        let calls = stage.sides.iter().flat_map(|side| side.forge.calls());
        calls.filter(|call| tells(call) && (200..300).contains(&call.status())).count()
    };
    forgegate_tests::wait::until("a fifth is told", async || (told(&stage) > 100).then_some(())).await;
    println!("after {:?}: killed with {} told", began.elapsed(), told(&stage));
    stage = stage.kill_and_start();
    stage.told_within(Duration::from_secs(60)).await;

    let mut rows = Vec::new();
    for outcome in ["sent", "failed"] {
        for side in &stage.sides {
            let listed = stage.statuses(&format!("outcome={outcome}&project={}", side.project())).await;
            rows.extend(listed);
        }
    }
    let failed: Vec<_> = rows.iter().filter(|row| row["outcome"] == "failed").collect();
    assert!(failed.is_empty(), "{failed:?}");
    let minimum = rows.len();

    for side in &stage.sides {
        for number in 0..IN_THE_DARK + IN_THE_STORM {
            let states = side.states(number);
            let told = format!("{} at push {number}: {states:?}", side.id);
            let ranks: Vec<_> = states.iter().map(|state| rank(state)).collect();
            assert_eq!(states.last().unwrap(), word(side.id, end_of(number)), "{told}");
            assert!(ranks.is_sorted(), "{told}");
            assert!(
                number >= IN_THE_DARK || ranks.iter().all(|rank| *rank == 2),
                "what was over before the forge came back is told by its end alone: {told}"
            );
        }
    }
    let calls: Vec<Logged> = stage.sides.iter().flat_map(|side| side.forge.calls()).collect();
    let wrong = calls.iter().filter(|call| went_wrong(call)).count();
    let telling = calls.iter().filter(|call| tells(call)).count();
    let retries = calls.iter().filter(|call| tells(call) && went_wrong(call)).count();
    println!(
        "after {:?}: {} calls, of them {telling} tell a status; the minimum is {minimum}; {wrong} calls went wrong, {retries} of them telling",
        began.elapsed(),
        calls.len()
    );
    assert!(telling <= minimum * 6 / 5 + retries + UNDER_WAY, "told {telling} times");
    let most = minimum * 6 / 5 + (1 + LOOK_UPS) * (wrong + UNDER_WAY);
    assert!(calls.len() <= most, "{} calls, at most {most}", calls.len());
}
