//! Numbers with their nouns, in one form for all messages.

use std::time::Duration;

/// A count with its noun: `1 source`, `2 sources`, `0 sources`, `12,345 files`.
#[must_use]
pub fn counted(count: u64, word: &str) -> String {
    format!(
        "{} {}",
        number(count),
        if count == 1 {
            word.to_owned()
        } else {
            plural(word)
        }
    )
}

/// The plural of an English word, or of the last word of several.
#[must_use]
pub fn plural(word: &str) -> String {
    let vowel_before_y = |stem: &str| stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    if let Some(stem) = word.strip_suffix('y')
        && !vowel_before_y(stem)
    {
        return format!("{stem}ies");
    }
    let hisses = ["s", "x", "z", "ch", "sh"];
    if hisses.iter().any(|end| word.ends_with(end)) {
        format!("{word}es")
    } else {
        format!("{word}s")
    }
}

/// A number with commas between thousands, from five digits on.
#[must_use]
pub fn number(count: u64) -> String {
    if count < 10_000 {
        count.to_string()
    } else {
        grouped(count, ',')
    }
}

/// A number with a character between groups of three digits.
#[must_use]
pub fn grouped(count: u64, separator: char) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

/// A position in English: `first`, `second`, `3rd`, `4th`.
#[must_use]
pub fn ordinal(number: u32) -> String {
    match (number, number % 10, number % 100) {
        (1, _, _) => "first".to_owned(),
        (2, _, _) => "second".to_owned(),
        (_, _, 11..=13) => format!("{number}th"),
        (_, 1, _) => format!("{number}st"),
        (_, 2, _) => format!("{number}nd"),
        (_, 3, _) => format!("{number}rd"),
        _ => format!("{number}th"),
    }
}

/// An exception as the last line of a traceback shows it: `Type: message`, or the type alone.
#[must_use]
pub fn exception(type_name: &str, message: &str) -> String {
    if message.is_empty() {
        type_name.to_owned()
    } else {
        format!("{type_name}: {message}")
    }
}

/// A rate or a measure with as many digits as say something: three, and none after the point that only
/// repeat what a reader can't use.
#[must_use]
pub fn rate(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        return "-".to_owned();
    }
    if value >= 9.95 {
        return number(value.round() as u64);
    }
    let digits = usize::from(value < 0.995) + 1;
    let text = format!("{value:.digits$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The speed of work: so many a second, or a minute where a second sees a part of one only. Empty before anything is done.
#[must_use]
pub fn pace(per_second: f64) -> String {
    if !per_second.is_finite() {
        String::new()
    } else if per_second < 0.1 {
        format!("{}/min", rate(60.0 * per_second))
    } else {
        format!("{}/s", rate(per_second))
    }
}

/// The time that work will still take, in the largest unit that says something.
#[must_use]
pub fn time_left(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s left"),
        60..3_600 => format!("{} min left", (seconds + 30) / 60),
        3_600..172_800 => format!("{} h left", rate(time.as_secs_f64() / 3_600.0)),
        _ => format!("{} d left", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        for (count, word, wanted) in [
            (0, "source", "0 sources"),
            (1, "source", "1 source"),
            (2, "class", "2 classes"),
            (1, "class", "1 class"),
            (3, "entry", "3 entries"),
            (3, "verified array", "3 verified arrays"),
            (12_345, "byte", "12,345 bytes"),
            (1_234, "file", "1234 files"),
        ] {
            assert_eq!(counted(count, word), wanted);
        }
        assert_eq!(number(1_234_567), "1,234,567");
    }

    #[test]
    fn a_pace_and_a_time_left_are_said_in_the_unit_that_fits() {
        assert_eq!(pace(1234.567), "1235/s");
        assert_eq!(pace(0.01), "0.6/min");
        assert_eq!(pace(f64::INFINITY), "");
        for (seconds, wanted) in [
            (59, "59 s left"),
            (100, "2 min left"),
            (5_400, "1.5 h left"),
            (200_000, "2 d left"),
        ] {
            assert_eq!(time_left(Duration::from_secs(seconds)), wanted);
        }
    }

    #[test]
    fn rates_have_no_needless_digits() {
        for (value, wanted) in [
            (1234.5678, "1235"),
            (12_345.6, "12,346"),
            (12.345, "12"),
            (9.949, "9.9"),
            (9.96, "10"),
            (2.0, "2"),
            (0.994, "0.99"),
            (0.5, "0.5"),
            (0.0, "0"),
            (f64::INFINITY, "-"),
        ] {
            assert_eq!(rate(value), wanted, "{value}");
        }
    }
}
