use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::text::context;
use super::*;
use crate::action::Action;
use crate::evaluation::{Cause, Check, CheckState, Evaluation, Move, State, Work};
use crate::integration::Integration;
use crate::project::{Project, StableId};
use crate::testing;

const STATES: [State; 8] = [
    State::Held,
    State::Queued,
    State::Running,
    State::Succeeded,
    State::Failed,
    State::Errored,
    State::Cancelled,
    State::Superseded,
];
const MOVES: [Move; 9] = [
    Move::Release,
    Move::Claim,
    Move::Requeue,
    Move::Exhaust,
    Move::Succeed,
    Move::Fail,
    Move::Error,
    Move::Cancel,
    Move::Supersede,
];

fn evaluation(number: u128, state: State) -> Evaluation {
    let cause = Cause {
        actor: Some("ada".into()),
        pull_request: Some(7),
        argument: Some("what only the worker is told".into()),
        ..testing::cause("pull_request")
    };
    let work = Work {
        fetch_ref: "refs/pull/7/head".into(),
        ref_name: "refs/heads/topic".into(),
        cause,
        ..testing::work(&testing::sha('a'))
    };
    let id = EvaluationId(Uuid::from_u128(number));
    Evaluation::begin(id, &project(), work, state, Timestamp::from_seconds(1))
}

fn project() -> Project {
    Project {
        name: "site".parse().unwrap(),
        repository: "https://forge.example/sub/acme/site".into(),
        identity: "forge.example/sub/acme/site".into(),
        repository_id: Some(StableId {
            forge: "forge".into(),
            host: "forge.example".into(),
            id: "42".into(),
        }),
        ..testing::project()
    }
}

fn integration(forge: &str, base_url: Option<&str>) -> Integration {
    Integration {
        forge: forge.into(),
        base_url: base_url.map(str::to_owned),
        has_token: true,
        ..testing::outbound()
    }
}

fn action(kind: ActionKind, events: &[&str]) -> Action {
    Action {
        kind,
        url: Some("https://hooks.example/in".into()),
        events: events.iter().map(|word| (*word).to_owned()).collect(),
        ..testing::action()
    }
}

fn said(action: &Action, lines: &[StatusMessage<'_>], about: &Evaluation) -> Vec<Draft> {
    let scene = Scene {
        template: "ci/{organization}/{project}",
        organization: "acme",
        project: &project(),
        evaluation: about,
        at: Timestamp::from_seconds(9),
    };
    let through = integration("forge", Some("https://forge.example/sub"));
    drafts(action, Some(&through), lines, &scene)
}

/// The contents of a lane once a draft was written.
fn stored(draft: &Draft, outcome: StatusOutcome) -> Status {
    Status {
        evaluation: draft.order.evaluation,
        integration: draft.integration,
        repository: draft.repository.clone(),
        message: draft.message.clone(),
        state: draft.state,
        description: draft.description.clone(),
        url: draft.url.clone(),
        outcome,
        ..testing::status()
    }
}

/// A life by the one table of moves: the state before and the evaluation after each step, beginning with its making.
fn life(number: u128, held: bool, steps: &[Move]) -> Vec<(Option<State>, Evaluation)> {
    let mut now = evaluation(number, if held { State::Held } else { State::Queued });
    let mut told = vec![(None, now.clone())];
    for step in steps {
        let before = now.state;
        let Some(next) = before.after(*step) else { continue };
        now.state = next;
        now.attempt += u32::from(*step == Move::Claim);
        told.push((Some(before), now.clone()));
    }
    told
}

#[test]
fn a_held_one_speaks_of_its_approval_alone() {
    let held = evaluation(1, State::Held);
    let parts: Vec<_> = lines_of_move(None, &held)
        .iter()
        .map(|it| (it.part, it.state))
        .collect();
    assert_eq!(parts, [(Part::Approval, StatusState::ActionRequired)]);
    for (state, end) in [
        (State::Cancelled, StatusState::Cancelled),
        (State::Superseded, StatusState::Skipped),
    ] {
        let over = evaluation(1, state);
        let parts: Vec<_> = lines_of_move(Some(State::Held), &over)
            .iter()
            .map(|it| (it.part, it.state))
            .collect();
        assert_eq!(parts, [(Part::Approval, end)]);
    }
    let released = evaluation(1, State::Queued);
    let parts: Vec<_> = lines_of_move(Some(State::Held), &released)
        .iter()
        .map(|it| (it.part, it.state))
        .collect();
    assert_eq!(
        parts,
        [
            (Part::Approval, StatusState::Succeeded),
            (Part::Whole, StatusState::Queued)
        ]
    );
}

#[test]
fn what_never_was_held_says_nothing_of_approval() {
    for before in [State::Queued, State::Running] {
        for state in STATES.into_iter().filter(|state| *state != State::Held) {
            let now = evaluation(1, state);
            let lines = lines_of_move(Some(before), &now);
            assert!(
                lines.iter().all(|line| line.part == Part::Whole),
                "{before:?} {state:?}"
            );
        }
    }
}

#[test]
fn checks_left_running_end_with_their_evaluation() {
    let mut over = evaluation(1, State::Cancelled);
    for (name, state) in [("build", CheckState::Running), ("lint", CheckState::Succeeded)] {
        over.checks.push(Check {
            name: name.into(),
            state,
            description: None,
            url: None,
        });
    }
    let lines = lines_of_move(Some(State::Running), &over);
    let parts: Vec<_> = lines.iter().map(|it| (it.part, it.state)).collect();
    let cancelled = StatusState::Cancelled;
    assert_eq!(parts, [(Part::Whole, cancelled), (Part::Check("build"), cancelled)]);
}

#[test]
fn no_check_can_take_the_name_of_the_approval() {
    let name = |part| context("ci/{organization}/{project}", "acme", "site", part);
    assert_eq!(name(Part::Whole), "ci/acme/site");
    assert_eq!(name(Part::Approval), "ci/acme/site: approval");
    assert_eq!(name(Part::Check("unit\ntests ")), "ci/acme/site: unit tests");
    for check in ["approval", " Approval ", "APPROVAL\t"] {
        assert_ne!(name(Part::Check(check)).to_lowercase(), "ci/acme/site: approval");
    }
}

#[test]
fn an_action_says_only_what_its_events_name() {
    let over = evaluation(1, State::Failed);
    let lines = lines_of_move(Some(State::Running), &over);
    let told = |events: &[&str]| said(&action(ActionKind::ForgeStatusReport, events), &lines, &over).len();
    assert_eq!(
        (told(&[]), told(&["failed"]), told(&["succeeded", "running"])),
        (1, 1, 0)
    );
    let held = evaluation(1, State::Held);
    let lines = lines_of_move(None, &held);
    let quiet = action(ActionKind::ForgeStatusReport, &["queued", "running", "succeeded"]);
    assert!(said(&quiet, &lines, &held).is_empty());
}

#[test]
fn without_its_integration_nothing_is_said() {
    let now = evaluation(1, State::Queued);
    let lines = lines_of_move(None, &now);
    let owner = project();
    let scene = Scene {
        template: "x",
        organization: "acme",
        project: &owner,
        evaluation: &now,
        at: Timestamp::default(),
    };
    for kind in [ActionKind::ForgeStatusReport, ActionKind::Comment] {
        assert!(drafts(&action(kind, &[]), None, &lines, &scene).is_empty());
    }
    assert_eq!(
        drafts(&action(ActionKind::WebRequest, &[]), None, &lines, &scene).len(),
        1
    );
}

#[test]
fn comments_are_for_pull_requests_and_one_each() {
    let mut now = evaluation(1, State::Queued);
    let commenting = action(ActionKind::Comment, &[]);
    let told = said(&commenting, &lines_of_move(Some(State::Held), &now), &now);
    let [
        Draft {
            message: Message::Comment { number, body, mark },
            ..
        },
    ] = told.as_slice()
    else {
        panic!("one comment: {told:?}")
    };
    assert_eq!(*number, 7);
    assert!(body.contains(mark.as_str()) && body.contains("acme/site"), "{body}");
    now.work.cause.pull_request = None;
    assert!(said(&commenting, &lines_of_move(None, &now), &now).is_empty());
}

#[test]
fn what_a_worker_wrote_is_text_in_a_comment() {
    let mut over = evaluation(1, State::Failed);
    over.description = Some("@team see [this](https://evil.example) <img src=x> #1 `x` www.evil.example".into());
    over.url = Some("javascript:alert(1)".into());
    over.checks.push(Check {
        name: "a|b\n| c".into(),
        state: CheckState::Failed,
        description: Some("-->|".into()),
        url: None,
    });
    let told = said(
        &action(ActionKind::Comment, &[]),
        &lines_of_move(Some(State::Running), &over),
        &over,
    );
    let Some(Message::Comment { body, mark, .. }) = told.first().map(|it| it.message.clone()) else {
        panic!("a comment")
    };
    let rest = body.replace(&mark, "");
    for bad in [
        "@team",
        "](https",
        "https://",
        "<img",
        "#1",
        "www.evil",
        "javascript",
        "\n| c",
        "-->",
    ] {
        assert!(!rest.contains(bad), "{bad}: {rest}");
    }
}

#[test]
fn a_request_tells_the_evaluation_and_not_what_a_command_said() {
    let mut over = evaluation(1, State::Succeeded);
    over.lease_hash = Some([7; 32]);
    let told = said(
        &action(ActionKind::WebRequest, &[]),
        &lines_of_move(Some(State::Running), &over),
        &over,
    );
    let Some(Message::WebRequest { url, body }) = told.first().map(|it| it.message.clone()) else {
        panic!("a request")
    };
    assert_eq!(url, "https://hooks.example/in");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["type"], "evaluation.succeeded");
    assert_eq!(body["timestamp"], "1970-01-01T00:00:09Z");
    assert_eq!(body["data"]["project"], "site");
    let text = body.to_string();
    assert!(
        !text.contains("what only the worker") && !text.contains("lease"),
        "{text}"
    );
}

#[test]
fn a_number_counts_only_at_the_forge_that_gave_it() {
    let now = evaluation(1, State::Queued);
    let lines = lines_of_move(None, &now);
    let name = |through: &Integration, project: &Project| {
        let scene = Scene {
            template: "x",
            organization: "acme",
            project,
            evaluation: &now,
            at: Timestamp::default(),
        };
        let told = drafts(
            &action(ActionKind::ForgeStatusReport, &[]),
            Some(through),
            &lines,
            &scene,
        );
        let RepositoryName { id, full_name, .. } = told.first().unwrap().repository.clone();
        (id, full_name)
    };
    let own = integration("forge", Some("https://forge.example/sub/"));
    assert_eq!(name(&own, &project()), (Some("42".into()), "acme/site".into()));
    let unknown = integration("forge", None);
    assert_eq!(name(&unknown, &project()), (Some("42".into()), "sub/acme/site".into()));
    let other = integration("other", Some("https://forge.example/sub"));
    assert_eq!(name(&other, &project()), (None, "acme/site".into()));
    let mirror = integration("forge", Some("https://mirror.example"));
    assert_eq!(name(&mirror, &project()), (None, "sub/acme/site".into()));
    let mut moved = project();
    moved.identity = "forge.example/sub/acme/else".into();
    assert_eq!(name(&own, &moved), (None, "acme/site".into()));
}

#[test]
fn lanes_are_told_apart_by_every_part() {
    let one = IntegrationId(Uuid::from_u128(1));
    let two = IntegrationId(Uuid::from_u128(2));
    let lanes = [
        Lane::of_context(one, "h/a", "s", "c"),
        Lane::of_context(two, "h/a", "s", "c"),
        Lane::of_context(one, "h/as", "", "c"),
        Lane::of_context(one, "h/a", "sc", ""),
        Lane::of_context(one, "h/a", "", "sc"),
        Lane::of_comment(one, "h/a", 1, ActionId(Uuid::from_u128(1))),
        Lane::of_comment(one, "h/a", 2, ActionId(Uuid::from_u128(1))),
        Lane::of_request(ActionId(Uuid::from_u128(1)), EvaluationId(Uuid::from_u128(1))),
    ];
    for (place, lane) in lanes.iter().enumerate() {
        assert!(!lanes[..place].contains(lane), "{place}");
    }
}

proptest! {
    #[test]
    fn whatever_moves_two_evaluations_make_a_lane_never_goes_backwards(
        held in any::<(bool, bool)>(),
        steps in proptest::collection::vec((any::<bool>(), 0..MOVES.len()), 0..24),
    ) {
        let pick = |second| steps.iter().filter(|it| it.0 == second).map(|it| MOVES[it.1]).collect::<Vec<_>>();
        let mut lives = [life(1, held.0, &pick(false)), life(2, held.1, &pick(true))].map(|it| it.into_iter().peekable());
        let reporting = action(ActionKind::ForgeStatusReport, &[]);
        let mut stands: std::collections::HashMap<Lane, (Order, Status)> = Default::default();
        let whole = Lane::of_context(testing::OUTBOUND, "forge.example/sub/acme/site", &"a".repeat(40), "ci/acme/site");
        let mut spoke = std::collections::BTreeMap::new();
        let turns = steps.iter().map(|it| usize::from(it.0)).chain([0, 1].into_iter().cycle().take(40));
        for turn in turns {
            let Some((before, now)) = lives[turn].next() else { continue };
            for draft in said(&reporting, &lines_of_move(before, &now), &now) {
                if draft.lane == whole {
                    spoke.insert(now.id, now.clone());
                }
                let next = match stands.get(&draft.lane) {
                    Some((order, last)) => Placement::of(&draft, last, *order),
                    None => Placement::Next,
                };
                if next == Placement::Next {
                    if let Some((order, last)) = stands.get(&draft.lane) {
                        prop_assert!(draft.order >= *order);
                        let over = |state| !matches!(state, StatusState::Queued | StatusState::Running | StatusState::ActionRequired);
                        prop_assert!(!(over(last.state) && !over(draft.state) && draft.order.evaluation == order.evaluation));
                    }
                    stands.insert(draft.lane, (draft.order, stored(&draft, StatusOutcome::Waiting)));
                }
            }
        }
        // The newest that ever spoke of the whole stands there, as it ended.
        if let Some((newest, now)) = spoke.last_key_value() {
            let (order, last) = &stands[&whole];
            prop_assert_eq!(order.evaluation, *newest);
            prop_assert!(now.state.is_live() || (order.rank == 3 && last.state != StatusState::Running));
        }
    }

    #[test]
    fn a_late_one_never_takes_the_place_of_a_later_one(attempt in 0_u32..3, later in 0_u32..3, newer in any::<bool>()) {
        let mut first = evaluation(1, State::Running);
        first.attempt = attempt;
        let mut second = evaluation(if newer { 2 } else { 1 }, State::Succeeded);
        second.attempt = attempt + later;
        let reporting = action(ActionKind::ForgeStatusReport, &[]);
        let late = said(&reporting, &lines_of_move(Some(State::Queued), &first), &first).remove(0);
        let stands = said(&reporting, &lines_of_move(Some(State::Running), &second), &second).remove(0);
        prop_assert_eq!(late.lane, stands.lane);
        for outcome in [StatusOutcome::Waiting, StatusOutcome::Sent, StatusOutcome::Failed] {
            prop_assert_eq!(Placement::of(&late, &stored(&stands, outcome), stands.order), Placement::Late);
        }
        prop_assert_eq!(Placement::of(&stands, &stored(&late, StatusOutcome::Sent), late.order), Placement::Next);
        prop_assert_eq!(Placement::of(&stands, &stored(&stands, StatusOutcome::Sent), stands.order), Placement::Repeat);
        prop_assert_eq!(Placement::of(&stands, &stored(&stands, StatusOutcome::Failed), stands.order), Placement::Next);
    }

    #[test]
    fn a_wait_grows_has_bounds_and_keeps_what_was_asked(attempts in 0_u32..40, fraction in -1.0_f64..2.0, asked in proptest::option::of(0_u64..10_000)) {
        let asked = asked.map(Duration::from_secs);
        let wait = delay(attempts, fraction, asked);
        prop_assert!(wait >= asked.unwrap_or_default());
        prop_assert!(wait >= Duration::from_millis(500));
        prop_assert!(wait <= Duration::from_mins(5).max(asked.unwrap_or_default() + Duration::from_secs(30)));
        prop_assert!(delay(attempts + 1, fraction, asked) >= wait);
        prop_assert!(delay(attempts, 1.0, asked) >= wait && delay(attempts, 0.0, asked) <= wait);
    }

    #[test]
    fn nobody_tries_longer_than_asked(attempts in 1_u32..40, fraction in 0.0_f64..1.0, passed in 0_i64..200_000, asked in proptest::option::of(0_u64..100_000)) {
        let since = Timestamp::from_seconds(1_000);
        let now = Timestamp::from_seconds(1_000 + passed);
        let give_up_after = Duration::from_hours(24);
        let attempt = Attempt { attempts, since, now, retry_after: asked.map(Duration::from_secs), give_up_after };
        let end = since.plus(give_up_after);
        match attempt.next(fraction) {
            Next::At(at) => {
                prop_assert!(at > now && at <= end);
                prop_assert!(at >= now.plus(Duration::from_secs(asked.unwrap_or_default())));
            }
            Next::GiveUp => prop_assert!(now >= end || now.plus(Duration::from_secs(asked.unwrap_or_default())) > end),
        }
    }
}

#[test]
fn a_web_request_goes_to_a_host_and_its_port() {
    let host = |url: &str| {
        let (url, body) = (url.to_owned(), String::new());
        Message::WebRequest { url, body }.host()
    };
    assert_eq!(host("https://Hooks.Example:443/in?x"), Some("hooks.example".into()));
    assert_eq!(host("http://hooks.example:8080"), Some("hooks.example:8080".into()));
    assert_eq!(host("nothing"), None);
}

#[test]
fn a_fraction_that_is_no_number_is_no_panic() {
    assert_eq!(delay(1, f64::NAN, None), Duration::from_secs(1));
    assert_eq!(delay(u32::MAX, f64::INFINITY, Some(Duration::MAX)), Duration::MAX);
}
