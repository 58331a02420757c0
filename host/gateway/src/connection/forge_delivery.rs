//! The forge's part in the test of an inbound integration: its hook is looked for, and asked for a delivery of the forge's own.

use std::time::Duration;

use forgegate_sandbox::outbound::{HookOwner, HookState, RepositoryRef};
use forgegate_storage::ProjectEntry;
use http::StatusCode;

use super::finding::{Deadline, Finding};
use super::sample_delivery::DeliveryTest;
use super::service::Connections;
use crate::delivery_notices::Subscription;
use crate::forge_access::{hook_places, identity, sentences};
use crate::forge_client::{ForgeError, ForgeSession, RatePolicy, SessionOptions};

/// The time that a delivery that the forge was asked for may take. Forges send at once, and wait five to ten seconds for the answer.
const ARRIVAL: Duration = Duration::from_secs(10);

/// What came of asking the forge for a delivery.
#[derive(Default)]
pub struct RequestedDelivery {
    /// Whether its delivery arrived; none where it was not asked.
    pub arrived: Option<bool>,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl RequestedDelivery {
    /// The result where the forge was not asked.
    fn not_asked(found: Finding) -> Self {
        Self {
            arrived: None,
            findings: vec![found],
        }
    }
}

/// Looks for the hook at the forge and asks for a delivery of its own.
pub async fn ask_for_delivery(
    service: &Connections,
    test: &DeliveryTest<'_>,
    project: Option<&ProjectEntry>,
    deadline: Deadline,
) -> RequestedDelivery {
    let not_asked = |sentence: String| RequestedDelivery::not_asked(Finding::open("hook", sentence));
    let Some(project) = project else {
        let sentence = "No project is linked to this integration: where its hook is at the forge is not known.";
        return not_asked(sentence.to_owned());
    };
    let principals = &service.forges.principals;
    let Some(principal) = principals.of_hook(test.integration, test.plugin, Some(&identity(project))) else {
        let sentence = "No outbound integration with a token calls the forge of this repository: it was not asked for a delivery of its own.";
        return not_asked(sentence.to_owned());
    };
    let options = SessionOptions {
        rate_policy: RatePolicy::Probe,
        ..SessionOptions::default()
    };
    let session = match service.forges.open(&principal, options).await {
        Ok(session) => session,
        Err(error) => return not_asked(sentences::failure(&error)),
    };
    match find_hook(&session, &principal.repository(project), test.url, deadline).await {
        Ok((place, hook)) => test_hook(service, test, &session, (&place, &hook), deadline).await,
        Err(found) => RequestedDelivery::not_asked(found),
    }
}

/// The hook with the URL, at the repository or above it. That there is none is neither well nor ill.
async fn find_hook(
    session: &ForgeSession,
    repository: &RepositoryRef,
    url: &str,
    deadline: Deadline,
) -> Result<(HookOwner, HookState), Finding> {
    let mut refusal = None;
    for place in hook_places(repository) {
        let answer = session.ask(deadline.left(), async |forge| forge.hook_health(&place, url).await);
        match answer.await {
            Ok(hook) => return Ok((place, hook)),
            Err(ForgeError::NotFound) => {}
            Err(error @ ForgeError::Plugin(_)) => return Err(Finding::open("hook", sentences::failure(&error))),
            // The first refusal, that at the repository, counts; above it the token often may not look.
            Err(error) => _ = refusal.get_or_insert_with(|| sentences::failure(&error)),
        }
        if matches!(place, HookOwner::Repository(_)) && refusal.is_some() {
            break;
        }
    }
    let sentence = match refusal {
        Some(refusal) => format!("Whether the forge has the hook could not be read. {refusal}"),
        None => format!("No hook of `{}` posts to {url}.", repository.full_name),
    };
    Err(Finding::open("hook", sentence))
}

/// Asks the hook for a test delivery and waits until it was answered here.
async fn test_hook(
    service: &Connections,
    test: &DeliveryTest<'_>,
    session: &ForgeSession,
    (place, hook): (&HookOwner, &HookState),
    deadline: Deadline,
) -> RequestedDelivery {
    let mut findings = vec![hook_finding(hook)];
    let subscription = service.core.delivery_notices.subscribe();
    let answer = session.ask(deadline.left(), async |forge| forge.test_hook(place, &hook.id).await);
    let refusal = match answer.await {
        Ok(()) => None,
        Err(error @ (ForgeError::Unsupported | ForgeError::Forbidden(_))) => {
            let sentence = format!(
                "The forge was not asked for a delivery of its own. {}",
                sentences::failure(&error)
            );
            findings.push(Finding::open("delivery", sentence));
            return RequestedDelivery {
                arrived: None,
                findings,
            };
        }
        Err(error) => Some(sentences::failure(&error)),
    };
    // A forge that delivers before it answers may say no because of what we answered: then the delivery has arrived all the same.
    let wait = if refusal.is_some() {
        Duration::ZERO
    } else {
        ARRIVAL.min(deadline.left())
    };
    let answered = first_answer(subscription, test, wait).await;
    findings.push(delivery_finding(answered, refusal));
    RequestedDelivery {
        arrived: Some(answered.is_some()),
        findings,
    }
}

/// The status that the first delivery since the subscription is answered; none where none comes in time.
async fn first_answer(subscription: Subscription, test: &DeliveryTest<'_>, wait: Duration) -> Option<StatusCode> {
    let integration = (!test.integration.is_app_managed()).then_some(test.integration.id);
    let first = subscription.first(test.plugin.forge(), integration);
    tokio::time::timeout(wait, first).await.ok().flatten()
}

fn hook_finding(hook: &HookState) -> Finding {
    let last = hook.failures.first().map(|last| format!(" The last failure: {last}"));
    let sentence = match (hook.enabled, hook.disabled_until) {
        (true, _) => "The forge posts to the hook.".to_owned(),
        (false, Some(until)) => format!("The forge has switched the hook off until {until}."),
        (false, None) => "The hook is switched off at the forge.".to_owned(),
    };
    Finding::new("hook", Some(hook.enabled), sentence + &last.unwrap_or_default())
}

fn delivery_finding(answered: Option<StatusCode>, refusal: Option<String>) -> Finding {
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
