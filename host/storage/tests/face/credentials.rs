use std::time::Duration;

use forgegate_model::evidence::{Credential, Keys};
use forgegate_model::ids::IntegrationId;
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::{CredentialChange, Credentials, IntegrationChange, Page, StoreError};

use crate::house::{House, at};

const FIRST: &str = "the first secret";
const SECOND: &str = "the second secret";
const THIRD: &str = "the third secret";
const TOKEN: &str = "a token of the forge's";
const SIGNING_KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

async fn made(house: &House, kind: IntegrationKind, credentials: Credentials) -> Integration {
    let acme = house.organization("acme").await;
    let row = house.integration(acme, kind, "forge");
    let store = &house.store;
    store.create_integration(row, credentials, None).await.unwrap()
}

fn with_secret() -> Credentials {
    Credentials {
        secret: Some(Secret::new(FIRST)),
        ..Credentials::default()
    }
}

fn with_token() -> Credentials {
    Credentials {
        token: Some(Secret::new(TOKEN)),
        ..Credentials::default()
    }
}

fn unchanged(row: &Integration) -> IntegrationChange {
    IntegrationChange {
        before: row.clone(),
        after: row.clone(),
        secret: CredentialChange::Keep,
        keep_previous: None,
        signing_key: CredentialChange::Keep,
        token: CredentialChange::Keep,
    }
}

async fn rotate(
    house: &House,
    id: IntegrationId,
    secret: &str,
    keep_previous: Option<Timestamp>,
    now: Timestamp,
) -> Integration {
    let row = house.store.integration(id).await.unwrap().unwrap();
    let change = IntegrationChange {
        secret: CredentialChange::Set(Secret::new(secret)),
        keep_previous,
        ..unchanged(&row)
    };
    let store = &house.store;
    store.update_integration(change, now, None).await.unwrap()
}

fn secrets(house: &House, id: IntegrationId, now: Timestamp) -> Vec<String> {
    let Keys { secrets, .. } = house.store.inbound_keys(id, now).unwrap();
    let text = |key: &Secret| String::from_utf8(key.expose().to_vec()).unwrap();
    secrets.iter().map(|it| text(&it.key)).collect()
}

#[tokio::test]
async fn credentials_are_kept_sealed_and_open_again_after_a_restart() {
    let house = House::new();
    let row = made(
        &house,
        IntegrationKind::Inbound,
        Credentials {
            secret: Some(Secret::new(FIRST)),
            signing_key: Some(Secret::new(SIGNING_KEY)),
            token: Some(Secret::new(TOKEN)),
        },
    )
    .await;
    assert_eq!(row.secrets.len(), 1);
    assert!(row.signing_key.is_some() && row.has_token);
    let house = house.reopened();
    let keys = house.store.inbound_keys(row.id, at(1)).unwrap();
    assert_eq!(keys.strongest(), Credential::SigningKey);
    assert_eq!(keys.signing_keys[0].key.expose(), (0..32).collect::<Vec<u8>>());
    assert_eq!(secrets(&house, row.id, at(1)), [FIRST]);
    let token = house.store.integration_token(row.id).unwrap().unwrap();
    assert_eq!(token.expose(), TOKEN.as_bytes());

    let folder = house.folder.path().to_owned();
    let mut searched = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            for plain in [FIRST.as_bytes(), TOKEN.as_bytes(), SIGNING_KEY.as_bytes()] {
                assert!(!bytes.windows(plain.len()).any(|window| window == plain), "{path:?}");
            }
            searched += 1;
        }
    }
    assert!(searched >= 2);
}

#[tokio::test]
async fn a_secret_rotates_with_an_overlap_of_at_most_two() {
    let house = House::new();
    let id = made(&house, IntegrationKind::Inbound, with_secret()).await.id;
    let row = rotate(&house, id, SECOND, Some(at(100)), at(10)).await;
    assert_eq!(row.secrets.len(), 2);
    assert_eq!(row.secrets[0].created_at, at(10));
    assert_eq!(row.secrets[1].expires_at, Some(at(100)));
    assert_eq!(secrets(&house, id, at(99)), [SECOND, FIRST]);
    assert_eq!(secrets(&house, id, at(100)), [SECOND]);

    let row = rotate(&house, id, THIRD, Some(at(200)), at(20)).await;
    assert_eq!(row.secrets.len(), 2);
    assert_eq!(secrets(&house, id, at(30)), [THIRD, SECOND]);
    let house = house.reopened();
    assert_eq!(secrets(&house, id, at(30)), [THIRD, SECOND]);
    assert_eq!(secrets(&house, id, at(200)), [THIRD]);
}

#[tokio::test]
async fn an_overlap_is_shortened_without_another_secret_and_never_lengthened() {
    let house = House::new();
    let id = made(&house, IntegrationKind::Inbound, with_secret()).await.id;
    let mut row = rotate(&house, id, SECOND, Some(at(1000)), at(10)).await;
    for (end, then) in [(at(100), at(100)), (at(500), at(100))] {
        let change = IntegrationChange {
            keep_previous: Some(end),
            ..unchanged(&row)
        };
        row = house.store.update_integration(change, at(20), None).await.unwrap();
        assert_eq!((row.secrets.len(), row.secrets[0].expires_at), (2, None));
        assert_eq!(row.secrets[1].expires_at, Some(then));
    }
    assert_eq!(secrets(&house, id, at(99)), [SECOND, FIRST]);
    assert_eq!(secrets(&house, id, at(100)), [SECOND]);
}

#[tokio::test]
async fn a_secret_that_is_replaced_or_cleared_ends_at_once() {
    let house = House::new();
    let id = made(&house, IntegrationKind::Inbound, with_secret()).await.id;
    let row = rotate(&house, id, SECOND, None, at(10)).await;
    assert_eq!(row.secrets.len(), 1);
    assert_eq!(secrets(&house, id, at(10)), [SECOND]);
    let change = IntegrationChange {
        secret: CredentialChange::Clear,
        ..unchanged(&row)
    };
    let row = house.store.update_integration(change, at(11), None).await.unwrap();
    assert!(row.secrets.is_empty());
    assert!(house.store.inbound_keys(id, at(11)).unwrap().is_empty());
}

#[tokio::test]
async fn a_secret_that_expired_is_removed_as_time_passes() {
    let house = House::new();
    let id = made(&house, IntegrationKind::Inbound, with_secret()).await.id;
    rotate(&house, id, SECOND, Some(at(100)), at(10)).await;
    house.store.settle(at(99)).await.unwrap();
    let shown = || async { house.store.integration(id).await.unwrap().unwrap() };
    assert_eq!(shown().await.secrets.len(), 2);
    house.store.settle(at(100)).await.unwrap();
    assert_eq!(shown().await.secrets.len(), 1);
    let house = house.reopened();
    // Asked about a time when it still counted: it is not there any more.
    assert_eq!(secrets(&house, id, at(50)), [SECOND]);
}

#[tokio::test]
async fn a_token_never_follows_a_url() {
    let house = House::new();
    let row = made(&house, IntegrationKind::Outbound, with_token()).await;
    let mut change = unchanged(&row);
    change.after.base_url = Some("https://elsewhere.example".into());
    let moved = house.store.update_integration(change, at(1), None).await.unwrap();
    assert!(!moved.has_token);
    assert!(house.store.integration_token(row.id).unwrap().is_none());

    let mut change = unchanged(&moved);
    change.after.base_url = Some("https://third.example".into());
    change.token = CredentialChange::Set(Secret::new("another token"));
    let moved = house.store.update_integration(change, at(2), None).await.unwrap();
    assert!(moved.has_token);
    let house = house.reopened();
    let token = house.store.integration_token(row.id).unwrap().unwrap();
    assert_eq!(token.expose(), b"another token");
}

#[tokio::test]
async fn a_change_of_anything_else_keeps_the_credentials() {
    let house = House::new();
    let row = made(&house, IntegrationKind::Outbound, with_token()).await;
    let mut change = unchanged(&row);
    change.after.name = "renamed".parse().unwrap();
    change.after.allowed_ips = Vec::new();
    // What a caller says about credentials is not believed.
    change.after.has_token = false;
    let row = house.store.update_integration(change, at(1), None).await.unwrap();
    assert_eq!(row.name.as_str(), "renamed");
    assert!(row.has_token);
    assert!(house.store.integration_token(row.id).unwrap().is_some());
    let directory = house.store.directory();
    let by_name = |name| directory.integration_by_name(row.organization, row.kind, name);
    assert!(by_name("forge").is_none());
    assert!(by_name("renamed").is_some());
}

#[tokio::test]
async fn what_is_no_credential_is_refused_and_nothing_made() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let empty = || Some(Secret::new(""));
    for credentials in [
        Credentials {
            secret: empty(),
            ..Credentials::default()
        },
        Credentials {
            token: empty(),
            ..Credentials::default()
        },
        Credentials {
            signing_key: Some(Secret::new("whsec_AAEC")),
            ..Credentials::default()
        },
    ] {
        let row = house.integration(acme, IntegrationKind::Inbound, "forge");
        let refused = house.store.create_integration(row, credentials, None).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    }
    assert!(house.store.directory().inbound(acme, "forge").is_none());
}

#[tokio::test]
async fn a_pair_is_made_together_or_not_at_all() {
    let house = House::new();
    let acme = house.organization("acme").await;
    house.made_integration(acme, IntegrationKind::Outbound, "pair").await;
    let pair = [IntegrationKind::Inbound, IntegrationKind::Outbound].map(|kind| {
        let mut row = house.integration(acme, kind, "pair");
        row.installation_id = Some("77".into());
        (row, Credentials::default())
    });
    let refused = house.store.create_integrations(pair.to_vec(), None).await;
    assert!(matches!(refused, Err(StoreError::AlreadyExists(_))));
    let directory = house.store.directory();
    assert!(directory.inbound(acme, "pair").is_none());
    assert_eq!(directory.installations("gitea"), 0);
    let pair = pair.map(|(mut row, credentials)| {
        row.name = "other".parse().unwrap();
        (row, credentials)
    });
    house.store.create_integrations(pair.to_vec(), None).await.unwrap();
    assert_eq!(directory.installations("gitea"), 1);
    assert_eq!(directory.installation("gitea", "77").len(), 2);
    assert!(directory.installation("github", "77").is_empty());
}

#[tokio::test]
async fn a_use_is_shown_at_once_and_written_when_settled() {
    let house = House::new();
    let id = made(&house, IntegrationKind::Inbound, with_secret()).await.id;
    rotate(&house, id, SECOND, Some(at(1_000)), at(10)).await;
    let keys = house.store.inbound_keys(id, at(20)).unwrap();
    let older = keys.secrets[1].index;
    house.store.note_use(id, Credential::Secret, older, at(20));
    house.store.note_use(id, Credential::Secret, older, at(15));
    let last_used = |row: Integration| row.secrets.iter().map(|it| it.last_used_at).collect::<Vec<_>>();
    let shown = house.store.integration(id).await.unwrap().unwrap();
    assert_eq!(last_used(shown.clone()), [None, Some(at(20))]);
    let (of, kind) = (shown.organization, IntegrationKind::Inbound);
    let by_name = house.store.integration_by_name(of, kind, shown.name.as_str()).unwrap();
    assert_eq!(last_used(by_name), [None, Some(at(20))]);
    let page = house.store.integrations(of, Some(kind), Page::first(10)).await.unwrap();
    assert_eq!(last_used(page.items[0].clone()), [None, Some(at(20))]);
    let change = unchanged(&shown);
    let edited = house.store.update_integration(change, at(20), None).await.unwrap();
    assert_eq!(last_used(edited), [None, Some(at(20))]);

    house.store.settle(at(21)).await.unwrap();
    let house = house.reopened();
    let shown = house.store.integration(id).await.unwrap().unwrap();
    assert_eq!(last_used(shown.clone()), [None, Some(at(20))]);

    // A use is no change that a person's edit would collide with.
    house.store.note_use(id, Credential::Secret, 0, at(30));
    house.store.settle(at(30)).await.unwrap();
    let later = at(30).plus(Duration::from_secs(1));
    house
        .store
        .update_integration(unchanged(&shown), later, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_edit_of_what_was_edited_meanwhile_is_a_conflict() {
    let house = House::new();
    let row = made(&house, IntegrationKind::Inbound, with_secret()).await;
    let mut change = unchanged(&row);
    change.after.repositories = Vec::new();
    house
        .store
        .update_integration(change.clone(), at(1), None)
        .await
        .unwrap();
    let again = house.store.update_integration(change, at(2), None).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    let mut change = unchanged(&house.store.integration(row.id).await.unwrap().unwrap());
    change.after.forge = "gitlab".into();
    let other_forge = house.store.update_integration(change, at(3), None).await;
    assert!(matches!(other_forge, Err(StoreError::Invalid(_))));
}
