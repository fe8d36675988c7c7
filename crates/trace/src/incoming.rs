//! A child's reports as they come, checked against the calls that it was given.

use crate::frame::{Decoder, Frame, Orders, RawReport};

/// Bytes that a child may write in all.
pub(crate) const MAX_OUTPUT: usize = 64 << 20;

pub(crate) const AFTER_THE_MARK: &str = "it wrote after its end mark";

/// Progress of a child's report after a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// A part of something.
    Part,
    /// Something whole, at least, that was expected.
    Whole,
    /// Everything that was expected.
    All,
}

/// Bytes that a child has written so far.
pub(crate) struct Incoming {
    decoder: Decoder,
    /// The numbers of the calls, in the order in which they are to be reported.
    expected: Vec<usize>,
    reported: usize,
    total: usize,
    /// Content of its end mark.
    pub(crate) mark: Option<Orders>,
    /// True if nobody wants to hear more, whatever it has left to do.
    pub(crate) is_enough: bool,
}

impl Incoming {
    /// Nothing yet of a child with these calls, in frames of up to `cap` bytes.
    pub(crate) fn new(cap: usize, expected: Vec<usize>) -> Self {
        Self {
            decoder: Decoder::new(cap),
            expected,
            reported: 0,
            total: 0,
            mark: None,
            is_enough: false,
        }
    }

    /// Takes what a child has written. The reports go to a function that says when it has heard enough.
    pub(crate) fn take(
        &mut self,
        part: &[u8],
        reports: &mut dyn FnMut(RawReport) -> bool,
    ) -> Result<Taken, &'static str> {
        self.total += part.len();
        if self.total > MAX_OUTPUT {
            return Err("it wrote more than the limit");
        }
        let before = self.reported;
        self.decoder.push(part);
        while let Some(frame) = self.decoder.next_frame()? {
            match frame {
                _ if self.mark.is_some() => return Err(AFTER_THE_MARK),
                Frame::Report(report) => {
                    if self.expected.get(self.reported) != Some(&report.call) {
                        return Err("its reports are not in the order of the calls");
                    }
                    self.reported += 1;
                    if reports(report) {
                        self.is_enough = true;
                        return Ok(Taken::All);
                    }
                }
                Frame::End { calls, orders } => {
                    self.check_end(calls)?;
                    self.mark = Some(orders);
                }
            }
        }
        match self.mark {
            Some(_) if self.decoder.has_rest() => Err(AFTER_THE_MARK),
            Some(_) => Ok(Taken::All),
            None if self.reported > before => Ok(Taken::Whole),
            None => Ok(Taken::Part),
        }
    }

    /// A child ends after its last call, or where a call broke a budget: after that call.
    fn check_end(&self, calls: usize) -> Result<(), &'static str> {
        let last = self.reported.checked_sub(1);
        let last = last.and_then(|at| self.expected.get(at)).copied();
        let whole = self.reported == self.expected.len() && calls == self.expected.len();
        let broken_off = last.is_some_and(|last| calls == last + 1);
        if whole || broken_off {
            Ok(())
        } else {
            Err("its end mark does not fit its reports")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).expect("short").to_be_bytes();
        [&length[..], body].concat()
    }

    fn report(call: u8) -> Vec<u8> {
        framed(&[b"R\0\0\0", &[call][..], b"\0\0\0\0\0\0\0\0\0"].concat())
    }

    fn end(calls: u8) -> Vec<u8> {
        framed(&[b"E\0\0\0", &[calls][..], b"\0"].concat())
    }

    /// Results for these writes of a child with the calls 2, 1 and 0.
    fn taken(writes: &[Vec<u8>]) -> Vec<Result<Taken, &'static str>> {
        let mut incoming = Incoming::new(1000, vec![2, 1, 0]);
        let take = |write: &Vec<u8>| incoming.take(write, &mut |_| false);
        writes.iter().map(take).collect()
    }

    #[test]
    fn progress_is_a_whole_report_of_the_call_that_is_due() {
        let whole = report(2);
        let (first, rest) = whole.split_at(7);
        let writes = [
            first.to_vec(),
            rest.to_vec(),
            report(1),
            [report(0), end(3)].concat(),
        ];
        let expected = [Taken::Part, Taken::Whole, Taken::Whole, Taken::All].map(Ok);
        assert_eq!(taken(&writes), expected);
        for wrong in [report(1), report(0), report(3)] {
            assert!(taken(&[wrong])[0].is_err());
        }
        assert!(taken(&[report(2), report(2)])[1].is_err());
    }

    #[test]
    fn nothing_is_read_behind_the_report_that_is_enough() {
        let mut incoming = Incoming::new(1000, vec![2, 1, 0]);
        let writes = [report(2), report(1), vec![0xff; 40]].concat();
        let taken = incoming.take(&writes, &mut |report| report.call == 1);
        assert_eq!((taken, incoming.is_enough), (Ok(Taken::All), true));
    }

    #[test]
    fn an_end_mark_fits_the_reports() {
        // After the last call, or after the one that broke a budget.
        assert_eq!(taken(&[[report(2), end(3)].concat()]), [Ok(Taken::All)]);
        assert_eq!(
            taken(&[[report(2), report(1), end(2)].concat()]),
            [Ok(Taken::All)]
        );
        for wrong in [
            end(3),
            end(0),
            [report(2), end(1)].concat(),
            [report(2), end(4)].concat(),
        ] {
            assert!(taken(&[wrong])[0].is_err());
        }
        assert_eq!(
            taken(&[[report(2), end(3), b"x".to_vec()].concat()]),
            [Err(AFTER_THE_MARK)]
        );
    }
}
