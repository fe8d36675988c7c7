//! Requests for verdicts, as JSON.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use tracestone_judge::gold::Gold;
use tracestone_judge::message::Stop;
use tracestone_judge::text::without_surrogates;

use crate::library::Library;

/// A response to be judged, and the sample that it answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) gold: Gold,
    pub(crate) response: String,
    pub(crate) stop: Stop,
}

/// Error of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    /// It is no JSON of the form.
    #[error("{0}")]
    Form(String),
    /// The sample is not known.
    #[error("no sample has the identifier `{0}`, and the request carries none in `sample`")]
    Unknown(String),
}

/// Body of `/judge`.
#[derive(Deserialize)]
struct Judge {
    id: Option<String>,
    sample: Option<Gold>,
    response: Option<Value>,
    /// True if the response ended at the limit of tokens.
    #[serde(default)]
    truncated: bool,
}

/// Reads the body of `/judge`: `id` or `sample`, and `response`.
pub(crate) fn judge(text: &str, library: &Library) -> Result<Asked, RequestError> {
    let asked: Judge = parse(text)?;
    let (response, stop) = said(asked.response.as_ref())?;
    Ok(Asked {
        gold: gold(asked.id, asked.sample, || None, library)?,
        response,
        stop: if asked.truncated { Stop::Length } else { stop },
    })
}

/// Body of `/verify`: a row of the data and the model's response.
#[derive(Deserialize)]
struct Verify {
    id: Option<String>,
    sample: Option<Gold>,
    response: Option<Value>,
    /// Fields that an earlier verdict left.
    reward: Option<IgnoredAny>,
    tracestone: Option<IgnoredAny>,
}

/// The reply to a row: its text with two fields more.
pub(crate) struct Echo<'a> {
    row: &'a str,
    marked: bool,
}

/// Reads the body of `/verify`.
pub(crate) fn verify<'a>(
    text: &'a str,
    library: &Library,
) -> Result<(Asked, Echo<'a>), RequestError> {
    let asked: Verify = parse(text)?;
    let (response, stop) = said(asked.response.as_ref())?;
    let gold = gold(asked.id, asked.sample, || parse(text).ok(), library)?;
    let echo = Echo {
        row: text,
        marked: asked.reward.is_some() || asked.tracestone.is_some(),
    };
    Ok((
        Asked {
            gold,
            response,
            stop,
        },
        echo,
    ))
}

impl Echo<'_> {
    /// The row, byte for byte, with a reward and the verdict behind it.
    pub(crate) fn with(&self, reward: f64, verdict: &Value) -> String {
        if self.marked {
            // What came holds an earlier verdict, which must not be there twice.
            let row: Result<Value, _> = serde_json::from_str(&without_surrogates(self.row));
            if let Ok(mut row) = row {
                row["reward"] = reward.into();
                row["tracestone"] = verdict.clone();
                return row.to_string();
            }
        }
        let open = self.row.trim_end().strip_suffix('}').unwrap_or_default();
        format!(r#"{open},"reward":{reward:?},"tracestone":{verdict}}}"#)
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, RequestError> {
    // Lists would be read as the fields in order.
    if !text.trim_start().starts_with('{') {
        return Err(RequestError::Form(
            "the body is not a JSON object".to_owned(),
        ));
    }
    let text = without_surrogates(text);
    serde_json::from_str(&text).map_err(|error| RequestError::Form(error.to_string()))
}

/// The sample that is known under the identifier; else the one that came along.
fn gold(
    id: Option<String>,
    sample: Option<Gold>,
    row: impl FnOnce() -> Option<Gold>,
    library: &Library,
) -> Result<Gold, RequestError> {
    let name = id.or_else(|| sample.as_ref()?.id.clone());
    if let Some(known) = name.as_deref().and_then(|id| library.get(id)) {
        return Ok(known);
    }
    sample.or_else(row).ok_or_else(|| match name {
        Some(id) => RequestError::Unknown(id),
        None => RequestError::Form("`id` or `sample` is missing".to_owned()),
    })
}

/// The text of a response and the reason for its end: a text, a list of messages, or an object of OpenAI's Responses
/// or Chat Completions.
fn said(response: Option<&Value>) -> Result<(String, Stop), RequestError> {
    let missing = || {
        RequestError::Form(
            "`response` is missing, or is neither a text nor messages nor a response of OpenAI's protocols".to_owned(),
        )
    };
    match response.ok_or_else(missing)? {
        Value::String(text) => Ok((text.clone(), Stop::Stop)),
        Value::Array(messages) => {
            let last = messages
                .last()
                .and_then(|message| message["content"].as_str());
            Ok((last.ok_or_else(missing)?.to_owned(), Stop::Stop))
        }
        Value::Object(object) if object.contains_key("choices") => {
            let choice = &object["choices"][0];
            let stop = match choice["finish_reason"].as_str() {
                Some("length") => Stop::Length,
                Some("content_filter") => Stop::Refusal,
                _ => Stop::Stop,
            };
            let text = choice["message"]["content"].as_str().unwrap_or_default();
            Ok((text.to_owned(), stop))
        }
        Value::Object(object) => {
            let output = object.get("output").and_then(Value::as_array);
            let text = last_message(output.ok_or_else(missing)?);
            let why = object.get("incomplete_details").map(|why| &why["reason"]);
            let stop = match why.and_then(Value::as_str) {
                Some("max_output_tokens") => Stop::Length,
                Some("content_filter") => Stop::Refusal,
                _ => Stop::Stop,
            };
            Ok((text, stop))
        }
        _ => Err(missing()),
    }
}

/// The texts of the last message that the assistant wrote.
fn last_message(output: &[Value]) -> String {
    let is_message = |one: &&Value| one["type"] == "message" && one["role"] != "user";
    let message = output.iter().rev().find(is_message);
    let Some(content) = message.map(|message| &message["content"]) else {
        return String::new();
    };
    if let Some(text) = content.as_str() {
        return text.to_owned();
    }
    let parts = content.as_array().into_iter().flatten();
    parts
        .filter(|part| part["type"] == "output_text")
        .filter_map(|part| part["text"].as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = r#"{"responses_create_params": {"input": [{"role": "user", "content": "?"}]}, "b": 1e400000, "a": 0.10, "sample": {"kind": "count", "answer": "3"}, "response": {"output": [{"type": "reasoning", "summary": []}, {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "\ud83d 3"}]}]}}  "#;

    #[test]
    fn a_row_comes_back_as_it_was_with_two_fields_more() {
        let row = ROW.replace("1e400000", "1");
        let (asked, echo) = verify(&row, &Library::default()).unwrap();
        assert_eq!(asked.response, "\u{fffd} 3");
        let reply = echo.with(1.0, &serde_json::json!({"status": "correct"}));
        let open = row.trim_end().strip_suffix('}').unwrap();
        let added = reply.strip_prefix(open).unwrap();
        assert_eq!(added, r#","reward":1.0,"tracestone":{"status":"correct"}}"#);
        // An earlier reply as a row.
        let (_, echo) = verify(&reply, &Library::default()).unwrap();
        let again = echo.with(0.0, &Value::Null);
        assert_eq!(again.matches("\"reward\"").count(), 1, "{again}");
    }

    #[test]
    fn what_is_no_request_is_told_why() {
        let none = Library::default();
        for (body, why) in [
            ("{", "EOF"),
            ("", "object"),
            ("[]", "object"),
            (r#"{"response": "3"}"#, "`id` or `sample`"),
            (r#"{"id": "x", "response": "3"}"#, "`x`"),
            (r#"{"id": "x"}"#, "`response`"),
            (r#"{"id": 5, "response": "3"}"#, "string"),
            (
                r#"{"sample": {"kind": "joke", "answer": ""}, "response": ""}"#,
                "joke",
            ),
        ] {
            let error = judge(body, &none).unwrap_err().to_string();
            assert!(error.contains(why), "{body}: {error}");
        }
        let deep = format!("{{\"response\": {}", "[".repeat(100_000));
        assert!(
            judge(&deep, &none)
                .unwrap_err()
                .to_string()
                .contains("recursion")
        );
    }

    #[test]
    fn responses_that_were_cut_are_known() {
        for (response, expected) in [
            (r#""5""#, ("5", Stop::Stop)),
            (
                r#"[{"role": "user", "content": "?"}, {"role": "assistant", "content": "5"}]"#,
                ("5", Stop::Stop),
            ),
            (
                r#"{"choices": [{"message": {"content": "5"}, "finish_reason": "length"}]}"#,
                ("5", Stop::Length),
            ),
            (
                r#"{"output": [], "incomplete_details": {"reason": "max_output_tokens"}}"#,
                ("", Stop::Length),
            ),
            (
                r#"{"output": [{"type": "message", "content": "5"}], "incomplete_details": null}"#,
                ("5", Stop::Stop),
            ),
        ] {
            let response: Value = serde_json::from_str(response).unwrap();
            let (text, stop) = said(Some(&response)).unwrap();
            assert_eq!((text.as_str(), stop), expected);
        }
    }
}
