//! Counts of a project's activity over some days.

use forgegate_engine::StoreError;
use forgegate_model::activity::Tally;
use forgegate_model::ids::ProjectId;
use forgegate_model::timestamp::Timestamp;

use super::days::{DAYS, DayRow, beginning, day, key};

use crate::rows::ReadRow;
use crate::store::Store;

/// Most days that one query covers: two years and a leap day.
const MOST_DAYS: u32 = 731;

/// Counts of one day.
#[derive(Clone, Debug, PartialEq)]
pub struct DayTally {
    /// The beginning of the day in UTC.
    pub day: Timestamp,
    /// The counts.
    pub tally: Tally,
}

/// Counts over whole days.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// The beginning of the first day, in UTC.
    pub since: Timestamp,
    /// The end of the last day, in UTC.
    pub until: Timestamp,
    /// All days together.
    pub total: Tally,
    /// The days on which anything was counted, the oldest first.
    pub days: Vec<DayTally>,
}

impl Store {
    /// What was counted of a project on the days that a stretch of time touches, in UTC: from the one in which `since` lies up to the one in
    /// which the last moment before `until` lies. It reads one row for each day.
    ///
    /// # Errors
    /// `Invalid` for a stretch that is none, or is longer than two years.
    pub async fn stats(&self, project: ProjectId, since: Timestamp, until: Timestamp) -> Result<Stats, StoreError> {
        let invalid = |sentence: &str| Err(StoreError::Invalid(sentence.to_owned()));
        if since >= until {
            return invalid("`since` is not before `until`");
        }
        let (first, last) = (day(since), day(Timestamp::from_micros(until.micros() - 1)));
        if last - first >= MOST_DAYS {
            return invalid("`since` and `until` are more than two years apart");
        }
        self.read(move |_, rows| {
            let mut stats = Stats {
                since: beginning(first),
                until: beginning(last.saturating_add(1)),
                total: Tally::default(),
                days: Vec::new(),
            };
            for day in first..=last {
                let row = rows.row::<DayRow>(DAYS, &key(day, project))?;
                if let Some(DayRow { tally }) = row {
                    stats.total.add(&tally);
                    let day = beginning(day);
                    stats.days.push(DayTally { day, tally });
                }
            }
            Ok(stats)
        })
        .await
    }
}
