//! Figures of the earth, and the step from one datum to another.

use crate::geo::math::{atan2, cos, sin};

/// An ellipsoid of revolution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ellipsoid {
    /// Semi-major axis in metres.
    pub a_m: f64,
    /// Flattening.
    pub f: f64,
}

/// WGS 84 (EPSG:7030).
pub const WGS84: Ellipsoid = Ellipsoid { a_m: 6_378_137.0, f: 1.0 / 298.257_223_563 };
/// GRS 1980 (EPSG:7019).
pub const GRS80: Ellipsoid = Ellipsoid { a_m: 6_378_137.0, f: 1.0 / 298.257_222_101 };
/// Bessel 1841 (EPSG:7004).
pub const BESSEL: Ellipsoid = Ellipsoid { a_m: 6_377_397.155, f: 1.0 / 299.152_812_8 };

impl Ellipsoid {
    const fn e2(self) -> f64 {
        self.f * (2.0 - self.f)
    }

    /// Radians on the ellipsoid, height 0, to geocentric metres (EPSG Guidance Note 7-2, method 9602).
    fn geocentric(self, lon: f64, lat: f64) -> [f64; 3] {
        let s = sin(lat);
        let across = self.a_m / (1.0 - self.e2() * s * s).sqrt();
        [across * cos(lat) * cos(lon), across * cos(lat) * sin(lon), across * (1.0 - self.e2()) * s]
    }

    /// Geocentric metres near the ellipsoid to (longitude, latitude) in radians: Bowring, "Transformation from spatial to
    /// geographical coordinates", 1976, whose one step errs by less than 1e-14 rad there.
    fn geographic(self, [x, y, z]: [f64; 3]) -> (f64, f64) {
        let (e2, p) = (self.e2(), (x * x + y * y).sqrt());
        let b_m = self.a_m * (1.0 - self.f);
        let theta = atan2(z * self.a_m, p * b_m);
        let (s, c) = (sin(theta), cos(theta));
        let lat = atan2(z + e2 / (1.0 - e2) * b_m * s * s * s, p - e2 * self.a_m * c * c * c);
        (atan2(y, x), lat)
    }
}

/// Korean 1985 (on Bessel 1841) to WGS 84: EPSG "Korean 1985 to WGS 84 (1)", Molodensky-Badekas in the coordinate frame
/// convention (method 1034), accuracy 1 m, made for the land of South Korea.
mod korean_1985 {
    pub const SHIFT_M: [f64; 3] = [-145.907, 505.034, 685.756];
    pub const TURN_ARCSEC: [f64; 3] = [-1.162, 2.347, 1.592];
    pub const SCALE: f64 = 6.342e-6;
    pub const PIVOT_M: [f64; 3] = [-3_159_521.31, 4_068_151.32, 3_748_113.85];
}

/// A turn by small angles, coordinate frame convention; by their negatives with `sign` -1.
fn turned([x, y, z]: [f64; 3], sign: f64) -> [f64; 3] {
    let [rx, ry, rz] = korean_1985::TURN_ARCSEC.map(|arcsec| sign * (arcsec / 3600.0).to_radians());
    [x + rz * y - ry * z, y - rz * x + rx * z, z + ry * x - rx * y]
}

/// WGS 84 to Korean 1985, (longitude, latitude) in radians, on the surface.
pub fn to_korean_1985(lon: f64, lat: f64) -> (f64, f64) {
    use korean_1985::{PIVOT_M, SCALE, SHIFT_M};
    let at = WGS84.geocentric(lon, lat);
    let from_pivot: [f64; 3] = std::array::from_fn(|i| (at[i] - SHIFT_M[i] - PIVOT_M[i]) / (1.0 + SCALE));
    let back = turned(from_pivot, -1.0);
    BESSEL.geographic(std::array::from_fn(|i| back[i] + PIVOT_M[i]))
}

/// Korean 1985 to WGS 84, (longitude, latitude) in radians, on the surface.
pub fn from_korean_1985(lon: f64, lat: f64) -> (f64, f64) {
    use korean_1985::{PIVOT_M, SCALE, SHIFT_M};
    let at = BESSEL.geocentric(lon, lat);
    let there = turned(std::array::from_fn(|i| at[i] - PIVOT_M[i]), 1.0);
    WGS84.geographic(std::array::from_fn(|i| PIVOT_M[i] + SHIFT_M[i] + (1.0 + SCALE) * there[i]))
}
