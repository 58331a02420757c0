//! The waiting statuses in memory: what is due, one of a lane at a time, destinations in turn.
//!
//! Pure: it knows neither rows nor a clock. The rows are the truth; what is picked here is compared with its row in the writer before it
//! counts. It follows the writer, a change at a time, after the commit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use forgegate_model::ids::{ActionId, IntegrationId, StatusId};
use forgegate_model::status::Lane;
use forgegate_model::timestamp::Timestamp;

use super::queue::QueueIndex;

/// The destination of statuses: those of one destination share a credential, and its limits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// Through an outbound integration.
    Integration(IntegrationId),
    /// To the host of a web request's URL, in lower case, with its port where the URL names one.
    Host(String),
}

/// Counts of the statuses that are not done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts {
    /// Statuses that are to be sent, those under way included.
    pub waiting: usize,
    /// Statuses that were given up.
    pub failed: usize,
}

/// The part of a waiting status that memory holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) lane: Lane,
    pub(crate) destination: Destination,
    pub(crate) action: ActionId,
    pub(crate) next_at: Timestamp,
    /// Since when it is tried again after a rest; written with its next attempt.
    pub(crate) woken_at: Option<Timestamp>,
}

/// A status picked to be sent, until its attempt ends or it is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Picked {
    pub(crate) id: StatusId,
    pub(crate) lane: Lane,
    pub(crate) woken_at: Option<Timestamp>,
    ticket: u64,
}

/// A lane that is not at rest.
#[derive(Debug, Default)]
struct Busy {
    waiting: Option<StatusId>,
    under_way: Option<(StatusId, u64)>,
}

/// The waiting statuses in memory.
#[derive(Debug, Default)]
pub(crate) struct Index {
    waiting: HashMap<StatusId, Waiting>,
    lanes: HashMap<Lane, Busy>,
    /// What may be picked once its time comes.
    due: BTreeMap<Destination, BTreeSet<(Timestamp, StatusId)>>,
    /// What can never be sent, and why.
    ended: BTreeMap<StatusId, String>,
    /// Whose turn it was last.
    last: Option<Destination>,
    tickets: u64,
    failed: i64,
}

impl Index {
    /// A status waits: it was written, is to be tried again, or was retried. What waited in its lane was superseded by it.
    pub(crate) fn enter(&mut self, id: StatusId, waiting: Waiting) {
        let lane = waiting.lane;
        let before = self.lanes.entry(lane).or_default().waiting.replace(id);
        match before {
            // What ended meanwhile stays ended.
            Some(before) if before == id => self.undue(id),
            Some(before) => self.forget(before),
            None => {}
        }
        self.waiting.insert(id, waiting);
        self.free(lane, id);
    }

    /// A status waits no more, or is under way no more.
    pub(crate) fn leave(&mut self, id: StatusId, lane: Lane) {
        if let Some(busy) = self.lanes.get_mut(&lane)
            && busy.waiting == Some(id)
        {
            busy.waiting = None;
        }
        self.forget(id);
        self.free(lane, id);
    }

    /// Picks what is due, at most so many and of each destination what it has room for: one of each in turn.
    pub(crate) fn pick(&mut self, now: Timestamp, most: usize, room: impl Fn(&Destination) -> usize) -> Vec<Picked> {
        let mut turns = self.turns(now, room);
        let mut picked = Vec::new();
        while !turns.is_empty() && picked.len() < most {
            turns.retain_mut(|(destination, room)| {
                if *room == 0 || picked.len() >= most {
                    return false;
                }
                *room -= 1;
                let next = self.pick_of(destination, now);
                if next.is_some() {
                    self.last = Some(destination.clone());
                }
                picked.extend(next);
                next.is_some()
            });
        }
        picked
    }

    /// When the next is due, of destinations that have room.
    pub(crate) fn next_due(&self, room: impl Fn(&Destination) -> usize) -> Option<Timestamp> {
        let firsts = self.due.iter().filter_map(|(it, set)| Some((it, set.first()?.0)));
        firsts.filter(|(it, _)| room(it) > 0).map(|(_, at)| at).min()
    }

    /// Makes due what waits for an integration.
    pub(crate) fn wake(&mut self, integration: IntegrationId, at: Timestamp) {
        for id in self.of(|it| it.destination == Destination::Integration(integration)) {
            let Some(waiting) = self.waiting.get_mut(&id) else {
                continue;
            };
            let before = std::mem::replace(&mut waiting.next_at, at);
            waiting.woken_at = Some(at);
            if let Some(due) = self.due.get_mut(&waiting.destination)
                && due.remove(&(before, id))
            {
                due.insert((at, id));
            }
        }
    }

    /// Everything that waits for an integration can never be sent.
    pub(crate) fn end_integration(&mut self, integration: IntegrationId, sentence: &str) {
        for id in self.of(|it| it.destination == Destination::Integration(integration)) {
            self.end(id, sentence);
        }
    }

    /// No request of an action can be sent any more.
    pub(crate) fn end_action(&mut self, action: ActionId, sentence: &str) {
        for id in self.of(|it| it.action == action && matches!(it.destination, Destination::Host(_))) {
            self.end(id, sentence);
        }
    }

    /// A status can never be sent.
    pub(crate) fn end(&mut self, id: StatusId, sentence: &str) {
        self.undue(id);
        if self.waiting.contains_key(&id) {
            self.ended.insert(id, sentence.to_owned());
        }
    }

    /// What can never be sent, at most so many.
    pub(crate) fn ended(&self, most: usize) -> Vec<(StatusId, String)> {
        let ended = self.ended.iter().take(most);
        ended.map(|(id, sentence)| (*id, sentence.clone())).collect()
    }

    pub(crate) fn counts(&self) -> StatusCounts {
        StatusCounts {
            waiting: self.waiting.len(),
            failed: usize::try_from(self.failed).unwrap_or_default(),
        }
    }

    pub(crate) const fn count_failed(&mut self, change: i64) {
        self.failed += change;
    }

    /// The destinations with something due and room for it, from the one after the last on.
    fn turns(&self, now: Timestamp, room: impl Fn(&Destination) -> usize) -> Vec<(Destination, usize)> {
        let is_due = |set: &BTreeSet<(Timestamp, StatusId)>| set.first().is_some_and(|(at, _)| *at <= now);
        let due = self.due.iter().filter(|(_, set)| is_due(set));
        let mut turns: Vec<_> = due.map(|(it, _)| (it.clone(), room(it))).collect();
        let after = turns.partition_point(|(it, _)| Some(it) <= self.last.as_ref());
        turns.rotate_left(after);
        turns
    }

    fn pick_of(&mut self, destination: &Destination, now: Timestamp) -> Option<Picked> {
        let id = self.due.get(destination)?.first().filter(|(at, _)| *at <= now)?.1;
        self.undue(id);
        let waiting = self.waiting.get(&id)?;
        self.tickets += 1;
        let picked = Picked {
            id,
            lane: waiting.lane,
            woken_at: waiting.woken_at,
            ticket: self.tickets,
        };
        self.lanes.entry(picked.lane).or_default().under_way = Some((id, picked.ticket));
        Some(picked)
    }

    /// Ends an attempt of a status, where one is under way, and lets what waits in the lane be due.
    fn free(&mut self, lane: Lane, id: StatusId) {
        let Some(busy) = self.lanes.get_mut(&lane) else {
            return;
        };
        if busy.under_way.is_some_and(|(under_way, _)| under_way == id) {
            busy.under_way = None;
        }
        match (busy.waiting, busy.under_way) {
            (None, None) => {
                self.lanes.remove(&lane);
            }
            (Some(waiting), None) => self.make_due(waiting),
            _ => {}
        }
    }

    fn make_due(&mut self, id: StatusId) {
        if let Some(waiting) = self.waiting.get(&id).filter(|_| !self.ended.contains_key(&id)) {
            let due = self.due.entry(waiting.destination.clone()).or_default();
            due.insert((waiting.next_at, id));
        }
    }

    fn undue(&mut self, id: StatusId) {
        let Some(waiting) = self.waiting.get(&id) else {
            return;
        };
        if let Some(due) = self.due.get_mut(&waiting.destination) {
            due.remove(&(waiting.next_at, id));
            if due.is_empty() {
                self.due.remove(&waiting.destination);
            }
        }
    }

    fn forget(&mut self, id: StatusId) {
        self.undue(id);
        self.waiting.remove(&id);
        self.ended.remove(&id);
    }

    fn of(&self, wanted: impl Fn(&Waiting) -> bool) -> Vec<StatusId> {
        let wanted = self.waiting.iter().filter(|(_, it)| wanted(it));
        wanted.map(|(id, _)| *id).collect()
    }
}

impl QueueIndex for Index {
    type Picked = Picked;

    fn put_back(&mut self, picked: &Picked) -> bool {
        let busy = self.lanes.get(&picked.lane);
        let is_under_way = busy.is_some_and(|busy| busy.under_way == Some((picked.id, picked.ticket)));
        if is_under_way {
            self.free(picked.lane, picked.id);
        }
        is_under_way
    }
}

#[cfg(test)]
mod tests;
