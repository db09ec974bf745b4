//! How sources are asked on the edge: within what they allow, with retries, and a bound on what is read.

mod answer;
mod asking;
pub mod bounded_body;
mod cache;
mod port;

pub use asking::{Grants, Want};
pub use port::{EdgeTiles, Keys};
