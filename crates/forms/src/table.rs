//! `states`: a table of events with the variables that changed.
//!
//! ```text
//! | event | frame | line | what | changes |
//! |--:|--:|--:|---|---|
//! | 1 | 0 | 4 | call gcd | first = 12; second = 18 |
//! | 2 | 0 | 11 | line | |
//! ```

use crate::Moment;
use crate::text::{changes_of, told, what};

/// The table; from the last event to the first for questions about what leads to a result.
pub(crate) fn write(moments: &[Moment], backward: bool) -> String {
    let mut text =
        String::from("| event | frame | line | what | changes |\n|--:|--:|--:|---|---|\n");
    let mut places = told(moments.len());
    if backward {
        places.reverse();
    }
    for at in places {
        let moment = &moments[at];
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            at + 1,
            moment.frame,
            moment.line,
            what(moment),
            changes_of(moment)
        ));
    }
    text
}
