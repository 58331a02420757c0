//! The leases of what was stopped, so that their holders hear of it.

use std::collections::{HashMap, VecDeque};

use forgegate_model::ids::EvaluationId;

/// Most stopped leases that are remembered. A holder that asks later than that, or after a start, hears that
/// its lease is lost, and stops as well.
const MOST: usize = 4_096;

#[derive(Debug, Default)]
pub(super) struct Stopped {
    leases: HashMap<EvaluationId, [u8; 32]>,
    order: VecDeque<EvaluationId>,
}

impl Stopped {
    pub(super) fn note(&mut self, id: EvaluationId, lease_hash: [u8; 32]) {
        if self.leases.insert(id, lease_hash).is_none() {
            self.order.push_back(id);
        }
        while self.order.len() > MOST {
            if let Some(oldest) = self.order.pop_front() {
                self.leases.remove(&oldest);
            }
        }
    }

    pub(super) fn has(&self, id: EvaluationId, lease_hash: &[u8; 32]) -> bool {
        self.leases.get(&id) == Some(lease_hash)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_so_many_are_remembered() {
        let mut stopped = Stopped::default();
        let id = |number: usize| EvaluationId(Uuid::from_u128(number as u128));
        for number in 0..=MOST {
            stopped.note(id(number), [1; 32]);
        }
        assert!(!stopped.has(id(0), &[1; 32]));
        assert!(stopped.has(id(MOST), &[1; 32]));
        assert!(!stopped.has(id(MOST), &[2; 32]));
        assert_eq!(stopped.leases.len(), MOST);
    }
}
