//! The mechanism of all sweeps: what may go is found beside the writer, and removed in steps that no delivery waits long behind.

use forgegate_engine::{StoreError, Write};

use crate::memory::MemoryState;
use crate::store::{Shared, Snapshot, Store, Tx};

/// The number of rows that go in one transaction.
pub(super) const STEP: usize = 500;

/// A removal of what was found. `remove` looks at each once more, and tells whether it went.
struct RemoveAll<I, F> {
    found: Vec<I>,
    remove: F,
}

impl<I, F> Write<MemoryState> for RemoveAll<I, F>
where
    I: Send + 'static,
    F: Fn(&mut Tx<'_>, &I) -> Result<bool, StoreError> + Send + 'static,
{
    type Output = u64;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        let mut removed = 0;
        for it in &self.found {
            removed += u64::from((self.remove)(tx, it)?);
        }
        Ok(removed)
    }
}

impl Store {
    /// Removes what was found, in one transaction. Tells how much went.
    pub(super) async fn remove_found<I, F>(&self, found: Vec<I>, remove: F) -> Result<u64, StoreError>
    where
        I: Send + 'static,
        F: Fn(&mut Tx<'_>, &I) -> Result<bool, StoreError> + Send + 'static,
    {
        match found.is_empty() {
            true => Ok(0),
            false => self.write(RemoveAll { found, remove }).await,
        }
    }

    /// Finds at most `STEP` at a time and removes them, until a step finds fewer. Tells how much went.
    pub(super) async fn remove_in_steps<I, F>(
        &self,
        find: impl Fn(&Shared, &Snapshot) -> Result<Vec<I>, StoreError> + Copy + Send + 'static,
        remove: F,
    ) -> Result<u64, StoreError>
    where
        I: Send + 'static,
        F: Fn(&mut Tx<'_>, &I) -> Result<bool, StoreError> + Copy + Send + 'static,
    {
        let mut removed = 0;
        loop {
            let found = self.read(find).await?;
            let is_last = found.len() < STEP;
            removed += self.remove_found(found, remove).await?;
            if is_last {
                return Ok(removed);
            }
        }
    }
}
