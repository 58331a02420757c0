//! Questions: the view file, and from memory what is not yet in it.

use std::ops::ControlFlow;

use super::{Fate, View, Views};
use crate::error::StoreError;
use crate::rows::{Direction, Rows, Span, Visit};

/// After how many keys the filter's filling asks whether the store ends.
const LOOK_UP: usize = 4_096;

impl Views {
    /// The value of a key.
    pub(crate) fn get(&self, view: View, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if self.filter.surely_lacks(view, key) {
            return Ok(None);
        }
        // Memory first: what leaves it meanwhile is in the file before it is gone from there.
        match self.pending.get(view, key) {
            Some(Fate::Put(value)) => Ok(Some(value)),
            Some(Fate::Gone) => Ok(None),
            None => self.file.read(|rows| rows.get(view.table(), key)),
        }
    }

    /// Enters every key of the file that is asked for by itself into the filter. It takes a while, and is broken off when the store ends.
    pub(super) fn fill_filter(&self) -> Result<(), StoreError> {
        for view in View::ALL.into_iter().filter(|view| view.answers_points()) {
            let mut entered = 0_usize;
            self.file.read(|rows| {
                rows.walk(view.table(), &Span::all(Direction::Up), &mut |key, _| {
                    self.filter.enter(view, key);
                    entered += 1;
                    let stops = entered.is_multiple_of(LOOK_UP) && self.pending.is_stopping();
                    Ok(if stops {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    })
                })
            })?;
        }
        if !self.pending.is_stopping() {
            self.filter.set_whole();
        }
        Ok(())
    }

    /// Walks a list, the newest first: what is listed by `by`, and older than `before`. The file waits for the disk.
    pub(crate) fn list(
        &self,
        view: View,
        by: &[u8; 16],
        before: Option<&[u8; 16]>,
        visit: &mut dyn FnMut([u8; 16]) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut span = Span::prefix(by, Direction::Down);
        if let Some(before) = before {
            span = span.beyond(&[by.as_slice(), before].concat());
        }
        self.walk_down(view, &span, &mut |key, _| match key.last_chunk::<16>() {
            Some(row) => visit(*row),
            None => Ok(ControlFlow::Continue(())),
        })
    }

    /// Walks a stretch of a list, the greatest key first, with its values. The file waits for the disk.
    pub(crate) fn walk_down(&self, view: View, span: &Span, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let mut waiting = self.pending.span(view, span);
        let mut ended = false;
        self.file.read(|rows| {
            rows.walk(view.table(), span, &mut |key, value| {
                // What waits and is newer comes first; what waits for this very key decides about it.
                while let Some(entry) = waiting.last_entry()
                    && entry.key().as_slice() > key
                {
                    let (key, fate) = entry.remove_entry();
                    if show(&key, &fate, visit)?.is_break() {
                        ended = true;
                        return Ok(ControlFlow::Break(()));
                    }
                }
                let flow = match waiting.remove(key) {
                    Some(fate) => show(key, &fate, visit)?,
                    None => visit(key, value)?,
                };
                ended = flow.is_break();
                Ok(flow)
            })
        })?;
        for (key, fate) in waiting.iter().rev() {
            if ended || show(key, fate, visit)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn show(key: &[u8], fate: &Fate, visit: &mut Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
    match fate {
        Fate::Put(value) => visit(key, value),
        Fate::Gone => Ok(ControlFlow::Continue(())),
    }
}
