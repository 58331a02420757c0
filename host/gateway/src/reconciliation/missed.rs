//! Deliveries that a forge kept and that did not arrive: it is asked to send them again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::outbound::{HookOwner, MissedDelivery};
use forgegate_storage::{Poll, PollKey};

use super::poll::PollError;
use super::service::Reconciliation;
use super::subjects::PolledRepository;
use crate::forge_access::{ForgePrincipal, hook_places};
use crate::forge_client::{ForgeError, ForgeSession, SessionOptions};

/// The time that one question may take.
const WITHIN: Duration = Duration::from_secs(30);
/// The time by which one poll reaches back behind the one before: a delivery's failure shows some time after it was sent.
const OVERLAP: Duration = Duration::from_mins(2);

/// The time between two polls of a repository's hook, and the number of its deliveries that are asked for at a time: a forge answers few
/// such calls, and one too many makes the credential wait, by which statuses are sent too.
const REPOSITORY_PAUSE: Duration = Duration::from_secs(60);
const REPOSITORY_BATCH: usize = 4;
/// The number of deliveries of an app that are asked for at a time: its hook stands for all its repositories.
const APP_BATCH: usize = 100;

/// A hook whose deliveries may be asked for again.
pub struct Hook {
    principal: ForgePrincipal,
    place: HookOwner,
    /// The name that tells it from others.
    name: String,
    /// The number of its deliveries that are asked for at a time.
    batch: usize,
    /// The time after a poll until the next one.
    pause: Duration,
}

/// The hooks of apps. Each app has one, whatever it is installed on.
pub fn hooks_of_apps(service: &Reconciliation) -> Vec<Hook> {
    let mut seen = BTreeSet::new();
    let mut inbound = service.core.store.directory().every(IntegrationKind::Inbound);
    inbound.retain(|it| it.is_app_managed() && seen.insert(it.forge.clone()));
    let hook = |inbound: Arc<Integration>| {
        let plugin = service.core.plugins.get(&inbound.forge)?;
        Some(Hook {
            principal: service.forges.principals.of_hook(&inbound, plugin, None)?,
            place: HookOwner::Organization(inbound.account.clone()?),
            name: format!("app {}", inbound.forge),
            batch: APP_BATCH,
            pause: Duration::ZERO,
        })
    };
    inbound.into_iter().filter_map(hook).collect()
}

/// The hooks of a repository: its own, and that of the organization or group that it lies in. An app's repositories have none.
pub fn hooks_of_repository(repository: &PolledRepository) -> Vec<Hook> {
    let (principal, integration) = (&repository.principal, &repository.integration);
    let subject = repository.subjects.first().filter(|_| !integration.is_app_managed());
    let places = subject.map(|subject| hook_places(&principal.repository(&subject.entry)));
    let hook = |place: HookOwner| Hook {
        principal: principal.clone(),
        name: match &place {
            HookOwner::Repository(repository) => format!("{} repository {}", integration.id, repository.full_name),
            HookOwner::Organization(owner) => format!("{} organization {owner}", integration.id),
        },
        place,
        batch: REPOSITORY_BATCH,
        pause: REPOSITORY_PAUSE,
    };
    places.unwrap_or_default().into_iter().map(hook).collect()
}

/// Asks for what did not arrive since the last poll. The first poll asks for nothing: what was before it is nobody's loss.
pub async fn ask(service: &Reconciliation, hook: &Hook) {
    if !service.may_ask(&hook.name) {
        return;
    }
    match poll(service, hook).await {
        Ok(()) | Err(PollError::Later) => {}
        // Few tokens may see hooks, and few forges keep deliveries: then heads are compared, which tells the same.
        Err(error) => tracing::debug!(%error, "missed deliveries cannot be asked for: {error}"),
    }
}

async fn poll(service: &Reconciliation, hook: &Hook) -> Result<(), PollError> {
    if service.forges.rest(&hook.principal).is_some() {
        return Err(PollError::Later);
    }
    let core = &service.core;
    let key = PollKey::hook(&hook.name);
    let asked = core.clock.now();
    let last = core.store.last_look(key).await?;
    if last.as_ref().is_some_and(|last| asked < last.asked.plus(hook.pause)) {
        return Ok(());
    }
    if let Some(last) = last {
        let options = SessionOptions::default();
        let session = service.forges.open(&hook.principal, options).await?;
        let missed = missed(service, hook, &session, last.asked.minus(OVERLAP)).await?;
        let forge = hook.principal.plugin.forge();
        let fresh = |it: &&MissedDelivery| !core.redeliveries.is_recent(forge, delivery_id(it));
        let fresh: Vec<_> = missed.iter().filter(fresh).collect();
        for missed in fresh.iter().take(hook.batch) {
            redeliver(service, hook, &session, missed).await?;
        }
        // What is left is asked for the next time, which reaches back as far as this one.
        if fresh.len() > hook.batch {
            return Ok(());
        }
    }
    let poll = Poll {
        at: hook.name.clone(),
        asked,
    };
    core.store.note_look(key, poll).await?;
    Ok(())
}

fn delivery_id(missed: &MissedDelivery) -> &str {
    missed.delivery_id.as_deref().unwrap_or(&missed.handle)
}

async fn missed(
    service: &Reconciliation,
    hook: &Hook,
    session: &ForgeSession,
    since: Timestamp,
) -> Result<Vec<MissedDelivery>, PollError> {
    let answer = session.ask(WITHIN, async |forge| forge.missed(&hook.place, since).await);
    match answer.await {
        // The plugin does not offer it, or the credential may not: neither changes soon.
        Err(ForgeError::Unsupported | ForgeError::NotFound | ForgeError::Forbidden(_) | ForgeError::Unauthorized) => {
            service.leave_alone(&hook.name);
            Ok(Vec::new())
        }
        answer => Ok(answer?),
    }
}

async fn redeliver(
    service: &Reconciliation,
    hook: &Hook,
    session: &ForgeSession,
    missed: &MissedDelivery,
) -> Result<(), PollError> {
    let (forge, id) = (hook.principal.plugin.forge(), delivery_id(missed));
    service.core.redeliveries.note(forge, id);
    let answer = session.ask(WITHIN, async |forge| forge.redeliver(&hook.place, &missed.handle).await);
    match answer.await {
        Ok(()) => {
            tracing::info!("asked `{forge}` to send the delivery {id} again");
            service.core.metrics.recovered(forge, "asked_again");
            Ok(())
        }
        Err(ForgeError::NotFound | ForgeError::Rejected(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
