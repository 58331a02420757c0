//! Whether everything is in order: the records, their keys, the plugins, the configuration. `forgegate check` asks the same.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{CheckFinding, CheckupResponse};
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::plugin::Scope;
use forgegate_storage::StoreError;

use crate::access::Caller;
use crate::apps::App;
use crate::core::Core;
use crate::response::{Problem, ok};

/// Looks at everything.
pub async fn show(State(core): State<Arc<Core>>, caller: Caller) -> Result<Response, Problem> {
    caller.administrates()?;
    Ok(ok(checkup(&core).await?))
}

/// Looks at everything that an open gateway can tell.
///
/// # Errors
/// When the records cannot be listed.
pub async fn checkup(core: &Core) -> Result<CheckupResponse, Problem> {
    let mut findings = vec![records(core), credentials(core).await?];
    findings.extend(
        forgegate_bundled::components()
            .iter()
            .map(|component| bundled(core, component.forge)),
    );
    findings.extend(core.apps.all().iter().map(|(forge, app)| of_app(core, forge, app)));
    Ok(CheckupResponse {
        ok: findings.iter().all(|finding| finding.ok),
        findings,
    })
}

fn records(core: &Core) -> CheckFinding {
    let ok = core.store.is_ready();
    let state = if ok {
        "can be written"
    } else {
        "cannot be written; the log has the cause"
    };
    CheckFinding {
        check: "storage",
        ok,
        sentence: format!("the records in `{}` {state}", core.config.storage.path.display()),
    }
}

/// Every stored secret is opened once: a key that is missing shows here, not at the next delivery.
async fn credentials(core: &Core) -> Result<CheckFinding, Problem> {
    let (mut opened, mut closed) = (0_usize, Vec::new());
    for organization in super::orgs::all(core).await? {
        for integration in core.store.directory().integrations_of(organization.id) {
            match opens(core, &integration) {
                Ok(()) => opened += 1,
                Err(error) => closed.push(format!("`{}/{}`: {error}", organization.name, integration.name)),
            }
        }
    }
    let sentence = if closed.is_empty() {
        format!("the credentials of {opened} integrations can be unsealed")
    } else {
        format!("some credentials cannot be unsealed: {}", closed.join("; "))
    };
    Ok(CheckFinding {
        check: "keys",
        ok: closed.is_empty(),
        sentence,
    })
}

fn opens(core: &Core, integration: &Integration) -> Result<(), StoreError> {
    match integration.kind {
        IntegrationKind::Inbound => core.store.inbound_keys(integration.id, core.clock.now()).map(drop),
        IntegrationKind::Outbound => core.store.integration_token(integration.id).map(drop),
    }
}

fn bundled(core: &Core, forge: &str) -> CheckFinding {
    match core.plugins.get(forge) {
        Some(plugin) => CheckFinding {
            check: "plugin",
            ok: true,
            sentence: format!("`{forge}` is loaded, version {}", plugin.description().version),
        },
        None => CheckFinding {
            check: "plugin",
            ok: false,
            sentence: format!("`{forge}` is bundled and could not be loaded; the log has the cause"),
        },
    }
}

fn of_app(core: &Core, forge: &str, app: &App) -> CheckFinding {
    let finding = |ok, sentence| CheckFinding {
        check: "app",
        ok,
        sentence,
    };
    match core.plugins.get(forge).map(|plugin| plugin.description().scope) {
        Some(Scope::PerApp) => {
            let key = match &app.key {
                Some(_) => "and a private key",
                None => "but no private key: nothing can be asked of its forge, or told",
            };
            let id = &app.id;
            finding(
                true,
                format!("`apps.{forge}`: app {id} has its plugin, a webhook secret, {key}"),
            )
        }
        Some(Scope::PerIntegration) => finding(
            false,
            format!("`apps.{forge}`: this forge has no apps; it delivers to integrations"),
        ),
        None => finding(false, format!("`apps.{forge}`: there is no plugin for it")),
    }
}
