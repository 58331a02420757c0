//! Activity: what happened in each project's repository, and what was counted of it by day.
//!
//! What one telling brings to a project is one row, appended: what is listed of it stands sealed in it, with the key of the project's
//! organization; when it happened, its kind and what it is recognised by are readable, since indexes are made of them. Each act is kept
//! once, whoever tells it and however often: an index knows what was noted, and within a batch the transaction does.
//!
//! Counts stand in a row for each day and project, in the order of days, so that the ones that are written lie together and a year is
//! read by a few hundred keys. The day is that of the act, in UTC; a delivery's is that on which it came.

mod days;
mod keep;
mod list;
mod row;
mod stats;
#[cfg(test)]
mod tests;

use forgegate_engine::{StoreError, Table};
use forgegate_model::ids::ProjectId;

use crate::store::Tx;

pub(crate) use days::{DAYS, day, ended, key as day_key};
pub(crate) use keep::{Listing, SealedBatch, keep};
pub(crate) use row::{ACTIVITIES, ACTIVITY, ActivityRow};

#[cfg(test)]
pub(crate) use {days::DayRow, row::Private as PrivateOfActivity};

pub use keep::{ActivityBatch, CountedDelivery};
pub use list::ActivityFilter;
pub use stats::{DayTally, Stats};

/// Projects that are gone while activity of theirs is left: id → nothing.
pub(crate) const DEPARTED: Table = Table("departed_projects");

/// Notes that a project is gone. Nobody is shown its activity any more; the rows follow in the next sweep.
pub(crate) fn leave(tx: &mut Tx<'_>, project: ProjectId) -> Result<(), StoreError> {
    tx.put(DEPARTED, project.as_bytes(), &[])
}
