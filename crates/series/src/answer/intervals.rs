//! Intervals in a response.

use serde_json::{Map, Value};

use super::{Reading, none};
use crate::span::{Span, merged};

/// Intervals of a response, from the first to the last anomalous point, both included: JSON
/// `[{"start": 3, "end": 9}]`, or a list of pairs. Points from `points` on, and intervals that end before they
/// start, are left out and counted. `None` where there is no such list.
///
/// Leniently the same is found within other text, with comments, as a table, as ranges alone (`3-9, 20-22`), and under
/// other names. Ranges within sentences are not read: what they say about a range may be that nothing is wrong with it.
#[must_use]
pub fn intervals(text: &str, points: usize) -> Option<(Vec<Span>, Reading, usize)> {
    let trimmed = text.trim();
    let (all, reading) = match strict(trimmed) {
        Some(all) => (all, Reading::Strict),
        None => (salvaged(trimmed)?, Reading::Salvaged),
    };
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
    Some((merged(spans, points), reading, left_out))
}

/// First and last place.
type Pair = (i64, i64);

/// The form that is asked for, or pairs in its stead.
fn strict(text: &str) -> Option<Vec<Pair>> {
    let list: Vec<Value> = serde_json::from_str(text).ok()?;
    let pair = |one: &Value| match one {
        Value::Object(fields) if fields.len() == 2 => {
            Some((whole(fields.get("start")?)?, whole(fields.get("end")?)?))
        }
        Value::Array(pair) => match pair.as_slice() {
            [start, end] => Some((whole(start)?, whole(end)?)),
            _ => None,
        },
        _ => None,
    };
    list.iter().map(pair).collect()
}

/// The last list counts: before it a model may think aloud. Lists of bare numbers are taken only where there is no
/// other, since such a list may be anything.
fn salvaged(text: &str) -> Option<Vec<Pair>> {
    let values = tracestone_loose::values(text);
    // Words behind the last list say that there is none after all.
    let after = text
        .rfind([']', '}', '|'])
        .map_or(text, |at| &text[at + 1..]);
    if none::says_none(after) {
        return Some(Vec::new());
    }
    if let Some(found) = values.iter().rev().find_map(listed) {
        // A line for each interval is one list, in pieces.
        let single =
            |value: &Value| value.is_object() && listed(value).is_some_and(|all| all.len() == 1);
        let pieces = values.iter().filter(|value| single(value));
        return Some(
            match values.iter().rev().find(|value| listed(value).is_some()) {
                Some(last) if single(last) => pieces.filter_map(listed).flatten().collect(),
                _ => found,
            },
        );
    }
    values
        .iter()
        .rev()
        .find_map(places)
        .or_else(|| ranges(text))
}

/// The intervals of a list of them, or of an object that has one, or that is one.
fn listed(value: &Value) -> Option<Vec<Pair>> {
    match value {
        Value::Array(list) => {
            let pair = |one: &Value| match one {
                Value::Array(pair) => match pair.as_slice() {
                    [start, end] => Some((whole(start)?, whole(end)?)),
                    [only] => Some((whole(only)?, whole(only)?)),
                    _ => None,
                },
                Value::Object(fields) => interval(fields),
                _ => None,
            };
            list.iter().map(pair).collect()
        }
        Value::Object(fields) => {
            if let Some(pair) = interval(fields) {
                return Some(vec![pair]);
            }
            // Beside other lists, such as one of confidences, the one with a name for it counts.
            let named = fields.iter().find(|(key, value)| {
                value.is_array() && LISTS.contains(&key.to_lowercase().as_str())
            });
            if let Some((_, list)) = named {
                return listed(list).or_else(|| places(list));
            }
            let mut lists = fields.values().filter(|value| value.is_array());
            match (lists.next(), lists.next()) {
                (Some(list), None) => listed(list).or_else(|| places(list)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Names of a list of intervals.
const LISTS: [&str; 8] = [
    "anomalies",
    "anomalous_intervals",
    "anomaly_intervals",
    "intervals",
    "ranges",
    "detections",
    "answer",
    "result",
];

/// Names of the first place of an interval, and of the last.
const STARTS: [&str; 6] = ["start", "first", "from", "begin", "beginning", "onset"];
const ENDS: [&str; 6] = ["end", "last", "to", "stop", "until", "finish"];
/// Names of an interval that is one text, such as `3-9`.
const BOTH: [&str; 6] = ["interval", "range", "span", "places", "place", "indices"];

fn interval(fields: &Map<String, Value>) -> Option<Pair> {
    let named = |names: &[&str]| {
        fields.iter().find_map(|(key, value)| {
            let key = key.to_lowercase();
            // `start_index`, `end_place`.
            let word = key.split('_').next().unwrap_or_default();
            names.contains(&word).then_some(value)
        })
    };
    if let (Some(start), Some(end)) = (named(&STARTS), named(&ENDS)) {
        return Some((whole(start)?, whole(end)?));
    }
    match named(&BOTH)? {
        Value::String(text) => range(text),
        Value::Array(pair) => match pair.as_slice() {
            [start, end] => Some((whole(start)?, whole(end)?)),
            _ => None,
        },
        number => Some((whole(number)?, whole(number)?)),
    }
}

/// A list of bare numbers: two in order are an interval, others are places.
fn places(value: &Value) -> Option<Vec<Pair>> {
    let numbers: Option<Vec<i64>> = value.as_array()?.iter().map(whole).collect();
    let numbers = numbers?;
    Some(match numbers.as_slice() {
        [start, end] if start < end => vec![(*start, *end)],
        all => all.iter().map(|at| (*at, *at)).collect(),
    })
}

/// Ranges that have nothing else around them.
fn ranges(text: &str) -> Option<Vec<Pair>> {
    let text = text.replace("```", " ");
    let parts = text
        .split([',', ';', '\n'])
        .map(|part| part.trim().trim_matches(['.', '`', '*']).trim())
        .map(|part| part.strip_prefix("- ").unwrap_or(part))
        .filter(|part| !part.is_empty());
    let all: Option<Vec<Pair>> = parts.map(range).collect();
    all.filter(|all| !all.is_empty())
}

/// `3-9`, `3 to 9`, or a single place.
fn range(text: &str) -> Option<Pair> {
    let text = text.trim().trim_matches(['[', ']', '(', ')']);
    let number = |text: &str| text.trim().parse::<i64>().ok();
    if let Some(only) = number(text) {
        return Some((only, only));
    }
    let marks = ["–", "—", " to ", "..", ",", "-"];
    let (start, end) = marks.iter().find_map(|mark| text.split_once(mark))?;
    Some((number(start)?, number(end)?))
}

/// A whole number, of whatever kind.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let real = number.as_f64()?;
            (real.fract() == 0.0 && real.abs() < 9e15).then_some(real as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize) -> Span {
        Span::new(start, end).unwrap()
    }

    #[test]
    fn intervals_are_read_in_every_usual_form() {
        let of = |text: &str| intervals(text, 100);
        let strict = |spans: &[Span]| Some((spans.to_vec(), Reading::Strict, 0));
        let salvaged = |spans: &[Span]| Some((spans.to_vec(), Reading::Salvaged, 0));
        assert_eq!(of(r#"[{"start": 3, "end": 9}]"#), strict(&[span(3, 10)]));
        assert_eq!(
            of("[[3, 9], [20, 20]]"),
            strict(&[span(3, 10), span(20, 21)])
        );
        assert_eq!(of("[]"), strict(&[]));
        for text in [
            "```json\n[[3, 9]]\n```",
            "Maybe [[1, 2]], but in the end [[3, 9]]",
            "[[3, 9]], as in [1]",
            "{\"anomalies\": [{\"start\": 3, \"end\": 9, \"why\": \"a spike\"}]}",
            "[{\"start\": 3, \"end\": 9} // a spike\n]",
            "[{'start_index': '3', 'end_index': '9'},]",
            "[{\"from\": 3, \"to\": 9}]",
            "{\"start\": 3, \"end\": 9}",
            "[(3, 9)]",
            "| start | end | why |\n|---|---|---|\n| 3 | 9 | spike |",
            "| # | Interval |\n|---|---|\n| 1 | 3–9 |",
            "3-9",
            "3 to 9.",
            "[3, 9]",
            "The result is {\"start\": 3, \"end\": 9}.",
        ] {
            assert_eq!(of(text), salvaged(&[span(3, 10)]), "{text}");
        }
        let two = salvaged(&[span(3, 10), span(20, 23)]);
        for text in [
            "{\"start\": 3, \"end\": 9}\n{\"start\": 20, \"end\": 22}",
            "- 3-9\n- 20-22",
            "3-9, 20 to 22",
        ] {
            assert_eq!(of(text), two, "{text}");
        }
        for text in [
            "no anomalies",
            "None",
            "There are no anomalies in this window.",
            "I looked at [[3, 9]], but there are no anomalies.",
            "\u{6ca1}\u{6709}\u{5f02}\u{5e38}\u{3002}",
        ] {
            assert_eq!(of(text), salvaged(&[]), "{text}");
        }
        for text in [
            "[[3, 9]]\n\nThere are no other anomalies.",
            "{\"anomalies\": [[3, 9]], \"confidence\": [0.9, 0.1]}",
        ] {
            assert_eq!(of(text), salvaged(&[span(3, 10)]), "{text}");
        }
        assert_eq!(of("First [[3, 9]]; on reflection: []"), salvaged(&[]));
        assert_eq!(of("[3, 4, 5]"), salvaged(&[span(3, 6)]));
    }

    #[test]
    fn what_could_mean_anything_is_not_read() {
        for text in [
            "somewhere near the end",
            "There are no anomalies in the first half, but some after it.",
            "Places 0 to 99 are usual.",
            "Between 3 and 9 the values jump.",
            "[{\"a\": 3, \"b\": 9}]",
            "[{\"start\": 3.5, \"end\": 9}]",
            "[{\"start\": null, \"end\": 9}]",
            "",
        ] {
            assert_eq!(intervals(text, 100), None, "{text}");
        }
    }

    #[test]
    fn places_that_are_not_there_are_left_out_and_counted() {
        let of = |text: &str| intervals(text, 100).unwrap();
        assert_eq!(of("[[90, 120], [9, 3], [-5, 2], [200, 300]]").2, 4);
        assert_eq!(of("[[90, 120]]").0, [span(90, 100)]);
        let (spans, _, out) =
            of("[[0, 1000000000], [1000000000, 1000000000], [9223372036854775807, 0]]");
        assert_eq!((spans, out), (vec![span(0, 100)], 3));
    }
}
