//! True distances on the WGS 84 ellipsoid: the box of a circle, and how much ground a pixel covers.

use geographiclib_rs::{DirectGeodesic, Geodesic, InverseGeodesic};
use serde::Serialize;

use crate::geo::{Crs, Extent, GeoError, LonLat, Point};

/// All points within a true ground distance of a centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    centre: LonLat,
    radius_m: f64,
}

/// Azimuths tried before the extremes are refined: fine enough that each bracket holds one extreme.
const AZIMUTH_SAMPLES: u32 = 72;

impl Circle {
    /// Radii that make sense for one image, in metres.
    pub const RADIUS_M: (f64, f64) = (1.0, 5_000_000.0);

    /// A circle of `radius_m` metres of geodesic distance.
    ///
    /// # Errors
    /// [`GeoError::OutOfRange`] for a radius outside [`Circle::RADIUS_M`].
    pub fn new(centre: LonLat, radius_m: f64) -> Result<Self, GeoError> {
        let (min, max) = Self::RADIUS_M;
        if !(min..=max).contains(&radius_m) {
            return Err(GeoError::OutOfRange { field: "radius_m", value: radius_m, min, max });
        }
        Ok(Self { centre, radius_m })
    }

    /// The smallest box in the CRS that holds every point within the radius.
    ///
    /// The projection is continuous, so the box of the disc is the box of its rim; each side is found by
    /// sampling the rim and a golden-section search (error far below a millimetre: the rim is flat at an extreme).
    ///
    /// # Errors
    /// [`GeoError::Latitude`] and [`GeoError::OutsideCrs`] where it leaves the CRS; in one that shows the whole world side by
    /// side, [`GeoError::Latitude`] when it holds a pole, [`GeoError::Antimeridian`] when it crosses longitude 180.
    pub fn extent(&self, crs: Crs) -> Result<Extent, GeoError> {
        let wgs84 = Geodesic::wgs84();
        for pole in [-90.0, 90.0] {
            let distance_m: f64 = wgs84.inverse(self.centre.lat_deg(), self.centre.lon_deg(), pole, 0.0);
            if crs.is_cylindrical() && distance_m <= self.radius_m {
                return Err(GeoError::Latitude {
                    field: "radius_m",
                    value: pole,
                    limit: crs.max_latitude_deg(),
                    crs,
                });
            }
        }
        let rim = |azimuth_deg: f64| -> Result<Point, GeoError> {
            let (lat, mut lon) = rim_point(&wgs84, self.centre, azimuth_deg, self.radius_m);
            if lon.abs() > 180.0 && !crs.is_cylindrical() {
                lon -= 360f64.copysign(lon);
            }
            if lon.abs() > 180.0 {
                let reach = (lon - self.centre.lon_deg()).abs();
                return Err(GeoError::Antimeridian {
                    field: "radius_m",
                    west: self.centre.lon_deg() - reach,
                    east: self.centre.lon_deg() + reach,
                });
            }
            crs.project("radius_m", LonLat::new("radius_m", lon, lat)?)
        };
        around(&rim)
    }
}

/// The box of a rim that is given as a closed curve over 0 to 360, each quarter of which may begin with a corner.
pub(super) fn around(rim: &dyn Fn(f64) -> Result<Point, GeoError>) -> Result<Extent, GeoError> {
    Ok(Extent {
        min_x: -highest(&|at| rim(at).map(|p| -p.x))?,
        min_y: -highest(&|at| rim(at).map(|p| -p.y))?,
        max_x: highest(&|at| rim(at).map(|p| p.x))?,
        max_y: highest(&|at| rim(at).map(|p| p.y))?,
    })
}

/// The (latitude, longitude) at a distance from the centre; the longitude runs on past 180 instead of wrapping.
fn rim_point(wgs84: &Geodesic, centre: LonLat, azimuth_deg: f64, distance_m: f64) -> (f64, f64) {
    let (lat, lon): (f64, f64) = wgs84.direct(centre.lat_deg(), centre.lon_deg(), azimuth_deg, distance_m);
    let turn = (lon - centre.lon_deg() + 540.0).rem_euclid(360.0) - 180.0;
    (lat, centre.lon_deg() + turn)
}

/// The highest value of a function of the azimuth: by samples, and a golden-section search beside the best of them.
fn highest(value: &dyn Fn(f64) -> Result<f64, GeoError>) -> Result<f64, GeoError> {
    let step = 360.0 / f64::from(AZIMUTH_SAMPLES);
    let mut best = (f64::NEG_INFINITY, 0.0);
    for sample in 0..AZIMUTH_SAMPLES {
        let azimuth = f64::from(sample) * step;
        let here = value(azimuth)?;
        if here > best.0 {
            best = (here, azimuth);
        }
    }
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (best.1 - step, best.1 + step);
    while high - low > 1e-7 {
        let (a, b) = (high - golden * (high - low), low + golden * (high - low));
        if value(a)? > value(b)? {
            high = b;
        } else {
            low = a;
        }
    }
    Ok(best.0.max(value((low + high) / 2.0)?))
}

/// How many metres of ground one pixel covers at a place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GroundResolution {
    /// Metres per pixel along the parallel.
    pub east_m: f64,
    /// Metres per pixel along the meridian.
    pub north_m: f64,
}

/// The ground that a pixel of `resolution` CRS units covers around a point of the CRS; NaN where the CRS shows nothing.
///
/// Measured with geodesics over a hundred metres in each direction (Web Mercator is not conformal on the ellipsoid, so
/// the two differ by up to 0.7 %).
#[must_use]
pub fn ground_resolution(crs: Crs, at: Point, resolution: f64) -> GroundResolution {
    let wgs84 = Geodesic::wgs84();
    let half = 50.0 / crs.metres_per_unit();
    // Not across a pole or the edge of the map.
    let domain = crs.domain();
    let inward = |v: f64, low: f64, high: f64| v.max(low + half).min(high - half);
    let (x, y) = (inward(at.x, domain.min_x, domain.max_x), inward(at.y, domain.min_y, domain.max_y));
    let metres = |dx: f64, dy: f64| -> f64 {
        let (lon_1, lat_1) = crs.unproject(Point { x: x - dx, y: y - dy });
        let (lon_2, lat_2) = crs.unproject(Point { x: x + dx, y: y + dy });
        let distance_m: f64 = wgs84.inverse(lat_1, lon_1, lat_2, lon_2);
        distance_m / (2.0 * half) * resolution
    };
    GroundResolution { east_m: metres(half, 0.0), north_m: metres(0.0, half) }
}
