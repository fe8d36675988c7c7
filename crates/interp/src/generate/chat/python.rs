//! The parts of Python that chat templates use: methods of texts and mappings, values as text, JSON, the date.

use std::fmt::Write as _;

use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Error, ErrorKind, Output, State};
use tracestone_record::Literal;

type Outcome<T> = std::result::Result<T, Error>;

fn wrong(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, why.into())
}

/// Writes a value as Python's `str` does: `True`, `None`, `['a', 1]`.
pub(super) fn print(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Outcome<()> {
    let written = match value.kind() {
        ValueKind::Bool | ValueKind::None | ValueKind::Seq | ValueKind::Map => {
            match literal(value) {
                Some(literal) => write!(out, "{}", literal.python_repr()),
                None => write!(out, "{value}"),
            }
        }
        ValueKind::Undefined => Ok(()),
        _ => write!(out, "{value}"),
    };
    written.map_err(|_| Error::from(ErrorKind::WriteFailure))
}

/// The Python literal of a value made of plain data.
fn literal(value: &Value) -> Option<Literal> {
    Some(match value.kind() {
        ValueKind::None => Literal::None,
        ValueKind::Bool => Literal::Bool(value.is_true()),
        ValueKind::Number => match value.as_i64() {
            Some(number) if value.is_integer() => Literal::from(number),
            _ => Literal::Float(f64::try_from(value.clone()).ok()?),
        },
        ValueKind::String => Literal::Str(value.as_str()?.to_owned()),
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().ok()?;
            Literal::List(items.map(|item| literal(&item)).collect::<Option<_>>()?)
        }
        ValueKind::Map => {
            let entry = |key: Value| Some((literal(&key)?, literal(&value.get_item(&key).ok()?)?));
            let keys = value.try_iter().ok()?;
            Literal::Dict(keys.map(entry).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// The date and time by a format of `strftime`.
pub(super) fn strftime_now(format: &str) -> Outcome<String> {
    let mut text = String::new();
    write!(text, "{}", chrono::Local::now().format(format))
        .map_err(|_| wrong(format!("`{format}` is no format of a date")))?;
    Ok(text)
}

/// Layout of JSON, as `json.dumps` takes it.
struct Layout {
    indent: Option<usize>,
    item: String,
    key: String,
    ascii: bool,
    sorted: bool,
}

/// The filter `tojson` of transformers, which is `json.dumps` without escapes of characters.
pub(super) fn to_json(value: &Value, named: Kwargs) -> Outcome<String> {
    let indent: Option<usize> = named.get("indent")?;
    let separators: Option<Vec<String>> = named.get("separators")?;
    let ascii: Option<bool> = named.get("ensure_ascii")?;
    let sorted: Option<bool> = named.get("sort_keys")?;
    named.assert_all_used()?;
    let [item, key] = match separators {
        Some(own) => {
            <[String; 2]>::try_from(own).map_err(|_| wrong("two separators are needed"))?
        }
        None => [if indent.is_some() { "," } else { ", " }, ": "].map(str::to_owned),
    };
    let layout = Layout {
        indent,
        item,
        key,
        ascii: ascii == Some(true),
        sorted: sorted == Some(true),
    };
    let mut out = String::new();
    layout.write(value, 0, &mut out)?;
    Ok(out)
}

impl Layout {
    fn write(&self, value: &Value, depth: usize, out: &mut String) -> Outcome<()> {
        match value.kind() {
            ValueKind::None => out.push_str("null"),
            ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => {
                let number = literal(value).ok_or_else(|| wrong("a number is out of range"))?;
                out.push_str(&number.python_repr());
            }
            ValueKind::String => self.text(value.as_str().unwrap_or_default(), out),
            ValueKind::Seq | ValueKind::Iterable => {
                let items: Vec<Value> = value.try_iter()?.collect();
                self.list(('[', ']'), depth, out, &items, |item, out| {
                    self.write(item, depth + 1, out)
                })?;
            }
            ValueKind::Map => {
                let mut keys: Vec<Value> = value.try_iter()?.collect();
                if self.sorted {
                    keys.sort();
                }
                self.list(('{', '}'), depth, out, &keys, |key, out| {
                    self.text(&key.to_string(), out);
                    out.push_str(&self.key);
                    self.write(&value.get_item(key)?, depth + 1, out)
                })?;
            }
            kind => return Err(wrong(format!("{kind} has no JSON"))),
        }
        Ok(())
    }

    fn list(
        &self,
        (open, close): (char, char),
        depth: usize,
        out: &mut String,
        items: &[Value],
        mut write: impl FnMut(&Value, &mut String) -> Outcome<()>,
    ) -> Outcome<()> {
        let line = |depth: usize, out: &mut String| {
            if let Some(indent) = self.indent {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent * depth));
            }
        };
        out.push(open);
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                out.push_str(&self.item);
            }
            line(depth + 1, out);
            write(item, out)?;
        }
        if !items.is_empty() {
            line(depth, out);
        }
        out.push(close);
        Ok(())
    }

    fn text(&self, text: &str, out: &mut String) {
        let quoted = serde_json::Value::from(text).to_string();
        if !self.ascii {
            out.push_str(&quoted);
            return;
        }
        for c in quoted.chars() {
            if c.is_ascii() {
                out.push(c);
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
}

/// Methods of Python's texts, lists and mappings that chat templates use.
pub(super) fn method(
    _: &mut State<'_, '_>,
    value: &Value,
    name: &str,
    arguments: &[Value],
) -> Outcome<Value> {
    match value.kind() {
        ValueKind::Map => of_map(value, name, arguments),
        ValueKind::String => of_text(value.as_str().unwrap_or_default(), name, arguments),
        ValueKind::Seq if name == "count" => {
            let wanted = arguments.first().ok_or_else(unknown)?;
            let found = value.try_iter()?.filter(|item| item == wanted);
            Ok(Value::from(found.count()))
        }
        ValueKind::Seq if name == "index" => {
            let wanted = arguments.first().ok_or_else(unknown)?;
            let found = value.try_iter()?.position(|item| item == *wanted);
            found
                .map(Value::from)
                .ok_or_else(|| wrong("the value is not in the list"))
        }
        _ => Err(unknown()),
    }
}

fn unknown() -> Error {
    Error::from(ErrorKind::UnknownMethod)
}

fn of_map(value: &Value, name: &str, arguments: &[Value]) -> Outcome<Value> {
    match name {
        "get" => {
            let key = arguments.first().ok_or_else(unknown)?;
            let found = value.get_item(key)?;
            let default = arguments.get(1).cloned().unwrap_or_else(|| Value::from(()));
            Ok(if found.is_undefined() { default } else { found })
        }
        "keys" => Ok(value.try_iter()?.collect()),
        "values" => value.try_iter()?.map(|key| value.get_item(&key)).collect(),
        "items" => {
            let pair = |key: Value| Ok(Value::from(vec![key.clone(), value.get_item(&key)?]));
            value.try_iter()?.map(pair).collect()
        }
        _ => Err(unknown()),
    }
}

fn of_text(text: &str, name: &str, arguments: &[Value]) -> Outcome<Value> {
    let argument = |at: usize| arguments.get(at).and_then(Value::as_str);
    let needed = |at: usize| argument(at).ok_or_else(unknown);
    let set = argument(0).map(|set| set.chars().collect::<Vec<_>>());
    let strips = |c: char| match &set {
        Some(set) => set.contains(&c),
        None => c.is_whitespace(),
    };
    // A text, or a tuple of texts of which one is enough.
    let any = |test: &dyn Fn(&str) -> bool| -> Outcome<Value> {
        let first = arguments.first().ok_or_else(unknown)?;
        Ok(Value::from(match first.as_str() {
            Some(one) => test(one),
            None => first.try_iter()?.any(|one| one.as_str().is_some_and(test)),
        }))
    };
    let every = |test: fn(char) -> bool| !text.is_empty() && text.chars().all(test);
    let cased = |test: fn(char) -> bool| {
        let mut cased = text
            .chars()
            .filter(|c| c.is_lowercase() || c.is_uppercase());
        let first = cased.next();
        first.is_some_and(|first| test(first) && cased.all(test))
    };
    // Positions count characters.
    let position = |at: Option<usize>| match at {
        Some(at) => Value::from(text[..at].chars().count()),
        None => Value::from(-1),
    };
    Ok(match name {
        "strip" => Value::from(text.trim_matches(strips)),
        "lstrip" => Value::from(text.trim_start_matches(strips)),
        "rstrip" => Value::from(text.trim_end_matches(strips)),
        "removeprefix" => Value::from(text.strip_prefix(needed(0)?).unwrap_or(text)),
        "removesuffix" => Value::from(text.strip_suffix(needed(0)?).unwrap_or(text)),
        "upper" => Value::from(text.to_uppercase()),
        "lower" => Value::from(text.to_lowercase()),
        "capitalize" => Value::from(capitalized(text)),
        "title" => Value::from(titled(text)),
        "startswith" => any(&|start| text.starts_with(start))?,
        "endswith" => any(&|end| text.ends_with(end))?,
        "find" => position(text.find(needed(0)?)),
        "rfind" => position(text.rfind(needed(0)?)),
        "count" => Value::from(text.matches(needed(0)?).count()),
        "isdigit" => Value::from(every(char::is_numeric)),
        "isalpha" => Value::from(every(char::is_alphabetic)),
        "isalnum" => Value::from(every(char::is_alphanumeric)),
        "isspace" => Value::from(every(char::is_whitespace)),
        "isupper" => Value::from(cased(char::is_uppercase)),
        "islower" => Value::from(cased(char::is_lowercase)),
        "split" | "rsplit" => split(text, name == "rsplit", arguments)?,
        "splitlines" => text.lines().map(Value::from).collect(),
        "join" => {
            let parts = arguments.first().ok_or_else(unknown)?.try_iter()?;
            let parts: Vec<String> = parts.map(|part| part.to_string()).collect();
            Value::from(parts.join(text))
        }
        "replace" => {
            let (from, to) = (needed(0)?, needed(1)?);
            match arguments.get(2).and_then(Value::as_usize) {
                Some(count) => Value::from(text.replacen(from, to, count)),
                None => Value::from(text.replace(from, to)),
            }
        }
        _ => return Err(unknown()),
    })
}

/// The parts of a text between separators, at most so many cuts, from the right if `from_right` is set.
fn split(text: &str, from_right: bool, arguments: &[Value]) -> Outcome<Value> {
    let cuts = arguments.get(1).and_then(Value::as_i64);
    let cuts = cuts.and_then(|cuts| usize::try_from(cuts).ok());
    let Some(separator) = arguments.first().and_then(Value::as_str) else {
        if cuts.is_some() {
            return Err(wrong("`split` with a count needs a separator"));
        }
        return Ok(text.split_whitespace().map(Value::from).collect());
    };
    if separator.is_empty() {
        return Err(wrong("`split` needs a separator that is not empty"));
    }
    let mut parts: Vec<&str> = match cuts {
        Some(cuts) if from_right => text.rsplitn(cuts + 1, separator).collect(),
        Some(cuts) => text.splitn(cuts + 1, separator).collect(),
        None => text.split(separator).collect(),
    };
    if from_right && cuts.is_some() {
        parts.reverse();
    }
    Ok(parts.into_iter().map(Value::from).collect())
}

fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + &rest.as_str().to_lowercase()
}

fn titled(text: &str) -> String {
    let mut inside = false;
    let mut out = String::new();
    for c in text.chars() {
        match (c.is_alphabetic(), inside) {
            (true, false) => out.extend(c.to_uppercase()),
            (true, true) => out.extend(c.to_lowercase()),
            (false, _) => out.push(c),
        }
        inside = c.is_alphabetic();
    }
    out
}
