//! Acts that follow from events, their identities, and their counts.

use super::*;
use crate::event::{
    Actor, Author, Comment, CommentAction, Commit, Detail, Event, Issue, IssueAction, Kind, Pipeline, PullRequest,
    PullRequestAction, PullRequestState, Push, Release, ReleaseAction, Review, ReviewState, RunState, Side, Tag, User,
};

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn heard() -> Timestamp {
    Timestamp::parse("2026-03-02T12:00:00Z").unwrap()
}

fn user(login: &str) -> User {
    User {
        id: Some(login.len().to_string()),
        login: login.into(),
    }
}

fn event(detail: Detail) -> Event {
    Event {
        repository: None,
        actor: Some(Actor {
            user: user("ann"),
            bot: false,
        }),
        time: None,
        installation: None,
        delivery_id: None,
        detail,
    }
}

fn at(time: &str, detail: Detail) -> Event {
    Event {
        time: Some(time.into()),
        ..event(detail)
    }
}

fn commit(id: &str, time: Option<&str>) -> Commit {
    Commit {
        id: id.into(),
        title: "Fix it".into(),
        message: "Fix it\n\nsecret words".into(),
        author: Author {
            name: "Ann A.".into(),
            email: Some("ann@example.org".into()),
        },
        time: time.map(str::to_owned),
        url: Some(format!("https://forge.example/c/{id}")),
        added: vec![],
        modified: vec![],
        removed: vec![],
    }
}

fn push() -> Push {
    Push {
        ref_name: "refs/heads/main".into(),
        before: Some(A.into()),
        after: Some(B.into()),
        created: false,
        deleted: false,
        forced: None,
        commits: vec![commit(B, Some("2026-03-01T10:00:00+01:00"))],
        commits_total: Some(1),
        changed_paths: vec![],
        paths_complete: false,
    }
}

fn pull(action: PullRequestAction) -> Detail {
    let side = |name: &str| Side {
        sha: Some(B.into()),
        ref_name: format!("refs/heads/{name}"),
        repository_id: None,
    };
    Detail::PullRequest(PullRequest {
        action,
        number: 7,
        title: "A change".into(),
        url: Some("https://forge.example/p/7".into()),
        state: PullRequestState::Open,
        draft: false,
        fork: false,
        labels: vec![],
        assignees: vec![],
        reviewers: vec![],
        author: user("bob"),
        head: side("topic"),
        base: side("main"),
        fetch_ref: "refs/pull/7/head".into(),
        new_code: false,
        before: None,
        message: None,
    })
}

fn issue(action: IssueAction, confidential: bool) -> Detail {
    Detail::Issue(Issue {
        action,
        number: 3,
        title: "The password is hunter2".into(),
        url: None,
        open: true,
        labels: vec![],
        author: user("bob"),
        assignees: vec![],
        confidential,
    })
}

fn review(id: Option<&str>, state: ReviewState) -> Detail {
    Detail::Review(Review {
        id: id.map(str::to_owned),
        state,
        author: user("rev"),
        number: 7,
        commit: None,
    })
}

fn comment(id: &str, number: Option<u64>, on_pull_request: bool) -> Detail {
    Detail::Comment(Comment {
        action: CommentAction::Created,
        id: id.into(),
        body: "secret words".into(),
        url: None,
        author: user("bob"),
        number,
        on_pull_request,
        confidential: false,
        head: None,
    })
}

fn pipeline(id: &str, state: RunState, duration_s: Option<f64>) -> Pipeline {
    Pipeline {
        id: id.into(),
        number: Some(12),
        sha: Some(A.into()),
        before: None,
        ref_name: Some("refs/heads/main".into()),
        tag: false,
        source: Some("push".into()),
        state,
        stages: vec![],
        duration_s,
        queued_s: None,
        requested_action: None,
    }
}

fn tag(created: bool, deleted: bool) -> Tag {
    Tag {
        name: "v1".into(),
        before: (!created).then(|| A.into()),
        object: (!deleted).then(|| B.into()),
        commit: None,
        created,
        deleted,
        message: None,
    }
}

fn release(action: ReleaseAction) -> Detail {
    Detail::Release(Release {
        action,
        tag: "v1".into(),
        name: Some("One".into()),
        url: None,
        draft: false,
        prerelease: false,
        target: None,
        commit: None,
        assets: vec![],
    })
}

fn sent(event: &Event) -> Vec<Act> {
    acts(event, heard(), Origin::Sent)
}

fn listed(event: &Event) -> Vec<Act> {
    acts(event, heard(), Origin::Recovered)
}

fn one(acts: Vec<Act>) -> Act {
    assert_eq!(acts.len(), 1, "{acts:?}");
    acts.into_iter().next().unwrap()
}

/// True if a second report of an act is recognised once the first was kept.
fn recognises(first: &Act, second: &Act) -> bool {
    second
        .identity
        .asked
        .iter()
        .any(|name| first.identity.noted.contains(name))
}

#[test]
fn each_event_makes_its_act_and_counts_what_it_says() {
    use ActivityAction as D;
    use ActivityKind as K;
    use Counter as C;
    let branch = |created, deleted| {
        Detail::Push(Push {
            created,
            deleted,
            commits: vec![],
            ..push()
        })
    };
    let run = |state| Detail::Pipeline(pipeline("1", state, None));
    for (detail, kind, action, counter) in [
        (Detail::Push(push()), K::Commit, D::Pushed, Some(C::Commits)),
        (branch(true, false), K::Branch, D::Created, Some(C::BranchesCreated)),
        (branch(false, true), K::Branch, D::Deleted, Some(C::BranchesDeleted)),
        (Detail::Tag(tag(true, false)), K::Tag, D::Created, Some(C::TagsCreated)),
        (Detail::Tag(tag(false, true)), K::Tag, D::Deleted, Some(C::TagsDeleted)),
        (Detail::Tag(tag(false, false)), K::Tag, D::Moved, None),
        (
            pull(PullRequestAction::Opened),
            K::PullRequest,
            D::Opened,
            Some(C::PullRequestsOpened),
        ),
        (
            pull(PullRequestAction::Closed),
            K::PullRequest,
            D::Closed,
            Some(C::PullRequestsClosed),
        ),
        (
            pull(PullRequestAction::Merged),
            K::PullRequest,
            D::Merged,
            Some(C::PullRequestsMerged),
        ),
        (pull(PullRequestAction::Updated), K::PullRequest, D::Updated, None),
        (pull(PullRequestAction::Reopened), K::PullRequest, D::Reopened, None),
        (
            pull(PullRequestAction::ReadyForReview),
            K::PullRequest,
            D::ReadyForReview,
            None,
        ),
        (
            pull(PullRequestAction::ConvertedToDraft),
            K::PullRequest,
            D::ConvertedToDraft,
            None,
        ),
        (
            pull(PullRequestAction::ReviewRequested),
            K::PullRequest,
            D::ReviewRequested,
            None,
        ),
        (
            review(None, ReviewState::Approved),
            K::Review,
            D::Approved,
            Some(C::ReviewsApproved),
        ),
        (
            review(Some("1"), ReviewState::ChangesRequested),
            K::Review,
            D::ChangesRequested,
            Some(C::ReviewsChangesRequested),
        ),
        (
            review(Some("1"), ReviewState::Commented),
            K::Review,
            D::Commented,
            Some(C::ReviewsCommented),
        ),
        (
            review(Some("1"), ReviewState::Dismissed),
            K::Review,
            D::Dismissed,
            Some(C::ReviewsDismissed),
        ),
        (
            issue(IssueAction::Opened, false),
            K::Issue,
            D::Opened,
            Some(C::IssuesOpened),
        ),
        (
            issue(IssueAction::Closed, false),
            K::Issue,
            D::Closed,
            Some(C::IssuesClosed),
        ),
        (issue(IssueAction::Reopened, false), K::Issue, D::Reopened, None),
        (
            comment("1", Some(7), true),
            K::Comment,
            D::Created,
            Some(C::CommentsOnPullRequests),
        ),
        (
            comment("1", Some(3), false),
            K::Comment,
            D::Created,
            Some(C::CommentsOnIssues),
        ),
        (comment("1", None, false), K::Comment, D::Created, None),
        (
            release(ReleaseAction::Published),
            K::Release,
            D::Published,
            Some(C::Releases),
        ),
        (release(ReleaseAction::Deleted), K::Release, D::Deleted, None),
        (
            run(RunState::Success),
            K::Pipeline,
            D::Success,
            Some(C::PipelinesSucceeded),
        ),
        (run(RunState::Failed), K::Pipeline, D::Failed, Some(C::PipelinesFailed)),
        (
            run(RunState::Canceled),
            K::Pipeline,
            D::Canceled,
            Some(C::PipelinesOther),
        ),
        (run(RunState::Skipped), K::Pipeline, D::Skipped, Some(C::PipelinesOther)),
    ] {
        let act = one(sent(&event(detail)));
        assert_eq!((act.activity.kind, act.activity.action), (kind, action));
        assert_eq!(act.counts, counter, "{kind:?} {action:?}");
        let mut tally = Tally::default();
        tally.act(&act);
        assert_eq!(tally.is_empty(), counter.is_none());
        assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
}

#[test]
fn what_only_says_how_things_stand_is_no_act() {
    for detail in [
        pull(PullRequestAction::Labeled),
        pull(PullRequestAction::Edited),
        pull(PullRequestAction::Other),
        issue(IssueAction::Updated, false),
        release(ReleaseAction::Updated),
        Detail::Pipeline(pipeline("1", RunState::Running, None)),
        Detail::Pipeline(Pipeline {
            number: None,
            source: None,
            ..pipeline("1", RunState::Success, None)
        }),
        Detail::Push(Push {
            before: Some(B.into()),
            ..push()
        }),
        Detail::Push(Push {
            ref_name: "refs/for/main".into(),
            ..push()
        }),
        Detail::Ping,
    ] {
        assert_eq!(sent(&event(detail.clone())), [], "{detail:?}");
    }
}

#[test]
fn confidential_and_long_text_stays_out_of_titles() {
    let hidden = one(sent(&event(issue(IssueAction::Opened, true))));
    let open = one(sent(&event(issue(IssueAction::Opened, false))));
    assert_eq!(hidden.activity.title, None);
    assert_eq!(open.activity.title.as_deref(), Some("The password is hunter2"));
    for act in [
        one(sent(&event(comment("1", Some(7), true)))),
        one(sent(&event(Detail::Push(push())))),
    ] {
        assert!(!format!("{act:?}").contains("secret words"), "{act:?}");
        assert!(!format!("{act:?}").contains("ann@example.org"), "{act:?}");
    }
    let mut long = push();
    long.commits[0].title = "é".repeat(1 << 16);
    let title = one(sent(&event(Detail::Push(long)))).activity.title.unwrap();
    assert_eq!(title, "é".repeat(100));
}

#[test]
fn an_act_has_its_own_time_and_never_a_later_one_than_it_was_heard_of() {
    let told = |time: &str| one(sent(&at(time, pull(PullRequestAction::Opened)))).activity.at;
    assert_eq!(
        told("2026-03-02T11:00:00Z"),
        Timestamp::parse("2026-03-02T11:00:00Z").unwrap()
    );
    assert_eq!(told("2031-01-01T00:00:00Z"), heard());
    assert_eq!(told("yesterday"), heard());
    let pushed = |time| {
        let commits = vec![commit(B, time)];
        one(sent(&event(Detail::Push(Push { commits, ..push() })))).activity.at
    };
    assert_eq!(
        pushed(Some("2026-03-01T10:00:00+01:00")),
        Timestamp::parse("2026-03-01T09:00:00Z").unwrap()
    );
    assert_eq!(pushed(Some("2099-01-01T00:00:00Z")), heard());
    assert_eq!(pushed(None), heard());
}

#[test]
fn a_commit_is_one_on_whichever_branch_and_in_whichever_list() {
    let first = one(sent(&event(Detail::Push(push()))));
    let mut elsewhere = push();
    elsewhere.ref_name = "refs/heads/release".into();
    elsewhere.commits[0].time = None;
    assert!(recognises(&first, &one(listed(&event(Detail::Push(elsewhere))))));
    let mut other = push();
    other.commits[0].id = A.into();
    assert!(!recognises(&first, &one(sent(&event(Detail::Push(other))))));
}

#[test]
fn a_branch_or_tag_is_made_and_goes_once_wherever_it_stood() {
    let branch = |sha: Option<&str>, created: bool| {
        Detail::Push(Push {
            created,
            deleted: !created,
            before: sha.filter(|_| !created).map(str::to_owned),
            after: sha.filter(|_| created).map(str::to_owned),
            commits: vec![],
            ..push()
        })
    };
    for created in [true, false] {
        let told = |sha, time| one(listed(&at(time, branch(sha, created))));
        let first = told(Some(A), "2026-03-02T11:00:00Z");
        assert!(recognises(&first, &told(Some(A), "2026-03-02T11:40:00Z")));
        assert!(!recognises(&first, &told(Some(B), "2026-03-02T11:00:00Z")), "anew");
        let bare = told(None, "2026-03-02T11:00:05Z");
        assert!(recognises(&first, &bare) && recognises(&bare, &first));
        assert!(!recognises(&first, &told(None, "2026-03-02T11:40:00Z")));
    }
    let first = one(sent(&event(Detail::Tag(tag(true, false)))));
    let annotated = Tag {
        commit: Some(A.into()),
        ..tag(true, false)
    };
    assert!(recognises(&first, &one(listed(&event(Detail::Tag(tag(true, false)))))));
    assert!(!recognises(&first, &one(sent(&event(Detail::Tag(annotated))))));
}

#[test]
fn what_may_happen_again_is_told_apart_by_its_time() {
    for detail in [
        pull(PullRequestAction::Closed),
        issue(IssueAction::Closed, false),
        review(None, ReviewState::Approved),
    ] {
        let told = |time| one(sent(&at(time, detail.clone())));
        let first = told("2026-03-02T10:59:50Z");
        assert!(recognises(&first, &told("2026-03-02T10:59:50Z")));
        assert!(recognises(&first, &told("2026-03-02T11:00:20Z")), "half a minute later");
        assert!(
            recognises(&first, &told("2026-03-02T10:59:20Z")),
            "half a minute earlier"
        );
        assert!(!recognises(&first, &told("2026-03-02T11:01:00Z")));
    }
    for once in [pull(PullRequestAction::Opened), pull(PullRequestAction::Merged)] {
        let told = |time| one(sent(&at(time, once.clone())));
        assert!(recognises(&told("2026-03-01T00:00:00Z"), &told("2026-03-02T00:00:00Z")));
    }
}

#[test]
fn a_review_without_a_number_is_the_one_of_the_list() {
    let time = "2026-03-02T11:00:00Z";
    let webhook = one(sent(&at(time, review(None, ReviewState::Commented))));
    let numbered = |id| at(time, review(Some(id), ReviewState::Commented));
    assert!(recognises(&webhook, &one(listed(&numbered("1")))));
    assert!(recognises(&one(listed(&numbered("1"))), &webhook));
    let (one_review, another) = (one(sent(&numbered("1"))), one(sent(&numbered("2"))));
    assert!(!recognises(&one_review, &another), "two comments within a minute");
    assert!(!recognises(&one_review, &one(listed(&numbered("2")))));
    let dismissed = one(sent(&at(time, review(Some("1"), ReviewState::Dismissed))));
    assert!(!recognises(&one_review, &dismissed));
}

#[test]
fn a_pipeline_ends_once_in_each_way() {
    let ended = |id: &str, state| one(sent(&event(Detail::Pipeline(pipeline(id, state, Some(61.5))))));
    let failed = ended("1", RunState::Failed);
    assert_eq!(failed.took, Some(61_500));
    assert!(recognises(&failed, &ended("1", RunState::Failed)));
    assert!(!recognises(&failed, &ended("1", RunState::Success)), "tried again");
    assert!(!recognises(&failed, &ended("2", RunState::Failed)));
    for nonsense in [f64::NAN, f64::INFINITY, -1.0] {
        let run = pipeline("1", RunState::Success, Some(nonsense));
        assert_eq!(one(sent(&event(Detail::Pipeline(run)))).took, None);
    }
}

mod adding_up {
    use proptest::prelude::*;

    use super::super::*;
    use super::Kind;

    fn of(times: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        times.iter().for_each(|time| histogram.enter(*time));
        histogram
    }

    proptest! {
        #[test]
        fn a_percentile_is_the_nearest_rank_within_one_part_in_sixty_four(
            mut times in prop::collection::vec(0_u64..1 << 50, 1..200), percent in 1_u8..=100,
        ) {
            let told = of(&times).percentile(percent).unwrap();
            times.sort_unstable();
            let rank = (times.len() * usize::from(percent)).div_ceil(100);
            let exact = times[rank - 1];
            prop_assert!(told.abs_diff(exact) <= exact / 64, "{told} for {exact}");
        }

        #[test]
        fn parts_added_in_any_order_are_the_whole(
            one in prop::collection::vec(0_u64..=u64::MAX, 0..50), other in prop::collection::vec(0_u64..1 << 40, 0..50),
        ) {
            let whole = of(&[one.clone(), other.clone()].concat());
            let (mut this_first, mut that_first) = (of(&one), of(&other));
            this_first.add(&of(&other));
            that_first.add(&of(&one));
            prop_assert_eq!(&this_first, &whole);
            prop_assert_eq!(&that_first, &whole);
        }
    }

    #[test]
    fn of_nothing_nothing_is_told() {
        assert_eq!(Histogram::default().percentile(50), None);
        assert_eq!(of(&[63_000]).percentile(95), Some(63_000), "one time is told as it is");
        assert_eq!(of(&[0]).percentile(50), Some(0));
    }

    #[test]
    fn tallies_of_days_are_the_tally_of_all() {
        let day = |kind| {
            let mut day = Tally::default();
            day.count(Counter::Commits);
            day.delivered(kind);
            day.took(Timing::Run, 1_000);
            day
        };
        let mut all = day(Kind::Push);
        all.add(&day(Kind::Push));
        all.add(&day(Kind::Tag));
        assert_eq!(all.of(Counter::Commits), 3);
        assert_eq!(all.of(Counter::Releases), 0);
        assert_eq!(all.deliveries().collect::<Vec<_>>(), [(Kind::Push, 2), (Kind::Tag, 1)]);
        assert_eq!(all.percentile(Timing::Run, 95), Some(1_000));
        assert_eq!(all.percentile(Timing::QueueWait, 95), None);
    }
}
