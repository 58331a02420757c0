//! Leases: workers that wait for work, and leases that run out.
//!
//! What an evaluation is and how it may move is storage's and the model's; here is only time. Leases run on a monotonic clock. After a
//! restart each lease of an evaluation that was running gets a full new term (`Leases::new`): its worker goes on as if nothing had been.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use forgegate_model::audit::AuditEntry;
use forgegate_model::crypto;
use forgegate_model::evaluation::Evaluation;
use forgegate_model::ids::{AuditId, EvaluationId};
use forgegate_model::lock::Lock;
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::{Claim, Store, StoreError};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, fresh_id};
use crate::config::Queue;

/// The time after which a lease that could not be ended is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// The leases under way, with their ends.
pub struct Leases {
    store: Store,
    clock: Clock,
    term: Duration,
    max_attempts: u32,
    draining: CancellationToken,
    leases: Lock<HashMap<EvaluationId, Lease>>,
    /// Woken when a lease was added.
    added: Notify,
}

#[derive(Clone, Copy)]
struct Lease {
    hash: [u8; 32],
    ends: Instant,
}

/// A claim that was granted: the evaluation, and the token that fences it.
pub struct Claimed {
    /// The evaluation, running.
    pub evaluation: Evaluation,
    /// The token of its lease; only its hash is kept.
    pub token: String,
    /// The time when the lease ends unless a heartbeat comes.
    pub expires_at: Timestamp,
}

/// The answer to a heartbeat.
pub struct Beat {
    /// The time when the lease ends unless another comes.
    pub expires_at: Timestamp,
    /// Whether the worker has to stop.
    pub cancel: bool,
}

impl Leases {
    /// The leases on record, after a restart too: each gets a full term from here. `run` ends those that run out.
    pub fn new(store: Store, clock: Clock, settings: &Queue, draining: CancellationToken) -> Self {
        let ends = Instant::now() + settings.lease;
        let leases = store
            .running()
            .into_iter()
            .map(|(id, hash)| (id, Lease { hash, ends }))
            .collect();
        Self {
            store,
            clock,
            term: settings.lease,
            max_attempts: settings.max_attempts,
            draining,
            leases: Lock::new(leases),
            added: Notify::new(),
        }
    }

    /// Claims work, waiting for some for so long. None after that, and at once while the gateway drains. The audit's entry gets the time
    /// of the claim and the evaluation.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn claim(
        self: &Arc<Self>,
        claim: Claim,
        wait: Duration,
        audit: Option<AuditEntry>,
    ) -> Result<Option<Claimed>, StoreError> {
        let until = Instant::now() + wait;
        let mut arrived = self.store.work_arrived();
        loop {
            arrived.mark_unchanged();
            if self.draining.is_cancelled() {
                return Ok(None);
            }
            if let Some(claimed) = self.claim_whole(claim.clone(), audit.clone()).await? {
                return Ok(Some(claimed));
            }
            tokio::select! {
                () = sleep_until(until) => return Ok(None),
                () = self.draining.cancelled() => return Ok(None),
                arrival = arrived.changed() => if arrival.is_err() { return Ok(None) },
            }
        }
    }

    /// Extends a lease by another term from now.
    ///
    /// # Errors
    /// `LeaseLost` where another has it, or it ran out.
    pub fn heartbeat(&self, id: EvaluationId, token: &str) -> Result<Beat, StoreError> {
        let hash = lease_hash(token);
        let cancel = self.store.heartbeat(id, &hash)?;
        let expires_at = if cancel {
            self.clock.now()
        } else {
            self.extend(id, hash)?
        };
        Ok(Beat { expires_at, cancel })
    }

    /// Forgets a lease whose worker told the end.
    pub fn ended(&self, id: EvaluationId, token: &str) {
        let hash = lease_hash(token);
        let mut leases = self.leases.lock();
        if leases.get(&id).is_some_and(|lease| lease.hash == hash) {
            leases.remove(&id);
        }
    }

    /// Claims in a task of its own: a worker that hangs up while the claim is being written must not leave a lease without an end.
    async fn claim_whole(
        self: &Arc<Self>,
        claim: Claim,
        audit: Option<AuditEntry>,
    ) -> Result<Option<Claimed>, StoreError> {
        let leases = Arc::clone(self);
        let task = tokio::spawn(async move { leases.claim_now(claim, audit).await });
        task.await.map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    async fn claim_now(&self, claim: Claim, audit: Option<AuditEntry>) -> Result<Option<Claimed>, StoreError> {
        let token = lease_token()?;
        let hash = lease_hash(&token);
        // It happens now, however long the worker has waited for it.
        let at = self.clock.now();
        let id = AuditId(fresh_id());
        let audit = audit.map(|entry| AuditEntry { id, at, ..entry });
        let Some(evaluation) = self.store.claim(claim, hash, at, audit).await? else {
            return Ok(None);
        };
        self.leases.lock().insert(
            evaluation.id,
            Lease {
                hash,
                ends: Instant::now() + self.term,
            },
        );
        self.added.notify_one();
        Ok(Some(Claimed {
            evaluation,
            token,
            expires_at: self.clock.now().plus(self.term),
        }))
    }

    fn extend(&self, id: EvaluationId, hash: [u8; 32]) -> Result<Timestamp, StoreError> {
        let mut leases = self.leases.lock();
        let lease = leases
            .get_mut(&id)
            .filter(|lease| lease.hash == hash)
            .ok_or(StoreError::LeaseLost)?;
        lease.ends = Instant::now() + self.term;
        Ok(self.clock.now().plus(self.term))
    }

    /// Ends leases that ran out, until the gateway drains. One that ran out can no longer be extended: it is taken from the map first.
    pub async fn run(self: Arc<Self>) {
        loop {
            let next = self.leases.lock().values().map(|lease| lease.ends).min();
            tokio::select! {
                () = self.draining.cancelled() => return,
                () = self.added.notified() => continue,
                () = wait(next) => {}
            }
            for (id, lease) in self.run_out() {
                if let Err(error) = self.expire(id, lease.hash).await {
                    tracing::warn!(evaluation.id = %id, %error, "the lease of evaluation {id} ran out and could not be ended yet: {error}");
                    self.leases.lock().entry(id).or_insert(Lease {
                        hash: lease.hash,
                        ends: Instant::now() + RETRY,
                    });
                }
            }
        }
    }

    fn run_out(&self) -> Vec<(EvaluationId, Lease)> {
        let now = Instant::now();
        let mut leases = self.leases.lock();
        leases.extract_if(|_, lease| lease.ends <= now).collect()
    }

    async fn expire(&self, id: EvaluationId, hash: [u8; 32]) -> Result<(), StoreError> {
        match self.store.expire(id, hash, self.max_attempts, self.clock.now()).await {
            Ok(evaluation) => {
                tracing::info!(evaluation.id = %id, "the lease of evaluation {id} ran out: it is {:?}", evaluation.state);
                Ok(())
            }
            // It came to its end another way in the meantime, or went with its project.
            Err(StoreError::LeaseLost | StoreError::Conflict(_) | StoreError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The hash of a lease's token: only this is stored.
pub fn lease_hash(token: &str) -> [u8; 32] {
    crypto::sha256(token.as_bytes())
}

fn lease_token() -> Result<String, StoreError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| StoreError::Unavailable(format!("no randomness: {error}")))?;
    Ok(hex::encode(random))
}

async fn wait(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use forgegate_model::evaluation::State;
    use forgegate_model::project::{Concurrency, Project};
    use forgegate_model::testing;
    use forgegate_storage::Options;
    use tempfile::TempDir;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    struct Harness {
        store: Store,
        project: Project,
        draining: CancellationToken,
        _folder: TempDir,
    }

    impl Harness {
        async fn build() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(Options::new(folder.path().join("data"))).unwrap();
            store.create_organization(testing::organization(), None).await.unwrap();
            let project = Project {
                concurrency: Concurrency::Parallel,
                ..testing::project()
            };
            store
                .create_project(project.clone(), Vec::new(), Vec::new(), None)
                .await
                .unwrap();
            Self {
                store,
                project,
                draining: CancellationToken::new(),
                _folder: folder,
            }
        }

        fn leases(&self, lease: Duration) -> Arc<Leases> {
            let queue = Queue {
                lease,
                max_attempts: 2,
                ..Queue::default()
            };
            let leases = Leases::new(self.store.clone(), Clock::system(), &queue, self.draining.clone());
            let leases = Arc::new(leases);
            tokio::spawn(Arc::clone(&leases).run());
            leases
        }

        async fn queue(&self) -> EvaluationId {
            let (id, at) = (EvaluationId(fresh_id()), Clock::system().now());
            let row = Evaluation::begin(id, &self.project, testing::work(&testing::sha('a')), State::Queued, at);
            self.store.start_evaluation(row, None).await.unwrap().id
        }

        async fn state(&self, id: EvaluationId) -> State {
            self.store.evaluation(id).await.unwrap().unwrap().state
        }
    }

    fn anything() -> Claim {
        Claim {
            worker: "w".to_owned(),
            labels: Vec::new(),
            organizations: None,
            approved: false,
        }
    }

    #[tokio::test]
    async fn a_waiting_worker_gets_work_when_it_arrives() {
        let harness = Harness::build().await;
        let leases = harness.leases(LONG);
        let waiting = tokio::spawn({
            let leases = Arc::clone(&leases);
            async move { leases.claim(anything(), LONG, None).await }
        });
        let id = harness.queue().await;
        let claimed = waiting.await.unwrap().unwrap().unwrap();
        assert_eq!((claimed.evaluation.id, claimed.evaluation.state), (id, State::Running));
        assert!(!leases.heartbeat(id, &claimed.token).unwrap().cancel);
        assert!(matches!(leases.heartbeat(id, "another"), Err(StoreError::LeaseLost)));
    }

    #[tokio::test]
    async fn nobody_waits_for_a_gateway_that_drains() {
        let harness = Harness::build().await;
        let leases = harness.leases(LONG);
        let waiting = tokio::spawn({
            let leases = Arc::clone(&leases);
            async move { leases.claim(anything(), LONG, None).await }
        });
        harness.draining.cancel();
        assert!(waiting.await.unwrap().unwrap().is_none());
        harness.queue().await;
        assert!(leases.claim(anything(), LONG, None).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_lease_that_runs_out_is_lost_and_the_last_one_ends_in_errored() {
        let harness = Harness::build().await;
        let leases = harness.leases(Duration::from_millis(20));
        let id = harness.queue().await;
        let first = leases.claim(anything(), LONG, None).await.unwrap().unwrap();
        let second = leases.claim(anything(), LONG, None).await.unwrap().unwrap();
        assert_eq!((second.evaluation.id, second.evaluation.attempt), (id, 2));
        assert!(matches!(leases.heartbeat(id, &first.token), Err(StoreError::LeaseLost)));
        while harness.state(id).await == State::Running {
            tokio::task::yield_now().await;
        }
        assert_eq!(harness.state(id).await, State::Errored);
    }

    #[tokio::test]
    async fn a_lease_lives_through_a_restart_with_a_full_term() {
        let harness = Harness::build().await;
        let id = harness.queue().await;
        let claimed = harness
            .leases(LONG)
            .claim(anything(), LONG, None)
            .await
            .unwrap()
            .unwrap();
        let leases = harness.leases(LONG);
        assert!(!leases.heartbeat(id, &claimed.token).unwrap().cancel);
        harness.store.cancel(id, Clock::system().now(), None).await.unwrap();
        assert!(leases.heartbeat(id, &claimed.token).unwrap().cancel);
    }
}
