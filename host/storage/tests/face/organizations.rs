use forgegate_model::evaluation::State;
use forgegate_model::ids::{OrganizationId, TokenId};
use forgegate_model::integration::IntegrationKind::Inbound;
use forgegate_model::organization::Organization;
use forgegate_model::secret::Secret;
use forgegate_model::token::{AccessToken, TokenScope};
use forgegate_storage::{Credentials, Deletion, StoreError};

use crate::house::{House, at};

#[tokio::test]
async fn an_organization_with_projects_goes_only_with_them() {
    let house = House::new();
    let store = &house.store;
    let acme = house.organization("acme").await;
    let inbound = house.made_integration(acme, Inbound, "in").await;
    let project = house.made_project(acme, "app").await;
    let (held, queued) = (house.held(&project).await, house.queued(&project).await);
    let refused = store.delete_organization(acme, Deletion::OnlyEmpty, at(5), None).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    assert!(store.directory().organization(acme).is_some());

    store
        .delete_organization(acme, Deletion::Cascade, at(5), None)
        .await
        .unwrap();
    let directory = store.directory();
    assert!(directory.organization(acme).is_none());
    assert!(directory.integration(inbound).is_none());
    assert!(directory.project_by_id(project.id).is_none());
    assert_eq!(house.claim(1).await, None);
    for id in [held.id, queued.id] {
        let row = store.evaluation(id).await.unwrap().unwrap();
        assert_eq!((row.state, row.finished_at), (State::Cancelled, Some(at(5))));
    }
    let again = house.organization("acme").await;
    let house = house.reopened();
    let directory = house.store.directory();
    assert_eq!(directory.organization_by_name("acme").unwrap().id, again);
    assert!(directory.project(again, "app").is_none());
}

#[tokio::test]
async fn an_empty_organization_goes_with_its_integrations() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let row = house.integration(acme, Inbound, "in");
    let credentials = Credentials {
        secret: Some(Secret::new("0123456789abcdef")),
        ..Credentials::default()
    };
    let store = &house.store;
    let id = row.id;
    store.create_integration(row.clone(), credentials, None).await.unwrap();
    assert_eq!(store.inbound_keys(id, at(0)).unwrap().secrets.len(), 1);
    store
        .delete_organization(acme, Deletion::OnlyEmpty, at(0), None)
        .await
        .unwrap();
    assert!(matches!(store.inbound_keys(id, at(0)), Err(StoreError::NotFound(_))));
    let into_nothing = store.create_integration(row, Credentials::default(), None);
    assert!(matches!(into_nothing.await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn more_than_a_step_takes_away_goes_too_and_nothing_of_others() {
    let house = House::new();
    let (acme, other) = (house.organization("acme").await, house.organization("other").await);
    let inbound = house.made_integration(acme, Inbound, "in").await;
    let kept = house.made_project(other, "app").await;
    let rows = (0..700).map(|number| {
        let project = house.project(acme, &format!("p{number}"));
        let trigger = house.trigger(&project, Some(inbound));
        let store = house.store.clone();
        tokio::spawn(async move { store.create_project(project, vec![trigger], vec![], None).await })
    });
    for made in rows.collect::<Vec<_>>() {
        made.await.unwrap().unwrap();
    }
    let busy = house.made_project(acme, "busy").await;
    let store = &house.store;
    for _ in 0..1_200 {
        let row = house.evaluation(&busy);
        tokio::spawn({
            let store = store.clone();
            async move { store.start_evaluation(row, None).await }
        });
    }
    let mut arrived = store.work_arrived();
    while store.queue_depth().queued < 1_200 {
        arrived.changed().await.unwrap();
    }
    let spared = house.queued(&kept).await;
    store
        .delete_organization(acme, Deletion::Cascade, at(5), None)
        .await
        .unwrap();
    assert_eq!(store.queue_depth().queued, 1);
    assert_eq!(house.claim(1).await.unwrap().id, spared.id);
    let house = house.reopened();
    let directory = house.store.directory();
    assert_eq!(directory.linked(inbound), 0);
    assert!(directory.project(other, "app").is_some());
    house.organization("acme").await;
}

#[tokio::test]
async fn a_deletion_that_was_interrupted_is_finished_later() {
    let house = House::new();
    let acme = house.organization("acme").await;
    house.made_project(acme, "app").await;
    let store = house.store.clone();
    {
        let deletion = store.delete_organization(acme, Deletion::Cascade, at(5), None);
        tokio::pin!(deletion);
        // Its first step is committed, and whoever asked goes away.
        while store.directory().organization(acme).is_some() {
            tokio::select! {
                biased;
                () = tokio::task::yield_now() => {}
                _ = &mut deletion => break,
            }
        }
    }
    drop(store);
    let house = house.reopened();
    let directory = house.store.directory();
    assert!(directory.organization_by_name("acme").is_none());
    let too_early = Organization {
        id: OrganizationId(house.id()),
        name: "acme".parse().unwrap(),
        created_at: at(6),
    };
    assert!(matches!(
        house.store.create_organization(too_early, None).await,
        Err(StoreError::AlreadyExists(_))
    ));
    house.store.settle(at(9)).await.unwrap();
    let again = house.organization("acme").await;
    house.made_project(again, "app").await;
}

#[tokio::test]
async fn tokens_lose_their_reach_to_an_organization_that_goes() {
    let house = House::new();
    let (acme, other) = (house.organization("acme").await, house.organization("other").await);
    let store = &house.store;
    let reaches = [Some(vec![acme]), Some(vec![acme, other]), None];
    let mut ids = Vec::new();
    for (number, reach) in (0_u8..).zip(reaches) {
        let token = AccessToken {
            id: TokenId(house.id()),
            name: "t".into(),
            scope: TokenScope::Worker,
            organizations: reach,
            labels: vec![],
            created_at: at(0),
            expires_at: None,
        };
        ids.push(token.id);
        store.create_token(token, [number; 32], None).await.unwrap();
    }
    store
        .delete_organization(acme, Deletion::OnlyEmpty, at(0), None)
        .await
        .unwrap();
    let house = house.reopened();
    let directory = house.store.directory();
    assert!(directory.token_by_hash(&[0; 32]).is_none());
    let reach = |id| directory.token(id).unwrap().organizations.clone();
    assert_eq!(reach(ids[1]), Some(vec![other]));
    assert_eq!(reach(ids[2]), None);
}
