//! The forge's part in the test of an inbound row: its hook is looked for, and asked for a delivery of the forge's own.

use std::time::Duration;

use forgegate_sandbox::outbound::{HookOwner, HookState, OutboundError, RepositoryRef};
use forgegate_storage::ProjectEntry;
use http::StatusCode;

use super::contact::{Contact, ForgeLink, identity, places};
use super::delivery_notices::Listening;
use super::inbound::DeliveryTest;
use super::{Deadline, Finding, words};
use crate::forge_client::{Options, RatePolicy};
use crate::gateway::Gateway;

/// How long a delivery that the forge was asked for may take. Forges send at once, and wait five to ten seconds for the answer.
const ARRIVAL: Duration = Duration::from_secs(10);

/// What came of asking the forge.
#[derive(Default)]
pub struct Asked {
    /// Whether its delivery arrived; none where it was not asked.
    pub arrived: Option<bool>,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Asked {
    fn open(sentence: impl Into<String>) -> Self {
        Self {
            arrived: None,
            findings: vec![Finding::open("hook", sentence)],
        }
    }
}

/// Looks for the hook at the forge and asks for a delivery of its own.
pub async fn ask(
    gateway: &Gateway,
    trial: &DeliveryTest<'_>,
    project: Option<&ProjectEntry>,
    deadline: Deadline,
) -> Asked {
    let Some(project) = project else {
        return Asked::open("No project is linked to this integration: where its hook is at the forge is not known.");
    };
    let Some(contact) = Contact::find(gateway, trial.row, trial.plugin, Some(&identity(project))) else {
        return Asked::open(
            "No outbound integration with a token calls the forge of this repository: it was not asked for a delivery of its own.",
        );
    };
    let options = Options {
        patience: RatePolicy::Probe,
        ..Options::default()
    };
    let line = match contact.call(gateway, options).await {
        Ok(line) => line,
        Err(error) => return Asked::open(words::uncalled(&error)),
    };
    match look(&line, &contact.repository(project), trial.url, deadline).await {
        Ok((place, hook)) => ask_hook(gateway, trial, &line, (&place, &hook), deadline).await,
        Err(found) => Asked {
            arrived: None,
            findings: vec![found],
        },
    }
}

/// The hook with the URL, at the repository or above it. That there is none is neither well nor ill.
async fn look(
    line: &ForgeLink,
    repository: &RepositoryRef,
    url: &str,
    deadline: Deadline,
) -> Result<(HookOwner, HookState), Finding> {
    let mut why = None;
    for place in places(repository) {
        match line.within(deadline.left()).hook_health(&place, url).await {
            Ok(Ok(state)) => return Ok((place, state)),
            Ok(Err(OutboundError::NotFound)) => {}
            // What is said of the repository counts; above it the token often may not look.
            Ok(Err(error)) => _ = why.get_or_insert_with(|| words::refused(&error)),
            Err(error) => return Err(Finding::open("hook", words::failed(&error))),
        }
        if matches!(place, HookOwner::Repository(_)) && why.is_some() {
            break;
        }
    }
    let sentence = match why {
        Some(why) => format!("Whether the forge has the hook could not be read. {why}"),
        None => format!("No hook of `{}` posts to {url}.", repository.full_name),
    };
    Err(Finding::open("hook", sentence))
}

async fn ask_hook(
    gateway: &Gateway,
    trial: &DeliveryTest<'_>,
    line: &ForgeLink,
    (place, hook): (&HookOwner, &HookState),
    deadline: Deadline,
) -> Asked {
    let mut asked = Asked::default();
    asked.findings.push(standing(hook));
    let listening = gateway.delivery_notices.listen();
    let told = line.within(deadline.left()).test_hook(place, &hook.id).await;
    let refusal = match told {
        Ok(Ok(())) => None,
        Ok(Err(error @ (OutboundError::Unsupported | OutboundError::Forbidden(_)))) => {
            let sentence = format!(
                "The forge was not asked for a delivery of its own. {}",
                words::refused(&error)
            );
            asked.findings.push(Finding::open("delivery", sentence));
            return asked;
        }
        Ok(Err(error)) => Some(words::refused(&error)),
        Err(error) => Some(words::failed(&error)),
    };
    // A forge that delivers before it answers may say no because of what we answered: then it has arrived all the same.
    let patience = if refusal.is_some() {
        Duration::ZERO
    } else {
        ARRIVAL.min(deadline.left())
    };
    let answered = arrival(listening, trial, patience).await;
    asked.arrived = Some(answered.is_some());
    asked.findings.push(delivered(answered, refusal));
    asked
}

/// The answer to the first delivery that comes in now.
async fn arrival(listening: Listening, trial: &DeliveryTest<'_>, patience: Duration) -> Option<StatusCode> {
    let integration = (!trial.row.is_app_managed()).then_some(trial.row.id);
    let first = listening.first(trial.plugin.forge(), integration);
    tokio::time::timeout(patience, first).await.ok().flatten()
}

fn standing(hook: &HookState) -> Finding {
    let last = hook.failures.first().map(|last| format!(" The last failure: {last}"));
    let sentence = match (hook.enabled, hook.disabled_until) {
        (true, _) => "The forge posts to the hook.".to_owned(),
        (false, Some(until)) => format!("The forge has switched the hook off until {until}."),
        (false, None) => "The hook is switched off at the forge.".to_owned(),
    };
    Finding::new("hook", Some(hook.enabled), sentence + &last.unwrap_or_default())
}

fn delivered(answered: Option<StatusCode>, refusal: Option<String>) -> Finding {
    match answered {
        Some(status) if status.is_success() => Finding::well(
            "delivery",
            "The forge's own test delivery arrived and was taken, as any other.",
        ),
        Some(StatusCode::UNAUTHORIZED) => Finding::ill(
            "delivery",
            "The forge's own test delivery arrived, but its proof did not hold: the hook has another secret than the stored one.",
        ),
        Some(StatusCode::FORBIDDEN) => Finding::ill(
            "delivery",
            "The forge's own test delivery arrived from an address that `allowed_ips` does not admit.",
        ),
        Some(status) => Finding::ill(
            "delivery",
            format!("The forge's own test delivery arrived and was answered {status}."),
        ),
        None => Finding::ill(
            "delivery",
            refusal.unwrap_or_else(|| {
                "The forge was asked for a delivery of its own, and none arrived: it may not reach the hook's URL."
                    .to_owned()
            }),
        ),
    }
}
