//! Plans come back from storage as JSON: one that is damaged is refused, or harmless.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::stored_plan(bytes));
