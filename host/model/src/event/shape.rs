//! How an event is shown: the common fields, and one object named after the kind.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Detail, Event, Repository, RepositoryChange};

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind().as_str())?;
        map.serialize_entry("action", &self.detail.action())?;
        self.repository_entry(&mut map)?;
        map.serialize_entry("actor", &self.actor)?;
        map.serialize_entry("delivery_id", &self.delivery_id)?;
        map.serialize_entry("time", &self.time)?;
        map.serialize_entry("installation_id", &self.installation)?;
        self.detail.entry(&mut map)?;
        map.end()
    }
}

/// A repository that something happened to: the object named after the kind is the repository itself.
#[derive(Serialize)]
struct Changed<'a> {
    #[serde(flatten)]
    repository: Option<&'a Repository>,
    change: &'a str,
    previous: Option<&'a str>,
}

impl Event {
    fn repository_entry<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        if let Detail::Repository(change) = &self.detail {
            let previous = change.previous();
            map.serialize_entry(
                "repository",
                &Changed {
                    repository: self.repository.as_ref(),
                    change: change.as_str(),
                    previous,
                },
            )
        } else {
            map.serialize_entry("repository", &self.repository)
        }
    }
}

impl RepositoryChange {
    fn previous(&self) -> Option<&str> {
        match self {
            Self::Renamed(name) | Self::Transferred(name) | Self::DefaultBranch(name) => Some(name),
            Self::Deleted | Self::Other(_) => None,
        }
    }
}

impl Detail {
    /// What happened, where the kind has actions: a word of the contract.
    #[must_use]
    pub fn action(&self) -> Option<String> {
        match self {
            Self::PullRequest(it) => word(&it.action),
            Self::Comment(it) => word(&it.action),
            Self::Release(it) => word(&it.action),
            Self::Issue(it) => word(&it.action),
            Self::Wiki(it) => word(&it.action),
            Self::Installation(it) => word(&it.action),
            Self::Review(it) => word(&it.state),
            Self::Repository(change) => Some(change.as_str().to_owned()),
            Self::MergeGroup(it) => Some(if it.destroyed { "destroyed" } else { "checks_requested" }.to_owned()),
            Self::Push(_)
            | Self::Tag(_)
            | Self::Pipeline(_)
            | Self::Job(_)
            | Self::Deployment(_)
            | Self::Ping
            | Self::Unknown(_) => None,
        }
    }

    fn entry<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let name = self.kind().as_str();
        match self {
            Self::Push(it) => map.serialize_entry(name, it),
            Self::Tag(it) => map.serialize_entry(name, it),
            Self::PullRequest(it) => map.serialize_entry(name, it),
            Self::Comment(it) => map.serialize_entry(name, it),
            Self::Review(it) => map.serialize_entry(name, it),
            Self::Release(it) => map.serialize_entry(name, it),
            Self::Issue(it) => map.serialize_entry(name, it),
            Self::Pipeline(it) => map.serialize_entry(name, it),
            Self::Job(it) => map.serialize_entry(name, it),
            Self::Deployment(it) => map.serialize_entry(name, it),
            Self::Wiki(it) => map.serialize_entry(name, it),
            Self::MergeGroup(it) => map.serialize_entry(name, it),
            Self::Installation(it) => map.serialize_entry(name, it),
            Self::Repository(_) => Ok(()),
            Self::Ping => map.serialize_entry(name, &serde_json::Map::new()),
            Self::Unknown(forge_name) => map.serialize_entry(name, &serde_json::json!({ "name": forge_name })),
        }
    }
}

fn word(action: &impl Serialize) -> Option<String> {
    match serde_json::to_value(action) {
        Ok(serde_json::Value::String(word)) => Some(word),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use serde_json::json;

    #[test]
    fn an_event_is_shown_in_the_contracts_shape() {
        let event = Event {
            repository: Some(Repository {
                id: Some("7".into()),
                full_name: "acme/w".into(),
                urls: vec!["https://h/acme/w.git".into()],
                web_url: None,
                default_branch: Some("main".into()),
            }),
            actor: Some(Actor {
                user: User {
                    id: Some("1".into()),
                    login: "ann".into(),
                },
                bot: false,
            }),
            time: None,
            installation: None,
            delivery_id: Some("d".into()),
            detail: Detail::Comment(Comment {
                action: CommentAction::Created,
                id: "9".into(),
                body: "hi".into(),
                url: None,
                author: User {
                    id: Some("1".into()),
                    login: "ann".into(),
                },
                number: Some(3),
                on_pull_request: true,
                confidential: false,
                head: None,
            }),
        };
        assert_eq!(
            serde_json::to_value(&event).unwrap(),
            json!({"kind": "comment", "action": "created",
                "repository": {"id": "7", "full_name": "acme/w", "urls": ["https://h/acme/w.git"], "web_url": null, "default_branch": "main"},
                "actor": {"id": "1", "login": "ann", "bot": false}, "delivery_id": "d", "time": null, "installation_id": null,
                "comment": {"id": "9", "body": "hi", "url": null, "author": {"id": "1", "login": "ann"}, "number": 3, "on_pull_request": true, "confidential": false, "head": null}})
        );
    }

    #[test]
    fn a_state_of_the_forges_own_stands_beside_other() {
        let detail = Deployment {
            id: "1".into(),
            environment: "prod".into(),
            tier: None,
            state: RunState::Other("blocked".into()),
            sha: None,
            url: None,
        };
        assert_eq!(
            serde_json::to_value(&detail).unwrap(),
            json!({"id": "1", "environment": "prod", "tier": null, "state": "other", "forge_state": "blocked", "sha": null, "url": null})
        );
    }
}
