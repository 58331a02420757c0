//! What most payloads share: repository, accounts, installation, ids.

use std::borrow::Cow;
use std::ops::Deref;

use forgegate_sdk::events::{Actor, Detail, Event, Repository, User};
use forgegate_sdk::{ParseError, commit_id, is_zero_id};
use serde::Deserialize;

/// A string of the payload: borrowed, unless it is written with escapes.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Something of which only the number matters.
#[derive(Deserialize)]
pub struct Numbered {
    pub id: u64,
}

/// Something of which only the name matters, such as a label.
#[derive(Deserialize)]
pub struct Named<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
}

/// A user, organization or bot.
#[derive(Deserialize)]
pub struct Account<'a> {
    id: u64,
    #[serde(borrow)]
    login: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
}

impl Account<'_> {
    pub fn user(&self) -> User {
        User {
            id: Some(self.id.to_string()),
            login: self.login.to_string(),
        }
    }

    pub fn actor(&self) -> Actor {
        Actor {
            user: self.user(),
            bot: self.kind.as_deref() == Some("Bot"),
        }
    }
}

/// GitHub writes null for an account that was deleted and shows it as `ghost`; without a number nobody trusts it.
pub fn author(account: Option<&Account>) -> User {
    account.map_or_else(
        || User {
            id: None,
            login: "ghost".into(),
        },
        Account::user,
    )
}

/// Somebody in a list that may hold users, teams (which have no login) and nulls.
#[derive(Deserialize)]
pub struct Member<'a> {
    id: Option<u64>,
    #[serde(borrow)]
    login: Option<Text<'a>>,
}

/// The users of such a list.
pub fn users(members: Option<&Vec<Option<Member>>>) -> Vec<User> {
    let users = members.into_iter().flatten().flatten();
    users
        .filter_map(|member| {
            Some(User {
                id: member.id.map(|id| id.to_string()),
                login: member.login.as_deref()?.to_owned(),
            })
        })
        .collect()
}

/// The names of a list of labels.
pub fn names(labels: Option<&Vec<Named>>) -> Vec<String> {
    let labels = labels.into_iter().flatten();
    labels.map(|label| label.name.to_string()).collect()
}

/// The repository, in the shape that all events agree on. `git_url` is left out: GitHub serves that protocol no more.
#[derive(Deserialize)]
pub struct Repo<'a> {
    pub id: u64,
    #[serde(borrow)]
    pub full_name: Text<'a>,
    #[serde(borrow)]
    clone_url: Option<Text<'a>>,
    #[serde(borrow)]
    ssh_url: Option<Text<'a>>,
    #[serde(borrow)]
    html_url: Option<Text<'a>>,
    #[serde(borrow)]
    default_branch: Option<Text<'a>>,
    #[serde(borrow)]
    pub pushed_at: Option<Moment<'a>>,
}

impl Repo<'_> {
    fn repository(&self) -> Repository {
        let urls = [&self.clone_url, &self.ssh_url];
        Repository {
            id: Some(self.id.to_string()),
            full_name: self.full_name.to_string(),
            urls: urls.into_iter().filter_map(owned).collect(),
            web_url: owned(&self.html_url),
            default_branch: owned(&self.default_branch),
        }
    }
}

/// A time: in the repository of a push Unix seconds, elsewhere text.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Moment<'a> {
    Seconds(u64),
    Text(#[serde(borrow)] Text<'a>),
    Other(serde::de::IgnoredAny),
}

impl Moment<'_> {
    /// The time as RFC 3339.
    pub fn rfc3339(&self) -> Option<String> {
        match self {
            Self::Seconds(seconds) => super::rfc3339(*seconds),
            Self::Text(text) => Some(text.to_string()),
            Self::Other(_) => None,
        }
    }
}

/// The fields that every kind of payload may have.
#[derive(Default, Deserialize)]
pub struct Envelope<'a> {
    #[serde(borrow)]
    pub repository: Option<Repo<'a>>,
    #[serde(borrow)]
    pub sender: Option<Account<'a>>,
    pub installation: Option<Numbered>,
}

impl<'a> Envelope<'a> {
    /// The envelope of a payload that must name its repository.
    pub fn of(
        repository: Repo<'a>,
        sender: Option<Account<'a>>,
        installation: Option<Numbered>,
    ) -> Self {
        Self {
            repository: Some(repository),
            sender,
            installation,
        }
    }

    /// The event, at a time that nobody tells.
    pub fn event(&self, detail: Detail) -> Event {
        self.event_at(None, detail)
    }

    /// The event.
    pub fn event_at(&self, time: Option<String>, detail: Detail) -> Event {
        Event {
            repository: self.repository.as_ref().map(Repo::repository),
            actor: self.sender.as_ref().map(Account::actor),
            time,
            installation: self.installation.as_ref().map(|i| i.id.to_string()),
            detail,
        }
    }
}

/// A string of its own; what is empty is absent.
pub fn owned(text: &Option<Text>) -> Option<String> {
    let text = text.as_deref().filter(|text| !text.is_empty());
    text.map(str::to_owned)
}

/// An id that must be there.
pub fn required_id(field: &str, id: &str) -> Result<String, ParseError> {
    commit_id(id).ok_or_else(|| malformed(field, "is no commit id"))
}

/// An id that may be all zeros, which is none.
pub fn id_or_zeros(field: &str, id: &str) -> Result<Option<String>, ParseError> {
    if is_zero_id(id) {
        return Ok(None);
    }
    required_id(field, id).map(Some)
}

/// The full ref of a branch. A branch may itself be called `refs/…`, so the prefix is never taken to be there.
pub fn branch_ref(name: &str) -> String {
    format!("refs/heads/{name}")
}

/// The full ref of a branch, where one is named.
pub fn branch_ref_of(name: &Option<Text>) -> Option<String> {
    owned(name).map(|name| branch_ref(&name))
}

/// The error for a field that is not what GitHub sends. `problem` must repeat no value.
pub fn malformed(field: &str, problem: &str) -> ParseError {
    ParseError::Malformed(format!("`{field}` {problem}"))
}
