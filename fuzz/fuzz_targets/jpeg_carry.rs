//! A broken JPEG tile must be refused or carried whole: its neighbours and the file around it stay sound.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::jpeg_carry(bytes));
