//! Reasons that a response ended, by the names that providers, servers and their libraries give them.

use serde_json::Value;

use crate::model::Stop;

/// Reason of the end of a response, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// One that a response can have.
    Stop(Stop),
    /// Failure of the server in the middle of a response.
    Broken,
}

/// Names of a response that the model ended.
const ENDS: [&str; 6] = [
    "stop",
    "eos",
    "eostoken",
    "stopsequence",
    "endturn",
    "complete",
];

/// Names of a limit of tokens.
const LIMITS: [&str; 10] = [
    "length",
    "maxtokens",
    "maxoutputtokens",
    "maxnewtokens",
    "maxlength",
    "modellength",
    "modelcontextwindowexceeded",
    "tokenlimit",
    "errorlimit",
    "incomplete",
];

/// Names of a refusal, or of a filter that stopped the response.
const REFUSALS: [&str; 11] = [
    "refusal",
    "refused",
    "safety",
    "imagesafety",
    "prohibitedcontent",
    "sensitive",
    "recitation",
    "blocklist",
    "spii",
    "guardrailintervened",
    "errortoxic",
];

/// Names of a failure.
const FAILURES: [&str; 8] = [
    "error",
    "insufficientsystemresource",
    "networkerror",
    "abort",
    "aborted",
    "cancelled",
    "canceled",
    "failed",
];

/// Reason with this name, in any case and with any signs between its words: `MAX_TOKENS`,
/// `FinishReason.MAX_TOKENS`, `maxTokens`; `None` for a name that is not known.
pub(crate) fn by_name(name: &str) -> Option<Reason> {
    let name = name.rsplit('.').next().unwrap_or(name);
    let letters = name.chars().filter(|c| c.is_ascii_alphanumeric());
    let name: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    let name = name.strip_prefix("finishreason").unwrap_or(&name);
    let is = |names: &[&str]| names.contains(&name);
    if is(&ENDS) {
        Some(Reason::Stop(Stop::Stop))
    } else if is(&LIMITS) {
        Some(Reason::Stop(Stop::Length))
    } else if is(&REFUSALS) || name.starts_with("contentfilter") {
        Some(Reason::Stop(Stop::Refusal))
    } else if is(&FAILURES) {
        Some(Reason::Broken)
    } else {
        None
    }
}

/// Stop of a reply whose server names its reason there; a failure is any other reason.
pub(crate) fn of_reply(reason: &Value) -> Stop {
    match reason.as_str().and_then(by_name) {
        Some(Reason::Stop(stop)) => stop,
        Some(Reason::Broken) | None => Stop::Other,
    }
}

/// Names of the field of a row with the reason.
const FIELDS: [&str; 8] = [
    "stop",
    "finish_reason",
    "finishReason",
    "stop_reason",
    "stopReason",
    "done_reason",
    "doneReason",
    "completionReason",
];

/// Stop of a response in a row of a file. Servers give more than one reason, such as the text that ended a response:
/// a refusal counts before a limit, and that before an end. A failure in the middle of a response cuts it as a limit does.
pub(crate) fn of_row(row: &Value) -> Stop {
    let status = row["status"].as_str().filter(|name| *name == "incomplete");
    let named = FIELDS.iter().filter_map(|field| {
        let reason = &row[*field];
        reason.as_str().or_else(|| reason["type"].as_str())
    });
    let reasons: Vec<Reason> = named.chain(status).filter_map(by_name).collect();
    let has = |reason| reasons.contains(&reason);
    if has(Reason::Stop(Stop::Refusal)) {
        Stop::Refusal
    } else if has(Reason::Stop(Stop::Length)) || has(Reason::Broken) {
        Stop::Length
    } else {
        Stop::Stop
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_of_reasons_are_known_in_every_spelling() {
        for (name, is) in [
            ("MAX_TOKENS", Some(Reason::Stop(Stop::Length))),
            ("FinishReason.MAX_TOKENS", Some(Reason::Stop(Stop::Length))),
            ("maxTokens", Some(Reason::Stop(Stop::Length))),
            ("Safety", Some(Reason::Stop(Stop::Refusal))),
            ("content-filter", Some(Reason::Stop(Stop::Refusal))),
            ("content_filtered", Some(Reason::Stop(Stop::Refusal))),
            ("STOP", Some(Reason::Stop(Stop::Stop))),
            ("ERROR", Some(Reason::Broken)),
            ("tool_use", None),
            ("</s>", None),
        ] {
            assert_eq!(by_name(name), is, "{name}");
        }
    }

    #[test]
    fn a_row_may_name_its_reason_in_several_fields() {
        for (row, is) in [
            (json!({ "stop_reason": "max_tokens" }), Stop::Length),
            (json!({ "done_reason": "length" }), Stop::Length),
            (json!({ "finishReason": "MAX_TOKENS" }), Stop::Length),
            (
                json!({ "finish_reason": "stop", "stop_reason": "</s>" }),
                Stop::Stop,
            ),
            (
                json!({ "finish_reason": { "type": "length" } }),
                Stop::Length,
            ),
            (json!({ "status": "incomplete" }), Stop::Length),
            (json!({ "status": "error" }), Stop::Stop),
            (json!({ "finish_reason": "error" }), Stop::Length),
            (json!({ "finish_reason": "SAFETY" }), Stop::Refusal),
            (json!({ "stop": ["\n"] }), Stop::Stop),
        ] {
            assert_eq!(of_row(&row), is, "{row}");
        }
    }
}
