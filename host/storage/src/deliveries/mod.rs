//! Deliveries: everything received and proved, and what became of it.
//!
//! A row is small. What the answer is made of stands in it, sealed with the delivery's own key; what is large is in a segment, sealed
//! with the same key. That key stands in the row too, sealed for each organization that the delivery belongs to: a row that goes takes
//! its payload's key along. Whatever indexes are made of is readable without any key.

mod amend;
pub(crate) mod contents;
mod findings;
pub(crate) mod key;
mod list;
mod private;
mod repeats;
pub(crate) mod row;

use forgegate_engine::{Engine, StoreError};
use forgegate_model::delivery::{Contents, Delivery};
use forgegate_model::evidence::AuthenticDelivery;
use forgegate_model::ids::DeliveryId;
use forgegate_model::timestamp::Timestamp;

use crate::indexes;
use crate::store::Store;

pub use key::{DeliveryKey, Window};
pub use list::DeliveryFilter;

pub(crate) use amend::amend;
pub(crate) use findings::{conclude, skip};
pub(crate) use repeats::{Flush as FlushRepeats, due};
#[cfg(test)]
pub(crate) use row::DELIVERIES;
pub(crate) use row::DELIVERY;
#[cfg(test)]
pub(crate) use {contents::Rest as RestOfContents, private::Private as PrivateOfDelivery, row::DeliveryRow};

impl Store {
    /// The delivery that this one repeats, as far as it is durably on record. It asks memory and the indexes, and no row.
    ///
    /// Where the indexes cannot answer it tells `None`: the writer asks again, and refuses what it cannot be sure of.
    #[must_use]
    pub fn recognise(&self, key: &DeliveryKey, at: Timestamp) -> Option<DeliveryId> {
        let shared = self.shared();
        let value = shared.engine.lookup(indexes::SEEN, &key.hash());
        let window = key.within.span(&shared.state.options);
        key::first_within(value.ok()?.as_deref(), window, at)
    }

    /// Counts a repetition. It is shown at once, and written within a second or two.
    pub fn count_duplicate(&self, first: DeliveryId, at: Timestamp) {
        self.shared().state.repeats.count(first, at);
    }

    /// A delivery.
    ///
    /// # Errors
    /// When storage is unavailable, or the row cannot be unsealed because its organization is gone.
    pub async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.read(move |shared, rows| match row::read(rows, id)? {
            Some(row) => row.open(&shared.vault, &shared.state.repeats, id).map(Some),
            None => Ok(None),
        })
        .await
    }

    /// The large and private part of a delivery; `None` where the delivery is gone.
    ///
    /// # Errors
    /// When storage is unavailable, or what was stored cannot be unsealed.
    pub async fn delivery_contents(&self, delivery: &Delivery) -> Result<Option<Contents>, StoreError> {
        let id = delivery.id;
        self.read(move |shared, rows| {
            let Some(row) = row::read(rows, id)? else {
                return Ok(None);
            };
            let location = row.contents;
            let bytes = match shared.engine.record(location)? {
                Some(bytes) => Some((row, bytes)),
                // It was moved since this reading began: the row of today says where to.
                None => shared.engine.read(|rows| {
                    let Some(row) = row::read(rows, id)? else {
                        return Ok(None);
                    };
                    let bytes = shared.engine.record(row.contents)?;
                    Ok(bytes.map(|bytes| (row, bytes)))
                })?,
            };
            let Some((row, bytes)) = bytes else {
                return Ok(None);
            };
            let key = row.key(&shared.vault, id)?;
            contents::open(&key, id, bytes).map(Some)
        })
        .await
    }

    /// A delivery that was proved when it came, to be parsed again.
    ///
    /// # Errors
    /// `NotFound`, or when storage is unavailable or what was stored cannot be unsealed.
    pub async fn reopen(&self, id: DeliveryId) -> Result<AuthenticDelivery, StoreError> {
        let missing = || StoreError::NotFound(format!("delivery `{id}`"));
        let delivery = self.delivery(id).await?.ok_or_else(missing)?;
        let contents = self.delivery_contents(&delivery).await?;
        let contents = contents.ok_or_else(missing)?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the row was proved when it came; this is its one door back"
        )]
        let opened = AuthenticDelivery::from_record(&delivery, contents);
        opened.map_err(|_| StoreError::Sealed(format!("the payload of the delivery `{id}`")))
    }
}
