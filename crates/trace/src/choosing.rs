//! The choice among tried inputs while they are tried.

use crate::children::Listener;
use crate::frame::RawReport;
use crate::report::Checker;
use crate::select::Selection;

/// A listener that chooses among inputs as their reports come, and has heard enough when no further one would be chosen.
pub(crate) struct Choosing<'a> {
    checker: &'a Checker<'a>,
    /// The round of each input.
    rounds: &'a [usize],
    /// The selection with all reports that count.
    pub(crate) counted: Selection,
    /// The selection with those of the child at work, too.
    heard: Selection,
    chosen: Vec<usize>,
    chosen_of_child: Vec<usize>,
    /// True if no further input would be chosen.
    pub(crate) is_enough: bool,
}

impl<'a> Choosing<'a> {
    /// Nothing is heard yet of inputs of these rounds.
    pub(crate) fn new(checker: &'a Checker<'a>, rounds: &'a [usize], selection: Selection) -> Self {
        Self {
            checker,
            rounds,
            heard: selection.clone(),
            counted: selection,
            chosen: Vec::new(),
            chosen_of_child: Vec::new(),
            is_enough: false,
        }
    }

    /// Numbers of the chosen inputs.
    pub(crate) fn chosen(&self) -> impl Iterator<Item = usize> + '_ {
        self.chosen.iter().copied()
    }
}

impl Listener for Choosing<'_> {
    fn begin(&mut self) {
        self.heard = self.counted.clone();
        self.chosen_of_child.clear();
        self.is_enough = false;
    }

    fn hear(&mut self, report: &RawReport) -> bool {
        let number = report.call;
        let round = self.rounds.get(number).copied().unwrap_or_default();
        // A report that does not hold up is that of an input which nobody needs.
        if let Ok(tried) = self.checker.check_tried(report)
            && self.heard.choose(&tried, round)
        {
            self.chosen_of_child.push(number);
        }
        // The rounds that one child tries are wanted or not for the same reasons.
        self.is_enough = !self.heard.wants_more(round);
        self.is_enough
    }

    fn keep(&mut self) -> bool {
        self.counted = self.heard.clone();
        self.chosen.append(&mut self.chosen_of_child);
        self.is_enough
    }
}
