//! How much ground a pixel should cover.

use crate::geo::{Area, Crs, GeoError, TileGrid, ground_resolution};

/// The scale that a caller asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// A level of the grid.
    Zoom(u8),
    /// Metres of ground per pixel in the middle of the area: the coarsest level that is at least as fine is taken.
    ResolutionM(f64),
}

impl Scale {
    /// Ground resolutions that make sense, metres per pixel.
    pub const RESOLUTION_M: (f64, f64) = (0.001, 200_000.0);

    /// Units of a CRS a pixel, where no level is to be kept to: as many metres as are asked for, where the CRS has metres that
    /// are meant to be measured in; else what covers that much ground in the middle of the area.
    ///
    /// # Errors
    /// [`GeoError::NoLevels`] for a zoom, [`GeoError::OutOfRange`] for a resolution that is nonsense.
    pub fn resolution_in(self, crs: Crs, area: &Area) -> Result<f64, GeoError> {
        let Self::ResolutionM(wanted_m) = self else { return Err(GeoError::NoLevels { crs }) };
        let (min, max) = Self::RESOLUTION_M;
        if !(min..=max).contains(&wanted_m) {
            return Err(GeoError::OutOfRange { field: "resolution_m", value: wanted_m, min, max });
        }
        if !crs.is_cylindrical() {
            return Ok(wanted_m);
        }
        let unit = ground_resolution(crs, crs.project("center", area.centre())?, 1.0);
        Ok(wanted_m / unit.east_m.max(unit.north_m))
    }

    /// The level to render, of those from `first` to `last`.
    ///
    /// # Errors
    /// [`GeoError::Level`] when a zoom is outside, [`GeoError::OutOfRange`] when no level is that fine or the
    /// resolution is nonsense.
    pub fn level(self, grid: &TileGrid, (first, last): (u8, u8), area: &Area) -> Result<u8, GeoError> {
        match self {
            Self::Zoom(level) if (first..=last).contains(&level) => grid.resolution(level).map(|_| level),
            Self::Zoom(level) => Err(grid.no_level(level, (first, last))),
            Self::ResolutionM(wanted_m) => {
                let (min, max) = Self::RESOLUTION_M;
                if !(min..=max).contains(&wanted_m) {
                    return Err(GeoError::OutOfRange { field: "resolution_m", value: wanted_m, min, max });
                }
                let centre = grid.crs().project("center", area.centre())?;
                let unit = ground_resolution(grid.crs(), centre, 1.0);
                let unit_m = unit.east_m.max(unit.north_m);
                let mut finest_m = f64::INFINITY;
                for (level, resolution) in grid.coarse_to_fine() {
                    if (first..=last).contains(&level) {
                        finest_m = resolution * unit_m;
                        if finest_m <= wanted_m {
                            return Ok(level);
                        }
                    }
                }
                Err(GeoError::OutOfRange { field: "resolution_m", value: wanted_m, min: finest_m, max })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::LonLat;

    #[test]
    fn a_resolution_takes_the_coarsest_level_that_is_fine_enough() {
        let grid = TileGrid::named("webmercator-xyz", 256).unwrap();
        let seoul = Area::radius(LonLat::new("center", 126.978, 37.5665).unwrap(), 1000.0).unwrap();
        // On the ground at Seoul level 16 has 1.896 m east-west and 1.888 north-south (grid-vectors.json).
        let level = |m: f64| Scale::ResolutionM(m).level(&grid, (0, 19), &seoul);
        assert_eq!(level(1.90), Ok(16));
        assert_eq!(level(1.89), Ok(17));
        assert_eq!(level(150_000.0), Ok(0));
        assert!(matches!(level(0.1), Err(GeoError::OutOfRange { field: "resolution_m", .. })));
        assert!(matches!(level(f64::NAN), Err(GeoError::OutOfRange { .. })));
        assert_eq!(Scale::Zoom(19).level(&grid, (0, 19), &seoul), Ok(19));
        assert!(matches!(
            Scale::Zoom(20).level(&grid, (0, 19), &seoul),
            Err(GeoError::Level { level: 20, max: 19, .. })
        ));
    }
}
