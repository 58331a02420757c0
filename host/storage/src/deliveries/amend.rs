//! Bringing a delivery's record up to date, when more is known than when it was answered.

use forgegate_engine::StoreError;
use forgegate_model::delivery::Delivery;
use forgegate_model::ids::DeliveryId;

use super::findings;
use super::row::{self, DELIVERIES, DELIVERY, DeliveryKeys, DeliveryRow};

use crate::memory::Repeats;
use crate::rows::PutRow;
use crate::store::Tx;

/// Changes what a delivery found, and its outcome with it. Of a record that is gone, or that nobody can
/// unseal since its organization is, nothing is changed.
///
/// # Errors
/// When storage fails, or `change` does.
pub(crate) fn amend(
    tx: &mut Tx<'_>,
    id: DeliveryId,
    change: impl FnOnce(&mut Tx<'_>, &mut Delivery) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let Some(row) = row::read(tx, id)? else {
        return Ok(());
    };
    let (seen, contents) = (row.seen(), row.contents);
    let keys = match DeliveryKeys::of_row(&row, &tx.shared().vault, id) {
        Ok(keys) => keys,
        Err(StoreError::Sealed(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    // What memory counted besides is written by whoever counted it.
    let mut delivery = row.open(&tx.shared().vault, &Repeats::default(), id)?;
    change(tx, &mut delivery)?;
    findings::conclude(&mut delivery);
    let key = *id.as_bytes();
    let row = DeliveryRow::seal(&delivery, &keys, seen, contents)?;
    tx.put_row(DELIVERIES, &key, &row)?;
    tx.changed(&DELIVERY, key, row.entries(key));
    Ok(())
}
