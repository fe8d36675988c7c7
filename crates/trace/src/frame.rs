//! The frames that a child writes into its results pipe: decoding, without trust.
//!
//! A frame is a big-endian 32-bit length and that many bytes. The first byte tells the kind:
//! `R`: call number, length of the outcome, length of the output (32 bits each), one byte of sources,
//! then outcome, output and events as JSON; `H`: the same, with the length (32 bits) and the JSON of the
//! call's effects before the events; `E`: the number of calls (32 bits) and one byte of flags.

use std::io;

use crate::shared::{
    BY_CHANCE, BY_CLOCK, BY_ENVIRONMENT, BY_ORDER, END_FRAME, HALF_FRAME, MAY_SEE_ORDERS,
    OTHER_EFFECTS, OTHER_OUTCOME, OTHER_PATH, REPORT_FRAME, UNWATCHED_ORDERS,
};

/// Message of a child.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// A call is over.
    Report(RawReport),
    /// The child has nothing more to say.
    End {
        /// Number of calls up to here.
        calls: usize,
        /// Orders that the program may see.
        orders: Orders,
    },
}

/// Possibility that a program sees an order which other interpreters have otherwise: of a set, of hashes, of addresses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Orders {
    /// True if the program may see one.
    pub(crate) may_be_seen: bool,
    /// True if it may see one without [`BY_ORDER`] in the reports of its calls.
    pub(crate) are_unwatched: bool,
}

impl Orders {
    /// Those of two children of one job.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            may_be_seen: self.may_be_seen | other.may_be_seen,
            are_unwatched: self.are_unwatched | other.are_unwatched,
        }
    }
}

/// Report of a child on a call, undecoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawReport {
    pub(crate) call: usize,
    /// Bits for what the call used that differs between interpreters ([`BY_CLOCK`], [`BY_CHANCE`],
    /// [`BY_ENVIRONMENT`], [`BY_ORDER`]), and for what differed under another tracer or without one ([`OTHER_PATH`],
    /// [`OTHER_OUTCOME`], [`OTHER_EFFECTS`]).
    pub(crate) sources: u8,
    pub(crate) outcome: Vec<u8>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) events: Vec<u8>,
    /// Values that the program has written into its own variables, where one half of the evaluations is
    /// reported.
    pub(crate) effects: Vec<u8>,
}

/// All that are defined.
const ALL_SOURCES: u8 =
    BY_CLOCK | BY_CHANCE | BY_ENVIRONMENT | BY_ORDER | OTHER_PATH | OTHER_OUTCOME | OTHER_EFFECTS;

/// Cuts a stream of bytes into frames.
#[derive(Debug)]
pub(crate) struct Decoder {
    buffer: Vec<u8>,
    /// The largest frame that is accepted.
    cap: usize,
}

impl Decoder {
    /// Accepts frames of up to `cap` bytes.
    pub(crate) fn new(cap: usize) -> Self {
        Self {
            buffer: Vec::new(),
            cap,
        }
    }

    /// Takes bytes as they come.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete frame; an error for what no honest child writes.
    pub(crate) fn next_frame(&mut self) -> Result<Option<Frame>, &'static str> {
        let Some((length, rest)) = take_number(&self.buffer) else {
            return Ok(None);
        };
        if length > self.cap {
            return Err("a frame is larger than the limit");
        }
        let Some(body) = rest.get(..length) else {
            return Ok(None);
        };
        let frame = decode(body).ok_or("a frame is malformed")?;
        self.buffer.drain(..4 + length);
        Ok(Some(frame))
    }

    /// True if bytes are left that belong to no complete frame.
    pub(crate) fn has_rest(&self) -> bool {
        !self.buffer.is_empty()
    }
}

/// The length of a frame, as it goes before it.
pub(crate) fn length_of(data: &[u8]) -> io::Result<[u8; 4]> {
    let length = u32::try_from(data.len()).map_err(io::Error::other)?;
    Ok(length.to_be_bytes())
}

fn take_number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((usize::try_from(u32::from_be_bytes(*number)).ok()?, rest))
}

fn decode(body: &[u8]) -> Option<Frame> {
    let (kind, rest) = body.split_first()?;
    let (number, rest) = take_number(rest)?;
    match *kind {
        REPORT_FRAME | HALF_FRAME => {
            let (outcome_length, rest) = take_number(rest)?;
            let (stdout_length, rest) = take_number(rest)?;
            let (&sources, rest) = rest.split_first()?;
            if sources > ALL_SOURCES {
                return None;
            }
            let (outcome, rest) = rest.split_at_checked(outcome_length)?;
            let (stdout, rest) = rest.split_at_checked(stdout_length)?;
            let (effects, events) = match *kind {
                HALF_FRAME => {
                    let (effects_length, rest) = take_number(rest)?;
                    rest.split_at_checked(effects_length)?
                }
                _ => (&[][..], rest),
            };
            Some(Frame::Report(RawReport {
                call: number,
                sources,
                outcome: outcome.to_vec(),
                stdout: stdout.to_vec(),
                events: events.to_vec(),
                effects: effects.to_vec(),
            }))
        }
        END_FRAME => match rest {
            // Orders that are unwatched may be seen.
            [flags] if [0, MAY_SEE_ORDERS, MAY_SEE_ORDERS | UNWATCHED_ORDERS].contains(flags) => {
                Some(Frame::End {
                    calls: number,
                    orders: Orders {
                        may_be_seen: flags & MAY_SEE_ORDERS != 0,
                        are_unwatched: flags & UNWATCHED_ORDERS != 0,
                    },
                })
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&length[..], body].concat()
    }

    fn report() -> Vec<u8> {
        framed(b"R\0\0\0\x07\0\0\0\x02\0\0\0\x03\x02[][1][2,3]")
    }

    #[test]
    fn frames_come_out_however_the_bytes_arrive() {
        let mut bytes = report();
        bytes.extend(framed(b"E\0\0\0\x01\x01"));
        for chunk in [1, 2, 3, 5, 100] {
            let mut decoder = Decoder::new(1000);
            let mut frames = Vec::new();
            for part in bytes.chunks(chunk) {
                decoder.push(part);
                while let Some(frame) = decoder.next_frame().unwrap() {
                    frames.push(frame);
                }
            }
            assert!(!decoder.has_rest());
            let expected = Frame::Report(RawReport {
                call: 7,
                sources: BY_CHANCE,
                outcome: b"[]".to_vec(),
                stdout: b"[1]".to_vec(),
                events: b"[2,3]".to_vec(),
                effects: Vec::new(),
            });
            let end = Frame::End {
                calls: 1,
                orders: Orders {
                    may_be_seen: true,
                    are_unwatched: false,
                },
            };
            assert_eq!(frames, [expected, end]);
        }
    }

    #[test]
    fn half_of_a_report_has_the_effects_of_the_call() {
        let mut decoder = Decoder::new(1000);
        decoder.push(&framed(
            b"H\0\0\0\x07\0\0\0\x02\0\0\0\x03\0[][1]\0\0\0\x03[4][2,3]",
        ));
        let Some(Frame::Report(report)) = decoder.next_frame().unwrap() else {
            panic!("it is a report");
        };
        assert_eq!(
            (&report.effects[..], &report.events[..]),
            (&b"[4]"[..], &b"[2,3]"[..])
        );
    }

    #[test]
    fn what_no_honest_child_writes_is_an_error() {
        let bad: [&[u8]; 9] = [
            b"H\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09short",
            b"",
            b"X\0\0\0\0",
            b"E\0\0\0\x01\x02",
            b"E\0\0\0\x01\x04",
            b"E\0\0\0\x01\0\0",
            b"R\0\0\0\0\0\0\0\x09\0\0\0\0\0short",
            b"R\0\0\0\0\0\0\0\0\0\0\0\0\x80",
            b"R\0\0\0\0\0",
        ];
        for body in bad {
            let mut decoder = Decoder::new(1000);
            decoder.push(&framed(body));
            assert!(decoder.next_frame().is_err(), "{body:?}");
        }
    }

    #[test]
    fn a_length_over_the_cap_is_refused_before_the_bytes_arrive() {
        let mut decoder = Decoder::new(1000);
        decoder.push(&1001_u32.to_be_bytes());
        assert!(decoder.next_frame().is_err());
    }

    #[test]
    fn truncated_frames_stay_in_the_rest() {
        let mut decoder = Decoder::new(1000);
        decoder.push(&report()[..10]);
        assert_eq!(decoder.next_frame(), Ok(None));
        assert!(decoder.has_rest());
    }
}
