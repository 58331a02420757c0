//! Compiled plugins on disk. Whoever could write one would run native code in this process, so each carries a MAC under a key that
//! only this gateway has, over its bytes and its name: the plugin's digest and the engine it was compiled for.

use std::fs::{self, DirBuilder};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use forgegate_model::crypto::MacState;
use forgegate_model::evidence::Digest;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::{ArtefactCache, SandboxError};

/// The beginning of the MAC's message, so that no other use of the key makes one of these.
const PURPOSE: &[u8] = b"forgegate compiled plugin 1\n";

/// Makes sure that the folder is there, readable by nobody else.
pub(crate) fn prepare(cache: &ArtefactCache) -> Result<(), SandboxError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&cache.folder)
        .map_err(|source| SandboxError::Folder {
            folder: cache.folder.clone(),
            source,
        })
}

/// The compiled plugin: from the cache where it holds an authentic one, else compiled, and kept for the next start. A cache that
/// cannot be read or written costs time, never the plugin.
pub(crate) fn component(
    engine: &Engine,
    cache: Option<&ArtefactCache>,
    bytes: &[u8],
    digest: &str,
) -> wasmtime::Result<Component> {
    let Some(cache) = cache else {
        return Component::from_binary(engine, bytes);
    };
    let name = file_name(engine, digest);
    let path = cache.folder.join(&name);
    match read(engine, cache, &name) {
        Ok(Some(component)) => return Ok(component),
        Ok(None) => {}
        Err(reason) => {
            tracing::warn!(path = %path.display(), "compiled plugin {} is not used: {reason}", path.display());
        }
    }
    let component = Component::from_binary(engine, bytes)?;
    if let Err(error) = write(cache, &name, &component.serialize()?) {
        tracing::warn!(path = %path.display(), "compiled plugin {} could not be kept: {error}", path.display());
    }
    Ok(component)
}

fn file_name(engine: &Engine, digest: &str) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{digest}-{:016x}.cwasm", hasher.finish())
}

/// `None` where there is no such file; the error says why the one there is not used.
fn read(engine: &Engine, cache: &ArtefactCache, name: &str) -> Result<Option<Component>, String> {
    let file = match fs::read(cache.folder.join(name)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let (tag, code) = file
        .split_at_checked(Digest::Sha256.tag_bytes())
        .ok_or("it is cut off")?;
    let authentic = mac(cache, name, code).is_some_and(|mac| mac.has_tag(tag));
    if !authentic {
        return Err("it was not written by this gateway, or was changed since".to_owned());
    }
    #[expect(
        unsafe_code,
        reason = "these bytes were authenticated a line above: this host compiled them, for this engine"
    )]
    // SAFETY: `deserialize` asks for the unchanged bytes of `Component::serialize`; the MAC shows that they are.
    let component = unsafe { Component::deserialize(engine, code) };
    component.map(Some).map_err(|error| error.to_string())
}

/// Writes beside and renames, so that a file under this name is always whole.
fn write(cache: &ArtefactCache, name: &str, code: &[u8]) -> io::Result<PathBuf> {
    let mac = mac(cache, name, code).ok_or_else(|| io::Error::other("the key is empty"))?;
    let mut file = tempfile::NamedTempFile::new_in(&cache.folder)?;
    file.write_all(&mac.tag())?;
    file.write_all(code)?;
    file.as_file().sync_all()?;
    let path = cache.folder.join(name);
    file.persist(&path)?;
    Ok(path)
}

fn mac(cache: &ArtefactCache, name: &str, code: &[u8]) -> Option<MacState> {
    let mut mac = MacState::new(Digest::Sha256, cache.key.expose())?;
    mac.update(PURPOSE);
    mac.update(name.as_bytes());
    mac.update(b"\n");
    mac.update(code);
    Some(mac)
}
