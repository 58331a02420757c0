//! Removing the rows of heads that count no more.

use std::ops::Bound;
use std::ops::ControlFlow;

use forgegate_engine::{Direction, Engine, Rows, Span, StoreError};
use forgegate_model::timestamp::Timestamp;

use super::steps::STEP;
use crate::heads::{self, HEAD, HEADS, HeadRow, Last, repository_key};
use crate::indexes;
use crate::projects;
use crate::rows::{ReadRow, decode};
use crate::store::{Shared, Store, Tx};

/// Most rows that are read at a time.
const MOST_READ: usize = 4_000;

/// What may go among some rows, and the last that was passed at where there are more.
type Found = (Vec<[u8; 16]>, Option<Vec<u8>>);

/// A row's part in what is known of its head.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RowState {
    /// It is the last of its head.
    Last,
    /// A later one took its place.
    Older,
    /// Its project is gone, or has another repository, or the head is long gone.
    Gone,
}

impl Store {
    /// Removes the rows that later ones took the place of, what is known of heads that are gone since before a time, and what is left of
    /// projects that are gone. Tells how many went.
    pub(super) async fn sweep_heads(&self, before: Timestamp) -> Result<u64, StoreError> {
        let (mut swept, mut from) = (0, Bound::Unbounded);
        loop {
            let span = Span {
                from: from.clone(),
                to: Bound::Unbounded,
                direction: Direction::Up,
            };
            // Walking past what stays must hold nobody up: the writer only looks again at what was found.
            let (found, end) = self.read(move |shared, rows| find(shared, rows, &span, before)).await?;
            swept += self.remove_found(found, move |tx, id| remove(tx, id, before)).await?;
            match end {
                Some(end) => from = Bound::Excluded(end),
                None => return Ok(swept),
            }
        }
    }
}

/// Looks at the next rows.
fn find(shared: &Shared, rows: &impl Rows, span: &Span, before: Timestamp) -> Result<Found, StoreError> {
    let (mut found, mut passed, mut end) = (Vec::new(), Vec::new(), None);
    let mut number = 0;
    rows.walk(HEADS, span, &mut |id, bytes| {
        if number == MOST_READ || found.len() == STEP {
            end = Some(std::mem::take(&mut passed));
            return Ok(ControlFlow::Break(()));
        }
        number += 1;
        passed = id.to_vec();
        let Ok(id) = id.try_into() else {
            return Ok(ControlFlow::Continue(()));
        };
        let row: HeadRow = decode(HEADS, bytes)?;
        let last = shared.engine.lookup(indexes::HEAD_OF_PROJECT, &row.key())?;
        if state(rows, &row, id, last.as_deref(), before)? != RowState::Last {
            found.push(id);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((found, end))
}

fn state(
    rows: &impl Rows,
    row: &HeadRow,
    id: [u8; 16],
    last: Option<&[u8]>,
    before: Timestamp,
) -> Result<RowState, StoreError> {
    let last: Option<Last> = last.map(|bytes| decode(HEADS, bytes)).transpose()?;
    if last.is_some_and(|last| last.row != id) {
        return Ok(RowState::Older);
    }
    let project = match projects::get(rows, row.project) {
        Err(StoreError::NotFound(_)) => return Ok(RowState::Gone),
        project => project?,
    };
    let long_gone = row.watermark.now().is_none() && made(id) < before;
    let elsewhere = repository_key(&project.identity) != row.repository;
    Ok(if long_gone || elsewhere {
        RowState::Gone
    } else {
        RowState::Last
    })
}

/// The time at which an id was made.
fn made(id: [u8; 16]) -> Timestamp {
    let millis = u128::from_be_bytes(id) >> 80;
    Timestamp::from_micros(i64::try_from(millis).unwrap_or(i64::MAX).saturating_mul(1_000))
}

fn remove(tx: &mut Tx<'_>, id: &[u8; 16], before: Timestamp) -> Result<bool, StoreError> {
    let Some(row) = tx.row::<HeadRow>(HEADS, id)? else {
        return Ok(false);
    };
    let last = tx.lookup(indexes::HEAD_OF_PROJECT, &row.key())?;
    let mut removed = vec![row.listed(*id).removed()];
    match state(tx, &row, *id, last.as_deref(), before)? {
        RowState::Last => return Ok(false),
        RowState::Older => {}
        RowState::Gone => {
            removed.push(row.point_gone());
            if let Err(StoreError::NotFound(_)) = projects::get(tx, row.project) {
                heads::forget(tx, row.project)?;
            }
        }
    }
    tx.remove(HEADS, id)?;
    tx.changed(&HEAD, *id, removed);
    Ok(true)
}
