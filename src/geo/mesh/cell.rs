//! A square of the mesh.

use crate::geo::mesh::PlaceMap;
use crate::geo::{MeshSpan, PixelWindow, Shrink};

type Place = (f64, f64);

/// A square of output pixels with the places of its corners: top left, top right, bottom left, bottom right.
pub(super) struct Cell {
    left_px: i64,
    top_px: i64,
    side_px: i64,
    corners: [Place; 4],
}

/// How far interpolation may be from the transform, in output pixels.
const NEAR_PX: f64 = 0.02;

/// Where a layer is shrunk, so many of its pixels count as one output pixel at most.
const NEAR_SCALE: f64 = 3.0;

/// Nearer than this, in pixels of the layer, is not asked for: nodes are rounded to 2^-14 px, so that the last bits of
/// the transform, which differ from one libm to another, are seldom seen.
const ROUNDING_PX: f64 = 1e-4;

/// Pixels of the layer from one output pixel to the next, at most. More is a jump.
const STEEPEST: f64 = 65_536.0;

impl Cell {
    /// The smallest cell that is interpolated.
    pub const LEAST_PX: i64 = 8;

    /// A cell whose corners are asked for. The side is a power of two.
    pub fn block(left_px: i64, top_px: i64, side_px: i64, map: &PlaceMap<'_>) -> Self {
        let (left, top, side) = (left_px as f64, top_px as f64, side_px as f64);
        let mut corners = [(left, top), (left + side, top), (left, top + side), (left + side, top + side)];
        map(&mut corners);
        Self { left_px, top_px, side_px, corners }
    }

    pub const fn side_px(&self) -> i64 {
        self.side_px
    }

    /// Whether a pixel of the window lies in the cell.
    pub const fn meets(&self, window: &PixelWindow) -> bool {
        self.left_px < window.right_px()
            && self.left_px + self.side_px > window.left_px()
            && self.top_px < window.bottom_px()
            && self.top_px + self.side_px > window.top_px()
    }

    /// Where to ask for the middles: of the top, the left, the whole, the right, the bottom.
    pub fn middles(&self) -> [Place; 5] {
        let (left, top, side) = (self.left_px as f64, self.top_px as f64, self.side_px as f64);
        let half = side / 2.0;
        [
            (left + half, top),
            (left, top + half),
            (left + half, top + half),
            (left + side, top + half),
            (left + half, top + side),
        ]
    }

    /// Nothing is defined, neither corners nor middles.
    pub fn is_undefined(&self, middles: &[Place; 5]) -> bool {
        !self.corners.iter().chain(middles).any(is_place)
    }

    /// Whether interpolation from the corners meets the middles. Never where something is undefined.
    pub fn is_near(&self, middles: &[Place; 5]) -> bool {
        if !self.corners.iter().all(is_place) {
            return false;
        }
        let [top_left, top_right, bottom_left, bottom_right] = self.corners;
        let [top, left, whole, right, bottom] = *middles;
        let (across, down) = self.derivatives();
        if [across.0, across.1, down.0, down.1].iter().any(|v| v.abs() > STEEPEST) {
            return false;
        }
        // The least that one output pixel, in any direction, is in the layer; and that one of its own axes is in the output.
        let least = square(across)
            .min(square(down))
            .min(square((across.0, down.0)))
            .min(square((across.1, down.1)))
            .sqrt();
        let near = (NEAR_PX * least.min(NEAR_SCALE)).max(ROUNDING_PX);
        let meets = |a: Place, b: Place, exact: Place| {
            let middle = mean(a, b);
            (middle.0 - exact.0).abs() <= near && (middle.1 - exact.1).abs() <= near
        };
        meets(mean(top_left, top_right), mean(bottom_left, bottom_right), whole)
            && meets(top_left, top_right, top)
            && meets(top_left, bottom_left, left)
            && meets(top_right, bottom_right, right)
            && meets(bottom_left, bottom_right, bottom)
    }

    /// The four cells of half the side.
    pub fn quarters(&self, middles: &[Place; 5]) -> [Self; 4] {
        let half = self.side_px / 2;
        let [top_left, top_right, bottom_left, bottom_right] = self.corners;
        let [top, left, whole, right, bottom] = *middles;
        [
            (0, 0, [top_left, top, left, whole]),
            (half, 0, [top, top_right, whole, right]),
            (0, half, [left, whole, bottom_left, bottom]),
            (half, half, [whole, right, bottom, bottom_right]),
        ]
        .map(|(x, y, corners)| Self {
            left_px: self.left_px + x,
            top_px: self.top_px + y,
            side_px: half,
            corners,
        })
    }

    /// One span in each row that the window has of the cell, by interpolation.
    pub fn spans(&self, window: &PixelWindow, each: &mut dyn FnMut(&MeshSpan)) {
        let [top_left, top_right, bottom_left, bottom_right] = self.corners.map(fixed);
        let bits = self.side_px.ilog2();
        let half = self.side_px / 2;
        let (across, down) = self.derivatives();
        let shrink = Shrink::of(across, down);
        let from = self.left_px.max(window.left_px());
        let to = (self.left_px + self.side_px).min(window.right_px());
        let Ok(pixels) = u32::try_from(to - from) else { return };
        for y_px in self.top_px.max(window.top_px())..(self.top_px + self.side_px).min(window.bottom_px()) {
            // The centre of the row, in halves of a pixel.
            let halves = 2 * (y_px - self.top_px) + 1;
            let along = |a: i64, b: i64| a + (((b - a) * halves + self.side_px) >> (bits + 1));
            let (mut at, mut step) = ([0; 2], [0; 2]);
            for axis in 0..2 {
                let left = along(top_left[axis], bottom_left[axis]);
                let right = along(top_right[axis], bottom_right[axis]);
                step[axis] = (right - left + half) >> bits;
                at[axis] = left + (step[axis] >> 1) + step[axis] * (from - self.left_px);
            }
            each(&MeshSpan { x_px: from, y_px, pixels, at, step, shrink });
        }
    }

    /// The pixels of a cell of [`Cell::LEAST_PX`], each asked for by itself.
    pub fn single_pixels(&self, window: &PixelWindow, map: &PlaceMap<'_>, each: &mut dyn FnMut(&MeshSpan)) {
        const SIDE: usize = Cell::LEAST_PX as usize;
        let mut places = [(0.0, 0.0); SIDE * SIDE];
        for (i, place) in places.iter_mut().enumerate() {
            let (x, y) = ((i % SIDE) as f64, (i / SIDE) as f64);
            *place = (self.left_px as f64 + x + 0.5, self.top_px as f64 + y + 0.5);
        }
        map(&mut places);
        // The scale is that of the two neighbours that are nearest to each other, for others may lie across a jump.
        let (mut across, mut down) = (None, None);
        for (i, place) in places.iter().enumerate() {
            let right = if i % SIDE + 1 < SIDE { places.get(i + 1) } else { None };
            for (least, other) in [(&mut across, right), (&mut down, places.get(i + SIDE))] {
                let Some(other) = other.filter(|other| is_place(place) && is_place(other)) else { continue };
                let step = (other.0 - place.0, other.1 - place.1);
                if least.is_none_or(|least| square(step) < square(least)) {
                    *least = Some(step);
                }
            }
        }
        let shrink = Shrink::of(across.unwrap_or_default(), down.unwrap_or_default());
        for (i, place) in places.iter().enumerate() {
            let (x_px, y_px) = (self.left_px + (i % SIDE) as i64, self.top_px + (i / SIDE) as i64);
            let is_inside = (window.left_px()..window.right_px()).contains(&x_px)
                && (window.top_px()..window.bottom_px()).contains(&y_px);
            if is_inside && is_place(place) {
                each(&MeshSpan { x_px, y_px, pixels: 1, at: fixed(*place), step: [0; 2], shrink });
            }
        }
    }

    /// By how much the place changes from one output pixel to the next, to the right and down.
    fn derivatives(&self) -> (Place, Place) {
        let [top_left, top_right, bottom_left, bottom_right] = self.corners;
        let twice = self.side_px as f64 * 2.0;
        let from = |a: Place, b: Place, c: Place, d: Place| {
            ((b.0 - a.0 + d.0 - c.0) / twice, (b.1 - a.1 + d.1 - c.1) / twice)
        };
        (
            from(top_left, top_right, bottom_left, bottom_right),
            from(top_left, bottom_left, top_right, bottom_right),
        )
    }
}

/// Whether it is a number that a lattice holds.
fn is_place(place: &Place) -> bool {
    let most = PixelWindow::MAX_PLACE_PX as f64;
    place.0.abs() <= most && place.1.abs() <= most
}

fn mean(a: Place, b: Place) -> Place {
    ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0)
}

fn square(v: Place) -> f64 {
    v.0 * v.0 + v.1 * v.1
}

/// Fixed point with [`MeshSpan::FRACTION_BITS`], rounded to 2^-14 px.
fn fixed(place: Place) -> [i64; 2] {
    const NODE_BITS: u32 = 14;
    let one =
        |v: f64| ((v * f64::from(1u32 << NODE_BITS)).round() as i64) << (MeshSpan::FRACTION_BITS - NODE_BITS);
    [one(place.0), one(place.1)]
}
