use forgegate_model::audit::AuditEntry;
use forgegate_model::evaluation::{Check, CheckState, Move};
use forgegate_model::ids::{AuditId, OrganizationId};
use forgegate_storage::{AuditFilter, Page, StoreError};
use uuid::Uuid;

use crate::house::{House, anybody, at};

async fn all(house: &House) -> Vec<AuditEntry> {
    let listed = house.store.audit(AuditFilter::default(), Page::first(50)).await;
    listed.unwrap().items
}

/// What a gateway knows of a worker's call before the transaction.
fn call(house: &House, action: &str) -> Option<AuditEntry> {
    Some(AuditEntry {
        target: String::new(),
        ..house.audit(None, action)
    })
}

#[tokio::test]
async fn what_a_worker_changes_is_audited_with_it_and_what_changes_nothing_is_not() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let project = house.made_project(acme, "app").await;
    let store = &house.store;
    assert_eq!(
        store.claim(anybody(), [1; 32], at(1), call(&house, "nothing")).await,
        Ok(None)
    );
    let id = house.queued(&project).await.id;
    let claimed = store.claim(anybody(), [1; 32], at(1), call(&house, "claim"));
    assert_eq!(claimed.await.unwrap().unwrap().id, id);
    let check = |lease| {
        let check = Check {
            name: "build".into(),
            state: CheckState::Running,
            description: None,
            url: None,
        };
        store.check(id, lease, check, at(1), call(&house, "check"))
    };
    assert_eq!(check([2; 32]).await, Err(StoreError::LeaseLost));
    check([1; 32]).await.unwrap();
    for _ in 0..2 {
        let finish = store.finish(id, [1; 32], Move::Succeed.into(), at(2), call(&house, "finish"));
        finish.await.unwrap();
    }
    let late = store.finish(id, [1; 32], Move::Fail.into(), at(2), call(&house, "late"));
    assert!(matches!(late.await, Err(StoreError::Conflict(_))));

    let entries = all(&house).await;
    let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["finish", "check", "claim"]);
    for entry in entries {
        assert_eq!(
            (entry.organization, entry.target),
            (Some(acme), format!("evaluation {id}"))
        );
    }
}

/// An entry whose id says when it was, as those of a gateway do.
fn entry(house: &House, organization: OrganizationId, seconds: i64, number: u128) -> AuditEntry {
    let milliseconds = u128::try_from(at(seconds).micros() / 1_000).unwrap();
    AuditEntry {
        id: AuditId(Uuid::from_u128((milliseconds << 80) | number)),
        at: at(seconds),
        ..house.audit(Some(organization), "x")
    }
}

#[tokio::test]
async fn an_organization_s_entries_are_found_past_any_number_of_others() {
    let house = House::new();
    let (acme, busy) = (house.organization("acme").await, house.organization("busy").await);
    house.store.record_audit(entry(&house, acme, 10, 0)).await.unwrap();
    let others = (0..2_500).map(|number| {
        let (store, entry) = (house.store.clone(), entry(&house, busy, 3_000, number));
        tokio::spawn(async move { store.record_audit(entry).await })
    });
    for written in others.collect::<Vec<_>>() {
        written.await.unwrap().unwrap();
    }
    let house = house.reopened();
    let of = |organizations: Option<Vec<OrganizationId>>, until| AuditFilter {
        organizations,
        since: None,
        until,
    };
    let page = |filter| house.store.audit(filter, Page::first(1));
    let found = page(of(Some(vec![acme]), None)).await.unwrap();
    assert_eq!((found.items.len(), found.next), (1, None), "by its own list");
    let found = page(of(None, Some(at(11)))).await.unwrap();
    assert_eq!(found.items.len(), 1, "a page begins where `until` is");

    // Of several organizations there is no one list: a page looks at so many and hands out a cursor.
    let both = of(Some(vec![acme, OrganizationId(house.id())]), None);
    let first = page(both.clone()).await.unwrap();
    assert!(first.items.is_empty());
    let mut cursor = first.next;
    let mut found = Vec::new();
    while let Some(from) = cursor {
        let page = Page {
            cursor: Some(from),
            limit: 1,
        };
        let next = house.store.audit(both.clone(), page).await.unwrap();
        found.extend(next.items);
        cursor = next.next;
    }
    assert_eq!(found.len(), 1);
}
