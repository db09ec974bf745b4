//! The plan as the outside sees it.

use serde::Serialize;

use crate::codec::jpeg::Colour;
use crate::codec::{Encoding, Format};
use crate::geo::{Extent, GroundResolution, Point, ground_resolution};
use crate::render::Plan;
use crate::render::planning::attribution;

/// The plan as the outside sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanSummary {
    /// Width in pixels.
    pub width_px: u32,
    /// Height in pixels.
    pub height_px: u32,
    /// The CRS, for example `EPSG:3857`.
    pub crs: String,
    /// CRS units per pixel.
    pub resolution: f64,
    /// The level.
    pub zoom: u8,
    /// Metres of ground per pixel in the middle of the image.
    pub ground_resolution: GroundResolution,
    /// The exact output window, CRS units.
    pub extent: Extent,
    /// Tiles of all layers.
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
        let place = self.grid().and_then(|grid| {
            let transform = grid.transform(self.level(), self.window()).ok()?;
            Some((grid.crs(), transform))
        });
        let (crs, resolution, extent, ground) = match place {
            Some((crs, transform)) => {
                let extent = transform.extent(self.window().width_px(), self.window().height_px());
                let middle =
                    Point { x: (extent.min_x + extent.max_x) / 2.0, y: (extent.min_y + extent.max_y) / 2.0 };
                (
                    crs.code(),
                    transform.resolution,
                    extent,
                    ground_resolution(crs, middle, transform.resolution),
                )
            }
            // A plan has a base layer with that level, or it could not have been made.
            None => {
                (String::new(), 0.0, Extent::from([0.0; 4]), GroundResolution { east_m: 0.0, north_m: 0.0 })
            }
        };
        PlanSummary {
            width_px: self.window().width_px(),
            height_px: self.window().height_px(),
            crs,
            resolution,
            zoom: self.level(),
            ground_resolution: ground,
            extent,
            tiles: self.tiles(),
            strips: self.strips(),
            peak_bytes: self.memory().peak_bytes,
            format: self.encoding().format(),
            jpeg: JpegSummary::of(self.encoding()),
            attribution: attribution(self.layers()),
            warnings: self.warnings().to_vec(),
        }
    }

    /// What the file is called: source, level and the middle of the image (latitude, longitude).
    #[must_use]
    pub fn file_name(&self) -> String {
        let source = self.layers().first().map_or("image", |base| base.layer.source.id().as_str());
        let extent = self.summary().extent;
        let middle = Point { x: (extent.min_x + extent.max_x) / 2.0, y: (extent.min_y + extent.max_y) / 2.0 };
        let (lon, lat) = self.grid().map_or((0.0, 0.0), |grid| grid.crs().unproject(middle));
        format!(
            "mapshot-{source}-z{}-{lat:.4}-{lon:.4}.{}",
            self.level(),
            self.encoding().format().extension()
        )
    }
}
