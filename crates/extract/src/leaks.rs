//! Removal of text that gives answers away: examples with their results in docstrings, and headings left
//! empty by that.
//!
//! A prompt shows the program and asks for its behaviour, so no line of it may state a result. The rules
//! remove too much rather than too little.

use crate::strings::indent;

/// Amount of text to remove from a docstring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Removal {
    /// Doctest examples only.
    Examples,
    /// Everything that states a result.
    Results,
}

/// For each line of a docstring, whether it has to go. `defined` says whether a name is one of the
/// names the docstring may be about.
pub(crate) fn leaking_lines(
    lines: &[&str],
    removal: Removal,
    defined: &dyn Fn(&str) -> bool,
) -> Vec<bool> {
    let mut leaking = vec![false; lines.len()];
    mark_examples(lines, &mut leaking);
    if removal == Removal::Results {
        let mut stating = vec![false; lines.len()];
        mark_results(lines, &mut stating);
        mark_sentences(lines, &mut stating);
        for (leaks, states) in leaking.iter_mut().zip(stating) {
            *leaks |= states;
        }
        mark_example_paragraphs(lines, &mut leaking, defined);
    }
    if leaking.contains(&true) {
        mark_dangling_headings(lines, &mut leaking);
    }
    leaking
}

/// A doctest example lasts from `>>>` to the next blank line, as in Python's `doctest`.
fn mark_examples(lines: &[&str], leaking: &mut [bool]) {
    let mut inside = false;
    for (line, leaks) in lines.iter().zip(leaking.iter_mut()) {
        if starts_example(line) {
            inside = true;
        } else if line.trim().is_empty() {
            inside = false;
        }
        *leaks |= inside;
    }
}

/// True if an example starts on the line: at its beginning, or behind a short heading such as `Usage:`. In
/// the middle of a sentence, `>>>` is an operator or mentions a prompt.
fn starts_example(line: &str) -> bool {
    line.find(">>>").is_some_and(|at| {
        let before = line[..at].trim();
        before.ends_with([':', '`', '"', '\'']) || before.split_whitespace().count() <= 2
    })
}

/// Lines such as `f(3) -> 7`, `[1, 2] => 3`, `Output: 4`.
fn mark_results(lines: &[&str], leaking: &mut [bool]) {
    let mut block: Option<usize> = None;
    for (index, (line, leaks)) in lines.iter().zip(leaking.iter_mut()).enumerate() {
        let text = line.trim();
        if text.is_empty() {
            block = None;
            continue;
        }
        if let Some(margin) = block
            && indent(line) >= margin
        {
            *leaks = true;
            continue;
        }
        if let Some(rest) = after_result_word(text) {
            let below = lines[index + 1..].iter().map(|line| line.trim());
            let said = match rest {
                "" => below.take_while(|line| !line.is_empty()).next(),
                rest => Some(rest),
            };
            // `Output: the sorted list` describes and states nothing.
            if said.is_some_and(|said| !is_description(said)) {
                *leaks = true;
                block = rest.is_empty().then(|| indent(line));
            }
        } else if states_result(text) {
            *leaks = true;
        }
    }
}

/// True if the text describes a value instead of stating it: words alone, or `True if ..`.
fn is_description(text: &str) -> bool {
    let plain = |word: &&str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.chars().count() > 1 && word.chars().all(|c| c.is_alphabetic() || "-'_".contains(c))
    };
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let condition = ["if", "when", "where", "otherwise", "for", "or"];
    let truth = ["True", "False", "None"].contains(&first.trim_matches('`'))
        && rest
            .split_whitespace()
            .next()
            .is_some_and(|word| condition.contains(&word));
    truth
        || (!is_concrete(text)
            && !text.contains('=')
            && text.split_whitespace().filter(plain).count() >= 2)
}

/// Marks the rest of each sentence that goes over several lines and states a result in one of them.
fn mark_sentences(lines: &[&str], leaking: &mut [bool]) {
    let stating: Vec<usize> = (0..lines.len())
        .filter(|&index| leaking[index] && is_prose(lines[index]))
        .collect();
    for index in stating {
        let before = (1..=index).rev().take_while(|&at| continues(lines, at));
        for at in before {
            leaking[at - 1] = true;
        }
        let after = (index + 1..lines.len()).take_while(|&at| continues(lines, at));
        for at in after {
            leaking[at] = true;
        }
    }
}

/// True if the line is part of a sentence rather than an example.
fn is_prose(line: &str) -> bool {
    let word = |word: &&str| {
        let word = word.trim_matches([',', '.', ';', ':']);
        word.len() > 1 && word.chars().all(char::is_alphabetic)
    };
    line.split_whitespace().filter(word).count() >= 3
}

/// True if a line continues the sentence of the line above.
fn continues(lines: &[&str], at: usize) -> bool {
    let (above, line) = (lines[at - 1].trim(), lines[at].trim());
    if above.is_empty() || line.is_empty() || above.ends_with(['.', '!', '?', ':']) {
        return false;
    }
    let Some(first) = line.chars().next() else {
        return false;
    };
    let numbered = line
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .starts_with(['.', ')'])
        && first.is_ascii_digit();
    let item = numbered || "-*+:@>#\u{2022}".contains(first) || is_underline(line);
    let wrapped = above.ends_with(',') || above.chars().count() >= 60;
    !item && (first.is_lowercase() || wrapped)
}

/// Text after `Output:` and similar words.
fn after_result_word(text: &str) -> Option<&str> {
    const WORDS: [&str; 12] = [
        "output",
        "outputs",
        "input",
        "inputs",
        "sample input",
        "sample output",
        "expected",
        "expected output",
        "result",
        "example output",
        "example input",
        "explanation",
    ];
    let colon = text.bytes().take(24).position(|byte| byte == b':')?;
    let (head, rest) = (&text[..colon], &text[colon + 1..]);
    let head = head.trim_matches(|c: char| !c.is_ascii_alphabetic());
    WORDS
        .iter()
        .any(|word| head.eq_ignore_ascii_case(word))
        .then(|| rest.trim_start_matches(':').trim())
}

/// True if the line contains an arrow or, behind a call with concrete arguments, an equals sign, followed by
/// a literal. `gcd(a, n) = 1` is a condition, not a result.
pub(crate) fn states_result(text: &str) -> bool {
    if !text.contains([')', '>', '\u{2192}', '\u{21d2}']) {
        return false;
    }
    for arrow in ["=>", "->", "\u{2192}", "\u{21d2}", "==>"] {
        if let Some((before, after)) = text.split_once(arrow)
            && starts_literal(after)
            && before.contains(|c: char| !c.is_whitespace() && c != '#')
            && (is_concrete(before) || !is_prose(before))
            && !is_signature(before)
        {
            return true;
        }
    }
    let mut opened: Vec<usize> = Vec::new();
    for (at, c) in text.char_indices() {
        if c == '(' {
            opened.push(at);
        }
        if c != ')' {
            continue;
        }
        let Some(open) = opened.pop() else { continue };
        let after = text[at + 1..].trim_start();
        let verb = [
            "==",
            "=",
            "returns ",
            "return ",
            "should be ",
            "is ",
            "gives ",
            "yields ",
        ]
        .iter()
        .find_map(|verb| after.strip_prefix(verb));
        if verb.is_some_and(starts_literal) && is_concrete(&text[open + 1..at]) {
            return true;
        }
    }
    false
}

/// True if the text ends with a call whose arguments are names: `append(item: Any)` before `-> None`.
fn is_signature(text: &str) -> bool {
    let text = text.trim_end().trim_end_matches(['-', '=', '`']);
    let Some(inside) = text.trim_end().strip_suffix(')') else {
        return false;
    };
    inside.rfind('(').is_some_and(|open| {
        !inside[open + 1..].trim().is_empty() && !is_concrete(&inside[open + 1..])
    })
}

/// True if a text contains values and not only names: nothing at all, a number, a string, a truth value, an
/// empty list.
fn is_concrete(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || text.contains(['"', '\'']) {
        return true;
    }
    if ["[]", "{}", "()"].iter().any(|empty| text.contains(empty)) {
        return true;
    }
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| {
            word.starts_with(|c: char| c.is_ascii_digit())
                || ["True", "False", "None"].contains(&word)
        })
}

/// True if the text starts like a Python literal.
pub(crate) fn starts_literal(text: &str) -> bool {
    let text = text.trim_start().trim_start_matches('`');
    let mut chars = text.chars();
    match chars.next() {
        Some('0'..='9' | '"' | '\'' | '[' | '{' | '(') => true,
        Some('-' | '.') => chars.next().is_some_and(|c| c.is_ascii_digit()),
        _ => ["True", "False", "None", "inf", "nan"].iter().any(|word| {
            text.strip_prefix(word)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        }),
    }
}

/// Paragraphs under an `Example:` heading that call something that is defined next to the docstring.
fn mark_example_paragraphs(lines: &[&str], leaking: &mut [bool], defined: &dyn Fn(&str) -> bool) {
    let mut start = 0;
    while start < lines.len() {
        if !is_example_heading(lines[start]) {
            start += 1;
            continue;
        }
        let end = section_end(lines, start);
        let mut paragraph = start;
        while paragraph < end {
            let stop = (paragraph..end)
                .find(|&index| lines[index].trim().is_empty())
                .unwrap_or(end);
            if lines[paragraph..stop]
                .iter()
                .any(|line| calls(line, defined))
            {
                leaking[paragraph..stop].fill(true);
            }
            paragraph = stop + 1;
        }
        start = end.max(start + 1);
    }
}

/// The end of the section that a heading opens: the next line, after a blank one, that is not
/// indented more deeply than the heading, unless an underline makes the heading a NumPy one.
fn section_end(lines: &[&str], heading: usize) -> usize {
    let margin = indent(lines[heading]);
    let underlined = lines
        .get(heading + 1)
        .is_some_and(|line| is_underline(line));
    let mut blank = false;
    for (index, line) in lines.iter().enumerate().skip(heading + 1) {
        if line.trim().is_empty() {
            blank = true;
        } else if underlined {
            if lines.get(index + 1).is_some_and(|next| is_underline(next)) {
                return index;
            }
        } else if blank && indent(line) <= margin && !calls_anything(line) {
            return index;
        }
    }
    lines.len()
}

fn calls_anything(line: &str) -> bool {
    calls(line, &|_| true)
}

/// True if the line contains `name(` for a name of interest.
fn calls(line: &str, defined: &dyn Fn(&str) -> bool) -> bool {
    line.match_indices('(').any(|(open, _)| {
        let head = &line[..open];
        let start = head
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(0, |at| {
                at + head[at..].chars().next().map_or(1, char::len_utf8)
            });
        !head[start..].is_empty() && defined(&head[start..])
    })
}

fn is_example_heading(line: &str) -> bool {
    let text = line
        .trim()
        .trim_start_matches([':', '*', '#', '.', ' ', '-']);
    ["example", "usage", "for example", "e.g.", "sample usage"]
        .iter()
        .any(|word| {
            let head = text.get(..word.len()).unwrap_or("");
            head.eq_ignore_ascii_case(word)
        })
}

/// True if the line underlines a heading.
pub(crate) fn is_underline(line: &str) -> bool {
    let text = line.trim();
    text.len() >= 3
        && (text.bytes().all(|byte| byte == b'-')
            || text.bytes().all(|byte| byte == b'=')
            || text.bytes().all(|byte| byte == b'~'))
}

/// True if a line is a heading for the text below it.
fn is_heading(line: &str) -> bool {
    let text = line.trim();
    if text.ends_with(':') || is_underline(text) || text.starts_with(".. ") {
        return true;
    }
    const WORDS: [&str; 14] = [
        "example",
        "examples",
        "doctest",
        "doctests",
        "test",
        "tests",
        "test case",
        "test cases",
        "testcase",
        "testcases",
        "usage",
        "for example",
        "sample",
        "unit tests",
    ];
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Headings whose content went. From the end to the start, so that a heading above a heading that
/// goes is seen too.
fn mark_dangling_headings(lines: &[&str], leaking: &mut [bool]) {
    // The next line below that is not blank, and the next one that is neither blank nor leaks, with
    // whether a blank line stands before it.
    let mut next: Option<usize> = None;
    let mut kept: Option<(usize, bool)> = None;
    for index in (0..lines.len()).rev() {
        if lines[index].trim().is_empty() {
            kept = kept.map(|(line, _)| (line, true));
            continue;
        }
        let dangles = next.is_some_and(|next| leaking[next])
            && kept
                .is_none_or(|(line, blank)| blank || indent(lines[line]) <= indent(lines[index]));
        if !leaking[index] && dangles && is_heading(lines[index]) {
            leaking[index] = true;
            // The text above an underline is the heading itself.
            if is_underline(lines[index]) && index > 0 && !lines[index - 1].trim().is_empty() {
                leaking[index - 1] = true;
            }
        }
        next = Some(index);
        if !leaking[index] {
            kept = Some((index, false));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> String {
        let lines: Vec<&str> = text.split('\n').collect();
        let leaking = leaking_lines(&lines, Removal::Results, &|name| name == "f");
        lines
            .iter()
            .zip(leaking)
            .filter(|(line, leaks)| !leaks && !line.trim().is_empty())
            .map(|(line, _)| *line)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn examples_and_their_headings_go() {
        assert_eq!(
            kept("Sum.\n\nExamples:\n\n>>> f(1)\n2\n>>> f(2)\n3\n\nMore."),
            "Sum.\nMore."
        );
        assert_eq!(kept("Sum.\n\nExamples\n--------\n>>> f(1)\n2"), "Sum.");
        assert_eq!(kept("Sum.\n\n.. doctest::\n\n    >>> f(1)\n    2"), "Sum.");
        assert_eq!(
            kept("Note:\n    text\n    >>> f(1)\n    2"),
            "Note:\n    text"
        );
    }

    #[test]
    fn stated_results_go() {
        assert_eq!(
            kept("Sum.\nf(3) -> 7\nf(3) == 7\nf(3) = 7\n[1, 2] => 3"),
            "Sum."
        );
        assert_eq!(
            kept("Sum.\n\nInput: [1]\nOutput:\n  3\n\nMore."),
            "Sum.\nMore."
        );
        assert_eq!(kept("f(3) returns 7"), "");
    }

    #[test]
    fn descriptions_and_conditions_stay() {
        for text in [
            "Output: the sorted list of numbers\nInput: numbers to be sorted",
            "Output: True if it is a palindrome",
            "Output:\n    the list in ascending order",
            "Returns:\n    lists of integers where sum(each_list) == 0",
            "Given three integers such that gcd(a, n) = 1, the algorithm should\nreturn an integer.",
            "Shifts bits as >>> does in other languages.",
            "append(item: Any) -> None",
        ] {
            assert_eq!(kept(text), text);
        }
    }

    #[test]
    fn no_sentence_is_cut() {
        assert_eq!(
            kept(
                "Sum.\n\nThe sum of all numbers, so that for the smallest\nof them f(3) = 7 and for others\nit is more. See below."
            ),
            "Sum."
        );
        assert_eq!(
            kept("Sum two numbers\nf(3) -> 7\nand more"),
            "Sum two numbers\nand more"
        );
        assert_eq!(
            kept("Input: nums = [2, 7]\nOutput: 9\nExplanation: 2 and 7"),
            ""
        );
    }

    #[test]
    fn signatures_and_formulas_stay() {
        let text = "f(x: int) -> int\nf(n) = n * f(n - 1)\nArgs:\n    x: a number -> its root";
        assert_eq!(kept(text), text);
    }

    #[test]
    fn example_paragraphs_with_calls_go() {
        assert_eq!(
            kept("Sum.\n\nExample:\n    x = f(3)\n    assert x\n\nMore."),
            "Sum.\nMore."
        );
        assert_eq!(kept("Example: a plain remark."), "Example: a plain remark.");
    }
}
