//! No status is lost to `kill -9`, and none that was superseded is sent after it: a process of its own runs evaluations and tells of them,
//! one line for each status that arrived; it is killed in the middle, again and again, and whatever arrived unheard is known to be doubtful.
//!
//! The program is both: started by cargo it is the test, started by itself it is the one that is killed.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test without a harness"
)]

mod killed;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use forgegate_model::action::Action;
use forgegate_model::evaluation::{Evaluation, Move, State};
use forgegate_model::ids::{EvaluationId, StatusId};
use forgegate_model::integration::Integration;
use forgegate_model::status::{StatusOutcome, StatusState};
use forgegate_model::testing;
use forgegate_storage::{Claim, Credentials, Options, Store, Taken};
use killed::{NOW, ROUNDS, say, work};
use uuid::Uuid;

const AT_ONCE: u8 = 8;

/// The lines that the process wrote, sorted by kind.
#[derive(Debug, Default)]
struct Heard {
    /// Evaluations that were finished.
    finished: BTreeSet<u128>,
    /// The statuses that arrived of each evaluation, in order: the id and the rank of its state.
    arrived: BTreeMap<u128, Vec<(u128, u8)>>,
    /// Statuses whose answers were written down.
    answered: BTreeSet<u128>,
}

fn main() {
    killed::either(kill_and_look(), tell_until_killed);
}

async fn kill_and_look() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut heard = Heard::default();
    for round in 0..ROUNDS {
        killed::one(folder.path(), 150 + 170 * round, |line| heard.take_down(line));
        let store = Store::open(Options::new(folder.path())).expect("it opens after a kill");
        look(&store, &mut heard).await;
    }
    let arrived: usize = heard.arrived.values().map(Vec::len).sum();
    println!(
        "ok: {} evaluations and {arrived} statuses survived {ROUNDS} kills",
        heard.finished.len()
    );
}

impl Heard {
    /// The last line may be cut off by the kill: then it was not said.
    fn take_down(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |place: usize| words.get(place).and_then(|word| word.parse::<u128>().ok());
        match (words.first(), number(1), number(2), number(3), words.last()) {
            (Some(&"finished"), Some(id), _, _, Some(&".")) => {
                self.finished.insert(id);
            }
            (Some(&"answered"), Some(id), _, _, Some(&".")) => {
                self.answered.insert(id);
            }
            (Some(&"arrived"), Some(status), Some(evaluation), Some(rank), Some(&".")) => {
                self.arrive(status, evaluation, u8::try_from(rank).expect("a rank"));
            }
            _ => {}
        }
    }

    fn arrive(&mut self, status: u128, evaluation: u128, rank: u8) {
        let all = self.arrived.entry(evaluation).or_default();
        let before = all.last().map_or(0, |(_, rank)| *rank);
        assert!(rank >= before, "{evaluation} went backwards: {all:?}, then {rank}");
        all.push((status, rank));
    }
}

/// Sends what is left as a start would, and looks whether all is there.
async fn look(store: &Store, heard: &mut Heard) {
    // Who was killed with leases leaves evaluations running; nobody else ends them.
    for (id, _) in store.running() {
        store.cancel(id, NOW, None).await.expect("it can be cancelled");
    }
    loop {
        let taken = store.take_statuses(NOW, 64, |_| 64).await.expect("what is due");
        if taken.is_empty() {
            break;
        }
        for taken in &taken {
            resume(store, heard, taken).await;
        }
    }
    assert_eq!(store.status_counts().waiting, 0);
    for id in &heard.finished {
        let ends = heard.arrived.get(id).and_then(|all| all.last());
        assert_eq!(ends.map(|(_, rank)| *rank), Some(3), "the end of {id} was lost");
    }
}

async fn resume(store: &Store, heard: &mut Heard, taken: &Taken) {
    let (id, evaluation) = (taken.status.id, taken.status.evaluation);
    let row = store
        .evaluation(evaluation)
        .await
        .expect("a reading")
        .expect("its evaluation");
    let is_now = match row.state {
        State::Queued => taken.status.state == StatusState::Queued,
        State::Running => taken.status.state == StatusState::Running,
        _ => rank(taken.status.state) == 3,
    };
    assert!(is_now, "{:?} was superseded: {:?}", taken.status.state, row.state);
    let before = heard.arrived.get(&evaluation.0.as_u128()).and_then(|all| all.last());
    if let Some((last, _)) = before.filter(|(last, _)| !heard.answered.contains(last)) {
        let last = StatusId(Uuid::from_u128(*last));
        let row = store.status(last).await.expect("a reading").expect("its row");
        assert!(row.attempts > 0, "the mark was durable before it was sent");
        let is_doubtful = row.outcome != StatusOutcome::Sent;
        assert!(
            taken.attempted || !is_doubtful,
            "{last} may have arrived, and nobody says so"
        );
    }
    heard.arrive(id.0.as_u128(), evaluation.0.as_u128(), rank(taken.status.state));
    store
        .status_sent(id, Some("x".into()), NOW)
        .await
        .expect("it is written down");
    heard.answered.insert(id.0.as_u128());
}

const fn rank(state: StatusState) -> u8 {
    match state {
        StatusState::ActionRequired => 0,
        StatusState::Queued => 1,
        StatusState::Running => 2,
        _ => 3,
    }
}

async fn tell_until_killed(folder: &Path) {
    let store = Store::open(Options::new(folder)).expect("it opens");
    if store.was_created() {
        configure(&store).await;
    }
    let begin = killed::beginning();
    for worker in 0..AT_ONCE {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0.. {
                let id = begin + u128::from(worker) * 1_000_000_000_000 + number;
                live(&store, id, worker).await;
            }
        });
    }
    let mut arrived = store.status_arrived();
    loop {
        for taken in store.take_statuses(NOW, 16, |_| 16).await.expect("what is due") {
            let store = store.clone();
            tokio::spawn(async move { send(&store, taken).await });
        }
        arrived.changed().await.expect("the store is there");
    }
}

/// An evaluation from its making to its end. Workers take whatever comes: all of them finish one.
async fn live(store: &Store, id: u128, worker: u8) {
    store.start_evaluation(evaluation(id), None).await.expect("it is made");
    let mut lease = [worker; 32];
    lease[..16].copy_from_slice(&id.to_be_bytes());
    let claim = Claim {
        worker: "w".into(),
        labels: Vec::new(),
        organizations: None,
        approved: true,
    };
    let Some(claimed) = store.claim(claim, lease, NOW, None).await.expect("a claim") else {
        return;
    };
    let finished = store.finish(claimed.id, lease, Move::Succeed.into(), NOW, None);
    finished.await.expect("it ends");
    say(&format!("finished {} .", claimed.id.0.as_u128()));
}

/// The line is the arrival: whoever reads it is the forge.
async fn send(store: &Store, taken: Taken) {
    let status = &taken.status;
    let (id, evaluation) = (status.id.0.as_u128(), status.evaluation.0.as_u128());
    say(&format!("arrived {id} {evaluation} {} .", rank(status.state)));
    let sent = store.status_sent(status.id, Some("x".into()), NOW);
    sent.await.expect("it is written down");
    say(&format!("answered {id} ."));
}

async fn configure(store: &Store) {
    killed::found(store).await;
    let integration = Integration {
        created_at: NOW,
        ..testing::outbound()
    };
    let made = store.create_integration(integration, Credentials::default(), None);
    made.await.expect("an integration");
    let action = Action {
        created_at: NOW,
        ..testing::action()
    };
    killed::begin(store, vec![action]).await;
}

fn evaluation(id: u128) -> Evaluation {
    let id = EvaluationId(Uuid::from_u128(id));
    Evaluation::begin(id, &killed::project(), work(id.0.as_u128()), State::Queued, NOW)
}
