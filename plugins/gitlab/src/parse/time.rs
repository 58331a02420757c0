//! Times. GitLab writes them in three ways, one of which is RFC 3339.

/// The time in RFC 3339; `None` where it is written in a way that GitLab does not use.
///
/// `2015-05-17 18:08:09 UTC` becomes `2015-05-17T18:08:09Z`, `2021-04-28 21:50:00 +0200` becomes
/// `2021-04-28T21:50:00+02:00`, and what is RFC 3339 already stays.
pub fn rfc3339(text: &str) -> Option<String> {
    let (date, rest) = text.split_at_checked(10)?;
    let (clock, zone) = rest.split_at_checked(9)?;
    let clock = clock.strip_prefix(['T', ' '])?;
    let (fraction, zone) = fraction(zone)?;
    let valid = is_date(date) && is_clock(clock);
    valid.then_some(())?;
    Some(format!("{date}T{clock}{fraction}{}", offset(zone.trim_start())?))
}

/// Splits what follows the seconds into their fraction, which may be empty, and the rest.
fn fraction(text: &str) -> Option<(&str, &str)> {
    let Some(digits) = text.strip_prefix('.') else {
        return Some(("", text));
    };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    (length > 0).then(|| text.split_at_checked(length + 1))?
}

fn offset(zone: &str) -> Option<String> {
    if zone == "Z" || zone == "UTC" {
        return Some("Z".to_owned());
    }
    let (sign, digits) = zone.split_at_checked(1)?;
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let valid = matches!(sign, "+" | "-") && number(hours, 2)? < 24 && number(minutes, 2)? < 60;
    valid.then(|| format!("{sign}{hours}:{minutes}"))
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut part = |length| parts.next().and_then(|text| number(text, length));
    let (year, month, day) = (part(4), part(2), part(2));
    year.is_some() && month.is_some_and(|m| (1..=12).contains(&m)) && day.is_some_and(|d| (1..=31).contains(&d))
}

fn is_clock(text: &str) -> bool {
    let mut parts = text.split(':');
    let mut part = |limit| parts.next().and_then(|text| number(text, 2)).is_some_and(|n| n < limit);
    part(24) && part(60) && part(61)
}

/// A number of exactly so many digits.
fn number(text: &str, length: usize) -> Option<u32> {
    let digits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_ways_become_rfc_3339() {
        for (written, read) in [
            ("2015-05-17 18:08:09 UTC", "2015-05-17T18:08:09Z"),
            ("2021-04-28 21:50:00 +0200", "2021-04-28T21:50:00+02:00"),
            ("2012-01-03T23:36:29+02:00", "2012-01-03T23:36:29+02:00"),
            ("2013-12-03T17:23:34Z", "2013-12-03T17:23:34Z"),
            ("2019-06-05T14:32:20.211Z", "2019-06-05T14:32:20.211Z"),
            ("2020-10-31T14:58:32-11:00", "2020-10-31T14:58:32-11:00"),
        ] {
            assert_eq!(rfc3339(written).as_deref(), Some(read));
        }
    }

    #[test]
    fn anything_else_is_none() {
        for text in [
            "",
            "yesterday",
            "2015-05-17",
            "2015-05-17 18:08:09",
            "2015-13-17 18:08:09 UTC",
            "2015-05-00 18:08:09 UTC",
            "2015-05-17 24:08:09 UTC",
            "2015-05-17 18:08:09 CET",
            "2015-05-17 18:08:09 +2500",
            "2015-05-17T18:08:09.Z",
            "2015-05-17x18:08:09Z",
            "2015-05-17 18:08:09 \u{fc}",
            "\u{fc}\u{fc}\u{fc}\u{fc}\u{fc} 18:08:09 UTC",
        ] {
            assert_eq!(rfc3339(text), None, "{text:?}");
        }
    }
}
