//! The inner half of Mapshot: geometry, pixels and codecs. A package of its own, because it is compiled for speed.

pub mod codec;
pub mod fault;
pub mod geo;
pub mod raster;
