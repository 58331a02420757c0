//! Installations of apps: the app instance that an app belongs to, and the notice of an installation that a delivery brings.
//!
//! Storage applies a notice in its transaction, by the model's rules.

use std::sync::Arc;

use forgegate_model::event::{Detail, Event, RepositoryChange};
use forgegate_model::installation::{Bind, Move};
use forgegate_model::plugin::{Description, Scope};
use forgegate_model::project::StableId;
use forgegate_model::repository::EventRepository;
use forgegate_sandbox::Plugin;
use forgegate_storage::{InstallationEvent, InstallationNotice};

use crate::core::Core;
use crate::response::{Code, Problem};

/// The forge server on which an app exists, and the accounts that its installations may be bound to.
pub struct AppInstance {
    /// Its web address, without a slash at its end.
    pub origin: String,
    /// The base URL of pairs, where the web address is not a public one.
    pub base_url: Option<String>,
    /// The accounts that may be bound.
    pub policy: Bind,
}

/// The plugin of a forge that has apps.
///
/// # Errors
/// `not_found` for another.
pub fn plugin<'g>(core: &'g Core, forge: &str) -> Result<&'g Plugin, Problem> {
    let plugin = core.plugins.get(forge);
    let plugin = plugin.ok_or_else(|| Problem::not_found("there is no such forge"))?;
    match plugin.description().scope {
        Scope::PerApp => Ok(plugin),
        Scope::PerIntegration => Err(Problem::not_found(
            "this forge has no apps; it delivers to integrations",
        )),
    }
}

/// The plugin of an app that is configured, and its app instance.
///
/// # Errors
/// `not_found` for a forge without apps, `app_not_configured`.
pub fn app<'g>(core: &'g Core, forge: &str) -> Result<(&'g Plugin, AppInstance), Problem> {
    let plugin = plugin(core, forge)?;
    let instance = app_instance(core, plugin.description());
    let unconfigured = || {
        Problem::new(
            Code::AppNotConfigured,
            "no app is configured for this forge; `forgegate app create` makes one, `[apps]` in the configuration names one that is there",
        )
    };
    Ok((plugin, instance.ok_or_else(unconfigured)?))
}

/// The notice of an installation that an app's delivery brings; none where it is about something else.
pub fn notice(core: &Core, plugin: &Plugin, event: &Event) -> Option<Box<InstallationNotice>> {
    let instance = app_instance(core, plugin.description())?;
    let told = match &event.detail {
        Detail::Installation(it) => InstallationEvent::Installation(Box::new(it.clone())),
        Detail::Repository(change) => InstallationEvent::Moved {
            number: event.installation.clone()?,
            repository: repository_move(plugin.forge(), &instance.origin, event, change)?,
        },
        _ => return None,
    };
    Some(Box::new(InstallationNotice {
        forge: plugin.forge().to_owned(),
        origin: instance.origin,
        base_url: instance.base_url,
        word: told,
        policy: instance.policy,
        plugins: descriptions(core),
        shorthands: core.shorthands.clone(),
    }))
}

/// The descriptions of all plugins that are loaded.
pub fn descriptions(core: &Core) -> Arc<Vec<Description>> {
    let all = core.plugins.all();
    Arc::new(all.map(|plugin| plugin.description().clone()).collect())
}

fn app_instance(core: &Core, description: &Description) -> Option<AppInstance> {
    let app = core.apps.get(&description.forge)?;
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

/// The move of a repository to another name or owner.
fn repository_move(forge: &str, origin: &str, event: &Event, change: &RepositoryChange) -> Option<Move> {
    let repository = event.repository.as_ref()?;
    let host = EventRepository::of_urls(&repository.urls)?.instance;
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
            host,
            id: repository.id.clone()?,
        },
        origin: origin.to_owned(),
        from: Some(from),
        to: repository.full_name.clone(),
    })
}
