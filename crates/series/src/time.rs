//! Timestamps as benchmarks write them.

/// Seconds from 1970 beyond which neighbouring ones could not be told apart as an `f64`, which has 53 bits; differences of
/// times nearer than this fit into an `i64`.
const LATEST: u64 = 9_000_000_000_000_000;

/// Seconds since 1970 of `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS` (or with `T`, fractions of a second cut off, and `Z`), or of
/// a number of seconds; `None` for anything else, and from 9e15 seconds on.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>() {
        return (seconds.unsigned_abs() < LATEST).then_some(seconds);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.abs() < LATEST as f64).then_some(seconds.floor() as i64);
    }
    let (date, clock) = match text.split_once([' ', 'T']) {
        Some((date, clock)) => (date, clock.trim_end_matches('Z')),
        None => (text, "00:00:00"),
    };
    let mut parts = date.split('-');
    let mut number = || parts.next().and_then(digits);
    let (year, month, day) = (number()?, number()?, number()?);
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let whole = clock.split('.').next()?;
    let mut parts = whole.split(':');
    let (hour, minute) = (
        parts.next().and_then(digits)?,
        parts.next().and_then(digits)?,
    );
    let second = parts.next().map_or(Some(0), digits)?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn digits(text: &str) -> Option<i64> {
    let plain =
        !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Days from 1970-01-01 to a date of the Gregorian calendar (Howard Hinnant, `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let of_day = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    era * 146_097 + of_day - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        for (text, seconds) in [
            ("1970-01-01 00:00:00", 0),
            ("2014-04-10 07:15:00.000000", 1_397_114_100),
            ("2011-07-01T00:00:01Z", 1_309_478_401),
            ("2000-02-29", 951_782_400),
            ("1969-12-31 23:59", -60),
            ("1222819200", 1_222_819_200),
            (" 1222819200.0 ", 1_222_819_200),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2014-13-01",
            "2014-04-10 25:00:00",
            "04/10/2014",
            "nan",
            "9223372036854775807",
            "-9223372036854775808",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
