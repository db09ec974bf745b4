//! Coordinate reference systems: degrees to map units and back.

use serde::{Deserialize, Serialize};

use crate::geo::{GeoError, LonLat};

/// WGS 84 semi-major axis, the sphere radius of EPSG:3857, in metres.
const EARTH_RADIUS_M: f64 = 6_378_137.0;

/// A position in CRS units, x east and y north.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// East, CRS units.
    pub x: f64,
    /// North, CRS units.
    pub y: f64,
}

/// A coordinate reference system that a grid may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Crs {
    /// EPSG:3857, WGS 84 / Pseudo-Mercator, metres on a sphere of 6,378,137 m.
    #[serde(rename = "EPSG:3857")]
    WebMercator,
}

impl Crs {
    /// The authority's name, for example `EPSG:3857`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::WebMercator => "EPSG:3857",
        }
    }

    /// The last latitude north and south that the CRS shows, in degrees.
    ///
    /// EPSG:3857 is cut where its map becomes a square: atan(sinh(pi)).
    #[must_use]
    pub const fn max_latitude_deg(self) -> f64 {
        match self {
            Self::WebMercator => 85.051_128_779_806_59,
        }
    }

    /// Degrees to CRS units. `field` names the request's field in an error.
    ///
    /// Formula: EPSG Guidance Note 7-2, section "Popular Visualisation Pseudo-Mercator" (method 1024).
    ///
    /// # Errors
    /// [`GeoError::Latitude`] beyond [`Crs::max_latitude_deg`].
    pub fn project(self, field: &'static str, at: LonLat) -> Result<Point, GeoError> {
        match self {
            Self::WebMercator => {
                let limit = self.max_latitude_deg();
                // A nano-degree of slack takes the corners that are written with eight decimals.
                if at.lat_deg().abs() > limit + 1e-9 {
                    return Err(GeoError::Latitude { field, value: at.lat_deg(), limit, crs: self.code() });
                }
                let lat = at.lat_deg().clamp(-limit, limit).to_radians();
                Ok(Point {
                    x: EARTH_RADIUS_M * at.lon_deg().to_radians(),
                    y: EARTH_RADIUS_M * lat.tan().asinh(),
                })
            }
        }
    }

    /// CRS units to degrees, as (longitude, latitude). The longitude is not wrapped.
    #[must_use]
    pub fn unproject(self, at: Point) -> (f64, f64) {
        match self {
            Self::WebMercator => {
                ((at.x / EARTH_RADIUS_M).to_degrees(), (at.y / EARTH_RADIUS_M).sinh().atan().to_degrees())
            }
        }
    }
}
