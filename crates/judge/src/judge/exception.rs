//! Exceptions: `Type: message`.

use tracestone_sample::reading;

use super::{Judge, Judgement, Verdict};
use crate::answer::Form;
use crate::item::Item;

/// `Type: message`, with or without the class's module, and the message to the letter. The right type with
/// another message is worth half.
pub(super) struct Exception;

impl Form for Exception {
    fn reads(&self, text: &str) -> bool {
        // A last line such as `Done` could be the name of a class, but is none of an exception's.
        let named = |name: &str| {
            [
                "Error",
                "Exception",
                "Exit",
                "Interrupt",
                "Iteration",
                "Warning",
            ]
            .iter()
            .any(|end| name.ends_with(end))
        };
        reading::exception(text).is_some_and(|read| text.contains(':') || named(read.type_name))
    }
}

impl Judge for Exception {
    fn name(&self) -> &'static str {
        "exception"
    }

    fn version(&self) -> u32 {
        2
    }

    fn form(&self) -> &dyn Form {
        self
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let Some(given) = reading::exception(answer) else {
            let why = "the form is `Type: message`";
            return Judgement::Decided(Verdict::unparsable("not_an_exception", why));
        };
        let gold = reading::exception(&item.answer);
        let same_type = gold.is_some_and(|gold| gold.type_name == given.type_name);
        let parsed = match given.message {
            "" => given.type_name.to_owned(),
            message => format!("{}: {message}", given.type_name),
        };
        let verdict = Verdict::equal(gold == Some(given), parsed);
        let detail = serde_json::json!({ "same_type": same_type });
        Judgement::Decided(verdict.partial(if same_type { 0.5 } else { 0.0 }, detail))
    }
}
