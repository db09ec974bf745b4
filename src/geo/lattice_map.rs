//! From the pixels of one lattice to those of another.

use crate::geo::projection::Projection;
use crate::geo::{Crs, GeoTransform};

/// Where the pixels of one lattice lie on another, exactly: through longitude and latitude where the CRSs differ.
///
/// Places are fractional pixels from the corner of each transform's origin, x to the right and y down; (0.5, 0.5) is the
/// middle of the first pixel.
#[derive(Debug, Clone)]
pub struct LatticeMap {
    from: GeoTransform,
    to: GeoTransform,
    /// `None` within one CRS.
    through: Option<(Projection, Projection)>,
}

impl LatticeMap {
    /// The map from one lattice to another, each a CRS and where its pixels lie.
    #[must_use]
    pub fn new((from_crs, from): (Crs, GeoTransform), (to_crs, to): (Crs, GeoTransform)) -> Self {
        let through = (from_crs != to_crs).then(|| (Projection::of(from_crs), Projection::of(to_crs)));
        Self { from, to, through }
    }

    /// Places on the first lattice to places on the second, all in place. NaN where the one CRS shows nothing or the other
    /// cannot show it; the longitude 180 is a jump where it is an edge of the second alone.
    pub fn map_all(&self, places: &mut [(f64, f64)]) {
        let (from, to) = (&self.from, &self.to);
        let Some((unproject, project)) = &self.through else {
            let scale = from.resolution / to.resolution;
            let (x, y) = (
                (from.origin_x - to.origin_x) / to.resolution,
                (to.origin_y - from.origin_y) / to.resolution,
            );
            for place in places {
                *place = (x + place.0 * scale, y + place.1 * scale);
            }
            return;
        };
        for place in places {
            let at = from.corner(place.0, place.1);
            let (x, y) = project.project(unproject.unproject((at.x, at.y)));
            *place = ((x - to.origin_x) / to.resolution, (to.origin_y - y) / to.resolution);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::LonLat;

    fn lattice(epsg: u16, lon: f64, lat: f64, resolution: f64) -> (Crs, GeoTransform) {
        let crs = Crs::from_epsg(epsg).unwrap();
        let at = crs.project("center", LonLat::new("center", lon, lat).unwrap()).unwrap();
        (crs, GeoTransform { origin_x: at.x, origin_y: at.y, resolution })
    }

    #[test]
    fn a_place_has_one_pixel_on_each_lattice() {
        // Busan city hall, which both lattices begin at, and 3 km from there.
        let kakao = lattice(5181, 129.0756, 35.1796, 0.5);
        for other in [(3857, 1.19), (4326, 5e-6), (5179, 0.51), (32652, 0.5), (5174, 0.5)] {
            let mercator = lattice(other.0, 129.0756, 35.1796, other.1);
            let (there, back) = (LatticeMap::new(kakao, mercator), LatticeMap::new(mercator, kakao));
            let mut places = [(0.0, 0.0), (6000.0, 0.0), (0.5, 5999.5)];
            there.map_all(&mut places);
            // An origin that went through Korean 1985 comes back 3 mm away.
            assert!(places[0].0.abs() < 0.01 && places[0].1.abs() < 0.01, "{other:?} {places:?}");
            assert!(places[1].0 > 100.0 && places[2].1 > 100.0);
            back.map_all(&mut places);
            for (place, was) in places.iter().zip([(0.0, 0.0), (6000.0, 0.0), (0.5, 5999.5)]) {
                assert!((place.0 - was.0).abs() < 0.01 && (place.1 - was.1).abs() < 0.01, "{place:?}");
            }
        }
    }

    #[test]
    fn within_one_crs_pixels_move_and_scale() {
        let coarse = lattice(3857, 126.0, 37.0, 4.0);
        let fine =
            (coarse.0, GeoTransform { origin_x: coarse.1.origin_x - 8.0, resolution: 2.0, ..coarse.1 });
        let map = LatticeMap::new(coarse, fine);
        let mut places = [(0.0, 0.0), (0.5, 0.5), (1e6, -3.0)];
        map.map_all(&mut places);
        assert_eq!(places, [(4.0, 0.0), (5.0, 1.0), (2e6 + 4.0, -6.0)]);
    }

    #[test]
    fn what_cannot_be_shown_is_nan() {
        let world = (Crs::WGS84, GeoTransform { origin_x: -180.0, origin_y: 90.0, resolution: 1.0 });
        let map = LatticeMap::new(world, lattice(5181, 127.0, 38.0, 1.0));
        let mut places = [(0.0, 90.0), (307.0, 52.0), (307.0, -1.0), (f64::NAN, 0.0), (f64::INFINITY, 0.0)];
        map.map_all(&mut places);
        assert!(places[1].0.abs() < 1e-6 && places[1].1.abs() < 1e-6);
        for (index, (x, y)) in places.iter().enumerate().filter(|(index, _)| *index != 1) {
            assert!(x.is_nan() && y.is_nan(), "{index}");
        }
    }
}
