//! A time as GitLab writes it.

/// RFC 3339 in UTC, from Unix seconds; the last second of the year 9999 at most.
pub fn rfc3339(unix: u64) -> String {
    const LAST: u64 = 253_402_300_799;
    let unix = unix.min(LAST);
    let (year, month, day) = date(unix / 86_400);
    let second = unix % 86_400;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+00:00")
}

/// Year, month and day of a day since 1970-01-01, by taking off whole years and then whole months.
fn date(mut days: u64) -> (u64, u64, u64) {
    let mut year = 1970;
    while days >= 365 + leap_day(year) {
        days -= 365 + leap_day(year);
        year += 1;
    }
    let lengths = [31, 28 + leap_day(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

fn leap_day(year: u64) -> u64 {
    let leaps = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    u64::from(leaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_dates() {
        for (unix, text) in [
            (0, "1970-01-01T00:00:00+00:00"),
            (951_782_400, "2000-02-29T00:00:00+00:00"),
            (1_614_265_330, "2021-02-25T15:02:10+00:00"),
            (1_735_689_599, "2024-12-31T23:59:59+00:00"),
            (u64::MAX, "9999-12-31T23:59:59+00:00"),
        ] {
            assert_eq!(rfc3339(unix), text);
        }
    }
}
