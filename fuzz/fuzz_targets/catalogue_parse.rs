//! An operator's catalogue is typed by hand: what is wrong is named, and what is taken can be used.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::catalogue_parse(bytes));
