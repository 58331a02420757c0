use std::time::Duration;

use forgegate_model::refusal::RefusalKey;

use super::fixtures::{Fixture, INTEGRATION, ORGANIZATION, now, page};
use crate::RefusalFilter;

fn key(code: &str) -> RefusalKey {
    RefusalKey {
        organization: Some(ORGANIZATION),
        integration: Some(INTEGRATION),
        forge: Some("forge".into()),
        code: code.into(),
    }
}

fn count(fixture: &Fixture, code: &str, seconds: u64) {
    let headers = vec!["x".repeat(100); 50];
    fixture.store.count_refusal(
        key(code),
        now().plus(Duration::from_secs(seconds)),
        None,
        headers,
        "enter the secret".into(),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_counted_at_once_and_kept() {
    let fixture = Fixture::new().await;
    for second in [5, 3, 9] {
        count(&fixture, "signature_mismatch", second);
    }
    count(&fixture, "signature_missing", 20);
    fixture.store.clone().close().await.unwrap();
    let fixture = fixture.reopen();
    let listed = fixture
        .store
        .refusals(&RefusalFilter::default(), &page(None, 1))
        .unwrap();
    assert_eq!(listed.items[0].key.code, "signature_missing");
    let listed = fixture
        .store
        .refusals(&RefusalFilter::default(), &page(listed.next, 1))
        .unwrap();
    let refusal = &listed.items[0];
    assert_eq!((refusal.count, listed.next.as_deref()), (3, None));
    assert_eq!(refusal.first_at, now().plus(Duration::from_secs(5)));
    assert_eq!(refusal.last_at, now().plus(Duration::from_secs(9)));
    assert_eq!(refusal.headers, vec!["x".repeat(64); 32]);
    let at = |seconds| Some(now().plus(Duration::from_secs(seconds)));
    for (since, until, count) in [(at(9), None, 2), (at(10), None, 1), (None, at(6), 1), (None, at(5), 0)] {
        let filter = RefusalFilter {
            since,
            until,
            ..RefusalFilter::default()
        };
        let found = fixture.store.refusals(&filter, &page(None, 9)).unwrap().items.len();
        assert_eq!(found, count, "{since:?} {until:?}");
    }
    let filter = RefusalFilter {
        code: Some("else".into()),
        ..RefusalFilter::default()
    };
    assert!(
        fixture
            .store
            .refusals(&filter, &page(None, 9))
            .unwrap()
            .items
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_send_makes_a_bounded_number_of_counters() {
    let fixture = Fixture::new().await;
    for number in 0..20_000_u32 {
        let key = RefusalKey {
            forge: Some(number.to_string()),
            ..key("unknown")
        };
        fixture.store.count_refusal(key, now(), None, Vec::new(), String::new());
    }
    let listed = fixture
        .store
        .refusals(&RefusalFilter::default(), &page(None, 100_000))
        .unwrap();
    assert!(listed.items.len() <= 16_385);
    assert_eq!(listed.items.iter().map(|it| it.count).sum::<u64>(), 20_000);
}
