//! Thought that stands below a heading or a word on a line of its own, without tags.

use std::sync::LazyLock;

use regex::Regex;

use super::marks;
use super::thought::pattern;

/// A first line that only calls what follows it a thought.
static THOUGHT: LazyLock<Regex> = LazyLock::new(|| {
    let names = r"(?:(?:my|internal|inner|here(?:'s|\x{2019}s| is) (?:a|my|the)) )?(?:thinking(?: process)?|thoughts?(?: process)?|chain of thought|scratch ?pad|inner monologue)";
    pattern(&format!(
        r"(?i)\A\s*(?:#{{1,6}} *(?:\*\*)?{names}:?(?:\*\*)?:?|\*\*{names}:?\*\*:?|{names}:) *\r?\n"
    ))
});

/// A later line that calls what follows it the answer.
static ANSWER: LazyLock<Regex> = LazyLock::new(|| {
    let names = r"(?:the )?(?:final(?: (?:answer|response|output|result))?|answer|response|output|conclusion|solution)";
    pattern(&format!(
        r"(?im)^ *(?:#{{1,6}} *(?:\*\*)?{names}:?(?:\*\*)?:?|\*\*{names}:?\*\*:?|{names}:) *(?:\r?\n|\z)"
    ))
});

/// The names of two roles as models write them where their special tokens are left out: `think`, and `answer`.
static ROLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\A\s*(?:think|thinking|reasoning) *\r?\n *\S"));

static ANSWERS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^(?:answer|response) *\r?\n"));

/// The text behind the last line of a kind.
fn behind<'r>(response: &'r str, line: &Regex) -> Option<&'r str> {
    let last = line.find_iter(response).last()?;
    Some(&response[last.end()..])
}

/// The response without a thought that it begins with and calls one. Of a thought that nothing ends, an answer between
/// marks counts only on a line of its own at the end.
pub(super) fn without(response: &str) -> &str {
    // A comment of HTML before the answer.
    if let Some(comment) = response.trim_start().strip_prefix("<!--")
        && let Some((_, said)) = comment.split_once("-->")
        && !said.trim().is_empty()
    {
        return said;
    }
    if ROLE.is_match(response) {
        return behind(response, &ANSWERS).unwrap_or_default();
    }
    let Some(heading) = THOUGHT.find(response) else {
        return response;
    };
    let thought = &response[heading.end()..];
    if thought.contains("</think") {
        return response;
    }
    if let Some(said) = behind(thought, &ANSWER).filter(|said| !said.trim().is_empty()) {
        return said;
    }
    match marks::marked(thought) {
        Some(marked) if !marked.closed || !is_last(thought, &marked) => "",
        _ => response,
    }
}

/// True if nothing follows an answer, and its line begins with its mark.
fn is_last(thought: &str, marked: &marks::Marked<'_>) -> bool {
    let start = marked.text.as_ptr() as usize - thought.as_ptr() as usize;
    let line = thought[..start].rsplit('\n').next().unwrap_or_default();
    let begins = line.trim_start_matches([' ', '*', '`', '>']);
    thought[marked.end..]
        .trim_matches(['`', '*', ' ', '\n', '\r'])
        .is_empty()
        && begins.starts_with(['[', '<', '\\', '\u{3010}', '&'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_below_a_heading_are_left_out() {
        for (response, is) in [
            ("think\nmaybe 4\nanswer\n5", "5"),
            ("think\n[ANSWER]4[/ANSWER]", ""),
            ("think", "think"),
            ("<!-- maybe 4 -->5", "5"),
            ("<!-- 5 -->", "<!-- 5 -->"),
            ("## Thoughts\n[ANSWER]4[/ANSWER]?\n## Final\n5", "5"),
            ("**Thinking**\nmaybe 4\n**Response**\n5", "5"),
            ("Thinking Process:\n\n1. It is [ANSWER]4[/ANSWER]. Then", ""),
        ] {
            assert_eq!(without(response), is, "{response}");
        }
        for response in [
            "Thinking Process:\n\n1. It loops.\n\n[ANSWER]5[/ANSWER]",
            "Thinking Process:\n\n1. It loops, so 5",
            "**Thinking:** maybe 4\n\n**Answer:** 5",
            "## Reasoning\n[ANSWER]5[/ANSWER] since it loops",
            "[ANSWER]5[/ANSWER]\n\nAnswer:\n5",
        ] {
            assert_eq!(without(response), response);
        }
    }
}
