//! Ends of calls: the reports of children, and the outcome of the call at which a child ended badly.

use std::collections::BTreeMap;

use tracestone_record::Outcome;

use crate::frame::{Orders, RawReport};
use crate::replay::Asked;
use crate::zygote::{ChildEnd, Waiting};

/// One call's texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallText<'a> {
    pub(crate) setup: &'a str,
    pub(crate) expression: &'a str,
    /// Question to the witness.
    pub(crate) asked: Option<&'a Asked>,
}

/// End of one call.
#[derive(Debug)]
pub(crate) enum CallEnd {
    /// With a report, which is still to be checked.
    Reported(RawReport),
    /// Any other end.
    Ended(Outcome),
}

/// Ends of a program's calls.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    /// By number of the call.
    pub(crate) calls: BTreeMap<usize, CallEnd>,
    /// True if the program may see the order of a set.
    pub(crate) orders: Orders,
    /// True if the work was stopped before every call had an end.
    pub(crate) cancelled: bool,
}

/// Result of running calls in one child.
pub(super) enum Tried {
    /// It ended by itself, or was ended for what it did.
    Done(Batch),
    /// Something from outside ended it time and again: this.
    Disturbed(String),
    /// The engine is to stop.
    Stopped,
}

/// Results of one child.
pub(super) struct Batch {
    pub(super) reports: Vec<RawReport>,
    pub(super) end: ChildEnd,
}

impl Ends {
    /// Notes that a call was ended from outside again and again.
    pub(super) fn give_up(&mut self, number: usize, why: &str) {
        let why = format!("it never came to an end of its own: {why}");
        let invalid = Outcome::Invalid { why };
        self.calls.insert(number, CallEnd::Ended(invalid));
    }

    /// Takes over what a child did and gives the calls that another child has to do.
    pub(super) fn take<'c, 't>(
        &mut self,
        batch: Batch,
        todo: &'c [(usize, CallText<'t>)],
        again: &mut Vec<(usize, CallText<'t>)>,
    ) -> &'c [(usize, CallText<'t>)] {
        let mut done = 0;
        let mut end = batch.end;
        for report in batch.reports {
            match todo.get(done) {
                Some((number, _)) if *number == report.call => {
                    self.calls.insert(*number, CallEnd::Reported(report));
                    done += 1;
                }
                _ => {
                    end = ChildEnd::Malformed("its reports are not in the order of the calls");
                    break;
                }
            }
        }
        if let ChildEnd::Clean { orders } = end {
            self.orders = self.orders.or(orders);
            if done > 0 {
                return &todo[done..];
            }
            end = ChildEnd::Malformed("it reported nothing");
        }
        // The child ended badly: that is the doing of the call it was at, or of its last one.
        let at = done.min(todo.len() - 1);
        let (number, _) = todo[at];
        let outcome = outcome_of(end);
        if matches!(
            end,
            ChildEnd::TimedOut | ChildEnd::Crashed { .. } | ChildEnd::Blocked(Waiting::Time)
        ) {
            again.push(todo[at]);
        }
        self.calls.insert(number, CallEnd::Ended(outcome));
        &todo[at + 1..]
    }
}

/// The outcome of a call during which a child ended badly.
fn outcome_of(end: ChildEnd) -> Outcome {
    let invalid = |why: &str| Outcome::Invalid {
        why: why.to_owned(),
    };
    match end {
        ChildEnd::TimedOut | ChildEnd::Cancelled => Outcome::TimedOut,
        ChildEnd::Blocked(Waiting::Lock) => Outcome::Blocked {
            on: "a lock".to_owned(),
        },
        ChildEnd::Blocked(Waiting::Time) => Outcome::Blocked {
            on: "time".to_owned(),
        },
        ChildEnd::Crashed { signal } => Outcome::Crashed {
            signal: signal.to_owned(),
        },
        ChildEnd::Malformed(why) | ChildEnd::Disturbed(why) => invalid(why),
        ChildEnd::Clean { .. } => invalid("it reported nothing"),
        ChildEnd::Exited { status } => {
            invalid(&format!("the process ended itself with status {status}"))
        }
    }
}
