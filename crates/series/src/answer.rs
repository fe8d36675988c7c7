//! Reading what a model answered: values, intervals, a forecast. Strictly first, then leniently, and which of the
//! two it was is told.

mod intervals;
mod none;

use serde::Deserialize;

pub use intervals::intervals;

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

/// Anomalous values of a response: the numbers alone, or else the last bracketed list, or "no anomalies", or numbers
/// that fences, bullets or line breaks alone stand between. `None` where there is none of these.
#[must_use]
pub fn listed_values(text: &str) -> Option<(Vec<f64>, Reading)> {
    let trimmed = text.trim();
    // Spaces stand between digits, line breaks between numbers.
    if !trimmed.contains('\n')
        && let Some(numbers) = values(trimmed.trim_end_matches('.'), Odd::Raise)
        && !numbers.is_empty()
    {
        return Some((numbers, Reading::Strict));
    }
    let bare = trimmed.trim_matches(['[', ']', '.', ' ']);
    if trimmed.starts_with('[') && bare.is_empty() {
        return Some((Vec::new(), Reading::Strict));
    }
    let lower = trimmed.to_lowercase();
    // The last list counts: before it a model may repeat the series, or think aloud.
    let mut lists = lower.match_indices('[').filter_map(|(open, _)| {
        let close = open + lower[open..].find(']')?;
        let numbers = values(&lower[open + 1..close], Odd::Raise)?;
        Some((open..close + 1, numbers))
    });
    if let Some((range, numbers)) = lists.next_back() {
        if none::says_none(&lower[range.end..]) {
            return Some((Vec::new(), Reading::Salvaged));
        }
        let exact = range == (0..lower.len());
        let reading = if exact {
            Reading::Strict
        } else {
            Reading::Salvaged
        };
        return Some((numbers, reading));
    }
    if none::says_none(&lower) {
        return Some((Vec::new(), Reading::Salvaged));
    }
    let numbers = bare_numbers(&lower)?;
    Some((numbers, Reading::Salvaged))
}

/// The numbers of a text that has nothing else but commas, fences, bullets and words for its language.
fn bare_numbers(text: &str) -> Option<Vec<f64>> {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("```"));
    let mut numbers = Vec::new();
    for line in lines {
        let line = line.trim().trim_start_matches(['-', '*', '•', ' ']);
        let line = line.trim_matches(['`', '*', '.', ',', ' ']);
        if !line.is_empty() {
            numbers.extend(values(line, Odd::Raise)?);
        }
    }
    (!numbers.is_empty()).then_some(numbers)
}

/// The largest number of a text that could be one of a series: integers of texts have 64 bits.
const LARGEST: f64 = 9e18;

/// The first `count` numbers of a forecast; missing ones are NaN. As the paper, a number with something else than
/// digits in it is NaN and keeps its place. So does one larger than any series has: its error would be so large that
/// no other one of the series could be above a threshold.
#[must_use]
pub fn forecast(text: &str, count: usize) -> Vec<f64> {
    let numbers = values(text, Odd::Coerce).unwrap_or_default().into_iter();
    let possible = |number: f64| if number < LARGEST { number } else { f64::NAN };
    let mut numbers: Vec<f64> = numbers.map(possible).collect();
    numbers.resize(count, f64::NAN);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for (text, wanted) in [
            ("Of [1, 2, 30, 4] the anomalies are [30].", vec![30.0]),
            (
                "No anomalies in the first half; later [12, 13].",
                vec![12.0, 13.0],
            ),
            ("[12, 13]. There are no other anomalies.", vec![12.0, 13.0]),
            ("At first [12, 13]. But there are no anomalies.", vec![]),
            ("none", vec![]),
        ] {
            assert_eq!(of(text), Some((wanted, Reading::Salvaged)), "{text}");
        }
        assert_eq!(of("No anomalies in the first half, but later."), None);
        for text in ["```\n12,13\n```", "- 12\n- 13", "`12, 13`", "12\n13"] {
            assert_eq!(
                of(text),
                Some((vec![12.0, 13.0], Reading::Salvaged)),
                "{text}"
            );
        }
        assert_eq!(of("I cannot tell"), None);
        assert_eq!(of("the first 12 values"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn a_forecast_keeps_the_places_of_its_numbers() {
        assert_eq!(forecast("101,102,103", 1), [101.0]);
        assert!(forecast("about 101", 1)[0].is_nan());
        assert!(forecast("", 2).iter().all(|one| one.is_nan()));
        assert!(forecast(&"9".repeat(300), 1)[0].is_nan());
    }
}
