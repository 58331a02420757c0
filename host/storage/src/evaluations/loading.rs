//! Reading what is live, once, at a start.

use std::ops::{Bound, ControlFlow};

use forgegate_engine::{Direction, Rows, Span, StoreError};
use forgegate_model::ids::EvaluationId;

use super::rows::{EVALUATIONS, EvaluationRow, LIVE, missing};
use crate::memory::EvaluationQueue;
use crate::rows::decode;

/// Most finished rows that a start reads past before it looks for the next live one by its id.
const NEAR: usize = 16;

/// Everything live, for the index.
pub(crate) fn load(rows: &impl Rows, queue: &EvaluationQueue) -> Result<(), StoreError> {
    let mut ids: Vec<[u8; 16]> = Vec::new();
    rows.walk(LIVE, &Span::all(Direction::Up), &mut |id, _| {
        let id = id.try_into();
        ids.push(id.map_err(|_| StoreError::Unavailable("a live evaluation has no id".into()))?);
        Ok(ControlFlow::Continue(()))
    })?;
    queue.with(|index| {
        let mut entries = Vec::with_capacity(ids.len());
        let mut rest = ids.as_slice();
        while !rest.is_empty() {
            rest = load_near(rows, rest, &mut |row| {
                entries.extend(index.entry(&row.evaluation, row.queued_at));
            })?;
        }
        index.load(entries);
        Ok(())
    })
}

/// Reads rows in one walk for as long as they lie close together, and tells which ids are left. So many live ones are read in the order
/// in which they lie, and a few among many that are over each by itself.
fn load_near<'i>(
    rows: &impl Rows,
    ids: &'i [[u8; 16]],
    take: &mut dyn FnMut(EvaluationRow),
) -> Result<&'i [[u8; 16]], StoreError> {
    let Some((first, _)) = ids.split_first() else {
        return Ok(ids);
    };
    let mut rest = ids;
    let mut passed = 0;
    let span = Span {
        from: Bound::Included(first.to_vec()),
        to: Bound::Unbounded,
        direction: Direction::Up,
    };
    rows.walk(EVALUATIONS, &span, &mut |key, bytes| {
        let Some((id, after)) = rest.split_first() else {
            return Ok(ControlFlow::Break(()));
        };
        if key == id {
            take(decode(EVALUATIONS, bytes)?);
            (rest, passed) = (after, 0);
        } else {
            passed += 1;
        }
        Ok(if key > id.as_slice() || passed > NEAR {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    match rest.split_first() {
        // Not even the one that the walk began at.
        Some((id, _)) if rest.len() == ids.len() => Err(missing(EvaluationId::from_bytes(*id))),
        _ => Ok(rest),
    }
}
