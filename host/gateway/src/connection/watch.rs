//! Polls of how hooks fare, regularly, within budget and breaker, one after the other. A hook that the forge has switched off is switched
//! on by a test delivery, once a delivery would be taken here.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use forgegate_model::integration::{Integration, IntegrationKind, IntegrationMode};
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::Plugin;
use forgegate_sandbox::outbound::{HookOwner, HookState, RepositoryRef};
use forgegate_storage::ProjectEntry;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use super::finding::all_well;
use super::hook_statuses::{HookHealth, HookKey, HookStatus};
use super::sample_delivery::{DeliveryTest, send_sample};
use super::service::Connections;
use crate::forge_access::{ForgePrincipal, hook_places, identity, sentences};
use crate::forge_client::{ForgeError, ForgeSession, SessionOptions};

/// The time between two polls of a hook.
const INTERVAL: Duration = Duration::from_mins(15);
/// The time from the start to the first round, and between two rounds, each of which polls what is due.
const FIRST: Duration = Duration::from_secs(2);
const ROUND: Duration = Duration::from_secs(10);
/// The time between two polls, so that a thousand hooks are no burst.
const PACE: Duration = Duration::from_millis(200);
/// The time that one poll may take.
const WITHIN: Duration = Duration::from_secs(20);
/// The longest time between two test deliveries that do not help.
const LONGEST_RETRY: Duration = Duration::from_hours(24);

/// A hook to be polled.
struct Target {
    key: HookKey,
    principal: ForgePrincipal,
    /// The inbound integration and the project whose repository it is; none for an app's.
    owner: Option<(Arc<Integration>, Arc<ProjectEntry>)>,
    url: String,
}

/// Polls hooks until the gateway drains.
pub async fn run(service: Arc<Connections>) {
    let draining = service.core.draining.clone();
    let mut round = interval_at(Instant::now() + FIRST, ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = round.tick() => {}
            () = draining.cancelled() => return,
        }
        let targets = service.targets();
        let keys = targets.iter().map(|target| target.key.clone()).collect();
        service.statuses.retain(&keys);
        for target in targets {
            if !service.statuses.is_due(&target.key, INTERVAL) {
                continue;
            }
            tokio::select! {
                () = service.poll(&target) => {}
                () = draining.cancelled() => return,
            }
            sleep(PACE).await;
        }
    }
}

impl Connections {
    /// Every hook that somebody may ask about. Where the gateway's own address is not known, there is none to look for.
    fn targets(&self) -> Vec<Target> {
        let store = &self.core.store;
        let mut targets = Vec::new();
        for inbound in store.directory().every(IntegrationKind::Inbound) {
            // Nobody asked for a hook there.
            if inbound.mode == IntegrationMode::Pull {
                continue;
            }
            let configured = self.core.config.server.public_url.clone();
            let Some(origin) = configured.or_else(|| self.statuses.origin(inbound.organization)) else {
                continue;
            };
            if inbound.is_app_managed() {
                targets.extend(self.app_target(&inbound, &origin));
            } else if let Some(organization) = store.directory().organization(inbound.organization) {
                let path = format!("{}/{}", organization.name, inbound.name);
                targets.extend(self.project_targets(&inbound, &origin, &path));
            }
        }
        // Each app has one hook, however many integrations stand for its installations; projects share repositories.
        let mut seen = BTreeSet::new();
        targets.retain(|target| seen.insert(target.key.clone()));
        targets
    }

    fn app_target(&self, inbound: &Integration, origin: &str) -> Option<Target> {
        let plugin = self.core.plugins.get(&inbound.forge)?;
        let principal = self.forges.principals.of_hook(inbound, plugin, None)?;
        Some(Target {
            key: HookKey {
                integration: None,
                forge: plugin.forge().to_owned(),
                repository: None,
            },
            principal,
            owner: None,
            url: format!("{origin}/api/v1/hooks/{}", plugin.forge()),
        })
    }

    /// The hooks of an inbound integration, for each linked project and each forge that it answers to.
    fn project_targets(&self, inbound: &Arc<Integration>, origin: &str, path: &str) -> Vec<Target> {
        let forges = inbound
            .forges
            .clone()
            .unwrap_or_else(|| self.core.plugins.usual_forges());
        let linked = self.forges.principals.linked_projects(inbound);
        let target = |entry: &Arc<ProjectEntry>, forge: &String| {
            let plugin = self.core.plugins.get(forge)?;
            let url = format!("{origin}/api/v1/hooks/{forge}/{path}");
            self.project_target(inbound, plugin, entry, url)
        };
        let pairs = linked
            .iter()
            .flat_map(|entry| forges.iter().map(move |forge| (entry, forge)));
        pairs.filter_map(|(entry, forge)| target(entry, forge)).collect()
    }

    fn project_target(
        &self,
        inbound: &Arc<Integration>,
        plugin: &Plugin,
        entry: &Arc<ProjectEntry>,
        url: String,
    ) -> Option<Target> {
        let principals = &self.forges.principals;
        let principal = principals.of_hook(inbound, plugin, Some(&identity(entry)))?;
        Some(Target {
            key: HookKey {
                integration: Some(inbound.id),
                forge: plugin.forge().to_owned(),
                repository: Some(principal.repository(entry).full_name),
            },
            principal,
            owner: Some((Arc::clone(inbound), Arc::clone(entry))),
            url,
        })
    }

    /// Polls one hook, and tests it where it is off.
    async fn poll(&self, target: &Target) {
        let session = match self.forges.open(&target.principal, SessionOptions::default()).await {
            Ok(session) => session,
            Err(ForgeError::Resting(_) | ForgeError::RateLimited(_)) => return,
            Err(error) => {
                tracing::debug!(%error, "a hook cannot be looked at: {error}");
                self.statuses.note(&target.key, None);
                return;
            }
        };
        let Some((status, place)) = self.read_status(target, &session).await else {
            self.statuses.note(&target.key, None);
            return;
        };
        let (health, hook) = (status.state, status.hook_id.clone());
        let before = self.statuses.note(&target.key, Some(status));
        if health.is_off() && !before.is_some_and(HookHealth::is_off) {
            tracing::warn!(hook.url = %target.url, "the forge `{}` has switched a hook off", target.key.forge);
        }
        if let (true, Some(place), Some(hook)) = (health.is_off(), place, hook)
            && self.statuses.may_test(&target.key, INTERVAL, LONGEST_RETRY)
            && self.switch_on(target, &session, &place, &hook).await
            && let Some((status, _)) = self.read_status(target, &session).await
        {
            if status.state == HookHealth::Enabled {
                self.core.metrics.hook_enabled(&target.key.forge);
                tracing::info!(hook.url = %target.url, "a test delivery has switched a hook on again");
            }
            self.statuses.note(&target.key, Some(status));
        }
    }

    /// The hook's status, and the place where it is; none where the forge gave no answer.
    async fn read_status(&self, target: &Target, session: &ForgeSession) -> Option<(HookStatus, Option<HookOwner>)> {
        let now = || self.core.clock.now();
        let mut refusal = None;
        for place in hook_places(&target.repository()) {
            let answer = session.ask(WITHIN, async |forge| forge.hook_health(&place, &target.url).await);
            match answer.await {
                Ok(hook) => return Some((target.status(now(), Some((&place, &hook)), None), Some(place))),
                Err(ForgeError::NotFound) => {}
                Err(
                    error @ (ForgeError::Unsupported
                    | ForgeError::Forbidden(_)
                    | ForgeError::Unauthorized
                    | ForgeError::Rejected(_)
                    | ForgeError::Malformed(_)
                    | ForgeError::Other(_)),
                ) => {
                    // Above the repository a token often may not look; that its own hooks may be read is enough.
                    if matches!(place, HookOwner::Repository(_)) {
                        refusal = Some(sentences::failure(&error));
                        break;
                    }
                }
                Err(_) => return None,
            }
        }
        Some((target.status(now(), None, refusal), None))
    }

    /// Asks for a test delivery where one would be taken. Says that one was asked for.
    async fn switch_on(&self, target: &Target, session: &ForgeSession, place: &HookOwner, hook: &str) -> bool {
        if !self.would_be_taken(target).await {
            return false;
        }
        let answer = session.ask(WITHIN, async |forge| forge.test_hook(place, hook).await);
        let asked = answer.await;
        if let Err(error) = &asked {
            tracing::info!(%error, "a hook that is off could not be tried: {error}");
        }
        asked.is_ok()
    }

    /// Says that a delivery would be taken: a sample is.
    async fn would_be_taken(&self, target: &Target) -> bool {
        let Some((inbound, entry)) = &target.owner else {
            return self.core.store.is_ready();
        };
        let Some(organization) = self.core.store.directory().organization(inbound.organization) else {
            return false;
        };
        let test = DeliveryTest {
            integration: inbound,
            organization: organization.name.as_str(),
            plugin: &target.principal.plugin,
            event: "push",
            url: &target.url,
            source: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        let sample = send_sample(self, &test, Some(entry)).await;
        sample.is_ok_and(|sample| all_well(&sample.findings))
    }
}

impl Target {
    fn repository(&self) -> RepositoryRef {
        match &self.owner {
            Some((_, entry)) => self.principal.repository(entry),
            // An app's hook is its own, whatever repository is named.
            None => RepositoryRef {
                id: None,
                full_name: String::new(),
            },
        }
    }

    /// The status by what was found: the hook and its place, or the refusal to look at it; without either there is none.
    fn status(&self, now: Timestamp, found: Option<(&HookOwner, &HookState)>, refusal: Option<String>) -> HookStatus {
        let state = match (found, &refusal) {
            (Some((_, hook)), _) => health(hook),
            (None, None) => HookHealth::Missing,
            (None, Some(_)) => HookHealth::Unknown,
        };
        let organization = match found {
            Some((HookOwner::Organization(name), _)) => Some(name.clone()),
            _ => None,
        };
        HookStatus {
            forge: self.key.forge.clone(),
            repository: self.key.repository.clone(),
            organization,
            hook_id: found.map(|(_, hook)| hook.id.clone()),
            state,
            disabled_until: found.and_then(|(_, hook)| hook.disabled_until),
            failures: found.map_or_else(|| refusal.into_iter().collect(), |(_, hook)| hook.failures.clone()),
            checked_at: now,
        }
    }
}

const fn health(hook: &HookState) -> HookHealth {
    match (hook.enabled, hook.disabled_until) {
        (true, _) => HookHealth::Enabled,
        (false, Some(_)) => HookHealth::TemporarilyDisabled,
        (false, None) => HookHealth::Disabled,
    }
}
