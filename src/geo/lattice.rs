//! Pixels without end: what grids' levels, images and maps of a WMS have in common.

use serde::{Deserialize, Serialize};

use crate::geo::{Crs, GeoError, GeoTransform, PixelWindow, Point, TileGrid};

/// A lattice of square pixels that counts eastward and downward from an origin.
///
/// # Guarantees
/// The origin is finite; the resolution is a positive, finite number. Deserialising checks it too.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredLattice", into = "StoredLattice")]
pub struct Lattice {
    crs: Crs,
    corner: GeoTransform,
}

/// A lattice as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredLattice {
    crs: Crs,
    corner: GeoTransform,
}

impl TryFrom<StoredLattice> for Lattice {
    type Error = GeoError;

    fn try_from(StoredLattice { crs, corner }: StoredLattice) -> Result<Self, GeoError> {
        Self::new(crs, Point { x: corner.origin_x, y: corner.origin_y }, corner.resolution)
    }
}

impl From<Lattice> for StoredLattice {
    fn from(Lattice { crs, corner }: Lattice) -> Self {
        Self { crs, corner }
    }
}

/// Lattices whose pixels are nearer than this, in pixels, coincide.
const NEAR_PX: f64 = 1e-6;

impl Lattice {
    /// The pixels of a CRS from an origin on, CRS units a pixel.
    ///
    /// # Errors
    /// [`GeoError::OutOfRange`] for a resolution that is none, or an origin that is no place.
    pub fn new(crs: Crs, origin: Point, resolution: f64) -> Result<Self, GeoError> {
        /// Beyond every map and every pixel.
        const MOST: f64 = 1e12;
        if !(resolution > 1e-12 && resolution < MOST) {
            return Err(GeoError::OutOfRange {
                field: "resolution",
                value: resolution,
                min: 1e-12,
                max: MOST,
            });
        }
        for value in [origin.x, origin.y] {
            if !(-MOST..MOST).contains(&value) {
                return Err(GeoError::OutOfRange { field: "origin", value, min: -MOST, max: MOST });
            }
        }
        Ok(Self { crs, corner: GeoTransform { origin_x: origin.x, origin_y: origin.y, resolution } })
    }

    /// The pixels of a level of a grid.
    ///
    /// # Errors
    /// [`GeoError::Level`].
    pub fn of_grid(grid: &TileGrid, level: u8) -> Result<Self, GeoError> {
        Self::new(grid.crs(), grid.origin(), grid.resolution(level)?)
    }

    /// The CRS.
    #[must_use]
    pub const fn crs(&self) -> Crs {
        self.crs
    }

    /// CRS units per pixel.
    #[must_use]
    pub const fn resolution(&self) -> f64 {
        self.corner.resolution
    }

    /// The CRS, and where pixel (0, 0) begins: what [`crate::geo::LatticeMap`] takes.
    #[must_use]
    pub const fn place(&self) -> (Crs, GeoTransform) {
        (self.crs, self.corner)
    }

    /// The place of a point, in fractional pixels east and south of the origin.
    #[must_use]
    pub fn px(&self, at: Point) -> (f64, f64) {
        let GeoTransform { origin_x, origin_y, resolution } = self.corner;
        ((at.x - origin_x) / resolution, (origin_y - at.y) / resolution)
    }

    /// Where the pixels of a window lie on the ground.
    #[must_use]
    pub fn transform(&self, window: &PixelWindow) -> GeoTransform {
        let corner = self.corner.corner(window.left_px() as f64, window.top_px() as f64);
        GeoTransform { origin_x: corner.x, origin_y: corner.y, ..self.corner }
    }

    /// What to add to a pixel's (column, row) to get its place on another lattice, where the pixels of the two coincide.
    #[must_use]
    pub fn shift_to(&self, other: &Self) -> Option<(i64, i64)> {
        let same = self.crs == other.crs && (self.resolution() / other.resolution() - 1.0).abs() < 1e-12;
        if !same {
            return None;
        }
        let (x, y) = other.px(Point { x: self.corner.origin_x, y: self.corner.origin_y });
        let whole = |v: f64| ((v - v.round()).abs() < NEAR_PX).then_some(v.round() as i64);
        Some((whole(x)?, whole(y)?))
    }

    /// Where the CRS shows something, in whole pixels: left, top, right, bottom.
    #[must_use]
    pub fn bounds_px(&self) -> (i64, i64, i64, i64) {
        let domain = self.crs.domain();
        let (left, top) = self.px(Point { x: domain.min_x, y: domain.max_y });
        let (right, bottom) = self.px(Point { x: domain.max_x, y: domain.min_y });
        // The edge of the world lies on the edge of a pixel, but for rounding.
        let (first, last) = (|v: f64| (v + NEAR_PX).floor() as i64, |v: f64| (v - NEAR_PX).ceil() as i64);
        (first(left), first(top), last(right), last(bottom))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_no_lattice() {
        let origin = Point { x: 0.0, y: 0.0 };
        for resolution in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-13] {
            assert!(Lattice::new(Crs::WGS84, origin, resolution).is_err(), "{resolution}");
        }
        for x in [f64::NAN, f64::INFINITY, 1e13] {
            assert!(Lattice::new(Crs::WGS84, Point { x, y: 0.0 }, 1.0).is_err(), "{x}");
        }
        let stored = r#"{"crs":"EPSG:5181","corner":{"origin_x":0,"origin_y":0,"resolution":0}}"#;
        assert!(serde_json::from_str::<Lattice>(stored).is_err());
    }

    #[test]
    fn lattices_of_xyz_and_tms_and_large_tiles_coincide() {
        let of = |id: &str, size: u32, level: u8| {
            Lattice::of_grid(&TileGrid::named(id, size).unwrap(), level).unwrap()
        };
        let xyz = of("webmercator-xyz", 256, 7);
        assert_eq!(xyz.shift_to(&xyz), Some((0, 0)));
        assert_eq!(xyz.shift_to(&of("webmercator-tms", 256, 7)), Some((0, -(256 << 7))));
        assert_eq!(of("webmercator-tms", 256, 7).shift_to(&xyz), Some((0, 256 << 7)));
        assert_eq!(xyz.shift_to(&of("webmercator-xyz", 512, 6)), Some((0, 0)));
        assert_eq!(xyz.shift_to(&of("webmercator-xyz", 512, 7)), None);
        assert_eq!(xyz.bounds_px(), (0, 0, 256 << 7, 256 << 7));
        let half = Lattice::new(xyz.crs(), Point { x: 0.5, y: 0.0 }, 1.0).unwrap();
        assert_eq!(Lattice::new(xyz.crs(), Point { x: 0.0, y: 0.0 }, 1.0).unwrap().shift_to(&half), None);
    }
}
