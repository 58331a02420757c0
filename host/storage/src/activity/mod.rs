//! Activity: what happened in each project's repository, and what was counted of it by day.
//!
//! What one telling brings to a project is one row, appended: what is listed of it stands sealed in it, with the key of the project's
//! organization; when it happened, its kind and what it is recognised by are readable, since views are made of them. Each act is kept
//! once, whoever tells it and however often: a view knows what was noted, and within a batch the transaction does.
//!
//! Counts stand in a row for each day and project, in the order of days, so that the ones that are written lie together and a year is
//! read by a few hundred keys. The day is that of the act, in UTC; a delivery's is that on which it came.

mod days;
mod keep;
mod list;
mod row;
mod stats;
mod sweep;
#[cfg(test)]
mod tests;

pub(crate) use days::ended;
pub(crate) use keep::{Listing, Telling, keep};
pub(crate) use row::ACTIVITY;
pub(crate) use sweep::leave;
#[cfg(test)]
pub(crate) use {
    days::DayRow,
    row::{ActivityRow, Private as PrivateOfActivity},
};

pub use keep::{ActivityBatch, CountedDelivery};
pub use list::ActivityFilter;
pub use stats::{DayTally, Stats};
