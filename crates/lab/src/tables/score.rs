//! Table of a model's completions.

use tracestone_record::Split;

use crate::{Executed, LengthScore, ScoreReport};

/// Shares of texts that a model completes exactly, over all and by the length of their prompts.
#[must_use]
pub fn score(score: &ScoreReport, split: Split) -> String {
    let [low, high] = score.interval;
    let mut lines = vec![format!(
        "{:.1} % of {} {} texts are completed exactly  [95 % interval over programs {:.1} to {:.1}]",
        100.0 * score.share,
        score.texts,
        split.name(),
        100.0 * low,
        100.0 * high
    )];
    if let Some(beyond) = &score.beyond {
        lines.push(format!(
            "{:.1} % of {} texts with lengths that are not trained on  [{:.1} to {:.1}]",
            100.0 * beyond.share,
            beyond.texts,
            100.0 * beyond.interval[0],
            100.0 * beyond.interval[1]
        ));
    }
    lines.extend(score.executed.as_ref().map(written));
    lines.push(format!("loss {:.4} nats a word", score.loss));
    lines.push("\nby the number of words of the prompt".to_owned());
    lines.extend(score.by_length.iter().map(|row| {
        let LengthScore {
            prompt_words,
            exact,
            texts,
        } = row;
        let share = 100.0 * *exact as f64 / (*texts).max(1) as f64;
        format!("{prompt_words:>6}  {share:>5.1} % of {texts}")
    }));
    lines.join("\n")
}

/// Outcomes of the programs that a model wrote, as a sentence.
fn written(executed: &Executed) -> String {
    let mut text = format!(
        "{:.1} % of the programs that it writes do what the examples show when they are executed  [95 % interval over \
         programs {:.1} to {:.1}]: {} right, {} of them not as drawn, {} wrong, {} no program, {} not over in time",
        100.0 * executed.share,
        100.0 * executed.interval[0],
        100.0 * executed.interval[1],
        executed.right,
        executed.right_otherwise,
        executed.wrong,
        executed.unparsable,
        executed.out_of_steps
    );
    if let Some(ratio) = executed.length_ratio {
        text.push_str(&format!(
            "; right ones are {ratio:.2} times as long as drawn"
        ));
    }
    text
}
