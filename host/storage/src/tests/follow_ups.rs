//! Follow-up work: written with its delivery, done once, gone with it.

use std::time::Duration;

use forgegate_model::command::Command;
use forgegate_model::delivery::{Outcome, Reason};
use forgegate_model::evaluation::{State, Trust};
use forgegate_model::event::User;
use forgegate_model::follow_up::{CommandRequest, CommandTarget, Stage, Task};
use forgegate_model::ids::{DeliveryId, EvaluationId};
use forgegate_model::queueing::Gate;
use uuid::Uuid;

use super::fixtures::{Fixture, PROJECT, decider, now, push, wanted};
use crate::{Candidate, Committed, Effect, FollowUpEnding, NewDelivery, Retention, Settlement};

/// A delivery of a comment with a command in it.
fn comment(number: u128, comment: &str, command: Command) -> NewDelivery {
    let mut new = push(number, &format!("comment {number}"));
    new.consequences.candidates.clear();
    let order = CommandRequest {
        command,
        comment: comment.to_owned(),
        number: 7,
        by: User {
            id: Some("51".into()),
            login: "ann".into(),
        },
        written_at: now(),
        targets: vec![CommandTarget {
            project: PROJECT,
            matched_trigger: decider(),
            strangers: Gate::Held,
            evaluation: EvaluationId(Uuid::from_u128(3_000_000 + number)),
        }],
    };
    new.consequences.follow_up = Some(Box::new(Task::Command(order)));
    new
}

fn settlement(delivery: DeliveryId, deeds: Vec<Effect>) -> Settlement {
    Settlement {
        delivery,
        at: now(),
        seed: Uuid::from_u128(77),
        deeds,
        audit: Some(("ann (forge 51)".into(), "command approve".into())),
        sentences: vec!["the forge says yes".into()],
        ending: FollowUpEnding::Done,
        reply: None,
    }
}

/// Holds what a push wants, and answers the evaluation and its commit.
async fn hold(fixture: &Fixture, number: u128) -> (EvaluationId, String) {
    let mut new = push(number, &format!("held {number}"));
    let wanted = new.consequences.candidates[0].wanted.as_mut().unwrap();
    wanted.gate = Gate::Held;
    wanted.work.trust = Trust::Untrusted;
    let held = (wanted.evaluation, wanted.work.sha.clone());
    fixture.store.commit_delivery(new).await.unwrap();
    held
}

async fn committed(fixture: &Fixture, new: NewDelivery) -> forgegate_model::delivery::Delivery {
    match fixture.store.commit_delivery(new).await.unwrap() {
        Committed::First(delivery) => delivery,
        Committed::Duplicate { .. } => panic!("it is the first"),
    }
}

fn release(evaluation: EvaluationId, sha: &str, trust: Trust) -> Effect {
    Effect::Release {
        project: PROJECT,
        evaluation,
        sha: sha.to_owned(),
        trust,
        matched_trigger: Some(decider()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_asked_survives_and_what_follows_is_done_once_and_on_record() {
    for trust in [Trust::Approved, Trust::Trusted] {
        released_once_as(trust).await;
    }
}

async fn released_once_as(trust: Trust) {
    let fixture = Fixture::new().await;
    let (held, sha) = hold(&fixture, 1).await;
    let delivery = committed(&fixture, comment(2, "900", Command::Approve { sha: None })).await;
    assert_eq!((delivery.outcome, delivery.findings.reason), (Outcome::Ignored, None));
    let fixture = fixture.reopen();
    assert_eq!(fixture.store.open_follow_ups(), 1);
    let taken = fixture.store.take_follow_ups(now(), 8).await.unwrap();
    assert_eq!(taken[0].follow_up.delivery, delivery.id);
    assert!(
        fixture.store.take_follow_ups(now(), 8).await.unwrap().is_empty(),
        "it is in hand"
    );

    let done = fixture
        .store
        .settle_follow_up(settlement(delivery.id, vec![release(held, &sha, trust)]))
        .await
        .unwrap();
    assert_eq!((done.stage, done.sentences.len()), (Stage::Done, 1));
    drop(taken);
    let row = fixture.store.delivery(delivery.id).await.unwrap().unwrap();
    assert_eq!(
        (row.outcome, row.findings.queued[0].evaluation_id),
        (Outcome::Queued, held)
    );
    let released = fixture.store.evaluation(held).await.unwrap().unwrap();
    assert_eq!((released.state, released.work.trust), (State::Queued, trust));
    assert!(released.deliveries.contains(&delivery.id));

    // Settled again, by whoever was slower, it changes nothing.
    fixture
        .store
        .settle_follow_up(settlement(delivery.id, vec![release(held, &sha, trust)]))
        .await
        .unwrap();
    assert_eq!(fixture.store.delivery(delivery.id).await.unwrap().unwrap(), row);
    let fixture = fixture.reopen();
    assert_eq!(fixture.store.open_follow_ups(), 0);
    assert_eq!(fixture.store.delivery(delivery.id).await.unwrap().unwrap(), row);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_held_of_that_very_commit_is_released() {
    let fixture = Fixture::new().await;
    let (held, sha) = hold(&fixture, 1).await;
    for (number, sha, reason) in [
        (2, "f".repeat(40), Reason::NotPermitted),
        (3, sha.clone(), Reason::Filtered),
    ] {
        if reason == Reason::Filtered {
            fixture.store.cancel(held, now(), None).await.unwrap();
        }
        let delivery = committed(
            &fixture,
            comment(number, &number.to_string(), Command::Approve { sha: None }),
        )
        .await;
        let deeds = vec![release(held, &sha, Trust::Approved)];
        fixture
            .store
            .settle_follow_up(settlement(delivery.id, deeds))
            .await
            .unwrap();
        let row = fixture.store.delivery(delivery.id).await.unwrap().unwrap();
        assert_eq!(
            (row.outcome, row.findings.skipped[0].reason),
            (Outcome::Skipped, reason)
        );
        let state = fixture.store.evaluation(held).await.unwrap().unwrap().state;
        assert_ne!(state, State::Queued);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_obeyed_once_whichever_hook_brings_it_and_a_replay_releases_nothing() {
    let fixture = Fixture::new().await;
    let first = comment(2, "900", Command::Cancel);
    let second = comment(3, "900", Command::Cancel);
    // Also where both are committed together.
    let (first, second) = tokio::join!(
        fixture.store.commit_delivery(first),
        fixture.store.commit_delivery(second)
    );
    let reasons: Vec<_> = [first.unwrap(), second.unwrap()]
        .into_iter()
        .map(|it| match it {
            Committed::First(delivery) => delivery.findings.skipped.first().map(|it| it.reason),
            Committed::Duplicate { .. } => panic!("each is another delivery"),
        })
        .collect();
    assert!(
        reasons.contains(&None) && reasons.contains(&Some(Reason::AlreadyInProgress)),
        "{reasons:?}"
    );
    assert_eq!(fixture.store.open_follow_ups(), 1);

    let mut replayed = comment(4, "901", Command::Approve { sha: None });
    replayed.row.replay_of = Some(DeliveryId(Uuid::from_u128(1)));
    let replayed = committed(&fixture, replayed).await;
    assert_eq!(replayed.findings.skipped[0].reason, Reason::NotPermitted);
    assert_eq!(fixture.store.open_follow_ups(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_goes_the_way_of_any_delivery_and_is_put_off_while_nobody_answers() {
    let fixture = Fixture::new().await;
    let delivery = committed(&fixture, comment(2, "900", Command::Run { argument: None })).await;
    let later = now().plus(Duration::from_secs(9));
    let put_off = fixture.store.put_off_follow_up(delivery.id, later, "it is down".into());
    put_off.await.unwrap();
    assert_eq!(fixture.store.next_follow_up_due(), Some(later));
    assert!(fixture.store.take_follow_ups(now(), 8).await.unwrap().is_empty());
    assert_eq!(fixture.store.take_follow_ups(later, 8).await.unwrap().len(), 1);
    let candidate = Candidate {
        wanted: Some(wanted(5, &"a".repeat(40), None)),
        ..Candidate::of(PROJECT)
    };
    let settlement = Settlement {
        at: later,
        ..settlement(delivery.id, vec![Effect::Queue(Box::new(candidate))])
    };
    fixture.store.settle_follow_up(settlement).await.unwrap();
    let row = fixture.store.delivery(delivery.id).await.unwrap().unwrap();
    assert_eq!(
        (row.outcome, row.findings.queued.len(), row.received_at),
        (Outcome::Queued, 1, now())
    );
    let made = fixture
        .store
        .evaluation(row.findings.queued[0].evaluation_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        made.created_at, later,
        "a head stands since it was found, not since it was asked for"
    );
    let follow_up = fixture.store.follow_up(delivery.id).await.unwrap().unwrap();
    assert_eq!(follow_up.sentences, ["it is down", "the forge says yes"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn follow_up_work_goes_with_its_delivery() {
    let fixture = Fixture::new().await;
    let delivery = committed(&fixture, comment(2, "900", Command::Help)).await;
    let keep = Retention {
        deliveries: Duration::from_secs(1),
        evaluations: Duration::MAX,
        activity: Duration::MAX,
        audit: Duration::MAX,
    };
    let later = now().plus(Duration::from_hours(24 * 30));
    assert_eq!(fixture.store.sweep(keep, later).await.unwrap().deliveries, 1);
    assert_eq!(fixture.store.follow_up(delivery.id).await.unwrap(), None);
    assert_eq!(fixture.store.open_follow_ups(), 0);
    // Nobody remembers the comment either.
    let again = committed(&fixture, comment(3, "900", Command::Help)).await;
    assert!(again.findings.skipped.is_empty());
}
