//! The events that one trigger lets through, and the reasons for those that it stops.

use super::*;
use crate::event::{MergeGroup, PullRequest, PullRequestAction, PullRequestState, Push, Release, ReleaseAction, Tag};

#[test]
fn a_push_passes_by_branch_message_and_paths() {
    use Reason::{Filtered, PathsUnchanged, SkipRequested};
    let trigger = Trigger {
        branches: list(&["main", "release/*"]),
        paths: list(&["src/**"]),
        ..testing::trigger(1, TriggerKind::Push)
    };
    let push = testing::push("refs/heads/main");
    let skipping = Push {
        commits: vec![testing::commit(&testing::sha('b'), "x [skip ci]")],
        ..push.clone()
    };
    let docs = Push {
        changed_paths: list(&["docs/a"]),
        paths_complete: true,
        ..push.clone()
    };
    for (push, reason) in [
        (push.clone(), None),
        (testing::push("refs/heads/release/1"), None),
        (testing::push("refs/heads/dev"), Some(Filtered)),
        (testing::push("refs/pull/7/head"), Some(Filtered)),
        (testing::push("main"), Some(Filtered)),
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
        ..testing::trigger(1, TriggerKind::Tag)
    };
    for (tag, reason) in [
        (testing::tag("v1"), None),
        (testing::tag("nightly"), Some(Reason::Filtered)),
        (
            Tag {
                deleted: true,
                ..testing::tag("v1")
            },
            Some(Reason::Filtered),
        ),
        (
            Tag {
                message: Some("x [ci skip]".into()),
                ..testing::tag("v1")
            },
            Some(Reason::SkipRequested),
        ),
    ] {
        assert_eq!(judged(trigger.clone(), Detail::Tag(tag.clone())), reason, "{tag:?}");
    }
}

#[test]
fn a_pull_request_passes_by_action_branches_labels_and_draft() {
    let plain = testing::trigger(1, TriggerKind::PullRequest);
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
        ..testing::pull_request()
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
    let plain = testing::trigger(1, TriggerKind::Release);
    let picky = Trigger {
        tags: list(&["v*"]),
        prereleases: false,
        drafts: false,
        actions: list(&["created", "published", "deleted"]),
        ..plain.clone()
    };
    let it = testing::release("v1");
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
        (testing::release("x"), None, Some(Reason::Filtered)),
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
fn a_pull_request_asks_to_be_skipped_by_its_title_or_its_head_s_message() {
    let heeding = testing::trigger(1, TriggerKind::PullRequest);
    let deaf = Trigger {
        skip_ci: false,
        ..heeding.clone()
    };
    let no_drafts = Trigger {
        drafts: false,
        ..heeding.clone()
    };
    let by_title = PullRequest {
        title: "A change [skip ci]".into(),
        ..testing::pull_request()
    };
    let by_message = PullRequest {
        message: Some("A change\n\n[ci skip]".into()),
        ..testing::pull_request()
    };
    for asking in [by_title, by_message] {
        let judged = |trigger: &Trigger, it: &PullRequest| judged(trigger.clone(), Detail::PullRequest(it.clone()));
        assert_eq!(judged(&heeding, &asking), Some(Reason::SkipRequested));
        assert_eq!(judged(&deaf, &asking), None);
        let draft = PullRequest { draft: true, ..asking };
        assert_eq!(judged(&no_drafts, &draft), Some(Reason::Draft));
    }
}

#[test]
fn a_merge_group_passes_by_its_target_alone() {
    let picky = Trigger {
        branches: list(&["feature"]),
        target_branches: list(&["main"]),
        actions: list(&["closed"]),
        labels: list(&["ci"]),
        paths: list(&["src/**"]),
        drafts: false,
        ..testing::trigger(1, TriggerKind::PullRequest)
    };
    let to = |target: Option<&str>| MergeGroup {
        base_ref: target.map(str::to_owned),
        ..testing::merge_group()
    };
    let gone = MergeGroup {
        destroyed: true,
        ..testing::merge_group()
    };
    let off = Trigger {
        active: false,
        ..picky.clone()
    };
    for (trigger, group, reason) in [
        (&picky, to(Some("refs/heads/main")), None),
        (&picky, to(Some("refs/heads/dev")), Some(Reason::Filtered)),
        (&picky, to(None), None),
        (&picky, gone, Some(Reason::Filtered)),
        (&off, to(Some("refs/heads/main")), Some(Reason::Inactive)),
    ] {
        assert_eq!(
            judged(trigger.clone(), Detail::MergeGroup(group.clone())),
            reason,
            "{group:?}"
        );
    }
}
