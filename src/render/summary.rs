//! The plan as the outside sees it.

use serde::Serialize;

use crate::codec::jpeg::Colour;
use crate::codec::{Encoding, Format};
use crate::geo::{Crs, Extent, GroundResolution, Point, ground_resolution};
use crate::render::Plan;
use crate::render::file_planning::attribution;
use crate::render::planned_layer::{PlannedLayer, Squares};
use crate::source::SourceId;

/// The plan as the outside sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanSummary {
    /// Width in pixels.
    pub width_px: u32,
    /// Height in pixels.
    pub height_px: u32,
    /// The CRS.
    pub crs: Crs,
    /// CRS units per pixel.
    pub resolution: f64,
    /// The level of the base's grid, or of the one that was asked for; none where a CRS alone was.
    pub zoom: Option<u8>,
    /// Metres of ground per pixel in the middle of the image.
    pub ground_resolution: GroundResolution,
    /// The exact output window, CRS units.
    pub extent: Extent,
    /// How each layer comes about, bottom to top.
    pub layers: Vec<LayerSummary>,
    /// Tiles and maps of all layers.
    pub tiles: u64,
    /// Strips.
    pub strips: u32,
    /// The most WebAssembly memory that rendering takes.
    pub peak_bytes: u64,
    /// The format.
    pub format: Format,
    /// How a JPEG comes about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jpeg: Option<JpegSummary>,
    /// Lines that must stand beside the image.
    pub attribution: Vec<String>,
    /// What the caller should know.
    pub warnings: Vec<String>,
}

/// How a layer comes about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LayerSummary {
    /// The source.
    pub source: SourceId,
    /// Whether its pixels are those of the image, or the image's are made from them.
    pub resampled: bool,
    /// The CRS in which it is fetched.
    pub crs: Crs,
    /// The level of its own grid; none of a map that is drawn for the image.
    pub zoom: Option<u8>,
}

impl LayerSummary {
    fn of(planned: &PlannedLayer) -> Self {
        let zoom = match planned.squares {
            Squares::Tiles { level } => Some(level),
            Squares::Maps { .. } => None,
        };
        let source = planned.layer.source.id().clone();
        Self { source, resampled: !planned.is_shifted(), crs: planned.lattice.crs(), zoom }
    }
}

/// How a JPEG comes about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JpegSummary {
    /// Whether it is made of the tiles' own coefficients.
    pub carried: bool,
    /// The quality that its coefficients are quantised with, 1 to 100; `None` when as the tiles have them, so that nothing
    /// is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
    /// Whether it has colours, and how much coarser they are than the brightness.
    pub colour: Colour,
}

impl JpegSummary {
    fn of(encoding: &Encoding) -> Option<Self> {
        let (carried, quality, frame) = match encoding {
            Encoding::Png { .. } => return None,
            Encoding::Jpeg { frame, quality } => (false, Some(*quality), frame),
            Encoding::CarriedJpeg { frame, quality } => (true, *quality, frame),
        };
        Some(Self { carried, quality, colour: frame.colour() })
    }
}

impl Plan {
    /// The plan as the outside sees it.
    #[must_use]
    pub fn summary(&self) -> PlanSummary {
        let (lattice, window) = (self.lattice(), self.window());
        let extent = lattice.transform(window).extent(window.width_px(), window.height_px());
        let (crs, resolution) = (lattice.crs(), lattice.resolution());
        PlanSummary {
            width_px: window.width_px(),
            height_px: window.height_px(),
            crs,
            resolution,
            zoom: self.level(),
            ground_resolution: ground_resolution(crs, middle(&extent), resolution),
            extent,
            layers: self.layers().iter().map(LayerSummary::of).collect(),
            tiles: self.tiles(),
            strips: self.strips(),
            peak_bytes: self.memory().peak_bytes,
            format: self.encoding().format(),
            jpeg: JpegSummary::of(self.encoding()),
            attribution: attribution(self.layers()),
            warnings: self.warnings().to_vec(),
        }
    }

    /// What the file is called: source, level or resolution, and the middle of the image (latitude, longitude).
    #[must_use]
    pub fn file_name(&self) -> String {
        let source = self.layers().first().map_or("image", |base| base.layer.source.id().as_str());
        let window = self.window();
        let extent = self.lattice().transform(window).extent(window.width_px(), window.height_px());
        let (lon, lat) = self.lattice().crs().unproject(middle(&extent));
        let scale = match self.level() {
            Some(level) => format!("z{level}"),
            None => format!("epsg{}", self.lattice().crs().epsg()),
        };
        let extension = self.encoding().format().extension();
        format!("mapshot-{source}-{scale}-{lat:.4}-{lon:.4}.{extension}")
    }
}

fn middle(extent: &Extent) -> Point {
    Point { x: (extent.min_x + extent.max_x) / 2.0, y: (extent.min_y + extent.max_y) / 2.0 }
}
