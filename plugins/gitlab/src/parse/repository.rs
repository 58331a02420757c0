//! What happens to projects themselves. Only system hooks and the hooks of groups tell of it.

use forgegate_sdk::events::{Actor, Detail, Event, Repository, RepositoryChange};
use forgegate_sdk::json;
use serde::Deserialize;

use super::common::{Always, Project, Trouble, User};
use super::time::rfc3339;

#[derive(Deserialize)]
struct Body {
    project_id: Option<u64>,
    path_with_namespace: Option<String>,
    old_path_with_namespace: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
    /// Only with `repository_update`, as is what follows.
    project: Option<Project>,
    user_id: Option<u64>,
    user_username: Option<String>,
    user_name: Option<String>,
}

pub fn parse(word: &str, payload: &[u8]) -> Result<Event, Trouble> {
    let mut body: Body = json::parse(payload)?;
    let change = match word {
        "project_rename" => RepositoryChange::Renamed(body.old_path()?),
        "project_transfer" => RepositoryChange::Transferred(body.old_path()?),
        "project_destroy" => RepositoryChange::Deleted,
        // `repository_update` among them: each branch that moved arrives as a push of its own.
        _ => RepositoryChange::Other(word.to_owned()),
    };
    let time = match word {
        "project_create" => body.created_at.take(),
        _ => body.updated_at.take(),
    };
    Ok(Event {
        actor: body.actor(),
        repository: Some(body.repository()?),
        time: time.as_deref().and_then(rfc3339),
        installation: None,
        detail: Detail::Repository(change),
    })
}

impl Body {
    fn old_path(&mut self) -> Result<String, Trouble> {
        self.old_path_with_namespace
            .take()
            .always("old_path_with_namespace")
    }

    fn actor(&mut self) -> Option<Actor> {
        let id = self.user_id?;
        Some(User::new(Some(id), self.user_username.take(), self.user_name.take()).into_actor())
    }

    fn repository(self) -> Result<Repository, Trouble> {
        match self.project {
            Some(project) => project.into_repository(self.project_id),
            None => Ok(Repository {
                id: self.project_id.map(|id| id.to_string()),
                full_name: self.path_with_namespace.always("path_with_namespace")?,
                urls: Vec::new(),
                web_url: None,
                default_branch: None,
            }),
        }
    }
}
