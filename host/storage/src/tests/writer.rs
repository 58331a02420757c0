use forgegate_engine::testing as faults;
use forgegate_engine::{Engine, Rows, StoreError, Table, Write};

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::fixtures::{Fixture, push};

use crate::memory::MemoryState;
use crate::store::Tx;

const TESTED: Table = Table("tested");

/// What a member of a batch does.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Writes,
    FailsAfterWriting,
    RefusesBeforeWriting,
    Panics,
}

struct Member {
    number: u8,
    manner: Manner,
    applied: Arc<AtomicUsize>,
}

impl Write<MemoryState> for Member {
    type Output = u8;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<u8, StoreError> {
        self.applied.fetch_add(1, Ordering::SeqCst);
        if self.manner == Manner::RefusesBeforeWriting {
            return Err(StoreError::AlreadyExists("it".into()));
        }
        tx.put(TESTED, &[self.number], &[])?;
        match self.manner {
            Manner::FailsAfterWriting => Err(StoreError::Conflict("failed".into())),
            Manner::Panics => panic!("a test's panic"),
            _ => Ok(self.number),
        }
    }
}

/// Keeps the writer busy until it is told to go on, so that what comes meanwhile becomes one batch.
struct Gate(Arc<std::sync::Barrier>);

impl Write<MemoryState> for Gate {
    type Output = ();

    fn apply(&self, _: &mut Tx<'_>) -> Result<(), StoreError> {
        self.0.wait();
        self.0.wait();
        Ok(())
    }
}

async fn as_one_batch(fixture: &Fixture, manners: &[Manner]) -> (Vec<Result<u8, StoreError>>, usize) {
    let barrier = Arc::new(std::sync::Barrier::new(2));
    let gate = {
        let (store, barrier) = (fixture.store.clone(), Arc::clone(&barrier));
        tokio::spawn(async move { store.write(Gate(barrier)).await })
    };
    let entered = Arc::clone(&barrier);
    tokio::task::spawn_blocking(move || entered.wait()).await.unwrap();
    let applied = Arc::new(AtomicUsize::new(0));
    let writes = manners.iter().zip(0..).map(|(manner, number)| {
        let applied = Arc::clone(&applied);
        fixture.store.write(Member {
            number,
            manner: *manner,
            applied,
        })
    });
    // Polled once each, in order, they all wait at the writer; then it may go on.
    let mut answers: Vec<_> = writes.map(tokio_test_poll).collect();
    barrier.wait();
    gate.await.unwrap().unwrap();
    let mut results = Vec::new();
    for answer in &mut answers {
        results.push(answer.await);
    }
    (results, applied.load(Ordering::SeqCst))
}

type Answer<'a> = std::pin::Pin<Box<dyn Future<Output = Result<u8, StoreError>> + 'a>>;

fn tokio_test_poll<'a>(write: impl Future<Output = Result<u8, StoreError>> + 'a) -> Answer<'a> {
    let mut write: Answer<'a> = Box::pin(write);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(write.as_mut().poll(&mut context).is_pending());
    write
}

fn is_there(fixture: &Fixture, number: u8) -> bool {
    let found = fixture.store.shared().engine.read(|rows| rows.get(TESTED, &[number]));
    found.unwrap().is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_fails_leaves_the_others() {
    use Manner::{FailsAfterWriting, Panics, Writes};
    let fixture = Fixture::new().await;
    let (results, applied) = as_one_batch(&fixture, &[Writes, FailsAfterWriting, Writes, Panics, Writes]).await;
    assert_eq!(results[0], Ok(0));
    assert_eq!(results[1], Err(StoreError::Conflict("failed".into())));
    assert_eq!(results[2], Ok(2));
    assert_eq!(results[3], Err(StoreError::Unavailable("the write panicked".into())));
    assert_eq!(results[4], Ok(4));
    assert_eq!(
        [0, 1, 2, 3, 4].map(|number| is_there(&fixture, number)),
        [true, false, true, false, true]
    );
    assert_eq!(
        applied,
        2 + 3 + 3,
        "each failure begins the batch again without the member"
    );
    let fixture = fixture.reopen();
    assert!(is_there(&fixture, 4) && !is_there(&fixture, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_before_anything_was_written_costs_the_others_nothing() {
    use Manner::{RefusesBeforeWriting, Writes};
    let fixture = Fixture::new().await;
    let (results, applied) = as_one_batch(&fixture, &[Writes, RefusesBeforeWriting, Writes]).await;
    assert_eq!(results, [Ok(0), Err(StoreError::AlreadyExists("it".into())), Ok(2)]);
    assert_eq!(applied, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_too_late_is_dropped_unwritten() {
    let fixture = Fixture::new().await;
    let mut late = push(1, "late");
    late.deadline = Instant::now();
    let (id, key) = (late.row.id, late.key.clone().unwrap());
    assert_eq!(fixture.store.commit_delivery(late).await, Err(StoreError::Expired));
    assert_eq!(fixture.store.delivery(id).await.unwrap(), None);
    assert_eq!(fixture.store.recognise(&key, super::fixtures::now()), None);
}

async fn until_ready(fixture: &Fixture) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !fixture.store.is_ready() {
        assert!(Instant::now() < deadline, "storage did not come back");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_is_unavailable_until_the_database_was_opened_anew() {
    let fixture = Fixture::new().await;
    let file = fixture.file("forgegate.redb");
    fixture.store.commit_delivery(push(1, "before")).await.unwrap();
    faults::fail(&file);
    let (one, two) = tokio::join!(
        fixture.store.commit_delivery(push(2, "two")),
        fixture.store.commit_delivery(push(3, "three")),
    );
    assert!(matches!(one, Err(StoreError::Unavailable(_))), "{one:?}");
    assert!(matches!(two, Err(StoreError::Unavailable(_))), "{two:?}");
    assert!(!fixture.store.is_ready());
    assert!(fixture.store.commit_delivery(push(4, "four")).await.is_err());
    faults::heal(&file);
    until_ready(&fixture).await;
    let again = fixture.store.commit_delivery(push(5, "two")).await.unwrap();
    assert!(
        matches!(again, crate::Committed::First(_)),
        "what was not committed is no duplicate"
    );
    let before = fixture.store.commit_delivery(push(6, "before")).await.unwrap();
    assert!(matches!(before, crate::Committed::Duplicate { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_cannot_be_written_stops_the_commit() {
    let fixture = Fixture::new().await;
    let (payloads, aside) = (fixture.file("payloads"), fixture.file("aside"));
    std::fs::rename(&payloads, &aside).unwrap();
    let lost = push(1, "one");
    let id = lost.row.id;
    let result = fixture.store.commit_delivery(lost).await;
    assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
    std::fs::rename(&aside, &payloads).unwrap();
    until_ready(&fixture).await;
    assert_eq!(fixture.store.delivery(id).await.unwrap(), None);
    assert_eq!(fixture.store.queue_depth().queued, 0);
    assert!(fixture.store.commit_delivery(push(2, "one")).await.is_ok());
    assert_eq!(fixture.store.queue_depth().queued, 1);
}
