//! What the write of a delivery relies on inside its transaction: what memory does not know yet counts too.

use forgegate_engine::Write;
use forgegate_model::evaluation::{Cause, Evaluation, State, Trust, Work};
use forgegate_model::ids::{DeliveryId, OrganizationId, ProjectId};
use forgegate_model::organization::Organization;
use forgegate_model::project::{Bootstrap, Concurrency, Project, StableId};
use forgegate_model::queueing::EndedSubject;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::memory::{MemoryState, Options};
use crate::projects;
use crate::store::Tx;

/// A transaction of a test's own.
struct Run<F>(F);

impl<T, F> Write<MemoryState> for Run<F>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
{
    type Output = T;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<T, StoreError> {
        self.0(tx)
    }
}

fn id(number: u128) -> EvaluationId {
    EvaluationId(Uuid::from_u128(number))
}

fn project(concurrency: Concurrency) -> Project {
    Project {
        id: ProjectId(Uuid::from_u128(1)),
        organization: OrganizationId(Uuid::from_u128(1)),
        name: "app".parse().unwrap(),
        repository: "https://h/a".into(),
        identity: "h/a".into(),
        concurrency,
        bootstrap: Bootstrap::default(),
        runs_on: vec![],
        trusted: vec![],
        active: true,
        repository_id: None,
        has_evaluation: false,
        created_at: Timestamp::default(),
    }
}

fn evaluation(number: u128, sha: &str, before: Option<&str>) -> Evaluation {
    Evaluation {
        id: id(number),
        organization: OrganizationId(Uuid::from_u128(1)),
        project: ProjectId(Uuid::from_u128(1)),
        repository: "h/a".into(),
        work: Work {
            clone_url: "https://h/a".into(),
            fetch_ref: "refs/heads/main".into(),
            ref_name: "refs/heads/main".into(),
            sha: sha.into(),
            before: before.map(Into::into),
            trust: Trust::Trusted,
            repository_id: Some("1".into()),
            cause: Cause {
                event: "push".into(),
                delivery_id: None,
                actor: None,
                pull_request: None,
                argument: None,
            },
        },
        state: State::Queued,
        labels: vec![],
        attempt: 0,
        worker: None,
        description: None,
        url: None,
        checks: vec![],
        deliveries: vec![],
        superseded_by: None,
        rerun_of: None,
        lease_hash: None,
        created_at: Timestamp::default(),
        started_at: None,
        finished_at: None,
    }
}

async fn opened(concurrency: Concurrency) -> (Store, Project, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(Options::new(folder.path())).unwrap();
    let project = project(concurrency);
    let organization = Organization {
        id: project.organization,
        name: "acme".parse().unwrap(),
        created_at: Timestamp::default(),
    };
    store.create_organization(organization, None).await.unwrap();
    store
        .create_project(project.clone(), vec![], vec![], None)
        .await
        .unwrap();
    (store, project, folder)
}

fn found(tx: &Tx<'_>, project: &Project, of: &Evaluation) -> Vec<EvaluationId> {
    let live = live_for(tx, project, &of.work).unwrap();
    live.iter().map(|it| it.id).collect()
}

#[tokio::test]
async fn what_decides_is_found_within_the_batch_and_after_it() {
    let (store, project, _folder) = opened(Concurrency::CancelSuperseded).await;
    let check = |tx: &Tx<'_>, project: &Project| {
        let next = evaluation(9, "b", Some("a"));
        assert_eq!(found(tx, project, &next), [id(1), id(2)]);
        let unrelated = evaluation(9, "d", None);
        assert_eq!(found(tx, project, &unrelated), []);
    };
    let within = project.clone();
    let write = Run(move |tx: &mut Tx<'_>| {
        insert(tx, &evaluation(1, "a", None), None)?;
        let mut of_pull_request = evaluation(2, "b", None);
        of_pull_request.work.cause.pull_request = Some(7);
        insert(tx, &of_pull_request, None)?;
        insert(tx, &evaluation(3, "c", None), None)?;
        check(tx, &within);
        let of_seven = live_of_gone(tx, within.id, &EndedSubject::PullRequest(7))?;
        assert_eq!(of_seven.iter().map(|it| it.id).collect::<Vec<_>>(), [id(2)]);
        Ok(())
    });
    store.write(write).await.unwrap();
    let after = project.clone();
    let write = Run(move |tx: &mut Tx<'_>| {
        check(tx, &after);
        supersede(tx, id(1), id(9), Timestamp::default())?;
        cancel_since(tx, id(2), Timestamp::default(), "it is gone")?;
        // Memory still knows both as live.
        assert_eq!(found(tx, &after, &evaluation(9, "b", Some("a"))), []);
        assert_eq!(live_of_gone(tx, after.id, &EndedSubject::PullRequest(7))?, []);
        Ok(())
    });
    store.write(write).await.unwrap();
    let row = store.evaluation(id(1)).await.unwrap().unwrap();
    assert_eq!(row.superseded_by, Some(id(9)));
    assert_eq!(row.state, State::Superseded);
}

#[tokio::test]
async fn one_that_is_active_in_the_lane_is_found_for_those_who_skip() {
    let (store, project, _folder) = opened(Concurrency::Skip).await;
    let of = project.clone();
    let write = Run(move |tx: &mut Tx<'_>| {
        let mut held = evaluation(1, "a", None);
        held.state = State::Held;
        insert(tx, &held, None)?;
        assert_eq!(found(tx, &of, &evaluation(9, "z", None)), []);
        insert(tx, &evaluation(2, "b", None), None)?;
        insert(tx, &evaluation(3, "c", None), None)?;
        assert_eq!(found(tx, &of, &evaluation(9, "z", None)), [id(3)]);
        Ok(())
    });
    store.write(write).await.unwrap();
    let of = project.clone();
    let write = Run(move |tx: &mut Tx<'_>| {
        let at = Timestamp::default();
        assert_eq!(found(tx, &of, &evaluation(9, "z", None)), [id(2)]);
        cancel_since(tx, id(2), at, "it is gone")?;
        assert_eq!(found(tx, &of, &evaluation(9, "z", None)), [id(3)]);
        cancel_since(tx, id(3), at, "it is gone")?;
        assert_eq!(found(tx, &of, &evaluation(9, "z", None)), []);
        Ok(())
    });
    store.write(write).await.unwrap();
}

#[tokio::test]
async fn what_a_failed_member_did_leaves_no_trace() {
    let (store, project, _folder) = opened(Concurrency::Skip).await;
    let write = Run(|tx: &mut Tx<'_>| {
        insert(tx, &evaluation(1, "a", None), None)?;
        Err::<(), _>(StoreError::Conflict("on second thoughts".into()))
    });
    assert!(store.write(write).await.is_err());
    assert_eq!(store.queue_depth().queued, 0);
    assert_eq!(store.evaluation(id(1)).await.unwrap(), None);
    let write = Run(move |tx: &mut Tx<'_>| Ok(found(tx, &project, &evaluation(9, "a", None))));
    assert_eq!(store.write(write).await.unwrap(), []);
}

#[tokio::test]
async fn the_first_evaluation_pins_the_repository_and_no_later_one_does() {
    let (store, project, _folder) = opened(Concurrency::Parallel).await;
    let named = |number: &str| StableId {
        forge: "gitea".into(),
        host: "h".into(),
        id: number.into(),
    };
    let (first, second) = (named("1"), named("2"));
    let pinned = first.clone();
    let write = Run(move |tx: &mut Tx<'_>| {
        insert(tx, &evaluation(1, "a", None), Some(&first))?;
        insert(tx, &evaluation(2, "b", None), Some(&second))?;
        let project = projects::get(tx, ProjectId(Uuid::from_u128(1)))?;
        projects::pin(tx, &project, &second)
    });
    store.write(write).await.unwrap();
    let entry = store.directory().project_by_id(project.id).unwrap();
    assert_eq!(entry.project().repository_id, Some(pinned));
    assert!(entry.project().has_evaluation);
}

#[tokio::test]
async fn deliveries_that_asked_for_the_same_are_kept_once_each_and_not_without_end() {
    let (store, _project, _folder) = opened(Concurrency::Parallel).await;
    let write = Run(|tx: &mut Tx<'_>| {
        insert(tx, &evaluation(1, "a", None), None)?;
        for number in [1, 1].into_iter().chain(2..100) {
            attach(tx, id(1), DeliveryId(Uuid::from_u128(number)))?;
        }
        Ok(())
    });
    store.write(write).await.unwrap();
    let row = store.evaluation(id(1)).await.unwrap().unwrap();
    assert_eq!(row.deliveries.len(), 32);
    assert_eq!(row.deliveries[0], DeliveryId(Uuid::from_u128(1)));
    assert_eq!(row.deliveries[1], DeliveryId(Uuid::from_u128(2)));
}

#[tokio::test]
async fn a_claim_that_comes_too_late_for_one_takes_the_next() {
    let (store, _project, _folder) = opened(Concurrency::Parallel).await;
    for number in 1..=2 {
        let row = evaluation(number, "a", None);
        store.start_evaluation(row, None).await.unwrap();
    }
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let at = Timestamp::default();
    let claim = Claim {
        worker: "w".into(),
        labels: vec![],
        organizations: None,
        approved: false,
    };
    // While the writer stands at the gate a cancel and then a claim of the same evaluation line up behind it.
    let wait = Run(move |_: &mut Tx<'_>| {
        let _released = gate.lock().unwrap().recv();
        Ok(())
    });
    let (_, cancelled, claimed, ()) = tokio::join!(
        biased;
        store.write(wait),
        store.cancel(id(1), at, None),
        store.claim(claim, [1; 32], at, None),
        async { go.send(()).unwrap() },
    );
    assert_eq!(cancelled.unwrap().state, State::Cancelled);
    assert_eq!(claimed.unwrap().unwrap().id, id(2));
    assert_eq!(store.running(), [(id(2), [1; 32])]);
    assert_eq!(store.queue_depth().queued, 0);
}
