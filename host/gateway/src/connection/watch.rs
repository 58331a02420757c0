//! Looking regularly how hooks fare, within budget and breaker, one after the other. A hook that the forge has switched off is switched on
//! by a test delivery, once a delivery would be taken here.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use forgegate_model::integration::{Integration, IntegrationKind, IntegrationMode};
use forgegate_sandbox::outbound::{HookOwner, HookState, OutboundError, RepositoryRef};
use forgegate_sandbox::{OutboundPlugin, Plugin};
use forgegate_storage::ProjectEntry;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use super::contact::{Contact, ForgeLink, identity, linked, places};
use super::hook_statuses::{HookKey, HookStatus, SightState};
use super::inbound::{self, DeliveryTest};
use super::words;
use crate::forge_client::Options;
use crate::gateway::Gateway;

/// How often a hook is looked at.
const INTERVAL: Duration = Duration::from_mins(15);
/// How soon after the start the first is looked at, and how often it is asked which are due.
const FIRST: Duration = Duration::from_secs(2);
const ROUND: Duration = Duration::from_secs(10);
/// What lies between two looks, so that a thousand hooks are no burst.
const PACE: Duration = Duration::from_millis(200);
/// How long one look may take.
const WITHIN: Duration = Duration::from_secs(20);
/// How long after a test delivery that did not help the next is sent, at most.
const RARELY: Duration = Duration::from_hours(24);

/// A hook to be looked at.
struct Target {
    spot: HookKey,
    contact: Contact,
    /// The row and the project whose repository it is; none for an app's.
    of: Option<(Arc<Integration>, Arc<ProjectEntry>)>,
    url: String,
}

/// Looks until the gateway drains.
pub async fn run(gateway: Arc<Gateway>) {
    let mut round = interval_at(Instant::now() + FIRST, ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = round.tick() => {}
            () = gateway.draining.cancelled() => return,
        }
        let all = targets(&gateway);
        gateway
            .hook_statuses
            .keep(&all.iter().map(|target| target.spot.clone()).collect());
        for target in all {
            if !gateway.hook_statuses.is_due(&target.spot, INTERVAL) {
                continue;
            }
            tokio::select! {
                () = look(&gateway, &target) => {}
                () = gateway.draining.cancelled() => return,
            }
            sleep(PACE).await;
        }
    }
}

/// Every hook that somebody can look at. Where the gateway's own address is not known, there is none to look for.
fn targets(gateway: &Gateway) -> Vec<Target> {
    let configured = &gateway.config.server.public_url;
    let mut targets = Vec::new();
    for row in gateway.store.directory().every(IntegrationKind::Inbound) {
        // Nobody asked for a hook there.
        if row.mode == IntegrationMode::Pull {
            continue;
        }
        let Some(origin) = configured
            .clone()
            .or_else(|| gateway.hook_statuses.origin(row.organization))
        else {
            continue;
        };
        if row.is_app_managed() {
            if let Some(plugin) = gateway.plugins.get(&row.forge) {
                targets.extend(of_app(gateway, &row, plugin, &origin));
            }
            continue;
        }
        let Some(organization) = gateway.store.directory().organization(row.organization) else {
            continue;
        };
        for entry in linked(gateway, &row) {
            for forge in row.forges.clone().unwrap_or_else(|| gateway.plugins.usual_forges()) {
                let Some(plugin) = gateway.plugins.get(&forge) else {
                    continue;
                };
                let url = format!("{origin}/api/v1/hooks/{forge}/{}/{}", organization.name, row.name);
                targets.extend(of_project(gateway, &row, plugin, &entry, url));
            }
        }
    }
    // Each app has one hook, however many rows stand for its installations; projects share repositories.
    let mut seen = BTreeSet::new();
    targets.retain(|target| seen.insert(target.spot.clone()));
    targets
}

fn of_app(gateway: &Gateway, row: &Integration, plugin: &Plugin, origin: &str) -> Option<Target> {
    let contact = Contact::find(gateway, row, plugin, None)?;
    Some(Target {
        spot: HookKey {
            integration: None,
            forge: plugin.forge().to_owned(),
            repository: None,
        },
        contact,
        of: None,
        url: format!("{origin}/api/v1/hooks/{}", plugin.forge()),
    })
}

fn of_project(
    gateway: &Gateway,
    row: &Arc<Integration>,
    plugin: &Plugin,
    entry: &Arc<ProjectEntry>,
    url: String,
) -> Option<Target> {
    let contact = Contact::find(gateway, row, plugin, Some(&identity(entry)))?;
    Some(Target {
        spot: HookKey {
            integration: Some(row.id),
            forge: plugin.forge().to_owned(),
            repository: Some(contact.repository(entry).full_name),
        },
        contact,
        of: Some((Arc::clone(row), Arc::clone(entry))),
        url,
    })
}

impl Target {
    fn repository(&self) -> RepositoryRef {
        match &self.of {
            Some((_, entry)) => self.contact.repository(entry),
            // An app's hook is its own, whatever repository is named.
            None => RepositoryRef {
                id: None,
                full_name: String::new(),
            },
        }
    }

    fn sight(&self, gateway: &Gateway, found: Option<(&HookOwner, &HookState)>, why: Option<String>) -> HookStatus {
        let state = match (found, &why) {
            (Some((_, hook)), _) => state_of(hook),
            (None, None) => SightState::Missing,
            (None, Some(_)) => SightState::Unknown,
        };
        let organization = match found {
            Some((HookOwner::Organization(name), _)) => Some(name.clone()),
            _ => None,
        };
        HookStatus {
            forge: self.spot.forge.clone(),
            repository: self.spot.repository.clone(),
            organization,
            hook_id: found.map(|(_, hook)| hook.id.clone()),
            state,
            disabled_until: found.and_then(|(_, hook)| hook.disabled_until),
            failures: found.map_or_else(|| why.into_iter().collect(), |(_, hook)| hook.failures.clone()),
            checked_at: gateway.clock.now(),
        }
    }
}

const fn state_of(hook: &HookState) -> SightState {
    match (hook.enabled, hook.disabled_until) {
        (true, _) => SightState::Enabled,
        (false, Some(_)) => SightState::TemporarilyDisabled,
        (false, None) => SightState::Disabled,
    }
}

/// Looks at one hook, and tries it where it is off.
async fn look(gateway: &Arc<Gateway>, target: &Target) {
    let outlook = gateway
        .forge_client
        .availability(&target.contact.plugin, target.contact.whom());
    if outlook.is_some_and(|outlook| outlook.rest.is_some()) {
        return;
    }
    let line = match target.contact.call(gateway, Options::default()).await {
        Ok(line) => line,
        Err(error) => {
            tracing::debug!(%error, "a hook cannot be looked at: {error}");
            gateway.hook_statuses.note(&target.spot, None);
            return;
        }
    };
    let Some((sight, place)) = see(gateway, target, &line).await else {
        gateway.hook_statuses.note(&target.spot, None);
        return;
    };
    let (state, hook) = (sight.state, sight.hook_id.clone());
    let before = gateway.hook_statuses.note(&target.spot, Some(sight));
    if state.is_off() && !before.is_some_and(SightState::is_off) {
        tracing::warn!(hook.url = %target.url, "the forge `{}` has switched a hook off", target.spot.forge);
    }
    if let (true, Some(place), Some(hook)) = (state.is_off(), place, hook)
        && gateway.hook_statuses.may_try(&target.spot, INTERVAL, RARELY)
        && switch_on(gateway, target, &line.within(WITHIN), &place, &hook).await
        && let Some((sight, _)) = see(gateway, target, &line).await
    {
        if sight.state == SightState::Enabled {
            gateway.metrics.hook_enabled(&target.spot.forge);
            tracing::info!(hook.url = %target.url, "a test delivery has switched a hook on again");
        }
        gateway.hook_statuses.note(&target.spot, Some(sight));
    }
}

/// What is seen, and where; none where the forge gave no answer.
async fn see(gateway: &Gateway, target: &Target, line: &ForgeLink) -> Option<(HookStatus, Option<HookOwner>)> {
    let mut why = None;
    for place in places(&target.repository()) {
        match line.within(WITHIN).hook_health(&place, &target.url).await {
            Ok(Ok(hook)) => return Some((target.sight(gateway, Some((&place, &hook)), None), Some(place))),
            Ok(Err(OutboundError::NotFound)) => {}
            Ok(Err(OutboundError::TryLater(seconds))) => {
                // Only where the forge says how long: a single 502 silences nobody else.
                if let Some(seconds) = seconds {
                    let (plugin, whom) = (&target.contact.plugin, target.contact.whom());
                    gateway.forge_client.hold(plugin, whom, Duration::from_secs(seconds));
                }
                return None;
            }
            Ok(Err(OutboundError::Call(_))) => return None,
            Ok(Err(error)) if matches!(place, HookOwner::Repository(_)) => {
                why = Some(words::refused(&error));
                break;
            }
            // Above the repository a token often may not look; that its own hooks may be read is enough.
            Ok(Err(_)) => {}
            Err(error) => {
                tracing::debug!(%error, "a hook cannot be looked at: {error}");
                return None;
            }
        }
    }
    Some((target.sight(gateway, None, why), None))
}

/// Asks for a test delivery where one would be taken. Answers whether one was asked for.
async fn switch_on(
    gateway: &Arc<Gateway>,
    target: &Target,
    forge: &OutboundPlugin,
    place: &HookOwner,
    hook: &str,
) -> bool {
    if !would_be_taken(gateway, target).await {
        return false;
    }
    match forge.test_hook(place, hook).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::info!(%error, "a hook that is off could not be tried: {error}");
            false
        }
        Err(error) => {
            tracing::warn!(%error, "a hook that is off could not be tried: {error}");
            false
        }
    }
}

/// Whether a delivery would be taken: a sample is.
async fn would_be_taken(gateway: &Arc<Gateway>, target: &Target) -> bool {
    let Some((row, entry)) = &target.of else {
        return gateway.store.is_ready();
    };
    let Some(organization) = gateway.store.directory().organization(row.organization) else {
        return false;
    };
    let trial = DeliveryTest {
        row,
        organization: organization.name.as_str(),
        plugin: &target.contact.plugin,
        event: "push",
        url: &target.url,
        source: IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    let rehearsed = inbound::rehearse(gateway, &trial, Some(entry)).await;
    rehearsed.is_ok_and(|test| super::all_well(&test.findings))
}
