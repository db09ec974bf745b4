//! Mapshot renders ONE big, exact map image of an area from map tiles.
//!
//! One library, one WebAssembly module, three hosts: a Cloudflare Worker, a browser, `wrangler dev`.
//! The code map, the arrows between these modules and the glossary are in ARCHITECTURE.md.

pub use mapshot_pixels::{codec, fault, geo, raster};

pub mod job;
pub mod render;
pub mod source;

#[cfg(all(target_arch = "wasm32", feature = "shells"))]
mod browser;
#[cfg(all(target_arch = "wasm32", feature = "shells"))]
mod edge;
#[cfg(all(target_arch = "wasm32", feature = "shells"))]
mod host_bytes;
