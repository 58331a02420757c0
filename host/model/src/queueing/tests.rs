use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::testing;

const POLICIES: [Concurrency; 4] = [
    Concurrency::CancelSuperseded,
    Concurrency::Queue,
    Concurrency::Parallel,
    Concurrency::Skip,
];

fn id(number: u128) -> EvaluationId {
    EvaluationId(Uuid::from_u128(number))
}

fn subject<'a>(
    ref_name: &'a str,
    pull_request: Option<u64>,
    repository_id: Option<&'a str>,
    sha: &'a str,
) -> WorkIdentity<'a> {
    WorkIdentity {
        ref_name,
        pull_request,
        repository_id,
        sha,
    }
}

fn work(subject: WorkIdentity<'_>, before: Option<&str>) -> Work {
    let mut work = Work {
        fetch_ref: subject.ref_name.into(),
        ref_name: subject.ref_name.into(),
        before: before.map(str::to_owned),
        repository_id: subject.repository_id.map(str::to_owned),
        ..testing::work(subject.sha)
    };
    work.cause.pull_request = subject.pull_request;
    work
}

fn on_main(sha: &str) -> WorkIdentity<'_> {
    subject("refs/heads/main", None, Some("42"), sha)
}

fn in_request(sha: &str) -> WorkIdentity<'_> {
    subject("refs/heads/main", Some(7), Some("43"), sha)
}

#[test]
fn the_same_work_under_way_is_not_begun_again() {
    let already = |new: WorkIdentity<'_>, gate, live: WorkIdentity<'_>, state| {
        let live = [LiveEvaluation {
            id: id(1),
            state,
            subject: live,
        }];
        POLICIES.map(|policy| {
            decide(&work(new, None), gate, policy, &live)
                == Decision::Join {
                    into: id(1),
                    supersede: vec![],
                }
        })
    };
    let elsewhere = subject("refs/heads/main", None, Some("43"), "x");
    let branch = subject("refs/heads/f", None, Some("42"), "x");
    let nameless = subject("refs/heads/main", None, None, "x");
    let nameless_request = subject("refs/heads/main", Some(7), None, "x");
    for (name, new, live, same) in [
        ("the same push", on_main("x"), on_main("x"), true),
        ("another commit", on_main("x"), on_main("y"), false),
        ("another ref", on_main("x"), branch, false),
        ("another repository", on_main("x"), elsewhere, false),
        ("the same request", in_request("x"), in_request("x"), true),
        (
            "another request from elsewhere",
            in_request("x"),
            subject("refs/heads/main", Some(8), Some("44"), "x"),
            false,
        ),
        (
            "a push and the request of its branch",
            subject("refs/heads/f", Some(7), Some("42"), "x"),
            branch,
            true,
        ),
        (
            "a push, and a fork's branch of that name",
            in_request("x"),
            on_main("x"),
            false,
        ),
        ("ids not told, both pushes", nameless, nameless, true),
        ("ids not told, another request", nameless_request, nameless, false),
        (
            "ids not told, the same request",
            nameless_request,
            nameless_request,
            true,
        ),
    ] {
        for state in [State::Queued, State::Running] {
            for gate in [Gate::Open, Gate::Held] {
                assert_eq!(already(new, gate, live, state), [same; 4], "{name} {state:?} {gate:?}");
            }
        }
        assert_eq!(
            already(new, Gate::Held, live, State::Held),
            [same; 4],
            "{name}: held counts against what would be held"
        );
        assert_eq!(
            already(new, Gate::Open, live, State::Held),
            [false; 4],
            "{name}: held counts against nothing else"
        );
    }
}

#[test]
fn only_what_the_event_names_is_superseded() {
    let live = [
        LiveEvaluation {
            id: id(1),
            state: State::Running,
            subject: on_main("a"),
        },
        LiveEvaluation {
            id: id(2),
            state: State::Queued,
            subject: on_main("b"),
        },
        LiveEvaluation {
            id: id(3),
            state: State::Held,
            subject: on_main("b"),
        },
        LiveEvaluation {
            id: id(4),
            state: State::Queued,
            subject: subject("refs/heads/dev", None, Some("42"), "b"),
        },
        LiveEvaluation {
            id: id(5),
            state: State::Queued,
            subject: in_request("b"),
        },
    ];
    let queued = |policy, before| decide(&work(on_main("c"), before), Gate::Open, policy, &live);
    assert_eq!(
        queued(Concurrency::CancelSuperseded, Some("b")),
        Decision::Queue {
            supersede: vec![id(2), id(3)]
        }
    );
    assert_eq!(
        queued(Concurrency::CancelSuperseded, Some("a")),
        Decision::Queue { supersede: vec![id(1)] }
    );
    assert_eq!(
        queued(Concurrency::CancelSuperseded, Some("z")),
        Decision::Queue { supersede: vec![] },
        "arrival order proves nothing"
    );
    assert_eq!(
        queued(Concurrency::CancelSuperseded, None),
        Decision::Queue { supersede: vec![] }
    );
    for policy in [Concurrency::Queue, Concurrency::Parallel] {
        assert_eq!(
            queued(policy, Some("b")),
            Decision::Queue { supersede: vec![] },
            "{policy:?}"
        );
    }
    let held = decide(
        &work(in_request("c"), Some("b")),
        Gate::Held,
        Concurrency::CancelSuperseded,
        &live,
    );
    assert_eq!(held, Decision::Hold { supersede: vec![id(5)] });
}

#[test]
fn the_policy_skip_heeds_what_runs_or_will_and_nothing_that_is_held() {
    let decided = |state, live, gate| {
        decide(
            &work(on_main("c"), Some("a")),
            gate,
            Concurrency::Skip,
            &[LiveEvaluation {
                id: id(1),
                state,
                subject: live,
            }],
        )
    };
    for state in [State::Queued, State::Running] {
        assert_eq!(
            decided(state, on_main("a"), Gate::Open),
            Decision::Skip(Reason::Concurrency)
        );
        assert_eq!(
            decided(state, in_request("a"), Gate::Open),
            Decision::Queue { supersede: vec![] },
            "another lane"
        );
        assert_eq!(
            decided(state, on_main("a"), Gate::Held),
            Decision::Hold { supersede: vec![] }
        );
    }
    assert_eq!(
        decided(State::Held, on_main("a"), Gate::Open),
        Decision::Queue { supersede: vec![] }
    );
}

#[test]
fn a_commit_that_need_not_wait_takes_the_place_of_its_held_twin() {
    let live = [
        LiveEvaluation {
            id: id(1),
            state: State::Held,
            subject: in_request("x"),
        },
        LiveEvaluation {
            id: id(2),
            state: State::Held,
            subject: in_request("y"),
        },
    ];
    for policy in POLICIES {
        assert_eq!(
            decide(&work(in_request("x"), None), Gate::Open, policy, &live),
            Decision::Queue { supersede: vec![id(1)] },
            "{policy:?}"
        );
    }
}

#[test]
fn a_push_takes_the_place_of_the_held_pull_request_of_its_branch_and_commit() {
    let held = |repository| {
        [LiveEvaluation {
            id: id(1),
            state: State::Held,
            subject: subject("refs/heads/f", Some(7), repository, "x"),
        }]
    };
    let push = work(subject("refs/heads/f", None, Some("42"), "x"), None);
    let decided = |live: &[LiveEvaluation<'_>]| decide(&push, Gate::Open, Concurrency::Parallel, live);
    assert_eq!(decided(&held(Some("42"))), Decision::Queue { supersede: vec![id(1)] });
    for other in [Some("43"), None] {
        assert_eq!(
            decided(&held(other)),
            Decision::Queue { supersede: vec![] },
            "{other:?}"
        );
    }
}

#[test]
fn a_push_and_the_pull_request_of_its_branch_follow_each_other_in_any_order() {
    let push = |sha| subject("refs/heads/f", None, Some("42"), sha);
    let request = |sha| subject("refs/heads/f", Some(7), Some("42"), sha);
    let at = |number, state, subject| LiveEvaluation {
        id: id(number),
        state,
        subject,
    };
    let decided = |new, before, gate, live: &[LiveEvaluation<'_>]| {
        decide(&work(new, before), gate, Concurrency::CancelSuperseded, live)
    };
    let (queued, held) = (State::Queued, State::Held);
    let by_request = [at(1, queued, request("a"))];
    let superseding = Decision::Queue { supersede: vec![id(1)] };
    assert_eq!(decided(push("b"), Some("a"), Gate::Open, &by_request), superseding);
    let by_push = [at(1, queued, push("a"))];
    assert_eq!(decided(request("b"), Some("a"), Gate::Open, &by_push), superseding);
    // The one that comes second is joined, and what it names ends all the same.
    let both = [at(1, queued, request("a")), at(2, queued, request("b"))];
    let joined = Decision::Join {
        into: id(2),
        supersede: vec![id(1)],
    };
    assert_eq!(decided(push("b"), Some("a"), Gate::Open, &both), joined);
    // What would be held ends nothing that was let through by another way.
    let kept = Decision::Hold { supersede: vec![] };
    assert_eq!(decided(request("b"), Some("a"), Gate::Held, &by_push), kept);
    let waiting = [at(1, held, push("a"))];
    let ended = Decision::Hold { supersede: vec![id(1)] };
    assert_eq!(decided(request("b"), Some("a"), Gate::Held, &waiting), ended);
    // A push that moves nothing names itself.
    let itself = Decision::Join {
        into: id(1),
        supersede: vec![],
    };
    assert_eq!(decided(push("a"), Some("a"), Gate::Open, &by_push), itself);
}

#[test]
fn what_is_not_held_is_joined_by_what_would_not_be_held() {
    let live = [State::Held, State::Queued].map(|state| LiveEvaluation {
        id: id(if state == State::Held { 1 } else { 2 }),
        state,
        subject: in_request("x"),
    });
    let decided = decide(&work(in_request("x"), None), Gate::Open, Concurrency::Queue, &live);
    let joined = Decision::Join {
        into: id(2),
        supersede: vec![],
    };
    assert_eq!(decided, joined);
}

fn any_subject() -> impl Strategy<Value = (u8, Option<u64>, Option<u8>, u8)> {
    (
        0..3u8,
        proptest::option::of(1..3u64),
        proptest::option::of(0..2u8),
        0..3u8,
    )
}

proptest! {
    /// Whatever is live: nothing of another lane or ref is touched, what takes a place is live, and the gate is kept.
    #[test]
    fn a_decision_never_reaches_beyond_its_ref_and_never_opens_the_gate(
        new in any_subject(),
        before in proptest::option::of(0..3u8),
        others in proptest::collection::vec((any_subject(), 0..3usize), 0..8),
        held in any::<bool>(),
        policy in 0..4usize,
    ) {
        let text = |(name, request, repository, sha): (u8, Option<u64>, Option<u8>, u8)| {
            (format!("refs/heads/{name}"), request, repository.map(|it| it.to_string()), sha.to_string())
        };
        let texts: Vec<_> = others.iter().map(|(it, state)| (text(*it), [State::Held, State::Queued, State::Running][*state])).collect();
        let live: Vec<LiveEvaluation<'_>> = texts.iter().zip(1..).map(|((it, state), number)| {
            LiveEvaluation { id: id(number), state: *state, subject: subject(&it.0, it.1, it.2.as_deref(), &it.3) }
        }).collect();
        let new = text(new);
        let before = before.map(|it| it.to_string());
        let work = work(subject(&new.0, new.1, new.2.as_deref(), &new.3), before.as_deref());
        let gate = if held { Gate::Held } else { Gate::Open };
        let subject = WorkIdentity::of(&work);
        let superseded = match decide(&work, gate, POLICIES[policy], &live) {
            Decision::Queue { supersede } => { prop_assert!(!held); supersede }
            Decision::Hold { supersede } => { prop_assert!(held); supersede }
            Decision::Join { into, supersede } => {
                let it = live.iter().find(|it| it.id == into).unwrap();
                prop_assert!(it.subject.is_same_work(&subject) && !supersede.contains(&into));
                prop_assert!(held || it.state != State::Held);
                supersede
            }
            Decision::Skip(_) => vec![],
        };
        for id in superseded {
            let it = live.iter().find(|it| it.id == id).unwrap();
            let in_lane = it.subject.shares_lane(&subject);
            let of_ref = it.subject.ref_name == subject.ref_name && it.subject.repository_id == subject.repository_id;
            prop_assert!(in_lane || of_ref);
            prop_assert!(in_lane || !held || it.state == State::Held, "what is held ends what was let through");
            let named = Some(it.subject.sha) == work.before.as_deref();
            prop_assert!(named || (it.state == State::Held && it.subject.sha == work.sha));
        }
    }
}
