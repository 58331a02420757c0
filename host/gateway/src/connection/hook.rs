//! The hook at the forge: made, repaired, its secret rotated. The plugin says how; the secret is written by the host.
//!
//! The order of a rotation is what keeps deliveries provable: the new secret counts here, in addition, before it is written at the forge,
//! and the older one ends only some time after that. Where it fails in between, both count, and the next rotation goes on with the
//! secret that is newest instead of making a third, for which one of the two would have to go.

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::audit::AuditEntry;
use forgegate_model::integration::Integration;
use forgegate_model::repository::{ForgeBase, RepositoryIdentity};
use forgegate_model::secret::Secret;
use forgegate_sandbox::Plugin;
use forgegate_sandbox::outbound::{HookOwner, HookResult, HookSpec, RepositoryRef};
use forgegate_storage::{CredentialChange, IntegrationChange};

use super::contact::{Contact, linked};
use super::words;
use crate::forge_client::{Options, RatePolicy};
use crate::gateway::Gateway;
use crate::response::{Code, Problem};

/// How long the older secret counts once the new one stands at the forge. The hooks of other repositories are rotated within it.
const OVERLAP: Duration = Duration::from_hours(24);
/// How long it counts where nobody knows whether the new one got there.
const UNFINISHED: Duration = Duration::from_hours(90 * 24);
/// How long the forge may take in all.
const WITHIN: Duration = Duration::from_secs(20);

/// What is wanted of the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// That it is there.
    Ensure,
    /// That it is another.
    Rotate,
}

/// Where a hook is wanted, as somebody says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// At a repository: its URL, or its path at the forge.
    Repository(String),
    /// At an organization or group.
    Organization(String),
}

/// A hook that is wanted.
pub struct HookRequest {
    /// The inbound row that it posts to.
    pub row: Integration,
    /// The forge's plugin.
    pub plugin: Plugin,
    /// Where.
    pub wanted: Wanted,
    /// What is wanted of the secret.
    pub mode: Mode,
    /// The URL that it posts to.
    pub url: String,
    /// What the audit log says where a secret is stored.
    pub audit: AuditEntry,
}

/// Makes or repairs a hook. To be run to its end, whoever waits for it.
///
/// # Errors
/// `app_managed` for an app's row; `conflict` where there is nobody to ask, the row proves by a signing key, somebody else is at it, or
/// the forge does not do it; `bad_request` where the place is none.
pub async fn ensure(gateway: Arc<Gateway>, wish: HookRequest) -> Result<HookResult, Problem> {
    if wish.row.is_app_managed() {
        let sentence = "the hook of an app is set where the app is, for all its installations";
        return Err(Problem::new(Code::AppManaged, sentence));
    }
    if wish.row.signing_key.is_some() {
        let sentence = "the integration takes only what is signed with its signing key, which has to be entered at the forge by hand";
        return Err(conflict(sentence));
    }
    let Some(_leave) = gateway.hook_statuses.leave(wish.row.id) else {
        return Err(conflict(
            "somebody is at work on the hooks of this integration; try again",
        ));
    };
    let (contact, place) = reach(&gateway, &wish)?;
    let keyed = Keyed::prepare(&gateway, &wish).await?;
    let made = write(&gateway, &contact, place, &wish, &keyed).await;
    match (&made, keyed.state) {
        (Ok(_), State::Fresh | State::Newest) => end_older(&gateway, &wish).await?,
        // The next attempt must know that the forge has none of it.
        (Err(_), State::First) => clear(&gateway, &wish).await?,
        _ => {}
    }
    made
}

/// Has the plugin write it at the forge.
async fn write(
    gateway: &Gateway,
    contact: &Contact,
    place: HookOwner,
    wish: &HookRequest,
    keyed: &Keyed,
) -> Result<HookResult, Problem> {
    let options = Options {
        secret: Some(keyed.secret.clone()),
        repository: None,
        patience: RatePolicy::Probe,
    };
    let line = contact.call(gateway, options).await;
    let line = line.map_err(|error| conflict(words::uncalled(&error)))?;
    let hook = HookSpec {
        owner: place,
        url: wish.url.clone(),
        rotate: keyed.state != State::Kept,
    };
    match line.within(WITHIN).ensure_hook(&hook).await {
        Ok(Ok(made)) => Ok(made),
        Ok(Err(error)) => Err(conflict(words::refused(&error))),
        Err(error) => Err(Problem::new(Code::PluginUnavailable, words::failed(&error))),
    }
}

/// The secret that the forge is to hold.
struct Keyed {
    secret: Secret,
    state: State,
}

/// How the secret came to be, which says whether a hook that has one gets it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It was there, and stays what it is.
    Kept,
    /// It was there as the newer of two: a rotation is under way, at this hook or at that of another repository.
    Newest,
    /// It was made in addition to another.
    Fresh,
    /// It was made where there was none.
    First,
}

impl Keyed {
    /// The newest secret that counts, or a fresh one, which counts from here on.
    async fn prepare(gateway: &Gateway, wish: &HookRequest) -> Result<Self, Problem> {
        let live = gateway.store.inbound_keys(wish.row.id, gateway.clock.now())?.secrets;
        let newest = live.first().map(|live| live.key.clone());
        let (secret, state) = match (newest, wish.mode, live.len()) {
            (Some(secret), Mode::Ensure, _) => (secret, State::Kept),
            (Some(secret), Mode::Rotate, 2..) => (secret, State::Newest),
            (Some(_), Mode::Rotate, _) => (fresh()?, State::Fresh),
            (None, _, _) => (fresh()?, State::First),
        };
        if matches!(state, State::Fresh | State::First) {
            let now = gateway.clock.now();
            let change = IntegrationChange {
                secret: CredentialChange::Set(secret.clone()),
                keep_previous: Some(now.plus(UNFINISHED)),
                ..unchanged(&wish.row)
            };
            let audit = Some(wish.audit.clone());
            gateway.store.update_integration(change, now, audit).await?;
        }
        Ok(Self { secret, state })
    }
}

/// Takes back a secret that was the first.
async fn clear(gateway: &Gateway, wish: &HookRequest) -> Result<(), Problem> {
    let change = IntegrationChange {
        secret: CredentialChange::Clear,
        ..unchanged(&wish.row)
    };
    gateway
        .store
        .update_integration(change, gateway.clock.now(), None)
        .await?;
    Ok(())
}

/// The new secret stands at the forge: the older one ends after the overlap.
async fn end_older(gateway: &Gateway, wish: &HookRequest) -> Result<(), Problem> {
    let now = gateway.clock.now();
    let change = IntegrationChange {
        keep_previous: Some(now.plus(OVERLAP)),
        ..unchanged(&wish.row)
    };
    gateway.store.update_integration(change, now, None).await?;
    Ok(())
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

/// 32 random bytes, in letters and digits.
fn fresh() -> Result<Secret, Problem> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(Problem::internal)?;
    Ok(Secret::new(hex::encode(random)))
}

/// Whom to ask, and about which place.
fn reach(gateway: &Gateway, wish: &HookRequest) -> Result<(Contact, HookOwner), Problem> {
    let identity = match &wish.wanted {
        Wanted::Repository(text) => RepositoryIdentity::parse(text, &gateway.shorthands).ok(),
        Wanted::Organization(_) => None,
    };
    let contact = Contact::find(gateway, &wish.row, &wish.plugin, identity.as_ref()).ok_or_else(|| {
        let forge = wish.plugin.forge();
        match &identity {
            Some(repository) => conflict(format!(
                "the organization has no outbound integration of `{forge}` with a token that calls the forge of {repository}"
            )),
            None => conflict(format!("the organization has no outbound integration of `{forge}` with a token")),
        }
    })?;
    let place = match &wish.wanted {
        Wanted::Organization(name) => HookOwner::Organization(path(name, "organization")?),
        Wanted::Repository(text) => HookOwner::Repository(repository(gateway, wish, &contact, identity, text)?),
    };
    Ok((contact, place))
}

/// The repository as the forge is asked about it; with its number, where a project that is linked to the row knows it.
fn repository(
    gateway: &Gateway,
    wish: &HookRequest,
    contact: &Contact,
    identity: Option<RepositoryIdentity>,
    text: &str,
) -> Result<RepositoryRef, Problem> {
    let base = contact.row.as_ref().and_then(|row| row.base_url.clone());
    let whole = || {
        let base = base.as_deref()?;
        RepositoryIdentity::parse(&format!("{base}/{text}"), &[]).ok()
    };
    let is_path = identity.is_none();
    let identity = identity.or_else(whole);
    let narrowed = &wish.row.repositories;
    let is_within = |identity: &RepositoryIdentity| narrowed.iter().any(|it| it == identity.as_str());
    if !narrowed.is_empty() && !identity.as_ref().is_some_and(is_within) {
        return Err(Problem::bad_request(
            "`repository`: the integration is narrowed to other repositories",
        ));
    }
    let of = |identity: &RepositoryIdentity| {
        let entries = linked(gateway, &wish.row);
        let entry = entries
            .iter()
            .find(|entry| entry.project().identity == identity.as_str())?;
        Some(contact.repository(entry))
    };
    if let Some(known) = identity.as_ref().and_then(of) {
        return Ok(known);
    }
    let below = |identity: &RepositoryIdentity| {
        let base = ForgeBase::parse(base.as_deref()?).ok()?;
        base.below(identity).map(str::to_owned)
    };
    let full_name = match identity.as_ref().filter(|_| !is_path) {
        Some(identity) => below(identity).unwrap_or_else(|| identity.path().to_owned()),
        None => path(text, "repository")?,
    };
    Ok(RepositoryRef { id: None, full_name })
}

/// A path at the forge: names between single slashes.
fn path(text: &str, field: &str) -> Result<String, Problem> {
    let is_name = |name: &str| !matches!(name, "" | "." | "..") && !name.chars().any(char::is_control);
    let fits = text.split('/').all(is_name) && (field != "repository" || text.contains('/'));
    fits.then(|| text.to_owned())
        .ok_or_else(|| Problem::bad_request(format!("`{field}`: its URL, or its path at the forge")))
}

fn conflict(sentence: impl Into<String>) -> Problem {
    Problem::new(Code::Conflict, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_at_a_forge_is_names_between_slashes() {
        assert_eq!(path("a/b/c", "repository").ok().as_deref(), Some("a/b/c"));
        assert_eq!(path("a", "organization").ok().as_deref(), Some("a"));
        for bad in ["a", "a//b", "../b", "a/", "a/\n"] {
            assert!(path(bad, "repository").is_err(), "{bad:?}");
        }
    }

    #[test]
    fn fresh_secrets_are_long_and_differ() {
        let (one, other) = (fresh().unwrap(), fresh().unwrap());
        assert_eq!(one.len(), 64);
        assert_ne!(one.expose(), other.expose());
    }
}
