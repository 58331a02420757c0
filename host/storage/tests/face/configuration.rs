use forgegate_model::integration::IntegrationKind::{Inbound, Outbound};
use forgegate_model::project::StableId;
use forgegate_storage::{Credentials, Page, ProjectChange, StoreError, Unlinked};

use crate::house::House;

fn exists<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::AlreadyExists(_))), "{result:?}");
}

fn missing<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::NotFound(_))), "{result:?}");
}

fn invalid<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Invalid(_))), "{result:?}");
}

#[tokio::test]
async fn names_are_unique_in_their_scope_and_nowhere_else() {
    let house = House::new();
    let store = &house.store;
    let (acme, other) = (house.organization("acme").await, house.organization("other").await);
    let inbound = house.integration(acme, Inbound, "forge");
    store
        .create_integration(inbound.clone(), Credentials::default(), None)
        .await
        .unwrap();
    house.made_integration(acme, Outbound, "forge").await;
    house.made_integration(other, Inbound, "forge").await;
    let twin = house.integration(acme, Inbound, "forge");
    exists(store.create_integration(twin, Credentials::default(), None).await);
    let project = house.made_project(acme, "app").await;
    let elsewhere = house.made_project(other, "app").await;
    let twin = house.project(acme, "app");
    exists(store.create_project(twin, vec![], vec![], None).await);
    for of in [&project, &elsewhere] {
        let action = house.action(of, "report", None);
        store.create_action(action, None, None).await.unwrap();
    }
    exists(
        store
            .create_action(house.action(&project, "report", None), None, None)
            .await,
    );
}

#[tokio::test]
async fn a_name_is_free_again_once_its_bearer_has_another() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let before = house.made_project(acme, "app").await;
    let second = house.made_project(acme, "second").await;
    let mut after = before.clone();
    after.name = "second".parse().unwrap();
    let mut change = ProjectChange {
        before,
        after,
        triggers: vec![],
        actions: vec![],
    };
    exists(house.store.update_project(change.clone(), None).await);
    change.after.name = "renamed".parse().unwrap();
    house.store.update_project(change, None).await.unwrap();
    let directory = house.store.directory();
    assert!(directory.project(acme, "app").is_none());
    assert!(directory.project(acme, "renamed").is_some());
    house.made_project(acme, "app").await;
    assert_eq!(directory.project(acme, "second").unwrap().project(), &second);
}

#[tokio::test]
async fn links_go_to_integrations_of_the_same_organization_and_the_right_way() {
    let house = House::new();
    let store = &house.store;
    let (acme, other) = (house.organization("acme").await, house.organization("other").await);
    let inbound = house.made_integration(acme, Inbound, "in").await;
    let outbound = house.made_integration(acme, Outbound, "out").await;
    let foreign_in = house.made_integration(other, Inbound, "in").await;
    let foreign_out = house.made_integration(other, Outbound, "out").await;
    let gone = house.made_integration(acme, Inbound, "gone").await;
    store.delete_integration(gone, None).await.unwrap();
    let project = house.made_project(acme, "app").await;

    for absent in [foreign_in, gone] {
        let trigger = house.trigger(&project, Some(absent));
        missing(store.create_trigger(trigger, None).await);
    }
    let wrong_way = house.trigger(&project, Some(outbound));
    invalid(store.create_trigger(wrong_way, None).await);
    let action = house.action(&project, "report", Some(foreign_out));
    missing(store.create_action(action, None, None).await);
    let action = house.action(&project, "report", Some(inbound));
    invalid(store.create_action(action, None, None).await);

    let mut trigger = house.trigger(&project, Some(inbound));
    store.create_trigger(trigger.clone(), None).await.unwrap();
    trigger.integration = Some(outbound);
    invalid(store.update_trigger(trigger.clone(), None).await);
    let entry = store.directory().project(acme, "app").unwrap();
    let stored: Vec<_> = entry.triggers().map(|it| it.integration).collect();
    assert_eq!(stored, [Some(inbound)]);
    assert!(entry.actions.is_empty());
}

#[tokio::test]
async fn a_project_is_made_with_all_its_rows_or_not_at_all() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let inbound = house.made_integration(acme, Inbound, "in").await;
    let project = house.project(acme, "app");
    let trigger = house.trigger(&project, Some(inbound));
    let wrong = house.action(&project, "report", Some(inbound));
    let triggers = vec![trigger.clone()];
    invalid(
        house
            .store
            .create_project(project.clone(), triggers.clone(), vec![wrong], None)
            .await,
    );
    let house = house.reopened();
    assert!(house.store.project(project.id).await.unwrap().is_none());
    assert_eq!(house.store.directory().linked(inbound), 0);
    house
        .store
        .create_project(project.clone(), triggers, vec![], None)
        .await
        .unwrap();
    let found = house.store.directory().projects_for(inbound, &project.identity);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].triggers().collect::<Vec<_>>(), [&trigger]);
}

#[tokio::test]
async fn deleting_an_integration_clears_the_links_to_it_and_says_whose_they_were() {
    let house = House::new();
    let store = &house.store;
    let acme = house.organization("acme").await;
    let inbound = house.made_integration(acme, Inbound, "in").await;
    let kept = house.made_integration(acme, Inbound, "kept").await;
    let outbound = house.made_integration(acme, Outbound, "out").await;
    let mut expected = Vec::new();
    for name in ["app", "lib"] {
        let project = house.project(acme, name);
        let trigger = house.trigger(&project, Some(inbound));
        let other = house.trigger(&project, Some(kept));
        let action = house.action(&project, "report", Some(outbound));
        expected.push(Unlinked::Trigger {
            project: project.id,
            trigger: trigger.id,
        });
        store
            .create_project(project, vec![trigger, other], vec![action], None)
            .await
            .unwrap();
    }
    assert_eq!(store.directory().linked(inbound), 2);
    assert_eq!(store.delete_integration(inbound, None).await.unwrap(), expected);
    missing(store.delete_integration(inbound, None).await);
    let cleared = store.delete_integration(outbound, None).await.unwrap();
    assert_eq!(cleared.len(), 2);
    assert!(matches!(&cleared[0], Unlinked::Action { action, .. } if action.as_str() == "report"));

    let house = house.reopened();
    let directory = house.store.directory();
    assert_eq!((directory.linked(inbound), directory.linked(kept)), (0, 2));
    let entry = directory.project(acme, "app").unwrap();
    let links: Vec<_> = entry.triggers().map(|it| it.integration).collect();
    assert_eq!(links, [None, Some(kept)]);
    assert_eq!(entry.actions[0].integration, None);
}

#[tokio::test]
async fn a_change_of_what_was_changed_meanwhile_is_a_conflict() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let before = house.made_project(acme, "app").await;
    let mut after = before.clone();
    after.active = false;
    let change = ProjectChange {
        before,
        after,
        triggers: vec![],
        actions: vec![],
    };
    house.store.update_project(change.clone(), None).await.unwrap();
    let again = house.store.update_project(change.clone(), None).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    let mut moved = change;
    moved.before = moved.after.clone();
    moved.after.organization = house.organization("other").await;
    invalid(house.store.update_project(moved, None).await);
}

#[tokio::test]
async fn a_project_of_another_repository_forgets_the_id_that_was_pinned() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let mut before = house.project(acme, "app");
    before.repository_id = Some(StableId {
        forge: "gitea".into(),
        host: "forge.example".into(),
        id: "7".into(),
    });
    let store = &house.store;
    store
        .create_project(before.clone(), vec![], vec![], None)
        .await
        .unwrap();
    let mut after = before.clone();
    after.identity = "forge.example/a/c".into();
    let change = ProjectChange {
        before,
        after,
        triggers: vec![],
        actions: vec![],
    };
    let changed = store.update_project(change, None).await.unwrap();
    assert_eq!(changed.repository_id, None);
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let inbound = house.made_integration(acme, Inbound, "in").await;
    let outbound = house.made_integration(acme, Outbound, "out").await;
    let project = house.project(acme, "app");
    let trigger = house.trigger(&project, Some(inbound));
    let action = house.action(&project, "report", Some(outbound));
    house
        .store
        .create_project(project.clone(), vec![trigger.clone()], vec![action.clone()], None)
        .await
        .unwrap();
    let integration = house.store.integration(inbound).await.unwrap();
    let house = house.reopened();
    let directory = house.store.directory();
    assert_eq!(directory.organization_by_name("acme").unwrap().id, acme);
    assert_eq!(house.store.integration(inbound).await.unwrap(), integration);
    assert_eq!(directory.inbound(acme, "in").unwrap().id, inbound);
    assert!(directory.inbound(acme, "out").is_none());
    let entry = directory.project(acme, "app").unwrap();
    assert_eq!(entry.project(), &project);
    assert_eq!(entry.triggers().collect::<Vec<_>>(), [&trigger]);
    assert_eq!(entry.actions, [action]);
    assert_eq!(entry.organization_name.as_str(), "acme");
}

#[tokio::test]
async fn lists_come_newest_first_in_pages() {
    let house = House::new();
    let store = &house.store;
    let acme = house.organization("acme").await;
    let other = house.organization("other").await;
    for name in ["a", "b", "c"] {
        house.made_project(acme, name).await;
        house.made_project(other, name).await;
    }
    let mut page = Page { cursor: None, limit: 2 };
    let mut names = Vec::new();
    loop {
        let listed = store.projects(acme, page.clone()).await.unwrap();
        names.push(
            listed
                .items
                .iter()
                .map(|entry| entry.project().name.to_string())
                .collect::<Vec<_>>(),
        );
        page.cursor = listed.next;
        if page.cursor.is_none() {
            break;
        }
    }
    assert_eq!(names, [vec!["c", "b"], vec!["a"]]);
    page.cursor = Some("elsewhere".into());
    invalid(store.projects(acme, page).await.map(|_| ()));
}
