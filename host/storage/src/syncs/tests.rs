use forgegate_model::activity::{Origin, acts};
use forgegate_model::event::{Author, Commit, Detail, Event, Push};

use super::*;
use crate::StoreError;
use crate::tests::fixtures::{Fixture, PROJECT, now};
use crate::{ActivityFilter, Page};

/// A push of so many commits that a list told, the first of this number.
fn told(first: u32, number: u32) -> Vec<Act> {
    let commit = |number: u32| Commit {
        id: format!("{number:040x}"),
        title: format!("commit {number}"),
        message: String::new(),
        author: Author {
            name: "Ann".into(),
            email: None,
        },
        time: None,
        url: None,
        added: Vec::new(),
        modified: Vec::new(),
        removed: Vec::new(),
    };
    let push = Push {
        ref_name: "refs/heads/main".into(),
        before: None,
        after: None,
        created: false,
        deleted: false,
        forced: None,
        commits: (first..first + number).map(commit).collect(),
        commits_total: None,
        changed_paths: Vec::new(),
        paths_complete: false,
    };
    let event = Event {
        repository: None,
        actor: None,
        time: None,
        installation: None,
        delivery_id: None,
        detail: Detail::Push(push),
    };
    acts(&event, now(), Origin::Recovered)
}

fn page(acts: &[Act], next: Option<&str>) -> SyncPage {
    let mut page = SyncPage {
        next: next.map(str::to_owned),
        ..SyncPage::default()
    };
    acts.iter().for_each(|act| page.fetched.count(act));
    page
}

async fn begin(fixture: &Fixture) -> Sync {
    fixture.store.begin_sync(PROJECT, now(), now(), None).await.unwrap()
}

async fn turn(fixture: &Fixture, sync: &Sync, acts: Vec<Act>, next: Option<&str>) -> Result<Sync, StoreError> {
    let page = page(&acts, next);
    let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(sync.pages));
    fixture.store.sync_page(sync, acts, page, id, now()).await
}

async fn listed(fixture: &Fixture) -> usize {
    let filter = ActivityFilter::default();
    let listed = fixture.store.activities(PROJECT, filter, Page::first(500)).await;
    listed.unwrap().items.len()
}

#[tokio::test]
async fn a_page_is_kept_with_where_the_next_begins_and_a_walk_goes_on_after_a_crash() {
    let fixture = Fixture::new().await;
    let sync = begin(&fixture).await;
    // More than share a row.
    let sync = turn(&fixture, &sync, told(1, 150), Some("commits 2")).await.unwrap();
    assert_eq!((sync.kept, sync.pages), (150, 1));
    let fixture = fixture.reopen();
    let running = fixture.store.syncs_running().await.unwrap();
    assert_eq!(running, std::slice::from_ref(&sync));
    // The second page overlaps with the first.
    let sync = turn(&fixture, &running[0], told(101, 100), None).await.unwrap();
    assert_eq!((sync.state, sync.kept), (SyncState::Done, 200));
    assert_eq!(sync.fetched.each().next().unwrap().1, 250);
    assert_eq!(listed(&fixture).await, 200);
    assert_eq!(fixture.store.syncs_running().await.unwrap(), []);
    assert_eq!(fixture.store.sync(PROJECT).await.unwrap(), Some(sync));
}

#[tokio::test]
async fn a_walk_that_is_over_keeps_nothing_more() {
    let fixture = Fixture::new().await;
    let first = begin(&fixture).await;
    let earlier = now().minus(std::time::Duration::from_secs(60));
    let second = fixture.store.begin_sync(PROJECT, earlier, now(), None).await.unwrap();
    assert_eq!((second.run, second.since), (first.run + 1, earlier));
    let late = turn(&fixture, &first, told(1, 3), None).await;
    assert!(matches!(late, Err(StoreError::Conflict(_))), "{late:?}");
    assert_eq!(listed(&fixture).await, 0);
    assert_eq!(begin(&fixture).await, second, "it reaches as far");
    let failed = fixture.store.fail_sync(&second, "No.".into(), now()).await.unwrap();
    assert_eq!(
        (failed.state, failed.message.as_deref()),
        (SyncState::Failed, Some("No."))
    );
    let late = turn(&fixture, &second, told(1, 3), None).await;
    assert!(matches!(late, Err(StoreError::Conflict(_))), "{late:?}");
    assert_eq!(begin(&fixture).await.run, second.run + 1);
}

#[tokio::test]
async fn a_sync_goes_with_its_project() {
    let fixture = Fixture::new().await;
    let sync = begin(&fixture).await;
    let noted = fixture.store.note_sync(&sync, "It waits.".into(), now()).await.unwrap();
    assert_eq!(noted.message.as_deref(), Some("It waits."));
    fixture.store.delete_project(PROJECT, now(), None).await.unwrap();
    assert_eq!(fixture.store.sync(PROJECT).await.unwrap(), None);
    let late = turn(&fixture, &sync, told(1, 3), None).await;
    assert!(matches!(late, Err(StoreError::NotFound(_))), "{late:?}");
    let begun = fixture.store.begin_sync(PROJECT, now(), now(), None).await;
    assert!(matches!(begun, Err(StoreError::NotFound(_))), "{begun:?}");
}
