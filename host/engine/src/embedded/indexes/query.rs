//! Questions: the index file, and from memory what is not yet in it.

use std::ops::ControlFlow;

use super::Indexes;
use crate::error::StoreError;
use crate::rows::{Direction, Rows, Span, Visit};
use crate::schema::{Index, IndexChange};

/// After how many keys the filter's filling asks whether the store ends.
const LOOK_UP: usize = 4_096;

impl Indexes {
    /// The value of a key.
    pub(in crate::embedded) fn get(&self, index: Index, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if self.filter.surely_lacks(index, key) {
            return Ok(None);
        }
        // Memory first: what leaves it meanwhile is in the file before it is gone from there.
        match self.memtable.get(index, key) {
            Some(IndexChange::Put(value)) => Ok(Some(value)),
            Some(IndexChange::Remove) => Ok(None),
            None => self.file.read(|rows| rows.get(index.table, key)),
        }
    }

    /// Enters every key of the file that is asked for by itself into the filter. It takes a while, and is broken off when the store ends.
    pub(super) fn fill_filter(&self) -> Result<(), StoreError> {
        for index in self.file.schema.lookups() {
            let mut entered = 0_usize;
            self.file.read(|rows| {
                rows.walk(index.table, &Span::all(Direction::Up), &mut |key, _| {
                    self.filter.enter(index, key);
                    entered += 1;
                    let stops = entered.is_multiple_of(LOOK_UP) && self.memtable.is_stopping();
                    Ok(if stops {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    })
                })
            })?;
        }
        if !self.memtable.is_stopping() {
            self.filter.set_whole();
        }
        Ok(())
    }

    /// Walks a span of a list, the greatest key first, with its values. The file waits for the disk.
    pub(in crate::embedded) fn walk_down(
        &self,
        index: Index,
        span: &Span,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        let mut waiting = self.memtable.span(index, span);
        let mut ended = false;
        self.file.read(|rows| {
            rows.walk(index.table, span, &mut |key, value| {
                // What waits and is newer comes first; what waits for this very key decides about it.
                while let Some(entry) = waiting.last_entry()
                    && entry.key().as_slice() > key
                {
                    let (key, change) = entry.remove_entry();
                    if show(&key, &change, visit)?.is_break() {
                        ended = true;
                        return Ok(ControlFlow::Break(()));
                    }
                }
                let flow = match waiting.remove(key) {
                    Some(change) => show(key, &change, visit)?,
                    None => visit(key, value)?,
                };
                ended = flow.is_break();
                Ok(flow)
            })
        })?;
        for (key, change) in waiting.iter().rev() {
            if ended || show(key, change, visit)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn show(key: &[u8], change: &IndexChange, visit: &mut Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
    match change {
        IndexChange::Put(value) => visit(key, value),
        IndexChange::Remove => Ok(ControlFlow::Continue(())),
    }
}
