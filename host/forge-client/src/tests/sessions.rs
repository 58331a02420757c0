//! Who may open a session, and when.

use std::time::Duration;

use forgegate_model::installation::InstallationStatus;
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_sandbox::outbound::{Answer, OutboundError};

use super::forge::{Forge, description, get, reply};
use super::harness::{Harness, header};
use crate::budget::BudgetKey;
use crate::{ForgeError, NoCredential, Principal, RatePolicy, SessionOptions};

fn admitted(harness: &Harness, integration: &Integration, policy: RatePolicy) -> Result<(), ForgeError> {
    let principal = Principal::Integration(integration);
    harness.client.admit(&description(), principal, policy).map(|_| ())
}

#[tokio::test]
async fn nothing_is_asked_in_the_name_of_an_installation_that_is_switched_off() {
    let harness = Harness::new();
    let integration = harness.integration("http://127.0.0.1:1", Some("42"));
    for (status, is_admitted) in [
        (None, true),
        (Some(InstallationStatus::Active), true),
        (Some(InstallationStatus::Suspended), false),
        (Some(InstallationStatus::Uninstalled), false),
    ] {
        harness.set_installation_status(status);
        for policy in [RatePolicy::Usual, RatePolicy::Background, RatePolicy::Probe] {
            let result = admitted(&harness, &integration, policy);
            let expected = if is_admitted {
                Ok(())
            } else {
                Err(ForgeError::InstallationInactive)
            };
            assert_eq!(result, expected, "{status:?} {policy:?}");
        }
    }
}

#[tokio::test]
async fn a_forge_that_is_left_alone_is_asked_by_probes_only() {
    let harness = Harness::new();
    let forge = Forge::answering(|_| reply(502, &[], "")).await;
    let integration = harness.integration(&forge.url(""), None);
    let api = harness.session_for(&integration, header(), SessionOptions::default());
    for _ in 0..5 {
        api.send(get(&["repos", "a"])).await.unwrap();
    }
    let rests = admitted(&harness, &integration, RatePolicy::Usual);
    assert_eq!(rests, Err(ForgeError::Resting(Duration::from_secs(5))));
    assert_eq!(admitted(&harness, &integration, RatePolicy::Probe), Ok(()));
    harness.monotonic.advance(Duration::from_secs(5));
    assert_eq!(admitted(&harness, &integration, RatePolicy::Usual), Ok(()));
}

#[test]
fn a_wait_that_a_forge_asks_for_is_everybodys_with_that_credential() {
    let harness = Harness::new();
    let integration = harness.integration("http://127.0.0.1:1", None);
    let key = BudgetKey::Integration(integration.id);
    let wait = |seconds| -> Answer<()> { Ok(Err(OutboundError::TryLater(seconds))) };
    for (policy, seconds) in [(RatePolicy::Probe, Some(30)), (RatePolicy::Usual, None)] {
        harness.client.obey(&key, policy, &wait(seconds));
        assert_eq!(admitted(&harness, &integration, RatePolicy::Usual), Ok(()));
    }
    harness.client.obey(&key, RatePolicy::Usual, &wait(Some(30)));
    let held = ForgeError::RateLimited(Some(Duration::from_secs(30)));
    assert_eq!(admitted(&harness, &integration, RatePolicy::Usual), Err(held));
    let other = harness.integration("http://127.0.0.1:1", None);
    assert_eq!(admitted(&harness, &other, RatePolicy::Usual), Ok(()));
}

#[test]
fn only_an_outbound_integration_with_a_credential_can_call() {
    let harness = Harness::new();
    let by_token = harness.integration("http://127.0.0.1:1", None);
    let by_app = harness.integration("http://127.0.0.1:1", Some("42"));
    let without = Integration {
        has_token: false,
        ..by_token.clone()
    };
    let inbound = Integration {
        kind: IntegrationKind::Inbound,
        ..by_app.clone()
    };
    let of_another_app = Integration {
        forge: "other".to_owned(),
        ..by_app.clone()
    };
    for (integration, answer) in [
        (by_token, Ok(())),
        (by_app, Ok(())),
        (without, Err(NoCredential::Token)),
        (inbound, Err(NoCredential::Inbound)),
        (of_another_app, Err(NoCredential::AppKey)),
    ] {
        assert_eq!(harness.client.check_credential(&integration), answer);
    }
}
