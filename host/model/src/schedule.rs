//! Schedules: when a trigger is due that starts by the clock. No clock is read here, and no file: the time zones are built in.

use std::fmt;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;

use crate::timestamp::Timestamp;

/// The time zone of a schedule that names none.
pub const USUAL_ZONE: &str = "UTC";

/// A schedule in cron's notation, in a time zone.
///
/// Five fields: minute, hour, day of the month, month, day of the week; `@daily` and its kin. Where the clocks go forward, a time of
/// day that is left out is taken right after the gap, and what runs every so often goes on with the next time that there is. Where
/// they go back, a time of day that comes twice is taken once.
#[derive(Clone)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
}

/// The error of a text that is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSchedule {
    /// The text is not cron's notation.
    #[error("`schedule`: `{text}` is no schedule of five fields such as `30 4 * * 1-5`: {why}")]
    Cron {
        /// The text that was given.
        text: String,
        /// The error, in one line.
        why: String,
    },
    /// The time zone does not exist.
    #[error("`time_zone`: `{0}` is no time zone such as `Europe/Berlin`")]
    Zone(String),
    /// It is never due.
    #[error("`schedule`: `{0}` never comes")]
    Never(String),
}

impl Schedule {
    /// Reads a schedule. It must come at least once after `now`.
    ///
    /// # Errors
    /// The error.
    pub fn parse(text: &str, zone: &str, now: Timestamp) -> Result<Self, InvalidSchedule> {
        let schedule = Self::read(text, zone)?;
        match schedule.after(now) {
            Some(_) => Ok(schedule),
            None => Err(InvalidSchedule::Never(text.to_owned())),
        }
    }

    /// Reads a schedule that was read before.
    ///
    /// # Errors
    /// The error.
    pub fn read(text: &str, zone: &str) -> Result<Self, InvalidSchedule> {
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let cron = parser.parse(text).map_err(|error| InvalidSchedule::Cron {
            text: text.to_owned(),
            why: error.to_string().trim_end_matches('.').to_owned(),
        })?;
        let zone = TimeZone::get(zone).map_err(|_| InvalidSchedule::Zone(zone.to_owned()))?;
        Ok(Self { cron, zone })
    }

    /// The first time when it is due after this one; none where it never is again.
    #[must_use]
    pub fn after(&self, time: Timestamp) -> Option<Timestamp> {
        let time = jiff::Timestamp::from_microsecond(time.micros()).ok()?;
        let next = self
            .cron
            .find_next_occurrence(&time.to_zoned(self.zone.clone()), false)
            .ok()?;
        Some(Timestamp::from_micros(next.timestamp().as_microsecond()))
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Schedule({})", self.cron.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// The next times when it is due after this one, so many of them.
    fn due(text: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
        let schedule = Schedule::parse(text, zone, at(from)).unwrap();
        let mut time = at(from);
        let mut due = Vec::new();
        for _ in 0..count {
            time = schedule.after(time).unwrap();
            due.push(time.to_string());
        }
        due
    }

    #[test]
    fn a_schedule_comes_by_the_clock_of_its_zone() {
        let from = "2026-01-05T12:00:00Z";
        assert_eq!(
            due("30 4 * * 1-5", "UTC", from, 2),
            ["2026-01-06T04:30:00Z", "2026-01-07T04:30:00Z"]
        );
        assert_eq!(due("30 4 * * 1-5", "Europe/Berlin", from, 1), ["2026-01-06T03:30:00Z"]);
        assert_eq!(due("@hourly", "Asia/Kolkata", from, 1), ["2026-01-05T12:30:00Z"]);
        assert_eq!(due("0 0 29 2 *", "UTC", from, 1), ["2028-02-29T00:00:00Z"]);
    }

    #[test]
    fn a_time_that_the_clocks_leave_out_is_taken_right_after_the_gap() {
        // In Berlin 02:00 to 03:00 does not exist on 29 March 2026.
        let from = "2026-03-28T12:00:00Z";
        assert_eq!(
            due("30 2 * * *", "Europe/Berlin", from, 2),
            ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
        );
        assert_eq!(
            due("30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 2),
            ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"],
            "every hour has its half"
        );
    }

    #[test]
    fn a_time_that_comes_twice_is_taken_once() {
        // In Berlin 02:00 to 03:00 comes twice on 25 October 2026.
        let from = "2026-10-24T12:00:00Z";
        assert_eq!(
            due("30 2 * * *", "Europe/Berlin", from, 2),
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        );
    }

    #[test]
    fn what_is_none_is_refused_and_named() {
        let refused = |text: &str, zone: &str| {
            let now = at("2026-01-05T12:00:00Z");
            Schedule::parse(text, zone, now).unwrap_err().to_string()
        };
        for text in ["", "* * * *", "* * * * * *", "61 * * * *", "x * * * *", "0 0 0 0 0"] {
            assert!(
                refused(text, "UTC").starts_with(&format!("`schedule`: `{text}` is no schedule")),
                "{text}"
            );
        }
        assert_eq!(refused("0 0 30 2 *", "UTC"), "`schedule`: `0 0 30 2 *` never comes");
        assert_eq!(
            refused("0 0 * * *", "Europe/Nowhere"),
            "`time_zone`: `Europe/Nowhere` is no time zone such as `Europe/Berlin`"
        );
        assert!(refused("0 0 * * *", "").contains("`time_zone`"));
    }
}
