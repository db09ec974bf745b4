//! A service may say anything of itself.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::capabilities_complete(bytes));
