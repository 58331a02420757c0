use std::collections::BTreeSet;

use forgegate_model::evaluation::{Evaluation, Move, State, Trust};
use forgegate_model::ids::EvaluationId;
use forgegate_model::project::Concurrency;
use forgegate_storage::{EvaluationFilter, Page, StoreError};

use crate::house::{House, anybody, at};

#[tokio::test]
async fn a_claim_runs_the_longest_queued_and_organizations_take_turns() {
    let house = House::new();
    let (acme, other) = (house.organization("acme").await, house.organization("other").await);
    let (app, lib) = (
        house.made_project(acme, "app").await,
        house.made_project(other, "lib").await,
    );
    let mut expected = Vec::new();
    for project in [&app, &app, &lib] {
        expected.push(house.queued(project).await.id);
    }
    expected.swap(1, 2);
    for (lease, id) in (1..).zip(expected) {
        let claimed = house.claim(lease).await.unwrap();
        assert_eq!(claimed.id, id);
        assert_eq!(claimed.state, State::Running);
        assert_eq!((claimed.attempt, claimed.worker.as_deref()), (1, Some("w")));
        assert_eq!(claimed.started_at, Some(at(10)));
    }
    assert_eq!(house.claim(9).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_claimers_share_everything_and_nothing_is_claimed_twice() {
    let house = House::new();
    let mut all = BTreeSet::new();
    for name in ["a", "b", "c"] {
        let organization = house.organization(name).await;
        let project = house.made_project(organization, "app").await;
        for _ in 0..70 {
            all.insert(house.queued(&project).await.id);
        }
    }
    // Some are cancelled while they are claimed: each ends up either way, and never both.
    let doomed: Vec<_> = all.iter().copied().step_by(5).collect();
    let canceller = tokio::spawn({
        let store = house.store.clone();
        async move {
            let mut cancelled = BTreeSet::new();
            for id in doomed {
                let before = store.evaluation(id).await.unwrap().unwrap();
                if before.state == State::Queued && store.cancel(id, at(5), None).await.is_ok() {
                    cancelled.insert(id);
                }
            }
            cancelled
        }
    });
    let claimers = (1..=4_u8).map(|worker| {
        let store = house.store.clone();
        tokio::spawn(async move {
            let mut claimed = Vec::new();
            while let Some(it) = store.claim(anybody(), [worker; 32], at(10), None).await.unwrap() {
                assert_eq!(it.lease_hash, Some([worker; 32]));
                claimed.push(it.id);
            }
            claimed
        })
    });
    let mut claimed: Vec<EvaluationId> = Vec::new();
    for claimer in claimers.collect::<Vec<_>>() {
        claimed.extend(claimer.await.unwrap());
    }
    let cancelled = canceller.await.unwrap();
    let distinct: BTreeSet<_> = claimed.iter().copied().collect();
    assert_eq!(distinct.len(), claimed.len(), "something was claimed twice");
    let ended: BTreeSet<_> = distinct.union(&cancelled).copied().collect();
    assert_eq!(ended, all);
    assert_eq!(house.store.queue_depth().queued, 0);
}

#[tokio::test]
async fn labels_trust_and_reach_decide_who_gets_what() {
    let house = House::new();
    let (acme, other) = (house.organization("acme").await, house.organization("other").await);
    let project = house.made_project(acme, "app").await;
    let mut row = house.evaluation(&project);
    row.labels = vec!["linux".into()];
    row.work.trust = Trust::Untrusted;
    let id = row.id;
    house.store.start_evaluation(row, None).await.unwrap();
    let mut claim = anybody();
    claim.approved = false;
    claim.organizations = Some(vec![other]);
    let tried = |claim: &forgegate_storage::Claim| {
        let (store, claim) = (house.store.clone(), claim.clone());
        async move { store.claim(claim, [1; 32], at(10), None).await.unwrap() }
    };
    assert_eq!(tried(&claim).await, None);
    claim.organizations = Some(vec![acme]);
    assert_eq!(tried(&claim).await, None);
    claim.labels = vec!["linux".into(), "arm".into()];
    assert_eq!(tried(&claim).await, None);
    claim.approved = true;
    assert_eq!(tried(&claim).await.unwrap().id, id);
}

#[tokio::test]
async fn a_project_that_queues_runs_one_of_a_ref_at_a_time() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let mut project = house.project(acme, "app");
    project.concurrency = Concurrency::Queue;
    house
        .store
        .create_project(project.clone(), vec![], vec![], None)
        .await
        .unwrap();
    let (first, second) = (house.queued(&project).await, house.queued(&project).await);
    assert_eq!(house.claim(1).await.unwrap().id, first.id);
    assert_eq!(house.claim(2).await, None);
    let house = house.reopened();
    assert_eq!(house.claim(2).await, None);
    let mut arrived = house.store.work_arrived();
    arrived.mark_unchanged();
    house
        .store
        .finish(first.id, [1; 32], Move::Succeed.into(), at(20), None)
        .await
        .unwrap();
    assert!(arrived.has_changed().unwrap());
    assert_eq!(house.claim(2).await.unwrap().id, second.id);
}

#[tokio::test]
async fn who_waits_for_work_hears_of_it_after_it_is_committed() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let project = house.made_project(acme, "app").await;
    let mut arrived = house.store.work_arrived();
    arrived.mark_unchanged();
    let held = house.held(&project).await;
    assert!(!arrived.has_changed().unwrap());
    let waiting = tokio::spawn({
        let store = house.store.clone();
        async move {
            arrived.changed().await.unwrap();
            store.claim(anybody(), [1; 32], at(10), None).await.unwrap()
        }
    });
    let sha = held.work.sha.clone();
    house.store.approve(held.id, sha, at(5), None).await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().id, held.id);
}

#[tokio::test]
async fn a_claimer_that_leaves_loses_nothing() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let project = house.made_project(acme, "app").await;
    for _ in 0..20 {
        house.queued(&project).await;
    }
    for lease in 1..=20 {
        let claim = house.store.claim(anybody(), [lease; 32], at(10), None);
        tokio::pin!(claim);
        // Polled once, which hands the write over, and left.
        tokio::select! {
            biased;
            _ = &mut claim => {}
            () = std::future::ready(()) => {}
        }
    }
    // The writer takes writes in order: after this one all of them are through.
    house.made_project(acme, "after").await;
    let running = house.store.running();
    assert_eq!(running.len(), 20);
    for (id, lease_hash) in running {
        let row = house.store.evaluation(id).await.unwrap().unwrap();
        assert_eq!(row.lease_hash, Some(lease_hash));
        assert_eq!(house.store.heartbeat(id, &lease_hash), Ok(false));
    }
}

#[tokio::test]
async fn the_queue_is_the_same_after_a_restart() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let project = house.made_project(acme, "app").await;
    let running = house.queued(&project).await;
    assert_eq!(house.claim(1).await.unwrap().id, running.id);
    let (held, queued) = (house.held(&project).await, house.queued(&project).await);
    let over = house.queued(&project).await;
    house.store.cancel(over.id, at(5), None).await.unwrap();
    let before = house.store.queue_depth();
    assert_eq!((before.held, before.queued, before.running), (1, 1, 1));

    let house = house.reopened();
    let store = &house.store;
    assert_eq!(store.queue_depth(), before);
    assert_eq!(store.oldest_queued(), Some(at(0)));
    assert_eq!(store.running(), [(running.id, [1; 32])]);
    assert_eq!(store.heartbeat(running.id, &[1; 32]), Ok(false));
    assert_eq!(store.heartbeat(running.id, &[2; 32]), Err(StoreError::LeaseLost));
    assert_eq!(house.claim(2).await.unwrap().id, queued.id);
    assert_eq!(house.claim(3).await, None);
    let row = store.evaluation(held.id).await.unwrap();
    assert_eq!(row, Some(held));
    assert!(
        store
            .directory()
            .project_by_id(project.id)
            .unwrap()
            .project()
            .has_evaluation
    );
}

#[tokio::test]
async fn deleting_a_project_cancels_what_is_live_of_it() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let project = house.made_project(acme, "app").await;
    let running = house.queued(&project).await;
    assert_eq!(house.claim(1).await.unwrap().id, running.id);
    let queued = house.queued(&project).await;
    let store = &house.store;
    store.delete_project(project.id, at(7), None).await.unwrap();
    for id in [running.id, queued.id] {
        let row = store.evaluation(id).await.unwrap().unwrap();
        assert_eq!((row.state, row.finished_at), (State::Cancelled, Some(at(7))));
    }
    assert_eq!(store.heartbeat(running.id, &[1; 32]), Ok(true));
    assert_eq!(house.claim(2).await, None);
    let late = house.evaluation(&project);
    assert!(matches!(
        store.start_evaluation(late, None).await,
        Err(StoreError::NotFound(_))
    ));
    house.made_project(acme, "app").await;
}

async fn listed(house: &House, filter: EvaluationFilter) -> Vec<EvaluationId> {
    let mut page = Page { cursor: None, limit: 2 };
    let mut found = Vec::new();
    loop {
        let part = house.store.evaluations(filter.clone(), page.clone()).await.unwrap();
        assert!(part.items.len() <= 2);
        found.extend(part.items.iter().map(|it| it.id));
        page.cursor = part.next;
        if page.cursor.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn evaluations_are_listed_newest_first_by_what_they_are() {
    let house = House::new();
    let (acme, other) = (house.organization("acme").await, house.organization("other").await);
    let (app, lib) = (
        house.made_project(acme, "app").await,
        house.made_project(other, "lib").await,
    );
    let mut rows: Vec<Evaluation> = Vec::new();
    for project in [&app, &lib, &app, &app, &lib] {
        rows.push(house.queued(project).await);
    }
    house.store.cancel(rows[2].id, at(5), None).await.unwrap();
    let ids = |places: &[usize]| places.iter().map(|at| rows[*at].id).collect::<Vec<_>>();
    let any = EvaluationFilter::default;
    let cases = [
        (any(), ids(&[4, 3, 2, 1, 0])),
        (
            EvaluationFilter {
                project: Some(app.id),
                ..any()
            },
            ids(&[3, 2, 0]),
        ),
        (
            EvaluationFilter {
                organizations: Some(vec![other]),
                ..any()
            },
            ids(&[4, 1]),
        ),
        (
            EvaluationFilter {
                state: Some(State::Cancelled),
                ..any()
            },
            ids(&[2]),
        ),
        (
            EvaluationFilter {
                sha: Some(rows[1].work.sha.clone()),
                ..any()
            },
            ids(&[1]),
        ),
        (
            EvaluationFilter {
                ref_name: Some("main".into()),
                project: Some(lib.id),
                ..any()
            },
            ids(&[4, 1]),
        ),
        (
            EvaluationFilter {
                since: Some(at(1)),
                ..any()
            },
            Vec::new(),
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(listed(&house, filter.clone()).await, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn lists_are_whole_after_a_restart_also_when_the_views_are_lost() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let project = house.made_project(acme, "app").await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, house.queued(&project).await.id);
    }
    house.store.cancel(ids[0], at(5), None).await.unwrap();
    let of_project = EvaluationFilter {
        project: Some(project.id),
        ..EvaluationFilter::default()
    };
    let house = house.reopened();
    assert_eq!(listed(&house, of_project.clone()).await, ids);
    let House { store, folder, .. } = house;
    drop(store);
    std::fs::remove_file(folder.path().join("views.redb")).unwrap();
    let house = House::of(folder);
    assert_eq!(listed(&house, of_project).await, ids);
    let live = EvaluationFilter {
        state: Some(State::Queued),
        ..EvaluationFilter::default()
    };
    assert_eq!(listed(&house, live).await, ids[1..]);
}

#[tokio::test]
async fn only_what_is_over_is_swept_and_it_leaves_the_lists_too() {
    let house = House::new();
    let acme = house.organization("acme").await;
    let project = house.made_project(acme, "app").await;
    let mut rows = Vec::new();
    for _ in 0..4 {
        rows.push(house.queued(&project).await.id);
    }
    let held = house.held(&project).await.id;
    house.store.cancel(rows[0], at(5), None).await.unwrap();
    house.store.cancel(rows[1], at(50), None).await.unwrap();
    assert_eq!(house.claim(1).await.unwrap().id, rows[2]);
    let of_project = EvaluationFilter {
        project: Some(project.id),
        ..EvaluationFilter::default()
    };
    assert_eq!(house.store.sweep_evaluations(at(50)).await, Ok(1));
    let left = [held, rows[3], rows[2], rows[1]];
    assert_eq!(listed(&house, of_project.clone()).await, left);
    assert_eq!(house.store.sweep_evaluations(at(51)).await, Ok(1));
    let house = house.reopened();
    assert_eq!(house.store.sweep_evaluations(at(999)).await, Ok(0));
    assert_eq!(listed(&house, of_project).await, left[..3]);
    assert_eq!(house.store.evaluation(rows[0]).await.unwrap(), None);
}
