//! The tables of a whole image are made from one tile that a stranger sent.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::jpeg_frame_from_tile(bytes));
