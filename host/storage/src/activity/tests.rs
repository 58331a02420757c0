//! Acts are kept once, counted once, listed by time, and go with their project and their time.

use std::time::Duration;

use forgegate_engine::Write;
use forgegate_model::activity::{Act, Activity, ActivityAction, ActivityKind, Counter, Identity, Timing};
use forgegate_model::evaluation::Move;
use forgegate_model::event::Kind;
use forgegate_model::ids::{DerivedIds, ProjectId};
use forgegate_model::timestamp::Timestamp;
use uuid::Uuid;

use super::*;
use crate::memory::MemoryState;
use crate::tests::fixtures::{Fixture, ORGANIZATION, PROJECT, now, push};
use crate::{Claim, Committed, Deletion, Page, Retention, StoreError};

const DAY: Duration = Duration::from_hours(24);

fn act(name: &str, at: Timestamp) -> Act {
    Act {
        activity: Activity {
            at,
            kind: ActivityKind::Commit,
            action: ActivityAction::Pushed,
            actor: Some("a login that nobody may read on any disk".into()),
            title: Some(format!("title of {name}")),
            number: None,
            sha: None,
            ref_name: None,
            url: None,
            recovered: false,
        },
        identity: Identity {
            asked: vec![name.to_owned()],
            noted: vec![name.to_owned()],
        },
        counts: Some(Counter::Commits),
        took: None,
    }
}

fn of_kind(kind: ActivityKind, act: Act) -> Act {
    Act {
        activity: Activity { kind, ..act.activity },
        ..act
    }
}

fn told(row: u128, acts: Vec<Act>) -> Option<Box<ActivityBatch>> {
    Some(Box::new(ActivityBatch {
        projects: vec![(PROJECT, Uuid::from_u128(row))],
        acts,
        counted: Some(CountedDelivery::Sent(Kind::Push)),
    }))
}

impl Fixture {
    /// Records a delivery that tells acts.
    async fn tell(&self, number: u128, acts: Vec<Act>) -> Committed {
        let mut new = push(number, &number.to_string());
        new.consequences.activity = told(number << 64, acts);
        self.store.commit_delivery(new).await.unwrap()
    }

    async fn titles(&self, filter: ActivityFilter) -> Vec<String> {
        let mut page = Page::first(2);
        let mut titles = Vec::new();
        loop {
            let listed = self
                .store
                .activities(PROJECT, filter.clone(), page.clone())
                .await
                .unwrap();
            titles.extend(listed.items.into_iter().filter_map(|it| it.title));
            page.cursor = listed.next;
            if page.cursor.is_none() {
                return titles;
            }
        }
    }

    async fn stats(&self) -> Stats {
        let since = now().minus(DAY * 400);
        self.store.stats(PROJECT, since, now().plus(DAY)).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_is_kept_once_whoever_tells_it_and_over_a_restart() {
    let fixture = Fixture::new().await;
    fixture
        .tell(1, vec![act("a", now()), act("b", now()), act("a", now())])
        .await;
    // In one batch, and against what waits for the view.
    let (one, other) = tokio::join!(
        fixture.tell(2, vec![act("b", now()), act("c", now())]),
        fixture.tell(3, vec![act("c", now())]),
    );
    assert!(matches!((one, other), (Committed::First(_), Committed::First(_))));
    let fixture = fixture.reopen();
    fixture.tell(4, vec![act("a", now()), act("c", now())]).await;
    let mut titles = fixture.titles(ActivityFilter::default()).await;
    titles.sort();
    assert_eq!(titles, ["title of a", "title of b", "title of c"]);
    let stats = fixture.stats().await;
    assert_eq!(stats.total.of(Counter::Commits), 3);
    assert_eq!(stats.total.deliveries().collect::<Vec<_>>(), [(Kind::Push, 4)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_delivery_tells_nothing() {
    let fixture = Fixture::new().await;
    fixture.tell(1, vec![act("a", now())]).await;
    let mut again = push(1, "1");
    again.consequences.activity = told(7 << 64, vec![act("b", now())]);
    let committed = fixture.store.commit_delivery(again).await.unwrap();
    assert!(matches!(committed, Committed::Duplicate { .. }));
    assert_eq!(fixture.titles(ActivityFilter::default()).await, ["title of a"]);
    assert_eq!(
        fixture.stats().await.total.deliveries().collect::<Vec<_>>(),
        [(Kind::Push, 1)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_another_telling_is_recognised() {
    let fixture = Fixture::new().await;
    let mut first = act("exact", now());
    first.identity.noted.push("there".into());
    fixture.tell(1, vec![first]).await;
    let mut list = act("list", now());
    list.identity.asked = vec!["unknown".into(), "there".into()];
    assert_eq!(fixture.keep(10, vec![list, act("unknown", now())]).await.unwrap(), 1);
}

impl Fixture {
    async fn keep(&self, id: u128, acts: Vec<Act>) -> Result<usize, StoreError> {
        self.keep_at(id, acts, now()).await
    }

    async fn keep_at(&self, id: u128, acts: Vec<Act>, at: Timestamp) -> Result<usize, StoreError> {
        let mut ids = DerivedIds::of(Uuid::from_u128(id << 64));
        let mut rows = std::iter::repeat_with(|| ids.fresh());
        let listing = Listing::seal(self.store.shared(), PROJECT, acts, &mut rows, at)?;
        self.store.write(Keep(listing)).await
    }
}

/// What a page of a sync keeps, by itself.
struct Keep(Listing);

impl Write<MemoryState> for Keep {
    type Output = usize;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<usize, StoreError> {
        self.0.keep(tx)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_by_time_and_its_filters_narrow_it() {
    let fixture = Fixture::new().await;
    let at = |hours| now().minus(Duration::from_hours(hours));
    let tag = of_kind(ActivityKind::Tag, act("3", at(3)));
    fixture.tell(1, vec![act("5", at(5)), act("1", at(1)), tag]).await;
    fixture.tell(2, vec![act("2", at(2)), act("4", at(4))]).await;
    let all = ["1", "2", "3", "4", "5"].map(|it| format!("title of {it}"));
    assert_eq!(fixture.titles(ActivityFilter::default()).await, all);
    let narrowed = ActivityFilter {
        since: Some(at(4)),
        until: Some(at(2)),
        ..ActivityFilter::default()
    };
    assert_eq!(fixture.titles(narrowed).await, all[2..4]);
    let tags = ActivityFilter {
        kind: Some(ActivityKind::Tag),
        ..ActivityFilter::default()
    };
    assert_eq!(fixture.titles(tags).await, all[2..3]);
    let other = ProjectId(Uuid::from_u128(99));
    let none = fixture
        .store
        .activities(other, ActivityFilter::default(), Page::first(5));
    assert!(none.await.unwrap().items.is_empty());
    let page = Page {
        cursor: Some("7".into()),
        limit: 5,
    };
    let refused = fixture.store.activities(PROJECT, ActivityFilter::default(), page).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_was_asked_for_is_kept_in_rows_of_bounded_size() {
    let fixture = Fixture::new().await;
    let acts: Vec<Act> = (0..150).map(|number| act(&number.to_string(), now())).collect();
    assert_eq!(fixture.keep(1, acts.clone()).await.unwrap(), 150);
    assert_eq!(fixture.keep(2, acts).await.unwrap(), 0, "a page told again");
    assert_eq!(fixture.titles(ActivityFilter::default()).await.len(), 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_those_of_the_day_on_which_it_happened() {
    let fixture = Fixture::new().await;
    let midnight = Timestamp::from_seconds(now().seconds() / 86_400 * 86_400);
    let before = midnight.minus(Duration::from_micros(1));
    fixture
        .tell(1, vec![act("a", midnight), act("b", before), act("c", before)])
        .await;
    let of = async |since: Timestamp, until: Timestamp| {
        let stats = fixture.store.stats(PROJECT, since, until).await.unwrap();
        let days: Vec<_> = stats
            .days
            .iter()
            .map(|it| (it.day, it.tally.of(Counter::Commits)))
            .collect();
        (stats.since, stats.until, days)
    };
    let yesterday = midnight.minus(DAY);
    assert_eq!(
        of(before, midnight.plus(Duration::from_secs(1))).await,
        (yesterday, midnight.plus(DAY), vec![(yesterday, 2), (midnight, 1)])
    );
    assert_eq!(
        of(yesterday, midnight).await,
        (yesterday, midnight, vec![(yesterday, 2)])
    );
    let backwards = fixture.store.stats(PROJECT, midnight, midnight).await;
    assert!(matches!(backwards, Err(StoreError::Invalid(_))));
    let long = fixture.store.stats(PROJECT, Timestamp::default(), midnight).await;
    assert!(matches!(long, Err(StoreError::Invalid(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evaluation_is_counted_at_its_end_with_how_long_it_waited_and_ran() {
    let fixture = Fixture::new().await;
    fixture.tell(1, vec![]).await;
    let claim = Claim {
        worker: "w".into(),
        labels: vec![],
        organizations: None,
        approved: false,
    };
    let (started, finished) = (
        now().plus(Duration::from_secs(40)),
        now().plus(Duration::from_secs(100)),
    );
    let claimed = fixture
        .store
        .claim(claim, [7; 32], started, None)
        .await
        .unwrap()
        .unwrap();
    let ended = fixture
        .store
        .finish(claimed.id, [7; 32], Move::Succeed.into(), finished, None);
    ended.await.unwrap();
    let again = fixture
        .store
        .finish(claimed.id, [7; 32], Move::Succeed.into(), finished, None);
    again.await.unwrap();
    let fixture = fixture.reopen();
    let total = fixture.stats().await.total;
    assert_eq!(total.of(Counter::EvaluationsSucceeded), 1);
    assert_eq!(total.percentile(Timing::QueueWait, 50), Some(40_000));
    assert_eq!(total.percentile(Timing::Run, 95), Some(60_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_of_an_act_is_readable_on_disk() {
    let fixture = Fixture::new().await;
    fixture.tell(1, vec![act("a", now())]).await;
    let Fixture { folder, store } = fixture;
    store.clone().close().await.unwrap();
    drop(store);
    for name in ["forgegate.redb", "views.redb"] {
        let bytes = std::fs::read(folder.path().join("data").join(name)).unwrap();
        for secret in ["a login that nobody may read", "title of a"] {
            let holds = bytes.windows(secret.len()).any(|it| it == secret.as_bytes());
            assert!(!holds, "{name} shows {secret:?}");
        }
    }
}

const FOREVER: Retention = Retention {
    deliveries: Duration::MAX,
    evaluations: Duration::MAX,
    activity: Duration::MAX,
    audit: Duration::MAX,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_old_goes_and_may_be_told_again() {
    let fixture = Fixture::new().await;
    fixture
        .tell(1, vec![act("a", now()), act("b", now().minus(DAY * 3))])
        .await;
    let year = Retention {
        activity: DAY * 365,
        ..FOREVER
    };
    let young = now().plus(DAY * 364);
    fixture.keep_at(9, vec![act("c", young)], young).await.unwrap();
    assert_eq!(
        fixture.store.sweep(year, young).await.unwrap().activity,
        1,
        "a day that is over a year ago"
    );
    assert_eq!(fixture.titles(ActivityFilter::default()).await.len(), 3);
    let later = now().plus(DAY * 366);
    assert_eq!(fixture.store.sweep(year, later).await.unwrap().activity, 2);
    assert_eq!(fixture.titles(ActivityFilter::default()).await, ["title of c"]);
    assert_eq!(
        fixture.keep(10, vec![act("a", now()), act("c", young)]).await.unwrap(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_a_later_row_has_too_outlives_the_first_one() {
    let fixture = Fixture::new().await;
    let made = |exact: &str| {
        let mut act = act(exact, now());
        act.identity.noted.push("there".into());
        act
    };
    fixture.tell(1, vec![made("first")]).await;
    let later = now().plus(DAY * 10);
    fixture.keep_at(9, vec![made("second")], later).await.unwrap();
    let days = Retention {
        activity: DAY * 5,
        ..FOREVER
    };
    fixture.store.sweep(days, later).await.unwrap();
    assert_eq!(fixture.keep(10, vec![act("there", now())]).await.unwrap(), 0);
    assert_eq!(fixture.keep(11, vec![act("first", now())]).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projects_activity_goes_with_it_and_an_organizations_too() {
    for whole_organization in [false, true] {
        let fixture = Fixture::new().await;
        fixture.tell(1, vec![act("a", now()), act("b", now().minus(DAY))]).await;
        fixture.tell(2, vec![act("c", now())]).await;
        let store = &fixture.store;
        if whole_organization {
            store
                .delete_organization(ORGANIZATION, Deletion::Cascade, now(), None)
                .await
                .unwrap();
        } else {
            store.delete_project(PROJECT, now(), None).await.unwrap();
        }
        let gone = fixture.keep(10, vec![act("d", now())]).await;
        assert!(matches!(gone, Err(StoreError::NotFound(_))));
        let fixture = fixture.reopen();
        // Two rows and two days.
        assert_eq!(fixture.store.sweep(FOREVER, now()).await.unwrap().activity, 4);
        assert!(fixture.titles(ActivityFilter::default()).await.is_empty());
        assert!(fixture.stats().await.days.is_empty());
        assert_eq!(fixture.store.sweep(FOREVER, now()).await.unwrap().activity, 0);
    }
}
