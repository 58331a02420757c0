//! The reasons why a project, or a whole delivery, queues nothing.

use super::*;
use crate::event::Push;
use crate::ids::{IntegrationId, OrganizationId};
use crate::project::Bootstrap;

#[test]
fn a_stored_pattern_that_compiles_no_more_stops_its_trigger_alone() {
    let broken = Trigger {
        branches: list(&["/(/"]),
        ..testing::trigger(1, TriggerKind::Push)
    };
    assert_eq!(judged(broken.clone(), push()), Some(Reason::DbError));
    let sound = testing::trigger(2, TriggerKind::Push);
    assert_eq!(
        skipped(&Given {
            triggers: vec![broken.clone(), sound],
            ..given()
        }),
        None
    );
    let dev = Trigger {
        branches: list(&["dev"]),
        ..testing::trigger(2, TriggerKind::Push)
    };
    assert_eq!(
        skipped(&Given {
            triggers: vec![broken, dev],
            ..given()
        }),
        Some(Reason::DbError)
    );
}

#[test]
fn the_reason_of_a_whole_delivery_says_what_is_missing() {
    let narrowed = |only: &str| Integration {
        repositories: list(&[only]),
        ..testing::integration()
    };
    let nowhere = |urls: &[&str]| {
        let mut event = testing::event(push());
        event.repository.as_mut().unwrap().urls = list(urls);
        event
    };
    let foreign = Trigger {
        integration: Some(IntegrationId(Uuid::from_u128(99))),
        ..testing::trigger(1, TriggerKind::Push)
    };
    let unlinked = Trigger {
        integration: None,
        ..testing::trigger(1, TriggerKind::Push)
    };
    let other_organization = Integration {
        organization: OrganizationId(Uuid::from_u128(99)),
        ..testing::integration()
    };
    let other_project = Project {
        identity: "git.example/acme/other".into(),
        ..testing::project()
    };
    let other_host = Project {
        identity: "other.example/acme/widgets".into(),
        ..testing::project()
    };
    let no_repository = Event {
        repository: None,
        ..testing::event(Detail::Ping)
    };
    let issue = testing::event(Detail::Ping);
    for (name, given, count, reason) in [
        (
            "no links",
            Given {
                links: Links::None,
                triggers: vec![],
                ..given()
            },
            0,
            Reason::NoLinkedProject,
        ),
        (
            "no links, no repository",
            Given {
                links: Links::None,
                event: no_repository.clone(),
                ..given()
            },
            0,
            Reason::NoLinkedProject,
        ),
        (
            "no repository",
            Given {
                event: no_repository,
                ..given()
            },
            0,
            Reason::NoMatchingRepository,
        ),
        (
            "no URL",
            Given {
                event: nowhere(&[]),
                ..given()
            },
            0,
            Reason::NoMatchingRepository,
        ),
        (
            "URLs that differ",
            Given {
                event: nowhere(&["https://git.example/acme/widgets", "https://x/y/z"]),
                ..given()
            },
            0,
            Reason::NoMatchingRepository,
        ),
        (
            "another path",
            Given {
                project: other_project,
                ..given()
            },
            0,
            Reason::NoMatchingRepository,
        ),
        (
            "another host",
            Given {
                project: other_host,
                ..given()
            },
            0,
            Reason::NoMatchingRepository,
        ),
        (
            "another integration's trigger",
            Given {
                triggers: vec![foreign],
                ..given()
            },
            0,
            Reason::NoMatchingRepository,
        ),
        (
            "an unlinked trigger",
            Given {
                triggers: vec![unlinked],
                ..given()
            },
            0,
            Reason::NoMatchingRepository,
        ),
        (
            "another organization's integration",
            Given {
                integration: other_organization,
                ..given()
            },
            0,
            Reason::NoMatchingRepository,
        ),
        (
            "narrowed to another",
            Given {
                integration: narrowed("git.example/acme/other"),
                ..given()
            },
            0,
            Reason::NotThisRepository,
        ),
        (
            "another kind",
            Given {
                triggers: vec![testing::trigger(1, TriggerKind::Tag)],
                ..given()
            },
            1,
            Reason::NoTriggerForEvent,
        ),
        (
            "a schedule",
            Given {
                triggers: vec![testing::trigger(1, TriggerKind::Schedule)],
                ..given()
            },
            1,
            Reason::NoTriggerForEvent,
        ),
        (
            "nobody listens to that",
            Given {
                event: issue,
                ..given()
            },
            1,
            Reason::NoTriggerForEvent,
        ),
    ] {
        let (scanned, _, whole) = matched(&given);
        assert_eq!((scanned, whole), (count, Some(reason)), "{name}");
    }
    assert_eq!(
        matched(&Given {
            integration: narrowed("git.example/acme/widgets"),
            ..given()
        })
        .2,
        None
    );
}

#[test]
fn a_project_is_skipped_with_its_own_reason() {
    let project = testing::project;
    let manual = Project {
        bootstrap: Bootstrap::Manual,
        ..project()
    };
    let replaced = Project {
        repository_id: Some(testing::stable("41")),
        ..project()
    };
    let off = Project {
        active: false,
        ..project()
    };
    let dev = Trigger {
        branches: list(&["dev"]),
        ..testing::trigger(1, TriggerKind::Push)
    };
    let gone = Push {
        deleted: true,
        after: None,
        ..testing::push("refs/heads/main")
    };
    let unsafe_ref = Push {
        ref_name: "refs/heads/--upload-pack=x".into(),
        ..testing::push("")
    };
    let comment = testing::event(Detail::Review(crate::event::Review {
        id: None,
        state: crate::event::ReviewState::Approved,
        author: testing::user("1"),
        number: 7,
        commit: None,
    }));
    for (name, given, reason) in [
        (
            "manual",
            Given {
                project: manual.clone(),
                ..given()
            },
            Some(Reason::NoPreviousEvaluation),
        ),
        (
            "manual, begun",
            Given {
                project: Project {
                    has_evaluation: true,
                    ..manual.clone()
                },
                ..given()
            },
            None,
        ),
        (
            "replaced",
            Given {
                project: replaced.clone(),
                ..given()
            },
            Some(Reason::RepositoryReplaced),
        ),
        (
            "switched off",
            Given {
                project: off.clone(),
                ..given()
            },
            Some(Reason::Inactive),
        ),
        (
            "manual, but filtered first",
            Given {
                project: manual,
                triggers: vec![dev.clone()],
                ..given()
            },
            Some(Reason::Filtered),
        ),
        (
            "replaced, but filtered first",
            Given {
                project: replaced,
                triggers: vec![dev],
                ..given()
            },
            Some(Reason::Filtered),
        ),
        (
            "deleted",
            Given {
                event: testing::event(Detail::Push(gone)),
                ..given()
            },
            Some(Reason::Filtered),
        ),
        (
            "unsafe ref",
            Given {
                event: testing::event(Detail::Push(unsafe_ref)),
                ..given()
            },
            Some(Reason::Filtered),
        ),
        (
            "a review",
            Given {
                event: comment,
                triggers: vec![testing::trigger(1, TriggerKind::Comment)],
                ..given()
            },
            Some(Reason::Filtered),
        ),
        (
            "stored URL is none",
            Given {
                project: Project {
                    repository: "x".into(),
                    ..project()
                },
                ..given()
            },
            Some(Reason::DbError),
        ),
    ] {
        assert_eq!(skipped(&given), reason, "{name}");
    }
    let other_kind = Given {
        project: off,
        triggers: vec![testing::trigger(1, TriggerKind::Tag)],
        ..given()
    };
    assert_eq!(
        matched(&other_kind).2,
        Some(Reason::NoTriggerForEvent),
        "a project that is off but never listened"
    );
}
