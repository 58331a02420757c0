//! Five hundred evaluations, forges that fail in every way they can, and a gateway that is killed in the middle.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use forgegate_tests::forges::{Fault, Logged, Plan};
use forgegate_tests::{TestForge, Testbed};
use futures_util::StreamExt;
use futures_util::stream::iter;
use serde_json::Value;

/// Evaluations of each forge that are made and come to their end while it is down.
const IN_THE_DARK: u64 = 100;
/// Evaluations of each forge that are seen to begin, and end while it is down.
const IN_THE_STORM: u64 = 25;
/// Requests at a time.
const AT_ONCE: usize = 16;
/// Statuses in flight at a time: a kill may cut these, and they are sent again.
const UNDER_WAY: usize = 64;
/// Calls that look a status up whose attempt ended without an answer.
const LOOK_UPS: usize = 2;

/// A plan by which no call arrives.
fn dark(seed: u64) -> Plan {
    Plan {
        seed,
        drop_before: 1000,
        ..Plan::default()
    }
}

/// A plan by which a third of the calls go wrong, in all ways.
fn storm(seed: u64) -> Plan {
    Plan {
        seed,
        fail: 40,
        fail_after: 30,
        delay: 100,
        longest_delay: Duration::from_millis(50),
        rate_limit: 15,
        drop_before: 60,
        drop_after: 60,
    }
}

/// The state in which an evaluation ends.
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

/// Posts these pushes of every forge; the numbers by their evaluations.
async fn push(testbed: &Testbed, numbers: std::ops::Range<u64>) -> BTreeMap<String, u64> {
    let forges = testbed.forges.iter();
    let pushes = forges.flat_map(|forge| numbers.clone().map(move |number| (forge, number)));
    let pushed = iter(pushes).map(async |(forge, number)| (testbed.push(forge, number).await, number));
    pushed.buffer_unordered(AT_ONCE).collect().await
}

/// Claims this many evaluations.
async fn claim(testbed: &Testbed, count: usize) -> Vec<Value> {
    let claims = iter(0..count).map(async |_| testbed.gateway.claim(10_000, false).await.expect("an evaluation"));
    claims.buffer_unordered(AT_ONCE).collect().await
}

/// Ends the claimed evaluations, each in its state.
async fn finish(testbed: &Testbed, claimed: &[Value], numbers: &BTreeMap<String, u64>) {
    let finished = iter(claimed).map(async |claimed| {
        let number = numbers[claimed["evaluation"]["id"].as_str().unwrap()];
        testbed.finish(claimed, end_of(number)).await
    });
    assert_eq!(finished.buffer_unordered(AT_ONCE).count().await, claimed.len());
}

/// True for a call that sends a status.
fn sends_status(call: &Logged) -> bool {
    let path = &call.call.path;
    call.call.method != "GET" && (path.contains("/statuses/") || path.contains("/check-runs"))
}

fn went_wrong(call: &Logged) -> bool {
    !matches!(call.fault, None | Some(Fault::Delay(_)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_end_arrives_none_goes_backwards_and_no_more_is_said_than_has_to_be() {
    let began = Instant::now();
    let mut testbed = Testbed::start(TestForge::all().await, "[reporting]\nrequests_per_minute = 6000\n").await;
    let plan = |testbed: &Testbed, plan: fn(u64) -> Plan| {
        let seeds = testbed.forges.iter().zip(7..);
        seeds.for_each(|(forge, seed)| forge.fake.plan(plan(seed)));
    };
    let sent = |testbed: &Testbed| {
        let calls = testbed.forges.iter().flat_map(|forge| forge.fake.calls());
        calls
            .filter(|call| sends_status(call) && (200..300).contains(&call.status()))
            .count()
    };
    plan(&testbed, storm);
    let begun = push(&testbed, 0..IN_THE_STORM).await;
    let running = claim(&testbed, begun.len()).await;
    forgegate_tests::wait::until("they are seen to have begun", async || {
        (sent(&testbed) >= begun.len()).then_some(())
    })
    .await;
    println!("after {:?}: {} told of what began", began.elapsed(), sent(&testbed));

    plan(&testbed, dark);
    finish(&testbed, &running, &begun).await;
    let hidden = push(&testbed, IN_THE_STORM..IN_THE_STORM + IN_THE_DARK).await;
    finish(&testbed, &claim(&testbed, hidden.len()).await, &hidden).await;
    println!("after {:?}: all is over, and nobody told of it", began.elapsed());

    plan(&testbed, storm);
    let before = sent(&testbed);
    forgegate_tests::wait::until("a fifth is told", async || {
        (sent(&testbed) > before + 100).then_some(())
    })
    .await;
    println!("after {:?}: killed with {} told", began.elapsed(), sent(&testbed));
    testbed = testbed.kill_and_start();
    testbed.all_sent_within(Duration::from_secs(120)).await;

    let mut statuses = Vec::new();
    for outcome in ["sent", "failed"] {
        for forge in &testbed.forges {
            let listed = testbed
                .statuses(&format!(
                    "outcome={outcome}&organization=acme&project={}",
                    forge.project()
                ))
                .await;
            statuses.extend(listed);
        }
    }
    let failed: Vec<_> = statuses.iter().filter(|status| status["outcome"] == "failed").collect();
    assert!(failed.is_empty(), "{failed:?}");
    let begun_and_ended = |forge: &TestForge| (0..IN_THE_STORM).any(|number| forge.states(number).len() > 1);
    assert!(testbed.forges.iter().all(begun_and_ended), "nothing was seen to move");
    let minimum = statuses.len();

    for forge in &testbed.forges {
        for number in 0..IN_THE_DARK + IN_THE_STORM {
            let states = forge.states(number);
            let sent = format!("{} at push {number}: {states:?}", forge.id);
            let ranks: Vec<_> = states.iter().map(|state| rank(state)).collect();
            assert_eq!(states.last().unwrap(), word(forge.id, end_of(number)), "{sent}");
            assert!(ranks.is_sorted(), "{sent}");
            assert!(
                number < IN_THE_STORM || ranks.iter().all(|rank| *rank == 2),
                "what was over before the forge came back is told by its end alone: {sent}"
            );
        }
    }
    let world = testbed.forge("github").fake.world();
    let made = world.statuses.iter().filter(|it| it.check).count();
    assert_eq!(
        made,
        usize::try_from(IN_THE_STORM + IN_THE_DARK).unwrap(),
        "a check was made twice"
    );
    drop(world);
    let calls: Vec<Logged> = testbed.forges.iter().flat_map(|forge| forge.fake.calls()).collect();
    let wrong = calls.iter().filter(|call| went_wrong(call)).count();
    let sending = calls.iter().filter(|call| sends_status(call)).count();
    let retries = calls
        .iter()
        .filter(|call| sends_status(call) && went_wrong(call))
        .count();
    println!(
        "after {:?}: {} calls, of them {sending} tell a status; the minimum is {minimum}; {wrong} calls went wrong, {retries} of them telling",
        began.elapsed(),
        calls.len()
    );
    assert!(sending <= minimum * 6 / 5 + retries + UNDER_WAY, "told {sending} times");
    let most = minimum * 6 / 5 + (1 + LOOK_UPS) * (wrong + UNDER_WAY);
    assert!(calls.len() <= most, "{} calls, at most {most}", calls.len());
}
