//! Repetitions of deliveries that are not yet in their rows.

use std::collections::HashMap;

use forgegate_model::ids::DeliveryId;
use forgegate_model::lock::Lock;
use forgegate_model::timestamp::Timestamp;

/// Most deliveries whose repetitions are counted between two writings; a repetition beyond that is answered
/// and not counted.
const MOST: usize = 16_384;

/// Numbers of repetitions, each with the time of the last.
pub(crate) type Counts = HashMap<DeliveryId, (u64, Timestamp)>;

/// The repetitions that are not yet written.
#[derive(Debug, Default)]
pub(crate) struct Repeats(Lock<Counts>);

impl Repeats {
    /// Counts one repetition of a delivery.
    pub(crate) fn count(&self, id: DeliveryId, at: Timestamp) {
        let mut counts = self.0.lock();
        if counts.len() >= MOST && !counts.contains_key(&id) {
            return;
        }
        let (count, last) = counts.entry(id).or_insert((0, at));
        *count += 1;
        *last = at.max(*last);
    }

    /// How many came since the row was written, and when the last.
    pub(crate) fn of(&self, id: DeliveryId) -> (u64, Option<Timestamp>) {
        match self.0.lock().get(&id) {
            Some((count, last)) => (*count, Some(*last)),
            None => (0, None),
        }
    }

    /// Those that wait.
    pub(crate) fn waiting(&self) -> Counts {
        self.0.lock().clone()
    }

    /// Takes off what was written.
    pub(crate) fn written(&self, flushed: &Counts) {
        let mut counts = self.0.lock();
        for (id, (written, _)) in flushed {
            if let Some((count, _)) = counts.get_mut(id) {
                *count = count.saturating_sub(*written);
                if *count == 0 {
                    counts.remove(id);
                }
            }
        }
    }
}
