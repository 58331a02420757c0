use uuid::Uuid;

use super::*;
use crate::delivery::Reason;
use crate::evaluation::Trust;
use crate::event::{
    Detail, Event, PullRequest, PullRequestAction, PullRequestState, Push, Release, ReleaseAction, Tag,
};
use crate::ids::{DeliveryId, IntegrationId, OrganizationId, TriggerId};
use crate::integration::Integration;
use crate::project::{Bootstrap, Project};
use crate::queueing::Gate;
use crate::repository::EventRepository;
use crate::trigger::{Trigger, TriggerKind};

fn judged(trigger: Trigger, detail: Detail) -> Option<Reason> {
    match Listener::new(trigger).judge(&cases::event(detail)) {
        Passage::Pass => None,
        Passage::Stop(reason) => Some(reason),
    }
}

fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(|&it| it.to_owned()).collect()
}

#[test]
fn a_push_passes_by_branch_message_and_paths() {
    use Reason::{Filtered, PathsUnchanged, SkipRequested};
    let trigger = Trigger {
        branches: list(&["main", "release/*"]),
        paths: list(&["src/**"]),
        ..cases::trigger(1, TriggerKind::Push)
    };
    let push = cases::push("refs/heads/main");
    let skipping = Push {
        commits: vec![cases::commit(&cases::sha('b'), "x [skip ci]")],
        ..push.clone()
    };
    let docs = Push {
        changed_paths: list(&["docs/a"]),
        paths_complete: true,
        ..push.clone()
    };
    for (push, reason) in [
        (push.clone(), None),
        (cases::push("refs/heads/release/1"), None),
        (cases::push("refs/heads/dev"), Some(Filtered)),
        (cases::push("refs/pull/7/head"), Some(Filtered)),
        (cases::push("main"), Some(Filtered)),
        (
            Push {
                deleted: true,
                after: None,
                ..push.clone()
            },
            Some(Filtered),
        ),
        (skipping.clone(), Some(SkipRequested)),
        (
            Push {
                commits: skipping.commits.clone(),
                ..docs.clone()
            },
            Some(SkipRequested),
        ),
        (docs.clone(), Some(PathsUnchanged)),
        (
            Push {
                paths_complete: false,
                ..docs.clone()
            },
            None,
        ),
        (
            Push {
                ref_name: "refs/heads/dev".into(),
                ..docs
            },
            Some(Filtered),
        ),
    ] {
        assert_eq!(judged(trigger.clone(), Detail::Push(push.clone())), reason, "{push:?}");
    }
    assert_eq!(
        judged(
            Trigger {
                skip_ci: false,
                ..trigger.clone()
            },
            Detail::Push(skipping)
        ),
        None
    );
    assert_eq!(
        judged(
            Trigger {
                active: false,
                ..trigger
            },
            Detail::Push(push)
        ),
        Some(Reason::Inactive)
    );
}

#[test]
fn a_tag_passes_by_name_and_message() {
    let trigger = Trigger {
        tags: list(&["/^v\\d/"]),
        paths: list(&["src/**"]),
        ..cases::trigger(1, TriggerKind::Tag)
    };
    for (tag, reason) in [
        (cases::tag("v1"), None),
        (cases::tag("nightly"), Some(Reason::Filtered)),
        (
            Tag {
                deleted: true,
                ..cases::tag("v1")
            },
            Some(Reason::Filtered),
        ),
        (
            Tag {
                message: Some("x [ci skip]".into()),
                ..cases::tag("v1")
            },
            Some(Reason::SkipRequested),
        ),
    ] {
        assert_eq!(judged(trigger.clone(), Detail::Tag(tag.clone())), reason, "{tag:?}");
    }
}

#[test]
fn a_pull_request_passes_by_action_branches_labels_and_draft() {
    let plain = cases::trigger(1, TriggerKind::PullRequest);
    let picky = Trigger {
        branches: list(&["feature"]),
        target_branches: list(&["main"]),
        labels: list(&["ci", "urgent"]),
        paths: list(&["src/**"]),
        drafts: false,
        ..plain.clone()
    };
    let it = PullRequest {
        labels: list(&["x", "ci"]),
        ..cases::pull_request()
    };
    let mut elsewhere = it.clone();
    elsewhere.base.ref_name = "refs/heads/dev".into();
    let mut other_branch = it.clone();
    other_branch.head.ref_name = "refs/heads/other".into();
    for (it, by_plain, by_picky) in [
        (it.clone(), None, None),
        (
            PullRequest {
                action: PullRequestAction::Updated,
                ..it.clone()
            },
            None,
            None,
        ),
        (
            PullRequest {
                action: PullRequestAction::Labeled,
                ..it.clone()
            },
            Some(Reason::Filtered),
            Some(Reason::Filtered),
        ),
        (
            PullRequest {
                labels: vec![],
                ..it.clone()
            },
            None,
            Some(Reason::Filtered),
        ),
        (elsewhere, None, Some(Reason::Filtered)),
        (other_branch, None, Some(Reason::Filtered)),
        (
            PullRequest {
                draft: true,
                ..it.clone()
            },
            None,
            Some(Reason::Draft),
        ),
        (
            PullRequest {
                state: PullRequestState::Closed,
                ..it.clone()
            },
            Some(Reason::Filtered),
            Some(Reason::Filtered),
        ),
        (
            PullRequest {
                state: PullRequestState::Merged,
                ..it.clone()
            },
            Some(Reason::Filtered),
            Some(Reason::Filtered),
        ),
    ] {
        assert_eq!(
            judged(plain.clone(), Detail::PullRequest(it.clone())),
            by_plain,
            "{it:?}"
        );
        assert_eq!(
            judged(picky.clone(), Detail::PullRequest(it.clone())),
            by_picky,
            "{it:?}"
        );
    }
    let all = Trigger {
        actions: vec![],
        ..plain
    };
    assert_eq!(
        judged(
            all.clone(),
            Detail::PullRequest(PullRequest {
                action: PullRequestAction::Labeled,
                ..it.clone()
            })
        ),
        None
    );
    let closed = PullRequest {
        action: PullRequestAction::Closed,
        state: PullRequestState::Closed,
        ..it
    };
    let named = Trigger {
        actions: list(&["closed"]),
        ..all
    };
    assert_eq!(
        judged(named, Detail::PullRequest(closed)),
        Some(Reason::Filtered),
        "what was closed never queues"
    );
}

#[test]
fn a_release_passes_by_action_tag_and_kind() {
    let plain = cases::trigger(1, TriggerKind::Release);
    let picky = Trigger {
        tags: list(&["v*"]),
        prereleases: false,
        drafts: false,
        actions: list(&["created", "published", "deleted"]),
        ..plain.clone()
    };
    let it = cases::release("v1");
    for (it, by_plain, by_picky) in [
        (it.clone(), None, None),
        (
            Release {
                prerelease: true,
                ..it.clone()
            },
            None,
            Some(Reason::Filtered),
        ),
        (cases::release("x"), None, Some(Reason::Filtered)),
        (
            Release {
                action: ReleaseAction::Created,
                draft: true,
                ..it.clone()
            },
            Some(Reason::Filtered),
            Some(Reason::Draft),
        ),
        (
            Release {
                action: ReleaseAction::Deleted,
                ..it
            },
            Some(Reason::Filtered),
            Some(Reason::Filtered),
        ),
    ] {
        assert_eq!(judged(plain.clone(), Detail::Release(it.clone())), by_plain, "{it:?}");
        assert_eq!(judged(picky.clone(), Detail::Release(it.clone())), by_picky, "{it:?}");
    }
}

#[test]
fn a_stored_pattern_that_compiles_no_more_stops_its_trigger_alone() {
    let broken = Trigger {
        branches: list(&["/(/"]),
        ..cases::trigger(1, TriggerKind::Push)
    };
    assert_eq!(judged(broken.clone(), push()), Some(Reason::DbError));
    let sound = cases::trigger(2, TriggerKind::Push);
    assert_eq!(
        skipped(&Given {
            triggers: vec![broken.clone(), sound],
            ..given()
        }),
        None
    );
    let dev = Trigger {
        branches: list(&["dev"]),
        ..cases::trigger(2, TriggerKind::Push)
    };
    assert_eq!(
        skipped(&Given {
            triggers: vec![broken, dev],
            ..given()
        }),
        Some(Reason::DbError)
    );
}

/// One delivery and one project.
#[derive(Clone)]
struct Given {
    event: Event,
    integration: Integration,
    links: Links,
    project: Project,
    triggers: Vec<Trigger>,
}

fn push() -> Detail {
    Detail::Push(cases::push("refs/heads/main"))
}

fn given() -> Given {
    Given {
        event: cases::event(push()),
        integration: cases::integration(),
        links: Links::Some,
        project: cases::project(),
        triggers: vec![cases::trigger(1, TriggerKind::Push)],
    }
}

/// The scanned count, the one verdict, the whole reason.
fn matched(given: &Given) -> (usize, Option<Verdict>, Option<Reason>) {
    let (count, first, reason) = with_candidate(given);
    (count, first.map(|(verdict, _, _)| verdict), reason)
}

type First = (Verdict, Option<String>, Option<u64>);

fn with_candidate(given: &Given) -> (usize, Option<First>, Option<Reason>) {
    let listeners = given.triggers.iter().cloned().map(Listener::new).collect();
    let linked = LinkedProject {
        project: given.project.clone(),
        listeners,
    };
    let repository = given
        .event
        .repository
        .as_ref()
        .and_then(|it| EventRepository::of_urls(&it.urls));
    let (integrations, projects) = ([&given.integration], [&linked]);
    let found = match_delivery(&Arriving {
        delivery: DeliveryId(Uuid::from_u128(9)),
        forge: cases::FORGE,
        event: &given.event,
        repository: repository.as_ref(),
        integrations: &integrations,
        links: given.links,
        projects: &projects,
        shorthands: &[],
    });
    let first = found
        .candidates
        .first()
        .map(|it| (it.verdict.clone(), it.pin.as_ref().map(|pin| pin.id.clone()), it.closes));
    (found.candidates.len(), first, found.reason)
}

fn skipped(given: &Given) -> Option<Reason> {
    match matched(given).1 {
        Some(Verdict::Skip { reason, .. }) => Some(reason),
        _ => None,
    }
}

#[test]
fn a_push_to_a_linked_project_is_work() {
    let (count, verdict, reason) = matched(&given());
    assert_eq!((count, reason), (1, None));
    let Some(Verdict::Queue { decider, work, gate }) = verdict else {
        panic!("{verdict:?}")
    };
    assert_eq!(
        (decider.trigger.0.as_u128(), gate, work.trust),
        (1, Gate::Open, Trust::Trusted)
    );
    assert_eq!(work.clone_url, "git@git.example:acme/Widgets.git");
    assert_eq!(
        (work.ref_name.as_str(), work.fetch_ref.as_str()),
        ("refs/heads/main", "refs/heads/main")
    );
    assert_eq!((work.sha, work.before), (cases::sha('b'), Some(cases::sha('a'))));
    assert_eq!(work.repository_id.as_deref(), Some("42"));
    assert_eq!(
        (
            work.cause.event.as_str(),
            work.cause.actor.as_deref(),
            work.cause.pull_request
        ),
        ("push", Some("user-1"), None)
    );
    assert_eq!(work.cause.delivery_id, Some(DeliveryId(Uuid::from_u128(9))));
}

#[test]
fn a_push_that_moves_nothing_is_a_push_to_the_head() {
    let push = Push {
        before: Some(cases::sha('b')),
        ..cases::push("refs/heads/main")
    };
    assert!(matches!(
        matched(&Given {
            event: cases::event(Detail::Push(push)),
            ..given()
        })
        .1,
        Some(Verdict::Queue { .. })
    ));
}

#[test]
fn a_stranger_s_pull_request_is_held_unless_the_trigger_asks_for_no_approval() {
    let trigger = cases::trigger(1, TriggerKind::PullRequest);
    let open = Trigger {
        require_approval: false,
        ..trigger.clone()
    };
    let event = cases::event(Detail::PullRequest(cases::fork()));
    for (trigger, expected) in [(trigger, Gate::Held), (open, Gate::Open)] {
        let verdict = matched(&Given {
            event: event.clone(),
            triggers: vec![trigger],
            ..given()
        })
        .1;
        let Some(Verdict::Queue { work, gate, .. }) = verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!((gate, work.trust), (expected, Trust::Untrusted));
        assert_eq!(
            (work.ref_name.as_str(), work.fetch_ref.as_str()),
            ("refs/heads/feature", "refs/pull/7/head")
        );
        assert_eq!(
            (work.repository_id.as_deref(), work.cause.pull_request),
            (Some("43"), Some(7))
        );
    }
}

#[test]
fn the_reason_of_a_whole_delivery_says_what_is_missing() {
    let narrowed = |only: &str| Integration {
        repositories: list(&[only]),
        ..cases::integration()
    };
    let nowhere = |urls: &[&str]| {
        let mut event = cases::event(push());
        event.repository.as_mut().unwrap().urls = list(urls);
        event
    };
    let foreign = Trigger {
        integration: Some(IntegrationId(Uuid::from_u128(99))),
        ..cases::trigger(1, TriggerKind::Push)
    };
    let unlinked = Trigger {
        integration: None,
        ..cases::trigger(1, TriggerKind::Push)
    };
    let other_organization = Integration {
        organization: OrganizationId(Uuid::from_u128(99)),
        ..cases::integration()
    };
    let other_project = Project {
        identity: "git.example/acme/other".into(),
        ..cases::project()
    };
    let other_host = Project {
        identity: "other.example/acme/widgets".into(),
        ..cases::project()
    };
    let no_repository = Event {
        repository: None,
        ..cases::event(Detail::Ping)
    };
    let issue = cases::event(Detail::MergeGroup(crate::event::MergeGroup {
        head_sha: cases::sha('b'),
        base_sha: None,
        head_ref: "refs/heads/x".into(),
        destroyed: false,
    }));
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
                triggers: vec![cases::trigger(1, TriggerKind::Tag)],
                ..given()
            },
            1,
            Reason::NoTriggerForEvent,
        ),
        (
            "a schedule",
            Given {
                triggers: vec![cases::trigger(1, TriggerKind::Schedule)],
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
    let project = cases::project;
    let manual = Project {
        bootstrap: Bootstrap::Manual,
        ..project()
    };
    let replaced = Project {
        repository_id: Some(cases::stable("41")),
        ..project()
    };
    let off = Project {
        active: false,
        ..project()
    };
    let dev = Trigger {
        branches: list(&["dev"]),
        ..cases::trigger(1, TriggerKind::Push)
    };
    let gone = Push {
        deleted: true,
        after: None,
        ..cases::push("refs/heads/main")
    };
    let unsafe_ref = Push {
        ref_name: "refs/heads/--upload-pack=x".into(),
        ..cases::push("")
    };
    let comment = cases::event(Detail::Review(crate::event::Review {
        id: None,
        state: crate::event::ReviewState::Approved,
        author: cases::user("1"),
        number: 7,
        commit: None,
    }));
    let unknown_commit = Tag {
        commit: None,
        ..cases::tag("v1")
    };
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
                event: cases::event(Detail::Push(gone)),
                ..given()
            },
            Some(Reason::Filtered),
        ),
        (
            "unsafe ref",
            Given {
                event: cases::event(Detail::Push(unsafe_ref)),
                ..given()
            },
            Some(Reason::Filtered),
        ),
        (
            "a review",
            Given {
                event: comment,
                triggers: vec![cases::trigger(1, TriggerKind::Comment)],
                ..given()
            },
            Some(Reason::Filtered),
        ),
        (
            "commit unknown",
            Given {
                event: cases::event(Detail::Tag(unknown_commit)),
                triggers: vec![cases::trigger(1, TriggerKind::Tag)],
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
        triggers: vec![cases::trigger(1, TriggerKind::Tag)],
        ..given()
    };
    assert_eq!(
        matched(&other_kind).2,
        Some(Reason::NoTriggerForEvent),
        "a project that is off but never listened"
    );
}

#[test]
fn the_oldest_trigger_that_lets_it_through_decides_else_the_one_it_came_furthest_with() {
    let dev = |number| Trigger {
        branches: list(&["dev"]),
        ..cases::trigger(number, TriggerKind::Push)
    };
    let docs = |number| Trigger {
        paths: list(&["docs/**"]),
        ..cases::trigger(number, TriggerKind::Push)
    };
    let off = |number| Trigger {
        active: false,
        ..cases::trigger(number, TriggerKind::Push)
    };
    let open = |number| cases::trigger(number, TriggerKind::Push);
    let push = Push {
        changed_paths: list(&["src/a"]),
        paths_complete: true,
        ..cases::push("refs/heads/main")
    };
    for (triggers, trigger, reason) in [
        (vec![open(5), open(4)], 4, None),
        (vec![dev(1), docs(2), open(7), open(3)], 3, None),
        (vec![dev(1), docs(2), off(3)], 2, Some(Reason::PathsUnchanged)),
        (vec![docs(2), dev(1)], 2, Some(Reason::PathsUnchanged)),
        (vec![off(1), dev(9), dev(4)], 4, Some(Reason::Filtered)),
        (vec![off(2), off(1)], 1, Some(Reason::Inactive)),
        (
            vec![off(1), cases::trigger(2, TriggerKind::Tag)],
            1,
            Some(Reason::Inactive),
        ),
    ] {
        let verdict = matched(&Given {
            event: cases::event(Detail::Push(push.clone())),
            triggers,
            ..given()
        })
        .1
        .unwrap();
        let found = match verdict {
            Verdict::Queue { decider, .. } => (decider.trigger, None),
            Verdict::Skip { decider, reason } => (decider.unwrap().trigger, Some(reason)),
            Verdict::Unconcerned => panic!("unconcerned"),
        };
        assert_eq!(found, (TriggerId(Uuid::from_u128(trigger)), reason));
    }
}

#[test]
fn the_first_proved_event_pins_the_repository_whatever_comes_of_it() {
    let unpinned = Project {
        repository_id: None,
        ..cases::project()
    };
    for triggers in [
        vec![cases::trigger(1, TriggerKind::Push)],
        vec![cases::trigger(1, TriggerKind::Tag)],
    ] {
        let (_, first, _) = with_candidate(&Given {
            project: unpinned.clone(),
            triggers,
            ..given()
        });
        assert_eq!(first.unwrap().1.as_deref(), Some("42"));
    }
    assert_eq!(with_candidate(&given()).1.unwrap().1, None, "it is pinned already");
    let mut event = cases::event(push());
    event.repository.as_mut().unwrap().id = None;
    let (_, first, _) = with_candidate(&Given {
        project: unpinned,
        event,
        ..given()
    });
    let (verdict, pin, _) = first.unwrap();
    assert_eq!(pin, None);
    assert!(
        matches!(verdict, Verdict::Queue { gate: Gate::Held, .. }),
        "without ids nothing is the project's own"
    );
}

#[test]
fn closing_ends_what_the_pull_request_caused_unless_the_repository_is_another() {
    let closed = PullRequest {
        action: PullRequestAction::Closed,
        state: PullRequestState::Closed,
        ..cases::pull_request()
    };
    let given = Given {
        event: cases::event(Detail::PullRequest(closed)),
        ..given()
    };
    assert_eq!(
        with_candidate(&given).1.unwrap().2,
        Some(7),
        "even where no trigger listens to pull requests"
    );
    let replaced = Project {
        repository_id: Some(cases::stable("41")),
        ..cases::project()
    };
    assert_eq!(
        with_candidate(&Given {
            project: replaced,
            ..given.clone()
        })
        .1
        .unwrap()
        .2,
        None
    );
    let open = Given {
        event: cases::event(Detail::PullRequest(cases::pull_request())),
        ..given
    };
    assert_eq!(with_candidate(&open).1.unwrap().2, None);
}
