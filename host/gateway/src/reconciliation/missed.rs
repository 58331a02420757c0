//! Deliveries that a forge kept and that did not arrive: it is asked to send them again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::OutboundPlugin;
use forgegate_sandbox::outbound::{HookOwner, MissedDelivery, OutboundError};
use forgegate_storage::{Poll, PollKey};

use super::poll::{PollError, uncalled};
use super::subjects::PolledRepository;
use crate::connection::{Contact, places};
use crate::forge_client::Options;
use crate::gateway::Gateway;

/// How long one question may take.
const WITHIN: Duration = Duration::from_secs(30);
/// How far one look reaches back behind the one before: a delivery's failure is told some time after it was sent.
const OVERLAP: Duration = Duration::from_mins(2);

/// How often the hook of a repository is asked about at most, and how many of its deliveries are asked for at a time: a forge answers few
/// such calls, and one too many makes the credential wait, by which statuses are told too.
const RARELY: Duration = Duration::from_secs(60);
const FEW: usize = 4;
/// How many deliveries of an app are asked for at a time: its hook stands for all its repositories.
const MANY: usize = 100;

/// A hook whose deliveries may be asked for again.
pub struct Hook {
    contact: Contact,
    place: HookOwner,
    /// What tells it from others.
    name: String,
    /// How many of its deliveries are asked for at a time.
    most: usize,
    /// How long after a look the next one may be.
    pause: Duration,
}

/// The hooks of apps. Each has one, whatever it is installed on.
pub fn of_apps(gateway: &Gateway) -> Vec<Hook> {
    let mut seen = BTreeSet::new();
    let mut rows = gateway.store.directory().every(IntegrationKind::Inbound);
    rows.retain(|row| row.is_app_managed() && seen.insert(row.forge.clone()));
    let hook = |row: Arc<Integration>| {
        let plugin = gateway.plugins.get(&row.forge)?;
        Some(Hook {
            contact: Contact::find(gateway, &row, plugin, None)?,
            place: HookOwner::Organization(row.account.clone()?),
            name: format!("app {}", row.forge),
            most: MANY,
            pause: Duration::ZERO,
        })
    };
    rows.into_iter().filter_map(hook).collect()
}

/// The hooks of a repository: its own, and that of the organization or group that it lies in. An app's repositories have none.
pub fn of_place(place: &PolledRepository) -> Vec<Hook> {
    let contact = Contact {
        plugin: place.plugin.clone(),
        row: Some(Arc::clone(&place.row)),
    };
    let subject = place.subjects.first().filter(|_| !place.row.is_app_managed());
    let at = subject.map(|subject| places(&contact.repository(&subject.entry)));
    let hook = |at: HookOwner| {
        let name = match &at {
            HookOwner::Repository(repository) => format!("{} repository {}", place.row.id, repository.full_name),
            HookOwner::Organization(owner) => format!("{} organization {owner}", place.row.id),
        };
        Hook {
            contact: contact.clone(),
            place: at,
            name,
            most: FEW,
            pause: RARELY,
        }
    };
    at.unwrap_or_default().into_iter().map(hook).collect()
}

/// Asks for what did not arrive since the last look. The first look asks for nothing: what was before it is nobody's loss.
pub async fn ask(gateway: &Arc<Gateway>, hook: &Hook) {
    if !gateway.reconciliation.may_ask(&hook.name) {
        return;
    }
    match look(gateway, hook).await {
        Ok(()) | Err(PollError::Later) => {}
        // Few tokens may see hooks, and few forges keep deliveries: then heads are compared, which tells the same.
        Err(trouble) => tracing::debug!(%trouble, "missed deliveries cannot be asked for: {trouble}"),
    }
}

async fn look(gateway: &Arc<Gateway>, hook: &Hook) -> Result<(), PollError> {
    let (plugin, whom) = (&hook.contact.plugin, hook.contact.whom());
    let outlook = gateway.forge_client.availability(plugin, whom);
    if outlook.is_some_and(|outlook| outlook.rest.is_some()) {
        return Err(PollError::Later);
    }
    let key = PollKey::hook(&hook.name);
    let asked = gateway.clock.now();
    let last = gateway.store.last_look(key).await?;
    if last.as_ref().is_some_and(|last| asked < last.asked.plus(hook.pause)) {
        return Ok(());
    }
    if let Some(last) = last {
        let line = hook.contact.call(gateway, Options::default()).await;
        let forge = line.map_err(|error| uncalled(&error))?.within(WITHIN);
        let since = last.asked.minus(OVERLAP);
        let missed = missed(gateway, hook, &forge, since).await?;
        let fresh = |it: &&MissedDelivery| gateway.reconciliation.is_fresh(hook.contact.plugin.forge(), id_of(it));
        let fresh: Vec<_> = missed.iter().filter(fresh).collect();
        for missed in fresh.iter().take(hook.most) {
            again(gateway, hook, &forge, missed).await?;
        }
        // What is left is asked for the next time, which looks back as far as this one.
        if fresh.len() > hook.most {
            return Ok(());
        }
    }
    let look = Poll {
        at: hook.name.clone(),
        asked,
    };
    gateway.store.note_look(key, look).await?;
    Ok(())
}

fn id_of(missed: &MissedDelivery) -> &str {
    missed.delivery_id.as_deref().unwrap_or(&missed.handle)
}

async fn missed(
    gateway: &Gateway,
    hook: &Hook,
    forge: &OutboundPlugin,
    since: Timestamp,
) -> Result<Vec<MissedDelivery>, PollError> {
    match forge.missed(&hook.place, since).await {
        Ok(Ok(missed)) => Ok(missed),
        // The plugin does not offer it, or the credential may not: neither changes soon.
        Ok(Err(
            OutboundError::Unsupported
            | OutboundError::NotFound
            | OutboundError::Forbidden(_)
            | OutboundError::Unauthorized,
        )) => {
            gateway.reconciliation.leave(&hook.name);
            Ok(Vec::new())
        }
        Ok(Err(error)) => Err(refused(gateway, hook, &error)),
        Err(error) => Err(PollError::Refused(error.to_string())),
    }
}

async fn again(
    gateway: &Gateway,
    hook: &Hook,
    forge: &OutboundPlugin,
    missed: &MissedDelivery,
) -> Result<(), PollError> {
    let name = hook.contact.plugin.forge();
    let id = id_of(missed);
    gateway.reconciliation.ask_for(name, id);
    match forge.redeliver(&hook.place, &missed.handle).await {
        Ok(Ok(())) => {
            tracing::info!("asked `{name}` to send the delivery {id} again");
            gateway.metrics.recovered(name, "asked_again");
            Ok(())
        }
        Ok(Err(OutboundError::NotFound | OutboundError::Rejected(_))) => Ok(()),
        Ok(Err(error)) => Err(refused(gateway, hook, &error)),
        Err(error) => Err(PollError::Refused(error.to_string())),
    }
}

fn refused(gateway: &Gateway, hook: &Hook, error: &OutboundError) -> PollError {
    match error {
        OutboundError::TryLater(seconds) => {
            // Only where the forge says how long: a single 502 silences nobody else.
            if let Some(seconds) = seconds {
                let (plugin, whom) = (&hook.contact.plugin, hook.contact.whom());
                gateway.forge_client.hold(plugin, whom, Duration::from_secs(*seconds));
            }
            PollError::Later
        }
        OutboundError::Call(error) => uncalled(error),
        error => PollError::Refused(error.to_string()),
    }
}
