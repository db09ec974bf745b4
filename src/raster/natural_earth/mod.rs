//! The embedded default map: Natural Earth 1:50m land, lakes, rivers and borders with a graticule, drawn anti-aliased
//! at any resolution in any CRS. Transverse Mercator shows 40 degrees on each side of its meridian; beyond, it is sea.
//!
//! The data is packed by scripts/naturalearth.mjs and loaded on first use; the colours are in `style`.

mod clip;
mod data;
mod draw;
mod graticule;
mod style;
mod view;

pub use data::NaturalEarth;
pub use draw::draw;
