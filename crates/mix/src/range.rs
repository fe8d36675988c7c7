//! Ranges of facts: `steps=10..200`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::fact::{Fact, Narrow};

/// A condition on one fact; both ends are included. A sample without the fact does not meet it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Where {
    /// Fact that the interval is of.
    pub fact: Fact,
    /// The interval of its accepted values.
    pub interval: Interval,
}

/// An interval of numbers, both ends included: `10..200`, `10..`, `..200` or `10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Interval {
    /// The smallest number.
    pub from: u32,
    /// The largest number; `None` for no upper end.
    pub to: Option<u32>,
}

impl Interval {
    /// True if the number is in the interval.
    #[must_use]
    pub fn contains(self, number: u32) -> bool {
        self.from <= number && self.to.is_none_or(|to| number <= to)
    }
}

impl Where {
    /// True if the sample has the fact, in the interval.
    #[must_use]
    pub fn holds(self, narrow: &Narrow) -> bool {
        let number = narrow.fact(self.fact);
        number.is_some_and(|number| self.interval.contains(number))
    }
}

/// Error in the text of a condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// There is no `=`.
    #[error("`{0}` is not a condition; write FACT=FROM..TO, such as steps=10..200")]
    Form(String),
    /// No fact has the name.
    #[error("no fact is called `{0}`; there are {known}", known = known())]
    Fact(String),
    /// An end of the interval is not a whole number, or the ends are in the wrong order.
    #[error(
        "`{0}` is not a range of whole numbers; write 10..200 (both included), 10.., ..200 or 10"
    )]
    Interval(String),
}

fn known() -> String {
    Fact::ALL.map(Fact::name).join(", ")
}

impl FromStr for Interval {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        let bad = || RangeError::Interval(text.to_owned());
        let number = |text: &str| text.trim().parse::<u32>().map_err(|_| bad());
        let interval = match text.split_once("..") {
            None => {
                let only = number(text)?;
                Self {
                    from: only,
                    to: Some(only),
                }
            }
            Some((from, to)) => {
                // `..=` is Rust's word for an end that is included, which it is anyway.
                let to = to.strip_prefix('=').unwrap_or(to).trim();
                let from = from.trim();
                if from.is_empty() && to.is_empty() {
                    return Err(bad());
                }
                Self {
                    from: if from.is_empty() { 0 } else { number(from)? },
                    to: if to.is_empty() {
                        None
                    } else {
                        Some(number(to)?)
                    },
                }
            }
        };
        if interval.to.is_some_and(|to| to < interval.from) {
            return Err(bad());
        }
        Ok(interval)
    }
}

impl FromStr for Where {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        let (name, interval) = text
            .split_once('=')
            .ok_or_else(|| RangeError::Form(text.to_owned()))?;
        let name = name.trim();
        Ok(Self {
            fact: Fact::from_name(name).ok_or_else(|| RangeError::Fact(name.to_owned()))?,
            interval: interval.parse()?,
        })
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to {
            Some(to) if to == self.from => write!(f, "{to}"),
            Some(to) => write!(f, "{}..{to}", self.from),
            None => write!(f, "{}..", self.from),
        }
    }
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.fact.name(), self.interval)
    }
}

impl TryFrom<String> for Interval {
    type Error = RangeError;

    fn try_from(text: String) -> Result<Self, RangeError> {
        text.parse()
    }
}

impl TryFrom<String> for Where {
    type Error = RangeError;

    fn try_from(text: String) -> Result<Self, RangeError> {
        text.parse()
    }
}

impl From<Interval> for String {
    fn from(interval: Interval) -> Self {
        interval.to_string()
    }
}

impl From<Where> for String {
    fn from(condition: Where) -> Self {
        condition.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_written() {
        for (text, written) in [
            ("steps=10..200", "steps=10..200"),
            ("steps = 10 .. 200", "steps=10..200"),
            ("steps=10..=200", "steps=10..200"),
            ("loop_depth=2", "loop_depth=2"),
            ("depth=2..", "depth=2.."),
            ("answer_bytes=..20", "answer_bytes=0..20"),
        ] {
            assert_eq!(text.parse::<Where>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn errors_name_the_text_and_what_to_write() {
        for (text, part) in [
            ("steps", "write FACT=FROM..TO"),
            (
                "stops=1",
                "no fact is called `stops`; there are steps, lines",
            ),
            ("steps=ten..20", "`ten..20` is not a range"),
            ("steps=20..10", "`20..10` is not a range"),
            ("steps=..", "`..` is not a range"),
            ("steps=-1..3", "`-1..3` is not a range"),
        ] {
            let error = text.parse::<Where>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
