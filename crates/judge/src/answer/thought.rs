//! Separation of a response from the reasoning before it and from the turns after it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::headings;
use super::quoted::Quoted;

/// Names of tags around thought.
const NAMES: &str = "(?:ant)?think(?:ing)?(?:[_-]?process)?|thoughts?(?:[_-]?process)?|reasoning(?:[_-]?(?:content|process|steps?))?|reason|scratch_?pad|reflection|(?:inner|internal)[_-]?(?:monologue|thoughts?|reasoning)|analysis|chain[_-]of[_-]thoughts?|cot|plan(?:ning)?|monologue|deliberation|brainstorm(?:ing)?|rationale";

/// Names of tags, but of no fenced blocks, around what a model tries, checks or gets from a tool.
const WORK: &str = "drafts?|scratch|work|workings?|steps?|verify|verification|reflect|checks?|analy[sz]e|internal|hidden|deliberate|ponder|review|observations?|hypothesis|explore|mind|notes?|think(?:ing)?[_-](?:fast|slow|mode)|(?:self[_-]?)?(?:critique|reflection|verification)|deep[_-]?think(?:ing)?|(?:tool|function)[_-](?:response|result|output)s?";

/// Names of tokens around thought.
const TOKENS: &str = "think|thinking|thoughts?|reasoning";

/// Signs in tokens: bars, and those between words.
const BAR: &str = r"[|\x{ff5c}]";
const JOIN: &str = r"[_\x{2581}-]";

/// Beginnings of folded text and of a terminal's lines that are thought.
const FOLDED: &str = r#"<details[^<>]*\btype\s*=\s*["']?reasoning\b[^<>]*>|<details[^<>]*>\s*<summary>[^<>]*(?:think|thought|reason)[^<>]*</summary>|\A\s*thinking\.\.\.\n"#;

/// Signs before and behind the name of a tag, also as HTML and Markdown escape them.
const LEFT: &str = r"(?:<|&lt;|\\<)";
const RIGHT: &str = r"(?:>|&gt;|\\>)";

/// Beginning of a thought.
static OPENS: LazyLock<Regex> = LazyLock::new(|| {
    let tag = format!(r"{LEFT}\s*(?:\w+[:_-])?(?:{NAMES}|{WORK})(?:\s+\w+\s*=[^<>]*|\s*){RIGHT}");
    let token = format!(
        r"[<\x{{2039}}]{BAR}(?:(?:{TOKENS})(?:{JOIN}(?:start|begin))?|(?:begin|start){JOIN}(?:of{JOIN})?(?:{TOKENS})|inner_prefix){BAR}[>\x{{203a}}]|<(?:start|begin)_of_(?:{TOKENS})>|<(?:{TOKENS})_(?:start|begin)>|<\|im_start\|>\s*(?:{TOKENS})\b"
    );
    let brackets = r"\[think\]|\A\s*\[(?:thinking|thoughts?|reasoning|scratchpad)\]|(?-i:\[(?:THINKING|THOUGHTS?|REASONING|SCRATCHPAD)\])";
    pattern(&format!(
        r"(?i){tag}|{token}|{brackets}|{FOLDED}|<\|channel>\s*(?:thought|analysis)|<unused94>\s*thought|\x{{25c1}}think\x{{25b7}}|```+ *(?:{NAMES}) *\n"
    ))
});

/// The beginning of an answer behind a thought that has no end of its own, or behind nothing.
const TAKES_TURN: &str = r"<\|assistant\|>|\[/inst\]|<\|im_start\|>\s*assistant\b";

static TURN: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"(?i)\A(?:{TAKES_TURN})")));

/// End of a thought.
static CLOSES: LazyLock<Regex> = LazyLock::new(|| {
    let tag = format!(r"{LEFT}\s*/\s*(?:\w+[:_-])?(?:{NAMES}|{WORK})\s*{RIGHT}");
    let token = format!(
        r"[<\x{{2039}}]{BAR}(?:/(?:{TOKENS})|(?:{TOKENS}){JOIN}(?:end|stop)|end{JOIN}(?:of{JOIN})?(?:{TOKENS})|inner_suffix){BAR}[>\x{{203a}}]|<end_of_(?:{TOKENS})>|<(?:{TOKENS})_(?:end|stop)>|<\|im_start\|>\s*(?:answer|response|final(?:_answer)?)\b|{TAKES_TURN}"
    );
    let brackets = r"\[/(?:think|thinking|thoughts?|reasoning|scratchpad)\]";
    pattern(&format!(
        r"(?i){tag}|{token}|{brackets}|<channel\|>|<unused95>|\x{{25c1}}/think\x{{25b7}}"
    ))
});

/// A fenced block, folded text or lines of thought that end.
static FENCES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?is)(?:\A|\n) *```+ *(?:{NAMES}) *\n.*?\n *```+ *(?:\n|\z)|(?:{FOLDED}).*?(?:</details>|\n\.\.\.done thinking\.)"
    ))
});

/// The end of a turn, and the beginning of another one.
static TURNS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)<\|(?:im_end|im_start|eot_id|eom_id|start_header_id|endoftext|end_of_text|end_response|end_text|end_of_turn_token|end|return|user)\|>|</s>|<end_of_turn>|<start_of_turn>|<eos>|\[eos\]|<turn\|>|<\x{ff5c}end\x{2581}of\x{2581}sentence\x{ff5c}>",
    )
});

/// An answer that ends before another question of a prompt with examples, or before another turn.
static NEXT_QUESTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\[/answer\]\s*(?:\[python\]|\[inst\]|\n#{1,6} ?(?:instruction|human|user|question|problem)\b|\n(?:human|user|question|q)(?: ?\d+)?:)",
    )
});

/// A whole answer in a tag of its own.
static WRAPPERS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?is)\A\s*(?:<response>(.*)</response>|<output>(.*)</output>|<solution>(.*)</solution>|<result>(.*)</result>|<final(?:_response)?>(.*)</final(?:_response)?>|<\|start_(?:response|text)\|>(.*)|<\|begin_of_solution\|>(.*?)(?:<\|end_of_solution\|>)?)\s*\z",
    )
});

pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this file, which a test compiles")
}

/// The response without what is thought and what other turns say: what follows the last thought, or where nothing
/// does, what stands before it. Empty where nothing else is there.
pub(super) fn without(response: &str) -> &str {
    let parts = parts(response);
    let said = parts.iter().find(|part| !part.trim().is_empty());
    said.copied().unwrap_or_default()
}

/// Thoughts of a response that are gone behind; nobody has more.
const MOST_THOUGHTS: usize = 16;

/// The parts of a response before, between and behind its thoughts, the last one first.
pub(super) fn parts(response: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = Some(headings::without(process(final_channel(response))));
    while let Some(text) = rest.filter(|_| parts.len() < MOST_THOUGHTS) {
        let (thought, range) = after_thought(text);
        parts.push(unwrapped(turn(&text[range])));
        rest = thought.map(|start| &text[..start]);
    }
    parts
}

/// The answer without a tag around all of it.
fn unwrapped(said: &str) -> &str {
    let wrapped = WRAPPERS.captures(said);
    let inside = wrapped.and_then(|found| found.iter().skip(1).flatten().next());
    inside.map_or(said, |inside| inside.as_str())
}

/// The response from its first sign on.
fn begun(response: &str) -> &str {
    response.trim_start_matches(|c: char| c.is_whitespace() || super::dress::is_invisible(c))
}

/// The range of the text behind the last thought, up to one that does not end, and the position at which the last
/// thought begins; `None` where its beginning is not there, so that all before its end is thought.
fn after_thought(response: &str) -> (Option<usize>, Range<usize>) {
    let folded = begun(response)
        .get(..11)
        .is_some_and(|start| start.eq_ignore_ascii_case("thinking..."));
    if !folded && !response.contains(['<', '[', '\u{25c1}', '\u{2039}', '`', '&']) {
        return (None, 0..response.len());
    }
    let (quoted, marks) = (Quoted::of(response), Marks::of(response));
    let is_tag = |at: usize| !quoted.holds(at) && !marks.hold(at);
    let mut closes: Vec<Range<usize>> = CLOSES
        .find_iter(response)
        .map(|tag| tag.range())
        .filter(|tag| is_tag(tag.start))
        .collect();
    let opens: Vec<Range<usize>> = OPENS
        .find_iter(response)
        .map(|tag| tag.range())
        .filter(|tag| is_tag(tag.start) && !is_named(response, tag.clone()))
        // `<end_of_thought>` is the name of a tag, too.
        .filter(|tag| {
            closes
                .binary_search_by_key(&tag.start, |tag| tag.start)
                .is_err()
        })
        .collect();
    closes = without_turns(response, &opens, closes);
    let fence = FENCES.find_iter(response).last();
    let tag = closes.last().map_or(0, |tag| tag.end);
    let (thought, start) = match fence {
        Some(fence) if fence.end() > tag => (Some(fence.start()), fence.end()),
        _ => (beginning(&opens, &closes), tag),
    };
    let end = opens
        .iter()
        .map(|tag| tag.start)
        .find(|open| *open >= start);
    (thought, start..end.unwrap_or(response.len()))
}

/// The ends of thoughts, without beginnings of turns that end none: elsewhere, those are of other answers.
fn without_turns(
    response: &str,
    opens: &[Range<usize>],
    closes: Vec<Range<usize>>,
) -> Vec<Range<usize>> {
    let mut kept: Vec<Range<usize>> = Vec::with_capacity(closes.len());
    for close in closes {
        let opened = opens.partition_point(|open| open.start < close.start);
        let open = opened.checked_sub(1).map(|at| opens[at].start);
        let unclosed = open > kept.last().map(|close| close.start);
        let ends = unclosed || response[..close.start].trim().is_empty();
        if ends || !TURN.is_match(&response[close.clone()]) {
            kept.push(close);
        }
    }
    kept
}

/// Position of the tag that opens the thought of the last closing one.
fn beginning(opens: &[Range<usize>], closes: &[Range<usize>]) -> Option<usize> {
    let last = closes.last()?.start;
    let tags = opens.iter().map(|tag| (tag.start, true));
    let mut tags: Vec<(usize, bool)> = tags
        .chain(closes.iter().map(|tag| (tag.start, false)))
        .filter(|(at, _)| *at <= last)
        .collect();
    tags.sort_unstable();
    let mut depth = 0_usize;
    for (at, opens) in tags.into_iter().rev() {
        depth = if opens {
            depth.saturating_sub(1)
        } else {
            depth + 1
        };
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// True if a sentence only names the tag: in backticks, or as the tag that it is.
fn is_named(response: &str, tag: Range<usize>) -> bool {
    let (before, after) = (&response[..tag.start], response[tag.end..].trim_start());
    let fence = response[tag].starts_with('`');
    let quoted = before.ends_with(['`', '"', '\'']) && !fence;
    let words = ["tag", "block", "element", "section"];
    let joined = ["and ", "or "].iter().any(|word| {
        let other = after.strip_prefix(word);
        other.is_some_and(|other| other.trim_start_matches(['`', '"', '\'']).starts_with('<'))
    });
    quoted || joined || words.iter().any(|word| after.starts_with(word))
}

/// The text up to the end of its turn.
fn turn(said: &str) -> &str {
    let quoted = Quoted::of(said);
    let begin = said.len() - said.trim_start().len();
    let text = TURNS
        .find_iter(said)
        .find(|end| !quoted.holds(end.start()) && end.start() > begin)
        .map_or(said, |end| &said[..end.start()]);
    match NEXT_QUESTION.find(text) {
        Some(next) => &text[..next.start() + "[/answer]".len()],
        None => text,
    }
}

/// Positions of the marks of answers.
struct Marks {
    opens: Vec<usize>,
    closes: Vec<usize>,
}

impl Marks {
    fn of(response: &str) -> Self {
        // ASCII lower case keeps every byte in its place.
        let lower = response.to_ascii_lowercase();
        let places = |mark: &str| lower.match_indices(mark).map(|(at, _)| at).collect();
        Self {
            opens: places("[answer]"),
            closes: places("[/answer]"),
        }
    }

    /// True if the position is between an opening mark and its closing one.
    fn hold(&self, at: usize) -> bool {
        let around = |places: &[usize]| {
            let next = places.partition_point(|place| *place < at);
            let last = next.checked_sub(1).map(|last| places[last]);
            (last, places.get(next).copied())
        };
        let ((last_open, next_open), (last_close, next_close)) =
            (around(&self.opens), around(&self.closes));
        last_open > last_close
            && next_close.is_some_and(|close| next_open.is_none_or(|open| close < open))
    }
}

/// The answer of models that announce it, and their thought before it, in words.
fn process(response: &str) -> &str {
    const THOUGHT: [&str; 2] = ["Here is my thought process:", "Here's my thought process:"];
    const ANSWER: [&str; 2] = ["Here is my response:", "Here's my response:"];
    if !THOUGHT
        .iter()
        .any(|words| begun(response).starts_with(words))
    {
        return response;
    }
    let ends = ANSWER
        .iter()
        .filter_map(|words| Some(response.rfind(words)? + words.len()));
    ends.max().map_or("", |at| &response[at..])
}

/// Content of the channel `final`, if a response has channels.
fn final_channel(response: &str) -> &str {
    const CHANNEL: &str = "<|channel|>";
    const MESSAGE: &str = "<|message|>";
    if begun(response).starts_with(CHANNEL) || response.contains("<|start|>assistant<|channel|>") {
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
    let begun = begun(response);
    let begun = begun.strip_prefix("assistant").unwrap_or(begun);
    let thought = begun.strip_prefix("analysis");
    let Some(thought) = thought.or_else(|| begun.strip_prefix("commentary")) else {
        return response;
    };
    match response.rfind(FINAL) {
        Some(at) if !Quoted::of(response).holds(at) => &response[at + FINAL.len()..],
        // The name of the channel, and at once a word: a thought that does not end.
        _ if thought.starts_with(char::is_alphabetic) => "",
        _ => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_patterns() {
        for pattern in [&OPENS, &CLOSES, &FENCES, &TURNS, &NEXT_QUESTION, &WRAPPERS] {
            assert!(!pattern.as_str().is_empty());
        }
    }
}
