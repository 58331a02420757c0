//! Changes of projects themselves. Only system hooks and the hooks of groups tell of it.

use forgegate_sdk::events::{Detail, Event, Repository, RepositoryChange};
use forgegate_sdk::json::Part;

use super::common::{self, Always, FieldError, User, block};

pub fn parse(word: &str, root: Part) -> Result<Event, FieldError> {
    let time = root.text_or_none(match word {
        "project_create" => "created_at",
        _ => "updated_at",
    })?;
    // Only `repository_update` says who acts.
    let actor = Some(User::of_fields(root)?).filter(|user| user.id.is_some());
    let (repository, change) = (repository(root)?, change(word, root)?);
    let actor = actor.map(User::into_actor);
    Ok(common::event_at(
        Some(repository),
        actor,
        time,
        Detail::Repository(change),
    ))
}

fn change(word: &str, root: Part) -> Result<RepositoryChange, FieldError> {
    let old_path = root.text_or_none("old_path_with_namespace")?.map(str::to_owned);
    let old_path = old_path.always("old_path_with_namespace");
    Ok(match word {
        "project_rename" => RepositoryChange::Renamed(old_path?),
        "project_transfer" => RepositoryChange::Transferred(old_path?),
        "project_destroy" => RepositoryChange::Deleted,
        // `repository_update` among them: each branch that moved arrives as a push of its own.
        _ => RepositoryChange::Other(word.to_owned()),
    })
}

/// Only `repository_update` has the project's block.
fn repository(root: Part) -> Result<Repository, FieldError> {
    let id = root.number_or_none("project_id")?;
    if let Some(project) = block(root, "project")? {
        return common::repository(project, id);
    }
    let full_name = root.text_or_none("path_with_namespace")?;
    let full_name = full_name.always("path_with_namespace")?;
    Ok(Repository {
        id: id.map(|id| id.to_string()),
        full_name: full_name.to_owned(),
        urls: Vec::new(),
        web_url: None,
        default_branch: None,
    })
}
