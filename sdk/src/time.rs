//! The little that is needed of the calendar, without a clock: Unix seconds to RFC 3339 and back, and the dates of HTTP.

const DAY: u64 = 86_400;

/// The last second of the year 9999, beyond which RFC 3339 has no words.
const LAST: u64 = 253_402_300_799;

/// The names of the months in the dates of HTTP.
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The time in RFC 3339, UTC; none after the year 9999.
pub fn rfc3339(seconds: u64) -> Option<String> {
    if seconds > LAST {
        return None;
    }
    let (year, month, day) = date_of(i64::try_from(seconds / DAY).ok()?);
    let clock = seconds % DAY;
    let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
    ))
}

/// Seconds from one time in RFC 3339 to a later one; none where it is earlier, or more than 49 days later.
pub fn seconds_between(from: &str, to: &str) -> Option<f64> {
    let milliseconds = u32::try_from(unix_ms(to)? - unix_ms(from)?).ok()?;
    Some(f64::from(milliseconds) / 1_000.0)
}

/// Unix milliseconds of a time in RFC 3339, of whatever offset.
pub fn unix_ms(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let (clock, offset_s) = match rest.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => offset(rest)?,
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [year, month, day] = fields::<3>(date, '-')?;
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day);
    let clock_s = seconds_of(clock).filter(|_| in_range)? - offset_s;
    let seconds = i64::from(days_of(year, month, day)) * 86_400 + i64::from(clock_s);
    Some(seconds * 1_000 + milliseconds(fraction)?)
}

/// Unix seconds of a date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn http_date(text: &str) -> Option<u64> {
    let (_, date) = text.strip_suffix(" GMT")?.split_once(',')?;
    let (day, rest) = date.strip_prefix(' ')?.split_once(' ')?;
    let (month, rest) = rest.split_once(' ')?;
    let (year, clock) = rest.split_once(' ')?;
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let [year, day] = fields::<2>(&[year, "-", day].concat(), '-')?;
    let days = days_of(year, i32::try_from(month).ok()?, day);
    let seconds = i64::from(days) * 86_400 + i64::from(seconds_of(clock)?);
    u64::try_from(seconds).ok().filter(|_| (1..=31).contains(&day))
}

/// The first three digits of a fraction of a second.
fn milliseconds(fraction: &str) -> Option<i64> {
    let is_number = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    let digits = fraction.bytes().chain(*b"000").take(3);
    is_number.then(|| digits.fold(0, |ms, digit| ms * 10 + i64::from(digit - b'0')))
}

/// Seconds since midnight.
fn seconds_of(clock: &str) -> Option<i32> {
    let [hour, minute, second] = fields::<3>(clock, ':')?;
    let in_range = hour <= 23 && minute <= 59 && second <= 60;
    in_range.then_some(hour * 3_600 + minute * 60 + second)
}

/// The clock and the offset in seconds of a time that does not end in `Z`.
fn offset(rest: &str) -> Option<(&str, i32)> {
    let at = rest.rfind(['+', '-'])?;
    let (clock, offset) = rest.split_at_checked(at)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let [hours, minutes] = fields::<2>(offset.get(1..)?, ':')?;
    Some((clock, sign * (hours * 3_600 + minutes * 60)))
}

/// Exactly so many numbers of at most four digits.
fn fields<const N: usize>(text: &str, separator: char) -> Option<[i32; N]> {
    let mut numbers = [0; N];
    let mut texts = text.split(separator);
    for number in &mut numbers {
        let digits = texts.next()?;
        *number = digits.parse::<u16>().ok().filter(|n| *n <= 9_999)?.into();
    }
    texts.next().is_none().then_some(numbers)
}

/// Days from 1970-01-01. Years are counted from March, so that the day that comes and goes is the last.
fn days_of(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + day_of_year - 719_468
}

/// Year, month and day of a number of days from 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era;
    if month < 10 {
        (year, month + 3, day)
    } else {
        (year + 1, month - 9, day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_times() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_557_933_657, "2019-05-15T15:20:57Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (LAST, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(seconds).as_deref(), Some(text));
            assert_eq!(unix_ms(text), Some(seconds as i64 * 1_000), "{text}");
        }
        assert_eq!(rfc3339(LAST + 1), None);
    }

    #[test]
    fn offsets_and_fractions_count() {
        let utc = unix_ms("2021-04-29T02:32:21Z");
        assert_eq!(unix_ms("2021-04-28T22:32:21.000-04:00"), utc);
        assert_eq!(unix_ms("2021-04-29T08:02:21+05:30"), utc);
        let between = seconds_between("2021-04-29T02:32:21Z", "2021-04-29T02:32:22.5Z");
        assert_eq!(between, Some(1.5));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "T",
            "now",
            "2021-04-29",
            "2021-13-29T00:00:00Z",
            "2021-04-29T24:00:00Z",
            "2021-04-29T00:00:infZ",
            "2021-04-29T00:00:00.Z",
            "2021-04-29T00:00:00.-1Z",
            "2021-04-29T00:00Z",
            "2021-04-29T00:00:00",
            "2021-04-29T00:00:00+é",
            "99999-01-01T00:00:00Z",
        ] {
            assert_eq!(unix_ms(text), None, "{text}");
        }
        let backwards = seconds_between("2021-04-29T02:32:22Z", "2021-04-29T02:32:21Z");
        assert_eq!(backwards, None);
    }

    #[test]
    fn dates_of_http_are_read() {
        for (text, seconds) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400),
            ("Tue, 14 Nov 2023 22:13:20 GMT", 1_700_000_000),
        ] {
            assert_eq!(http_date(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 06 anF 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1969 08:49:37 GMT",
        ] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }
}
