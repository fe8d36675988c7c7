//! The examples of a docstring, by the rules of Python's `doctest`.

use crate::strings::indent;

/// A doctest example: source and expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Example {
    /// The source, prompts and indentation taken off; no final newline.
    pub(crate) source: String,
    /// The position of its first line in the docstring's value.
    pub(crate) line: usize,
    /// True if a result is expected below it.
    pub(crate) expects: bool,
    /// True if the result is an exception.
    pub(crate) raises: bool,
    /// True if the author marked it as one not to run.
    pub(crate) skip: bool,
}

/// Finds the examples in a docstring's value.
pub(crate) fn examples(value: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    if !value.contains(">>>") {
        return found;
    }
    let lines: Vec<&str> = value.split('\n').collect();
    let mut index = 0;
    while index < lines.len() {
        let line = lines[index];
        let margin = indent(line);
        let Some(first) = prompt(&line[margin..], ">>>") else {
            index += 1;
            continue;
        };
        let start = index;
        let mut source = first.to_owned();
        index += 1;
        while let Some(more) = lines
            .get(index)
            .and_then(|line| prompt(line.trim_start(), "..."))
        {
            source.push('\n');
            source.push_str(more);
            index += 1;
        }
        let expects = lines.get(index).is_some_and(|line| {
            let text = line.trim();
            !text.is_empty() && !text.starts_with(">>>")
        });
        let raises = lines
            .get(index)
            .is_some_and(|line| line.trim_start().starts_with("Traceback ("));
        let skip = source.contains("doctest:") && source.contains("+SKIP");
        found.push(Example {
            source: source.trim_end().to_owned(),
            line: start,
            expects,
            raises,
            skip,
        });
    }
    found
}

/// Text after a prompt and its blank.
fn prompt<'t>(line: &'t str, prompt: &str) -> Option<&'t str> {
    let rest = line.strip_prefix(prompt)?;
    if rest.is_empty() {
        return Some("");
    }
    rest.strip_prefix(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_split() {
        let text = "Sum.\n\n    >>> x = 1\n    >>> for i in x:\n    ...     f(i)\n    ...\n    2\n    >>> g()  # doctest: +SKIP\n";
        let found = examples(text);
        assert_eq!(found.len(), 3);
        assert_eq!(found[1].source, "for i in x:\n    f(i)");
        assert_eq!(
            (found[0].expects, found[1].expects, found[1].line),
            (false, true, 3)
        );
        assert!(found[2].skip);
        let found =
            examples(">>> f()\nTraceback (most recent call last):\nE\n>>> g()\n'Traceback'\n");
        assert_eq!((found[0].raises, found[1].raises), (true, false));
    }
}
