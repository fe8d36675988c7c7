//! Reading what a model answered: values, intervals, a forecast. Strictly first, then leniently, and which of the
//! two it was is told.

use serde::Deserialize;
use serde_json::Value;

use crate::span::Span;

/// The way in which an answer was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reading {
    /// It had exactly the form that was asked for.
    Strict,
    /// It was found within other text.
    Salvaged,
}

/// Treatment of a number that holds something else than digits (`errors` of the paper's code).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Odd {
    /// It is left out.
    #[default]
    Ignore,
    /// Its characters that are no digits are left out.
    Filter,
    /// It becomes NaN, so that the others keep their places.
    Coerce,
    /// The text is no answer.
    Raise,
}

/// Integers between commas, spaces anywhere, as the paper's code reads them. `None` where something else than a
/// digit makes the whole no answer ([`Odd::Raise`]).
#[must_use]
pub fn values(text: &str, odd: Odd) -> Option<Vec<f64>> {
    let close: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    // The paper's pattern lets `|` pass, of which no number can be made; here it is as odd as any other.
    let is_odd = |part: &str| part.bytes().any(|byte| !byte.is_ascii_digit());
    if odd == Odd::Raise && close.split(',').any(is_odd) {
        return None;
    }
    let mut numbers = Vec::new();
    for part in close.split(',').filter(|part| !part.is_empty()) {
        if !is_odd(part) {
            // Digits alone are a number, of whatever size.
            numbers.push(part.parse().unwrap_or(f64::NAN));
            continue;
        }
        match odd {
            Odd::Ignore | Odd::Raise => {}
            Odd::Coerce => numbers.push(f64::NAN),
            Odd::Filter => {
                let digits: String = part.chars().filter(char::is_ascii_digit).collect();
                numbers.extend(digits.parse::<f64>().ok());
            }
        }
    }
    Some(numbers)
}

/// Anomalous values of a response: the numbers alone, or else the first bracketed list, or "no anomalies".
/// `None` where there is none of these.
#[must_use]
pub fn listed_values(text: &str) -> Option<(Vec<f64>, Reading)> {
    let trimmed = text.trim();
    if let Some(numbers) = values(trimmed.trim_end_matches('.'), Odd::Raise)
        && !numbers.is_empty()
    {
        return Some((numbers, Reading::Strict));
    }
    let bare = trimmed.trim_matches(['[', ']', '.', ' ']);
    if trimmed.starts_with('[') && bare.is_empty() {
        return Some((Vec::new(), Reading::Strict));
    }
    let lower = trimmed.to_lowercase();
    if lower.contains("no anomal") {
        return Some((Vec::new(), Reading::Salvaged));
    }
    for (open, _) in lower.match_indices('[') {
        let Some(close) = lower[open..].find(']') else {
            break;
        };
        if let Some(numbers) = values(&lower[open + 1..open + close], Odd::Raise) {
            let exact = open == 0 && open + close + 1 == lower.len();
            let reading = if exact {
                Reading::Strict
            } else {
                Reading::Salvaged
            };
            return Some((numbers, reading));
        }
    }
    None
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Interval {
    start: i64,
    end: i64,
}

/// Intervals of a response, from the first to the last anomalous point, both included: JSON
/// `[{"start": 3, "end": 9}]`, or a list of pairs. Points from `points` on, and intervals that end before they
/// start, are left out and counted. `None` where there is no such list.
#[must_use]
pub fn intervals(text: &str, points: usize) -> Option<(Vec<Span>, Reading, usize)> {
    let trimmed = text.trim();
    let mut found = read_intervals(trimmed).map(|all| (all, Reading::Strict));
    if found.is_none() {
        // The last list counts: before it a model may think aloud.
        let lists = bracketed(trimmed).into_iter().rev();
        let read = lists.filter_map(read_intervals).next();
        found = read.map(|all| (all, Reading::Salvaged));
    }
    if found.is_none() && trimmed.to_lowercase().contains("no anomal") {
        found = Some((Vec::new(), Reading::Salvaged));
    }
    let (all, reading) = found?;
    let mut spans = Vec::with_capacity(all.len());
    let mut left_out = 0;
    for (first, last) in all {
        let place = |at: i64| usize::try_from(at).ok().filter(|at| *at < points);
        match (place(first), place(last)) {
            (Some(first), Some(last)) if first <= last => spans.extend(Span::new(first, last + 1)),
            (Some(first), None) if last >= 0 => {
                // It runs over the end: what there is of it counts.
                spans.extend(Span::new(first, points));
                left_out += 1;
            }
            _ => left_out += 1,
        }
    }
    Some((crate::span::merged(spans, points), reading, left_out))
}

fn read_intervals(text: &str) -> Option<Vec<(i64, i64)>> {
    let list: Vec<Value> = serde_json::from_str(text).ok()?;
    let whole = |value: &Value| match value.as_i64() {
        Some(number) => Some(number),
        None => value
            .as_f64()
            .filter(|number| number.fract() == 0.0 && number.abs() < 9e15)
            .map(|number| number as i64),
    };
    list.into_iter()
        .map(|one| match &one {
            Value::Array(pair) => match pair.as_slice() {
                [start, end] => Some((whole(start)?, whole(end)?)),
                [only] => Some((whole(only)?, whole(only)?)),
                _ => None,
            },
            Value::Number(_) => Some((whole(&one)?, whole(&one)?)),
            Value::Object(_) => {
                let interval: Interval = serde_json::from_value(one).ok()?;
                Some((interval.start, interval.end))
            }
            _ => None,
        })
        .collect()
}

/// Texts from an opening bracket to the one that closes it, outermost ones only.
fn bracketed(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            b']' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    found.push(&text[start..=at]);
                }
            }
            _ => {}
        }
    }
    found
}

/// The first `count` numbers of a forecast; missing ones are NaN. As the paper, a number with something else than
/// digits in it is NaN and keeps its place.
#[must_use]
pub fn forecast(text: &str, count: usize) -> Vec<f64> {
    let mut numbers = values(text, Odd::Coerce).unwrap_or_default();
    numbers.resize(count, f64::NAN);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize) -> Span {
        Span::new(start, end).unwrap()
    }

    #[test]
    fn policies_are_those_of_the_paper() {
        assert_eq!(values("198,-5", Odd::Ignore), Some(vec![198.0]));
        assert_eq!(values("198,-5", Odd::Filter), Some(vec![198.0, 5.0]));
        assert_eq!(values("198,-5", Odd::Raise), None);
        let coerced = values("1 9 8 , x, 7,", Odd::Coerce).unwrap();
        assert_eq!(coerced.len(), 3);
        assert!(coerced[0] == 198.0 && coerced[1].is_nan() && coerced[2] == 7.0);
    }

    #[test]
    fn values_are_found_in_prose() {
        let of = |text: &str| listed_values(text);
        assert_eq!(of("12, 13"), Some((vec![12.0, 13.0], Reading::Strict)));
        assert_eq!(of("[12,13]"), Some((vec![12.0, 13.0], Reading::Strict)));
        assert_eq!(of("[]"), Some((Vec::new(), Reading::Strict)));
        assert_eq!(
            of("The anomalies are [12, 13]."),
            Some((vec![12.0, 13.0], Reading::Salvaged))
        );
        assert_eq!(
            of("No anomalies found"),
            Some((Vec::new(), Reading::Salvaged))
        );
        assert_eq!(of("I cannot tell"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn intervals_are_read_in_every_usual_form() {
        let of = |text: &str| intervals(text, 100);
        let strict = |spans: &[Span]| Some((spans.to_vec(), Reading::Strict, 0));
        let salvaged = |spans: &[Span], out| Some((spans.to_vec(), Reading::Salvaged, out));
        assert_eq!(of(r#"[{"start": 3, "end": 9}]"#), strict(&[span(3, 10)]));
        assert_eq!(
            of("[[3, 9], [20, 20]]"),
            strict(&[span(3, 10), span(20, 21)])
        );
        assert_eq!(of("[]"), strict(&[]));
        assert_eq!(of("```json\n[[3, 9]]\n```"), salvaged(&[span(3, 10)], 0));
        assert_eq!(
            of("Maybe [[1, 2]], but in the end [[3, 9]]"),
            salvaged(&[span(3, 10)], 0)
        );
        assert_eq!(of("[[90, 120], [9, 3], [-5, 2], [200, 300]]").unwrap().2, 4);
        assert_eq!(of("[[90, 120]]").unwrap().0, [span(90, 100)]);
        assert_eq!(of("no anomalies"), salvaged(&[], 0));
        assert_eq!(of("somewhere near the end"), None);
        assert_eq!(of(r#"[{"from": 3, "to": 9}]"#), None);
    }

    #[test]
    fn a_forecast_keeps_the_places_of_its_numbers() {
        assert_eq!(forecast("101,102,103", 1), [101.0]);
        assert!(forecast("about 101", 1)[0].is_nan());
        assert!(forecast("", 2).iter().all(|one| one.is_nan()));
    }
}
