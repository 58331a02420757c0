use forgegate_model::evaluation::{Check, CheckState, Evaluation, Move, State, Trust};
use forgegate_model::ids::EvaluationId;
use forgegate_storage::{Ending, StoreError};

use crate::house::{House, anybody, at};

async fn running(house: &House) -> Evaluation {
    let acme = house.organization("acme").await;
    let project = house.made_project(acme, "app").await;
    house.queued(&project).await;
    house.claim(1).await.unwrap()
}

async fn finish(house: &House, id: EvaluationId, lease: u8, result: Move) -> Result<Evaluation, StoreError> {
    let ending = Ending {
        result,
        description: Some("done".to_owned()),
        url: None,
    };
    house.store.finish(id, [lease; 32], ending, at(20), None).await
}

fn conflict<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Conflict(_))), "{result:?}");
}

fn lost<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::LeaseLost)), "{result:?}");
}

#[tokio::test]
async fn a_finish_is_the_holders_and_the_same_again_changes_nothing() {
    let house = House::new();
    let id = running(&house).await.id;
    lost(finish(&house, id, 2, Move::Succeed).await);
    let first = finish(&house, id, 1, Move::Fail).await.unwrap();
    assert_eq!(first.state, State::Failed);
    assert_eq!(first.finished_at, Some(at(20)));
    let house = house.reopened();
    assert_eq!(finish(&house, id, 1, Move::Fail).await, Ok(first.clone()));
    conflict(finish(&house, id, 1, Move::Succeed).await);
    let other_words = house.store.finish(id, [1; 32], Move::Fail.into(), at(21), None);
    conflict(other_words.await);
    lost(finish(&house, id, 2, Move::Fail).await);
    assert_eq!(house.store.evaluation(id).await.unwrap(), Some(first));
    assert!(house.store.running().is_empty());
}

#[tokio::test]
async fn only_a_result_finishes() {
    let house = House::new();
    let id = running(&house).await.id;
    for not_one in [Move::Cancel, Move::Exhaust, Move::Requeue, Move::Supersede] {
        let refused = finish(&house, id, 1, not_one).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{not_one:?}");
    }
    assert_eq!(house.store.running().len(), 1);
}

#[tokio::test]
async fn a_cancel_ends_the_lease_at_once() {
    let house = House::new();
    let id = running(&house).await.id;
    let cancelled = house.store.cancel(id, at(15), None).await.unwrap();
    assert_eq!(cancelled.state, State::Cancelled);
    assert_eq!(house.store.heartbeat(id, &[1; 32]), Ok(true));
    assert_eq!(house.store.heartbeat(id, &[2; 32]), Err(StoreError::LeaseLost));
    lost(finish(&house, id, 1, Move::Succeed).await);
    conflict(house.store.cancel(id, at(16), None).await);
    let expired = house.store.expire(id, [1; 32], 3, at(16)).await;
    lost(expired);
    let row = house.store.evaluation(id).await.unwrap();
    assert_eq!(row, Some(cancelled));
}

#[tokio::test]
async fn a_lease_that_runs_out_gives_way_to_the_next_until_no_attempt_is_left() {
    let house = House::new();
    let id = running(&house).await.id;
    lost(house.store.expire(id, [9; 32], 2, at(30)).await);
    let back = house.store.expire(id, [1; 32], 2, at(30)).await.unwrap();
    assert_eq!((back.state, back.attempt), (State::Queued, 1));
    lost(house.store.expire(id, [1; 32], 2, at(30)).await);
    lost(finish(&house, id, 1, Move::Succeed).await);
    assert_eq!(house.store.heartbeat(id, &[1; 32]), Err(StoreError::LeaseLost));

    let house = house.reopened();
    let again = house.claim(2).await.unwrap();
    assert_eq!((again.id, again.attempt), (id, 2));
    assert_eq!(again.started_at, Some(at(10)));
    lost(finish(&house, id, 1, Move::Succeed).await);
    let over = house.store.expire(id, [2; 32], 2, at(40)).await.unwrap();
    assert_eq!(over.state, State::Errored);
    assert_eq!(over.finished_at, Some(at(40)));
    // Whoever held it last lost it, also if it says the same.
    lost(finish(&house, id, 2, Move::Error).await);
    assert_eq!(house.claim(3).await, None);
}

#[tokio::test]
async fn checks_keep_the_order_in_which_they_were_first_named() {
    let house = House::new();
    let id = running(&house).await.id;
    let check = |name: &str, state| Check {
        name: name.into(),
        state,
        description: None,
        url: None,
    };
    let store = &house.store;
    let enter = |name: &str, state| store.check(id, [1; 32], check(name, state), at(15), None);
    enter("build", CheckState::Running).await.unwrap();
    enter("test", CheckState::Running).await.unwrap();
    let row = enter("build", CheckState::Failed).await.unwrap();
    let seen: Vec<_> = row.checks.iter().map(|it| (&*it.name, it.state)).collect();
    assert_eq!(seen, [("build", CheckState::Failed), ("test", CheckState::Running)]);
    for number in 2..100 {
        enter(&number.to_string(), CheckState::Skipped).await.unwrap();
    }
    assert!(matches!(
        enter("one more", CheckState::Skipped).await,
        Err(StoreError::Invalid(_))
    ));
    enter("test", CheckState::Succeeded).await.unwrap();
    lost(
        store
            .check(id, [2; 32], check("build", CheckState::Succeeded), at(15), None)
            .await,
    );
    finish(&house, id, 1, Move::Succeed).await.unwrap();
    lost(enter("build", CheckState::Succeeded).await);
}

#[tokio::test]
async fn what_is_held_is_released_for_its_own_commit_only() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let project = house.made_project(acme, "app").await;
    let held = house.held(&project).await;
    let store = &house.store;
    assert_eq!(house.claim(1).await, None);
    conflict(store.approve(held.id, "f".repeat(40), at(5), None).await);
    let sha = held.work.sha.clone();
    let released = store.approve(held.id, sha.clone(), at(5), None).await.unwrap();
    assert_eq!((released.state, released.work.trust), (State::Queued, Trust::Approved));
    conflict(store.approve(held.id, sha, at(5), None).await);
    assert_eq!(store.oldest_queued(), Some(at(5)));
    let mut careful = anybody();
    careful.approved = false;
    assert_eq!(store.claim(careful.clone(), [1; 32], at(10), None).await.unwrap(), None);
    assert_eq!(house.claim(1).await.unwrap().id, held.id);

    let trusted = house.queued(&project).await;
    let claimed = store.claim(careful, [2; 32], at(11), None).await.unwrap();
    assert_eq!(claimed.unwrap().id, trusted.id);
}

#[tokio::test]
async fn a_rerun_is_new_and_releases_nothing() {
    let house = House::new();
    let first = running(&house).await;
    let first = finish(&house, first.id, 1, Move::Fail).await.unwrap();
    let store = &house.store;
    let new_id = || EvaluationId(house.id());
    let again = store.rerun(first.id, new_id(), at(30), None).await.unwrap();
    assert_eq!(again.rerun_of, Some(first.id));
    assert_eq!((again.state, again.attempt), (State::Queued, 0));
    assert_eq!(again.work, first.work);
    assert_eq!((again.lease_hash, again.description), (None, None));
    assert_eq!(store.evaluation(first.id).await.unwrap(), Some(first.clone()));

    let project = store.project(first.project).await.unwrap().unwrap();
    let held = house.held(project.project()).await;
    store.cancel(held.id, at(31), None).await.unwrap();
    let rerun = |id| store.rerun(id, new_id(), at(32), None);
    assert_eq!(rerun(held.id).await.unwrap().state, State::Held);

    let held = house.held(project.project()).await;
    let sha = held.work.sha.clone();
    store.approve(held.id, sha, at(33), None).await.unwrap();
    let released = rerun(held.id).await.unwrap();
    assert_eq!((released.state, released.work.trust), (State::Queued, Trust::Approved));
    assert!(matches!(
        rerun(EvaluationId(house.id())).await,
        Err(StoreError::NotFound(_))
    ));
}
