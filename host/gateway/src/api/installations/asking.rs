//! What a forge says of an installation of its app, before it is bound. No answer is an answer to nobody: nothing is bound then.

use std::time::Duration;

use forgegate_model::event::User;
use forgegate_model::installation::{Granted, InstallationStatus, Selection};
use forgegate_sandbox::outbound::{Answer, InstallationNow, OutboundError};
use forgegate_sandbox::{CallError, OutboundPlugin, Plugin, PluginError};

use crate::forge_client::{Options, RatePolicy, Whom};
use crate::gateway::Gateway;
use crate::response::{Code, Problem};

/// How long a forge may take over one question.
const WITHIN: Duration = Duration::from_secs(20);

/// Pages of repositories that are read; whoever covers more had better cover all.
const MOST_PAGES: usize = 20;

/// What is known of an installation: the forge's word, or what somebody says.
pub(super) struct Known {
    pub number: String,
    pub account: User,
    pub standing: Option<InstallationStatus>,
    pub selection: Option<Selection>,
    pub repositories: Option<Vec<Granted>>,
}

/// Asks the forge about an installation. None where the app has no key, or its plugin does not ask.
///
/// # Errors
/// `unknown_installation`, `app_not_configured` where the forge does not accept the app, `plugin_unavailable` where it gives no answer.
pub(super) async fn ask(gateway: &Gateway, plugin: &Plugin, number: &str) -> Result<Option<Known>, Problem> {
    if !gateway.forge_client.signs_for(plugin.forge()) {
        return Ok(None);
    }
    let app = outward(gateway, plugin, Whom::App).await?;
    let now = match app.find_installation(number).await {
        Ok(Err(OutboundError::Unsupported)) => return Ok(None),
        answer => answered(plugin.forge(), answer)?,
    };
    let known = known(now);
    let is_told = known.selection == Some(Selection::Selected) && known.standing == Some(InstallationStatus::Active);
    let repositories = if is_told {
        covered(gateway, plugin, &known.number).await?
    } else {
        None
    };
    Ok(Some(Known { repositories, ..known }))
}

fn known(now: InstallationNow) -> Known {
    let standing = if now.suspended {
        InstallationStatus::Suspended
    } else {
        InstallationStatus::Active
    };
    let selection = if now.all_repositories {
        Selection::All
    } else {
        Selection::Selected
    };
    Known {
        number: now.id,
        account: now.account,
        standing: Some(standing),
        selection: Some(selection),
        repositories: None,
    }
}

/// The repositories that were chosen for an installation.
async fn covered(gateway: &Gateway, plugin: &Plugin, number: &str) -> Result<Option<Vec<Granted>>, Problem> {
    let forge = outward(gateway, plugin, Whom::Installation(number)).await?;
    let (mut all, mut next) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let page = match forge.repositories(next.as_deref()).await {
            Ok(Err(OutboundError::Unsupported)) => return Ok(None),
            answer => answered(plugin.forge(), answer)?,
        };
        all.extend(page.items.into_iter().map(|it| Granted {
            id: it.id,
            full_name: it.full_name,
        }));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    Ok(Some(all))
}

/// The plugin with its forge to ask. Somebody waits: breaker and budget are passed by.
async fn outward(gateway: &Gateway, plugin: &Plugin, whom: Whom<'_>) -> Result<OutboundPlugin, Problem> {
    let options = Options {
        patience: RatePolicy::Probe,
        ..Options::default()
    };
    let session = gateway.forge_client.session(plugin, whom, options).await;
    let session = session.map_err(|error| uncalled(&error))?;
    Ok(plugin.outbound(session, WITHIN))
}

fn answered<T>(forge: &str, answer: Answer<T>) -> Result<T, Problem> {
    match answer {
        Ok(answer) => answer.map_err(|error| refused(forge, &error)),
        Err(error) => Err(failed(&error)),
    }
}

/// What the plugin says of the forge's answer. The forge's own words stay in the log.
fn refused(forge: &str, error: &OutboundError) -> Problem {
    tracing::warn!(%error, "a forge did not tell of an installation: {error}");
    match error {
        OutboundError::NotFound => Problem::new(
            Code::UnknownInstallation,
            "`installation_id`: the app has no such installation at its forge",
        ),
        OutboundError::Unauthorized => Problem::new(
            Code::AppNotConfigured,
            format!("the forge does not accept the app's key; look at `apps.{forge}.app_id` and its private key"),
        ),
        OutboundError::Call(error) => uncalled(error),
        OutboundError::TryLater(_) => unasked("it cannot answer at the moment, or asks to wait"),
        _ => unasked("it does not say; the log has its words"),
    }
}

/// What the host says of a call that came to no answer. Its words are ours.
fn uncalled(error: &CallError) -> Problem {
    unasked(&error.to_string())
}

fn failed(error: &PluginError) -> Problem {
    tracing::warn!(%error, "a plugin failed over an installation: {error}");
    match error {
        PluginError::ForgeTooSlow { .. } => uncalled(&CallError::TimedOut),
        _ => unasked("its plugin failed; the log has the cause"),
    }
}

fn unasked(why: &str) -> Problem {
    Problem::new(
        Code::PluginUnavailable,
        format!("nothing was bound, for the forge could not be asked about the installation: {why}"),
    )
}
