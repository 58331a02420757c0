//! `repository`: the repository itself changed.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Detail, Event, RepositoryChange};
use forgegate_sdk::json::Part;

use super::common::event;

pub fn parse(root: Part) -> Result<Event, ParseError> {
    let change = change(root)?;
    event(root, None, Detail::Repository(change))
}

fn change(root: Part) -> Result<RepositoryChange, ParseError> {
    let changes = root.at("changes");
    Ok(match root.text("action")? {
        "renamed" => {
            let name = changes.text("repository.name.from")?;
            RepositoryChange::Renamed(before(root.text("repository.full_name")?, name))
        }
        "transferred" => {
            let user = changes.owned("owner.from.user.login")?;
            let owner = user.or(changes.owned("owner.from.organization.login")?);
            let owner = owner.ok_or_else(|| changes.malformed("owner.from", "is missing"))?;
            RepositoryChange::Transferred(owner)
        }
        "deleted" => RepositoryChange::Deleted,
        action => match changes.owned("default_branch.from")? {
            Some(branch) => RepositoryChange::DefaultBranch(branch),
            None => RepositoryChange::Other(action.to_owned()),
        },
    })
}

/// The full name before: GitHub tells the short one only, and the owner stays.
fn before(full_name: &str, name: &str) -> String {
    match full_name.split_once('/') {
        Some((owner, _)) => format!("{owner}/{name}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::read_with;
    use serde_json::{Value, json};

    fn parsed(action: &str, changes: Value) -> Result<RepositoryChange, ParseError> {
        let payload = json!({
            "action": action, "changes": changes,
            "repository": {"id": 1, "full_name": "acme/widgets"},
        });
        match read_with(parse, &payload)?.detail {
            Detail::Repository(change) => Ok(change),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_it_was_before_is_told() {
        let renamed = parsed("renamed", json!({"repository": {"name": {"from": "gadgets"}}}));
        assert_eq!(renamed, Ok(RepositoryChange::Renamed("acme/gadgets".into())));
        let from = json!({"organization": {"id": 3, "login": "octo-org"}});
        let transferred = parsed("transferred", json!({"owner": {"from": from}}));
        assert_eq!(transferred, Ok(RepositoryChange::Transferred("octo-org".into())));
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
        assert_eq!(parsed("deleted", json!(null)), Ok(RepositoryChange::Deleted));
    }

    #[test]
    fn a_change_without_its_before_is_malformed() {
        for word in ["renamed", "transferred"] {
            assert!(parsed(word, json!(null)).is_err(), "{word}");
        }
    }
}
