//! Listeners to the reports of calls while their child goes on.

use crate::frame::RawReport;

/// Something that hears the reports of calls as they come, and may have heard enough before the last one.
pub(crate) trait Listener {
    /// A child begins. What was heard of one before counts only where it was kept: a child that is disturbed
    /// begins anew.
    fn begin(&mut self);

    /// A report of the child. True if no more is wanted: the child is ended.
    fn hear(&mut self, report: &RawReport) -> bool;

    /// The child's reports count. True if no more is wanted, of other children either.
    fn keep(&mut self) -> bool;
}

/// One who wants all reports.
pub(super) struct ToTheEnd;

impl Listener for ToTheEnd {
    fn begin(&mut self) {}

    fn hear(&mut self, _: &RawReport) -> bool {
        false
    }

    fn keep(&mut self) -> bool {
        false
    }
}
