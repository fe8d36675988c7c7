//! Decoder of a sandboxed child's replay: any bytes are decoded without a panic, and `verify` gets answers
//! only for the frame and line it asks about.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| tracestone_trace::fuzzing::replays(data));
