//! Parts that several kinds of body have in common, and their names in events.
//!
//! Every field is optional here: whether one may be absent is for the kind to say. Numbers are GitLab's ids, `iid` is the
//! number within a project that people see.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{self, Actor, Detail, Event, Repository};
use forgegate_sdk::json::Part;

use super::limits;
use super::time::rfc3339;

/// The reason why a body became no event of its kind.
#[derive(Debug)]
pub enum FieldError {
    /// GitLab always sends this field.
    Absent(&'static str),
    /// It is read well, and means nothing that events have a kind for.
    NoEvent,
    /// It is not what GitLab sends.
    Malformed(ParseError),
}

impl From<ParseError> for FieldError {
    fn from(error: ParseError) -> Self {
        Self::Malformed(error)
    }
}

/// A field that GitLab always sends.
pub trait Always<T> {
    /// Its value.
    fn always(self, field: &'static str) -> Result<T, FieldError>;
}

impl<T> Always<T> for Option<T> {
    fn always(self, field: &'static str) -> Result<T, FieldError> {
        self.ok_or(FieldError::Absent(field))
    }
}

/// A value that GitLab never sends in this field.
pub fn malformed(text: impl Into<String>) -> FieldError {
    FieldError::Malformed(ParseError::Malformed(text.into()))
}

/// The object there, unless it is null. Any other value is not what GitLab sends, whereas the fields of an object may be missing.
pub fn block<'t>(part: Part<'t>, path: &'static str) -> Result<Option<Part<'t>>, ParseError> {
    let Some(block) = part.at_or_none(path) else {
        return Ok(None);
    };
    match block.is_object() {
        true => Ok(Some(block)),
        false => Err(part.malformed(path, "is no object")),
    }
}

/// The block of what happened, which most bodies have.
pub fn attributes(root: Part) -> Result<Part, FieldError> {
    block(root, "object_attributes")?.always("object_attributes")
}

/// The id of the block there, which names a commit.
pub fn commit_named<'t>(part: Part<'t>, path: &'static str) -> Result<Option<&'t str>, ParseError> {
    match block(part, path)? {
        Some(block) => block.text_or_none("id"),
        None => Ok(None),
    }
}

/// A copy of the text, if there is any.
pub fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

/// The event in the project that the body must name, by the person whom it names; see [`project`] for the id.
pub fn event(root: Part, project_id: Option<u64>, time: Option<&str>, detail: Detail) -> Result<Event, FieldError> {
    let (repository, actor) = (project(root, project_id)?, actor(root)?);
    Ok(event_at(Some(repository), actor, time, detail))
}

/// The event there and by that person. A time that is written in a way that GitLab does not use is none.
pub fn event_at(repository: Option<Repository>, actor: Option<Actor>, time: Option<&str>, detail: Detail) -> Event {
    Event {
        repository,
        actor,
        time: time.and_then(rfc3339),
        installation: None,
        detail,
    }
}

/// The project that the body must name; `id` is used where its block has none, as in older versions.
pub fn project(root: Part, id: Option<u64>) -> Result<Repository, FieldError> {
    repository(block(root, "project")?.always("project")?, id)
}

/// The repository of a project's block. `name` and `namespace` are titles for people and never read.
pub fn repository(part: Part, id: Option<u64>) -> Result<Repository, FieldError> {
    let filled = |path| Ok::<_, ParseError>(part.text_or_none(path)?.filter(|text| !text.is_empty()));
    let id = part.number_or_none("id")?.or(id);
    let full_name = filled("path_with_namespace")?;
    let urls = [filled("git_http_url")?, filled("git_ssh_url")?];
    let (web_url, default_branch) = (filled("web_url")?, filled("default_branch")?);
    let full_name = full_name.always("project.path_with_namespace")?;
    Ok(Repository {
        id: id.map(|id| id.to_string()),
        full_name: full_name.to_owned(),
        urls: urls.into_iter().flatten().map(str::to_owned).collect(),
        web_url: owned(web_url),
        default_branch: owned(default_branch),
    })
}

/// A person. Older versions leave the number out.
#[derive(Clone, Copy)]
pub struct User<'t> {
    pub id: Option<u64>,
    pub username: Option<&'t str>,
    pub name: Option<&'t str>,
}

impl<'t> User<'t> {
    /// The person there, unless it is null.
    pub fn at(part: Part<'t>, path: &'static str) -> Result<Option<Self>, ParseError> {
        block(part, path)?.map(Self::of).transpose()
    }

    /// Whoever did what the body tells; older kinds of body give the parts of a person one by one.
    pub fn of_fields(root: Part<'t>) -> Result<Self, ParseError> {
        Ok(Self {
            id: root.number_or_none("user_id")?,
            username: root.text_or_none("user_username")?,
            name: root.text_or_none("user_name")?,
        })
    }

    fn of(part: Part<'t>) -> Result<Self, ParseError> {
        Ok(Self {
            id: part.number_or_none("id")?,
            username: part.text_or_none("username")?,
            name: part.text_or_none("name")?,
        })
    }

    /// Tells whether the body says anything of the person.
    pub fn is_somebody(self) -> bool {
        self.id.is_some() || self.username.is_some() || self.name.is_some()
    }

    /// The person, with this number where the body gives none.
    pub fn or_id(self, id: u64) -> Self {
        Self {
            id: self.id.or(Some(id)),
            ..self
        }
    }

    pub fn into_user(self) -> events::User {
        let login = self.username.filter(|login| !login.is_empty());
        events::User {
            id: self.id.map(|id| id.to_string()),
            login: login.or(self.name).unwrap_or_default().to_owned(),
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

/// The account that acts, in the bodies that have a block for it.
pub fn actor(root: Part) -> Result<Option<Actor>, ParseError> {
    Ok(User::at(root, "user")?.map(User::into_actor))
}

/// Tells whether GitLab made the account itself, for a project's or group's access token: their names have a form of their own.
/// Somebody who takes such a name is only trusted less for it.
fn is_bot(login: &str) -> bool {
    ["project_", "group_"]
        .into_iter()
        .filter_map(|kind| login.strip_prefix(kind))
        .any(|rest| {
            let after_number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            after_number.len() < rest.len()
                && (after_number == "_bot" || after_number.starts_with("_bot_") || is_numbered_bot(after_number))
        })
}

/// Older versions number the bots of a project: `_bot1`, `_bot2`.
fn is_numbered_bot(rest: &str) -> bool {
    rest.strip_prefix("_bot")
        .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Somebody known by number, whose name may stand elsewhere in the body. Without it the login is empty.
pub fn user_by_id<'u, 't: 'u>(id: u64, people: impl IntoIterator<Item = &'u User<'t>>) -> events::User {
    let nameless = User {
        id: Some(id),
        username: None,
        name: None,
    };
    let found = people.into_iter().find(|user| user.id == Some(id));
    found.copied().unwrap_or(nameless).into_user()
}

/// The people of the list there, unless it is null.
pub fn people<'t>(part: Part<'t>, path: &'static str) -> Result<Option<Vec<User<'t>>>, ParseError> {
    let Some(list) = part.list(path)? else {
        return Ok(None);
    };
    let mut people = Vec::with_capacity(list.len());
    for item in list {
        let person = User::of(item)?;
        if !person.is_somebody() {
            return Err(part.malformed(path, "holds what is nobody"));
        }
        people.push(person);
    }
    Ok(Some(people))
}

/// The people as an event lists them.
pub fn users(people: &[User]) -> Vec<events::User> {
    let few = people.iter().take(limits::PEOPLE);
    few.map(|user| user.into_user()).collect()
}

/// The names of the labels, which stand among the attributes or, in older versions, beside them.
pub fn labels(root: Part, attributes: Part) -> Result<Vec<String>, ParseError> {
    let list = match attributes.list("labels")? {
        Some(list) => Some(list),
        None => root.list("labels")?,
    };
    let mut labels = Vec::new();
    for label in list.into_iter().flatten().take(limits::LABELS) {
        labels.extend(label.text_or_none("title")?.map(str::to_owned));
    }
    Ok(labels)
}

/// The full name of a ref that GitLab gives in short.
pub fn full_ref(name: &str, tag: Option<bool>) -> String {
    match tag {
        _ if name.starts_with("refs/") => name.to_owned(),
        Some(true) => format!("refs/tags/{name}"),
        _ => format!("refs/heads/{name}"),
    }
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
        let ada = User {
            id: Some(7),
            username: Some("ada"),
            name: None,
        };
        assert_eq!(user_by_id(7, [&ada]).login, "ada");
        let stranger = user_by_id(8, [&ada]);
        assert_eq!((stranger.id.as_deref(), stranger.login.as_str()), (Some("8"), ""));
    }
}
