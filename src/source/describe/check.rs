//! What would work of a source, in words for its operator.

use serde::Serialize;

use crate::geo::{Extent, LatticeTile, LonLat, Point, TileCoord};
use crate::source::{
    Answer, AnswerBytes, CatalogueError, FetchError, Kind, MapBox, Source, TileRequest, Wms,
};

/// How a finding is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// This works.
    Good,
    /// The operator should know.
    Note,
    /// This does not work.
    Bad,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it is meant.
    pub verdict: Verdict,
    /// In words.
    pub text: String,
}

/// What would work of a source, found step by step: its entry, its capabilities, one tile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SourceCheck {
    /// In the order in which it was found.
    pub findings: Vec<Finding>,
}

/// Side of the map that is asked for.
const MAP_PX: u32 = 256;

/// Where Korean services have maps for certain: the middle of Seoul.
const SEOUL: (f64, f64) = (126.978, 37.5665);

impl SourceCheck {
    /// Whether nothing was found that does not work.
    #[must_use]
    pub fn works(&self) -> bool {
        self.findings.iter().all(|finding| finding.verdict != Verdict::Bad)
    }

    fn add(&mut self, verdict: Verdict, text: String) {
        self.findings.push(Finding { verdict, text });
    }

    /// What the entry itself says. `key` tells which secrets are set.
    pub fn entry(&mut self, source: &Source, key: &dyn Fn(&str) -> Option<String>) {
        for name in source.key_names() {
            match key(name) {
                Some(_) => self.add(Verdict::Good, format!("the secret {name} is set")),
                None => self.add(Verdict::Bad, format!("the secret {name} is not set")),
            }
        }
        if let Some(why) = source.off_because() {
            self.add(Verdict::Note, format!("the source is off: {why}"));
        } else if !source.is_enabled() {
            self.add(Verdict::Note, "the source is off".to_owned());
        }
        if let Some(country) = source.region() {
            self.add(Verdict::Note, format!("it may answer addresses in {country} only"));
        }
    }

    /// What its capabilities say; the source with what they add, where they can be used.
    pub fn capabilities(
        &mut self,
        source: &Source,
        answer: Result<&[u8], &FetchError>,
        key: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Source> {
        let bytes = match answer {
            Ok(bytes) => bytes,
            Err(error) => {
                self.add(Verdict::Bad, format!("the capabilities could not be had: {error}"));
                return None;
            }
        };
        match source.completed(bytes, key) {
            Ok(complete) => {
                self.add(
                    Verdict::Good,
                    "the capabilities can be read and have what the entry asks for".to_owned(),
                );
                self.described(&complete);
                Some(complete)
            }
            Err(error) => {
                let text = match error {
                    CatalogueError::Capabilities { reason, .. } => format!("the capabilities {reason}"),
                    other => other.to_string(),
                };
                self.add(Verdict::Bad, text);
                None
            }
        }
    }

    /// How a source will be asked.
    pub fn described(&mut self, source: &Source) {
        let (min, max) = source.zooms();
        let grid = source.grid();
        self.add(Verdict::Good, format!("levels {min} to {max} of the grid {} in {}", grid.id(), grid.crs()));
        if let Kind::Wms(wms) = source.kind() {
            let names: Vec<&str> = wms.crs_names().collect();
            let text = format!(
                "maps of {} px with buffers of {} px, in {}",
                wms.piece_px(),
                wms.buffer_px(),
                names.join(", ")
            );
            self.add(Verdict::Good, text);
        }
        if source.attribution().is_empty() {
            self.add(
                Verdict::Note,
                "the entry has no attribution: images will not name their source".to_owned(),
            );
        }
    }

    /// What came for a tile: its status and bytes, or why there were none.
    pub fn tile(
        &mut self,
        source: &Source,
        request: &TileRequest,
        answer: Result<(u16, &dyn AnswerBytes), &FetchError>,
        key: &dyn Fn(&str) -> Option<String>,
    ) {
        let what = match request {
            TileRequest::Tile(tile) => format!("the tile {tile}"),
            TileRequest::Map(map) => {
                format!("a map of {} x {} px in {}", map.width_px, map.height_px, map.crs)
            }
        };
        let judged = match answer {
            Ok((status, body)) => source.judge(status, body, key).map(|answer| (answer, body.length_bytes())),
            Err(error) => Err(error.clone()),
        };
        match judged {
            Ok((Answer::Tile, bytes)) => {
                self.add(Verdict::Good, format!("{what} is a picture of {bytes} bytes"))
            }
            Ok((Answer::Empty, _)) => {
                self.add(
                    Verdict::Note,
                    format!("{what} is empty: the source has no map there, or says so of every place"),
                );
            }
            Err(error) if error.is_refused() => {
                self.add(Verdict::Bad, format!("{what}: {error}; captures will fail at once"));
            }
            Err(error) => self.add(Verdict::Bad, format!("{what} could not be had: {error}")),
        }
    }
}

impl Source {
    /// A tile or map that the source should have: in the middle of what it covers; a Korean one's in Seoul. `None` for what
    /// is not asked over the network.
    #[must_use]
    pub fn sample_request(&self) -> Option<TileRequest> {
        let grid = self.grid();
        let crs = grid.crs();
        let (min, max) = self.zooms();
        let level = min + (max - min) / 2;
        let middle =
            |e: Extent| Point { x: f64::midpoint(e.min_x, e.max_x), y: f64::midpoint(e.min_y, e.max_y) };
        let seoul = || crs.project("center", LonLat::new("center", SEOUL.0, SEOUL.1).ok()?).ok();
        let at = self
            .region()
            .filter(|region| *region == "kr")
            .and_then(|_| seoul())
            .unwrap_or_else(|| middle(grid.extent()));
        match self.kind() {
            Kind::Xyz(_) | Kind::Wmts(_) => {
                let (x, y) = grid.lattice_px(level, at).ok()?;
                let side = f64::from(grid.tile_size_px());
                let tile = LatticeTile { column: (x / side).floor() as i64, row: (y / side).floor() as i64 };
                grid.coord(level, tile).map(TileCoord::into)
            }
            Kind::Wms(wms) => sample_map(wms, self, level, at),
            Kind::Stack(_) | Kind::NaturalEarth | Kind::Undescribed(_) => None,
        }
    }
}

/// A map around a point, in the grid's CRS or the first that is offered.
fn sample_map(wms: &Wms, source: &Source, level: u8, at: Point) -> Option<TileRequest> {
    let grid = source.grid();
    let crs = wms.best_crs(grid.crs());
    let (lon, lat) = grid.crs().unproject(at);
    let at = crs.project("center", LonLat::new("center", lon, lat).ok()?).ok()?;
    let resolution = grid.resolution(level).ok()? * grid.crs().metres_per_unit() / crs.metres_per_unit();
    let side_px = MAP_PX.min(wms.piece_px());
    let half = resolution * f64::from(side_px) / 2.0;
    let extent = Extent { min_x: at.x - half, min_y: at.y - half, max_x: at.x + half, max_y: at.y + half };
    Some(MapBox { crs, extent, width_px: side_px, height_px: side_px }.into())
}
