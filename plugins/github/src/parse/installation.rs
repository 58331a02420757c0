//! `installation`, `installation_repositories` and `installation_target`: where the app is installed, and what it covers.
//! They always come, ticked or not, and name no repository of their own.

use forgegate_sdk::events::{Detail, Event, Installation, InstallationAction, RepositoryName, User};
use forgegate_sdk::json::Part;
use forgegate_sdk::{ParseError, log};

use super::common::{event_anywhere, ghost, moment};

/// The most repositories that the host takes in one list.
const MOST_REPOSITORIES: usize = 10_000;

pub fn installation(root: Part) -> Result<Event, ParseError> {
    let action = match root.text("action")? {
        "created" => InstallationAction::Created,
        "deleted" => InstallationAction::Deleted,
        "suspend" => InstallationAction::Suspended,
        "unsuspend" => InstallationAction::Unsuspended,
        "new_permissions_accepted" => InstallationAction::PermissionsAccepted,
        _ => InstallationAction::Other,
    };
    let (added, removed) = match action {
        InstallationAction::Created => (repositories(root, "repositories")?, Vec::new()),
        InstallationAction::Deleted => (Vec::new(), repositories(root, "repositories")?),
        _ => (Vec::new(), Vec::new()),
    };
    let time = match action {
        InstallationAction::Created => moment(root, "installation.created_at"),
        InstallationAction::Suspended => moment(root, "installation.suspended_at"),
        _ => None,
    };
    let installation = Installation {
        added,
        removed,
        ..installed(root, action)?
    };
    event_anywhere(root, time, Detail::Installation(installation))
}

pub fn installation_repositories(root: Part) -> Result<Event, ParseError> {
    let installation = Installation {
        added: repositories(root, "repositories_added")?,
        removed: repositories(root, "repositories_removed")?,
        ..installed(root, InstallationAction::RepositoriesChanged)?
    };
    event_anywhere(root, None, Detail::Installation(installation))
}

/// The account that the app is installed on has a new name.
pub fn installation_target(root: Part) -> Result<Event, ParseError> {
    let installation = Installation {
        action: match root.text("action")? {
            "renamed" => InstallationAction::Renamed,
            _ => InstallationAction::Other,
        },
        id: root.id("installation.id")?,
        account: holder(root.at("account"))?,
        all_repositories: None,
        added: Vec::new(),
        removed: Vec::new(),
    };
    event_anywhere(root, None, Detail::Installation(installation))
}

/// The installation, less its repositories.
fn installed(root: Part, action: InstallationAction) -> Result<Installation, ParseError> {
    let part = root.at("installation");
    let account = match part.at_or_none("account") {
        Some(account) => holder(account)?,
        // The account was deleted, which takes the installation along.
        None => User {
            id: part.id_or_none("target_id")?,
            ..ghost()
        },
    };
    Ok(Installation {
        action,
        id: part.id("id")?,
        account,
        all_repositories: match part.text_or_none("repository_selection")? {
            Some("all") => Some(true),
            Some("selected") => Some(false),
            _ => None,
        },
        added: Vec::new(),
        removed: Vec::new(),
    })
}

/// An account in the shape of users and organizations, or of enterprises, which have a slug for a login.
fn holder(part: Part) -> Result<User, ParseError> {
    let login = part.text_or_none("login")?;
    Ok(User {
        id: Some(part.id("id")?),
        login: login.map_or_else(|| part.text("slug"), Ok)?.to_owned(),
    })
}

/// The repositories, as many as an event may list; the others must be asked for, as where GitHub itself cuts the list.
fn repositories(root: Part, path: &'static str) -> Result<Vec<RepositoryName>, ParseError> {
    let Some(repositories) = root.list(path)? else {
        return Ok(Vec::new());
    };
    if repositories.len() > MOST_REPOSITORIES {
        log::warn("an installation has more repositories than an event may list");
    }
    let named = repositories.take(MOST_REPOSITORIES).map(|repository| {
        Ok(RepositoryName {
            id: Some(repository.id("id")?),
            full_name: repository.text("full_name")?.to_owned(),
        })
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::read_with;
    use serde_json::{Value, json};

    fn parsed(payload: Value) -> Result<Installation, ParseError> {
        match read_with(installation, &payload)?.detail {
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
        assert_eq!((account.id.as_deref(), account.login.as_str()), (Some("3"), "ghost"));
    }
}
