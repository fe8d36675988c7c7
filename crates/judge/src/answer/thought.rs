//! Separation of a response from the reasoning before it.

use super::places::in_literal;

/// Tags around thought, in lower case.
const TAGS: [(&str, &str); 9] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<reason>", "</reason>"),
    ("<seed:think>", "</seed:think>"),
    ("[think]", "[/think]"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("\u{25c1}think\u{25b7}", "\u{25c1}/think\u{25b7}"),
];

/// The response without what is thought; empty where nothing else is there.
pub(super) fn without(response: &str) -> &str {
    let response = final_channel(response);
    // ASCII lower case keeps every byte in its place.
    let lower = response.to_ascii_lowercase();
    let is_tag = |at: &usize| !in_literal(response, *at) && !in_marks(&lower, *at);
    let ends = TAGS.iter().flat_map(|(_, close)| {
        let places = lower.match_indices(close);
        places.map(|(at, close)| (at, at + close.len()))
    });
    let start = ends
        .filter(|(at, _)| is_tag(at))
        .map(|(_, end)| end)
        .max()
        .unwrap_or(0);
    let starts = TAGS
        .iter()
        .flat_map(|(open, _)| lower.match_indices(open).map(|(at, _)| at));
    // A thought that begins behind the last end is not over. A tag in the middle of a line is mentioned.
    let begins_line = |at: &usize| {
        let line = lower[start..*at]
            .rfind('\n')
            .map_or(start, |end| start + end);
        lower[line..*at].trim().is_empty()
    };
    let end = starts
        .filter(|at| *at >= start && begins_line(at) && is_tag(at))
        .min()
        .unwrap_or(response.len());
    &response[start..end]
}

/// True if the position is between the opening and the closing mark of an answer.
fn in_marks(lower: &str, at: usize) -> bool {
    const MARKS: (&str, &str) = ("[answer]", "[/answer]");
    let (before, after) = (&lower[..at], &lower[at..]);
    let opened = before.rfind(MARKS.0) > before.rfind(MARKS.1);
    let closed = match (after.find(MARKS.1), after.find(MARKS.0)) {
        (Some(close), Some(open)) => close < open,
        (close, _) => close.is_some(),
    };
    opened && closed
}

/// Content of the channel `final`, if a response has channels.
fn final_channel(response: &str) -> &str {
    const CHANNEL: &str = "<|channel|>";
    const MESSAGE: &str = "<|message|>";
    if response.trim_start().starts_with(CHANNEL)
        || response.contains("<|start|>assistant<|channel|>")
    {
        let last = response.rfind(CHANNEL).unwrap_or(0);
        let channel = &response[last + CHANNEL.len()..];
        let said = match channel.split_once(MESSAGE) {
            Some((name, said)) if name.trim_start().starts_with("final") => said,
            _ => "",
        };
        let end = ["<|return|>", "<|end|>"]
            .iter()
            .filter_map(|mark| said.find(mark))
            .min();
        return &said[..end.unwrap_or(said.len())];
    }
    // The same without its special tokens, as some servers give it.
    const FINAL: &str = "assistantfinal";
    match response.rfind(FINAL) {
        Some(at) if response.trim_start().starts_with("analysis") && !in_literal(response, at) => {
            &response[at + FINAL.len()..]
        }
        _ => response,
    }
}
