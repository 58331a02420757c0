use forgegate_engine::StoreError;

use super::fixtures::{Fixture, options, push};
use crate::{Options, Store};

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_without_the_databases_key_is_refused() {
    let fixture = Fixture::new().await;
    assert!(fixture.store.was_created());
    let keys = fixture.file("keys");
    let Fixture { folder, store } = fixture;
    drop(store);
    let right = std::fs::read_to_string(&keys).unwrap();
    let other = tempfile::tempdir().unwrap();
    drop(Store::open(options(&other)).unwrap());
    let wrong = std::fs::read_to_string(other.path().join("data/keys")).unwrap();

    std::fs::write(&keys, &wrong).unwrap();
    let refused = Store::open(options(&folder)).err();
    assert!(
        matches!(&refused, Some(StoreError::Unavailable(text)) if text.contains("holds none of them") && !text.contains(right.trim())),
        "{refused:?}"
    );
    std::fs::remove_file(&keys).unwrap();
    assert!(
        Store::open(options(&folder)).is_err(),
        "no ring is made beside a database"
    );
    assert!(!keys.exists());
    std::fs::write(&keys, &right).unwrap();
    assert!(Store::open(options(&folder)).is_err(), "the file is open to others");
    set_mode(&keys, 0o600);
    let store = Store::open(options(&folder)).unwrap();
    assert!(!store.was_created());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_key_in_the_ring_leaves_the_older_ones_of_use() {
    let fixture = Fixture::new().await;
    let new = push(1, "1");
    let id = new.row.id;
    fixture.store.commit_delivery(new).await.unwrap();
    let before = fixture.store.derive_key("artefacts");
    let keys = fixture.file("keys");
    let text = std::fs::read_to_string(&keys).unwrap() + &format!("2 {}\n", "ab".repeat(32));
    std::fs::write(&keys, text).unwrap();
    let fixture = fixture.reopen();
    assert!(fixture.store.delivery(id).await.unwrap().is_some());
    assert_ne!(fixture.store.derive_key("artefacts"), before);
    assert_ne!(
        fixture.store.derive_key("artefacts"),
        fixture.store.derive_key("another")
    );
}

#[test]
fn a_key_file_elsewhere_is_made_with_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("elsewhere");
    let options = Options {
        keys: Some(keys.clone()),
        ..options(&folder)
    };
    drop(Store::open(options.clone()).unwrap());
    assert!(keys.exists() && !folder.path().join("data/keys").exists());
    drop(Store::open(options).unwrap());
}

#[test]
fn a_second_opening_is_refused_only_while_the_first_lasts() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        drop(Store::open(options(&folder)).unwrap());
    }
}

fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
