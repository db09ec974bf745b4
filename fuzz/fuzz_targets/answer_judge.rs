//! A source's answer may be anything; what is shown of it is bounded.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::answer_judge(bytes));
