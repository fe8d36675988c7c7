//! The texts of prompts. Every prompt can be answered by a person who has nothing else, and holds the
//! program byte for byte.

use tracestone_record::{Call, InPackage, Line, Provenance};

use crate::view::{Comprehensions, View};

/// Definition of "runs", for questions about lines of this run.
pub(crate) fn lines(view: &View<'_>) -> String {
    let comprehensions = match view.comprehensions {
        Comprehensions::Absent => "",
        Comprehensions::Frames | Comprehensions::SeveralLines => {
            " A comprehension or generator expression is shown as a function of its own, whose line runs when it \
             starts and again after each item that it goes through."
        }
        Comprehensions::Inlined => {
            " The line of a list, set or dict comprehension runs again after each item that it goes through; its \
             variables are local variables of the function while it runs."
        }
    };
    format!("{LINES}{comprehensions}")
}

const LINES: &str = "Lines are counted from 1 at the first line of the program. A line runs each time \
Python starts to execute it while the expression is evaluated, as a debugger that steps through the program \
would show it: a statement that spans several lines is shown at the line Python is at, and the line of a `def` \
does not run when its function is called.";

/// Definition of "the value after a line has run".
pub(crate) fn after(view: &View<'_>) -> String {
    let pauses = if view.pauses {
        ", ends, or pauses at a `yield` or `await`"
    } else {
        ", or ends"
    };
    format!(
        "\"After line N has run\" is the moment at which the same function call is about to run its next \
         line{pauses}; calls that line N makes are then over."
    )
}

/// Required form of a value.
pub(crate) const LITERAL: &str = "Answer with a Python literal of the value's own type: `1`, `1.0` and `True` are different answers.";

/// Displayed part of a program, and its origin.
pub(crate) struct Shown<'a> {
    pub(crate) text: &'a str,
    /// The module that it is a part of, if it runs in its package.
    pub(crate) package: Option<&'a InPackage>,
    pub(crate) provenance: &'a Provenance,
}

impl Shown<'_> {
    /// The text, and before it what it is.
    fn write(&self, text: &mut String) {
        match self.package {
            None => text.push_str("Here is a Python program.\n\n"),
            Some(package) => text.push_str(&format!(
                "Here is a program that is a part of the Python module `{}`, from {}{}. The whole module runs, in \
                 its package: what is not shown is there, too, and names that nothing here defines have the \
                 meaning that the module gives them.\n\n",
                package.module,
                self.provenance.origin,
                match self.provenance.commit.as_deref().and_then(|commit| commit.get(..12)) {
                    Some(commit) => format!(" (commit {commit})"),
                    None => String::new(),
                }
            )),
        }
        fence(text, self.text);
    }
}

/// A question about a call: the program, the setup, the expression and what is asked.
pub(crate) fn about_call(shown: &Shown<'_>, call: &Call, python: &str, ask: &str) -> String {
    let mut text = String::new();
    shown.write(&mut text);
    if !call.setup.is_empty() {
        text.push_str(match shown.package {
            None => "\nThese statements run after it:\n\n",
            Some(_) => "\nThese statements run after it, in the module's namespace:\n\n",
        });
        fence(&mut text, &call.setup);
    }
    text.push_str(&match shown.package {
        None => format!("\nThen {python} evaluates this expression:\n\n"),
        Some(_) => {
            format!("\nThen {python} evaluates this expression, in the module's namespace:\n\n")
        }
    });
    fence(&mut text, &call.call);
    text.push('\n');
    text.push_str(ask);
    text
}

/// A question about a program alone.
pub(crate) fn about_program(shown: &Shown<'_>, ask: &str) -> String {
    let mut text = String::new();
    shown.write(&mut text);
    text.push('\n');
    text.push_str(ask);
    text
}

/// A fence of backticks that the text cannot end.
fn fence(text: &mut String, code: &str) {
    let mut ticks = String::from("```");
    while code.contains(&ticks) {
        ticks.push('`');
    }
    text.push_str(&ticks);
    text.push_str("python\n");
    text.push_str(code);
    if !code.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&ticks);
    text.push('\n');
}

/// A line with its text: ``line 7 (`total += x`)``.
pub(crate) fn line(view: &View<'_>, line: Line) -> String {
    let text = view.text(line);
    if text.is_empty() || text.contains('`') {
        format!("line {line}")
    } else {
        format!("line {line} (`{text}`)")
    }
}
