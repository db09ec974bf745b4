//! Requests come from anybody: whatever is asked, the answer is a plan or an error that explains itself.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::request_parse(bytes));
