use forgegate_model::delivery::{Outcome, Reason};
use forgegate_model::evaluation::State;
use forgegate_model::heads::{HeadComparison, HeadMove, HeadName};
use forgegate_model::ids::{DeliveryId, EvaluationId};
use forgegate_model::queueing::Gate;
use forgegate_model::timestamp::Timestamp;
use uuid::Uuid;

use super::fixtures::{Fixture, PROJECT, now, page, push, wanted};
use crate::{
    Committed, EvaluationFilter, HeadChange, HeadSource, NewDelivery, ObservedHeads, Poll, PollKey, Retention, Store,
};

const MAIN: &str = "refs/heads/main";

fn sha(letter: char) -> String {
    letter.to_string().repeat(40)
}

fn main() -> HeadName {
    HeadName::Branch(MAIN.to_owned())
}

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_micros(now().micros() + seconds * 1_000_000)
}

/// A delivery of the forge's that `main` moved, made at this second.
fn told(number: u128, second: i64, before: char, after: char) -> NewDelivery {
    let mut new = push(number, &number.to_string());
    new.row.received_at = later(second);
    new.consequences.candidates[0].wanted = Some(wanted(number, &sha(after), Some(&sha(before))));
    new.consequences.head = Some(HeadChange {
        moved: HeadMove {
            head: main(),
            before: Some(sha(before)),
            after: Some(sha(after)),
        },
        projects: vec![PROJECT],
        by: HeadSource::Delivery,
    });
    new
}

/// What a look that was asked at this second states.
fn stated(number: u128, second: i64, before: char, after: char) -> NewDelivery {
    let mut new = told(number, second, before, after);
    new.key = None;
    if let Some(head) = &mut new.consequences.head {
        head.by = HeadSource::Poll(later(second));
    }
    new
}

async fn watermark(store: &Store) -> forgegate_model::heads::Watermark {
    let heads = store.heads(PROJECT).await.unwrap();
    let found = heads.into_iter().find(|(name, _)| *name == main());
    found.expect("a watermark").1
}

/// The project's first look, which finds `main` at `a`.
async fn looked_at() -> Fixture {
    let fixture = Fixture::new().await;
    let seen = ObservedHeads {
        project: PROJECT,
        asked: later(0),
        heads: vec![(main(), Some(sha('a')))],
    };
    fixture.store.note_heads(Uuid::from_u128(9), seen).await.unwrap();
    fixture
}

async fn evaluated(store: &Store) -> Vec<char> {
    let listed = store
        .evaluations(EvaluationFilter::default(), page(None, 100))
        .await
        .unwrap();
    let mut letters: Vec<_> = listed
        .items
        .iter()
        .filter_map(|it| it.work.sha.chars().next())
        .collect();
    letters.sort_unstable();
    letters
}

async fn reason_of(store: &Store, new: NewDelivery) -> Option<Reason> {
    match store.commit_delivery(new).await.unwrap() {
        Committed::First(delivery) => delivery.findings.skipped.first().map(|it| it.reason),
        Committed::Duplicate { .. } => panic!("a duplicate"),
    }
}

#[tokio::test]
async fn what_a_look_states_is_evaluated_once_however_late_the_delivery_comes() {
    let fixture = looked_at().await;
    let store = &fixture.store;
    let delivery = store.state_head(stated(1, 10, 'a', 'b')).await.unwrap().unwrap();
    assert_eq!(delivery.outcome, Outcome::Queued);
    assert_eq!(
        store.state_head(stated(2, 11, 'a', 'b')).await.unwrap(),
        None,
        "nothing is missed"
    );
    store
        .cancel(EvaluationId(Uuid::from_u128(2_000_001)), later(12), None)
        .await
        .unwrap();
    let fixture = fixture.reopen();
    let store = &fixture.store;
    let reason = reason_of(store, told(3, 10_000, 'a', 'b')).await;
    assert_eq!(reason, Some(Reason::AlreadyInProgress), "though it is over");
    assert_eq!(evaluated(store).await, ['b']);
    assert!(
        store
            .delivery(DeliveryId(Uuid::from_u128(1_000_002)))
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn what_was_stated_as_a_strangers_is_released_by_the_delivery_that_tells_who_brought_it() {
    let fixture = looked_at().await;
    let store = &fixture.store;
    let mut new = stated(1, 10, 'a', 'b');
    new.consequences.candidates[0].wanted.as_mut().unwrap().gate = Gate::Held;
    let held = store.state_head(new).await.unwrap().unwrap();
    assert_eq!(held.outcome, Outcome::Held);
    assert_eq!(reason_of(store, told(2, 11, 'a', 'b')).await, None);
    let listed = store
        .evaluations(EvaluationFilter::default(), page(None, 9))
        .await
        .unwrap();
    let states: Vec<_> = listed.items.iter().map(|it| it.state).collect();
    assert_eq!(states, [State::Queued, State::Superseded]);
}

#[tokio::test]
async fn what_a_delivery_told_is_never_stated() {
    let fixture = looked_at().await;
    let store = &fixture.store;
    assert_eq!(reason_of(store, told(1, 5, 'a', 'b')).await, None);
    assert_eq!(
        store.state_head(stated(2, 4, 'a', 'b')).await.unwrap(),
        None,
        "asked before it came"
    );
    assert_eq!(
        store.state_head(stated(3, 6, 'a', 'b')).await.unwrap(),
        None,
        "asked after"
    );
    assert_eq!(reason_of(store, told(4, 7, 'b', 'c')).await, None);
    assert_eq!(
        store.state_head(stated(5, 7, 'a', 'd')).await.unwrap(),
        None,
        "it moves: later"
    );
    assert!(store.state_head(stated(6, 8, 'c', 'd')).await.unwrap().is_some());
    assert_eq!(evaluated(store).await, ['b', 'c', 'd']);
}

#[tokio::test]
async fn a_delivery_and_a_look_in_one_batch_make_one_evaluation() {
    for round in 0..20 {
        let fixture = looked_at().await;
        let store = &fixture.store;
        let (came, looked) = (told(1, 5, 'a', 'b'), stated(2, 5, 'a', 'b'));
        let (came, looked) = if round % 2 == 0 {
            let (looked, came) = tokio::join!(store.state_head(looked), store.commit_delivery(came));
            (came, looked)
        } else {
            tokio::join!(store.commit_delivery(came), store.state_head(looked))
        };
        came.unwrap();
        looked.unwrap();
        assert_eq!(evaluated(store).await, ['b']);
    }
}

#[tokio::test]
async fn what_made_no_evaluation_is_not_taken_from_the_delivery_that_comes_late() {
    let fixture = looked_at().await;
    let store = &fixture.store;
    let mut new = stated(1, 10, 'a', 'b');
    new.consequences.candidates.clear();
    assert!(store.state_head(new).await.unwrap().is_some());
    assert_eq!(reason_of(store, told(2, 11, 'a', 'b')).await, None);
    assert_eq!(evaluated(store).await, ['b']);
}

#[tokio::test]
async fn a_delivery_that_is_taken_up_again_tells_nothing() {
    let fixture = looked_at().await;
    let store = &fixture.store;
    store.state_head(stated(1, 10, 'a', 'b')).await.unwrap();
    store
        .cancel(EvaluationId(Uuid::from_u128(2_000_001)), later(12), None)
        .await
        .unwrap();
    let before = watermark(store).await;
    let mut again = told(2, 20, 'a', 'b');
    again.row.replay_of = Some(DeliveryId(Uuid::from_u128(1_000_001)));
    again.consequences.head.as_mut().unwrap().by = HeadSource::Replay;
    assert_eq!(reason_of(store, again).await, None, "a replay runs");
    assert_eq!(watermark(store).await, before);
}

#[tokio::test]
async fn rows_that_count_no_more_are_swept_and_the_views_can_be_made_anew() {
    let fixture = looked_at().await;
    let letters = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (number, pair) in letters.windows(2).enumerate() {
        fixture
            .store
            .commit_delivery(told(number as u128, 5, pair[0], pair[1]))
            .await
            .unwrap();
    }
    let before = watermark(&fixture.store).await;
    assert_eq!(before.now(), Some(sha('f').as_str()));
    std::fs::remove_file(fixture.file("views.redb")).unwrap();
    let fixture = fixture.reopen();
    assert_eq!(watermark(&fixture.store).await, before, "made anew with the older rows");
    let forever = std::time::Duration::from_secs(1 << 40);
    let retention = Retention {
        deliveries: forever,
        evaluations: forever,
        audit: forever,
        activity: forever,
    };
    assert_eq!(fixture.store.sweep(retention, later(60)).await.unwrap().heads, 5);
    assert_eq!(fixture.store.sweep(retention, later(60)).await.unwrap().heads, 0);
    std::fs::remove_file(fixture.file("views.redb")).unwrap();
    let fixture = fixture.reopen();
    assert_eq!(watermark(&fixture.store).await, before, "made anew without them");
    fixture.store.delete_project(PROJECT, later(61), None).await.unwrap();
    assert_eq!(fixture.store.sweep(retention, later(62)).await.unwrap().heads, 1);
}

#[tokio::test]
async fn a_look_is_remembered_until_the_project_goes() {
    let fixture = looked_at().await;
    let key = PollKey::Heads(PROJECT);
    assert_eq!(fixture.store.last_look(key).await.unwrap(), None);
    let look = Poll {
        at: "forge.example/a/b".to_owned(),
        asked: later(3),
    };
    fixture.store.note_look(key, look.clone()).await.unwrap();
    let fixture = fixture.reopen();
    assert_eq!(fixture.store.last_look(key).await.unwrap(), Some(look));
    assert_eq!(fixture.store.last_look(PollKey::hook("app")).await.unwrap(), None);
    assert_eq!(
        watermark(&fixture.store).await.compare(Some(&sha('a')), later(9)),
        HeadComparison::Still
    );
}
