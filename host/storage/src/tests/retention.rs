use std::time::Duration;

use super::fixtures::{Fixture, INTEGRATION, ORGANIZATION, now, page, push};
use crate::{Committed, DeliveryFilter, Retention};

const DAY: Duration = Duration::from_hours(24);

const fn keep(deliveries: Duration) -> Retention {
    Retention {
        deliveries,
        evaluations: Duration::MAX,
        activity: Duration::MAX,
        audit: Duration::MAX,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_old_goes_and_what_is_young_stays_and_can_be_read() {
    let fixture = Fixture::new().await;
    // Of four, three are old; compaction moves the fourth.
    let mut young = None;
    for number in 0..4 {
        let mut new = push(number, &number.to_string());
        if number == 3 {
            new.row.received_at = now().plus(DAY * 30);
        }
        let Committed::First(delivery) = fixture.store.commit_delivery(new).await.unwrap() else {
            panic!("it is the first");
        };
        young = Some(delivery);
    }
    let young = young.unwrap();
    // A start begins a new segment: the one before can be compacted.
    let fixture = fixture.reopen();
    let swept = fixture.store.sweep(keep(DAY * 10), now().plus(DAY * 30)).await.unwrap();
    assert_eq!((swept.deliveries, swept.segments), (3, 1));
    let filter = DeliveryFilter {
        integration: Some(INTEGRATION),
        ..DeliveryFilter::default()
    };
    let listed = fixture.store.deliveries(filter, page(None, 9)).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&young));
    let contents = fixture.store.delivery_contents(&young).await.unwrap().unwrap();
    assert_eq!(contents.payload, push(3, "3").contents.payload);
    assert_eq!(
        std::fs::read_dir(fixture.file("payloads")).unwrap().count(),
        1,
        "the old segment is gone"
    );
    let again = fixture.store.sweep(keep(DAY * 10), now().plus(DAY * 30)).await.unwrap();
    assert_eq!((again.deliveries, again.segments), (0, 0));
    assert!(fixture.store.recognise(&push(0, "0").key.unwrap(), now()).is_none());
    assert!(
        fixture
            .store
            .recognise(&push(3, "3").key.unwrap(), now().plus(DAY * 30))
            .is_some()
    );
    let fixture = fixture.reopen();
    assert!(fixture.store.delivery_contents(&young).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_still_come_again_is_kept_however_short_the_retention() {
    let fixture = Fixture::new().await;
    fixture.store.commit_delivery(push(1, "1")).await.unwrap();
    let swept = fixture
        .store
        .sweep(keep(Duration::ZERO), now().plus(DAY))
        .await
        .unwrap();
    assert_eq!(swept.deliveries, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_organization_takes_what_can_be_read_of_its_deliveries_along() {
    let fixture = Fixture::new().await;
    let new = push(1, "1");
    let id = new.row.id;
    fixture.store.commit_delivery(new).await.unwrap();
    fixture
        .store
        .delete_organization(ORGANIZATION, crate::Deletion::Cascade, now(), None)
        .await
        .unwrap();
    assert!(fixture.store.delivery(id).await.is_err(), "its key is gone");
    let all = fixture
        .store
        .deliveries(DeliveryFilter::default(), page(None, 9))
        .await
        .unwrap();
    assert!(all.items.is_empty());
    let swept = fixture.store.sweep(keep(DAY * 365), now()).await.unwrap();
    assert_eq!(swept.deliveries, 1);
    assert_eq!(fixture.store.delivery(id).await.unwrap(), None);
    let filter = DeliveryFilter {
        organizations: Some(vec![ORGANIZATION]),
        ..DeliveryFilter::default()
    };
    assert!(
        fixture
            .store
            .deliveries(filter, page(None, 9))
            .await
            .unwrap()
            .items
            .is_empty()
    );
}
