//! Trust: what makes code held. This is the whole rule.
//!
//! [`EventContext::trust`] says whose code an event brings: ids decide, never names, and what is not shown to be the project's own is a
//! stranger's. [`trust_of_rerun`] says it of a head that is evaluated once more. [`gate`] makes of it whether the evaluation is held; a
//! held one is queued only when its commit is approved (`approval`), or when the forge says that all who brought it may write.

use crate::evaluation::Trust;
use crate::event::{Detail, Event, PullRequest, Side};
use crate::project::{Project, StableId};
use crate::queueing::Gate;

/// The forge and the host of the instance that an event came from.
#[derive(Clone, Copy, Debug)]
pub struct Instance<'a> {
    /// The forge's name.
    pub forge: &'a str,
    /// The host, in lower case, with its port where that is not the scheme's own.
    pub host: &'a str,
}

/// The relation of an event's repository to the one that a project pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pinning {
    /// The event's repository is the pinned one.
    Same,
    /// Nothing is pinned yet: the event's repository is to be.
    First,
    /// The event does not tell its repository's id. Its code is a stranger's.
    Unknown,
    /// The event is of another repository under the same name.
    Replaced,
}

/// An event with the instance that it came from: all that trust is derived from.
#[derive(Clone, Copy, Debug)]
pub struct EventContext<'a> {
    /// The event itself.
    pub event: &'a Event,
    /// The instance that it came from.
    pub instance: Instance<'a>,
}

impl Instance<'_> {
    /// The stable id of what the forge numbers so. Numbers that forges give to what is gone (none, `0`, negative ones) make none.
    #[must_use]
    pub fn id(&self, number: Option<&str>) -> Option<StableId> {
        let number = number.filter(|it| !it.is_empty() && *it != "0" && !it.starts_with('-'))?;
        Some(StableId {
            forge: self.forge.to_owned(),
            host: self.host.to_owned(),
            id: number.to_owned(),
        })
    }
}

impl Pinning {
    /// Compares what is pinned with what an event names. The writer asks again in its transaction.
    #[must_use]
    pub fn of(pinned: Option<&StableId>, named: Option<&StableId>) -> Self {
        match (pinned, named) {
            (_, None) => Self::Unknown,
            (None, Some(_)) => Self::First,
            (Some(pinned), Some(named)) if pinned == named => Self::Same,
            (Some(_), Some(_)) => Self::Replaced,
        }
    }
}

/// The gate for strangers' code under a trigger.
#[must_use]
pub const fn gate_of_strangers(require_approval: bool) -> Gate {
    if require_approval { Gate::Held } else { Gate::Open }
}

/// The gate for code of this trust, where that for strangers' is given: what is trusted, or was approved, is never held.
#[must_use]
pub const fn gate(trust: Trust, strangers: Gate) -> Gate {
    match trust {
        Trust::Trusted | Trust::Approved => Gate::Open,
        Trust::Untrusted => strangers,
    }
}

/// The trust of a head that is evaluated once more. What was released once, for this very commit, stays released; `recorded` are the
/// commits of the pull request that are on record, with their trust. Else it is trusted as the project's own branch, or not.
#[must_use]
pub fn trust_of_rerun<'r>(sha: &str, recorded: impl IntoIterator<Item = (&'r str, Trust)>, is_own: bool) -> Trust {
    let mut released = recorded
        .into_iter()
        .filter(|(it, trust)| *it == sha && *trust != Trust::Untrusted);
    let own = if is_own { Trust::Trusted } else { Trust::Untrusted };
    released.next().map_or(own, |(_, trust)| trust)
}

/// True for a head, as the forge shows it, that is a branch of the project's own, pinned repository.
#[must_use]
pub fn is_own_branch(project: &Project, forge: &str, repository_id: Option<&str>, ref_name: &str) -> bool {
    let Some(pinned) = &project.repository_id else {
        return false;
    };
    let host = &pinned.host;
    let named = Instance { forge, host }.id(repository_id);
    named.as_ref() == Some(pinned) && ref_name.starts_with("refs/heads/")
}

impl EventContext<'_> {
    /// The stable id of the event's repository.
    #[must_use]
    pub fn repository(&self) -> Option<StableId> {
        self.instance.id(self.event.repository.as_ref()?.id.as_deref())
    }

    /// The trust of its code, for one project. The code is the project's own where
    ///
    /// - the event's repository is the pinned one, or the one to be pinned, and
    /// - a branch under `refs/heads/` or a tag of it moved: only who may write there can do that; or its merge queue made such a
    ///   branch: only who may merge can enter the queue; or both sides of a pull request lie in it, the head is a branch under
    ///   `refs/heads/` (other refs are outsiders'), and the plugin sees no fork; or
    /// - the project trusts, by id, the author of the pull request and, for code that is new, also who brought it.
    ///
    /// Never answers [`Trust::Approved`]: that comes by a release alone.
    #[must_use]
    pub fn trust(&self, project: &Project) -> Trust {
        let named = self.repository();
        let known = matches!(
            Pinning::of(project.repository_id.as_ref(), named.as_ref()),
            Pinning::Same | Pinning::First
        );
        let own = match &self.event.detail {
            Detail::Push(push) => push.ref_name.starts_with("refs/heads/"),
            Detail::MergeGroup(group) => group.head_ref.starts_with("refs/heads/"),
            Detail::Tag(_) | Detail::Release(_) => true,
            Detail::PullRequest(it) => self.is_inside(it, named.as_ref()) || self.is_by_trusted(it, &project.trusted),
            _ => false,
        };
        if known && own { Trust::Trusted } else { Trust::Untrusted }
    }

    fn is_inside(&self, pull_request: &PullRequest, repository: Option<&StableId>) -> bool {
        let here = |side: &Side| {
            let id = self.instance.id(side.repository_id.as_deref());
            id.is_some() && id.as_ref() == repository
        };
        !pull_request.fork
            && here(&pull_request.head)
            && here(&pull_request.base)
            && pull_request.head.ref_name.starts_with("refs/heads/")
    }

    fn is_by_trusted(&self, pull_request: &PullRequest, trusted: &[StableId]) -> bool {
        let listed = |id: Option<&str>| self.instance.id(id).is_some_and(|id| trusted.contains(&id));
        let pusher = self.event.actor.as_ref().and_then(|actor| actor.user.id.as_deref());
        listed(pull_request.author.id.as_deref()) && (!pull_request.new_code || listed(pusher))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Actor, Tag};
    use crate::testing::{self, FORGE, HOST, stable};

    /// A name, and what makes a pull request a stranger's.
    type Change = (&'static str, fn(&mut PullRequest));

    const HERE: Instance<'static> = Instance {
        forge: FORGE,
        host: HOST,
    };

    fn trust(event: &Event, project: &Project) -> Trust {
        EventContext { event, instance: HERE }.trust(project)
    }

    fn pull_request(change: impl FnOnce(&mut PullRequest)) -> Event {
        let mut it = testing::pull_request();
        change(&mut it);
        testing::event(Detail::PullRequest(it))
    }

    fn trusting(ids: &[&str]) -> Project {
        Project {
            trusted: ids.iter().map(|id| stable(id)).collect(),
            ..testing::project()
        }
    }

    #[test]
    fn a_pull_request_is_own_only_where_every_id_says_so() {
        let project = testing::project();
        assert_eq!(trust(&pull_request(|_| ()), &project), Trust::Trusted);
        let unpinned = Project {
            repository_id: None,
            ..testing::project()
        };
        assert_eq!(
            trust(&pull_request(|_| ()), &unpinned),
            Trust::Trusted,
            "the id is pinned by this very event"
        );
        let changes: [Change; 9] = [
            ("the plugin sees a fork", |it| it.fork = true),
            ("another repository, though the plugin sees no fork", |it| {
                it.head.repository_id = Some("43".into())
            }),
            ("the fork is gone", |it| it.head.repository_id = None),
            ("the fork is gone, in numbers", |it| {
                it.head.repository_id = Some("-1".into())
            }),
            ("both sides lie elsewhere", |it| {
                it.head.repository_id = Some("43".into());
                it.base.repository_id = Some("43".into());
            }),
            ("the base is not told", |it| it.base.repository_id = None),
            ("an outsider's ref", |it| it.head.ref_name = "refs/pull/7/head".into()),
            ("a short ref", |it| it.head.ref_name = "feature".into()),
            ("no ref", |it| it.head.ref_name.clear()),
        ];
        for (name, change) in changes {
            assert_eq!(trust(&pull_request(change), &project), Trust::Untrusted, "{name}");
        }
    }

    #[test]
    fn a_head_that_was_asked_for_is_own_only_as_a_branch_of_the_pinned_repository() {
        let project = testing::project();
        assert!(is_own_branch(&project, FORGE, Some("42"), "refs/heads/x"));
        for (forge, id, name) in [
            (FORGE, Some("43"), "refs/heads/x"),
            (FORGE, None, "refs/heads/x"),
            (FORGE, Some("42"), "refs/pull/7/head"),
            ("otherforge", Some("42"), "refs/heads/x"),
        ] {
            assert!(!is_own_branch(&project, forge, id, name), "{forge} {id:?} {name}");
        }
        let unpinned = Project {
            repository_id: None,
            ..project
        };
        assert!(!is_own_branch(&unpinned, FORGE, Some("42"), "refs/heads/x"));
    }

    #[test]
    fn an_id_is_of_a_forge_and_a_host() {
        let event = pull_request(|_| ());
        for pinned in [
            StableId {
                id: "43".into(),
                ..stable("42")
            },
            StableId {
                host: "git.example:3000".into(),
                ..stable("42")
            },
            StableId {
                forge: "otherforge".into(),
                ..stable("42")
            },
        ] {
            let project = Project {
                repository_id: Some(pinned.clone()),
                ..testing::project()
            };
            assert_eq!(trust(&event, &project), Trust::Untrusted, "{pinned:?}");
        }
        let mut nameless = event;
        nameless.repository.as_mut().unwrap().id = None;
        assert_eq!(trust(&nameless, &testing::project()), Trust::Untrusted);
        nameless.repository = None;
        assert_eq!(trust(&nameless, &testing::project()), Trust::Untrusted);
    }

    #[test]
    fn a_branch_or_tag_of_the_pinned_repository_is_own() {
        let project = testing::project();
        let push = |name: &str| testing::event(Detail::Push(testing::push(name)));
        assert_eq!(trust(&push("refs/heads/main"), &project), Trust::Trusted);
        assert_eq!(trust(&push("refs/pull/7/head"), &project), Trust::Untrusted);
        assert_eq!(
            trust(&testing::event(Detail::Tag(Tag { ..testing::tag("v1") })), &project),
            Trust::Trusted
        );
        assert_eq!(
            trust(&testing::event(Detail::Release(testing::release("v1"))), &project),
            Trust::Trusted
        );
        assert_eq!(trust(&testing::event(Detail::Ping), &project), Trust::Untrusted);
        let replaced = Project {
            repository_id: Some(stable("41")),
            ..testing::project()
        };
        assert_eq!(trust(&push("refs/heads/main"), &replaced), Trust::Untrusted);
    }

    #[test]
    fn the_list_must_name_the_author_and_for_new_code_who_brought_it() {
        let by = |author: Option<&str>, actor: Option<&str>, new_code| {
            let mut it = PullRequest {
                new_code,
                ..testing::fork()
            };
            it.author.id = author.map(str::to_owned);
            let mut event = testing::event(Detail::PullRequest(it));
            event.actor = actor.map(|id| Actor {
                user: testing::user(id),
                bot: false,
            });
            event
        };
        for (name, event, listed, expected) in [
            (
                "author alone",
                by(Some("1"), Some("1"), true),
                &["1"][..],
                Trust::Trusted,
            ),
            ("nobody", by(Some("1"), Some("1"), true), &[], Trust::Untrusted),
            (
                "a stranger pushed",
                by(Some("1"), Some("2"), true),
                &["1"],
                Trust::Untrusted,
            ),
            (
                "both are listed",
                by(Some("1"), Some("2"), true),
                &["1", "2"],
                Trust::Trusted,
            ),
            (
                "a stranger only put a label on",
                by(Some("1"), Some("2"), false),
                &["1"],
                Trust::Trusted,
            ),
            (
                "a trusted one pushed to a stranger's",
                by(Some("1"), Some("2"), true),
                &["2"],
                Trust::Untrusted,
            ),
            (
                "the pusher is not told",
                by(Some("1"), None, true),
                &["1"],
                Trust::Untrusted,
            ),
            (
                "the author is not told",
                by(None, Some("1"), true),
                &["1"],
                Trust::Untrusted,
            ),
        ] {
            assert_eq!(trust(&event, &trusting(listed)), expected, "{name}");
        }
        let elsewhere = Project {
            trusted: vec![StableId {
                host: "other".into(),
                ..stable("1")
            }],
            ..testing::project()
        };
        assert_eq!(trust(&by(Some("1"), Some("1"), true), &elsewhere), Trust::Untrusted);
        let replaced = Project {
            repository_id: Some(stable("41")),
            ..trusting(&["1"])
        };
        assert_eq!(trust(&by(Some("1"), Some("1"), true), &replaced), Trust::Untrusted);
    }

    #[test]
    fn numbers_of_what_is_gone_are_no_ids() {
        for number in [None, Some(""), Some("0"), Some("-1")] {
            assert_eq!(HERE.id(number), None, "{number:?}");
        }
        assert_eq!(HERE.id(Some("42")), Some(stable("42")));
    }

    #[test]
    fn what_is_pinned_is_compared_with_what_is_named() {
        let (one, other) = (stable("1"), stable("2"));
        assert_eq!(Pinning::of(Some(&one), Some(&one)), Pinning::Same);
        assert_eq!(Pinning::of(Some(&one), Some(&other)), Pinning::Replaced);
        assert_eq!(Pinning::of(None, Some(&one)), Pinning::First);
        assert_eq!(Pinning::of(Some(&one), None), Pinning::Unknown);
        assert_eq!(Pinning::of(None, None), Pinning::Unknown);
    }
}
