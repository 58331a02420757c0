//! Loading of plugins: files that are taken or refused, and compiled ones that are kept.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::common::{delivery, hostile, sandbox, settings};
use forgegate_hostile::{Variant, component};
use forgegate_model::secret::Secret;
use forgegate_sandbox::{ArtefactCache, LoadError, Sandbox, Settings, Source};

async fn refused(bytes: Vec<u8>) -> LoadError {
    let source = Source::Directory("some.wasm".into());
    let loaded = sandbox(settings()).load(bytes, source).await;
    let error = loaded.err().unwrap();
    assert!(error.to_string().starts_with("some.wasm "), "{error}");
    error
}

/// The component with one text in the place of another of the same length, wherever it occurs.
fn with(text: &str, other: &str) -> Vec<u8> {
    assert_eq!(text.len(), other.len());
    let mut bytes = component(Variant::Guest).to_vec();
    let mut place = 0;
    while let Some(found) = bytes[place..].windows(text.len()).position(|it| it == text.as_bytes()) {
        place += found;
        bytes[place..place + text.len()].copy_from_slice(other.as_bytes());
    }
    bytes
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_in_a_sentence() {
    let garbage = refused(b"not wasm at all".to_vec()).await;
    assert!(matches!(garbage, LoadError::NotAComponent { .. }), "{garbage:?}");
    let module = refused(b"\0asm\x01\0\0\0".to_vec()).await;
    assert!(matches!(module, LoadError::NotAComponent { .. }), "{module:?}");
    let empty = refused(b"\0asm\x0d\0\x01\0".to_vec()).await;
    assert!(matches!(empty, LoadError::OtherWorld { .. }), "{empty:?}");
    let large = refused(vec![0; (32 << 20) + 1]).await;
    assert!(matches!(large, LoadError::TooLarge { .. }), "{large:?}");
}

#[tokio::test]
async fn a_plugin_for_another_contract_is_told_so() {
    let error = refused(with("@0.1.0", "@0.2.0")).await;
    assert_eq!(
        error.to_string(),
        "some.wasm was made for `forgegate:plugin@0.2.0`; this gateway speaks `forgegate:plugin@0.1.0`"
    );
}

#[tokio::test]
async fn a_plugin_that_needs_more_memory_than_a_call_has_is_refused() {
    let small = sandbox(Settings {
        memory_bytes: 4 << 20,
        ..settings()
    });
    let source = Source::Directory("some.wasm".into());
    let error = small.load(component(Variant::Guest), source).await.err().unwrap();
    assert!(error.to_string().contains("memory"), "{error}");
}

#[tokio::test]
async fn a_loaded_plugin_says_what_it_is() {
    let plugin = hostile(&sandbox(settings())).await;
    assert_eq!(plugin.forge(), "hostile");
    assert_eq!(plugin.description().display_name, "Hostile");
    assert_eq!(plugin.source().as_str(), "directory");
    assert_eq!(plugin.size_bytes(), component(Variant::Guest).len());
    assert_eq!(
        plugin.imports(),
        ["forgegate:plugin/forge-api@0.1.0", "forgegate:plugin/log@0.1.0"]
    );
    let digest = forgegate_model::crypto::sha256(component(Variant::Guest));
    assert_eq!(plugin.digest(), format!("sha256:{}", hex::encode(digest)));
    assert_eq!(plugin.metrics().calls, 0);
}

fn keeping(folder: &Path, key: &str) -> Sandbox {
    sandbox(Settings {
        artefacts: Some(ArtefactCache {
            folder: folder.to_owned(),
            key: Secret::new(key.as_bytes()),
        }),
        ..settings()
    })
}

/// The one file of the folder.
fn kept(folder: &Path) -> PathBuf {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

/// A rename makes another inode: the same one means that nothing was written.
async fn load_and_see(folder: &Path, key: &str) -> u64 {
    let plugin = hostile(&keeping(folder, key)).await;
    assert!(plugin.parse(&delivery("push")).await.unwrap().is_ok());
    fs::metadata(kept(folder)).unwrap().ino()
}

#[tokio::test]
async fn a_compiled_plugin_is_kept_for_its_owner_alone() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("compiled");
    let first = load_and_see(&folder, "key").await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&kept(&folder))), (0o700, 0o600));
    assert_eq!(load_and_see(&folder, "key").await, first, "the kept one is used");
}

#[tokio::test]
async fn a_compiled_plugin_that_others_touched_is_built_anew() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    let first = load_and_see(folder, "key").await;
    let other_key = load_and_see(folder, "another key").await;
    assert_ne!(other_key, first, "under another key it is not believed");

    let whole = fs::read(kept(folder)).unwrap();
    for place in [0, 40, whole.len() / 2, whole.len() - 1] {
        let mut touched = whole.clone();
        touched[place] ^= 1;
        fs::write(kept(folder), touched).unwrap();
        let before = fs::metadata(kept(folder)).unwrap().ino();
        assert_ne!(load_and_see(folder, "another key").await, before, "byte {place}");
    }
    for length in [0, 31, 32, whole.len() - 1] {
        fs::write(kept(folder), &whole[..length]).unwrap();
        let before = fs::metadata(kept(folder)).unwrap().ino();
        assert_ne!(load_and_see(folder, "another key").await, before, "{length} bytes");
    }
}

#[tokio::test]
async fn a_compiled_plugin_under_anothers_name_is_not_believed() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    load_and_see(folder, "key").await;
    let name = kept(folder);
    let hostile = fs::read(&name).unwrap();
    fs::remove_file(&name).unwrap();

    let sandbox = keeping(folder, "key");
    let impostor = component(Variant::Impostor);
    sandbox.load(impostor, Source::Bundled).await.unwrap();
    fs::write(kept(folder), hostile).unwrap();
    let loaded = sandbox.load(impostor, Source::Bundled).await.unwrap();
    assert_eq!(loaded.forge(), "gitea");
}
