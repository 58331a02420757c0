use std::collections::HashSet;
use std::time::Duration;

use forgegate_engine::{Rows, StoreError, Write};
use forgegate_model::crypto::sha256;
use forgegate_model::delivery::{Outcome, Reason};
use forgegate_model::ids::DeliveryId;

use super::fixtures::{Fixture, PAYLOAD, PROJECT, SECRET, now, page, push, wanted};
use crate::deliveries::DELIVERIES;
use crate::memory::MemoryState;
use crate::store::Tx;
use crate::{Committed, DeliveryFilter, DeliveryKey, Window};

#[tokio::test(flavor = "multi_thread")]
async fn of_64_at_once_one_is_first_and_63_are_duplicates() {
    let fixture = Fixture::new().await;
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let store = fixture.store.clone();
            tokio::spawn(async move { store.commit_delivery(push(number, "same")).await })
        })
        .collect();
    let (mut first, mut named) = (Vec::new(), HashSet::new());
    for task in tasks {
        match task.await.unwrap().unwrap() {
            Committed::First(delivery) => first.push(delivery.id),
            Committed::Duplicate { first } => {
                named.insert(first.id);
            }
        }
    }
    assert_eq!(first.len(), 1);
    assert_eq!(named, first.iter().copied().collect());
    let row = fixture.store.delivery(first[0]).await.unwrap().unwrap();
    assert_eq!(row.duplicates, 63, "shown at once");
    assert_eq!(fixture.store.queue_depth().queued, 1);
    let listed = fixture
        .store
        .deliveries(DeliveryFilter::default(), page(None, 100))
        .await
        .unwrap();
    assert_eq!(listed.items.len(), 1);
    fixture.store.clone().close().await.unwrap();
    let fixture = fixture.reopen();
    let row = fixture.store.delivery(first[0]).await.unwrap().unwrap();
    assert_eq!(row.duplicates, 63, "and kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_comes_back_whole() {
    let fixture = Fixture::new().await;
    let mut large = push(2, "large");
    large.contents.payload = (0..3 << 20)
        .map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    large.row.digest = sha256(&large.contents.payload);
    for new in [push(1, "small"), large] {
        let contents = new.contents.clone();
        let Committed::First(delivery) = fixture.store.commit_delivery(new).await.unwrap() else {
            panic!("it is the first");
        };
        assert_eq!(delivery.outcome, Outcome::Queued);
        assert_eq!(delivery.findings.queued[0].project_id, PROJECT);
        let read = fixture.store.delivery(delivery.id).await.unwrap().unwrap();
        assert_eq!(read, delivery);
        let read = fixture.store.delivery_contents(&delivery).await.unwrap().unwrap();
        assert_eq!(read, contents);
        let proved = fixture.store.reopen(delivery.id).await.unwrap();
        assert_eq!(proved.payload(), &contents.payload);
        assert_eq!(proved.event(), "push");
        assert_eq!(proved.delivery_id(), delivery.forge_delivery_id.as_deref());
    }
    let none = DeliveryId::from_bytes([9; 16]);
    assert_eq!(fixture.store.delivery(none).await.unwrap(), None);
    assert!(matches!(fixture.store.reopen(none).await, Err(StoreError::NotFound(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_writer_decides_in_the_order_of_commits() {
    let fixture = Fixture::new().await;
    let outcome = |committed| match committed {
        Committed::First(delivery) => (delivery.outcome, delivery.findings.skipped.first().map(|it| it.reason)),
        Committed::Duplicate { .. } => panic!("it is the first"),
    };
    let first = fixture.store.commit_delivery(push(1, "1")).await.unwrap();
    assert_eq!(outcome(first), (Outcome::Queued, None));
    let mut same = push(2, "2");
    same.consequences.candidates[0].wanted = Some(wanted(2, &format!("{:040}", 1), None));
    let evaluation = push(1, "1").consequences.candidates[0]
        .wanted
        .as_ref()
        .unwrap()
        .evaluation;
    let same_id = same.row.id;
    let same = fixture.store.commit_delivery(same).await.unwrap();
    assert_eq!(outcome(same), (Outcome::Skipped, Some(Reason::AlreadyInProgress)));
    let under_way = fixture.store.evaluation(evaluation).await.unwrap().unwrap();
    assert!(under_way.deliveries.contains(&same_id), "it is noted who asked");
    let mut next = push(3, "3");
    next.consequences.candidates[0].wanted = Some(wanted(3, "ffff", Some(&format!("{:040}", 1))));
    let next = fixture.store.commit_delivery(next).await.unwrap();
    assert_eq!(outcome(next), (Outcome::Queued, None));
    let depth = fixture.store.queue_depth();
    assert_eq!(depth.queued, 1, "the older one was superseded");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_under_another_id_are_shown_as_a_repeat() {
    let fixture = Fixture::new().await;
    let first = push(1, "one");
    let mut again = push(2, "two");
    again.row.digest = first.row.digest;
    again.contents = first.contents.clone();
    again.key = Some(DeliveryKey {
        digest: first.row.digest,
        ..again.key.unwrap()
    });
    let id = first.row.id;
    fixture.store.commit_delivery(first).await.unwrap();
    let Committed::First(again) = fixture.store.commit_delivery(again).await.unwrap() else {
        panic!("another id is no duplicate");
    };
    assert_eq!(again.repeat_of, Some(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_counts_for_its_window() {
    let fixture = Fixture::new().await;
    let mut new = push(1, "1");
    let key = DeliveryKey {
        within: Window::Digest,
        ..new.key.unwrap()
    };
    new.key = Some(key.clone());
    let id = new.row.id;
    fixture.store.commit_delivery(new).await.unwrap();
    let at = |seconds| now().plus(Duration::from_secs(seconds));
    assert_eq!(fixture.store.recognise(&key, at(599)), Some(id));
    assert_eq!(fixture.store.recognise(&key, at(600)), None);
    let mut later = push(2, "1");
    later.row.received_at = at(600);
    later.key = Some(key.clone());
    let later_id = later.row.id;
    assert!(matches!(
        fixture.store.commit_delivery(later).await.unwrap(),
        Committed::First(_)
    ));
    assert_eq!(fixture.store.recognise(&key, at(601)), Some(later_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_is_readable_in_any_file() {
    let fixture = Fixture::new().await;
    fixture.store.commit_delivery(push(1, "1")).await.unwrap();
    let mut small = push(2, "2");
    small.contents.payload = PAYLOAD.into();
    fixture.store.commit_delivery(small).await.unwrap();
    let text = format!("{:?}", fixture.store);
    assert!(!text.contains(SECRET));
    let Fixture { folder, store } = fixture;
    store.clone().close().await.unwrap();
    drop(store);
    let mut files = vec![folder.path().to_owned()];
    let mut read = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        read += 1;
        for private in [SECRET, PAYLOAD] {
            // LZ4 keeps the first occurrence of a text literally: half of it would be seen as well.
            let half = &private.as_bytes()[..private.len() / 2];
            let found = bytes.windows(half.len()).any(|window| window == half);
            assert!(!found, "{} shows {private}", path.display());
        }
    }
    assert!(read >= 4, "database, views, keys, a segment");
}

/// Puts the row of one delivery in the place of another.
struct Exchange(DeliveryId, DeliveryId);

impl Write<MemoryState> for Exchange {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let row = tx.get(DELIVERIES, self.0.as_bytes())?.unwrap();
        tx.put(DELIVERIES, self.1.as_bytes(), &row)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_value_opens_in_its_own_row_only() {
    let fixture = Fixture::new().await;
    let (one, two) = (push(1, "1"), push(2, "2"));
    let (from, to) = (one.row.id, two.row.id);
    fixture.store.commit_delivery(one).await.unwrap();
    let Committed::First(two) = fixture.store.commit_delivery(two).await.unwrap() else {
        panic!("it is the first");
    };
    fixture.store.write(Exchange(from, to)).await.unwrap();
    assert!(matches!(fixture.store.delivery(to).await, Err(StoreError::Sealed(_))));
    assert!(matches!(
        fixture.store.delivery_contents(&two).await,
        Err(StoreError::Sealed(_))
    ));
    assert!(fixture.store.delivery(from).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_was_tampered_with_is_noticed() {
    let fixture = Fixture::new().await;
    let Committed::First(delivery) = fixture.store.commit_delivery(push(1, "1")).await.unwrap() else {
        panic!("it is the first");
    };
    let segment = std::fs::read_dir(fixture.file("payloads"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mut bytes = std::fs::read(&segment).unwrap();
    // Behind the last record there is room, all zero.
    *bytes.iter_mut().rfind(|byte| **byte != 0).unwrap() ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let result = fixture.store.delivery_contents(&delivery).await;
    assert!(matches!(result, Err(StoreError::Sealed(_))), "{result:?}");
}
