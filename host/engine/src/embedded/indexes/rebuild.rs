//! Bringing the index file up to the rows: what a crash lost is applied again, what was lost altogether is made again.

use std::ops::ControlFlow;

use super::changes::{CHANGES, change_bytes, entries_after, last_change};
use super::file::{IndexFile, Mark};
use super::memtable::Layer;
use crate::embedded::database::Snapshot;
use crate::error::StoreError;
use crate::rows::{Direction, Rows, Span};

/// How many entries are gathered before they are applied.
const GATHER: usize = 16_384;
/// How many entries a start reads into memory and leaves to be applied: several times what a crash loses.
const LEFT: usize = 524_288;
/// After how many rows progress is logged.
const PROGRESS: u64 = 100_000;

/// The state that the file was brought to.
#[derive(Debug, Default)]
pub(in crate::embedded) struct BroughtUp {
    /// The number that is durable.
    pub(super) durable: u64,
    /// What comes after that and was read from the rows; the file gets it later, as it gets what is committed next.
    pub(super) rest: Option<Layer>,
}

/// Brings the file up to what is committed, as far as a start has to wait for it: the last entries are only read, and left to be applied.
pub(in crate::embedded) fn bring_up(
    file: &IndexFile,
    rows: &Snapshot,
    database: [u8; 16],
) -> Result<BroughtUp, StoreError> {
    match file.mark()? {
        Some(mark) if follows(rows, &mark, database)? => {
            let rest = catch_up(file, rows, &mark)?;
            Ok(BroughtUp {
                durable: mark.number,
                rest: Some(rest).filter(|rest| !rest.is_empty()),
            })
        }
        found => {
            let last = last_change(rows)?;
            // A fresh database has nothing to make indexes of, and nothing worth a line in the log.
            if found.is_some() || last > 0 {
                tracing::warn!("the indexes do not belong to the rows; they are made again");
            }
            rebuild(file, rows)?;
            file.make_durable(&mark_at(rows, database, last)?)?;
            Ok(BroughtUp {
                durable: last,
                rest: None,
            })
        }
    }
}

/// Brings the file up to what is committed and makes it durable. Tells the number it reached.
pub(super) fn bring_up_whole(file: &IndexFile, rows: &Snapshot, database: [u8; 16]) -> Result<u64, StoreError> {
    let BroughtUp { durable, rest } = bring_up(file, rows, database)?;
    let Some(rest) = rest else { return Ok(durable) };
    let mark = mark_at(rows, database, rest.upto)?;
    file.apply(&rest, &mark)?;
    file.make_durable(&mark)?;
    Ok(rest.upto)
}

fn mark_at(rows: &Snapshot, database: [u8; 16], number: u64) -> Result<Mark, StoreError> {
    let change = change_bytes(rows, number)?.unwrap_or_default();
    Ok(Mark {
        database,
        number,
        change,
    })
}

/// True where the file is of this database and of this history, with every change after its mark still there.
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

/// Reads what comes after a mark. More than memory should hold is applied at once.
fn catch_up(file: &IndexFile, rows: &Snapshot, mark: &Mark) -> Result<Layer, StoreError> {
    let mut layer = Layer::default();
    entries_after(rows, &file.schema, mark.number, &mut |number, entries| {
        layer.add(number, entries);
        if layer.len() >= LEFT {
            file.apply(&std::mem::take(&mut layer), mark)?;
        }
        Ok(())
    })?;
    Ok(layer)
}

fn rebuild(file: &IndexFile, rows: &Snapshot) -> Result<(), StoreError> {
    file.clear()?;
    let (mut layer, mut count) = (Layer::default(), 0_u64);
    for kind in file.schema.kinds {
        rows.walk(kind.table, &Span::all(Direction::Up), &mut |id, row| {
            if let Ok(id) = id.try_into() {
                layer.add(0, (kind.entries)(id, row)?);
            }
            if layer.len() >= GATHER {
                file.apply(&std::mem::take(&mut layer), &Mark::default())?;
            }
            count += 1;
            if count.is_multiple_of(PROGRESS) {
                tracing::info!(rows = count, "making the indexes");
            }
            Ok(ControlFlow::Continue(()))
        })?;
    }
    file.apply(&layer, &Mark::default())
}
