//! The packed data, read into CRS units. The format is described in scripts/naturalearth.mjs.

use crate::geo::{Crs, Extent, Point};
use crate::raster::RasterError;
use crate::raster::natural_earth::view::View;

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
    /// Which segments lie on the edge of what the CRS shows instead of a real coast: those whose index is listed.
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
        let view = View::of(crs);
        let mut earth =
            Self { crs, land: Vec::new(), lakes: Vec::new(), borders: Vec::new(), rivers: Vec::new() };
        for _ in 0..reader.byte()? {
            let kind = reader.byte()?;
            // Land and lakes are areas.
            let lines = reader.lines(&view, kind < 2)?;
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

    fn lines(&mut self, view: &View, closed: bool) -> Result<Vec<Line>, RasterError> {
        let count = self.unsigned()?;
        let mut lines = Vec::new();
        for _ in 0..count {
            view.show(self.line()?, closed, &mut lines);
        }
        Ok(lines)
    }

    /// Longitudes and latitudes.
    fn line(&mut self) -> Result<Vec<Point>, RasterError> {
        let count = self.unsigned()?;
        self.points_left =
            self.points_left.checked_sub(count).ok_or_else(|| self.damaged("too many points"))?;
        let mut points = Vec::with_capacity(count as usize);
        let (mut lon, mut lat) = (0i32, 0i32);
        for _ in 0..count {
            lon = lon.wrapping_add(self.signed()?);
            lat = lat.wrapping_add(self.signed()?);
            let at = Point { x: f64::from(lon) / UNITS_PER_DEGREE, y: f64::from(lat) / UNITS_PER_DEGREE };
            if at.x.abs() > 180.0 || at.y.abs() > 90.0 {
                return Err(self.damaged("a point outside the world"));
            }
            points.push(at);
        }
        Ok(points)
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

    #[test]
    fn a_crs_holds_what_it_can_show() {
        // A ring around the Korean east and one on the other side of the world.
        let ring = |lon: i32, lat: i32| {
            let mut bytes = vec![5u8];
            for (x, y) in [(lon, lat), (2, 0), (0, 2), (-2, 0), (0, -2)] {
                for v in [x * 10_000, y * 10_000] {
                    let mut rest = ((v << 1) ^ (v >> 31)) as u32;
                    while rest > 0x7f {
                        bytes.push((rest & 0x7f) as u8 | 0x80);
                        rest >>= 7;
                    }
                    bytes.push(rest as u8);
                }
            }
            bytes
        };
        let packed = [b"MSNE\x01\x01\x00\x02".to_vec(), ring(128, 36), ring(-60, 10)].concat();
        for (epsg, count) in [(3857, 2), (4326, 2), (5181, 1), (32652, 1), (32620, 1), (32601, 0), (5174, 1)]
        {
            let crs = Crs::from_epsg(epsg).unwrap();
            let land = NaturalEarth::parse(&packed, crs).unwrap().land;
            assert_eq!(land.len(), count, "{crs}");
            for line in land {
                assert!(line.seams.is_empty() && line.points.len() == 5, "{crs}");
                assert!(line.points.iter().all(|p| p.x.is_finite() && p.y.is_finite()), "{crs}");
                assert!(line.extent.touches(&crs.domain()), "{crs}");
            }
        }
    }
}
