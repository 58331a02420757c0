//! Synthesized deliveries: they record what a poll of the forge found, and no forge sent them.

use std::time::Instant;

use forgegate_engine::{StoreError, Write};
use forgegate_model::delivery::Delivery;

use super::NewDelivery;
use super::commit::Commit;

use crate::memory::MemoryState;
use crate::store::{Store, Tx};

impl Store {
    /// Records a synthesized delivery of a head that a poll found, for those of its projects that still miss
    /// it when the writer comes to it.
    /// `None`, and nothing is written, where none does: a delivery of the forge's came meanwhile.
    ///
    /// # Errors
    /// Those of [`Store::commit_delivery`].
    pub async fn state_head(&self, new: NewDelivery) -> Result<Option<Delivery>, StoreError> {
        self.write(State(Commit::prepare(self.shared(), new)?)).await
    }
}

struct State(Commit);

impl Write<MemoryState> for State {
    type Output = Option<Delivery>;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Option<Delivery>, StoreError> {
        self.0.state(tx)
    }

    fn deadline(&self) -> Option<Instant> {
        self.0.deadline()
    }
}
