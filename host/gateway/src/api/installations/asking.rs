//! Questions to a forge about an installation of its app, before it is bound. Without an answer nothing is bound.

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::event::User;
use forgegate_model::installation::{Granted, InstallationStatus, Selection};
use forgegate_sandbox::outbound::InstallationNow;
use forgegate_sandbox::{OutboundPlugin, Plugin};

use crate::forge_client::{ForgeClient, ForgeError, ForgeSession, Principal, RatePolicy, SessionOptions};
use crate::response::{Code, Problem};

/// The time that a forge may take over one question.
const WITHIN: Duration = Duration::from_secs(20);

/// The most pages of repositories that are read; an installation that covers more had better cover all.
const MOST_PAGES: usize = 20;

/// What is known of an installation: by the forge, or by whoever asks to bind it.
pub(super) struct Known {
    pub number: String,
    pub account: User,
    pub status: Option<InstallationStatus>,
    pub selection: Option<Selection>,
    pub repositories: Option<Vec<Granted>>,
}

/// Asks the forge about an installation. None where the app has no key, or its plugin does not ask.
///
/// # Errors
/// `unknown_installation`, `app_not_configured` where the forge does not accept the app, `plugin_unavailable` where it gives no answer.
pub(super) async fn ask(client: &Arc<ForgeClient>, plugin: &Plugin, number: &str) -> Result<Option<Known>, Problem> {
    if !client.signs_for(plugin.forge()) {
        return Ok(None);
    }
    let app = open_session(client, plugin, Principal::App).await?;
    let now = match app
        .ask(WITHIN, async |forge| forge.find_installation(number).await)
        .await
    {
        Err(ForgeError::Unsupported) => return Ok(None),
        answer => answer.map_err(|error| problem(plugin.forge(), &error))?,
    };
    let known = known(now);
    let is_known = known.selection == Some(Selection::Selected) && known.status == Some(InstallationStatus::Active);
    let repositories = if is_known {
        covered(client, plugin, &known.number).await?
    } else {
        None
    };
    Ok(Some(Known { repositories, ..known }))
}

fn known(now: InstallationNow) -> Known {
    let status = if now.suspended {
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
        status: Some(status),
        selection: Some(selection),
        repositories: None,
    }
}

/// The repositories that were chosen for an installation.
async fn covered(client: &Arc<ForgeClient>, plugin: &Plugin, number: &str) -> Result<Option<Vec<Granted>>, Problem> {
    let session = open_session(client, plugin, Principal::Installation(number)).await?;
    let (mut all, mut next) = (Vec::<Granted>::new(), None::<String>);
    for _ in 0..MOST_PAGES {
        let question = async |forge: OutboundPlugin| forge.repositories(next.as_deref()).await;
        let page = match session.ask(WITHIN, question).await {
            Err(ForgeError::Unsupported) => return Ok(None),
            answer => answer.map_err(|error| problem(plugin.forge(), &error))?,
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

/// A session with the forge. Somebody waits: it passes by breaker and budget.
async fn open_session(
    client: &Arc<ForgeClient>,
    plugin: &Plugin,
    principal: Principal<'_>,
) -> Result<ForgeSession, Problem> {
    let options = SessionOptions {
        rate_policy: RatePolicy::Probe,
        ..SessionOptions::default()
    };
    let session = client.open_session(plugin, principal, options).await;
    session.map_err(|error| problem(plugin.forge(), &error))
}

/// The problem that a failure of the question is. The forge's own words stay in the log.
fn problem(forge: &str, error: &ForgeError) -> Problem {
    tracing::warn!(%error, "a forge did not tell of an installation: {error}");
    match error {
        ForgeError::NotFound => Problem::new(
            Code::UnknownInstallation,
            "`installation_id`: the app has no such installation at its forge",
        ),
        ForgeError::Unauthorized => Problem::new(
            Code::AppNotConfigured,
            format!("the forge does not accept the app's key; look at `apps.{forge}.app_id` and its private key"),
        ),
        ForgeError::Unsupported
        | ForgeError::Forbidden(_)
        | ForgeError::Rejected(_)
        | ForgeError::Malformed(_)
        | ForgeError::Other(_) => unasked("it does not say; the log has its words"),
        error => unasked(&error.sentence()),
    }
}

fn unasked(why: &str) -> Problem {
    Problem::new(
        Code::PluginUnavailable,
        format!("nothing was bound, for the forge could not be asked about the installation: {why}"),
    )
}
