//! Data keys that a batch makes and removes.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::{State, Tx};
use crate::error::StoreError;
use crate::rows::{Direction, Rows, Span, Table};
use crate::sealing::{DATA_KEYS, Key, Owner, SealContext, seal_data_key, unopened};

/// Tenants that are gone while something of theirs is left: id → nothing.
const DEPARTED: Table = Table("departed");

/// Data keys made or removed by the batch under way.
#[derive(Default)]
struct Changed(HashMap<Owner, Option<Key>>);

impl<S: State> Tx<'_, S> {
    /// Makes the data key of an owner.
    ///
    /// # Errors
    /// `AlreadyExists` where it has one.
    pub fn make_data_key(&mut self, owner: Owner) -> Result<(), StoreError> {
        let row = owner.row();
        if self.get(DATA_KEYS, &row)?.is_some() {
            return Err(StoreError::AlreadyExists("the data key".to_owned()));
        }
        let key = Key::random()?;
        let sealed = seal_data_key(self.shared().vault.ring(), &row, &key)?;
        self.put(DATA_KEYS, &row, &sealed)?;
        self.change_data_key(owner, Some(key));
        Ok(())
    }

    /// Removes the data key of an owner: what it sealed cannot be read again.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn remove_data_key(&mut self, owner: Owner) -> Result<(), StoreError> {
        self.remove(DATA_KEYS, &owner.row())?;
        if let Owner::Tenant(id) = owner {
            self.put(DEPARTED, &id, &[])?;
        }
        self.change_data_key(owner, None);
        Ok(())
    }

    /// Seals with the owner's data key, also one that this batch made.
    ///
    /// # Errors
    /// `Sealed` where there is none.
    pub fn seal(&self, owner: Owner, context: &SealContext<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        match self.changed_key(owner) {
            Some(Some(key)) => {
                let mut out = Vec::with_capacity(plain.len() + 40);
                key.seal_into(context, plain, &mut out)?;
                Ok(out)
            }
            Some(None) => Err(unopened(context)),
            None => self.shared().vault.seal(owner, context, plain),
        }
    }

    fn changed_key(&self, owner: Owner) -> Option<&Option<Key>> {
        self.overlay::<Changed>()?.0.get(&owner)
    }

    fn change_data_key(&mut self, owner: Owner, key: Option<Key>) {
        self.overlay_mut::<Changed>().0.insert(owner, key.clone());
        self.after_commit(move |shared| shared.vault.set(owner, key));
    }
}

/// The tenants that are gone while something of theirs is left.
///
/// # Errors
/// `Unavailable`.
pub fn departed<R: Rows>(rows: &R) -> Result<Vec<[u8; 16]>, StoreError> {
    let mut departed = Vec::new();
    rows.walk(DEPARTED, &Span::all(Direction::Up), &mut |id, _| {
        departed.extend(<[u8; 16]>::try_from(id));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(departed)
}

/// Notes that nothing of a tenant is left.
///
/// # Errors
/// `Unavailable`.
pub fn forget_departed<S: State>(tx: &mut Tx<'_, S>, id: &[u8; 16]) -> Result<(), StoreError> {
    tx.remove(DEPARTED, id).map(|_| ())
}
