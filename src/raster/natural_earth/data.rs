//! The packed data, read into CRS units. The format is described in scripts/naturalearth.mjs.

use crate::geo::{Crs, Extent, LonLat, Point};
use crate::raster::RasterError;

/// Land, lakes, borders and rivers in the units of one CRS.
#[derive(Debug)]
pub struct NaturalEarth {
    crs: Crs,
    pub(super) land: Vec<Line>,
    pub(super) lakes: Vec<Line>,
    pub(super) borders: Vec<Line>,
    pub(super) rivers: Vec<Line>,
}

/// A line or the rim of a polygon, with the box around it.
#[derive(Debug)]
pub(super) struct Line {
    pub extent: Extent,
    pub points: Vec<Point>,
    /// Which segments lie on the edge of the world map instead of a real coast: those whose index is listed.
    pub seams: Vec<usize>,
}

const MAGIC: &[u8] = b"MSNE\x01";
const UNITS_PER_DEGREE: f64 = 1e4;
/// More points than this are a damaged file, not a map.
const MAX_POINTS: u32 = 4_000_000;

impl NaturalEarth {
    /// Reads packed data and projects it.
    ///
    /// # Errors
    /// [`RasterError::EmbeddedData`] saying where the data is damaged.
    pub fn parse(packed: &[u8], crs: Crs) -> Result<Self, RasterError> {
        let mut reader = Reader { packed, at: 0, points_left: MAX_POINTS };
        reader.expect(MAGIC)?;
        let mut earth =
            Self { crs, land: Vec::new(), lakes: Vec::new(), borders: Vec::new(), rivers: Vec::new() };
        for _ in 0..reader.byte()? {
            let kind = reader.byte()?;
            let lines = reader.lines(crs)?;
            match kind {
                0 => earth.land = lines,
                1 => earth.lakes = lines,
                2 => earth.borders = lines,
                3 => earth.rivers = lines,
                _ => return Err(reader.damaged("unknown kind of layer")),
            }
        }
        Ok(earth)
    }

    /// The CRS of the coordinates.
    #[must_use]
    pub const fn crs(&self) -> Crs {
        self.crs
    }
}

struct Reader<'a> {
    packed: &'a [u8],
    at: usize,
    points_left: u32,
}

impl Reader<'_> {
    const fn damaged(&self, reason: &'static str) -> RasterError {
        RasterError::EmbeddedData { offset: self.at, reason }
    }

    fn expect(&mut self, bytes: &[u8]) -> Result<(), RasterError> {
        if self.packed.get(self.at..self.at + bytes.len()) != Some(bytes) {
            return Err(self.damaged("not Natural Earth data of this version"));
        }
        self.at += bytes.len();
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, RasterError> {
        let byte = *self.packed.get(self.at).ok_or_else(|| self.damaged("ends too early"))?;
        self.at += 1;
        Ok(byte)
    }

    fn unsigned(&mut self) -> Result<u32, RasterError> {
        let mut value = 0u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.damaged("number too long"))
    }

    fn signed(&mut self) -> Result<i32, RasterError> {
        let zigzag = self.unsigned()?;
        Ok((zigzag >> 1) as i32 ^ -((zigzag & 1) as i32))
    }

    fn lines(&mut self, crs: Crs) -> Result<Vec<Line>, RasterError> {
        let count = self.unsigned()?;
        let mut lines = Vec::new();
        for _ in 0..count {
            lines.push(self.line(crs)?);
        }
        Ok(lines)
    }

    fn line(&mut self, crs: Crs) -> Result<Line, RasterError> {
        let count = self.unsigned()?;
        self.points_left =
            self.points_left.checked_sub(count).ok_or_else(|| self.damaged("too many points"))?;
        let mut points = Vec::with_capacity(count as usize);
        let mut seams = Vec::new();
        let mut extent = Extent {
            min_x: f64::INFINITY,
            min_y: f64::INFINITY,
            max_x: f64::NEG_INFINITY,
            max_y: f64::NEG_INFINITY,
        };
        let (mut lon, mut lat) = (0i32, 0i32);
        let mut last_edge = None;
        for index in 0..count as usize {
            lon = lon.wrapping_add(self.signed()?);
            lat = lat.wrapping_add(self.signed()?);
            let (lon_deg, lat_deg) = (f64::from(lon) / UNITS_PER_DEGREE, f64::from(lat) / UNITS_PER_DEGREE);
            let limit = crs.max_latitude_deg();
            let at = LonLat::new("data", lon_deg, lat_deg.clamp(-limit, limit))
                .and_then(|place| crs.project("data", place))
                .map_err(|_| self.damaged("a point outside the world"))?;
            extent.min_x = extent.min_x.min(at.x);
            extent.min_y = extent.min_y.min(at.y);
            extent.max_x = extent.max_x.max(at.x);
            extent.max_y = extent.max_y.max(at.y);
            let edge = world_edge(lon_deg, lat_deg, limit);
            if edge.is_some() && edge == last_edge && index > 0 {
                seams.push(index - 1);
            }
            last_edge = edge;
            points.push(at);
        }
        Ok(Line { extent, points, seams })
    }
}

/// Which edge of the world map a point lies on: a coast that runs along it is only where the data was cut.
fn world_edge(lon_deg: f64, lat_deg: f64, limit_deg: f64) -> Option<u8> {
    const NEAR_DEG: f64 = 1e-3;
    if lon_deg <= -180.0 + NEAR_DEG {
        Some(0)
    } else if lon_deg >= 180.0 - NEAR_DEG {
        Some(1)
    } else if lat_deg <= -limit_deg {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_data_is_refused_without_a_panic() {
        let good: &[u8] = b"MSNE\x01\x01\x00\x01\x02\x02\x02\x04\x04";
        assert_eq!(NaturalEarth::parse(good, Crs::WEB_MERCATOR).unwrap().land.len(), 1);
        for cut in 0..good.len() {
            assert!(NaturalEarth::parse(&good[..cut], Crs::WEB_MERCATOR).is_err(), "cut at {cut}");
        }
        let huge: &[u8] = b"MSNE\x01\x01\x00\x01\xff\xff\xff\xff\x0f";
        assert!(NaturalEarth::parse(huge, Crs::WEB_MERCATOR).is_err());
        assert!(NaturalEarth::parse(b"MSNE\x02\x00", Crs::WEB_MERCATOR).is_err());
    }
}
