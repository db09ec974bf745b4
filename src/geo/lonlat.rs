//! A point on the ground.

use crate::geo::GeoError;

/// A longitude and latitude in degrees, WGS 84 (EPSG:4326 in x, y order).
///
/// # Guarantees
/// Both are finite; longitude is within [-180, 180], latitude within [-90, 90].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LonLat {
    lon_deg: f64,
    lat_deg: f64,
}

impl LonLat {
    /// Checks and wraps a pair of degrees.
    ///
    /// # Errors
    /// [`GeoError::OutOfRange`] naming `field` when either is not finite or outside its range.
    pub fn new(field: &'static str, lon_deg: f64, lat_deg: f64) -> Result<Self, GeoError> {
        let check = |value: f64, bound: f64| {
            if value.is_finite() && value.abs() <= bound {
                Ok(())
            } else {
                Err(GeoError::OutOfRange { field, value, min: -bound, max: bound })
            }
        };
        check(lon_deg, 180.0)?;
        check(lat_deg, 90.0)?;
        Ok(Self { lon_deg, lat_deg })
    }

    /// Longitude in degrees, east positive.
    #[must_use]
    pub const fn lon_deg(self) -> f64 {
        self.lon_deg
    }

    /// Latitude in degrees, north positive.
    #[must_use]
    pub const fn lat_deg(self) -> f64 {
        self.lat_deg
    }
}
