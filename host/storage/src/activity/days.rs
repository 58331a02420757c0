//! Counts: one row for each day and project.

use std::time::Duration;

use forgegate_engine::{StoreError, Table};
use forgegate_model::activity::Tally;
use forgegate_model::evaluation::Evaluation;
use forgegate_model::ids::ProjectId;
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use crate::rows::{PutRow, ReadRow, Row};
use crate::store::Tx;

/// Counts: day and project → what was counted.
pub(crate) const DAYS: Table = Table("activity_days");

const DAY: Duration = Duration::from_hours(24);

/// Counts of a project's activity on one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DayRow {
    pub(crate) tally: Tally,
}

impl Row for DayRow {
    const VERSION: u8 = 1;
}

/// The number of the day, in UTC, from 1970 on; what was before is that day's.
pub(crate) fn day(at: Timestamp) -> u32 {
    let days = at.seconds() / 86_400;
    u32::try_from(days.max(0)).unwrap_or(u32::MAX)
}

/// The beginning of a day in UTC.
pub(crate) fn beginning(day: u32) -> Timestamp {
    Timestamp::default().plus(DAY * day)
}

/// The key of a row: days first, so that what is written lies together.
pub(crate) fn key(day: u32, project: ProjectId) -> Vec<u8> {
    [day.to_be_bytes().as_slice(), project.as_bytes()].concat()
}

/// Adds to a day of a project.
pub(crate) fn add(tx: &mut Tx<'_>, project: ProjectId, day: u32, more: &Tally) -> Result<(), StoreError> {
    if more.is_empty() {
        return Ok(());
    }
    let key = key(day, project);
    let mut row = tx.row(DAYS, &key)?.unwrap_or(DayRow {
        tally: Tally::default(),
    });
    row.tally.add(more);
    tx.put_row(DAYS, &key, &row)
}

/// Counts an evaluation that came to its end, having been queued, or last released, at that time.
pub(crate) fn ended(tx: &mut Tx<'_>, evaluation: &Evaluation, queued_at: Timestamp) -> Result<(), StoreError> {
    let Some(finished) = evaluation.finished_at else {
        return Ok(());
    };
    let mut tally = Tally::default();
    tally.ended(evaluation, queued_at);
    add(tx, evaluation.project, day(finished), &tally)
}
