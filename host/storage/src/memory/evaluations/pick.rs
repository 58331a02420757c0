//! Order of handing out evaluations: fair between organizations, the longest queued first within one.

use std::ops::Bound;

use forgegate_model::ids::{EvaluationId, OrganizationId, ProjectId};
use forgegate_model::timestamp::Timestamp;

use super::{Claim, Index, Live, Picked, Waiting};
use crate::memory::queue::QueueIndex;

/// The next of an organization, or what stands in its way.
enum Next {
    Free(EvaluationId),
    /// It waits for another in its lane.
    Blocked(EvaluationId),
}

impl Index {
    /// Picks the next for a worker, so that nobody else is given it. Organizations take turns.
    ///
    /// `is_serial` tells whether a project runs one after the other in a lane.
    pub(crate) fn pick(&mut self, claim: &Claim, is_serial: impl Fn(ProjectId) -> bool) -> Option<Picked> {
        loop {
            match self.next(claim, &is_serial)? {
                Next::Free(id) => return self.reserve(id),
                Next::Blocked(id) => self.park(id),
            }
        }
    }

    fn next(&self, claim: &Claim, is_serial: &impl Fn(ProjectId) -> bool) -> Option<Next> {
        let turn = self.last.map_or(Bound::Unbounded, Bound::Excluded);
        let later = self.waiting.range((turn, Bound::Unbounded));
        let around = match self.last {
            Some(last) => self.waiting.range(..=last),
            None => self.waiting.range(..first_organization()),
        };
        let (_, id) = later
            .chain(around)
            .filter(|(organization, _)| reaches(claim, **organization))
            .find_map(|(_, classes)| longest_queued(classes, claim))?;
        let lane = self.entries.get(&id)?.lane;
        // Only `queue` makes work wait: until nothing runs in its lane and nothing older is queued there. A held one blocks nobody.
        let is_first = || !self.busy.contains_key(&lane) && self.active_in_lane(lane) == Some(id);
        if is_serial(lane.project) && !is_first() {
            Some(Next::Blocked(id))
        } else {
            Some(Next::Free(id))
        }
    }

    fn reserve(&mut self, id: EvaluationId) -> Option<Picked> {
        let mut entry = self.entries.get(&id).cloned()?;
        self.remove(id);
        self.tickets = self.tickets.wrapping_add(1);
        let ticket = self.tickets;
        entry.state = Live::Reserved { ticket };
        self.last = Some(entry.organization);
        self.insert(entry);
        Some(Picked { id, ticket })
    }

    fn park(&mut self, id: EvaluationId) {
        if let Some(entry) = self.entries.get(&id).cloned() {
            self.dequeue(&entry);
            self.parked.entry(entry.lane).or_default().insert(id);
        }
    }
}

fn reaches(claim: &Claim, organization: OrganizationId) -> bool {
    let reach = claim.organizations.as_ref();
    reach.is_none_or(|reach| reach.contains(&organization))
}

fn longest_queued(classes: &Waiting, claim: &Claim) -> Option<(Timestamp, EvaluationId)> {
    let suiting = classes.iter().filter(|(class, _)| class.suits(claim));
    suiting.filter_map(|(_, queue)| queue.first()).min().copied()
}

const fn first_organization() -> OrganizationId {
    OrganizationId::from_bytes([0; 16])
}

impl QueueIndex for Index {
    type Picked = Picked;

    fn put_back(&mut self, picked: &Picked) -> bool {
        let reserved = Live::Reserved { ticket: picked.ticket };
        let entry = self.entries.get(&picked.id);
        let Some(mut entry) = entry.filter(|entry| entry.state == reserved).cloned() else {
            return false;
        };
        self.remove(picked.id);
        entry.state = Live::Queued;
        self.insert(entry)
    }
}
