//! 128 bits as lanes: eight of 16 bits, four of 32, sixteen bytes.
//!
//! The same few operations three times: in WebAssembly's vector instructions, in SSE2 (which every x86-64 has) and in plain
//! arrays. Results are the same everywhere, bit for bit; tests compare each with the arrays.

#[cfg(any(test, not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64"))))]
mod arrays;
#[cfg(target_arch = "x86_64")]
mod sse2;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

#[cfg(not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64")))]
pub use arrays::Lanes;
#[cfg(target_arch = "x86_64")]
pub use sse2::Lanes;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use wasm::Lanes;
