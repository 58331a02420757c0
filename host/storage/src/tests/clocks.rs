use forgegate_model::delivery::Reason;
use forgegate_model::evaluation::{State, Trust};
use forgegate_model::ids::{EvaluationId, TriggerId};
use forgegate_model::project::StableId;
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::{Trigger, TriggerKind};
use uuid::Uuid;

use super::fixtures::{Fixture, INTEGRATION, PROJECT, now, page, wanted};
use crate::{Clock, EvaluationFilter, Fired, Firing, Store};

const TRIGGER: TriggerId = TriggerId(Uuid::from_u128(77));

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_micros(now().micros() + seconds * 1_000_000)
}

fn clock(due: i64) -> Clock {
    Clock {
        rule: "every 60 s".to_owned(),
        due: later(due),
        seen: Vec::new(),
    }
}

fn sha(letter: char) -> String {
    letter.to_string().repeat(40)
}

fn repository(id: &str) -> StableId {
    StableId {
        forge: "forge".to_owned(),
        host: "forge.example".to_owned(),
        id: id.to_owned(),
    }
}

/// What starts when the clock stands at this, and its next time.
fn firing(number: u128, at: Clock, next: i64, letters: &[char]) -> Firing {
    let works = letters.iter().enumerate().map(|(place, letter)| {
        let mut work = wanted(number, &sha(*letter), None).work;
        work.cause.event = "poll".to_owned();
        work.trust = Trust::Trusted;
        (
            EvaluationId(Uuid::from_u128(3_000_000 + number * 10 + place as u128)),
            work,
        )
    });
    Firing {
        trigger: TRIGGER,
        project: PROJECT,
        clock: at,
        next: clock(next),
        repository: Some(repository("42")),
        works: works.collect(),
        at: later(1),
    }
}

async fn with_trigger() -> Fixture {
    let fixture = Fixture::new().await;
    let trigger = Trigger::new(TRIGGER, PROJECT, TriggerKind::Poll, Some(INTEGRATION), now());
    fixture.store.create_trigger(trigger, None).await.unwrap();
    fixture.store.set_clock(TRIGGER, clock(0)).await.unwrap();
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

#[tokio::test]
async fn what_was_due_starts_once_and_its_next_time_is_written_with_it() {
    let fixture = with_trigger().await;
    let fired = fixture
        .store
        .fire(firing(1, clock(0), 60, &['a']))
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(fired[..], [Fired::Queued(_)]));
    let fixture = fixture.reopen();
    assert_eq!(fixture.store.clocks().await.unwrap(), [(TRIGGER, clock(60))]);
    assert_eq!(
        fixture.store.fire(firing(2, clock(0), 60, &['b'])).await.unwrap(),
        None,
        "another was faster"
    );
    assert_eq!(evaluated(&fixture.store).await, ['a']);
    let listed = fixture
        .store
        .evaluations(EvaluationFilter::default(), page(None, 9))
        .await
        .unwrap();
    assert_eq!(
        (listed.items[0].state, listed.items[0].work.cause.event.as_str()),
        (State::Queued, "poll")
    );
}

#[tokio::test]
async fn what_is_under_way_or_of_another_repository_is_not_queued() {
    let fixture = with_trigger().await;
    let store = &fixture.store;
    let fired = store
        .fire(firing(1, clock(0), 60, &['a', 'a', 'b']))
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(
        fired[..],
        [
            Fired::Queued(_),
            Fired::Skipped(Reason::AlreadyInProgress),
            Fired::Queued(_)
        ]
    ));
    let mut replaced = firing(2, clock(60), 120, &['c']);
    replaced.repository = Some(repository("43"));
    let fired = store.fire(replaced).await.unwrap().unwrap();
    assert_eq!(fired, [Fired::Skipped(Reason::RepositoryReplaced)]);
    assert_eq!(
        store.clocks().await.unwrap(),
        [(TRIGGER, clock(120))],
        "it is over for this time"
    );
}

#[tokio::test]
async fn a_trigger_that_is_gone_or_off_starts_nothing() {
    let fixture = with_trigger().await;
    let store = &fixture.store;
    let mut off = Trigger::new(TRIGGER, PROJECT, TriggerKind::Poll, Some(INTEGRATION), now());
    off.active = false;
    store.update_trigger(off, None).await.unwrap();
    assert_eq!(store.fire(firing(1, clock(0), 60, &['a'])).await.unwrap(), None);
    store.delete_trigger(PROJECT, TRIGGER, None).await.unwrap();
    assert_eq!(store.fire(firing(2, clock(0), 60, &['a'])).await.unwrap(), None);
    assert!(store.clocks().await.unwrap().is_empty(), "its time went with it");
    assert!(evaluated(store).await.is_empty());
}
