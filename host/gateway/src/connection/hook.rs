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

use super::service::Connections;
use crate::forge_access::{ForgePrincipal, sentences};
use crate::forge_client::{RatePolicy, SessionOptions};
use crate::response::{Code, Problem};

/// The time for which the older secret counts once the new one stands at the forge. The hooks of other repositories are rotated within
/// it.
const OVERLAP: Duration = Duration::from_hours(24);
/// The time for which it counts where nobody knows whether the new one got there.
const UNFINISHED: Duration = Duration::from_hours(90 * 24);
/// The time that the forge may take in all.
const WITHIN: Duration = Duration::from_secs(20);

/// What becomes of the hook's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It has to be there.
    Ensure,
    /// It is replaced by another.
    Rotate,
}

/// The target of a hook, as a caller names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookTarget {
    /// A repository: its URL, or its path at the forge.
    Repository(String),
    /// An organization or group, by its path at the forge.
    Organization(String),
}

/// A request for a hook at a forge.
pub struct HookRequest {
    /// The inbound integration that it posts to.
    pub integration: Integration,
    /// The forge's plugin.
    pub plugin: Plugin,
    /// The repository or organization whose events it posts.
    pub target: HookTarget,
    /// What becomes of its secret.
    pub mode: Mode,
    /// The URL that it posts to.
    pub url: String,
    /// The entry of the audit log where a secret is stored.
    pub audit: AuditEntry,
}

/// Makes or repairs a hook. To be run to its end, whoever waits for it.
///
/// # Errors
/// `app_managed` for an app's integration; `conflict` where nobody may ask, the integration proves by a signing key, somebody else
/// changes its hooks, or the forge does not do it; `bad_request` where the target is none.
pub async fn ensure_hook(service: Arc<Connections>, request: HookRequest) -> Result<HookResult, Problem> {
    if request.integration.is_app_managed() {
        let sentence = "the hook of an app is set where the app is, for all its installations";
        return Err(Problem::new(Code::AppManaged, sentence));
    }
    if request.integration.signing_key.is_some() {
        let sentence = "the integration takes only what is signed with its signing key, which has to be entered at the forge by hand";
        return Err(conflict(sentence));
    }
    let Some(_permit) = service.statuses.permit(request.integration.id) else {
        return Err(conflict(
            "somebody is at work on the hooks of this integration; try again",
        ));
    };
    let (principal, place) = service.hook_place(&request)?;
    let secret = service.prepare_secret(&request).await?;
    let hook = HookSpec {
        owner: place,
        url: request.url.clone(),
        rotate: secret.state != SecretState::Kept,
    };
    let made = service.write_hook(&principal, &hook, &secret.value).await;
    match (&made, secret.state) {
        (Ok(_), SecretState::Fresh | SecretState::Newest) => service.end_older_secret(&request).await?,
        // The next attempt must know that the forge has none of it.
        (Err(_), SecretState::First) => service.clear_secret(&request).await?,
        _ => {}
    }
    made
}

/// The secret that the forge is to hold.
struct HookSecret {
    value: Secret,
    state: SecretState,
}

/// How the secret came to be, which says whether a hook that has one gets it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SecretState {
    /// It was there, and stays what it is.
    Kept,
    /// It was there as the newer of two: a rotation is under way, at this hook or at that of another repository.
    Newest,
    /// It was made in addition to another.
    Fresh,
    /// It was made where there was none.
    First,
}

impl Connections {
    /// Has the plugin write the hook at the forge; the host puts the secret in.
    async fn write_hook(
        &self,
        principal: &ForgePrincipal,
        hook: &HookSpec,
        secret: &Secret,
    ) -> Result<HookResult, Problem> {
        let options = SessionOptions {
            webhook_secret: Some(secret.clone()),
            repository: None,
            rate_policy: RatePolicy::Probe,
        };
        let session = self.forges.open(principal, options).await;
        let session = session.map_err(|error| conflict(sentences::failure(&error)))?;
        let answer = session.within(WITHIN).ensure_hook(hook).await;
        let code = match &answer {
            Ok(_) => Code::Conflict,
            Err(_) => Code::PluginUnavailable,
        };
        let made = session.outcome(answer);
        made.map_err(|error| Problem::new(code, sentences::failure(&error)))
    }

    /// The newest secret that counts, or a fresh one, which counts from here on.
    async fn prepare_secret(&self, request: &HookRequest) -> Result<HookSecret, Problem> {
        let now = self.core.clock.now();
        let live = self.core.store.inbound_keys(request.integration.id, now)?.secrets;
        let newest = live.first().map(|live| live.key.clone());
        let (value, state) = match (newest, request.mode, live.len()) {
            (Some(secret), Mode::Ensure, _) => (secret, SecretState::Kept),
            (Some(secret), Mode::Rotate, 2..) => (secret, SecretState::Newest),
            (Some(_), Mode::Rotate, _) => (fresh_secret()?, SecretState::Fresh),
            (None, _, _) => (fresh_secret()?, SecretState::First),
        };
        if matches!(state, SecretState::Fresh | SecretState::First) {
            let now = self.core.clock.now();
            let change = IntegrationChange {
                secret: CredentialChange::Set(value.clone()),
                keep_previous: Some(now.plus(UNFINISHED)),
                ..unchanged(&request.integration)
            };
            let audit = Some(request.audit.clone());
            self.core.store.update_integration(change, now, audit).await?;
        }
        Ok(HookSecret { value, state })
    }

    /// Takes back a secret that was the first.
    async fn clear_secret(&self, request: &HookRequest) -> Result<(), Problem> {
        let change = IntegrationChange {
            secret: CredentialChange::Clear,
            ..unchanged(&request.integration)
        };
        let now = self.core.clock.now();
        self.core.store.update_integration(change, now, None).await?;
        Ok(())
    }

    /// Lets the older secret end after the overlap: the new one stands at the forge.
    async fn end_older_secret(&self, request: &HookRequest) -> Result<(), Problem> {
        let now = self.core.clock.now();
        let change = IntegrationChange {
            keep_previous: Some(now.plus(OVERLAP)),
            ..unchanged(&request.integration)
        };
        self.core.store.update_integration(change, now, None).await?;
        Ok(())
    }

    /// The principal that may ask, and the place of the hook.
    fn hook_place(&self, request: &HookRequest) -> Result<(ForgePrincipal, HookOwner), Problem> {
        let identity = match &request.target {
            HookTarget::Repository(text) => RepositoryIdentity::parse(text, &self.core.shorthands).ok(),
            HookTarget::Organization(_) => None,
        };
        let principals = &self.forges.principals;
        let principal = principals.of_hook(&request.integration, &request.plugin, identity.as_ref());
        let principal = principal.ok_or_else(|| {
            let forge = request.plugin.forge();
            match &identity {
                Some(repository) => conflict(format!(
                    "the organization has no outbound integration of `{forge}` with a token that calls the forge of {repository}"
                )),
                None => conflict(format!("the organization has no outbound integration of `{forge}` with a token")),
            }
        })?;
        let place = match &request.target {
            HookTarget::Organization(name) => HookOwner::Organization(path(name, "organization")?),
            HookTarget::Repository(text) => {
                HookOwner::Repository(self.hook_repository(request, &principal, identity, text)?)
            }
        };
        Ok((principal, place))
    }

    /// The repository as the forge is asked about it; with its number, where a project that is linked to the integration knows it.
    fn hook_repository(
        &self,
        request: &HookRequest,
        principal: &ForgePrincipal,
        identity: Option<RepositoryIdentity>,
        text: &str,
    ) -> Result<RepositoryRef, Problem> {
        let base = principal.integration.as_ref().and_then(|it| it.base_url.clone());
        let whole = || {
            let base = base.as_deref()?;
            RepositoryIdentity::parse(&format!("{base}/{text}"), &[]).ok()
        };
        let is_path = identity.is_none();
        let identity = identity.or_else(whole);
        let narrowed = &request.integration.repositories;
        let is_within = |identity: &RepositoryIdentity| narrowed.iter().any(|it| it == identity.as_str());
        if !narrowed.is_empty() && !identity.as_ref().is_some_and(is_within) {
            return Err(Problem::bad_request(
                "`repository`: the integration is narrowed to other repositories",
            ));
        }
        let known = |identity: &RepositoryIdentity| {
            let linked = self.forges.principals.linked_projects(&request.integration);
            let entry = linked.iter().find(|it| it.project().identity == identity.as_str())?;
            Some(principal.repository(entry))
        };
        if let Some(known) = identity.as_ref().and_then(known) {
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
}

fn unchanged(integration: &Integration) -> IntegrationChange {
    IntegrationChange {
        before: integration.clone(),
        after: integration.clone(),
        secret: CredentialChange::Keep,
        keep_previous: None,
        signing_key: CredentialChange::Keep,
        token: CredentialChange::Keep,
    }
}

/// 32 random bytes in hexadecimal.
fn fresh_secret() -> Result<Secret, Problem> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(Problem::internal)?;
    Ok(Secret::new(hex::encode(random)))
}

/// A path at the forge: names between single slashes; of a repository at least two.
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
        let (one, other) = (fresh_secret().unwrap(), fresh_secret().unwrap());
        assert_eq!(one.len(), 64);
        assert_ne!(one.expose(), other.expose());
    }
}
