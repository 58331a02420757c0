//! The JSON of an event: the common fields, and one object named after the kind.

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Detail, Event, Kind, Repository, RepositoryChange};

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

/// Reads back what was recorded. An event that was recorded without a field which is required today is an error.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut shown = Map::deserialize(deserializer)?;
        let detail = Detail::of_shown(&mut shown).map_err(D::Error::custom)?;
        let repository = shown.remove("repository").unwrap_or_default();
        Ok(Self {
            // Of what happened to a repository that is not named, the object holds the change alone.
            repository: repository
                .get("full_name")
                .is_some()
                .then(|| read(repository))
                .transpose()
                .map_err(D::Error::custom)?,
            actor: take(&mut shown, "actor").map_err(D::Error::custom)?,
            time: take(&mut shown, "time").map_err(D::Error::custom)?,
            installation: take(&mut shown, "installation_id").map_err(D::Error::custom)?,
            delivery_id: take(&mut shown, "delivery_id").map_err(D::Error::custom)?,
            detail,
        })
    }
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(value)
}

fn take<T: DeserializeOwned>(shown: &mut Map<String, Value>, name: &str) -> Result<T, serde_json::Error> {
    read(shown.remove(name).unwrap_or_default())
}

impl Detail {
    /// The detail in the object that is named after the kind. The action stands beside it.
    fn of_shown(shown: &mut Map<String, Value>) -> Result<Self, serde_json::Error> {
        let kind: Kind = take(shown, "kind")?;
        let action = shown.remove("action").unwrap_or_default();
        if kind == Kind::Repository {
            let repository = shown.get("repository").cloned().unwrap_or_default();
            let Changed { change, previous } = read(repository)?;
            return Ok(Self::Repository(RepositoryChange::of_shown(change, previous)));
        }
        let mut detail = shown.remove(kind.as_str()).unwrap_or_default();
        if let Value::Object(fields) = &mut detail {
            fields.insert("action".to_owned(), action);
        }
        Ok(match kind {
            Kind::Push => Self::Push(read(detail)?),
            Kind::Tag => Self::Tag(read(detail)?),
            Kind::PullRequest => Self::PullRequest(read(detail)?),
            Kind::Comment => Self::Comment(read(detail)?),
            Kind::Review => Self::Review(read(detail)?),
            Kind::Release => Self::Release(read(detail)?),
            Kind::Issue => Self::Issue(read(detail)?),
            Kind::Pipeline => Self::Pipeline(read(detail)?),
            Kind::Job => Self::Job(read(detail)?),
            Kind::Deployment => Self::Deployment(read(detail)?),
            Kind::Wiki => Self::Wiki(read(detail)?),
            Kind::MergeGroup => Self::MergeGroup(read(detail)?),
            Kind::Installation => Self::Installation(read(detail)?),
            Kind::Ping => Self::Ping,
            Kind::Repository | Kind::Unknown => Self::Unknown(
                detail
                    .get("name")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
            ),
        })
    }
}

/// A repository that something happened to: the object named after the kind is the repository itself.
#[derive(Serialize)]
struct ChangedRepository<'a> {
    #[serde(flatten)]
    repository: Option<&'a Repository>,
    #[serde(flatten)]
    changed: Changed,
}

#[derive(Serialize, Deserialize)]
struct Changed {
    change: String,
    previous: Option<String>,
}

impl Event {
    fn repository_entry<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        if let Detail::Repository(change) = &self.detail {
            let changed = Changed {
                change: change.as_str().to_owned(),
                previous: change.previous().map(str::to_owned),
            };
            let repository = self.repository.as_ref();
            map.serialize_entry("repository", &ChangedRepository { repository, changed })
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
    /// The action, where the kind has actions: a word of the contract.
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
            Self::Ping => map.serialize_entry(name, &Map::new()),
            Self::Unknown(forge_name) => map.serialize_entry(name, &serde_json::json!({ "name": forge_name })),
        }
    }
}

fn word(action: &impl Serialize) -> Option<String> {
    match serde_json::to_value(action) {
        Ok(Value::String(word)) => Some(word),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use crate::testing;
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

    #[test]
    fn an_event_is_read_back_as_it_was_recorded() {
        let user = testing::user("1");
        let run = |state| Pipeline {
            id: "1".into(),
            number: Some(2),
            sha: None,
            before: None,
            ref_name: Some("main".into()),
            tag: false,
            source: None,
            state,
            stages: vec!["build".into()],
            duration_s: Some(1.5),
            queued_s: None,
            requested_action: None,
        };
        let details = [
            Detail::Push(Push {
                commits: vec![testing::commit("b", "x")],
                ..testing::push("refs/heads/main")
            }),
            Detail::Tag(testing::tag("v1")),
            Detail::PullRequest(testing::fork()),
            Detail::Comment(testing::comment("hi", &user)),
            Detail::Review(Review {
                id: None,
                state: ReviewState::Approved,
                author: user.clone(),
                number: 7,
                commit: None,
            }),
            Detail::Release(testing::release("v1")),
            Detail::Issue(Issue {
                action: IssueAction::Closed,
                number: 1,
                title: "x".into(),
                url: None,
                open: false,
                labels: vec![],
                author: user.clone(),
                assignees: vec![user.clone()],
                confidential: true,
            }),
            Detail::Pipeline(run(RunState::Success)),
            Detail::Pipeline(run(RunState::Other("blocked".into()))),
            Detail::Job(Job {
                id: "1".into(),
                name: "test".into(),
                stage: None,
                pipeline_id: None,
                ref_name: None,
                sha: Some("b".into()),
                state: RunState::Running,
                duration_s: None,
                allow_failure: true,
                failure_reason: None,
                environment: None,
                external_id: None,
                requested_action: None,
            }),
            Detail::Deployment(Deployment {
                id: "1".into(),
                environment: "prod".into(),
                tier: None,
                state: RunState::Pending,
                sha: None,
                url: None,
            }),
            Detail::Wiki(Wiki {
                action: WikiAction::Updated,
                page: "Home".into(),
                slug: None,
                url: None,
                message: None,
            }),
            Detail::MergeGroup(MergeGroup {
                destroyed: true,
                ..testing::merge_group()
            }),
            Detail::MergeGroup(testing::merge_group()),
            Detail::Repository(RepositoryChange::Renamed("acme/old".into())),
            Detail::Repository(RepositoryChange::Deleted),
            Detail::Repository(RepositoryChange::Other("starred".into())),
            Detail::Installation(Installation {
                action: InstallationAction::Renamed,
                id: "50".into(),
                account: user,
                all_repositories: Some(true),
                added: vec![],
                removed: vec![RepositoryName {
                    id: None,
                    full_name: "acme/w".into(),
                }],
            }),
            Detail::Ping,
            Detail::Unknown("odd".into()),
        ];
        for detail in details {
            let whole = testing::event(detail);
            let bare = Event {
                repository: None,
                actor: None,
                ..whole.clone()
            };
            for event in [whole, bare] {
                let text = serde_json::to_string(&event).unwrap();
                assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event, "{text}");
            }
        }
    }
}
