//! Tokens of prompts, counted without a tokenizer.
//!
//! A token is a run of letters, digits and underscores, or one other mark that is no white space. Tokenizers of
//! models cut long words further; shares of a prompt come out within a few percent of theirs.

use tracestone_record::Sample;

/// Number of tokens in a text.
#[must_use]
pub fn count(text: &str) -> u32 {
    let mut tokens = 0;
    let mut in_word = false;
    for character in text.chars() {
        let is_word = character.is_alphanumeric() || character == '_';
        if is_word && !in_word || !is_word && !character.is_whitespace() {
            tokens += 1;
        }
        in_word = is_word;
    }
    tokens
}

/// Tokens of a sample's prompt, and those of it that are not program, setup or call. An `annotated` prompt
/// shows the program without the annotation; it is counted without the annotation too.
pub(crate) fn of_prompt(sample: &Sample) -> (u32, u32) {
    let prompt = &sample.prompt;
    let mut shown = 0;
    let whole = match split_around(prompt, &sample.program) {
        Some((before, after)) => {
            shown += count(&sample.program);
            count(before) + count(after)
        }
        _ => count(prompt),
    };
    let total = whole + shown;
    if shown == 0 {
        // The lines between the fences are the changed program.
        shown = fenced(prompt).map_or(0, count);
    }
    for text in [&sample.setup, &sample.call] {
        if !text.is_empty() && prompt.contains(text.as_str()) {
            shown += count(text);
        }
    }
    (total, total.saturating_sub(shown))
}

/// The text before and after a program. Its first line is looked for, since the search for a long text begins with a look
/// at all of it.
fn split_around<'p>(prompt: &'p str, program: &str) -> Option<(&'p str, &'p str)> {
    let line = program.lines().next().filter(|line| !line.is_empty());
    let mut found = line
        .into_iter()
        .flat_map(|line| prompt.match_indices(line))
        .filter_map(|(start, _)| Some((&prompt[..start], prompt[start..].strip_prefix(program)?)));
    match found.next() {
        None if program.is_empty() => None,
        // Also where the first line is empty or overlaps with itself.
        None => prompt.split_once(program),
        found => found,
    }
}

/// The text of the first fenced block.
fn fenced(prompt: &str) -> Option<&str> {
    let (_, rest) = prompt.split_once("```")?;
    let (_, inside) = rest.split_once('\n')?;
    inside.split_once("\n```").map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_words_and_marks() {
        assert_eq!(count("def f(a_1):\n    return a_1 + 12.5"), 12);
        assert_eq!(count(""), 0);
        assert_eq!(count("  \n"), 0);
        assert_eq!(count("naïve café"), 2);
    }

    #[test]
    fn a_program_is_found_where_its_first_line_repeats() {
        let prompt = "```\nx = 1\ny = 2\n```\nx = 1\nx = 2\n";
        assert_eq!(
            split_around(prompt, "x = 1\nx = 2"),
            Some(("```\nx = 1\ny = 2\n```\n", "\n"))
        );
        assert_eq!(
            split_around(prompt, "\ny = 2"),
            Some(("```\nx = 1", "\n```\nx = 1\nx = 2\n"))
        );
        assert_eq!(split_around("aaa\nb", "aa\nb"), Some(("a", "")));
        assert_eq!(split_around(prompt, "x = 3"), None);
        assert_eq!(split_around(prompt, ""), None);
    }

    #[test]
    fn a_fenced_block_is_found() {
        assert_eq!(fenced("x\n```python\na\nb\n```\ny"), Some("a\nb"));
        assert_eq!(fenced("x"), None);
    }
}
