//! Comma-separated values (RFC 4180), with a first line of names.

use serde_json::Value;

use super::Row;

/// The rows; every value is a text.
pub(super) fn rows(text: &str, comma: char) -> Result<Vec<Row>, (usize, String)> {
    let mut records = records(text, comma)?.into_iter();
    let Some((_, names)) = records.next() else {
        return Ok(Vec::new());
    };
    let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            return Err((1, format!("two columns have the name `{name}`")));
        }
    }
    let row = |(line, values): (usize, Vec<String>)| {
        if values.len() != names.len() {
            return Err((
                line,
                format!("{} values for {} columns", values.len(), names.len()),
            ));
        }
        let values = values.into_iter().map(Value::from);
        Ok(names.iter().cloned().zip(values).collect())
    };
    records.map(row).collect()
}

/// Values of a record, with the line on which it starts.
type Record = (usize, Vec<String>);

/// The records of a text, that of the names first.
fn records(text: &str, comma: char) -> Result<Vec<Record>, (usize, String)> {
    let mut records = Vec::new();
    let mut values = Vec::new();
    let mut value = String::new();
    let (mut line, mut start) = (1, 1);
    let mut quoted = false;
    // Whether the value was in quotes, behind which nothing but a comma can follow.
    let mut closed = false;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        line += usize::from(c == '\n');
        if quoted {
            match c {
                '"' if rest.peek() == Some(&'"') => {
                    rest.next();
                    value.push('"');
                }
                '"' => (quoted, closed) = (false, true),
                _ => value.push(c),
            }
            continue;
        }
        match c {
            '"' if value.is_empty() && !closed => quoted = true,
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' => {
                values.push(std::mem::take(&mut value));
                let record = std::mem::take(&mut values);
                // An empty line is no record.
                if record.len() > 1 || closed || !record[0].is_empty() {
                    records.push((start, record));
                }
                (start, closed) = (line, false);
            }
            c if c == comma => {
                values.push(std::mem::take(&mut value));
                closed = false;
            }
            _ if closed => return Err((line, "a value goes on behind its quotes".to_owned())),
            _ => value.push(c),
        }
    }
    if quoted {
        return Err((start, "a value's quotes are not closed".to_owned()));
    }
    if !values.is_empty() || !value.is_empty() || closed {
        values.push(value);
        records.push((start, values));
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_hold_commas_quotes_and_lines() {
        let text = "id,text\r\n1,\"a, \"\"b\"\"\nc\"\n\n2,\n3,\"\"";
        let rows = rows(text, ',').unwrap();
        let texts: Vec<_> = rows
            .iter()
            .map(|row| row["text"].as_str().unwrap())
            .collect();
        assert_eq!(texts, ["a, \"b\"\nc", "", ""]);
        assert_eq!(super::rows("a\tb\n1\t2\n", '\t').unwrap()[0]["b"], "2");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        assert_eq!(rows("a,b\n1,2\n3\n", ',').unwrap_err().0, 3);
        assert_eq!(rows("a,b\n1,\"2\n\n", ',').unwrap_err().0, 2);
        assert_eq!(rows("a,b\n\"1\"x,2\n", ',').unwrap_err().0, 2);
        assert_eq!(rows("a,a\n", ',').unwrap_err().0, 1);
    }
}
