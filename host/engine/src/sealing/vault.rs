//! The data keys: one for each tenant and one for the instance, sealed in the database by the ring, open in memory.

use std::collections::HashMap;
use std::ops::ControlFlow;

use zeroize::Zeroizing;

use super::SealContext;
use super::cipher::{Key, unopened};
use super::ring::KeyRing;
use crate::error::StoreError;
use crate::rows::{Direction, Rows, Span, Table};
use forgegate_model::lock::SharedLock;

/// Data keys: owner → the number of the ring key that seals it, and the sealed key.
pub(crate) const DATA_KEYS: Table = Table("data_keys");

/// The owner of a data key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The instance, for what belongs to no tenant.
    Instance,
    /// A tenant, by its id: deleting its key makes unreadable what it sealed.
    Tenant([u8; 16]),
}

impl Owner {
    pub(crate) fn row(self) -> Vec<u8> {
        match self {
            Self::Instance => vec![0],
            Self::Tenant(id) => [&[1], id.as_slice()].concat(),
        }
    }

    fn of_row(row: &[u8]) -> Option<Self> {
        match row.split_first()? {
            (0, []) => Some(Self::Instance),
            (1, id) => Some(Self::Tenant(id.try_into().ok()?)),
            _ => None,
        }
    }
}

/// The keys that seal and open the values of rows.
pub struct Vault {
    ring: KeyRing,
    keys: SharedLock<HashMap<Owner, Key>>,
}

impl Vault {
    /// Opens every data key. One that does not open is left out and logged: its owner's values cannot be read, others can.
    pub(crate) fn load<R: Rows>(ring: KeyRing, rows: &R) -> Result<Self, StoreError> {
        let mut keys = HashMap::new();
        rows.walk(DATA_KEYS, &Span::all(Direction::Up), &mut |row, sealed| {
            match (Owner::of_row(row), open_data_key(&ring, row, sealed)) {
                (Some(owner), Ok(key)) => {
                    keys.insert(owner, key);
                }
                (owner, _) => tracing::error!(?owner, "a data key cannot be unsealed"),
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Self {
            ring,
            keys: SharedLock::new(keys),
        })
    }

    /// The ring that seals the data keys.
    pub(crate) const fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// A key for a purpose, from the newest key of the ring. It changes when the ring gets another.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        self.ring.newest().derive(purpose)
    }

    /// Seals with the owner's data key.
    ///
    /// # Errors
    /// `Sealed` where there is none.
    pub fn seal(&self, owner: Owner, context: &SealContext<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let key = self.key(owner).ok_or_else(|| unopened(context))?;
        let mut out = Vec::with_capacity(plain.len() + 40);
        key.seal_into(context, plain, &mut out)?;
        Ok(out)
    }

    /// Opens what was sealed with the owner's data key.
    ///
    /// # Errors
    /// `Sealed` where there is none, or when it is another.
    pub fn open(
        &self,
        owner: Owner,
        context: &SealContext<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let key = self.key(owner).ok_or_else(|| unopened(context))?;
        key.open(context, sealed)
    }

    fn key(&self, owner: Owner) -> Option<Key> {
        let keys = self.keys.read();
        keys.get(&owner).cloned()
    }

    pub(crate) fn set(&self, owner: Owner, key: Option<Key>) {
        let mut keys = self.keys.write();
        match key {
            Some(key) => keys.insert(owner, key),
            None => keys.remove(&owner),
        };
    }
}

/// The instance's data key, made for a fresh database: table, key, value.
pub(crate) fn instance_key(ring: &KeyRing) -> Result<(Table, Vec<u8>, Vec<u8>), StoreError> {
    let row = Owner::Instance.row();
    let sealed = seal_data_key(ring, &row, &Key::random()?)?;
    Ok((DATA_KEYS, row, sealed))
}

fn data_key_context(row: &[u8]) -> SealContext<'_> {
    SealContext::new(DATA_KEYS.0, row, "key")
}

/// A data key sealed by the newest key of the ring, with that key's number before it.
pub(crate) fn seal_data_key(ring: &KeyRing, row: &[u8], key: &Key) -> Result<Vec<u8>, StoreError> {
    let newest = ring.newest();
    let mut out = newest.number.to_be_bytes().to_vec();
    newest.key.seal_into(&data_key_context(row), key.expose(), &mut out)?;
    Ok(out)
}

fn open_data_key(ring: &KeyRing, row: &[u8], value: &[u8]) -> Result<Key, StoreError> {
    let context = data_key_context(row);
    let (number, sealed) = value.split_first_chunk::<4>().ok_or_else(|| unopened(&context))?;
    let ring_key = ring
        .get(u32::from_be_bytes(*number))
        .ok_or_else(|| unopened(&context))?;
    let bytes = ring_key.key.open(&context, sealed)?;
    Key::from_slice(&bytes).ok_or_else(|| unopened(&context))
}
