//! What a caller asks to see, and the exact pixels that show it.

use crate::geo::geodesic::around;
use crate::geo::{Circle, Crs, Extent, GeoError, LonLat, PixelWindow, Point, TileGrid};

/// An area, in one of the three ways a caller may give it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Area {
    /// Everything within a true ground distance of a centre.
    Radius(Circle, LonLat),
    /// A box between two corners (south-west, north-east).
    Box(LonLat, LonLat),
    /// A number of pixels around a centre.
    Size {
        /// The place in the middle of the image, to half a pixel.
        centre: LonLat,
        /// Width in pixels.
        width_px: u32,
        /// Height in pixels.
        height_px: u32,
    },
}

impl Area {
    /// The area within `radius_m` metres of ground distance of a centre.
    ///
    /// # Errors
    /// [`GeoError::OutOfRange`] for a bad radius.
    pub fn radius(centre: LonLat, radius_m: f64) -> Result<Self, GeoError> {
        Ok(Self::Radius(Circle::new(centre, radius_m)?, centre))
    }

    /// The box from west to east and south to north, in degrees.
    ///
    /// # Errors
    /// [`GeoError::OutOfRange`], [`GeoError::Antimeridian`] when west is east of east,
    /// [`GeoError::EmptyBox`] when it has no inside.
    pub fn bbox([west, south, east, north]: [f64; 4]) -> Result<Self, GeoError> {
        let corner_sw = LonLat::new("bbox", west, south)?;
        let corner_ne = LonLat::new("bbox", east, north)?;
        if west > east {
            return Err(GeoError::Antimeridian { field: "bbox", west, east });
        }
        for (axis, low, high) in [("longitudes", west, east), ("latitudes", south, north)] {
            if low >= high {
                return Err(GeoError::EmptyBox { axis, low, high });
            }
        }
        Ok(Self::Box(corner_sw, corner_ne))
    }

    /// A number of pixels around a centre.
    ///
    /// # Errors
    /// [`GeoError::OutOfRange`] for a side of zero or beyond [`PixelWindow::MAX_SIDE_PX`].
    pub fn size(centre: LonLat, width_px: u32, height_px: u32) -> Result<Self, GeoError> {
        for side in [width_px, height_px] {
            if side == 0 || side > PixelWindow::MAX_SIDE_PX {
                let max = f64::from(PixelWindow::MAX_SIDE_PX);
                return Err(GeoError::OutOfRange { field: "size_px", value: side.into(), min: 1.0, max });
            }
        }
        Ok(Self::Size { centre, width_px, height_px })
    }

    /// The place in the middle of the area.
    #[must_use]
    pub fn centre(&self) -> LonLat {
        match self {
            Self::Radius(_, centre) | Self::Size { centre, .. } => *centre,
            Self::Box(sw, ne) => {
                let mid = |a: f64, b: f64| (a + b) / 2.0;
                // The middle of two valid points is valid, so the fallback is never taken.
                LonLat::new("bbox", mid(sw.lon_deg(), ne.lon_deg()), mid(sw.lat_deg(), ne.lat_deg()))
                    .unwrap_or(*sw)
            }
        }
    }

    /// The smallest window of whole pixels at a level that shows the area; for [`Area::Size`] the window of
    /// exactly that size whose middle is nearest to the centre.
    ///
    /// # Errors
    /// [`GeoError::Latitude`], [`GeoError::Antimeridian`] and [`GeoError::OutsideCrs`] where the area leaves the map,
    /// [`GeoError::Level`], [`GeoError::WindowSize`].
    pub fn window(&self, grid: &TileGrid, level: u8) -> Result<PixelWindow, GeoError> {
        let crs = grid.crs();
        let covering = |extent: Extent| {
            let (left, top) = grid.lattice_px(level, Point { x: extent.min_x, y: extent.max_y })?;
            let (right, bottom) = grid.lattice_px(level, Point { x: extent.max_x, y: extent.min_y })?;
            PixelWindow::covering(left, top, right, bottom)
        };
        match self {
            Self::Radius(circle, _) => covering(circle.extent(crs)?),
            Self::Box(sw, ne) => covering(box_extent(crs, *sw, *ne)?),
            Self::Size { centre, width_px, height_px } => {
                let (x, y) = grid.lattice_px(level, crs.project("center", *centre)?)?;
                let first = |middle: f64, side: u32| (middle - f64::from(side) / 2.0).round() as i64;
                let window =
                    PixelWindow::new(first(x, *width_px), first(y, *height_px), *width_px, *height_px)?;
                on_the_map(grid, level, window)
            }
        }
    }
}

/// The smallest box in the CRS that holds a box of degrees. Meridians and parallels are curves in most CRSs, so that its
/// corners are not enough.
fn box_extent(crs: Crs, sw: LonLat, ne: LonLat) -> Result<Extent, GeoError> {
    if crs.is_cylindrical() {
        let (low, high) = (crs.project("bbox", sw)?, crs.project("bbox", ne)?);
        return Ok(Extent { min_x: low.x, min_y: low.y, max_x: high.x, max_y: high.y });
    }
    let (west, south, east, north) = (sw.lon_deg(), sw.lat_deg(), ne.lon_deg(), ne.lat_deg());
    let corners = [(west, south), (east, south), (east, north), (west, north), (west, south)];
    around(&|at| {
        // A quarter of the turn for each edge.
        let (edge, t) = ((at.rem_euclid(360.0) / 90.0).floor(), at.rem_euclid(90.0) / 90.0);
        let along = |from: f64, to: f64| from + (to - from) * t;
        let [(lon_1, lat_1), (lon_2, lat_2)] = match corners.get(edge as usize..edge as usize + 2) {
            Some([a, b]) => [*a, *b],
            _ => [corners[0]; 2],
        };
        crs.project("bbox", LonLat::new("bbox", along(lon_1, lon_2), along(lat_1, lat_2))?)
    })
}

/// Refuses a window that leaves the map, saying where.
fn on_the_map(grid: &TileGrid, level: u8, window: PixelWindow) -> Result<PixelWindow, GeoError> {
    let crs = grid.crs();
    let (left, top, right, bottom) = grid.bounds_px(level)?;
    let extent = grid.transform(level, &window)?.extent(window.width_px(), window.height_px());
    let beside = window.left_px() < left || window.right_px() > right;
    let beyond = window.top_px() < top || window.bottom_px() > bottom;
    let (south, north) = (extent.min_y, extent.max_y);
    let latitude = if window.top_px() < top { north } else { south };
    let (west, _) = crs.unproject(Point { x: extent.min_x, y: 0.0 });
    let (east, _) = crs.unproject(Point { x: extent.max_x, y: 0.0 });
    let (_, value) = crs.unproject(Point { x: 0.0, y: latitude });
    let limit = crs.max_latitude_deg();
    match crs.is_cylindrical() {
        true if beside => Err(GeoError::Antimeridian { field: "size_px", west, east }),
        // A latitude above 90 is none, but it says how far.
        true if beyond => {
            let value = if value.is_nan() { latitude } else { value };
            Err(GeoError::Latitude { field: "size_px", value, limit, crs })
        }
        false if beside || beyond => {
            let (x, y) = ((extent.min_x + extent.max_x) / 2.0, (south + north) / 2.0);
            let (lon, lat) = crs.unproject(Point { x, y });
            Err(GeoError::OutsideCrs { field: "size_px", lon, lat, crs })
        }
        _ => Ok(window),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Crs;

    fn xyz() -> TileGrid {
        TileGrid::named("webmercator-xyz", 256).unwrap()
    }

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new("center", lon, lat).unwrap()
    }

    #[test]
    fn a_size_is_exact_and_centred_to_half_a_pixel() {
        for (w, h) in [(1, 1), (999, 1000), (5000, 4001)] {
            let area = Area::Size { centre: at(126.978, 37.5665), width_px: w, height_px: h };
            let window = area.window(&xyz(), 16).unwrap();
            assert_eq!((window.width_px(), window.height_px()), (w, h));
            let point = Crs::WEB_MERCATOR.project("center", at(126.978, 37.5665)).unwrap();
            let (x, y) = xyz().lattice_px(16, point).unwrap();
            assert!((window.left_px() as f64 + f64::from(w) / 2.0 - x).abs() <= 0.5);
            assert!((window.top_px() as f64 + f64::from(h) / 2.0 - y).abs() <= 0.5);
        }
    }

    #[test]
    fn a_box_on_tile_edges_is_those_tiles_and_no_pixel_more() {
        let grid = xyz();
        let e = grid.tile_extent(crate::geo::TileCoord { z: 16, x: 55883, y: 25380 }).unwrap();
        let (west, south) = grid.crs().unproject(Point { x: e.min_x, y: e.min_y });
        let (east, north) = grid.crs().unproject(Point { x: e.max_x, y: e.max_y });
        let window = Area::bbox([west, south, east, north]).unwrap().window(&grid, 16).unwrap();
        assert_eq!((window.left_px(), window.top_px()), (55883 * 256, 25380 * 256));
        assert_eq!((window.width_px(), window.height_px()), (256, 256));
    }

    #[test]
    fn a_box_between_pixels_is_covered_whole() {
        let grid = xyz();
        let window = Area::bbox([126.97, 37.56, 126.99, 37.575]).unwrap().window(&grid, 16).unwrap();
        let e = grid.transform(16, &window).unwrap().extent(window.width_px(), window.height_px());
        let (west, south) = grid.crs().unproject(Point { x: e.min_x, y: e.min_y });
        let (east, north) = grid.crs().unproject(Point { x: e.max_x, y: e.max_y });
        assert!(west <= 126.97 && east >= 126.99 && south <= 37.56 && north >= 37.575);
    }

    #[test]
    fn the_antimeridian_is_refused() {
        let crosses = |r: Result<PixelWindow, GeoError>| matches!(r, Err(GeoError::Antimeridian { .. }));
        assert!(matches!(Area::bbox([179.0, 0.0, -179.0, 1.0]), Err(GeoError::Antimeridian { .. })));
        assert!(crosses(Area::radius(at(179.999, 10.0), 5000.0).unwrap().window(&xyz(), 12)));
        assert!(crosses(Area::radius(at(-179.999, -10.0), 5000.0).unwrap().window(&xyz(), 12)));
        assert!(crosses(
            Area::Size { centre: at(179.999, 0.0), width_px: 512, height_px: 512 }.window(&xyz(), 12)
        ));
    }

    #[test]
    fn latitudes_beyond_the_map_are_refused() {
        let beyond = |r: Result<PixelWindow, GeoError>| matches!(r, Err(GeoError::Latitude { .. }));
        assert!(beyond(Area::bbox([0.0, 80.0, 1.0, 86.0]).unwrap().window(&xyz(), 5)));
        assert!(beyond(Area::radius(at(0.0, 85.0), 10_000.0).unwrap().window(&xyz(), 10)));
        assert!(beyond(Area::radius(at(0.0, 89.0), 1_000_000.0).unwrap().window(&xyz(), 3)));
        assert!(beyond(
            Area::Size { centre: at(0.0, 85.0), width_px: 2000, height_px: 2000 }.window(&xyz(), 8)
        ));
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        assert!(matches!(
            Area::bbox([1.0, 0.0, 1.0, 2.0]),
            Err(GeoError::EmptyBox { axis: "longitudes", .. })
        ));
        assert!(matches!(
            Area::bbox([1.0, 3.0, 2.0, 2.0]),
            Err(GeoError::EmptyBox { axis: "latitudes", .. })
        ));
        assert!(matches!(Area::bbox([f64::NAN, 0.0, 1.0, 2.0]), Err(GeoError::OutOfRange { .. })));
        for radius in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert!(matches!(
                Area::radius(at(0.0, 0.0), radius),
                Err(GeoError::OutOfRange { field: "radius_m", .. })
            ));
        }
        assert!(matches!(Area::size(at(0.0, 0.0), 0, 5), Err(GeoError::OutOfRange { field: "size_px", .. })));
        let window = Area::Size { centre: at(0.0, 0.0), width_px: 0, height_px: 5 }.window(&xyz(), 3);
        assert!(matches!(window, Err(GeoError::WindowSize { .. })));
        assert!(matches!(xyz().resolution(25), Err(GeoError::Level { level: 25, .. })));
    }
}
