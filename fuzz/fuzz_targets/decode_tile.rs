//! Tiles are what strangers send: whatever the bytes, decoding ends with pixels or an error, in bounded memory.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::decode_tile(bytes));
