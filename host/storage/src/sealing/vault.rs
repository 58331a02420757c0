//! The data keys: one for each organization and one for the instance, sealed in the database by the ring, open in memory.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{PoisonError, RwLock};

use forgegate_model::ids::OrganizationId;
use zeroize::Zeroizing;

use super::SealContext;
use super::cipher::{Key, unopened};
use super::ring::KeyRing;
use crate::error::StoreError;
use crate::rows::{Direction, Rows, Span, Table};
use crate::tx::Tx;

/// Data keys: owner → the number of the ring key that seals it, and the sealed key.
pub(crate) const DATA_KEYS: Table = Table("data_keys");

/// Organizations that are gone while something of theirs is left: id → nothing.
const DEPARTED: Table = Table("departed");

/// Whose data key seals a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// What belongs to no organization.
    Instance,
    /// An organization: deleting its key makes unreadable what it sealed.
    Organization(OrganizationId),
}

impl Owner {
    fn row(self) -> Vec<u8> {
        match self {
            Self::Instance => vec![0],
            Self::Organization(id) => [&[1], id.as_bytes().as_slice()].concat(),
        }
    }

    fn of_row(row: &[u8]) -> Option<Self> {
        match row.split_first()? {
            (0, []) => Some(Self::Instance),
            (1, id) => Some(Self::Organization(OrganizationId::from_bytes(id.try_into().ok()?))),
            _ => None,
        }
    }
}

/// What seals and opens the values of rows.
pub(crate) struct Vault {
    ring: KeyRing,
    keys: RwLock<HashMap<Owner, Key>>,
}

/// Data keys made or removed by the batch under way.
#[derive(Default)]
struct Changed(HashMap<Owner, Option<Key>>);

impl Vault {
    /// Opens every data key. One that does not open is left out and logged: its organization's values cannot be read, others can.
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
            keys: RwLock::new(keys),
        })
    }

    /// The ring that seals the data keys.
    pub(crate) const fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// Seals with the owner's data key. `Sealed` where there is none.
    pub(crate) fn seal(&self, owner: Owner, place: &SealContext<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let key = self.key(owner).ok_or_else(|| unopened(place))?;
        let mut out = Vec::with_capacity(plain.len() + 40);
        key.seal_into(place, plain, &mut out)?;
        Ok(out)
    }

    /// Opens what was sealed with the owner's data key.
    pub(crate) fn open(
        &self,
        owner: Owner,
        place: &SealContext<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let key = self.key(owner).ok_or_else(|| unopened(place))?;
        key.open(place, sealed)
    }

    fn key(&self, owner: Owner) -> Option<Key> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(&owner).cloned()
    }

    fn set(&self, owner: Owner, key: Option<Key>) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        match key {
            Some(key) => keys.insert(owner, key),
            None => keys.remove(&owner),
        };
    }
}

impl Tx<'_> {
    /// Makes the data key of an owner that has none.
    pub(crate) fn make_data_key(&mut self, owner: Owner) -> Result<(), StoreError> {
        let row = owner.row();
        if self.get(DATA_KEYS, &row)?.is_some() {
            return Err(StoreError::AlreadyExists("the data key".to_owned()));
        }
        let key = Key::random()?;
        let sealed = seal_data_key(&self.shared().vault.ring, &row, &key)?;
        self.put(DATA_KEYS, &row, &sealed)?;
        self.change_data_key(owner, Some(key));
        Ok(())
    }

    /// Removes the data key of an owner: what it sealed cannot be read again.
    pub(crate) fn remove_data_key(&mut self, owner: Owner) -> Result<(), StoreError> {
        self.remove(DATA_KEYS, &owner.row())?;
        if let Owner::Organization(id) = owner {
            self.put(DEPARTED, id.as_bytes(), &[])?;
        }
        self.change_data_key(owner, None);
        Ok(())
    }

    /// Seals with the owner's data key, also one that this batch made.
    pub(crate) fn seal(&self, owner: Owner, place: &SealContext<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        match self.changed_key(owner) {
            Some(Some(key)) => {
                let mut out = Vec::with_capacity(plain.len() + 40);
                key.seal_into(place, plain, &mut out)?;
                Ok(out)
            }
            Some(None) => Err(unopened(place)),
            None => self.shared().vault.seal(owner, place, plain),
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

/// The organizations that are gone while something of theirs is left.
pub(crate) fn departed<R: Rows>(rows: &R) -> Result<Vec<OrganizationId>, StoreError> {
    let mut departed = Vec::new();
    rows.walk(DEPARTED, &Span::all(Direction::Up), &mut |id, _| {
        departed.extend(id.try_into().ok().map(OrganizationId::from_bytes));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(departed)
}

/// Nothing of an organization is left.
pub(crate) fn forget_departed(tx: &mut Tx<'_>, id: OrganizationId) -> Result<(), StoreError> {
    tx.remove(DEPARTED, id.as_bytes()).map(|_| ())
}

/// The instance's data key, made for a fresh database: table, key, value.
pub(crate) fn instance_key(ring: &KeyRing) -> Result<(Table, Vec<u8>, Vec<u8>), StoreError> {
    let row = Owner::Instance.row();
    let sealed = seal_data_key(ring, &row, &Key::random()?)?;
    Ok((DATA_KEYS, row, sealed))
}

fn data_key_place(row: &[u8]) -> SealContext<'_> {
    SealContext::new(DATA_KEYS.0, row, "key")
}

fn seal_data_key(ring: &KeyRing, row: &[u8], key: &Key) -> Result<Vec<u8>, StoreError> {
    let newest = ring.newest();
    let mut out = newest.number.to_be_bytes().to_vec();
    newest.key.seal_into(&data_key_place(row), key.expose(), &mut out)?;
    Ok(out)
}

fn open_data_key(ring: &KeyRing, row: &[u8], value: &[u8]) -> Result<Key, StoreError> {
    let place = data_key_place(row);
    let (number, sealed) = value.split_first_chunk::<4>().ok_or_else(|| unopened(&place))?;
    let ring_key = ring.get(u32::from_be_bytes(*number)).ok_or_else(|| unopened(&place))?;
    let bytes = ring_key.key.open(&place, sealed)?;
    Key::from_slice(&bytes).ok_or_else(|| unopened(&place))
}
