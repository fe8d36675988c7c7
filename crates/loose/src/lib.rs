//! JSON and tables as language models write them: with comments, trailing commas, Python's words and tuples, in prose
//! or as Markdown.
//!
//! [`values`] gives every outermost list and object of a text in order, a Markdown table as a list of objects. What a
//! value means is for the caller to decide. Nothing is guessed: a bracket that does not close, or that holds prose,
//! gives no value.
//!
//! Invariant: pure, and linear in the text but for a fixed budget, so that no answer can keep a judge busy.
//!
//! ```
//! use serde_json::json;
//!
//! let text = "So [the rest] is usual:\n[{'start': 3, 'end': 9},  # a spike\n]";
//! assert_eq!(tracestone_loose::values(text), [json!([{ "start": 3, "end": 9 }])]);
//! ```

mod relax;
mod table;

use serde_json::Value;

/// Characters that may be read again and again while ends of brackets are sought, beyond a few times the text itself.
const BUDGET: usize = 1 << 20;
/// Brackets without a value after which a text is read no further.
const TRIES: usize = 4_096;

/// Every outermost list, object and Markdown table of a text, in order. A table is a list of objects, whose keys are
/// the titles of its columns in small letters.
#[must_use]
pub fn values(text: &str) -> Vec<Value> {
    let mut budget = BUDGET + 4 * text.len();
    let mut tries = TRIES;
    let mut found = Vec::new();
    let tables = table::tables(text);
    let mut tables = tables.into_iter().peekable();
    let mut at = 0;
    while let Some(start) = text[at..].find(['[', '{', '|']).map(|next| at + next) {
        if let Some((range, _)) = tables.peek()
            && range.contains(&start)
        {
            at = range.end;
            found.extend(tables.next().map(|(_, value)| value));
            continue;
        }
        match value_at(text, start, &mut budget) {
            Some((value, end)) => {
                found.push(value);
                at = end;
            }
            None if text.as_bytes()[start] == b'|' => at = start + 1,
            None if tries == 0 => break,
            None => {
                tries -= 1;
                at = start + 1;
            }
        }
    }
    found
}

/// The list or object that begins at a bracket, and the place after it.
fn value_at(text: &str, start: usize, budget: &mut usize) -> Option<(Value, usize)> {
    let rest = &text[start..];
    if rest.starts_with('|') {
        return None;
    }
    let mut strict = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    if let Some(Ok(value)) = strict.next() {
        return Some((value, start + strict.byte_offset()));
    }
    let (length, relaxed) = relax::relaxed(rest, budget)?;
    let value = serde_json::from_str(&relaxed).ok()?;
    Some((value, start + length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_models_write_is_read() {
        for (text, expected) in [
            ("[1, 2]", vec![json!([1, 2])]),
            (
                "first [1], then {\"a\": [2]}",
                vec![json!([1]), json!({ "a": [2] })],
            ),
            (
                "// all\n[\n  {\"start\": 3, \"end\": 9}, // a \"spike\"\n  /* none */ {\"start\": 1, \"end\": 2},\n]",
                vec![json!([{ "start": 3, "end": 9 }, { "start": 1, "end": 2 }])],
            ),
            ("[(3, 9), (20, 22)]", vec![json!([[3, 9], [20, 22]])]),
            (
                "{'x': nan, 'y': -Infinity, 'z': None, 'it': True}",
                vec![json!({ "x": "nan", "y": "-Infinity", "z": null, "it": true })],
            ),
            (
                "{\"url\": \"http://a#b\", \"x\": 1,}",
                vec![json!({ "url": "http://a#b", "x": 1 })],
            ),
            (
                "[C2, C10] of {start: 3}",
                vec![json!(["C2", "C10"]), json!({ "start": 3 })],
            ),
            ("[roughly] 5", vec![]),
            ("[1, 2", vec![]),
            ("[[1, 2], [3", vec![json!([1, 2])]),
            ("it's [1] isn't it", vec![json!([1])]),
        ] {
            assert_eq!(values(text), expected, "{text}");
        }
    }

    #[test]
    fn a_table_is_a_list_of_objects() {
        let text = "| Start | **End** | Why |\n|:---|---|---|\n| 3 | 9 | it `jumps` |\n| 20 | 22.5 | |\n\nand [4]";
        assert_eq!(
            values(text),
            [
                json!([
                    { "start": 3, "end": 9, "why": "it jumps" },
                    { "start": 20, "end": 22.5, "why": "" }
                ]),
                json!([4])
            ]
        );
        assert!(values("a | b\nc | d").is_empty());
        let units = "| atom | distance (Å) |\n|--|--|\n| OG | 2.81 |";
        assert_eq!(values(units), [json!([{ "atom": "OG", "distance": 2.81 }])]);
    }

    proptest! {
        #[test]
        fn json_is_read_as_it_is(numbers in proptest::collection::vec(any::<i32>(), 0..9), words in "[ -~]{0,20}") {
            let value = json!([{ "numbers": numbers, "words": words }]);
            prop_assert_eq!(values(&format!("so: {value} done")), [value]);
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,200}", brackets in "[\\[\\]{}()|,:'\"#/*0-9a-z \n-]{0,200}") {
            let _ = (values(&text), values(&brackets));
        }
    }
}
