//! The lower half of Mapshot.

pub mod codec;
pub mod fault;
pub mod geo;
pub mod raster;
