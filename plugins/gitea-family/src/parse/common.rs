//! What the payloads of all events have in common.

use forgegate_sdk::events::{self, Actor, Detail, Event};
use forgegate_sdk::json::{Text, null_is_default};
use serde::Deserialize;

/// What stands around the matter of an event.
#[derive(Debug, Default, Deserialize)]
pub struct Envelope<'a> {
    #[serde(borrow)]
    pub repository: Option<Repository<'a>>,
    #[serde(borrow)]
    pub sender: Option<User<'a>>,
}

#[derive(Debug, Deserialize)]
pub struct Repository<'a> {
    pub id: Option<i64>,
    #[serde(borrow)]
    pub full_name: Text<'a>,
    #[serde(borrow, default, deserialize_with = "null_is_default")]
    clone_url: Text<'a>,
    #[serde(borrow, default, deserialize_with = "null_is_default")]
    ssh_url: Text<'a>,
    #[serde(borrow, default, deserialize_with = "null_is_default")]
    html_url: Text<'a>,
    #[serde(borrow, default, deserialize_with = "null_is_default")]
    default_branch: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub struct User<'a> {
    id: Option<i64>,
    #[serde(borrow, default, deserialize_with = "null_is_default")]
    login: Text<'a>,
    #[serde(borrow, default, deserialize_with = "null_is_default")]
    username: Text<'a>,
}

impl Envelope<'_> {
    /// The event that says this.
    pub fn event(self, time: Option<String>, detail: Detail) -> Event {
        Event {
            repository: self.repository.map(Repository::into_repository),
            actor: self.sender.map(User::into_actor),
            time,
            installation: None,
            detail,
        }
    }
}

impl Repository<'_> {
    fn into_repository(self) -> events::Repository {
        let urls = [self.clone_url.filled(), self.ssh_url.filled()];
        events::Repository {
            id: stable_id(self.id),
            full_name: self.full_name.into(),
            urls: urls.into_iter().flatten().collect(),
            web_url: self.html_url.filled(),
            default_branch: self.default_branch.filled(),
        }
    }
}

impl User<'_> {
    pub fn into_user(self) -> events::User {
        let login = if self.login.is_empty() {
            self.username
        } else {
            self.login
        };
        events::User {
            id: stable_id(self.id),
            login: login.into(),
        }
    }

    /// Accounts below zero are the forge's own: −1 stands for whoever was deleted, −2 for its automation.
    fn into_actor(self) -> Actor {
        Actor {
            bot: self.id.is_some_and(|id| id < -1),
            user: self.into_user(),
        }
    }
}

/// The forge's number of something. What is not positive is shared by many, and nothing may be pinned to it.
pub fn stable_id(id: Option<i64>) -> Option<String> {
    id.filter(|id| *id > 0).map(|id| id.to_string())
}

/// The time, unless it is missing or the zero of Go's clock.
pub fn time(text: Option<Text<'_>>) -> Option<String> {
    text.filter(|t| !t.starts_with("0001-"))
        .and_then(|t| t.filled())
}

/// The full ref of a branch that may be given short.
pub fn full_branch(name: &str) -> String {
    if name.starts_with("refs/") {
        name.to_owned()
    } else {
        format!("refs/heads/{name}")
    }
}
