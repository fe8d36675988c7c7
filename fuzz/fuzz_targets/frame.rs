//! Decoder of a sandboxed child's results: any bytes are decoded and checked without a panic, and nothing
//! impossible is accepted. The assertions are in the function, where the types are known.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| tracestone_trace::fuzzing::frames(data));
