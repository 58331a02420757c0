//! The work that is queued or held, the trigger that decided it, and the other effects of a delivery.

use super::*;
use crate::evaluation::Trust;
use crate::event::{MergeGroup, PullRequest, PullRequestAction, PullRequestState, Push, Tag};
use crate::ids::TriggerId;
use crate::queueing::{Gate, WorkIdentity};

#[test]
fn a_push_to_a_linked_project_is_work() {
    let (count, verdict, reason) = matched(&given());
    assert_eq!((count, reason), (1, None));
    let Some(Verdict::Queue {
        matched_trigger: decider,
        work,
        gate,
    }) = verdict
    else {
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
    assert_eq!((work.sha, work.before), (testing::sha('b'), Some(testing::sha('a'))));
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
        before: Some(testing::sha('b')),
        ..testing::push("refs/heads/main")
    };
    assert!(matches!(
        matched(&Given {
            event: testing::event(Detail::Push(push)),
            ..given()
        })
        .1,
        Some(Verdict::Queue { .. })
    ));
}

#[test]
fn a_stranger_s_pull_request_is_held_unless_the_trigger_asks_for_no_approval() {
    let trigger = testing::trigger(1, TriggerKind::PullRequest);
    let open = Trigger {
        require_approval: false,
        ..trigger.clone()
    };
    let event = testing::event(Detail::PullRequest(testing::fork()));
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
fn the_oldest_trigger_that_lets_it_through_decides_else_the_one_it_came_furthest_with() {
    let dev = |number| Trigger {
        branches: list(&["dev"]),
        ..testing::trigger(number, TriggerKind::Push)
    };
    let docs = |number| Trigger {
        paths: list(&["docs/**"]),
        ..testing::trigger(number, TriggerKind::Push)
    };
    let off = |number| Trigger {
        active: false,
        ..testing::trigger(number, TriggerKind::Push)
    };
    let open = |number| testing::trigger(number, TriggerKind::Push);
    let push = Push {
        changed_paths: list(&["src/a"]),
        paths_complete: true,
        ..testing::push("refs/heads/main")
    };
    for (triggers, trigger, reason) in [
        (vec![open(5), open(4)], 4, None),
        (vec![dev(1), docs(2), open(7), open(3)], 3, None),
        (vec![dev(1), docs(2), off(3)], 2, Some(Reason::PathsUnchanged)),
        (vec![docs(2), dev(1)], 2, Some(Reason::PathsUnchanged)),
        (vec![off(1), dev(9), dev(4)], 4, Some(Reason::Filtered)),
        (vec![off(2), off(1)], 1, Some(Reason::Inactive)),
        (
            vec![off(1), testing::trigger(2, TriggerKind::Tag)],
            1,
            Some(Reason::Inactive),
        ),
    ] {
        let verdict = matched(&Given {
            event: testing::event(Detail::Push(push.clone())),
            triggers,
            ..given()
        })
        .1
        .unwrap();
        let found = match verdict {
            Verdict::Queue {
                matched_trigger: decider,
                ..
            } => (decider.trigger, None),
            Verdict::Skip {
                matched_trigger: decider,
                reason,
            } => (decider.unwrap().trigger, Some(reason)),
            other => panic!("{other:?}"),
        };
        assert_eq!(found, (TriggerId(Uuid::from_u128(trigger)), reason));
    }
}

#[test]
fn the_first_proved_event_pins_the_repository_whatever_comes_of_it() {
    let unpinned = Project {
        repository_id: None,
        ..testing::project()
    };
    for triggers in [
        vec![testing::trigger(1, TriggerKind::Push)],
        vec![testing::trigger(1, TriggerKind::Tag)],
    ] {
        let (_, first, _) = with_candidate(&Given {
            project: unpinned.clone(),
            triggers,
            ..given()
        });
        assert_eq!(first.unwrap().1.as_deref(), Some("42"));
    }
    assert_eq!(with_candidate(&given()).1.unwrap().1, None, "it is pinned already");
    let mut event = testing::event(push());
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
        ..testing::pull_request()
    };
    let given = Given {
        event: testing::event(Detail::PullRequest(closed)),
        ..given()
    };
    assert_eq!(
        with_candidate(&given).1.unwrap().2,
        Some(EndedSubject::PullRequest(7)),
        "even where no trigger listens to pull requests"
    );
    let replaced = Project {
        repository_id: Some(testing::stable("41")),
        ..testing::project()
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
        event: testing::event(Detail::PullRequest(testing::pull_request())),
        ..given
    };
    assert_eq!(with_candidate(&open).1.unwrap().2, None);
}

#[test]
fn what_was_deleted_ends_what_waits_for_it_whichever_trigger_listens() {
    let push = Push {
        deleted: true,
        after: None,
        ..testing::push("refs/heads/main")
    };
    let tag = Tag {
        deleted: true,
        object: None,
        commit: None,
        ..testing::tag("v1")
    };
    let group = MergeGroup {
        destroyed: true,
        ..testing::merge_group()
    };
    for detail in [Detail::Push(push), Detail::Tag(tag), Detail::MergeGroup(group)] {
        let event = testing::event(detail);
        let expected = EndedSubject::of(&event);
        let found = with_candidate(&Given { event, ..given() }).1.unwrap();
        assert!(expected.is_some());
        assert_eq!(found.2, expected);
        assert!(!matches!(found.0, Verdict::Queue { .. }));
    }
}

#[test]
fn a_merge_group_is_the_work_that_its_own_push_is() {
    let (group, trigger) = (testing::merge_group(), testing::trigger(2, TriggerKind::PullRequest));
    let push = Push {
        after: Some(group.head_sha.clone()),
        before: None,
        created: true,
        ..testing::push(&group.head_ref)
    };
    let work = |detail| {
        let triggers = vec![testing::trigger(1, TriggerKind::Push), trigger.clone()];
        let event = testing::event(detail);
        let verdict = matched(&Given {
            event,
            triggers,
            ..given()
        })
        .1;
        let Some(Verdict::Queue { work, gate, .. }) = verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!((gate, work.trust), (Gate::Open, Trust::Trusted));
        work
    };
    let (by_group, by_push) = (work(Detail::MergeGroup(group)), work(Detail::Push(push)));
    let (one, other) = (WorkIdentity::of(&by_group), WorkIdentity::of(&by_push));
    assert!(one.is_same_work(&other) && one.shares_lane(&other));
    assert_eq!(
        (by_group.cause.event.as_str(), by_group.cause.pull_request),
        ("merge_group", None)
    );
}
