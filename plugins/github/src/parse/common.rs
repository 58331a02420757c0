//! Parts that most payloads have in common: repository, accounts, installation, ids.

use forgegate_sdk::events::{Actor, Detail, Event, Repository, User};
use forgegate_sdk::json::Part;
use forgegate_sdk::time::rfc3339;
use forgegate_sdk::{ParseError, commit_id, is_zero_id};

/// The event of a payload that must name its repository.
pub fn event(root: Part, time: Option<String>, detail: Detail) -> Result<Event, ParseError> {
    if root.at_or_none("repository").is_none() {
        return Err(root.malformed("repository", "is missing"));
    }
    event_anywhere(root, time, detail)
}

/// The event of a payload that may concern no repository.
pub fn event_anywhere(root: Part, time: Option<String>, detail: Detail) -> Result<Event, ParseError> {
    let installation = root.at_or_none("installation");
    Ok(Event {
        repository: root.at_or_none("repository").map(repository).transpose()?,
        actor: root.at_or_none("sender").map(actor).transpose()?,
        time,
        installation: installation.map(|part| part.id("id")).transpose()?,
        detail,
    })
}

/// The repository, in the shape that all events agree on. `git_url` is left out: GitHub serves that protocol no more.
pub fn repository(part: Part) -> Result<Repository, ParseError> {
    let urls = [part.owned("clone_url")?, part.owned("ssh_url")?];
    Ok(Repository {
        id: Some(part.id("id")?),
        full_name: part.text("full_name")?.to_owned(),
        urls: urls.into_iter().flatten().collect(),
        web_url: part.owned("html_url")?,
        default_branch: part.owned("default_branch")?,
    })
}

/// The account that caused an event.
pub fn actor(part: Part) -> Result<Actor, ParseError> {
    Ok(Actor {
        user: user(part)?,
        bot: part.text_or_none("type")? == Some("Bot"),
    })
}

/// A user, organization or bot.
pub fn user(part: Part) -> Result<User, ParseError> {
    Ok(User {
        id: Some(part.id("id")?),
        login: part.text("login")?.to_owned(),
    })
}

/// The account there. GitHub writes null for one that was deleted and shows it as `ghost`; without a number nobody trusts it.
pub fn author(part: Part, path: &'static str) -> Result<User, ParseError> {
    part.at_or_none(path).map_or_else(|| Ok(ghost()), user)
}

/// Nobody.
pub fn ghost() -> User {
    User {
        id: None,
        login: "ghost".into(),
    }
}

/// The users of a list that may hold teams, which have no login, and nulls.
pub fn users(part: Part, path: &'static str) -> Result<Vec<User>, ParseError> {
    let members = part.list(path)?.into_iter().flatten();
    let users = members.filter(|member| member.at_or_none("login").is_some());
    users.map(user).collect()
}

/// The names of a list of labels.
pub fn labels(part: Part) -> Result<Vec<String>, ParseError> {
    let labels = part.list("labels")?.into_iter().flatten();
    labels.map(|label| label.text("name").map(str::to_owned)).collect()
}

/// The commit id that must be there.
pub fn commit(part: Part, path: &'static str) -> Result<String, ParseError> {
    commit_id(part.text(path)?).ok_or_else(|| part.malformed(path, "is no commit id"))
}

/// The id that must be there and may be all zeros, which is none.
pub fn commit_or_zeros(part: Part, path: &'static str) -> Result<Option<String>, ParseError> {
    if is_zero_id(part.text(path)?) {
        return Ok(None);
    }
    commit(part, path).map(Some)
}

/// The commit id there, where there is one.
pub fn commit_or_none(part: Part, path: &'static str) -> Result<Option<String>, ParseError> {
    Ok(part.text_or_none(path)?.and_then(commit_id))
}

/// The full ref of a branch. A branch may itself be called `refs/…`, so the prefix is never taken to be there.
pub fn branch_ref(name: &str) -> String {
    ["refs/heads/", name].concat()
}

/// The full ref of the branch that is named there, where one is.
pub fn branch_ref_or_none(part: Part, path: &'static str) -> Result<Option<String>, ParseError> {
    Ok(part.owned(path)?.map(|name| branch_ref(&name)))
}

/// The time there, as RFC 3339: Unix seconds in the repository of a push and in old payloads, else text.
pub fn moment(part: Part, path: &'static str) -> Option<String> {
    match part.number_or_none(path) {
        Ok(seconds) => rfc3339(seconds?),
        Err(_) => part.owned(path).ok()?,
    }
}
