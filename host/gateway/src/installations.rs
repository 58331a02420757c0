//! Installations of apps: where an app's forge lies, what a delivery says of an installation, and what is known before one is bound.
//!
//! What becomes of it is decided in storage's transaction, by the model's rules.

use std::sync::Arc;

use forgegate_model::event::{Detail, Event, RepositoryChange};
use forgegate_model::installation::{Bind, Move};
use forgegate_model::plugin::{Description, Scope};
use forgegate_model::project::StableId;
use forgegate_model::repository::EventRepository;
use forgegate_sandbox::Plugin;
use forgegate_storage::{InstallationEvent, InstallationNotice};

use crate::core::Core as Gateway;
use crate::response::{Code, Problem};

/// Where the forge of an app lies, and whom its installations may be bound to.
pub struct AppInstance {
    /// Its web address, without a slash at its end.
    pub origin: String,
    /// The base URL of pairs, where the web address is not a public one.
    pub base_url: Option<String>,
    /// Which accounts may be bound.
    pub policy: Bind,
}

/// The plugin of a forge that has apps.
///
/// # Errors
/// `not_found` for another.
pub fn plugin<'g>(gateway: &'g Gateway, forge: &str) -> Result<&'g Plugin, Problem> {
    let plugin = gateway.plugins.get(forge);
    let plugin = plugin.ok_or_else(|| Problem::not_found("there is no such forge"))?;
    match plugin.description().scope {
        Scope::PerApp => Ok(plugin),
        Scope::PerIntegration => Err(Problem::not_found(
            "this forge has no apps; it delivers to integrations",
        )),
    }
}

/// The plugin of an app that is there, and where its forge lies.
///
/// # Errors
/// `not_found` for a forge without apps, `app_not_configured`.
pub fn app<'g>(gateway: &'g Gateway, forge: &str) -> Result<(&'g Plugin, AppInstance), Problem> {
    let plugin = plugin(gateway, forge)?;
    let place = place(gateway, plugin.description());
    let unconfigured = || {
        Problem::new(
            Code::AppNotConfigured,
            "no app is configured for this forge; `forgegate app create` makes one, `[apps]` in the configuration names one that is there",
        )
    };
    Ok((plugin, place.ok_or_else(unconfigured)?))
}

/// What a delivery of an app says of its installation.
pub fn news(gateway: &Gateway, plugin: &Plugin, event: &Event) -> Option<Box<InstallationNotice>> {
    let place = place(gateway, plugin.description())?;
    let word = match &event.detail {
        Detail::Installation(word) => InstallationEvent::Installation(Box::new(word.clone())),
        Detail::Repository(change) => InstallationEvent::Moved {
            number: event.installation.clone()?,
            repository: step(plugin.forge(), &place.origin, event, change)?,
        },
        _ => return None,
    };
    Some(Box::new(InstallationNotice {
        forge: plugin.forge().to_owned(),
        origin: place.origin,
        base_url: place.base_url,
        word,
        policy: place.policy,
        plugins: descriptions(gateway),
        shorthands: gateway.shorthands.clone(),
    }))
}

/// What is known of every plugin that is loaded.
pub fn descriptions(gateway: &Gateway) -> Arc<Vec<Description>> {
    let all = gateway.plugins.all();
    Arc::new(all.map(|plugin| plugin.description().clone()).collect())
}

fn place(gateway: &Gateway, description: &Description) -> Option<AppInstance> {
    let app = gateway.apps.get(&description.forge)?;
    let public = || {
        let host = description.public_hosts.first()?;
        Some(format!("https://{}", host.to_ascii_lowercase()))
    };
    Some(AppInstance {
        origin: app.base_url.clone().or_else(public)?,
        base_url: app.base_url.clone(),
        policy: app.bind,
    })
}

/// Where a repository went.
fn step(forge: &str, origin: &str, event: &Event, change: &RepositoryChange) -> Option<Move> {
    let repository = event.repository.as_ref()?;
    let instance = EventRepository::of_urls(&repository.urls)?.instance;
    let from = match change {
        RepositoryChange::Renamed(from) => from.clone(),
        RepositoryChange::Transferred(owner) => {
            let (_, name) = repository.full_name.rsplit_once('/')?;
            format!("{owner}/{name}")
        }
        RepositoryChange::DefaultBranch(_) | RepositoryChange::Deleted | RepositoryChange::Other(_) => return None,
    };
    Some(Move {
        id: StableId {
            forge: forge.to_owned(),
            host: instance,
            id: repository.id.clone()?,
        },
        origin: origin.to_owned(),
        from: Some(from),
        to: repository.full_name.clone(),
    })
}
