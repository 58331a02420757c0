//! Repositories: one canonical form for all spellings, and what may be handed to a worker.
//!
//! Two spellings of one repository give equal identities; two repositories of one host never do. Ports are left out: a forge
//! listens on other ports for `ssh` and for `https`, and two forges on one host name are told apart by the integration.
//! Nothing here asks a network: a redirect, an alias of a host or a renamed repository is another identity.

mod base;
mod canonical;
mod safety;
mod spelling;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plugin::Shorthand;

pub use base::ForgeBase;
pub use safety::{clone_url_is_safe, ref_is_safe, sha_is_safe};
use spelling::{Form, Spelling};

/// A repository: canonical host and path, `git.example.org/acme/widgets`.
///
/// Canonical means: ASCII letters in lower case, percent-encoding decoded, no user, no port, no `.git`, no empty segment, no
/// query. Letters beyond ASCII stay as they are, since no forge treats two of them as one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RepositoryIdentity(String);

/// The reason why a text names no repository. Shows the text without its user, its password and its query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{shown}` is not a repository's URL: {why}")]
pub struct InvalidRepository {
    shown: String,
    why: &'static str,
}

/// The repository of an event, as far as its URLs tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRepository {
    /// The repository's identity.
    pub identity: RepositoryIdentity,
    /// The host of the forge's instance, with its port where that is not the scheme's own: the host of stable ids.
    pub instance: String,
}

impl RepositoryIdentity {
    /// Reads `https://`, `http://`, `ssh://`, `git://`, each also with `git+` before it, `user@host:path`, and
    /// `shorthand:owner/repository`. A shorthand goes before a host of the same name.
    ///
    /// # Errors
    ///
    /// Everything else, above all `file:`, `helper::address`, a user, host or path that begins with `-`, `..`, control characters,
    /// white space, backslashes and encoded slashes.
    pub fn parse(text: &str, shorthands: &[Shorthand]) -> Result<Self, InvalidRepository> {
        read(text, shorthands).map(|spelling| Self::of(&spelling))
    }

    /// The identity that a record holds, which was canonical when it was written.
    #[must_use]
    pub fn of_record(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The canonical text, `host/path`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The canonical host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.split_once('/').map_or("", |(host, _)| host)
    }

    /// The canonical path, without a slash at either end.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, path)| path)
    }

    fn of(spelling: &Spelling<'_>) -> Self {
        Self(format!("{}/{}", spelling.host, spelling.path))
    }
}

impl fmt::Display for RepositoryIdentity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl EventRepository {
    /// The one repository that all URLs of an event mean, or `None`.
    ///
    /// All `http` and `https` URLs must agree. Others count only where there is none of these, for sub-paths and hosts of their own
    /// are common with `ssh`; then they must agree. An URL that cannot be read agrees with nothing; an empty one is none.
    #[must_use]
    pub fn of_urls(urls: &[String]) -> Option<Self> {
        let given = || urls.iter().filter(|url| !url.is_empty());
        if given().any(|url| spelling::is_web(url)) {
            agreed(given().filter(|url| spelling::is_web(url)))
        } else {
            agreed(given())
        }
    }
}

/// The URL that `git clone` takes for a repository as it was given: a shorthand spelled out, without `git+`, password and query; the
/// user stays with `ssh` alone.
///
/// # Errors
///
/// As [`RepositoryIdentity::parse`]. What it answers is always safe in the sense of [`clone_url_is_safe`].
pub fn clone_url(text: &str, shorthands: &[Shorthand]) -> Result<String, InvalidRepository> {
    read(text, shorthands).map(|spelling| spelling.clone_url())
}

fn read<'a>(text: &'a str, shorthands: &[Shorthand]) -> Result<Spelling<'a>, InvalidRepository> {
    Spelling::read(text, shorthands).map_err(|why| InvalidRepository {
        shown: shown(text),
        why,
    })
}

fn agreed<'a>(mut urls: impl Iterator<Item = &'a String>) -> Option<EventRepository> {
    let first = Spelling::read(urls.next()?, &[]).ok()?;
    for url in urls {
        let next = Spelling::read(url, &[]).ok()?;
        if (&next.host, &next.path) != (&first.host, &first.path) {
            return None;
        }
    }
    // The port of an `ssh` server says nothing about the instance.
    let port = first.port.filter(|_| matches!(first.form, Form::Web(_)));
    let instance = port.map_or_else(|| first.host.clone(), |port| format!("{}:{port}", first.host));
    Some(EventRepository {
        identity: RepositoryIdentity::of(&first),
        instance,
    })
}

/// The text without what may be a credential, and short.
fn shown(text: &str) -> String {
    let (hidden, rest) = text.rsplit_once('@').map_or(("", text), |(_, rest)| ("…@", rest));
    let bare = rest.split(['?', '#']).next().unwrap_or_default();
    format!("{hidden}{}", bare.escape_debug().take(200).collect::<String>())
}

#[cfg(test)]
mod tests;
