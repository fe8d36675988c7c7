//! Classification of a server's failure: a filter's refusal, a limit to wait for, or an error that a
//! repetition does not help.

use std::time::Duration;

use serde_json::Value;

use super::headers::wait_of;
use super::protocol::excerpt;
use super::{CallError, CallErrorKind, Response, Stop};

/// Words of codes, types and messages that say that a filter stopped the request or the response.
const FILTERED: [&str; 21] = [
    "content_filter",
    "content filter",
    "content_policy",
    "content policy",
    "content management policy",
    "responsibleaipolicyviolation",
    "data_inspection_failed",
    "datainspectionfailed",
    "prohibited_content",
    "blocked by safety",
    "safety system",
    "flagged by moderation",
    "requires moderation",
    "content exists risk",
    "inappropriate content",
    "potentially violating",
    "sensitive content",
    "sensitive_words",
    "prompt was blocked",
    "\u{654f}\u{611f}",
    "\u{8fdd}\u{89c4}",
];

/// Words that say that nothing is left to pay with.
const QUOTA: [&str; 14] = [
    "insufficient_quota",
    "billing_hard_limit",
    "credit balance is too low",
    "insufficient credit",
    "insufficient balance",
    "insufficient_balance",
    "payment_required",
    "billing_not_active",
    "arrearage",
    "account is in good standing",
    "out of credits",
    "insufficient funds",
    "spending limit",
    "\u{4f59}\u{989d}\u{4e0d}\u{8db3}",
];

/// Words that say that the key or the model is not known.
const UNKNOWN: [&str; 16] = [
    "invalid_api_key",
    "incorrect api key",
    "authentication_error",
    "invalid x-api-key",
    "model_not_found",
    "not_found_error",
    "unknown model",
    "api key not valid",
    "api_key_invalid",
    "invalid api key",
    "invalid_authentication",
    "model not exist",
    "model_not_exist",
    "not a valid model",
    "no such model",
    "invalid_model",
];

/// Words that say that there were too many requests.
const LIMITED: [&str; 5] = [
    "rate_limit",
    "rate limit",
    "too_many_requests",
    "too many requests",
    "overloaded",
];

/// Words that say, inside of a success, that the server itself failed.
const BROKEN: [&str; 6] = [
    "server_error",
    "internal error",
    "internal_error",
    "internal server error",
    "internalservererror",
    "api_error",
];

/// Reads a body that is no response, with the status it came with: an error, or the response that a filter
/// put in place of one.
pub(super) fn read(
    status: u16,
    body: &[u8],
    retry_after: Option<Duration>,
) -> Result<Response, CallError> {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    // Some servers put the error into a list.
    let value = match value {
        Value::Array(mut list) if list.len() == 1 => list.remove(0),
        value => value,
    };
    let error = match value.get("error") {
        Some(error) if says(error) => error,
        _ => &value,
    };
    let message = message_of(error).unwrap_or_else(|| excerpt(body));
    let words = words_of(error, &message);
    let has = |list: &[&str]| list.iter().any(|one| words.contains(one));
    // The code within the body counts where the status says success.
    let inner = error["code"]
        .as_u64()
        .or_else(|| error["code"].as_str()?.parse().ok())
        .or_else(|| error["status"].as_u64());
    let code = match inner.and_then(|code| u16::try_from(code).ok()) {
        Some(code @ 400..=599) if status < 400 => code,
        _ => status,
    };
    if code < 500 && code != 429 && has(&FILTERED) {
        return Ok(Response {
            stop: Stop::Refusal,
            ..Response::plain(message)
        });
    }
    let kind = if has(&QUOTA) || code == 402 {
        CallErrorKind::Denied
    } else if code == 429 || code == 529 || (code < 500 && has(&LIMITED)) {
        CallErrorKind::RateLimited
    } else if code == 403 && body.trim_ascii_start().starts_with(b"<") {
        // A page is a firewall's, which dislikes this question; a server that refuses all is found out, too.
        CallErrorKind::Rejected
    } else if matches!(code, 401 | 403 | 404) || (code < 500 && has(&UNKNOWN)) {
        CallErrorKind::Denied
    } else if matches!(code, 408 | 409 | 425) || code >= 500 || code < 400 && has(&BROKEN) {
        CallErrorKind::Server
    } else if code >= 400 {
        CallErrorKind::Rejected
    } else {
        CallErrorKind::Malformed
    };
    Err(CallError {
        status: Some(status),
        retry_after: retry_after.or_else(|| delay_of(error)),
        ..CallError::new(kind, message)
    })
}

/// True for an error that says anything; servers put empty ones beside their answers.
pub(super) fn says(error: &Value) -> bool {
    match error {
        Value::Null => false,
        Value::Bool(on) => *on,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(parts) => parts.iter().any(says),
        Value::Object(fields) => fields.values().any(says),
    }
}

/// The message of an error object, or the text in its place.
fn message_of(error: &Value) -> Option<String> {
    let text = match error {
        Value::String(text) => text.as_str(),
        _ => error["message"]
            .as_str()
            .or_else(|| error["detail"].as_str())
            .or_else(|| error["msg"].as_str())?,
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let code = error["code"].as_str().filter(|code| !text.contains(code));
    Some(match code {
        Some(code) => format!("{text} ({code})"),
        None => text,
    })
}

/// The time to wait that Google's servers put into the details of an error, such as `8s`.
fn delay_of(error: &Value) -> Option<Duration> {
    let mut details = error["details"].as_array()?.iter();
    let delay = details.find_map(|one| one["retryDelay"].as_str())?;
    wait_of(delay.trim().strip_suffix('s')?.parse().ok()?)
}

/// All that an error says, in lower case.
fn words_of(error: &Value, message: &str) -> String {
    let mut words = message.to_lowercase();
    for part in [
        &error["code"],
        &error["type"],
        &error["param"],
        &error["innererror"]["code"],
        &error["metadata"]["error_type"],
    ] {
        if let Some(part) = part.as_str() {
            words.push(' ');
            words.push_str(&part.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: u16, body: &str) -> Result<Stop, CallErrorKind> {
        let read = read(status, body.as_bytes(), None);
        read.map(|response| response.stop)
            .map_err(|error| error.kind)
    }

    #[test]
    fn failures_are_told_apart() {
        use CallErrorKind::{Denied, Malformed, RateLimited, Rejected, Server};
        for (status, body, wanted) in [
            (
                400,
                r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
                Ok(Stop::Refusal),
            ),
            (
                400,
                r#"{"error":{"message":"Invalid prompt","code":"content_policy_violation"}}"#,
                Ok(Stop::Refusal),
            ),
            (
                400,
                r#"{"code":"DataInspectionFailed","message":"Input data may contain inappropriate content."}"#,
                Ok(Stop::Refusal),
            ),
            (
                403,
                r#"{"error":{"code":403,"message":"meta/x requires moderation on p. Your input was flagged","metadata":{"reasons":["x"]}}}"#,
                Ok(Stop::Refusal),
            ),
            (
                200,
                r#"{"error":{"code":429,"message":"Rate limit exceeded"}}"#,
                Err(RateLimited),
            ),
            (
                200,
                r#"{"error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                Err(RateLimited),
            ),
            (
                200,
                r#"{"error":{"code":502,"message":"Provider returned error"}}"#,
                Err(Server),
            ),
            (200, r#"{"error":{"message":"x"}}"#, Err(Malformed)),
            (
                200,
                r#"{"error":{"code":"server_error","message":"sorry"}}"#,
                Err(Server),
            ),
            (
                200,
                r#"{"error":{"type":"error","code":"rate_limit_exceeded","message":"slow down"}}"#,
                Err(RateLimited),
            ),
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                Err(Denied),
            ),
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota, retry in 3s","status":"RESOURCE_EXHAUSTED"}}"#,
                Err(RateLimited),
            ),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#,
                Err(Denied),
            ),
            (402, "{}", Err(Denied)),
            (
                400,
                r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]"#,
                Err(Denied),
            ),
            (
                400,
                r#"{"error":{"message":"Model Not Exist","type":"invalid_request_error"}}"#,
                Err(Denied),
            ),
            (
                400,
                r#"{"error":{"message":"x is not a valid model ID","code":400}}"#,
                Err(Denied),
            ),
            (
                400,
                r#"{"code":"Arrearage","message":"Access denied, please make sure your account is in good standing."}"#,
                Err(Denied),
            ),
            (
                400,
                r#"{"error":{"message":"Content Exists Risk","type":"invalid_request_error"}}"#,
                Ok(Stop::Refusal),
            ),
            (
                400,
                r#"{"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy.","code":"invalid_prompt"}}"#,
                Ok(Stop::Refusal),
            ),
            (
                401,
                r#"{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}"#,
                Err(Denied),
            ),
            (
                404,
                r#"{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}"#,
                Err(Denied),
            ),
            (400, r#"{"error":{"message":"too long"}}"#, Err(Rejected)),
            (503, "<html>", Err(Server)),
            (403, "<html>Sorry, you have been blocked", Err(Rejected)),
            (403, r#"{"error":{"message":"no"}}"#, Err(Denied)),
            (
                200,
                r#"{"error":{"type":"InternalServerError","message":"x"}}"#,
                Err(Server),
            ),
            (529, "{}", Err(RateLimited)),
        ] {
            assert_eq!(kind(status, body), wanted, "{status} {body}");
        }
        let said = read(
            401,
            br#"{"error":{"message":"No such key","code":"bad_key"}}"#,
            None,
        );
        assert_eq!(said.unwrap_err().message, "No such key (bad_key)");
    }

    #[test]
    fn the_delay_in_the_details_of_an_error_is_the_wait() {
        let wait = |delay: &str, header: Option<u64>| {
            let body = format!(
                r#"[{{"error":{{"code":429,"message":"quota","details":[{{"@type":"x"}},{{"retryDelay":"{delay}"}}]}}}}]"#
            );
            let header = header.map(Duration::from_secs);
            let error = read(429, body.as_bytes(), header).unwrap_err();
            assert_eq!(error.kind, CallErrorKind::RateLimited);
            error.retry_after
        };
        assert_eq!(wait("8s", None), Some(Duration::from_secs(8)));
        assert_eq!(wait("0.5s", None), Some(Duration::from_millis(500)));
        assert_eq!(wait("8s", Some(3)), Some(Duration::from_secs(3)));
        for odd in ["", "s", "-1s", "infs", "soon"] {
            assert_eq!(wait(odd, None), None, "{odd}");
        }
    }
}
