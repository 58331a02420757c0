//! `installation`, `installation_repositories` and `installation_target`: where the app is installed, and what it covers.
//! They always come, ticked or not, and name no repository of their own.

use forgegate_sdk::events::{
    Detail, Event, Installation, InstallationAction, RepositoryName, User,
};
use forgegate_sdk::{ParseError, json, log};
use serde::Deserialize;

use super::common::{Account, Envelope, Moment, Numbered, Text, author, malformed};

/// The most repositories that the host takes in one list.
const MOST_REPOSITORIES: usize = 10_000;

/// An account in the shape of users and organizations, or of enterprises, which have a slug for a login.
#[derive(Deserialize)]
struct Holder<'a> {
    id: u64,
    #[serde(borrow)]
    login: Option<Text<'a>>,
    #[serde(borrow)]
    slug: Option<Text<'a>>,
}

impl Holder<'_> {
    fn user(&self, field: &str) -> Result<User, ParseError> {
        let login = self.login.as_deref().or(self.slug.as_deref());
        Ok(User {
            id: Some(self.id.to_string()),
            login: login
                .ok_or_else(|| malformed(field, "is missing"))?
                .to_owned(),
        })
    }
}

#[derive(Deserialize)]
struct Installed<'a> {
    id: u64,
    /// Null where the account was deleted, which takes the installation along.
    #[serde(borrow)]
    account: Option<Holder<'a>>,
    target_id: Option<u64>,
    #[serde(borrow)]
    repository_selection: Option<Text<'a>>,
    #[serde(borrow)]
    created_at: Option<Moment<'a>>,
    #[serde(borrow)]
    suspended_at: Option<Moment<'a>>,
}

#[derive(Deserialize)]
struct Covered<'a> {
    id: u64,
    #[serde(borrow)]
    full_name: Text<'a>,
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    action: Text<'a>,
    #[serde(borrow)]
    installation: Installed<'a>,
    #[serde(borrow)]
    repositories: Option<Vec<Covered<'a>>>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
}

pub fn installation(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: Payload = json::parse(payload)?;
    let action = match &*payload.action {
        "created" => InstallationAction::Created,
        "deleted" => InstallationAction::Deleted,
        "suspend" => InstallationAction::Suspended,
        "unsuspend" => InstallationAction::Unsuspended,
        "new_permissions_accepted" => InstallationAction::PermissionsAccepted,
        _ => InstallationAction::Other,
    };
    let named = covered(payload.repositories.as_deref());
    let (added, removed) = match action {
        InstallationAction::Created => (named, Vec::new()),
        InstallationAction::Deleted => (Vec::new(), named),
        _ => (Vec::new(), Vec::new()),
    };
    let installed = &payload.installation;
    let time = match action {
        InstallationAction::Created => installed.created_at.as_ref(),
        InstallationAction::Suspended => installed.suspended_at.as_ref(),
        _ => None,
    };
    let installation = installed.installation(action, added, removed)?;
    Ok(event(
        installation,
        payload.sender,
        time.and_then(Moment::rfc3339),
    ))
}

#[derive(Deserialize)]
struct RepositoriesPayload<'a> {
    #[serde(borrow)]
    installation: Installed<'a>,
    #[serde(borrow)]
    repositories_added: Option<Vec<Covered<'a>>>,
    #[serde(borrow)]
    repositories_removed: Option<Vec<Covered<'a>>>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
}

pub fn installation_repositories(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: RepositoriesPayload = json::parse(payload)?;
    let installation = payload.installation.installation(
        InstallationAction::RepositoriesChanged,
        covered(payload.repositories_added.as_deref()),
        covered(payload.repositories_removed.as_deref()),
    )?;
    Ok(event(installation, payload.sender, None))
}

#[derive(Deserialize)]
struct TargetPayload<'a> {
    #[serde(borrow)]
    action: Text<'a>,
    #[serde(borrow)]
    account: Holder<'a>,
    installation: Numbered,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
}

/// The account that the app is installed on has a new name.
pub fn installation_target(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: TargetPayload = json::parse(payload)?;
    let installation = Installation {
        action: match &*payload.action {
            "renamed" => InstallationAction::Renamed,
            _ => InstallationAction::Other,
        },
        id: payload.installation.id.to_string(),
        account: payload.account.user("account.login")?,
        all_repositories: None,
        added: Vec::new(),
        removed: Vec::new(),
    };
    Ok(event(installation, payload.sender, None))
}

impl Installed<'_> {
    fn account(&self) -> Result<User, ParseError> {
        match &self.account {
            Some(account) => account.user("installation.account.login"),
            None => Ok(User {
                id: self.target_id.map(|id| id.to_string()),
                ..author(None)
            }),
        }
    }

    fn installation(
        &self,
        action: InstallationAction,
        added: Vec<RepositoryName>,
        removed: Vec<RepositoryName>,
    ) -> Result<Installation, ParseError> {
        Ok(Installation {
            action,
            id: self.id.to_string(),
            account: self.account()?,
            all_repositories: match self.repository_selection.as_deref() {
                Some("all") => Some(true),
                Some("selected") => Some(false),
                _ => None,
            },
            added,
            removed,
        })
    }
}

/// The repositories, as many as an event may list; the others must be asked for, as where GitHub itself cuts the list.
fn covered(repositories: Option<&[Covered]>) -> Vec<RepositoryName> {
    let repositories = repositories.unwrap_or_default();
    if let Some(more) = repositories.len().checked_sub(MOST_REPOSITORIES + 1) {
        log::warn(&format!("{} repositories are left out", more + 1));
    }
    let named = repositories.iter().take(MOST_REPOSITORIES);
    named
        .map(|repository| RepositoryName {
            id: Some(repository.id.to_string()),
            full_name: repository.full_name.to_string(),
        })
        .collect()
}

fn event(installation: Installation, sender: Option<Account>, time: Option<String>) -> Event {
    let envelope = Envelope {
        repository: None,
        sender,
        installation: None,
    };
    Event {
        installation: Some(installation.id.clone()),
        ..envelope.event_at(time, Detail::Installation(installation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn parsed(payload: Value) -> Result<Installation, ParseError> {
        match installation(payload.to_string().as_bytes())?.detail {
            Detail::Installation(installation) => Ok(installation),
            other => panic!("{other:?}"),
        }
    }

    fn payload(action: &str) -> Value {
        json!({
            "action": action,
            "installation": {"id": 7, "account": {"id": 3, "login": "acme"}, "repository_selection": "selected"},
            "repositories": [{"id": 1, "full_name": "acme/widgets"}],
        })
    }

    #[test]
    fn an_installation_covers_what_it_names_and_leaves_it_when_it_goes() {
        let created = parsed(payload("created")).unwrap();
        assert_eq!((created.added.len(), created.removed.len()), (1, 0));
        assert_eq!(created.all_repositories, Some(false));
        let deleted = parsed(payload("deleted")).unwrap();
        assert_eq!((deleted.added.len(), deleted.removed.len()), (0, 1));
    }

    #[test]
    fn a_list_that_the_host_would_not_take_is_cut() {
        let mut sent = payload("created");
        let one = sent["repositories"][0].clone();
        sent["repositories"] = vec![one; MOST_REPOSITORIES + 1].into();
        assert_eq!(parsed(sent).unwrap().added.len(), MOST_REPOSITORIES);
    }

    #[test]
    fn every_action_has_its_word() {
        use InstallationAction as A;
        for (word, action) in [
            ("created", A::Created),
            ("deleted", A::Deleted),
            ("suspend", A::Suspended),
            ("unsuspend", A::Unsuspended),
            ("new_permissions_accepted", A::PermissionsAccepted),
            ("teleported", A::Other),
        ] {
            assert_eq!(parsed(payload(word)).unwrap().action, action, "{word}");
        }
    }

    #[test]
    fn an_enterprise_goes_by_its_slug() {
        let mut sent = payload("created");
        sent["installation"]["account"] = json!({"id": 5, "slug": "acme-inc", "name": "Acme Inc."});
        assert_eq!(parsed(sent).unwrap().account.login, "acme-inc");
        let mut nameless = payload("created");
        nameless["installation"]["account"] = json!({"id": 5});
        assert!(parsed(nameless).is_err());
    }

    #[test]
    fn the_installation_of_a_deleted_account_is_still_known_by_number() {
        let mut sent = payload("deleted");
        sent["installation"]["account"] = json!(null);
        sent["installation"]["target_id"] = json!(3);
        let account = parsed(sent).unwrap().account;
        assert_eq!(
            (account.id.as_deref(), account.login.as_str()),
            (Some("3"), "ghost")
        );
    }
}
