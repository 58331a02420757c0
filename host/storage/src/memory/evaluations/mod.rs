//! The live evaluations in memory: who may have which next, and what is under way for a ref or pull request.
//!
//! Pure: it knows neither rows nor time. The rows are the truth; what is picked here is compared with its row in the writer before
//! it counts. It follows the writer, a change at a time, after the commit.

mod pick;
mod stopped;

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::BuildHasher;

use forgegate_model::evaluation::{Evaluation, State, Trust};
use forgegate_model::ids::{EvaluationId, OrganizationId, ProjectId};
use forgegate_model::queueing::WorkIdentity;
use forgegate_model::timestamp::Timestamp;

use stopped::Stopped;

/// A worker's request for an evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The worker's name, for people.
    pub worker: String,
    /// The worker's labels: an evaluation's labels must all be among them.
    pub labels: Vec<String>,
    /// The organizations that its token reaches; none means all.
    pub organizations: Option<Vec<OrganizationId>>,
    /// Tells whether it takes what is not trusted too.
    pub approved: bool,
}

/// The part of a live evaluation that memory holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    id: EvaluationId,
    organization: OrganizationId,
    lane: Lane,
    commit: Commit,
    class: Class,
    queued_at: Timestamp,
    state: Live,
}

/// The states in which an evaluation is live. A reservation is known to memory alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Live {
    Held,
    Queued,
    Reserved { ticket: u64 },
    Running { lease_hash: [u8; 32] },
}

/// The requirements on a worker. Evaluations of one class are interchangeable for the question who may have them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Class {
    needs_approved: bool,
    labels: Vec<String>,
}

impl Class {
    fn suits(&self, claim: &Claim) -> bool {
        let trusted_enough = claim.approved || !self.needs_approved;
        trusted_enough && self.labels.iter().all(|label| claim.labels.contains(label))
    }
}

/// A pull request or ref of a project: what its concurrency policy is about. The number stands for which one; two that share it by
/// accident are told apart by their rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Lane {
    project: ProjectId,
    number: u64,
}

/// A commit that a project evaluates, on whatever ref or pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Commit {
    project: ProjectId,
    number: u64,
}

/// A change of the live evaluations.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// One was made or moved, and is live.
    Put(Box<Entry>),
    /// One is over; with the lease that was taken from whoever ran it, where it was stopped.
    Gone(EvaluationId, Option<[u8; 32]>),
}

/// An evaluation picked for a worker, until its row says so or it is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Picked {
    pub(crate) id: EvaluationId,
    pub(crate) ticket: u64,
}

/// What a lease is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heartbeat {
    Running,
    /// The evaluation was cancelled or superseded under it.
    Stopped,
    Lost,
}

/// Counts of the live evaluations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Evaluations that wait for approval.
    pub held: usize,
    /// Evaluations that wait for a worker.
    pub queued: usize,
    /// Evaluations that a worker has.
    pub running: usize,
}

type Waiting = BTreeMap<Class, BTreeSet<(Timestamp, EvaluationId)>>;

/// The live evaluations in memory.
#[derive(Debug, Default)]
pub(crate) struct Index {
    numbers: RandomState,
    entries: HashMap<EvaluationId, Entry>,
    commits: BTreeSet<(Commit, EvaluationId)>,
    lanes: BTreeSet<(Lane, EvaluationId)>,
    /// Evaluations that can be picked, the longest queued first.
    waiting: BTreeMap<OrganizationId, Waiting>,
    /// Queued behind what runs in the same lane, of a project that runs one after the other.
    parked: HashMap<Lane, BTreeSet<EvaluationId>>,
    /// How many run, or are about to, in a lane.
    busy: HashMap<Lane, usize>,
    /// Whose turn it was last.
    last: Option<OrganizationId>,
    tickets: u64,
    stopped: Stopped,
}

impl Index {
    /// The part of an evaluation that memory holds; none when it is over.
    pub(crate) fn entry(&self, row: &Evaluation, queued_at: Timestamp) -> Option<Entry> {
        let state = match (row.state, row.lease_hash) {
            (State::Held, _) => Live::Held,
            (State::Queued, _) => Live::Queued,
            // A running row has one: only a claim makes it run.
            (State::Running, hash) => Live::Running {
                lease_hash: hash.unwrap_or_default(),
            },
            _ => return None,
        };
        let mut labels = row.labels.clone();
        labels.sort_unstable();
        labels.dedup();
        Some(Entry {
            id: row.id,
            organization: row.organization,
            lane: self.lane(row.project, &WorkIdentity::of(&row.work)),
            commit: self.commit(row.project, &row.work.sha),
            class: Class {
                needs_approved: row.work.trust != Trust::Trusted,
                labels,
            },
            queued_at,
            state,
        })
    }

    /// The commit, as it is numbered here.
    pub(crate) fn commit(&self, project: ProjectId, sha: &str) -> Commit {
        let number = self.numbers.hash_one(sha);
        Commit { project, number }
    }

    /// The lane of some work, as [`Subject::shares_lane`] draws it.
    pub(crate) fn lane(&self, project: ProjectId, subject: &WorkIdentity<'_>) -> Lane {
        match subject.pull_request {
            Some(number) => self.pull_request(project, number),
            None => self.of_ref(project, subject.ref_name, subject.repository_id),
        }
    }

    /// The lane of a ref that no pull request brought.
    pub(crate) fn of_ref(&self, project: ProjectId, name: &str, repository_id: Option<&str>) -> Lane {
        let number = self.numbers.hash_one((0_u8, name, repository_id));
        Lane { project, number }
    }

    /// The lane of a pull request.
    pub(crate) fn pull_request(&self, project: ProjectId, number: u64) -> Lane {
        let number = self.numbers.hash_one((1_u8, number));
        Lane { project, number }
    }

    /// Enters everything that is live, at a start: sorted at once, where one by one would look for each one's place.
    pub(crate) fn load(&mut self, entries: Vec<Entry>) {
        self.commits
            .append(&mut entries.iter().map(|it| (it.commit, it.id)).collect());
        self.lanes
            .append(&mut entries.iter().map(|it| (it.lane, it.id)).collect());
        self.entries.reserve(entries.len());
        for entry in entries {
            self.place(&entry);
            self.entries.insert(entry.id, entry);
        }
    }

    /// Enters what was committed. Tells whether something can be picked that could not before.
    pub(crate) fn enter(&mut self, change: Change) -> bool {
        match change {
            Change::Put(entry) => {
                let before = self.remove(entry.id);
                let lane = entry.lane;
                let waits = self.insert(*entry);
                self.unpark(before) | self.unpark(Some(lane)) | waits
            }
            Change::Gone(id, stopped) => {
                if let Some(lease_hash) = stopped {
                    self.stopped.note(id, lease_hash);
                }
                let before = self.remove(id);
                self.unpark(before)
            }
        }
    }

    /// Those of a commit, the oldest first.
    pub(crate) fn of_commit(&self, commit: Commit) -> impl Iterator<Item = EvaluationId> {
        within(&self.commits, commit, commit)
    }

    /// Those of a lane, the oldest first.
    pub(crate) fn in_lane(&self, lane: Lane) -> impl Iterator<Item = EvaluationId> {
        within(&self.lanes, lane, lane)
    }

    /// Those of a project.
    pub(crate) fn in_project(&self, project: ProjectId) -> impl Iterator<Item = EvaluationId> {
        let end = |number| Lane { project, number };
        within(&self.lanes, end(0), end(u64::MAX))
    }

    /// The oldest of a lane that is queued or runs.
    pub(crate) fn active_in_lane(&self, lane: Lane) -> Option<EvaluationId> {
        let is_active = |id: &EvaluationId| {
            let entry = self.entries.get(id);
            entry.is_some_and(|entry| entry.state != Live::Held)
        };
        self.in_lane(lane).find(is_active)
    }

    /// Tells whether something of a pull request's lane is held.
    pub(crate) fn holds(&self, project: ProjectId, number: u64) -> bool {
        let is_held = |id: EvaluationId| self.entries.get(&id).is_some_and(|entry| entry.state == Live::Held);
        self.in_lane(self.pull_request(project, number)).any(is_held)
    }

    /// What the holder of a lease is told: to go on, to stop, or that it holds none.
    pub(crate) fn heartbeat(&self, id: EvaluationId, lease_hash: &[u8; 32]) -> Heartbeat {
        let running = Live::Running {
            lease_hash: *lease_hash,
        };
        if self.entries.get(&id).is_some_and(|it| it.state == running) {
            Heartbeat::Running
        } else if self.stopped.has(id, lease_hash) {
            Heartbeat::Stopped
        } else {
            Heartbeat::Lost
        }
    }

    /// All that run, with their leases.
    pub(crate) fn running(&self) -> Vec<(EvaluationId, [u8; 32])> {
        let entries = self.entries.values();
        entries
            .filter_map(|entry| match entry.state {
                Live::Running { lease_hash } => Some((entry.id, lease_hash)),
                _ => None,
            })
            .collect()
    }

    /// How many there are.
    pub(crate) fn counts(&self) -> Counts {
        let queues = self.waiting.values().flat_map(BTreeMap::values);
        let waiting: usize = queues.map(BTreeSet::len).sum();
        let parked: usize = self.parked.values().map(BTreeSet::len).sum();
        let busy: usize = self.busy.values().sum();
        Counts {
            held: self.entries.len().saturating_sub(waiting + parked + busy),
            queued: waiting + parked,
            running: busy,
        }
    }

    /// Since when the one that waits longest is queued.
    pub(crate) fn oldest_queued(&self) -> Option<Timestamp> {
        let queues = self.waiting.values().flat_map(BTreeMap::values);
        let waiting = queues.filter_map(|queue| queue.first());
        let parked = self.parked.values().filter_map(BTreeSet::first);
        let parked = parked.filter_map(|id| self.entries.get(id));
        waiting
            .map(|&(queued_at, _)| queued_at)
            .chain(parked.map(|entry| entry.queued_at))
            .min()
    }

    /// Enters an entry where its state belongs. Tells whether it can be picked.
    fn insert(&mut self, entry: Entry) -> bool {
        self.commits.insert((entry.commit, entry.id));
        self.lanes.insert((entry.lane, entry.id));
        self.place(&entry);
        let waits = entry.state == Live::Queued;
        self.entries.insert(entry.id, entry);
        waits
    }

    /// Has an entry wait, or count as one that runs.
    fn place(&mut self, entry: &Entry) {
        match entry.state {
            Live::Held => {}
            Live::Queued => self.enqueue(entry),
            Live::Reserved { .. } | Live::Running { .. } => {
                *self.busy.entry(entry.lane).or_default() += 1;
            }
        }
    }

    /// Takes an entry out of everything. Its lane is where another may move up.
    fn remove(&mut self, id: EvaluationId) -> Option<Lane> {
        let entry = self.entries.remove(&id)?;
        let lane = entry.lane;
        self.commits.remove(&(entry.commit, id));
        self.lanes.remove(&(lane, id));
        match entry.state {
            Live::Held => {}
            Live::Queued => {
                self.dequeue(&entry);
                if let Some(parked) = self.parked.get_mut(&lane) {
                    parked.remove(&id);
                }
            }
            Live::Reserved { .. } | Live::Running { .. } => self.quit(lane),
        }
        Some(lane)
    }

    fn enqueue(&mut self, entry: &Entry) {
        let classes = self.waiting.entry(entry.organization).or_default();
        let queue = classes.entry(entry.class.clone()).or_default();
        queue.insert((entry.queued_at, entry.id));
    }

    fn dequeue(&mut self, entry: &Entry) {
        let Some(classes) = self.waiting.get_mut(&entry.organization) else {
            return;
        };
        if let Some(queue) = classes.get_mut(&entry.class) {
            queue.remove(&(entry.queued_at, entry.id));
            if queue.is_empty() {
                classes.remove(&entry.class);
            }
        }
        if classes.is_empty() {
            self.waiting.remove(&entry.organization);
        }
    }

    fn quit(&mut self, lane: Lane) {
        if let Some(count) = self.busy.get_mut(&lane) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.busy.remove(&lane);
            }
        }
    }

    /// Lets the oldest of a lane move up once nothing runs there. Where anything is parked, something of that lane runs or can be
    /// picked: so nothing stays parked for good.
    fn unpark(&mut self, lane: Option<Lane>) -> bool {
        let Some(lane) = lane.filter(|lane| !self.busy.contains_key(lane)) else {
            return false;
        };
        let next = self.parked.get_mut(&lane).and_then(BTreeSet::pop_first);
        if self.parked.get(&lane).is_some_and(BTreeSet::is_empty) {
            self.parked.remove(&lane);
        }
        let entry = next.and_then(|id| self.entries.get(&id).cloned());
        match entry {
            Some(entry) => {
                self.enqueue(&entry);
                true
            }
            None => false,
        }
    }
}

/// What a set has between two ends, both included, in its order.
fn within<K: Copy + Ord>(set: &BTreeSet<(K, EvaluationId)>, first: K, last: K) -> impl Iterator<Item = EvaluationId> {
    let smallest = EvaluationId::from_bytes([0; 16]);
    let greatest = EvaluationId::from_bytes([u8::MAX; 16]);
    set.range((first, smallest)..=(last, greatest)).map(|&(_, id)| id)
}

#[cfg(test)]
mod tests;
