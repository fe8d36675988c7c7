//! Several questions about one run, answered together.
//!
//! Each answer stands between marks of its own: `[ANSWER 2]..[/ANSWER 2]` is the answer to the second question. What
//! stands elsewhere answers nothing. Each question is judged as it is alone, by comparison with the recorded answer:
//! nothing of a response is executed, so that no assertion can make itself true.

use serde_json::json;

use crate::answer::{Extraction, said};
use crate::gold::{Gold, judge_of};
use crate::judge::{Status, Verdict};
use crate::look::{Look, look};
use crate::message::Stop;

/// Questions of one run, at most.
pub const MOST: usize = 32;

/// The verdict on a response to several questions: correct if all answers are, with the share of the right ones as
/// its credit.
///
/// # Errors
/// There are no questions or too many, or one of them has to be executed.
pub fn verdict(probes: &[Gold], response: &str, stop: Stop) -> Result<Verdict, String> {
    if probes.is_empty() || probes.len() > MOST {
        return Err(format!(
            "a sample needs a `kind` and an `answer`, or 1 to {MOST} `probes`"
        ));
    }
    if stop == Stop::Refusal {
        return Ok(Verdict::none(Status::Refused, "declined"));
    }
    let said = said(response);
    let mut each = Vec::with_capacity(probes.len());
    for (index, probe) in probes.iter().enumerate() {
        each.push(one(probe, answer(said, index + 1))?);
    }
    let right = each.iter().filter(|one| one.status == Status::Correct);
    let right = right.count();
    let read = each.iter().any(|one| one.status != Status::Unparsable);
    let status = match (right == probes.len(), read, stop) {
        (true, ..) => Status::Correct,
        (_, true, _) => Status::Wrong,
        (_, false, Stop::Length) => Status::Truncated,
        (_, false, _) => Status::Unparsable,
    };
    let reason = match status {
        Status::Correct => "all_equal",
        Status::Wrong if right > 0 => "some_equal",
        Status::Wrong => "none_equal",
        _ => "no_answer",
    };
    Ok(Verdict {
        credit: right as f64 / probes.len() as f64,
        detail: json!({ "probes": each }),
        ..Verdict::none(status, reason)
    })
}

fn one(probe: &Gold, answer: Option<&str>) -> Result<Verdict, String> {
    let refused = || "a question of a run is one whose answer is compared".to_owned();
    let kind = probe.kind.filter(|kind| !kind.asks_for_arguments());
    let judge = kind.and_then(judge_of).ok_or_else(refused)?;
    let Some(answer) = answer else {
        return Ok(Verdict::none(Status::Unparsable, "no_answer"));
    };
    match look(judge, &probe.item()?, answer, Stop::Stop, Extraction::Whole) {
        Look::Decided(verdict) => Ok(verdict),
        _ => Err(refused()),
    }
}

/// The text between the marks of a number: the last of those that are closed.
fn answer(said: &str, number: usize) -> Option<&str> {
    let (open, close) = (format!("[ANSWER {number}]"), format!("[/ANSWER {number}]"));
    // Letters of other scripts may have other lengths in lower case, the marks do not.
    let lower = said.to_ascii_uppercase();
    let end = lower.rfind(&close)?;
    let start = lower[..end].rfind(&open)? + open.len();
    Some(said[start..end].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probes() -> Vec<Gold> {
        let rows = r#"[
            {"kind": "output", "answer": "6", "call": "f(3)"},
            {"kind": "next_line", "answer": "4"},
            {"kind": "state", "answer": "[1, 2]", "call": "f(3)"}
        ]"#;
        serde_json::from_str(rows).unwrap()
    }

    fn judged(response: &str) -> (Status, f64) {
        let verdict = verdict(&probes(), response, Stop::Stop).unwrap();
        (verdict.status, verdict.credit)
    }

    #[test]
    fn each_right_answer_counts() {
        let all = "[ANSWER 1]6[/ANSWER 1] [ANSWER 2]\n4\n[/ANSWER 2][answer 3][1,2][/answer 3]";
        assert_eq!(judged(all), (Status::Correct, 1.0));
        let one = "[ANSWER 1]6[/ANSWER 1] [ANSWER 2]5[/ANSWER 2]";
        assert_eq!(judged(one), (Status::Wrong, 1.0 / 3.0));
        // The last word counts, and thought does not.
        let last = "[ANSWER 1]6[/ANSWER 1] no: [ANSWER 1]7[/ANSWER 1]";
        assert_eq!(judged(last), (Status::Wrong, 0.0));
        let thought = "<think>[ANSWER 1]6[/ANSWER 1]</think>";
        assert_eq!(judged(thought), (Status::Unparsable, 0.0));
        let ten = "[ANSWER 10]6[/ANSWER 10]";
        assert_eq!(judged(ten), (Status::Unparsable, 0.0));
    }

    #[test]
    fn attacks_on_rewards_that_execute_text_get_nothing() {
        for attack in [
            "assert f(3) == f(3)",
            "assert f(3) == 0 or True",
            "assert True, 6",
            "assert f(3) == 6 or True",
            "pass",
            "```python\npass\n```",
            "f(3)",
            "f(3) == f(3)",
            "6 or 7",
            "6 if True else 0",
            "x := 6",
            "__import__('os')",
            "True",
            "{6, 7, 8}",
            "[6, 7, 8]",
            "6 7 8",
            "6\n7",
            "return",
            "...",
            "",
        ] {
            let marked: String = (1..=3)
                .map(|number| format!("[ANSWER {number}]{attack}[/ANSWER {number}]"))
                .collect();
            for response in [
                attack.to_owned(),
                format!("[ANSWER]{attack}[/ANSWER]"),
                marked,
            ] {
                assert_eq!(judged(&response).1, 0.0, "{response}");
            }
        }
    }

    #[test]
    fn what_is_no_run_is_refused() {
        assert!(verdict(&[], "", Stop::Stop).is_err());
        let input = r#"[{"kind": "input", "answer": "1"}]"#;
        let input: Vec<Gold> = serde_json::from_str(input).unwrap();
        assert!(verdict(&input, "[ANSWER 1]1[/ANSWER 1]", Stop::Stop).is_err());
    }
}
