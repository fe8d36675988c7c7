//! `comments`: the program with what happened behind its lines.
//!
//! ```text
//! def gcd(first, second):  # @1 call gcd with first = 12; second = 18
//!     while second != 0:  # @2 line | @4 line | @6 line
//!         first, second = second, first % second  # @3 line => first = 18; second = 12 | @5 line => ..
//!     return abs(first)  # @7 line | @8 return 6
//! ```
//!
//! `@5.1` is the fifth event, in frame 1; without a number it is frame 0. What a line did is behind it, after
//! `=>`; what a frame starts with comes after `with`.

use std::collections::BTreeMap;

use crate::Moment;
use crate::text::{changes_of, told, what};

/// The program with comments.
pub(crate) fn write(source: &[&str], moments: &[Moment]) -> String {
    let mut behind: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for at in told(moments.len()) {
        let moment = &moments[at];
        behind
            .entry(moment.line.index())
            .or_default()
            .push(entry(moments, at));
    }
    let lines = source.iter().enumerate().map(|(index, line)| {
        let comment = behind.get(&index).map(|entries| entries.join(" | "));
        match comment {
            Some(comment) => format!("{line}  # {comment}\n"),
            None => format!("{line}\n"),
        }
    });
    lines.collect()
}

fn entry(moments: &[Moment], at: usize) -> String {
    let moment = &moments[at];
    let same_frame = |other: &&Moment| other.frame == moment.frame;
    let is_first = !moments[..at].iter().any(|other| same_frame(&other));
    let mut text = match moment.frame {
        0 => format!("@{} {}", at + 1, what(moment)),
        frame => format!("@{}.{frame} {}", at + 1, what(moment)),
    };
    if is_first && !moment.changes.is_empty() {
        text.push_str(&format!(" with {}", changes_of(moment)));
    }
    let next = moments[at + 1..].iter().find(same_frame);
    if let Some(next) = next.filter(|next| !next.changes.is_empty()) {
        text.push_str(&format!(" => {}", changes_of(next)));
    }
    text
}
