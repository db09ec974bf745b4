//! The lossless promise: whatever the pixels and however they are cut, an independent reader gets them back.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::png_split(bytes));
