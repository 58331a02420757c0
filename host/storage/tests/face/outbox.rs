use std::collections::BTreeMap;

use forgegate_model::action::{Action, ActionKind};
use forgegate_model::evaluation::{Check, CheckState, Evaluation, Move, State};
use forgegate_model::ids::{IntegrationId, OrganizationId};
use forgegate_model::integration::IntegrationKind;
use forgegate_model::project::Project;
use forgegate_model::secret::Secret;
use forgegate_model::status::{Message, Status, StatusOutcome, StatusState};
use forgegate_storage::{
    CredentialChange, Deletion, DeliveryCertainty, Destination, Page, Retention, StatusFilter, StoreError, Taken,
};

use crate::house::{House, at};

const KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

struct Reporting {
    house: House,
    organization: OrganizationId,
    integration: IntegrationId,
    project: Project,
}

/// A project that reports to a forge.
async fn reporting() -> Reporting {
    let house = House::new();
    let organization = house.organization("acme").await;
    let integration = house
        .made_integration(organization, IntegrationKind::Outbound, "out")
        .await;
    let project = house.made_project(organization, "site").await;
    let action = house.action(&project, "report", Some(integration));
    house.store.create_action(action, None, None).await.unwrap();
    Reporting {
        house,
        organization,
        integration,
        project,
    }
}

impl Reporting {
    async fn all(&self) -> Vec<Status> {
        let mut all = self.listed(StatusFilter::default()).await;
        all.reverse();
        all
    }

    async fn listed(&self, filter: StatusFilter) -> Vec<Status> {
        self.house.store.statuses(filter, Page::first(100)).await.unwrap().items
    }

    async fn take(&self, now: i64) -> Vec<Taken> {
        let taken = self.house.store.take_statuses(at(now), 100, |_| 100);
        taken.await.unwrap()
    }

    async fn take_one(&self, now: i64) -> Taken {
        let mut taken = self.take(now).await;
        assert_eq!(taken.len(), 1, "{taken:?}");
        taken.remove(0)
    }

    async fn told(&self) -> Vec<(StatusState, StatusOutcome)> {
        self.all().await.iter().map(|it| (it.state, it.outcome)).collect()
    }

    async fn finish(&self, of: &Evaluation, lease: u8, result: Move) {
        let finished = self.house.store.finish(of.id, [lease; 32], result.into(), at(20), None);
        finished.await.unwrap();
    }

    async fn check(&self, of: &Evaluation, lease: u8, name: &str, state: CheckState) {
        let check = Check {
            name: name.into(),
            state,
            description: None,
            url: None,
        };
        let entered = self.house.store.check(of.id, [lease; 32], check, at(15), None);
        entered.await.unwrap();
    }

    fn reopened(self) -> Self {
        Self {
            house: self.house.reopened(),
            ..self
        }
    }
}

fn context(status: &Status) -> &str {
    match &status.message {
        Message::ForgeStatus { context } => context,
        other => panic!("no status at a commit: {other:?}"),
    }
}

const SENT: StatusOutcome = StatusOutcome::Sent;
const WAITING: StatusOutcome = StatusOutcome::Waiting;
const SUPERSEDED: StatusOutcome = StatusOutcome::Superseded;

#[tokio::test(flavor = "multi_thread")]
async fn only_the_latest_of_a_lane_waits() {
    let it = reporting().await;
    let evaluation = it.house.queued(&it.project).await;
    it.house.claim(1).await.unwrap();
    it.finish(&evaluation, 1, Move::Succeed).await;
    assert_eq!(
        it.told().await,
        [
            (StatusState::Queued, SUPERSEDED),
            (StatusState::Running, SUPERSEDED),
            (StatusState::Succeeded, WAITING),
        ]
    );
    let taken = it.take_one(20).await;
    assert_eq!((taken.status.attempts, taken.attempted), (1, false));
    assert_eq!(taken.destination, Destination::Integration(it.integration));
    assert_eq!(context(&taken.status), "forgegate/acme/site");
    assert_eq!(taken.status.sha, evaluation.work.sha);
    assert_eq!(taken.status.repository.full_name, "a/b");
    assert_eq!(taken.status.ref_name.as_deref(), Some("refs/heads/main"));
    assert_eq!(taken.status.fetch_ref, None);
    let sent = it
        .house
        .store
        .status_sent(taken.status.id, Some("7".into()), at(21))
        .await;
    assert_eq!(sent.unwrap().outcome, SENT);
    assert!(it.take(99).await.is_empty());
    assert_eq!(it.house.store.status_counts().waiting, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_one_is_under_way_waits_for_it_and_changes_the_same_object() {
    let it = reporting().await;
    let evaluation = it.house.queued(&it.project).await;
    let first = it.take_one(10).await;
    it.house.claim(1).await.unwrap();
    it.finish(&evaluation, 1, Move::Fail).await;
    assert!(it.take(20).await.is_empty(), "one of the lane is under way");
    let store = &it.house.store;
    let sent = store
        .status_sent(first.status.id, Some("7".into()), at(21))
        .await
        .unwrap();
    assert_eq!(sent.outcome, SENT, "it did arrive");
    let second = it.take_one(21).await;
    assert_eq!(second.status.state, StatusState::Failed);
    assert_eq!(second.status.previous.as_deref(), Some("7"));
    assert!(!second.attempted, "everybody heard what became of the first");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_nobody_heard_of_is_told_to_the_next() {
    for (arrival, attempted) in [
        (DeliveryCertainty::Possible, true),
        (DeliveryCertainty::Impossible, false),
    ] {
        let it = reporting().await;
        let evaluation = it.house.queued(&it.project).await;
        let first = it.take_one(10).await;
        it.house.claim(1).await.unwrap();
        it.finish(&evaluation, 1, Move::Fail).await;
        let store = &it.house.store;
        let again = store.status_again(first.status.id, arrival, at(90), "it was busy".into());
        let again = again.await.unwrap();
        assert_eq!(again.outcome, SUPERSEDED, "another took its place");
        let second = it.take_one(21).await;
        assert_eq!(
            (second.status.state, second.attempted),
            (StatusState::Failed, attempted)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_do_is_tried_again_at_its_time_and_given_up_at_the_end() {
    let it = reporting().await;
    it.house.queued(&it.project).await;
    let store = &it.house.store;
    let first = it.take_one(10).await;
    let id = first.status.id;
    let again = store.status_again(
        id,
        DeliveryCertainty::Possible,
        at(30),
        "the forge did not answer".into(),
    );
    let again = again.await.unwrap();
    assert_eq!(again.last_error.as_deref(), Some("the forge did not answer"));
    drop(first);
    assert!(
        it.take(29).await.is_empty(),
        "a taken one that was answered for comes not back"
    );
    assert_eq!(store.next_status_due(|_| 1), Some(at(30)));
    let second = it.take_one(30).await;
    assert_eq!((second.status.attempts, second.attempted), (2, true));
    let failed = store.status_failed(id, DeliveryCertainty::Impossible, "the forge refuses it".into());
    assert_eq!(failed.await.unwrap().outcome, StatusOutcome::Failed);
    assert_eq!((store.status_counts().waiting, store.status_counts().failed), (0, 1));
    assert!(it.take(99).await.is_empty());

    let it = it.reopened();
    let store = &it.house.store;
    assert_eq!(store.status_counts().failed, 1);
    let retried = store.retry_status(id, at(100), None).await.unwrap();
    assert_eq!(
        (retried.outcome, retried.attempts, retried.waiting_since),
        (WAITING, 0, at(100))
    );
    assert!(matches!(
        store.retry_status(id, at(100), None).await,
        Err(StoreError::Conflict(_))
    ));
    let third = it.take_one(100).await;
    assert!(third.attempted, "the first may have arrived");
    assert_eq!(store.status_counts().failed, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_later_one_replaced_cannot_be_retried() {
    let it = reporting().await;
    it.house.queued(&it.project).await;
    let store = &it.house.store;
    let id = it.take_one(10).await.status.id;
    let failed = store.status_failed(id, DeliveryCertainty::Impossible, "the forge refuses it".into());
    failed.await.unwrap();
    it.house.claim(1).await.unwrap();
    assert!(matches!(
        store.retry_status(id, at(20), None).await,
        Err(StoreError::Conflict(_))
    ));
    let outsider = it.take_one(20).await;
    assert_eq!(outsider.status.state, StatusState::Running);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_drops_what_it_took_loses_nothing() {
    let it = reporting().await;
    it.house.queued(&it.project).await;
    let mut arrived = it.house.store.status_arrived();
    let first = it.take_one(10).await;
    assert!(it.take(10).await.is_empty());
    arrived.mark_unchanged();
    drop(first);
    assert!(arrived.has_changed().unwrap(), "whoever waits hears of it");
    let second = it.take_one(10).await;
    assert_eq!((second.status.attempts, second.attempted), (2, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_comes_again_after_a_start_and_what_was_superseded_does_not() {
    let it = reporting().await;
    let one = it.house.queued(&it.project).await;
    let other = it.house.queued(&it.project).await;
    let taken = it.take(10).await;
    assert_eq!(taken.len(), 2);
    it.house.store.cancel(one.id, at(12), None).await.unwrap();
    std::mem::forget(taken);
    let it = it.reopened();
    let taken = it.take(13).await;
    let mut told: Vec<_> = taken
        .iter()
        .map(|it| (it.status.evaluation, it.status.state, it.attempted))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            (one.id, StatusState::Cancelled, true),
            (other.id, StatusState::Queued, true)
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_ran_out_says_nothing_backwards() {
    let it = reporting().await;
    let evaluation = it.house.queued(&it.project).await;
    it.house.claim(1).await.unwrap();
    let store = &it.house.store;
    store.expire(evaluation.id, [1; 32], 3, at(30)).await.unwrap();
    let waiting = StatusFilter {
        outcome: Some(WAITING),
        ..StatusFilter::default()
    };
    let states = |all: Vec<Status>| all.iter().map(|it| it.state).collect::<Vec<_>>();
    assert_eq!(states(it.listed(waiting.clone()).await), [StatusState::Running]);
    it.house.claim(2).await.unwrap();
    assert_eq!(states(it.listed(waiting).await), [StatusState::Running]);
    assert_eq!(
        it.all().await.len(),
        3,
        "the second attempt says what stands there already"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_evaluation_of_the_same_commit_never_speaks_over_a_newer_one() {
    let it = reporting().await;
    let older = it.house.queued(&it.project).await;
    let mut newer = it.house.evaluation(&it.project);
    newer.work.sha.clone_from(&older.work.sha);
    newer.work.ref_name = "refs/heads/other".into();
    let newer = it.house.store.start_evaluation(newer, None).await.unwrap();
    it.house.claim(1).await.unwrap();
    it.finish(&older, 1, Move::Fail).await;
    it.house.claim(2).await.unwrap();
    it.finish(&newer, 2, Move::Succeed).await;
    let taken = it.take(30).await;
    let told: Vec<_> = taken.iter().map(|it| (it.status.evaluation, it.status.state)).collect();
    assert_eq!(told, [(newer.id, StatusState::Succeeded)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_one_speaks_in_a_context_of_its_own() {
    let it = reporting().await;
    let held = it.house.held(&it.project).await;
    let taken = it.take_one(10).await;
    assert_eq!(context(&taken.status), "forgegate/acme/site: approval");
    assert_eq!(taken.status.state, StatusState::ActionRequired);
    let store = &it.house.store;
    store.status_sent(taken.status.id, None, at(11)).await.unwrap();
    store
        .approve(held.id, held.work.sha.clone(), at(12), None)
        .await
        .unwrap();
    let taken = it.take(13).await;
    let told: BTreeMap<_, _> = taken.iter().map(|it| (context(&it.status), it.status.state)).collect();
    assert_eq!(
        told,
        BTreeMap::from([
            ("forgegate/acme/site", StatusState::Queued),
            ("forgegate/acme/site: approval", StatusState::Succeeded),
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_have_contexts_of_their_own_and_end_with_their_evaluation() {
    let it = reporting().await;
    let evaluation = it.house.queued(&it.project).await;
    it.house.claim(1).await.unwrap();
    it.check(&evaluation, 1, "build", CheckState::Running).await;
    it.check(&evaluation, 1, "lint", CheckState::Succeeded).await;
    it.check(&evaluation, 1, "lint", CheckState::Running).await;
    it.house.store.cancel(evaluation.id, at(20), None).await.unwrap();
    let taken = it.take(20).await;
    let told: BTreeMap<_, _> = taken.iter().map(|it| (context(&it.status), it.status.state)).collect();
    assert_eq!(
        told,
        BTreeMap::from([
            ("forgegate/acme/site", StatusState::Cancelled),
            ("forgegate/acme/site: build", StatusState::Cancelled),
            // Its last word was `running`, which came late; the end of the evaluation is its end.
            ("forgegate/acme/site: lint", StatusState::Cancelled),
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn integrations_take_turns_and_one_without_room_costs_nobody_else() {
    let it = reporting().await;
    let other = it
        .house
        .made_integration(it.organization, IntegrationKind::Outbound, "other")
        .await;
    let second = it.house.made_project(it.organization, "second").await;
    let action = it.house.action(&second, "report", Some(other));
    it.house.store.create_action(action, None, None).await.unwrap();
    for _ in 0..3 {
        it.house.queued(&it.project).await;
    }
    it.house.queued(&second).await;
    let store = &it.house.store;
    let through = |taken: &[Taken]| taken.iter().map(|it| it.destination.clone()).collect::<Vec<_>>();
    let (first, last) = (
        Destination::Integration(it.integration),
        Destination::Integration(other),
    );
    let taken = store.take_statuses(at(10), 2, |_| 9).await.unwrap();
    assert_eq!(through(&taken), [first.clone(), last.clone()]);
    drop(taken);
    let closed = |to: &Destination| usize::from(*to != first) * 9;
    let taken = store.take_statuses(at(10), 9, closed).await.unwrap();
    assert_eq!(through(&taken), [last]);
    assert_eq!(store.next_status_due(closed), None);
    assert!(store.next_status_due(|_| 1).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_deleted_integration_is_given_up() {
    let it = reporting().await;
    it.house.queued(&it.project).await;
    it.house.store.delete_integration(it.integration, None).await.unwrap();
    assert!(it.take(10).await.is_empty(), "it is over at once");
    // As after a crash before that was written down.
    let it = it.reopened();
    assert!(it.take(10).await.is_empty());
    it.house.store.settle(at(11)).await.unwrap();
    let failed = it.all().await.remove(0);
    assert_eq!(failed.outcome, StatusOutcome::Failed);
    assert_eq!(failed.last_error.as_deref(), Some("its integration was deleted"));
    let retried = it.house.store.retry_status(failed.id, at(12), None).await;
    assert!(matches!(retried, Err(StoreError::Conflict(_))));
    it.house.queued(&it.project).await;
    assert_eq!(it.all().await.len(), 1, "an unlinked action says nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_project_still_tells_how_it_ended() {
    let it = reporting().await;
    it.house.queued(&it.project).await;
    it.house
        .store
        .delete_project(it.project.id, at(10), None)
        .await
        .unwrap();
    let taken = it.take_one(11).await;
    assert_eq!(taken.status.state, StatusState::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_organization_takes_its_statuses_along() {
    let it = reporting().await;
    it.house.queued(&it.project).await;
    let cascade = Deletion::Cascade;
    it.house
        .store
        .delete_organization(it.organization, cascade, at(10), None)
        .await
        .unwrap();
    assert!(it.take(11).await.is_empty());
    it.house.store.settle(at(11)).await.unwrap();
    let keep = Retention {
        deliveries: std::time::Duration::MAX,
        evaluations: std::time::Duration::MAX,
        activity: std::time::Duration::MAX,
        audit: std::time::Duration::MAX,
    };
    assert_eq!(it.house.store.sweep(keep, at(12)).await.unwrap().statuses, 1);
    assert!(it.all().await.is_empty());
    assert_eq!(it.house.store.status_counts().failed, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_ones_go_once_they_are_done_and_their_evaluation_is_over() {
    let it = reporting().await;
    let done = it.house.queued(&it.project).await;
    let live = it.house.queued(&it.project).await;
    for taken in it.take(10).await {
        let sent = it.house.store.status_sent(taken.status.id, None, at(10));
        sent.await.unwrap();
    }
    it.house.store.cancel(done.id, at(11), None).await.unwrap();
    let keep = Retention {
        deliveries: std::time::Duration::MAX,
        evaluations: std::time::Duration::from_secs(1),
        activity: std::time::Duration::MAX,
        audit: std::time::Duration::MAX,
    };
    assert_eq!(it.house.store.sweep(keep, at(1_000)).await.unwrap().statuses, 1);
    let left: Vec<_> = it.all().await.iter().map(|it| (it.evaluation, it.outcome)).collect();
    assert_eq!(left, [(live.id, SENT), (done.id, WAITING)]);
    let of_project = StatusFilter {
        project: Some(it.project.id),
        ..StatusFilter::default()
    };
    assert_eq!(it.listed(of_project).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_narrowed_by_what_they_are_asked_for() {
    let it = reporting().await;
    let elsewhere = it.house.organization("globex").await;
    let first = it.house.queued(&it.project).await;
    it.house.claim(1).await.unwrap();
    let count = async |filter: StatusFilter| it.listed(filter).await.len();
    let all = StatusFilter::default;
    let of = |id| StatusFilter {
        organizations: Some(vec![id]),
        ..all()
    };
    assert_eq!((count(of(it.organization)).await, count(of(elsewhere)).await), (2, 0));
    let through = StatusFilter {
        integration: Some(it.integration),
        ..all()
    };
    assert_eq!(count(through).await, 2);
    let running = StatusFilter {
        state: Some(StatusState::Running),
        sha: Some(first.work.sha.clone()),
        ..all()
    };
    assert_eq!(count(running).await, 1);
    let superseded = StatusFilter {
        outcome: Some(SUPERSEDED),
        ..all()
    };
    assert_eq!(count(superseded).await, 1);
    let late = StatusFilter {
        since: Some(at(10)),
        ..all()
    };
    assert_eq!(count(late).await, 1);
    let page = Page::first(1);
    let first_page = it.house.store.statuses(of(it.organization), page).await.unwrap();
    let next = Page {
        cursor: first_page.next,
        limit: 1,
    };
    let second_page = it.house.store.statuses(of(it.organization), next).await.unwrap();
    assert!(first_page.items[0].id > second_page.items[0].id);
    assert_eq!(second_page.next, None);
}

fn web_request(house: &House, project: &Project) -> Action {
    Action {
        kind: ActionKind::WebRequest,
        url: Some("https://hooks.example/in".into()),
        events: vec!["succeeded".into(), "failed".into()],
        ..house.action(project, "hook", None)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_about_two_evaluations_are_both_sent_and_signed_with_a_key_that_only_storage_holds() {
    let it = reporting().await;
    let store = &it.house.store;
    let hook = web_request(&it.house, &it.project);
    let key = Some(Secret::new(KEY));
    let made = store.create_action(hook.clone(), key, None).await.unwrap();
    assert!(made.has_signing_key);
    let opened = store.action_signing_key(hook.project, hook.id).await.unwrap();
    assert_eq!(opened.unwrap().expose(), (0..32).collect::<Vec<u8>>());
    let mut requests = Vec::new();
    for lease in [1, 2] {
        let evaluation = it.house.queued(&it.project).await;
        it.house.claim(lease).await.unwrap();
        it.finish(&evaluation, lease, Move::Succeed).await;
        requests.push(evaluation.id);
    }
    let taken = it.take(30).await;
    let of_hook = taken.iter().filter(|it| it.status.action == hook.id);
    let told: Vec<_> = of_hook
        .map(|it| (it.status.evaluation, it.destination.clone()))
        .collect();
    let host = Destination::Host("hooks.example".into());
    assert_eq!(told, [(requests[0], host.clone()), (requests[1], host)]);
    drop(taken);
    // A change of something else keeps the key; without its action nothing is sent.
    let mut renamed = made;
    renamed.name = "other".parse().unwrap();
    let changed = store
        .update_action(renamed, CredentialChange::Keep, None)
        .await
        .unwrap();
    assert!(changed.has_signing_key);
    let cleared = store
        .update_action(changed, CredentialChange::Clear, None)
        .await
        .unwrap();
    assert!(!cleared.has_signing_key);
    let opened = store.action_signing_key(hook.project, hook.id).await.unwrap();
    assert!(opened.is_none());
    store.delete_action(hook.project, hook.id, None).await.unwrap();
    store.settle(at(31)).await.unwrap();
    assert_eq!(store.status_counts().failed, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_sends_requests_has_a_key_and_only_a_whole_one() {
    let it = reporting().await;
    let store = &it.house.store;
    let hook = web_request(&it.house, &it.project);
    for bad in ["whsec_AAEC", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", ""] {
        let made = store.create_action(hook.clone(), Some(Secret::new(bad)), None).await;
        assert!(matches!(made, Err(StoreError::Invalid(_))), "{bad}");
    }
    let report = it.house.action(&it.project, "second", Some(it.integration));
    let made = store.create_action(report, Some(Secret::new(KEY)), None).await;
    assert!(matches!(made, Err(StoreError::Invalid(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_is_kept_up_to_date_in_its_pull_request() {
    let it = reporting().await;
    let comment = Action {
        kind: ActionKind::Comment,
        ..it.house.action(&it.project, "summary", Some(it.integration))
    };
    let id = comment.id;
    it.house.store.create_action(comment, None, None).await.unwrap();
    let mut numbers = Vec::new();
    for sha in ["1", "2"] {
        let mut evaluation = it.house.evaluation(&it.project);
        evaluation.work.sha = sha.repeat(40);
        evaluation.work.cause.pull_request = Some(7);
        it.house.store.start_evaluation(evaluation, None).await.unwrap();
        let taken = it.take(10).await;
        let comment = taken.iter().find(|it| it.status.action == id).unwrap();
        numbers.push(comment.status.previous.clone());
        for taken in &taken {
            let sent = it.house.store.status_sent(taken.status.id, Some("c1".into()), at(11));
            sent.await.unwrap();
        }
    }
    assert_eq!(numbers, [None, Some("c1".into())], "one comment for both commits");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_of_states_that_nobody_wants() {
    let it = reporting().await;
    let quiet = it.house.made_project(it.organization, "quiet").await;
    let action = Action {
        events: vec!["succeeded".into()],
        ..it.house.action(&quiet, "report", Some(it.integration))
    };
    it.house.store.create_action(action, None, None).await.unwrap();
    let evaluation = it.house.queued(&quiet).await;
    assert!(it.all().await.is_empty());
    it.house.claim(1).await.unwrap();
    it.finish(&evaluation, 1, Move::Succeed).await;
    assert_eq!(it.told().await, [(StatusState::Succeeded, WAITING)]);
    assert_eq!(
        it.house.store.evaluation(evaluation.id).await.unwrap().unwrap().state,
        State::Succeeded
    );
}
