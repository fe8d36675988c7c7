//! Exceptions: the last line of a traceback.

use super::{Judge, Judgement, Verdict};
use crate::item::Item;

/// `Type: message`, equal to the letter. The right type with another message is worth half.
pub(super) struct Exception;

impl Judge for Exception {
    fn name(&self) -> &'static str {
        "exception"
    }

    fn version(&self) -> u32 {
        1
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let given = answer.trim();
        let type_name = type_of(given);
        let named = type_name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '.')
            && type_name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if !named {
            let why = "the form is `Type: message`";
            return Judgement::Decided(Verdict::unparsable("not_an_exception", why));
        }
        let same_type = type_name == type_of(&item.answer);
        let verdict = Verdict::equal(given == item.answer.trim(), given.to_owned());
        let detail = serde_json::json!({ "same_type": same_type });
        Judgement::Decided(verdict.partial(if same_type { 0.5 } else { 0.0 }, detail))
    }
}

fn type_of(text: &str) -> &str {
    text.split(':').next().unwrap_or(text).trim()
}
