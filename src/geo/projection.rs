//! The formula behind each EPSG code.

use crate::geo::ellipsoid::{BESSEL, GRS80, WGS84, from_korean_1985, to_korean_1985};
use crate::geo::math::{asinh, atan2, cos, sin, sinh};
use crate::geo::transverse_mercator::{Series, TransverseMercator};
use crate::geo::{Crs, Extent};

static WGS84_SERIES: Series = Series::new(WGS84);
static GRS80_SERIES: Series = Series::new(GRS80);
static BESSEL_SERIES: Series = Series::new(BESSEL);

/// Half the side of the Web Mercator square: pi times the radius of EPSG:3857, in metres.
pub const MERCATOR_HALF_M: f64 = 20_037_508.342_789_244;

/// A formula with its numbers, to be made once for many points.
#[derive(Debug, Clone, Copy)]
pub enum Projection {
    /// "Popular Visualisation Pseudo-Mercator" (EPSG Guidance Note 7-2, method 1024).
    WebMercator,
    /// Degrees as they are.
    Degrees,
    /// Transverse Mercator on WGS 84 or what is taken as it.
    TransverseMercator(TransverseMercator),
    /// Transverse Mercator on Korean 1985.
    Korean1985(TransverseMercator),
}

impl Projection {
    pub fn of(crs: Crs) -> Self {
        /// The "modified" belts begin 10.405 seconds further east: the longitude of the Tokyo observatory was corrected.
        const MODIFIED_DEG: f64 = 10.405 / 3600.0;
        const UNIFIED: (f64, (f64, f64)) = (0.9996, (1e6, 2e6));
        const BELT: (f64, (f64, f64)) = (1.0, (2e5, 5e5));
        const JEJU: (f64, (f64, f64)) = (1.0, (2e5, 5.5e5));
        const BELT_2010: (f64, (f64, f64)) = (1.0, (2e5, 6e5));
        let epsg = crs.epsg();
        let zone = |series, lon_0: f64, lat_0: f64, (scale, offset): (f64, (f64, f64))| {
            TransverseMercator::new(series, (lon_0, lat_0), scale, offset)
        };
        let kgd2002 = |lon_0, with| Self::TransverseMercator(zone(&GRS80_SERIES, lon_0, 38.0, with));
        let bessel = |lon_0, with| Self::Korean1985(zone(&BESSEL_SERIES, lon_0, 38.0, with));
        let utm = |first, north| {
            let lon_0 = f64::from(epsg - first) * 6.0 - 177.0;
            Self::TransverseMercator(zone(&WGS84_SERIES, lon_0, 0.0, (0.9996, (5e5, north))))
        };
        match epsg {
            4326 => Self::Degrees,
            5179 => kgd2002(127.5, UNIFIED),
            5180 => kgd2002(125.0, BELT),
            5181 => kgd2002(127.0, BELT),
            5182 => kgd2002(127.0, JEJU),
            5183 => kgd2002(129.0, BELT),
            5184 => kgd2002(131.0, BELT),
            5185..=5188 => kgd2002(125.0 + 2.0 * f64::from(epsg - 5185), BELT_2010),
            2096 => bessel(129.0, BELT),
            2097 => bessel(127.0, BELT),
            2098 => bessel(125.0, BELT),
            5167 => bessel(131.0, BELT),
            5168 => bessel(127.0, JEJU),
            5173 => bessel(125.0 + MODIFIED_DEG, BELT),
            5174 => bessel(127.0 + MODIFIED_DEG, BELT),
            5175 => bessel(127.0 + MODIFIED_DEG, JEJU),
            5176 => bessel(129.0 + MODIFIED_DEG, BELT),
            5177 => bessel(131.0 + MODIFIED_DEG, BELT),
            5178 => bessel(127.5, UNIFIED),
            32601..=32660 => utm(32601, 0.0),
            32701..=32760 => utm(32701, 1e7),
            _ => Self::WebMercator,
        }
    }

    /// Degrees to CRS units; NaN where there are none.
    pub fn project(&self, (lon_deg, lat_deg): (f64, f64)) -> (f64, f64) {
        if lat_deg.is_nan() || lat_deg.abs() > 90.0 {
            return (f64::NAN, f64::NAN);
        }
        let (lon, lat) = (lon_deg.to_radians(), lat_deg.to_radians());
        match self {
            Self::WebMercator => {
                let y = WGS84.a_m * asinh(sin(lat) / cos(lat));
                // The poles are infinitely far, and what is near them is nobody's map.
                (WGS84.a_m * lon, if y.abs() < 2.0 * MERCATOR_HALF_M { y } else { f64::NAN })
            }
            Self::Degrees => (lon_deg, lat_deg),
            Self::TransverseMercator(zone) => zone.forward(lon, lat),
            Self::Korean1985(zone) => {
                let (lon, lat) = to_korean_1985(lon, lat);
                zone.forward(lon, lat)
            }
        }
    }

    /// CRS units to degrees; NaN where there are none.
    pub fn unproject(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (lon, lat) = match self {
            Self::WebMercator => (x / WGS84.a_m, atan2(sinh(y / WGS84.a_m), 1.0)),
            Self::Degrees => return (x, if y.abs() <= 90.0 { y } else { f64::NAN }),
            Self::TransverseMercator(zone) => zone.inverse(x, y),
            Self::Korean1985(zone) => {
                let (lon, lat) = zone.inverse(x, y);
                from_korean_1985(lon, lat)
            }
        };
        let (lon, lat) = (lon.to_degrees(), lat.to_degrees());
        match self {
            Self::WebMercator => (lon, lat),
            // A zone at the edge of the world goes on beyond longitude 180.
            _ if lon > 180.0 => (lon - 360.0, lat),
            _ if lon < -180.0 => (lon + 360.0, lat),
            _ => (lon, lat),
        }
    }

    /// Where coordinates mean something.
    pub fn domain(&self) -> Extent {
        let (reach_x, reach_y, x, y) = match self {
            Self::WebMercator => (MERCATOR_HALF_M, MERCATOR_HALF_M, 0.0, 0.0),
            Self::Degrees => (180.0, 90.0, 0.0, 0.0),
            Self::TransverseMercator(zone) | Self::Korean1985(zone) => {
                let ((east, north), (x, y)) = zone.reach();
                (east, north, x, y)
            }
        };
        Extent { min_x: x - reach_x, min_y: y - reach_y, max_x: x + reach_x, max_y: y + reach_y }
    }
}
