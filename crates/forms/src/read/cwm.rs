//! Reader of the text of Code World Model.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use tracestone_record::{EventType, Literal, LiteralLimits, VALUE_BYTES};

use super::same_value;
use crate::Moment;

/// Compares every frame of a text with the moments of a run.
pub(super) fn check(text: &str, source: &[&str], seen: &[Moment]) -> Result<(), String> {
    let entry = seen.first().ok_or("nothing was seen")?.line.index();
    let mut context = String::from("<|begin_of_text|><|trace_context_start|>");
    for (index, line) in source.iter().enumerate() {
        context.push_str(line);
        if index == entry {
            context.push_str("  # << START_OF_TRACE");
        }
        context.push('\n');
    }
    context.push_str("<|frame_sep|>");
    let mut rest = text
        .strip_prefix(&context)
        .ok_or("the context is not the program")?;
    let mut reading = Reading::default();
    for (number, moment) in seen.iter().enumerate() {
        let line = source
            .get(moment.line.index())
            .ok_or("a line is not in the program")?;
        rest = (reading.frame(rest, moment, line))
            .map_err(|why| format!("frame {}: {why}", number + 1))?;
    }
    match rest {
        "<|end_of_text|>" => Ok(()),
        _ => Err("the text goes on after the last event".to_owned()),
    }
}

/// Locals as they were told and as they were seen, by frame and name.
#[derive(Default)]
struct Reading<'a> {
    told: BTreeMap<(u32, String), String>,
    seen: BTreeMap<u32, BTreeMap<&'a str, &'a str>>,
}

impl<'a> Reading<'a> {
    /// Reads one frame and gives what follows it.
    fn frame<'t>(
        &mut self,
        text: &'t str,
        moment: &'a Moment,
        line: &str,
    ) -> Result<&'t str, String> {
        let locals = self.seen.entry(moment.frame).or_default();
        for (name, value) in &moment.changes {
            match value {
                Some(value) => drop(locals.insert(name, value)),
                None => drop(locals.remove(name.as_str())),
            }
        }
        let mark = match moment.word {
            EventType::Call | EventType::Resume => "<|call_sep|>",
            EventType::Line => "<|line_sep|>",
            EventType::Return | EventType::Yield => "<|return_sep|>",
            EventType::Raise => "<|exception_sep|>",
        };
        let mut rest = text
            .strip_prefix(mark)
            .ok_or_else(|| format!("it is no {}", moment.word))?;
        let ends = matches!(
            moment.word,
            EventType::Return | EventType::Yield | EventType::Raise
        );
        if !ends {
            let (object, after) = json::<Map<String, Value>>(rest)?;
            self.locals(&object, moment)?;
            rest = after;
        }
        let action = format!("<|action_sep|>{line}\n");
        rest = rest
            .strip_prefix(&action)
            .ok_or("its source is not the line's")?;
        if ends {
            let after = rest.strip_prefix("<|arg_sep|>").ok_or("it has no value")?;
            let (told, after) = json::<String>(after)?;
            match (&moment.payload, moment.word) {
                (Some(found), EventType::Raise) if told != *found => {
                    return Err(format!("{told} is told, {found} was raised"));
                }
                (Some(found), EventType::Return | EventType::Yield) => same_shown(&told, found)?,
                _ => {}
            }
            rest = after;
        }
        rest.strip_prefix("<|frame_sep|>")
            .ok_or_else(|| "it does not end".to_owned())
    }

    fn locals(&mut self, object: &Map<String, Value>, moment: &Moment) -> Result<(), String> {
        let none = BTreeMap::new();
        let seen = self.seen.get(&moment.frame).unwrap_or(&none);
        if let Some(name) = seen.keys().find(|name| !object.contains_key(**name)) {
            return Err(format!("`{name}` is missing"));
        }
        for (name, value) in object {
            let key = (moment.frame, name.clone());
            let value = value
                .as_str()
                .ok_or_else(|| format!("`{name}` is no text"))?;
            let told = match value {
                ".." => self
                    .told
                    .get(&key)
                    .ok_or_else(|| format!("`{name}` was not told before"))?,
                value => value,
            }
            .to_owned();
            match seen.get(name.as_str()) {
                Some(found) => {
                    same_shown(&told, found).map_err(|why| format!("`{name}`: {why}"))?
                }
                None => return Err(format!("there is no `{name}`")),
            }
            self.told.insert(key, told);
        }
        Ok(())
    }
}

/// Compares two values as [`same_value`] does, but the layout tells the `repr` of values without an exact literal form
/// too, and some of these texts read as literals: `(-0-1j)`, `[[...]]`, the first digits of a long number.
fn same_shown(told: &str, found: &str) -> Result<(), String> {
    let kind = found
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'));
    let Some(kind) = kind else {
        return same_value(told, found);
    };
    match Literal::parse(told, LiteralLimits::default()) {
        Ok(value)
            if value.type_name() == kind
                && (told.len() >= VALUE_BYTES as usize || is_vague(&value)) =>
        {
            Ok(())
        }
        _ => same_value(told, found),
    }
}

/// True if another value may have the same `repr`: in complex numbers a zero may have lost its sign, and `...` stands
/// for a container within itself.
fn is_vague(value: &Literal) -> bool {
    match value {
        Literal::Ellipsis => true,
        Literal::Complex { real, imaginary } => *real == 0.0 || *imaginary == 0.0,
        Literal::List(items) | Literal::Tuple(items) | Literal::Set(items) => {
            items.iter().any(is_vague)
        }
        Literal::Dict(entries) => {
            let mut entries = entries.iter();
            entries.any(|(key, value)| is_vague(key) || is_vague(value))
        }
        _ => false,
    }
}

/// A JSON value at the start of a text, and what follows it.
fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<(T, &str), String> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<T>();
    match values.next() {
        Some(Ok(value)) => {
            let end = values.byte_offset();
            Ok((value, &text[end..]))
        }
        _ => Err("there is no JSON".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_without_an_exact_literal_form_are_compared_as_such() {
        let long = "7".repeat(VALUE_BYTES as usize);
        for (told, found) in [
            ("(-0-1j)", "<complex>"),
            ("-1j", "<complex>"),
            ("(1-0j)", "<complex>"),
            ("(-0-1j)", "(-0-1j)"),
            ("[(-0-0j)]", "<list>"),
            ("{'a': [1, (-0-0j)]}", "<dict>"),
            ("[[...]]", "<list>"),
            ("([(...)],)", "<tuple>"),
            ("{'a': {...}}", "<dict>"),
            (&long, "<int>"),
            ("<object object>", "<object>"),
            ("inf", "<float>"),
            ("[...]", "[...]"),
        ] {
            assert_eq!(same_shown(told, found), Ok(()), "{told} {found}");
        }
        for (told, found) in [
            ("(-0-1j)", "<list>"),
            ("(2-1j)", "<complex>"),
            ("[1]", "<list>"),
            ("5", "<int>"),
            ("5", "<Number>"),
            ("[[...]]", "[[]]"),
            ("(-0-1j)", "(-0-2j)"),
            ("<object object>", "5"),
        ] {
            assert!(same_shown(told, found).is_err(), "{told} {found}");
        }
    }
}
