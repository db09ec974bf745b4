//! The browser shell: what the page's Web Workers call. Thin, compiled for wasm32 only.
//!
//! The page makes one [`PageRenderer`] in each of its workers, from the same module that runs on the edge.

mod error;
mod fetch_port;
mod page_renderer;
mod sink;
