//! CPython's judgement on files in which tree-sitter finds errors.
//!
//! It has no influence on the statements that are used; it is added to the reason, which then names the
//! parser that refused. The files are untrusted, so CPython's parser reads them inside the sandbox, and its
//! messages are cleaned.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use tracestone_record::{Dropped, Literal, LiteralLimits, Reason};
use tracestone_trace::{Engine, ReplayJob, ReplayOutcome, ReplayResult};

use crate::LazyEngine;

/// Larger files are not sent.
const MAX_BYTES: usize = 4 << 20;

/// Files checked by one child, and what they hold together at most.
const BATCH: usize = 16;
const BATCH_BYTES: usize = 1 << 20;

/// The result is a line with a message; line 0 means that the file was accepted.
const CHECK: &str = r#"
import ast
import warnings

warnings.simplefilter("ignore")


def check(digits):
    try:
        ast.parse(bytes.fromhex(digits))
    except SyntaxError as error:
        return error.lineno or 1, ascii(error.msg)[1:-1][:200]
    except (ValueError, RecursionError, MemoryError) as error:
        return 1, type(error).__name__
    return 0, ""
"#;

/// Completes the reasons of files with syntax errors. `content` gives a file's bytes by its path. Where the
/// engine does not start, the reasons say what tree-sitter found and nothing more.
pub(crate) fn complete<'c>(
    dropped: &mut [Dropped],
    content: impl Fn(&str) -> Option<&'c [u8]>,
    engine: &LazyEngine<'_>,
    stop: &dyn Fn() -> bool,
) {
    let troubled: Vec<(usize, &'c [u8])> = dropped
        .iter()
        .enumerate()
        .filter(|(_, one)| one.reason == Reason::SyntaxErrors)
        .filter_map(|(at, one)| Some((at, content(&one.subject)?)))
        .collect();
    if troubled.is_empty() {
        return;
    }
    let Ok(engine) = engine.get() else {
        return;
    };
    let verdicts = verdicts(engine, &troubled, stop);
    for (at, _) in troubled {
        let verdict = verdicts.get(&at).map_or("gives no verdict", String::as_str);
        let addition = format!("; {} {verdict}", engine.python());
        dropped[at].detail.push_str(&addition);
    }
}

/// Error messages of the interpreter, by the files' numbers.
fn verdicts(
    engine: &Engine,
    files: &[(usize, &[u8])],
    stop: &dyn Fn() -> bool,
) -> BTreeMap<usize, String> {
    let mut batches: Vec<Vec<(usize, &[u8])>> = Vec::new();
    let mut bytes = usize::MAX;
    for &(number, content) in files
        .iter()
        .filter(|(_, content)| content.len() <= MAX_BYTES)
    {
        bytes = bytes.saturating_add(content.len());
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH && bytes <= BATCH_BYTES => {
                batch.push((number, content))
            }
            _ => {
                batches.push(vec![(number, content)]);
                bytes = content.len();
            }
        }
    }
    let jobs = batches.iter().zip(0..).map(|(batch, key)| ReplayJob {
        package: None,
        key,
        program: CHECK.to_owned(),
        setup: String::new(),
        expressions: batch
            .iter()
            .map(|(_, content)| expression(content))
            .collect(),
        order: None,
        asked: None,
    });
    let mut found = BTreeMap::new();
    let outcome = engine.replay(jobs, &mut |ReplayResult { key, replays }| {
        let batch = usize::try_from(key).ok().and_then(|key| batches.get(key));
        for ((number, _), replay) in batch.into_iter().flatten().zip(replays) {
            if let Ok(replay) = replay
                && let ReplayOutcome::Returned { text } = replay.outcome
                && let Some(verdict) = verdict(&text)
            {
                found.insert(*number, verdict);
            }
        }
        if stop() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    // An engine that breaks down leaves files without a verdict, which their reasons say.
    drop(outcome);
    found
}

fn expression(content: &[u8]) -> String {
    let mut text = String::with_capacity(content.len() * 2 + 9);
    text.push_str("check('");
    for byte in content {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
        }
    }
    text.push_str("')");
    text
}

/// Reads `(line, message)`; nothing where the text is something else.
fn verdict(text: &str) -> Option<String> {
    let Ok(Literal::Tuple(parts)) = Literal::parse(text, LiteralLimits::default()) else {
        return None;
    };
    let [Literal::Int(line), Literal::Str(message)] = parts.as_slice() else {
        return None;
    };
    match line.to_i64()? {
        0 => Some("accepts the file".to_owned()),
        line => {
            let clean: String = message
                .chars()
                .filter(|c| matches!(c, ' '..='~'))
                .take(200)
                .collect();
            Some(format!("refuses it in line {line}: {clean}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_verdicts_are_read() {
        assert_eq!(verdict("(0, '')").as_deref(), Some("accepts the file"));
        assert_eq!(
            verdict("(3, 'invalid\\x1b[0m syntax')").as_deref(),
            Some("refuses it in line 3: invalid[0m syntax")
        );
        for text in [
            "(0,)",
            "'accepted'",
            "(0, 1)",
            "<tuple>",
            "(0, '', '')",
            "[0, '']",
        ] {
            assert_eq!(verdict(text), None, "{text}");
        }
    }
}
