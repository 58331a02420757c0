use forgegate_model::ids::{OrganizationId, TokenId};
use forgegate_model::token::{AccessToken, TokenScope};
use forgegate_storage::{AuditFilter, Page, StoreError};

use crate::house::{House, at};

fn token(house: &House, scope: TokenScope) -> AccessToken {
    AccessToken {
        id: TokenId(house.id()),
        name: "root".into(),
        scope,
        organizations: None,
        labels: vec!["linux".into()],
        created_at: at(0),
        expires_at: Some(at(100)),
    }
}

#[tokio::test]
async fn a_token_is_found_by_the_hash_of_its_value_until_it_is_deleted() {
    let house = House::new();
    let row = token(&house, TokenScope::Admin);
    let store = &house.store;
    store.create_token(row.clone(), [7; 32], None).await.unwrap();
    let twin = token(&house, TokenScope::Worker);
    assert!(matches!(
        store.create_token(twin, [7; 32], None).await,
        Err(StoreError::AlreadyExists(_))
    ));
    let house = house.reopened();
    let store = &house.store;
    let directory = store.directory();
    assert_eq!(directory.token_by_hash(&[7; 32]).as_deref(), Some(&row));
    assert!(directory.token_by_hash(&[8; 32]).is_none());
    assert!(directory.has_administrator(at(99)));
    assert!(!directory.has_administrator(at(100)));
    store.delete_token(row.id, None).await.unwrap();
    assert!(directory.token_by_hash(&[7; 32]).is_none());
    assert!(!directory.has_administrator(at(0)));
    assert!(matches!(
        store.delete_token(row.id, None).await,
        Err(StoreError::NotFound(_))
    ));
    store.create_token(row, [7; 32], None).await.unwrap();
}

#[tokio::test]
async fn a_token_reaches_no_organization_that_is_not_there() {
    let house = House::new();
    let mut row = token(&house, TokenScope::Organization);
    row.organizations = Some(vec![OrganizationId(house.id())]);
    assert!(matches!(
        house.store.create_token(row, [7; 32], None).await,
        Err(StoreError::NotFound(_))
    ));
}

async fn audited(house: &House, filter: AuditFilter) -> Vec<String> {
    let page = Page {
        cursor: None,
        limit: 50,
    };
    let listed = house.store.audit(filter, page).await.unwrap();
    listed.items.into_iter().map(|entry| entry.action).collect()
}

#[tokio::test]
async fn an_entry_of_the_audit_log_stands_exactly_where_its_change_does() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let store = &house.store;
    let project = house.project(acme, "app");
    let twin = house.project(acme, "app");
    let entry = house.audit(Some(acme), "create");
    store
        .create_project(project.clone(), vec![], vec![], Some(entry))
        .await
        .unwrap();
    let entry = house.audit(Some(acme), "create again");
    let refused = store.create_project(twin, vec![], vec![], Some(entry));
    assert!(refused.await.is_err());
    let entry = house.audit(None, "tokens");
    let row = token(&house, TokenScope::Admin);
    store.create_token(row, [1; 32], Some(entry)).await.unwrap();
    let entry = house.audit(Some(acme), "delete");
    store.delete_project(project.id, at(1), Some(entry)).await.unwrap();
    store.record_audit(house.audit(Some(acme), "refused")).await.unwrap();

    let house = house.reopened();
    let all = audited(&house, AuditFilter::default()).await;
    assert_eq!(all, ["refused", "delete", "tokens", "create"]);
    let of_acme = AuditFilter {
        organizations: Some(vec![acme]),
        ..AuditFilter::default()
    };
    assert_eq!(audited(&house, of_acme).await, ["refused", "delete", "create"]);
    let later = AuditFilter {
        since: Some(at(1)),
        ..AuditFilter::default()
    };
    assert!(audited(&house, later).await.is_empty());
}

#[tokio::test]
async fn a_call_to_a_forge_is_listed_at_once_and_kept_for_good() {
    let house = House::new();
    let acme = house.organization("acme").await;
    house.store.note_call(house.audit(Some(acme), "POST /statuses"));
    assert_eq!(audited(&house, AuditFilter::default()).await, ["POST /statuses"]);
    house.store.note_call(house.audit(None, "GET /user"));
    house.store.clone().close().await.unwrap();
    let house = house.reopened();
    let all = audited(&house, AuditFilter::default()).await;
    assert!(
        all.contains(&"POST /statuses".to_owned()) && all.contains(&"GET /user".to_owned()),
        "{all:?}"
    );
    assert_eq!(all.len(), 2, "written once each");
}
