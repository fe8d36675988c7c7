//! JSON, equal as data.

use serde::Deserialize;
use serde_json::{Number, Value, json};

use super::{Judge, Judgement, Verdict, accepted};
use crate::answer::Form;
use crate::item::Item;
use crate::large;

/// A JSON value that is the right one: numbers count by value, and the order of an object's members does not.
/// The credit of a wrong one is the share of the right one's parts that it has.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Json {
    /// Members of objects that do not count, at any depth.
    ignore: Vec<String>,
    /// An answer may have more members than the right one.
    subset: bool,
    /// The order of arrays does not count.
    unordered: bool,
    /// The largest difference of numbers.
    tolerance: f64,
}

impl Form for Json {
    fn block(&self, said: &str) -> Option<std::ops::Range<usize>> {
        // The last object or array that is whole.
        let starts = said.match_indices(['{', '[']).map(|(at, _)| at);
        let mut last = None;
        let mut after = 0;
        for start in starts {
            if start < after {
                continue;
            }
            let mut values = serde_json::Deserializer::from_str(&said[start..]).into_iter();
            if let Some(Ok(Value::Object(_) | Value::Array(_))) = values.next() {
                after = start + values.byte_offset();
                last = Some(start..after);
            }
        }
        last
    }

    fn reads(&self, text: &str) -> bool {
        serde_json::from_str::<Value>(text).is_ok()
    }

    fn member(&self, _: &Value) -> Option<String> {
        None
    }
}

impl Judge for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn version(&self) -> u32 {
        7
    }

    fn form(&self) -> &dyn Form {
        self
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let given: Value = match large::json(answer) {
            Ok(given) => given,
            Err(error) => return Judgement::Decided(Verdict::unparsable("not_json", error)),
        };
        let mut best = (0, 1);
        let mut equal = false;
        for right in accepted(item).filter_map(|text| large::json(text).ok()) {
            equal |= self.same(&right, &given);
            let (same, all) = self.parts(&right, Some(&given));
            if same * best.1 > best.0 * all {
                best = (same, all);
            }
        }
        let credit = best.0 as f64 / best.1 as f64;
        let verdict = Verdict::equal(equal, large::written(&given));
        // What has every part and is still another value has something more.
        let credit = if equal { 1.0 } else { credit.min(0.99) };
        let detail = json!({ "parts": best.1, "equal_parts": best.0 });
        Judgement::Decided(verdict.partial(credit, detail))
    }
}

impl Json {
    fn same(&self, right: &Value, given: &Value) -> bool {
        match (right, given) {
            (Value::Object(right), Value::Object(given)) => {
                let counts = |name: &&String| !self.ignore.contains(name);
                right
                    .iter()
                    .filter(|(name, _)| counts(name))
                    .all(|(name, right)| {
                        given.get(name).is_some_and(|given| self.same(right, given))
                    })
                    && (self.subset
                        || given
                            .keys()
                            .filter(counts)
                            .all(|name| right.contains_key(name)))
            }
            (Value::Array(right), Value::Array(given)) if self.unordered => {
                let mut left: Vec<&Value> = given.iter().collect();
                right.len() == given.len()
                    && right.iter().all(|right| {
                        let at = left.iter().position(|given| self.same(right, given));
                        at.map(|at| left.swap_remove(at)).is_some()
                    })
            }
            (Value::Array(right), Value::Array(given)) => {
                right.len() == given.len()
                    && right
                        .iter()
                        .zip(given)
                        .all(|(right, given)| self.same(right, given))
            }
            (Value::Number(right), Value::Number(given)) => {
                match (right.as_f64(), given.as_f64()) {
                    _ if right == given => true,
                    // Whole numbers that are written as such are never rounded.
                    _ if is_whole(right) && is_whole(given) && self.tolerance == 0.0 => false,
                    (Some(right), Some(given)) => (right - given).abs() <= self.tolerance,
                    _ => false,
                }
            }
            _ if right == given => true,
            (right, given) => self.are_near(right, given),
        }
    }

    /// True for numbers, one of which is too large for 64 bits, that are as near to each other as asked.
    fn are_near(&self, right: &Value, given: &Value) -> bool {
        let both = large::digits(right).is_some() && large::digits(given).is_some();
        let one = large::digits(right).is_some() || large::digits(given).is_some();
        let whole = |value: &Value| value.as_number().is_some_and(is_whole);
        if !one || self.tolerance == 0.0 && (both || whole(right) || whole(given)) {
            return false;
        }
        let number = |value: &Value| match large::digits(value) {
            Some(digits) => digits.parse().ok(),
            None => value.as_f64(),
        };
        match (number(right), number(given)) {
            (Some(right), Some(given)) => (right - given).abs() <= self.tolerance,
            _ => false,
        }
    }

    /// Number of leaves of the right value that the given one has, and number of all of them.
    fn parts(&self, right: &Value, given: Option<&Value>) -> (usize, usize) {
        let sum =
            |(same, all): (usize, usize), (one, more): (usize, usize)| (same + one, all + more);
        match right {
            Value::Object(right) if !right.is_empty() => right
                .iter()
                .filter(|(name, _)| !self.ignore.contains(name))
                .map(|(name, right)| self.parts(right, given.and_then(|given| given.get(name))))
                .fold((0, 0), sum),
            Value::Array(right) if !right.is_empty() && !self.unordered => right
                .iter()
                .enumerate()
                .map(|(at, right)| self.parts(right, given.and_then(|given| given.get(at))))
                .fold((0, 0), sum),
            _ => {
                let same = given.is_some_and(|given| self.same(right, given));
                (usize::from(same), 1)
            }
        }
    }
}

/// True for a number that is written as a whole one.
fn is_whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_compared_and_not_text() {
        let right = json!({ "a": 1, "b": [1.0, { "c": null }], "when": "now" });
        let plain = Json::default();
        assert!(plain.same(
            &right,
            &json!({ "when": "now", "b": [1, { "c": null }], "a": 1.0 })
        ));
        assert!(!plain.same(&right, &json!({ "a": 1, "b": [1.0, { "c": null }] })));
        assert!(!plain.same(&json!([1, 2]), &json!([2, 1])));
        assert!(!plain.same(&json!(true), &json!(1)));
        let loose = Json {
            ignore: vec!["when".to_owned()],
            subset: true,
            unordered: true,
            tolerance: 0.01,
        };
        assert!(loose.same(
            &right,
            &json!({ "a": 1.001, "b": [{ "c": null }, 1], "d": 3 })
        ));
        assert_eq!(
            plain.parts(&right, Some(&json!({ "a": 1, "b": [2] }))),
            (1, 4)
        );
        let same = |right: &str, given: &str| {
            plain.same(&large::json(right).unwrap(), &large::json(given).unwrap())
        };
        let (one, other) = ("10000000000000000000001", "10000000000000000000000");
        assert!(same(one, one) && same(other, "1e22") && !same(one, other));
        assert!(!same("10000000000000000001", "10000000000000000002"));
        assert!(!same(one, "\"10000000000000000000001\""));
        let said = "{not} So: {\"a\": [1, 2]} is it.";
        assert_eq!(&said[plain.block(said).unwrap()], "{\"a\": [1, 2]}");
    }
}
