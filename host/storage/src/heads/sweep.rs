//! Removing the rows of heads that count no more.

use std::ops::Bound;
use std::ops::ControlFlow;

use forgegate_engine::{Direction, Engine, Rows, Span, StoreError, Write};
use forgegate_model::timestamp::Timestamp;

use super::look;
use super::row::{HEAD, HEADS, HeadRow, Last, place};
use crate::indexes;
use crate::memory::MemoryState;
use crate::projects;
use crate::rows::{ReadRow, decode};
use crate::store::{Shared, Store, Tx};

/// How many rows go in one transaction: deliveries wait meanwhile.
const STEP: usize = 500;
/// How many rows are looked at in one reading.
const LOOKED_AT: usize = 4_000;

/// What may go among some rows, and the last that was looked at where there are more.
type Found = (Vec<[u8; 16]>, Option<Vec<u8>>);

/// Whether a row counts still.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
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
    pub(crate) async fn sweep_heads(&self, before: Timestamp) -> Result<u64, StoreError> {
        let (mut swept, mut from) = (0, Bound::Unbounded);
        loop {
            let span = Span {
                from: from.clone(),
                to: Bound::Unbounded,
                direction: Direction::Up,
            };
            // Walking past what stays must hold nobody up: the writer only looks again at what was found.
            let (found, end) = self.read(move |shared, rows| find(shared, rows, &span, before)).await?;
            if !found.is_empty() {
                swept += self.write(Remove { found, before }).await?;
            }
            match end {
                Some(end) => from = Bound::Excluded(end),
                None => return Ok(swept),
            }
        }
    }
}

/// Looks at the next rows.
fn find(shared: &Shared, rows: &impl Rows, span: &Span, before: Timestamp) -> Result<Found, StoreError> {
    let (mut found, mut looked, mut end) = (Vec::new(), Vec::new(), None);
    let mut number = 0;
    rows.walk(HEADS, span, &mut |id, bytes| {
        if number == LOOKED_AT || found.len() == STEP {
            end = Some(std::mem::take(&mut looked));
            return Ok(ControlFlow::Break(()));
        }
        number += 1;
        looked = id.to_vec();
        let Ok(id) = id.try_into() else {
            return Ok(ControlFlow::Continue(()));
        };
        let row: HeadRow = decode(HEADS, bytes)?;
        let last = shared.engine.lookup(indexes::HEAD_OF_PROJECT, &row.key())?;
        if standing(rows, &row, id, last.as_deref(), before)? != Standing::Last {
            found.push(id);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((found, end))
}

fn standing(
    rows: &impl Rows,
    row: &HeadRow,
    id: [u8; 16],
    last: Option<&[u8]>,
    before: Timestamp,
) -> Result<Standing, StoreError> {
    let last: Option<Last> = last.map(|bytes| decode(HEADS, bytes)).transpose()?;
    if last.is_some_and(|last| last.row != id) {
        return Ok(Standing::Older);
    }
    let project = match projects::get(rows, row.project) {
        Err(StoreError::NotFound(_)) => return Ok(Standing::Gone),
        project => project?,
    };
    let long_gone = row.watermark.now().is_none() && made(id) < before;
    let elsewhere = place(&project.identity) != row.repository;
    Ok(if long_gone || elsewhere {
        Standing::Gone
    } else {
        Standing::Last
    })
}

/// When an id was made.
fn made(id: [u8; 16]) -> Timestamp {
    let millis = u128::from_be_bytes(id) >> 80;
    Timestamp::from_micros(i64::try_from(millis).unwrap_or(i64::MAX).saturating_mul(1_000))
}

struct Remove {
    found: Vec<[u8; 16]>,
    before: Timestamp,
}

impl Write<MemoryState> for Remove {
    type Output = u64;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        let mut removed = 0;
        for id in &self.found {
            let Some(row) = tx.row::<HeadRow>(HEADS, id)? else {
                continue;
            };
            let last = tx.lookup(indexes::HEAD_OF_PROJECT, &row.key())?;
            let mut gone = vec![row.listed(*id).removed()];
            match standing(tx, &row, *id, last.as_deref(), self.before)? {
                Standing::Last => continue,
                Standing::Older => {}
                Standing::Gone => {
                    gone.push(row.point_gone());
                    if let Err(StoreError::NotFound(_)) = projects::get(tx, row.project) {
                        look::forget(tx, row.project)?;
                    }
                }
            }
            tx.remove(HEADS, id)?;
            tx.changed(&HEAD, *id, gone);
            removed += 1;
        }
        Ok(removed)
    }
}
