//! `repository`: the repository itself changed.

use forgegate_sdk::events::{Detail, Event, RepositoryChange};
use forgegate_sdk::{ParseError, json};
use serde::Deserialize;

use super::common::{Account, Envelope, Numbered, Repo, Text, malformed};

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    action: Text<'a>,
    #[serde(borrow)]
    changes: Option<Changes<'a>>,
    #[serde(borrow)]
    repository: Repo<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    installation: Option<Numbered>,
}

#[derive(Deserialize)]
struct Changes<'a> {
    #[serde(borrow)]
    repository: Option<Renaming<'a>>,
    #[serde(borrow)]
    owner: Option<Former<Owner<'a>>>,
    #[serde(borrow)]
    default_branch: Option<Former<Text<'a>>>,
}

#[derive(Deserialize)]
struct Renaming<'a> {
    #[serde(borrow)]
    name: Option<Former<Text<'a>>>,
}

#[derive(Deserialize)]
struct Former<T> {
    from: T,
}

#[derive(Deserialize)]
struct Owner<'a> {
    #[serde(borrow)]
    user: Option<Account<'a>>,
    #[serde(borrow)]
    organization: Option<Account<'a>>,
}

pub fn parse(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: Payload = json::parse(payload)?;
    let change = change(&payload)?;
    let envelope = Envelope::of(payload.repository, payload.sender, payload.installation);
    Ok(envelope.event(Detail::Repository(change)))
}

fn change(payload: &Payload) -> Result<RepositoryChange, ParseError> {
    let changes = payload.changes.as_ref();
    match &*payload.action {
        "renamed" => {
            let name = changes.and_then(|c| c.repository.as_ref()?.name.as_ref());
            let name = name.ok_or_else(|| malformed("changes.repository.name", "is missing"))?;
            Ok(RepositoryChange::Renamed(before(payload, &name.from)))
        }
        "transferred" => {
            let owner = changes.and_then(|c| c.owner.as_ref()?.from.account());
            let owner = owner.ok_or_else(|| malformed("changes.owner", "is missing"))?;
            Ok(RepositoryChange::Transferred(owner.user().login))
        }
        "deleted" => Ok(RepositoryChange::Deleted),
        action => match changes.and_then(|c| c.default_branch.as_ref()) {
            Some(branch) => Ok(RepositoryChange::DefaultBranch(branch.from.to_string())),
            None => Ok(RepositoryChange::Other(action.to_owned())),
        },
    }
}

/// The full name before: GitHub tells the short one only, and the owner stays.
fn before(payload: &Payload, name: &str) -> String {
    match payload.repository.full_name.split_once('/') {
        Some((owner, _)) => format!("{owner}/{name}"),
        None => name.to_owned(),
    }
}

impl<'a> Owner<'a> {
    fn account(&self) -> Option<&Account<'a>> {
        self.user.as_ref().or(self.organization.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn parsed(action: &str, changes: Value) -> Result<RepositoryChange, ParseError> {
        let payload = json!({
            "action": action, "changes": changes,
            "repository": {"id": 1, "full_name": "acme/widgets"},
        });
        match parse(payload.to_string().as_bytes())?.detail {
            Detail::Repository(change) => Ok(change),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_it_was_before_is_told() {
        let renamed = parsed(
            "renamed",
            json!({"repository": {"name": {"from": "gadgets"}}}),
        );
        assert_eq!(
            renamed,
            Ok(RepositoryChange::Renamed("acme/gadgets".into()))
        );
        let from = json!({"organization": {"id": 3, "login": "octo-org"}});
        let transferred = parsed("transferred", json!({"owner": {"from": from}}));
        assert_eq!(
            transferred,
            Ok(RepositoryChange::Transferred("octo-org".into()))
        );
        let edited = parsed("edited", json!({"default_branch": {"from": "master"}}));
        assert_eq!(edited, Ok(RepositoryChange::DefaultBranch("master".into())));
    }

    #[test]
    fn other_changes_keep_githubs_word() {
        for word in [
            "archived",
            "unarchived",
            "created",
            "edited",
            "privatized",
            "publicized",
        ] {
            let change = parsed(word, json!({"description": {"from": null}}));
            assert_eq!(change, Ok(RepositoryChange::Other(word.into())));
        }
        assert_eq!(
            parsed("deleted", json!(null)),
            Ok(RepositoryChange::Deleted)
        );
    }

    #[test]
    fn a_change_without_its_before_is_malformed() {
        for word in ["renamed", "transferred"] {
            assert!(parsed(word, json!(null)).is_err(), "{word}");
        }
    }
}
