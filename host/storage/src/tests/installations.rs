//! Installations of apps: what deliveries say of them and what people bind, each in one transaction.

use std::sync::Arc;

use forgegate_model::event::{self, InstallationAction, RepositoryName, User};
use forgegate_model::ids::{ProjectId, TriggerId};
use forgegate_model::installation::{Bind, ConfirmedAccount, InstallationStatus, Move};
use forgegate_model::integration::IntegrationKind;
use forgegate_model::organization::Organization;
use forgegate_model::plugin::{Description, HookForm, Scope, TokenForm};
use forgegate_model::project::{Bootstrap, Concurrency, Project, StableId};
use forgegate_model::trigger::{Trigger, TriggerKind};
use uuid::Uuid;

use super::fixtures::{Fixture, ORGANIZATION, PROJECT, now, push};
use crate::{
    AuditFilter, Bound, Committed, Deletion, InstallationEvent, InstallationNotice, NewBinding, NewDelivery, Page,
    Store, StoreError, Unlinked,
};

const OTHER: forgegate_model::ids::OrganizationId = forgegate_model::ids::OrganizationId(Uuid::from_u128(9));
const ORIGIN: &str = "https://forge.example";

fn hub() -> Arc<Vec<Description>> {
    Arc::new(vec![Description {
        forge: "hub".into(),
        display_name: "Hub".into(),
        version: "1".into(),
        scope: Scope::PerApp,
        shorthands: Vec::new(),
        public_hosts: vec!["forge.example".into()],
        credential_headers: Vec::new(),
        kept_headers: Vec::new(),
        hook: HookForm {
            content_type: String::new(),
            secret_field: String::new(),
            signing_key_field: None,
            events: Vec::new(),
            warnings: Vec::new(),
        },
        token: TokenForm {
            role: String::new(),
            scopes: Vec::new(),
            sentence: String::new(),
        },
        api: Vec::new(),
        paths: Vec::new(),
    }])
}

fn account(id: Option<&str>, login: &str) -> User {
    User {
        id: id.map(str::to_owned),
        login: login.into(),
    }
}

fn word(action: InstallationAction, number: &str) -> event::Installation {
    event::Installation {
        action,
        id: number.into(),
        account: account(Some("3"), "A"),
        all_repositories: Some(false),
        added: Vec::new(),
        removed: Vec::new(),
    }
}

fn created(number: &str) -> event::Installation {
    event::Installation {
        added: vec![RepositoryName {
            id: Some("28".into()),
            full_name: "A/b".into(),
        }],
        ..word(InstallationAction::Created, number)
    }
}

fn delivery(number: u128, policy: Bind, word: InstallationEvent) -> NewDelivery {
    let mut new = push(number, &number.to_string());
    new.row.route.forge = "hub".into();
    new.row.route.organization = None;
    new.row.route.integration = None;
    new.key = None;
    new.consequences.candidates.clear();
    new.consequences.installation = Some(Box::new(InstallationNotice {
        forge: "hub".into(),
        origin: ORIGIN.into(),
        base_url: None,
        word,
        policy,
        plugins: hub(),
        shorthands: Vec::new(),
    }));
    new
}

async fn says(store: &Store, number: u128, policy: Bind, word: event::Installation) -> Committed {
    let new = delivery(number, policy, InstallationEvent::Installation(Box::new(word)));
    store.commit_delivery(new).await.unwrap()
}

async fn second_organization(store: &Store) {
    let organization = Organization {
        id: OTHER,
        name: "other".parse().unwrap(),
        created_at: now(),
    };
    store.create_organization(organization, None).await.unwrap();
    let project = Project {
        id: ProjectId(Uuid::from_u128(90)),
        organization: OTHER,
        name: "mirror".parse().unwrap(),
        repository: "git@forge.example:a/B.git".into(),
        identity: "forge.example/a/b".into(),
        concurrency: Concurrency::default(),
        bootstrap: Bootstrap::default(),
        runs_on: Vec::new(),
        trusted: Vec::new(),
        active: true,
        repository_id: None,
        has_evaluation: false,
        created_at: now(),
    };
    store
        .create_project(project, Vec::new(), Vec::new(), None)
        .await
        .unwrap();
}

async fn confirm(store: &Store, organization: forgegate_model::ids::OrganizationId, login: &str) {
    let account = ConfirmedAccount {
        forge: "hub".into(),
        origin: ORIGIN.into(),
        login: login.into(),
        account_id: None,
        confirmed_at: now(),
    };
    store.confirm_account(organization, account, None).await.unwrap();
}

fn by_hand(number: &str, organization: forgegate_model::ids::OrganizationId, login: &str) -> NewBinding {
    NewBinding {
        organization,
        forge: "hub".into(),
        origin: ORIGIN.into(),
        base_url: None,
        number: number.into(),
        account: account(None, login),
        status: None,
        selection: None,
        repositories: None,
        allowed_ips: Vec::new(),
        policy: Bind::Matching,
        plugins: hub(),
        seed: Uuid::now_v7(),
        at: now(),
    }
}

/// The organizations that an installation is bound to, by number.
fn bound(store: &Store) -> Vec<u128> {
    let known = store.installations("hub");
    let live = known.iter().flat_map(|it| it.bindings.iter().filter(|it| it.is_live()));
    live.map(|it| it.organization.0.as_u128()).collect()
}

/// The names of what the project's triggers and actions are linked to.
fn links(store: &Store) -> (Vec<Option<String>>, Vec<Option<String>>) {
    let entry = store.directory().project_by_id(PROJECT).unwrap();
    let name = |id: Option<forgegate_model::ids::IntegrationId>| {
        id.map(|id| store.directory().integration(id).unwrap().name.to_string())
    };
    (
        entry.triggers().map(|it| name(it.integration)).collect(),
        entry.actions.iter().map(|it| name(it.integration)).collect(),
    )
}

fn pair(store: &Store) -> Vec<(u128, String, Option<String>)> {
    let rows = store.directory().integrations_of(ORGANIZATION);
    let rows = rows.iter().filter(|row| row.is_app_managed());
    rows.map(|row| (row.id.0.as_u128(), row.name.to_string(), row.installation_id.clone()))
        .collect()
}

#[tokio::test]
async fn an_installation_binds_the_organization_that_owns_a_covered_repository_and_does_nothing_twice() {
    let fixture = Fixture::new().await;
    let Committed::First(first) = says(&fixture.store, 1, Bind::Matching, created("50")).await else {
        panic!("a duplicate");
    };
    assert_eq!(first.organizations, [ORGANIZATION]);
    let made = pair(&fixture.store);
    assert_eq!(made.len(), 2);
    assert!(
        made.iter()
            .all(|(_, name, number)| name == "hub-a" && number.as_deref() == Some("50"))
    );
    let linked = (vec![Some("hub-a".to_owned())], vec![Some("hub-a".to_owned())]);
    assert_eq!(links(&fixture.store), linked);
    says(&fixture.store, 2, Bind::Matching, created("50")).await;
    assert_eq!(
        (pair(&fixture.store), links(&fixture.store)),
        (made.clone(), linked.clone())
    );

    let fixture = fixture.reopen();
    assert_eq!((pair(&fixture.store), links(&fixture.store)), (made, linked));
    assert_eq!(bound(&fixture.store), [1]);
    let shown = fixture.store.delivery(first.id).await.unwrap().unwrap();
    assert_eq!(
        shown.organizations,
        [ORGANIZATION],
        "sealed for whom it came to belong to"
    );
    let audit = fixture
        .store
        .audit(AuditFilter::default(), Page::first(50))
        .await
        .unwrap();
    let told = audit.items.iter().filter(|it| it.action == "bind installation").count();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn what_covers_no_repository_of_ours_is_known_and_not_bound() {
    let fixture = Fixture::new().await;
    let mut elsewhere = created("50");
    elsewhere.added[0].full_name = "A/other".into();
    says(&fixture.store, 1, Bind::Matching, elsewhere).await;
    assert_eq!(
        (bound(&fixture.store), fixture.store.installations("hub").len()),
        (vec![], 1)
    );
    let more = event::Installation {
        action: InstallationAction::RepositoriesChanged,
        ..created("50")
    };
    says(&fixture.store, 2, Bind::Matching, more).await;
    assert_eq!(bound(&fixture.store), [1]);
}

#[tokio::test]
async fn with_several_organizations_only_a_confirmed_account_is_bound() {
    let fixture = Fixture::new().await;
    says(&fixture.store, 1, Bind::Verified, created("50")).await;
    assert_eq!(bound(&fixture.store), [0; 0], "verified");
    second_organization(&fixture.store).await;
    says(&fixture.store, 2, Bind::Matching, created("50")).await;
    assert_eq!(bound(&fixture.store), [0; 0], "two organizations");
    let refused = fixture.store.bind_installation(by_hand("50", OTHER, "a"), None).await;
    assert_eq!(refused.unwrap(), Bound::Unconfirmed { account: "A".into() });

    confirm(&fixture.store, OTHER, "a").await;
    says(&fixture.store, 3, Bind::Matching, created("50")).await;
    assert_eq!(bound(&fixture.store), [9]);
    let confirmed = fixture.store.confirmed_accounts(OTHER).await.unwrap();
    assert_eq!(
        confirmed.iter().map(|it| it.account_id.as_deref()).collect::<Vec<_>>(),
        [Some("3")],
        "from the first sight on the number counts"
    );
    let mut taken = created("60");
    taken.account = account(Some("4"), "A");
    says(&fixture.store, 4, Bind::Matching, taken).await;
    assert_eq!(bound(&fixture.store), [9], "another account of the name");
}

#[tokio::test]
async fn uninstalling_unlinks_and_installing_again_links_the_same() {
    let fixture = Fixture::new().await;
    says(&fixture.store, 1, Bind::Matching, created("50")).await;
    let before = pair(&fixture.store);
    let inbound = fixture.store.directory().integrations_of(ORGANIZATION);
    let inbound = inbound
        .iter()
        .find(|row| row.is_app_managed() && row.kind == IntegrationKind::Inbound);
    let second = Trigger::new(
        TriggerId(Uuid::from_u128(77)),
        PROJECT,
        TriggerKind::Tag,
        inbound.map(|row| row.id),
        now(),
    );
    fixture.store.create_trigger(second, None).await.unwrap();

    says(
        &fixture.store,
        2,
        Bind::Matching,
        word(InstallationAction::Deleted, "50"),
    )
    .await;
    assert_eq!((bound(&fixture.store), pair(&fixture.store)), (vec![], vec![]));
    assert_eq!(links(&fixture.store), (vec![None, None], vec![None]));
    let fixture = fixture.reopen();
    says(&fixture.store, 3, Bind::Verified, created("400")).await;
    assert_eq!(bound(&fixture.store), [1], "what was once bound counts as confirmed");
    let after = pair(&fixture.store);
    assert_eq!(
        after.iter().map(|it| it.0).collect::<Vec<_>>(),
        before.iter().map(|it| it.0).collect::<Vec<_>>()
    );
    assert!(after.iter().all(|it| it.2.as_deref() == Some("400")));
    let name = || Some("hub-a".to_owned());
    assert_eq!(links(&fixture.store), (vec![name(), name()], vec![name()]));
    says(
        &fixture.store,
        4,
        Bind::Matching,
        word(InstallationAction::Deleted, "50"),
    )
    .await;
    assert_eq!(bound(&fixture.store), [1], "a late word about the older installing");
}

#[tokio::test]
async fn who_asks_an_integration_hears_how_its_installation_stands() {
    let fixture = Fixture::new().await;
    says(&fixture.store, 1, Bind::Matching, created("50")).await;
    let standing = || {
        let rows = fixture.store.directory().integrations_of(ORGANIZATION);
        let row = rows.iter().find(|row| row.is_app_managed()).unwrap();
        fixture.store.installation_of(row).unwrap().status
    };
    assert_eq!(standing(), InstallationStatus::Active);
    says(
        &fixture.store,
        2,
        Bind::Matching,
        word(InstallationAction::Suspended, "50"),
    )
    .await;
    assert_eq!(standing(), InstallationStatus::Suspended);
    says(
        &fixture.store,
        3,
        Bind::Matching,
        word(InstallationAction::Unsuspended, "50"),
    )
    .await;
    assert_eq!(standing(), InstallationStatus::Active);
}

#[tokio::test]
async fn a_project_follows_its_repository_under_another_name() {
    let fixture = Fixture::new().await;
    second_organization(&fixture.store).await;
    confirm(&fixture.store, ORGANIZATION, "A").await;
    says(&fixture.store, 1, Bind::Matching, created("50")).await;
    let step = Move {
        id: StableId {
            forge: "hub".into(),
            host: "forge.example".into(),
            id: "28".into(),
        },
        origin: ORIGIN.into(),
        from: Some("A/b".into()),
        to: "A/c".into(),
    };
    let moved = InstallationEvent::Moved {
        number: "50".into(),
        repository: step.clone(),
    };
    for number in [2, 3] {
        let new = delivery(number, Bind::Matching, moved.clone());
        fixture.store.commit_delivery(new).await.unwrap();
    }
    let project = |id| fixture.store.directory().project_by_id(id).unwrap().project().clone();
    let own = project(PROJECT);
    assert_eq!(
        (own.repository.as_str(), own.identity.as_str(), own.repository_id),
        ("https://forge.example/A/c", "forge.example/a/c", Some(step.id))
    );
    let foreign = project(ProjectId(Uuid::from_u128(90)));
    assert_eq!(
        foreign.identity, "forge.example/a/b",
        "the installation is not bound to it"
    );
    let audit = fixture
        .store
        .audit(AuditFilter::default(), Page::first(50))
        .await
        .unwrap();
    let told: Vec<_> = audit
        .items
        .iter()
        .filter(|it| it.action == "follow repository")
        .collect();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].target.contains("forge.example/a/b is forge.example/a/c now"),
        "{}",
        told[0].target
    );

    let renamed = event::Installation {
        account: account(Some("3"), "A2"),
        all_repositories: None,
        ..word(InstallationAction::Renamed, "50")
    };
    says(&fixture.store, 4, Bind::Matching, renamed).await;
    assert_eq!(project(PROJECT).identity, "forge.example/a2/c");
    assert!(pair(&fixture.store).iter().all(|it| it.1 == "hub-a2"));
}

#[tokio::test]
async fn binding_by_hand_makes_the_pair_and_the_links_and_unbinding_takes_them() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    let made = store.bind_installation(by_hand("50", ORGANIZATION, "A"), None).await;
    let Bound::Made { installation, pair } = made.unwrap() else {
        panic!("unconfirmed");
    };
    assert_eq!(
        (pair[0].kind, pair[1].kind),
        (IntegrationKind::Inbound, IntegrationKind::Outbound)
    );
    assert_eq!(links(store), (vec![Some("hub-a".into())], vec![Some("hub-a".into())]));
    for number in ["50", "52"] {
        let again = store.bind_installation(by_hand(number, ORGANIZATION, "a"), None).await;
        assert!(matches!(again, Err(StoreError::AlreadyExists(_))), "{again:?}");
    }
    second_organization(store).await;
    confirm(store, OTHER, "a").await;
    let taken = store.bind_installation(by_hand("999", OTHER, "a"), None).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    store.bind_installation(by_hand("50", OTHER, "a"), None).await.unwrap();
    assert_eq!(bound(store), [1, 9]);

    let gone = store
        .unbind_installation(installation.id, ORGANIZATION, None)
        .await
        .unwrap();
    assert!(
        matches!(gone.as_slice(), [Unlinked::Trigger { .. }, Unlinked::Action { .. }]),
        "{gone:?}"
    );
    assert_eq!(bound(store), [9]);
    let other = store.directory().integrations_of(OTHER);
    store.delete_integration(other[1].id, None).await.unwrap();
    assert_eq!(
        store.directory().integrations_of(OTHER).len(),
        0,
        "one takes the other along"
    );
    assert_eq!(bound(store), [0; 0]);
}

#[tokio::test]
async fn an_organization_that_goes_takes_its_bindings_along() {
    let fixture = Fixture::new().await;
    says(&fixture.store, 1, Bind::Matching, created("50")).await;
    let deleted = fixture
        .store
        .delete_organization(ORGANIZATION, Deletion::Cascade, now(), None);
    deleted.await.unwrap();
    assert_eq!(bound(&fixture.store), [0; 0]);
    assert_eq!(fixture.store.confirmed_accounts(ORGANIZATION).await.unwrap(), []);
    says(
        &fixture.store,
        2,
        Bind::Matching,
        word(InstallationAction::Deleted, "50"),
    )
    .await;
    assert_eq!(fixture.store.installations("hub").len(), 0, "nobody gets anything back");
}
