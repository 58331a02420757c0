//! Parts that the payloads of several events have in common.

use forgegate_sdk::events::{Actor, Detail, Event, Repository, User};
use forgegate_sdk::json::Part;
use forgegate_sdk::{ParseError, commit_id};

use super::limits::{LABELS, PEOPLE};

/// The event of a payload, which must name its repository; that of a run names it there.
pub fn event(root: Part, time: Option<String>, detail: Detail) -> Result<Event, ParseError> {
    let of_run = || root.at_or_none("run.repository");
    let found = root.at_or_none("repository").or_else(of_run);
    let missing = || root.malformed("repository", "is missing");
    Ok(Event {
        repository: Some(repository(found.ok_or_else(missing)?)?),
        actor: sender(root)?,
        time,
        installation: None,
        detail,
    })
}

/// The repository.
pub fn repository(part: Part) -> Result<Repository, ParseError> {
    let urls = [part.owned("clone_url")?, part.owned("ssh_url")?];
    Ok(Repository {
        id: stable_id(part, "id")?,
        full_name: part.text("full_name")?.to_owned(),
        urls: urls.into_iter().flatten().collect(),
        web_url: part.owned("html_url")?,
        default_branch: part.owned("default_branch")?,
    })
}

/// The account that caused the event, by any of the names under which that stands. Accounts below zero are the forge's own: −1 stands for
/// whoever was deleted, −2 for its automation.
pub fn sender(root: Part) -> Result<Option<Actor>, ParseError> {
    let names = ["sender", "pusher", "run.trigger_user"];
    let Some(part) = names.into_iter().find_map(|name| root.at_or_none(name)) else {
        return Ok(None);
    };
    Ok(Some(Actor {
        bot: part.signed_or_none("id")?.is_some_and(|id| id < -1),
        user: user(part)?,
    }))
}

/// The account; an empty one where it is gone.
pub fn user(part: Part) -> Result<User, ParseError> {
    let login = part.owned("login")?;
    Ok(User {
        id: stable_id(part, "id")?,
        login: login.or(part.owned("username")?).unwrap_or_default(),
    })
}

/// The accounts listed there.
pub fn users(part: Part, path: &'static str) -> Result<Vec<User>, ParseError> {
    let users = part.list(path)?.into_iter().flatten();
    users.take(PEOPLE).map(user).collect()
}

/// The names of the labels.
pub fn labels(part: Part) -> Result<Vec<String>, ParseError> {
    let labels = part.list("labels")?.into_iter().flatten();
    labels
        .take(LABELS)
        .map(|label| Ok(label.text("name")?.to_owned()))
        .collect()
}

/// The forge's number of something. What is not positive is shared by many, and nothing may be pinned to it.
pub fn stable_id(part: Part, path: &'static str) -> Result<Option<String>, ParseError> {
    let id = part.signed_or_none(path)?.filter(|id| *id > 0);
    Ok(id.map(|id| id.to_string()))
}

/// The time there, unless it is missing or the zero of Go's clock.
pub fn time(part: Part, path: &'static str) -> Result<Option<String>, ParseError> {
    Ok(part.owned(path)?.filter(|time| !time.starts_with("0001-")))
}

/// The commit that is named there, where one is.
pub fn sha(part: Part, path: &'static str) -> Result<Option<String>, ParseError> {
    Ok(part.text_or_none(path)?.and_then(commit_id))
}

/// The full ref of a branch that may be given short. What lies under `refs/pull/` has no branch.
pub fn full_branch(name: &str) -> String {
    if name.starts_with("refs/heads/") || name.starts_with("refs/pull/") {
        name.to_owned()
    } else {
        ["refs/heads/", name].concat()
    }
}

/// The full ref of the branch of a run or job; none where it is of a tag.
pub fn branch(part: Part) -> Result<Option<String>, ParseError> {
    Ok(part.owned("head_branch")?.map(|name| full_branch(&name)))
}
