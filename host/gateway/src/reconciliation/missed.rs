//! Deliveries that a forge kept and that did not arrive: it is asked to send them again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::outbound::{HookPlace, MissedDelivery, OutboundError};
use forgegate_sandbox::{Outward, Plugin};
use forgegate_storage::{Look, LookKey};

use super::look::{Trouble, uncalled};
use super::subjects;
use crate::connection::{Contact, places};
use crate::forge_client::Options;
use crate::gateway::Gateway;

/// How long one question may take.
const WITHIN: Duration = Duration::from_secs(30);
/// How far one look reaches back behind the one before: a delivery's failure is told some time after it was sent.
const OVERLAP: Duration = Duration::from_mins(2);

/// A hook whose deliveries may be asked for again.
pub struct Hook {
    contact: Contact,
    place: HookPlace,
    /// What tells it from others.
    name: String,
}

/// Every hook that somebody can ask about: an app's own, and those of the repositories that projects have.
pub fn hooks(gateway: &Gateway) -> Vec<Hook> {
    let mut hooks = Vec::new();
    let mut seen = BTreeSet::new();
    for row in gateway.store.directory().every(IntegrationKind::Inbound) {
        if row.is_app_managed() {
            hooks.extend(of_app(gateway, &row).filter(|hook| seen.insert(hook.name.clone())));
        }
    }
    for place in subjects::places(gateway) {
        if place.row.is_app_managed() {
            continue;
        }
        let contact = Contact {
            plugin: place.plugin.clone(),
            row: Some(Arc::clone(&place.row)),
        };
        let Some(subject) = place.subjects.first() else {
            continue;
        };
        for at in places(&contact.repository(&subject.entry)) {
            let name = match &at {
                HookPlace::Repository(repository) => format!("{} repository {}", place.row.id, repository.full_name),
                HookPlace::Organization(owner) => format!("{} organization {owner}", place.row.id),
            };
            if seen.insert(name.clone()) {
                hooks.push(Hook {
                    contact: contact.clone(),
                    place: at,
                    name,
                });
            }
        }
    }
    hooks
}

/// An app has one hook, whatever it is installed on.
fn of_app(gateway: &Gateway, row: &Integration) -> Option<Hook> {
    let plugin: &Plugin = gateway.plugins.get(&row.forge)?;
    Some(Hook {
        contact: Contact::find(gateway, row, plugin, None)?,
        place: HookPlace::Organization(row.account.clone()?),
        name: format!("app {}", row.forge),
    })
}

/// Asks for what did not arrive since the last look. The first look asks for nothing: what was before it is nobody's loss.
pub async fn ask(gateway: &Arc<Gateway>, hook: &Hook) {
    match look(gateway, hook).await {
        Ok(()) | Err(Trouble::Later) => {}
        // Few tokens may see hooks, and few forges keep deliveries: then heads are compared, which tells the same.
        Err(trouble) => tracing::debug!(%trouble, "missed deliveries cannot be asked for: {trouble}"),
    }
}

async fn look(gateway: &Arc<Gateway>, hook: &Hook) -> Result<(), Trouble> {
    let (plugin, whom) = (&hook.contact.plugin, hook.contact.whom());
    let outlook = gateway.forge_client.outlook(plugin, whom);
    if outlook.is_some_and(|outlook| outlook.rest.is_some()) {
        return Err(Trouble::Later);
    }
    let key = LookKey::hook(&hook.name);
    let asked = gateway.clock.now();
    if let Some(last) = gateway.store.last_look(key).await? {
        let line = hook.contact.call(gateway, Options::default()).await;
        let forge = line.map_err(|error| uncalled(&error))?.within(WITHIN);
        let since = last.asked.minus(OVERLAP);
        for missed in missed(gateway, hook, &forge, since).await? {
            again(gateway, hook, &forge, &missed).await?;
        }
    }
    let look = Look {
        at: hook.name.clone(),
        asked,
    };
    gateway.store.note_look(key, look).await?;
    Ok(())
}

async fn missed(
    gateway: &Gateway,
    hook: &Hook,
    forge: &Outward,
    since: Timestamp,
) -> Result<Vec<MissedDelivery>, Trouble> {
    match forge.missed(&hook.place, since).await {
        Ok(Ok(missed)) => Ok(missed),
        // There is nothing to be asked for, and there never will be.
        Ok(Err(OutboundError::Unsupported | OutboundError::NotFound)) => Ok(Vec::new()),
        Ok(Err(error)) => Err(refused(gateway, hook, &error)),
        Err(error) => Err(Trouble::Refused(error.to_string())),
    }
}

async fn again(gateway: &Gateway, hook: &Hook, forge: &Outward, missed: &MissedDelivery) -> Result<(), Trouble> {
    let name = hook.contact.plugin.forge();
    let id = missed.delivery_id.as_deref().unwrap_or(&missed.handle);
    if !gateway.reconciliation.ask_for(name, id) {
        return Ok(());
    }
    match forge.redeliver(&hook.place, &missed.handle).await {
        Ok(Ok(())) => {
            tracing::info!("asked `{name}` to send the delivery {id} again");
            gateway.figures.recovered(name, "asked_again");
            Ok(())
        }
        Ok(Err(OutboundError::NotFound | OutboundError::Rejected(_))) => Ok(()),
        Ok(Err(error)) => Err(refused(gateway, hook, &error)),
        Err(error) => Err(Trouble::Refused(error.to_string())),
    }
}

fn refused(gateway: &Gateway, hook: &Hook, error: &OutboundError) -> Trouble {
    match error {
        OutboundError::TryLater(seconds) => {
            let rest = Duration::from_secs(seconds.unwrap_or(60));
            let (plugin, whom) = (&hook.contact.plugin, hook.contact.whom());
            gateway.forge_client.hold(plugin, whom, rest);
            Trouble::Later
        }
        OutboundError::Call(error) => uncalled(error),
        error => Trouble::Refused(error.to_string()),
    }
}
