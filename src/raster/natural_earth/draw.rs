//! Drawing a box of the map.

use tiny_skia::{FillRule, LineCap, LineJoin, Path, PathBuilder, Pixmap, Stroke, Transform};

use crate::geo::{Extent, GeoTransform, Point};
use crate::raster::natural_earth::data::Line;
use crate::raster::natural_earth::style::{self, Pen};
use crate::raster::natural_earth::{NaturalEarth, clip, graticule};
use crate::raster::{PixelFormat, RasterError, TileImage};

/// How far beyond the tile shapes are drawn, so that no line ends and no clip edge shows inside it.
const MARGIN_PX: f64 = 8.0;

/// Of several points in a row within a cell of this side, the first is drawn.
const DETAIL_PX: f64 = 0.25;

/// Draws a square tile of `side_px` pixels whose top left corner and resolution are those of `place`.
///
/// The same place always gives the same pixels, whatever is drawn beside it, so tiles fit together and an image does
/// not depend on how it is cut into strips.
///
/// # Errors
/// [`RasterError::OutOfMemory`] when the canvas cannot be had.
pub fn draw(earth: &NaturalEarth, place: &GeoTransform, side_px: u32) -> Result<TileImage, RasterError> {
    let bytes = side_px as usize * side_px as usize * 4;
    let mut canvas = Pixmap::new(side_px, side_px).ok_or(RasterError::OutOfMemory { bytes })?;
    canvas.fill(style::ground());
    let extent = place.extent(side_px, side_px).grown(MARGIN_PX * place.resolution);
    let view = View {
        place,
        extent,
        line_scale: style::line_scale(place.resolution * earth.crs().metres_per_unit()),
    };

    view.fill(&mut canvas, &earth.land, style::LAND);
    view.stroke(&mut canvas, &earth.rivers, &style::RIVER);
    view.fill(&mut canvas, &earth.lakes, style::LAKE);
    view.stroke(&mut canvas, &earth.lakes, &style::SHORE);
    view.stroke(&mut canvas, &earth.borders, &style::BORDER_CASING);
    view.stroke(&mut canvas, &earth.borders, &style::BORDER);
    view.stroke(&mut canvas, &earth.land, &style::COAST);
    view.stroke_graticule(&mut canvas, earth);

    let samples = canvas.data().as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
    TileImage::new(side_px, side_px, PixelFormat::Rgb, samples)
}

struct View<'a> {
    place: &'a GeoTransform,
    extent: Extent,
    line_scale: f32,
}

impl View<'_> {
    fn fill(&self, canvas: &mut Pixmap, lines: &[Line], colour: [u8; 3]) {
        let mut path = PathBuilder::new();
        for line in lines.iter().filter(|line| line.extent.touches(&self.extent)) {
            self.add(&mut path, &clip::polygon(&line.points, &self.extent), true);
        }
        if let Some(path) = path.finish() {
            // Lakes and islands in one layer: a hole is a ring within a ring.
            canvas.fill_path(&path, &style::fill(colour), FillRule::EvenOdd, Transform::identity(), None);
        }
    }

    fn stroke(&self, canvas: &mut Pixmap, lines: &[Line], pen: &Pen) {
        let mut path = PathBuilder::new();
        for line in lines.iter().filter(|line| line.extent.touches(&self.extent)) {
            for run in clip::runs(&line.points, &line.seams, &self.extent) {
                self.add(&mut path, run, false);
            }
        }
        self.stroke_path(canvas, path.finish(), pen);
    }

    fn stroke_graticule(&self, canvas: &mut Pixmap, earth: &NaturalEarth) {
        let mut path = PathBuilder::new();
        for line in graticule::lines(earth.crs(), &self.extent, self.place.resolution) {
            self.add(&mut path, &line, false);
        }
        self.stroke_path(canvas, path.finish(), &style::GRATICULE);
    }

    fn stroke_path(&self, canvas: &mut Pixmap, path: Option<Path>, pen: &Pen) {
        let Some(path) = path else { return };
        let stroke = Stroke {
            width: pen.width_px * self.line_scale,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        canvas.stroke_path(&path, &pen.paint(), &stroke, Transform::identity(), None);
    }

    /// Adds points as one contour, in pixels of the tile, leaving out what no eye can tell apart.
    fn add(&self, path: &mut PathBuilder, points: &[Point], closed: bool) {
        let to_px = |p: &Point| {
            (
                ((p.x - self.place.origin_x) / self.place.resolution) as f32,
                ((self.place.origin_y - p.y) / self.place.resolution) as f32,
            )
        };
        // Cells of the whole map, not of the tile: neighbouring tiles leave out the same points.
        let cell = |p: &Point| {
            let size = self.place.resolution * DETAIL_PX;
            ((p.x / size).floor() as i64, (p.y / size).floor() as i64)
        };
        let Some((first, rest)) = points.split_first() else { return };
        let (x, y) = to_px(first);
        path.move_to(x, y);
        let mut last_cell = cell(first);
        for (index, point) in rest.iter().enumerate() {
            let here_cell = cell(point);
            if here_cell != last_cell || index + 1 == rest.len() {
                let (x, y) = to_px(point);
                path.line_to(x, y);
            }
            last_cell = here_cell;
        }
        if closed {
            path.close();
        }
    }
}
