//! The time that a forge asks to wait. A plugin has no clock: a time becomes seconds by the `date` of the same answer.

use super::Answer;
use crate::time::http_date;

/// The fields in which many forges tell the calls that remain, and the time at which there are more.
const LIMITS: [(&str, &str); 2] = [
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
];

/// Below this a reset is in seconds from now, as some forges write it, and no time.
const FIRST_TIME: u64 = 1_000_000_000;

pub(super) fn seconds(answer: &Answer) -> Option<u64> {
    let now = answer.header("date").and_then(http_date);
    let retry_after = answer
        .header("retry-after")
        .map(str::trim)
        .and_then(|value| value.parse().ok().or_else(|| until(http_date(value)?, now)));
    retry_after.or_else(|| LIMITS.iter().find_map(|limit| reset(answer, *limit, now)))
}

fn reset(answer: &Answer, (remaining, reset): (&str, &str), now: Option<u64>) -> Option<u64> {
    answer.header(remaining).filter(|value| value.trim() == "0")?;
    match answer.header(reset)?.trim().parse().ok()? {
        seconds if seconds < FIRST_TIME => Some(seconds),
        time => until(time, now),
    }
}

/// A second at least: the clock that names the time may be a little ahead of the one that is asked.
fn until(time: u64, now: Option<u64>) -> Option<u64> {
    Some(time.saturating_sub(now?).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::outbound::Response;

    const DATE: (&str, &str) = ("date", "Tue, 14 Nov 2023 22:13:20 GMT");

    fn wait(headers: &[(&str, &str)]) -> Option<u64> {
        let header = |(name, value): &(&str, &str)| Header {
            name: (*name).into(),
            value: (*value).into(),
        };
        seconds(&Answer::new(Response {
            status: 429,
            headers: headers.iter().map(header).collect(),
            body: Vec::new(),
        }))
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        assert_eq!(wait(&[("retry-after", "120")]), Some(120));
        let date = ("retry-after", "Tue, 14 Nov 2023 22:15:00 GMT");
        assert_eq!(wait(&[date, DATE]), Some(100));
        assert_eq!(wait(&[date]), None, "there is no clock but the answer's");
        assert_eq!(wait(&[("retry-after", "soon")]), None);
    }

    #[test]
    fn a_reset_counts_only_where_no_call_remains() {
        for prefix in ["x-", ""] {
            let remaining = format!("{prefix}ratelimit-remaining");
            let reset = format!("{prefix}ratelimit-reset");
            let reset = (reset.as_str(), "1700000060");
            assert_eq!(wait(&[(&remaining, "0"), reset, DATE]), Some(60));
            assert_eq!(wait(&[(&remaining, "0"), (reset.0, "17")]), Some(17));
            assert_eq!(wait(&[(&remaining, "0"), (reset.0, "1600000000"), DATE]), Some(1));
            assert_eq!(wait(&[(&remaining, "1"), reset, DATE]), None);
            assert_eq!(wait(&[(&remaining, "0"), reset]), None);
        }
    }

    #[test]
    fn retry_after_goes_first() {
        let limit = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1700000060")];
        assert_eq!(wait(&[limit[0], limit[1], DATE, ("retry-after", "5")]), Some(5));
    }
}
