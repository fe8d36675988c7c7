//! What a sandboxed child that replays writes into its results pipe: decoded without a panic, and what
//! `verify` asks of it is answered for the frame and line asked about.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| tracestone_trace::fuzzing::replays(data));
