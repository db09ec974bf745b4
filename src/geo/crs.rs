//! Coordinate reference systems by their EPSG codes: degrees to map units and back.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::geo::projection::Projection;
use crate::geo::{Extent, GeoError, LonLat};

/// A position in CRS units, x east and y north, whatever order the authority writes them in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// East, CRS units.
    pub x: f64,
    /// North, CRS units.
    pub y: f64,
}

/// A coordinate reference system that grids and images may use.
///
/// | EPSG | what |
/// | --- | --- |
/// | 3857 | WGS 84 / Pseudo-Mercator, on a sphere of 6,378,137 m; also 900913, 3785, 102100, 102113 |
/// | 4326 | WGS 84, degrees; also CRS:84 |
/// | 5179 to 5188 | KGD2002 (GRS 80), taken as WGS 84 without a shift: unified, belts of 2002 and 2010 |
/// | 2096 to 2098, 5167, 5168, 5173 to 5178 | Korean 1985 (Bessel 1841), by EPSG's "Korean 1985 to WGS 84 (1)": **1 m**, on land; there and back 3 mm |
/// | 32601 to 32660, 32701 to 32760 | WGS 84 / UTM, north and south |
///
/// Transverse Mercator shows 40 degrees on each side of its meridian. In JSON `"EPSG:5181"`.
///
/// # Guarantees
/// It is one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Crs {
    epsg: u16,
}

/// What [`Crs::parse`] knows, for messages.
pub const KNOWN_CRS: &str = "EPSG:3857, EPSG:4326, EPSG:5179 to 5188, EPSG:2096 to 2098, EPSG:5167, EPSG:5168, EPSG:5173 to 5178, EPSG:32601 to 32660, EPSG:32701 to 32760";

/// In which order the authority writes coordinates (EPSG registry), which WMS 1.3.0 and WMTS follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AxisOrder {
    /// East, then north.
    EastNorth,
    /// North (latitude), then east (longitude).
    NorthEast,
}

impl Crs {
    /// EPSG:3857.
    pub const WEB_MERCATOR: Self = Self { epsg: 3857 };
    /// EPSG:4326.
    pub const WGS84: Self = Self { epsg: 4326 };

    /// A CRS by a name: `EPSG:5181`, `CRS:84`, or the URN or URL of OGC (`urn:ogc:def:crs:EPSG::5181`,
    /// `http://www.opengis.net/def/crs/EPSG/0/5181`).
    ///
    /// # Errors
    /// [`GeoError::UnknownCrs`].
    pub fn parse(name: &str) -> Result<Self, GeoError> {
        Self::named(name).ok_or_else(|| {
            /// What a message repeats of a name.
            const SHOWN: usize = 64;
            GeoError::UnknownCrs { value: name.chars().take(SHOWN).collect(), known: KNOWN_CRS }
        })
    }

    fn named(name: &str) -> Option<Self> {
        /// The longest name that is looked at.
        const LONGEST: usize = 64;
        let name = if name.len() <= LONGEST { name.trim().to_ascii_uppercase() } else { return None };
        if name == "CRS:84"
            || name.strip_suffix("CRS84").is_some_and(|of| of.is_empty() || of.ends_with([':', '/']))
        {
            return Some(Self::WGS84);
        }
        let (authority, code) = name.rsplit_once([':', '/'])?;
        let authority =
            authority.rsplit([':', '/']).find(|part| part.bytes().any(|b| b.is_ascii_alphabetic()))?;
        if authority != "EPSG" || !code.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        match code.parse().ok()? {
            900_913 | 3785 | 102_100 | 102_113 => Some(Self::WEB_MERCATOR),
            epsg => Self::from_epsg(u16::try_from(epsg).ok()?),
        }
    }

    /// A CRS by its EPSG code, aliases left out; `None` for one that is not known.
    #[must_use]
    pub const fn from_epsg(epsg: u16) -> Option<Self> {
        match epsg {
            3857 | 4326 | 2096..=2098 | 5167 | 5168 | 5173..=5188 | 32601..=32660 | 32701..=32760 => {
                Some(Self { epsg })
            }
            _ => None,
        }
    }

    /// The EPSG code.
    #[must_use]
    pub const fn epsg(self) -> u16 {
        self.epsg
    }

    /// The authority's name, for example `EPSG:3857`.
    #[must_use]
    pub fn code(self) -> String {
        self.to_string()
    }

    /// The order in which the registry writes coordinates. Here they are always x east, y north.
    #[must_use]
    pub const fn axis_order(self) -> AxisOrder {
        match self.epsg {
            3857 | 32601..=32760 => AxisOrder::EastNorth,
            _ => AxisOrder::NorthEast,
        }
    }

    /// Metres for one CRS unit, as scale denominators count them: 1, or for degrees those on the equator
    /// (OGC 07-057r7, section 6.1).
    #[must_use]
    pub const fn metres_per_unit(self) -> f64 {
        match self.epsg {
            4326 => std::f64::consts::PI * 6_378_137.0 / 180.0,
            _ => 1.0,
        }
    }

    /// Whether it shows the whole world side by side, so that longitude 180 is an edge and poles are lines or far away.
    #[must_use]
    pub const fn is_cylindrical(self) -> bool {
        matches!(self.epsg, 3857 | 4326)
    }

    /// Where coordinates mean something, CRS units: the whole world, or 40 degrees on each side of a meridian.
    #[must_use]
    pub fn domain(self) -> Extent {
        Projection::of(self).domain()
    }

    /// The last latitude north and south that the CRS shows, in degrees.
    ///
    /// EPSG:3857 is cut where its map becomes a square: atan(sinh(pi)).
    #[must_use]
    pub const fn max_latitude_deg(self) -> f64 {
        match self.epsg {
            3857 => 85.051_128_779_806_59,
            _ => 90.0,
        }
    }

    /// Degrees to CRS units. `field` names the request's field in an error.
    ///
    /// # Errors
    /// [`GeoError::Latitude`] beyond [`Crs::max_latitude_deg`], [`GeoError::OutsideCrs`] too far from the meridian.
    pub fn project(self, field: &'static str, at: LonLat) -> Result<Point, GeoError> {
        let limit = self.max_latitude_deg();
        // A nano-degree of slack takes the corners that are written with eight decimals.
        if at.lat_deg().abs() > limit + 1e-9 {
            return Err(GeoError::Latitude { field, value: at.lat_deg(), limit, crs: self });
        }
        let (x, y) = Projection::of(self).project((at.lon_deg(), at.lat_deg().clamp(-limit, limit)));
        if x.is_finite() && y.is_finite() {
            Ok(Point { x, y })
        } else {
            let (lon, lat) = (at.lon_deg(), at.lat_deg());
            Err(GeoError::OutsideCrs { field, lon, lat, crs: self })
        }
    }

    /// CRS units to degrees, as (longitude, latitude); NaN where the CRS shows nothing. In EPSG:3857 and 4326 the
    /// longitude runs on past 180 instead of wrapping.
    #[must_use]
    pub fn unproject(self, at: Point) -> (f64, f64) {
        Projection::of(self).unproject((at.x, at.y))
    }

    /// Degrees (longitude, latitude) to CRS units (x, y), all in place; NaN where the CRS cannot show them.
    pub fn project_all(self, places: &mut [(f64, f64)]) {
        let projection = Projection::of(self);
        for place in places {
            *place = projection.project(*place);
        }
    }

    /// CRS units (x, y) to degrees (longitude, latitude), all in place, as [`Crs::unproject`].
    pub fn unproject_all(self, places: &mut [(f64, f64)]) {
        let projection = Projection::of(self);
        for place in places {
            *place = projection.unproject(*place);
        }
    }
}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EPSG:{}", self.epsg)
    }
}

impl TryFrom<String> for Crs {
    type Error = GeoError;

    fn try_from(name: String) -> Result<Self, GeoError> {
        Self::parse(&name)
    }
}

impl From<Crs> for String {
    fn from(crs: Crs) -> Self {
        crs.code()
    }
}

#[cfg(test)]
#[path = "crs_tests.rs"]
mod tests;
