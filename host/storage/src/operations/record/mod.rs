//! Recording deliveries: the write that everything on the request's path leads to, with all that follows from it in one transaction.

mod buttons;
mod commit;
mod state;

use std::time::Instant;

use forgegate_engine::{StoreError, Waiting};
use forgegate_model::audit::AuditEntry;
use forgegate_model::delivery::{Contents, Delivery};
use forgegate_model::follow_up::Task;
use forgegate_model::timestamp::Timestamp;

use super::decide::Candidate;
use super::installations::InstallationNotice;
use crate::activity::ActivityBatch;
use crate::deliveries::DeliveryKey;
use crate::heads::HeadChange;
use crate::store::Store;

pub use buttons::Pressed;

/// From which size on contents are packed and sealed on a thread of their own.
const LARGE: usize = 256 << 10;

/// A delivery to be recorded, with what the writer has to decide.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// The row as matching left it.
    pub row: Delivery,
    /// The large and private part of the delivery.
    pub contents: Contents,
    /// The key by which a repetition is recognised; none where the delivery may come again, as an unreadable one may.
    pub key: Option<DeliveryKey>,
    /// The consequences of the delivery.
    pub consequences: Consequences,
    /// The time after which the write does not begin: then nothing is written.
    pub deadline: Instant,
    /// The audit entry of the person who asked for it; none where a forge sent it.
    pub audit: Option<AuditEntry>,
}

/// All that a delivery causes besides its own record: found by selection, carried out in the transaction that records it. The default
/// is nothing.
#[derive(Clone, Debug, Default)]
pub struct Consequences {
    /// The projects that it may do something to.
    pub candidates: Vec<Candidate>,
    /// The activity of the projects whose repository it is about, whether or not it does something to them.
    pub activity: Option<Box<ActivityBatch>>,
    /// The change of an app's installation.
    pub installation: Option<Box<InstallationNotice>>,
    /// The button that was pressed.
    pub pressed: Option<Box<Pressed>>,
    /// The move of a head.
    pub head: Option<HeadChange>,
    /// The questions to the forge that are asked after the answer.
    pub follow_up: Option<Box<Task>>,
}

/// The result of recording a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It is on record, as this.
    First(Delivery),
    /// It was on record before; the repetition was counted.
    Duplicate {
        /// The delivery that came first.
        first: Delivery,
    },
}

/// A delivery that the writer has.
#[must_use]
pub struct HandedOver {
    waiting: Waiting<Committed>,
    store: Store,
    at: Timestamp,
}

impl HandedOver {
    /// Waits until it is durably on record.
    ///
    /// # Errors
    /// `Expired`: nothing was written. `Unavailable`: it may have been written, and a repetition finds out.
    pub async fn committed(self) -> Result<Committed, StoreError> {
        let committed = self.waiting.answer().await?;
        if let Committed::Duplicate { first } = &committed {
            self.store.count_duplicate(first.id, self.at);
        }
        Ok(committed)
    }
}

impl Store {
    /// Hands a delivery to the writer, who records it with the evaluations that it causes, in one transaction, in which all that others
    /// may have changed meanwhile is decided again. It comes to its end whether or not anybody waits for it.
    ///
    /// # Errors
    /// `Busy`: nothing is written. `Sealed` when an organization that it belongs to is gone.
    pub async fn hand_over_delivery(&self, new: NewDelivery) -> Result<HandedOver, StoreError> {
        let at = new.row.received_at;
        let write = if new.contents.payload.len() > LARGE {
            let store = self.clone();
            tokio::task::spawn_blocking(move || commit::Commit::prepare(store.shared(), new))
                .await
                .map_err(|_| StoreError::Unavailable("sealing a delivery panicked".to_owned()))??
        } else {
            commit::Commit::prepare(self.shared(), new)?
        };
        Ok(HandedOver {
            waiting: self.hand_over(write)?,
            store: self.clone(),
            at,
        })
    }

    /// Hands a delivery over and waits until it is durably on record.
    ///
    /// # Errors
    /// Those of both.
    pub async fn commit_delivery(&self, new: NewDelivery) -> Result<Committed, StoreError> {
        self.hand_over_delivery(new).await?.committed().await
    }
}
