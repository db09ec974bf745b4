//! Mapshot renders ONE big, exact map image of an area from map tiles.
//!
//! One crate, one WebAssembly module, three hosts: a Cloudflare Worker, a browser, `wrangler dev`.
//! The code map, the arrows between these modules and the glossary are in ARCHITECTURE.md.

pub mod codec;
pub mod fault;
pub mod geo;
pub mod job;
pub mod raster;
pub mod render;
pub mod source;

#[cfg(all(target_arch = "wasm32", feature = "shells"))]
mod browser;
#[cfg(all(target_arch = "wasm32", feature = "shells"))]
mod edge;
