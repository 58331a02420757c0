use forgegate_engine::testing as faults;
use forgegate_engine::{Direction, Engine, Rows, Span, StoreError, Table, Write};

use std::ops::ControlFlow;

use super::fixtures::{Fixture, INTEGRATION, ORGANIZATION, PROJECT, now, page, push};
use crate::deliveries::DELIVERY;
use crate::memory::MemoryState;
use crate::store::Tx;
use crate::{DeliveryFilter, Store};

fn filters() -> [DeliveryFilter; 4] {
    [
        DeliveryFilter::default(),
        DeliveryFilter {
            organizations: Some(vec![ORGANIZATION]),
            ..DeliveryFilter::default()
        },
        DeliveryFilter {
            integration: Some(INTEGRATION),
            ..DeliveryFilter::default()
        },
        DeliveryFilter {
            project: Some(PROJECT),
            ..DeliveryFilter::default()
        },
    ]
}

/// What a list has, page by page.
async fn listed(store: &Store, filter: &DeliveryFilter, limit: usize) -> Vec<u128> {
    let (mut cursor, mut found) = (None, Vec::new());
    loop {
        let listed = store.deliveries(filter.clone(), page(cursor, limit)).await.unwrap();
        assert!(listed.items.len() <= limit);
        found.extend(listed.items.iter().map(|it| it.id.0.as_u128() - 1_000_000));
        cursor = listed.next;
        if cursor.is_none() {
            return found;
        }
    }
}

async fn commit(fixture: &Fixture, numbers: std::ops::Range<u128>) {
    for number in numbers {
        fixture
            .store
            .commit_delivery(push(number, &number.to_string()))
            .await
            .unwrap();
    }
}

async fn assert_all(fixture: &Fixture, count: u128) {
    let newest_first: Vec<_> = (0..count).rev().collect();
    for filter in filters() {
        for limit in [1, 4, 100] {
            assert_eq!(
                listed(&fixture.store, &filter, limit).await,
                newest_first,
                "{filter:?} {limit}"
            );
        }
    }
    for number in 0..count {
        let new = push(number, &number.to_string());
        assert_eq!(
            fixture.store.recognise(&new.key.unwrap(), now()),
            Some(new.row.id),
            "{number}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_keys_are_whole_whether_applied_or_waiting() {
    let fixture = Fixture::new().await;
    commit(&fixture, 0..9).await;
    assert_all(&fixture, 9).await;
    let fixture = fixture.reopen();
    commit(&fixture, 9..12).await;
    assert_all(&fixture, 12).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_view_file_is_made_again_from_the_rows() {
    let fixture = Fixture::new().await;
    commit(&fixture, 0..9).await;
    let file = fixture.file("views.redb");
    let Fixture { folder, store } = fixture;
    drop(store);
    for damage in [None, Some(b"no database at all".to_vec()), Some(Vec::new())] {
        match damage {
            None => std::fs::remove_file(&file).unwrap(),
            Some(bytes) => std::fs::write(&file, bytes).unwrap(),
        }
        let store = Store::open(super::fixtures::options(&folder)).unwrap();
        let fixture = Fixture {
            folder: tempfile::tempdir().unwrap(),
            store,
        };
        assert_all(&fixture, 9).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn views_of_another_history_are_made_again() {
    let fixture = Fixture::new().await;
    commit(&fixture, 0..3).await;
    let older = fixture.file("older");
    let Fixture { folder, store } = fixture;
    drop(store);
    let views = folder.path().join("data/views.redb");
    std::fs::copy(&views, &older).unwrap();
    // An older view file of the same history is brought up; one of another database is made again.
    let store = Store::open(super::fixtures::options(&folder)).unwrap();
    let fixture = Fixture { folder, store };
    commit(&fixture, 3..7).await;
    let Fixture { folder, store } = fixture;
    drop(store);
    std::fs::copy(&older, &views).unwrap();
    let store = Store::open(super::fixtures::options(&folder)).unwrap();
    let fixture = Fixture { folder, store };
    assert_all(&fixture, 7).await;
    let other = Fixture::new().await;
    commit(&other, 0..9).await;
    let foreign = other.file("views.redb");
    let Fixture {
        folder: of_other,
        store,
    } = other;
    drop(store);
    let Fixture { folder, store } = fixture;
    drop(store);
    std::fs::copy(&foreign, &views).unwrap();
    drop(of_other);
    let store = Store::open(super::fixtures::options(&folder)).unwrap();
    assert_all(&Fixture { folder, store }, 7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_file_that_fails_is_brought_up_again() {
    let fixture = Fixture::new().await;
    commit(&fixture, 0..3).await;
    let file = fixture.file("views.redb");
    faults::fail(&file);
    let mut number = 3;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while fixture.store.is_ready() {
        assert!(std::time::Instant::now() < deadline, "nobody noticed");
        // Some are refused once the views do not answer; what is refused is not recorded.
        if fixture
            .store
            .commit_delivery(push(number, &number.to_string()))
            .await
            .is_ok()
        {
            number += 1;
        }
    }
    faults::heal(&file);
    while !fixture.store.is_ready() {
        assert!(std::time::Instant::now() < deadline, "storage did not come back");
        tokio::task::yield_now().await;
    }
    assert_all(&fixture, number).await;
}

/// Changes of rows that are not there: they cost a number each, and views have nothing to do.
struct Noise(u32);

impl Write<MemoryState> for Noise {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for number in 0..self.0 {
            let mut row = [0xff; 16];
            row[..4].copy_from_slice(&number.to_be_bytes());
            tx.changed(&DELIVERY, row, Vec::new());
        }
        Ok(())
    }
}

/// The numbers of the first and the last change that are kept.
fn kept(fixture: &Fixture) -> (u64, u64) {
    let read = |direction| {
        fixture.store.shared().engine.read(|rows| {
            let mut found = 0;
            rows.walk(Table("changes"), &Span::all(direction), &mut |key, _| {
                found = u64::from_be_bytes(key.try_into().unwrap());
                Ok(ControlFlow::Break(()))
            })?;
            Ok(found)
        })
    };
    (read(Direction::Up).unwrap(), read(Direction::Down).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_a_durable_mark_has_long_passed_go() {
    let fixture = Fixture::new().await;
    commit(&fixture, 0..3).await;
    for _ in 0..4 {
        fixture.store.write(Noise(4_000)).await.unwrap();
    }
    // The end of a store makes the views durable up to the last change. On a slow machine marks came once a second before that, so
    // that some may have gone already; what is close behind the last change has not.
    let fixture = fixture.reopen();
    let (first, last) = kept(&fixture);
    assert!(first == 1 || first < last - 4_000, "{first} of {last}");
    for _ in 0..10 {
        fixture.store.write(Noise(1)).await.unwrap();
    }
    let (first, now_last) = kept(&fixture);
    assert_eq!(now_last, last + 10);
    assert!(first > 6_000 && first < last - 4_000, "{first} of {last}");
    let fixture = fixture.reopen();
    assert_all(&fixture, 3).await;
    assert_eq!(kept(&fixture), (first, now_last));
}
