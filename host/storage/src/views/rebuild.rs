//! Bringing the view file up to the rows: what a crash lost is applied again, what was lost altogether is made again.

use std::ops::ControlFlow;

use super::changes::{CHANGES, Noun, change_bytes, entries_after, last_change};
use super::file::{Mark, ViewFile};
use super::pending::Layer;
use crate::database::Snapshot;
use crate::error::StoreError;
use crate::rows::{Direction, Rows, Span};

/// How many entries are gathered before they are applied.
const GATHER: usize = 8_192;
/// After how many rows progress is logged.
const PROGRESS: u64 = 100_000;

/// Brings the file up to what is committed and makes it durable. Tells the number it reached.
pub(crate) fn bring_up(file: &ViewFile, rows: &Snapshot, database: [u8; 16]) -> Result<u64, StoreError> {
    let last = last_change(rows)?;
    let change = change_bytes(rows, last)?.unwrap_or_default();
    let target = Mark {
        database,
        number: last,
        change,
    };
    match file.mark()? {
        Some(mark) if follows(rows, &mark, database)? => catch_up(file, rows, &mark)?,
        found => {
            // A fresh database has nothing to make views of, and nothing worth a line in the log.
            if found.is_some() || last > 0 {
                tracing::warn!("the views do not belong to the rows; they are made again");
            }
            rebuild(file, rows)?;
        }
    }
    file.make_durable(&target)?;
    Ok(last)
}

/// Whether the file is of this database and of this history, with every change after its mark still there.
fn follows(rows: &Snapshot, mark: &Mark, database: [u8; 16]) -> Result<bool, StoreError> {
    if mark.database != database {
        return Ok(false);
    }
    if mark.number > 0 {
        return Ok(change_bytes(rows, mark.number)?.as_ref() == Some(&mark.change));
    }
    let mut first = 1_u64.to_be_bytes().to_vec();
    rows.walk(CHANGES, &Span::all(Direction::Up), &mut |key, _| {
        first = key.to_vec();
        Ok(ControlFlow::Break(()))
    })?;
    Ok(first == 1_u64.to_be_bytes())
}

fn catch_up(file: &ViewFile, rows: &Snapshot, mark: &Mark) -> Result<(), StoreError> {
    let mut layer = Layer::default();
    entries_after(rows, mark.number, &mut |number, entries| {
        layer.add(number, entries);
        if layer.len() >= GATHER {
            file.apply(&std::mem::take(&mut layer), mark)?;
        }
        Ok(())
    })?;
    file.apply(&layer, mark)
}

fn rebuild(file: &ViewFile, rows: &Snapshot) -> Result<(), StoreError> {
    file.clear()?;
    let (mut layer, mut count) = (Layer::default(), 0_u64);
    for noun in Noun::ALL {
        rows.walk(noun.table(), &Span::all(Direction::Up), &mut |id, row| {
            if let Ok(id) = id.try_into() {
                layer.add(0, noun.entries(id, row)?);
            }
            if layer.len() >= GATHER {
                file.apply(&std::mem::take(&mut layer), &Mark::default())?;
            }
            count += 1;
            if count.is_multiple_of(PROGRESS) {
                tracing::info!(rows = count, "making the views");
            }
            Ok(ControlFlow::Continue(()))
        })?;
    }
    file.apply(&layer, &Mark::default())
}
