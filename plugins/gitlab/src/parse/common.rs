//! What several kinds of body have in common, and how it is named in events.
//!
//! Every field is optional here: whether one may be absent is for the kind to say. Numbers are GitLab's ids, `iid` is the
//! number within a project that people see.

use forgegate_sdk::ParseError;
use forgegate_sdk::events;
use forgegate_sdk::events::{Actor, Author, Repository};
use serde::Deserialize;

use super::limits::{self, cut, few};

/// Why a body became no event of its kind.
#[derive(Debug)]
pub enum Trouble {
    /// GitLab always sends this field.
    Absent(&'static str),
    /// It is read well, and means nothing that events have a kind for.
    NoEvent,
    /// It is not what GitLab sends.
    Malformed(ParseError),
}

impl From<ParseError> for Trouble {
    fn from(error: ParseError) -> Self {
        Self::Malformed(error)
    }
}

/// A field that GitLab always sends.
pub trait Always<T> {
    /// Its value.
    fn always(self, field: &'static str) -> Result<T, Trouble>;
}

impl<T> Always<T> for Option<T> {
    fn always(self, field: &'static str) -> Result<T, Trouble> {
        self.ok_or(Trouble::Absent(field))
    }
}

/// A value that GitLab never sends in this field.
pub fn malformed(text: impl Into<String>) -> Trouble {
    Trouble::Malformed(ParseError::Malformed(text.into()))
}

/// The project that a hook belongs to. `name` and `namespace` are titles for people and never read; the older `repository`
/// block has no id, and is read only where there is nothing else.
#[derive(Deserialize, Default)]
pub struct Project {
    id: Option<u64>,
    path_with_namespace: Option<String>,
    web_url: Option<String>,
    git_http_url: Option<String>,
    git_ssh_url: Option<String>,
    default_branch: Option<String>,
}

impl Project {
    /// The repository; `id` is used where the block has none, as in older versions.
    pub fn into_repository(self, id: Option<u64>) -> Result<Repository, Trouble> {
        Ok(Repository {
            id: self.id.or(id).map(|id| id.to_string()),
            full_name: self
                .path_with_namespace
                .and_then(some_text)
                .always("project.path_with_namespace")?,
            urls: [self.git_http_url, self.git_ssh_url]
                .into_iter()
                .flatten()
                .filter(|url| !url.is_empty())
                .collect(),
            web_url: self.web_url.and_then(some_text),
            default_branch: self.default_branch.and_then(some_text),
        })
    }
}

/// A person. Older versions leave the number out.
#[derive(Deserialize, Default, Clone)]
pub struct User {
    id: Option<u64>,
    username: Option<String>,
    name: Option<String>,
}

impl User {
    /// A person whose parts stand one by one in the body.
    pub fn new(id: Option<u64>, username: Option<String>, name: Option<String>) -> Self {
        Self { id, username, name }
    }

    /// The person, with this number where the body gives none.
    pub fn or_id(self, id: u64) -> Self {
        Self {
            id: self.id.or(Some(id)),
            ..self
        }
    }

    pub fn into_user(self) -> events::User {
        events::User {
            id: self.id.map(|id| id.to_string()),
            login: self
                .username
                .and_then(some_text)
                .or(self.name)
                .unwrap_or_default(),
        }
    }

    pub fn into_actor(self) -> Actor {
        let user = self.into_user();
        Actor {
            bot: is_bot(&user.login),
            user,
        }
    }
}

/// Whether GitLab made the account itself, for a project's or group's access token: their names have a form of their own.
/// Somebody who takes such a name is only trusted less for it.
fn is_bot(login: &str) -> bool {
    ["project_", "group_"]
        .into_iter()
        .filter_map(|kind| login.strip_prefix(kind))
        .any(|rest| {
            let after_number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            after_number.len() < rest.len()
                && (after_number == "_bot"
                    || after_number.starts_with("_bot_")
                    || is_numbered_bot(after_number))
        })
}

/// Older versions number the bots of a project: `_bot1`, `_bot2`.
fn is_numbered_bot(rest: &str) -> bool {
    rest.strip_prefix("_bot")
        .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Somebody known by number, whose name may stand elsewhere in the body. Without it the login is empty.
pub fn user_by_id<'a>(id: u64, people: impl IntoIterator<Item = &'a User>) -> events::User {
    match people.into_iter().find(|user| user.id == Some(id)) {
        Some(user) => user.clone().into_user(),
        None => events::User {
            id: Some(id.to_string()),
            login: String::new(),
        },
    }
}

/// A label.
#[derive(Deserialize)]
pub struct Label {
    pub title: Option<String>,
}

pub fn label_names(labels: Vec<Label>) -> Vec<String> {
    few(labels, limits::LABELS)
        .into_iter()
        .filter_map(|label| label.title)
        .collect()
}

/// Who made a commit.
#[derive(Deserialize, Default)]
pub struct CommitAuthor {
    name: Option<String>,
    email: Option<String>,
}

impl CommitAuthor {
    /// GitLab writes `[REDACTED]` where somebody shows no address.
    pub fn into_author(self) -> Author {
        Author {
            name: cut(self.name.unwrap_or_default(), limits::TITLE),
            email: self
                .email
                .and_then(some_text)
                .filter(|email| email != "[REDACTED]"),
        }
    }
}

/// The people of a list.
pub fn users(people: Vec<User>) -> Vec<events::User> {
    few(people, limits::PEOPLE)
        .into_iter()
        .map(User::into_user)
        .collect()
}

/// A commit that is only named.
#[derive(Deserialize)]
pub struct CommitName {
    pub id: Option<String>,
}

/// The full name of a ref that GitLab gives in short.
pub fn full_ref(name: &str, tag: Option<bool>) -> String {
    match tag {
        _ if name.starts_with("refs/") => name.to_owned(),
        Some(true) => format!("refs/tags/{name}"),
        _ => format!("refs/heads/{name}"),
    }
}

/// The text, if there is any.
pub fn some_text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_of_access_tokens_are_bots() {
        for login in [
            "project_7_bot",
            "project_7_bot3",
            "group_12_bot_8f3a",
            "project_7_bot_0a1b2c",
        ] {
            assert!(is_bot(login), "{login}");
        }
        for login in [
            "project_bot",
            "project__bot",
            "ada",
            "bot",
            "group_9_botany",
            "project_7_bots",
            "",
        ] {
            assert!(!is_bot(login), "{login}");
        }
    }

    #[test]
    fn refs_are_completed_once() {
        assert_eq!(full_ref("main", Some(false)), "refs/heads/main");
        assert_eq!(full_ref("v1", Some(true)), "refs/tags/v1");
        assert_eq!(
            full_ref("refs/merge-requests/4/head", None),
            "refs/merge-requests/4/head"
        );
    }

    #[test]
    fn somebody_without_a_name_in_the_body_keeps_the_number() {
        let ada = User::new(Some(7), Some("ada".into()), None);
        assert_eq!(user_by_id(7, [&ada]).login, "ada");
        let stranger = user_by_id(8, [&ada]);
        assert_eq!(
            (stranger.id.as_deref(), stranger.login.as_str()),
            (Some("8"), "")
        );
    }
}
