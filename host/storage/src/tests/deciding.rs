//! What a delivery's transaction decides about what is live: what it joins, whose place it takes, what it ends.

use forgegate_model::delivery::{Outcome, Reason};
use forgegate_model::evaluation::{Evaluation, State, Trust};
use forgegate_model::ids::EvaluationId;
use forgegate_model::queueing::{EndedSubject, Gate};

use super::fixtures::{Fixture, now, push};
use crate::{Claim, Committed, NewDelivery, Wanted};

const MAIN: &str = "refs/heads/main";

/// A push of a commit to `main`, changed by the test.
fn asking(number: u128, sha: &str, change: impl FnOnce(&mut Wanted)) -> NewDelivery {
    let mut new = push(number, &format!("d{number}"));
    let wanted = new.consequences.candidates[0].wanted.as_mut().unwrap();
    wanted.work.sha = sha.repeat(40);
    change(wanted);
    new
}

fn held(wanted: &mut Wanted) {
    wanted.gate = Gate::Held;
    wanted.work.trust = Trust::Untrusted;
}

fn of_request(wanted: &mut Wanted) {
    wanted.work.cause.pull_request = Some(7);
}

/// A delivery that wants nothing, and tells that something is gone.
fn telling(number: u128, gone: EndedSubject) -> NewDelivery {
    let mut new = push(number, &format!("d{number}"));
    new.consequences.candidates[0].wanted = None;
    new.consequences.candidates[0].gone = Some(gone);
    new
}

fn branch(head: Option<&str>) -> EndedSubject {
    EndedSubject::Ref {
        name: MAIN.into(),
        repository_id: Some("42".into()),
        head: head.map(|it| it.repeat(40)),
    }
}

impl Fixture {
    /// Commits a delivery, and tells the evaluation that it would make.
    async fn commit(&self, new: NewDelivery) -> (Outcome, Option<Reason>) {
        let Committed::First(delivery) = self.store.commit_delivery(new).await.unwrap() else {
            panic!("it is the first");
        };
        let reason = delivery.findings.skipped.first().map(|it| it.reason);
        (delivery.outcome, reason)
    }

    async fn made(&self, number: u128) -> Option<Evaluation> {
        let id = EvaluationId(uuid::Uuid::from_u128(2_000_000 + number));
        self.store.evaluation(id).await.unwrap()
    }

    async fn state(&self, number: u128) -> State {
        self.made(number).await.unwrap().state
    }

    async fn run_one(&self) {
        let claim = Claim {
            worker: "w".into(),
            labels: vec![],
            organizations: None,
            approved: false,
        };
        self.store.claim(claim, [1; 32], now(), None).await.unwrap().unwrap();
    }
}

/// The numbers of the deliveries, as `push` gives them.
fn deliveries(it: &Evaluation) -> Vec<u128> {
    it.deliveries.iter().map(|id| id.0.as_u128() - 1_000_000).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_is_gone_ends_what_waits_for_it_in_the_same_transaction() {
    let fixture = Fixture::new().await;
    fixture.commit(asking(1, "a", |_| ())).await;
    fixture.run_one().await;
    fixture.commit(asking(2, "b", |_| ())).await;
    fixture.commit(asking(3, "c", held)).await;
    fixture.commit(asking(4, "d", of_request)).await;
    fixture
        .commit(asking(5, "e", |it| it.work.ref_name = "refs/heads/dev".into()))
        .await;
    fixture.commit(telling(6, branch(None))).await;
    let mut states = Vec::new();
    for number in 1..=5 {
        states.push(fixture.state(number).await);
    }
    use State::{Cancelled, Queued, Running};
    assert_eq!(states, [Running, Cancelled, Cancelled, Queued, Queued]);
    let ended = fixture.made(2).await.unwrap();
    assert_eq!(ended.description.as_deref(), Some("The branch was deleted"));
    assert_eq!(ended.finished_at, Some(now()));
    let counts = fixture.store.queue_depth();
    assert_eq!((counts.held, counts.queued, counts.running), (0, 2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_head_is_told_what_was_pushed_since_stays() {
    let fixture = Fixture::new().await;
    fixture.commit(asking(1, "a", |_| ())).await;
    fixture.commit(asking(2, "b", |_| ())).await;
    fixture.commit(telling(3, branch(Some("a")))).await;
    assert_eq!(fixture.state(1).await, State::Cancelled);
    assert_eq!(fixture.state(2).await, State::Queued);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_ends_what_runs_and_what_is_held() {
    let fixture = Fixture::new().await;
    fixture.commit(asking(1, "a", of_request)).await;
    fixture.run_one().await;
    let held_request = |it: &mut Wanted| {
        of_request(it);
        held(it);
    };
    fixture.commit(asking(2, "b", held_request)).await;
    fixture.commit(asking(3, "c", |_| ())).await;
    fixture.commit(telling(4, EndedSubject::PullRequest(7))).await;
    assert_eq!(fixture.state(1).await, State::Cancelled);
    assert_eq!(fixture.state(2).await, State::Cancelled);
    assert_eq!(fixture.state(3).await, State::Queued);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_work_is_one_evaluation_of_all_deliveries_that_asked_for_it() {
    let fixture = Fixture::new().await;
    let already = (Outcome::Skipped, Some(Reason::AlreadyInProgress));
    assert_eq!(fixture.commit(asking(1, "a", held)).await, (Outcome::Held, None));
    assert_eq!(fixture.commit(asking(2, "a", held)).await, already);
    // What need not wait takes the place of the held one, and stands for those that asked for it too.
    assert_eq!(
        fixture.commit(asking(3, "a", of_request)).await,
        (Outcome::Queued, None)
    );
    assert_eq!(fixture.commit(asking(4, "a", held)).await, already);
    assert_eq!(fixture.commit(asking(5, "a", |_| ())).await, already);
    let (first, second) = (fixture.made(1).await.unwrap(), fixture.made(3).await.unwrap());
    assert_eq!((first.state, first.superseded_by), (State::Superseded, Some(second.id)));
    assert_eq!(second.state, State::Queued);
    assert_eq!(deliveries(&second), [1, 2, 3, 4, 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_joined_takes_the_place_of_what_the_second_delivery_names() {
    let fixture = Fixture::new().await;
    fixture.commit(asking(1, "a", |_| ())).await;
    fixture.commit(asking(2, "b", of_request)).await;
    assert_eq!(
        fixture.state(1).await,
        State::Queued,
        "the pull request does not name what was before"
    );
    fixture
        .commit(asking(3, "b", |it| it.work.before = Some("a".repeat(40))))
        .await;
    let first = fixture.made(1).await.unwrap();
    let second = fixture.made(2).await.unwrap();
    assert_eq!((first.state, first.superseded_by), (State::Superseded, Some(second.id)));
    assert_eq!(deliveries(&second), [2, 3]);
    assert_eq!(fixture.made(3).await, None);
}
