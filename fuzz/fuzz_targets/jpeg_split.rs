//! Strips are encoded apart: however the rows are cut, the file has the same bytes, and a reader takes it.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::jpeg_split(bytes));
