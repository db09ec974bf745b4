//! The pixels of a layer that a window needs, and windows that do not need too many.

use crate::geo::{GeoError, Mesh, MeshSpan, PixelWindow};

/// A part of a window, and the pixels of the layer that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// On the output lattice.
    pub window: PixelWindow,
    /// On the layer's lattice.
    pub source: PixelWindow,
}

/// Left, top, right and bottom edge of a box on a lattice.
type Box4 = [i64; 4];

impl Mesh<'_> {
    /// The fewest source pixels to which [`Mesh::pieces`] can be held: what one output pixel needs at most.
    pub const LEAST_SOURCE_PX: u64 = 400 * 400;

    /// The pixels of the layer that a window needs, for a kernel that reaches `reach_px` pixels from its middle where
    /// nothing is shrunk. `bounds_px` is what the layer has: its left, top, right and bottom edge on its lattice.
    /// `None` when it has nothing there.
    ///
    /// # Errors
    /// [`GeoError::WindowSize`] when the sides are more than a window has.
    pub fn source_window(
        &self,
        window: &PixelWindow,
        reach_px: u32,
        bounds_px: (i64, i64, i64, i64),
    ) -> Result<Option<PixelWindow>, GeoError> {
        let mut needed: Box4 = [i64::MAX, i64::MAX, i64::MIN, i64::MIN];
        self.spans(window, &mut |span| {
            let (first, last) = (span.place(0), span.place(i64::from(span.pixels) - 1));
            let shrink = [span.shrink.x_64ths, span.shrink.y_64ths];
            for axis in 0..2 {
                let margin = i64::from((reach_px * u32::from(shrink[axis])).div_ceil(64)) + 1;
                let whole = |v: i64| v >> MeshSpan::FRACTION_BITS;
                needed[axis] = needed[axis].min(whole(first[axis].min(last[axis])) - margin);
                needed[axis + 2] = needed[axis + 2].max(whole(first[axis].max(last[axis])) + margin + 1);
            }
        });
        let (left, top) = (needed[0].max(bounds_px.0), needed[1].max(bounds_px.1));
        let (right, bottom) = (needed[2].min(bounds_px.2), needed[3].min(bounds_px.3));
        if left >= right || top >= bottom {
            return Ok(None);
        }
        let side = |from: i64, to: i64| {
            let pixels = to.saturating_sub(from);
            u32::try_from(pixels)
                .map_err(|_| GeoError::WindowSize { pixels: pixels as f64, limit: PixelWindow::MAX_SIDE_PX })
        };
        PixelWindow::new(left, top, side(left, right)?, side(top, bottom)?).map(Some)
    }

    /// Cuts a window into pieces that need at most `most_source_px` pixels of the layer each (never held to fewer than
    /// [`Mesh::LEAST_SOURCE_PX`]), and leaves out those for which the layer has nothing. `reach_px` and `bounds_px` as for
    /// [`Mesh::source_window`].
    #[must_use]
    pub fn pieces(
        &self,
        window: &PixelWindow,
        reach_px: u32,
        bounds_px: (i64, i64, i64, i64),
        most_source_px: u64,
    ) -> Vec<Piece> {
        let most = most_source_px.max(Self::LEAST_SOURCE_PX);
        let mut pieces = Vec::new();
        let mut windows = vec![*window];
        while let Some(window) = windows.pop() {
            match self.source_window(&window, reach_px, bounds_px) {
                Ok(None) => {}
                Ok(Some(source)) if source.pixels() <= most => pieces.push(Piece { window, source }),
                Ok(Some(_)) | Err(_) => {
                    if let Some((first, second)) = halves(&window) {
                        windows.extend([second, first]);
                    }
                }
            }
        }
        pieces
    }
}

/// The halves of a window, cut through its longer side, at the edge of a block where that is near the middle. `None`
/// for a single pixel.
fn halves(window: &PixelWindow) -> Option<(PixelWindow, PixelWindow)> {
    let (left, top) = (window.left_px(), window.top_px());
    let (width, height) = (window.width_px(), window.height_px());
    let middle = |from: i64, side: u32| {
        let middle = from + i64::from(side / 2);
        let edge = middle.div_euclid(Mesh::BLOCK_PX) * Mesh::BLOCK_PX;
        let cut = if i64::from(side) >= 2 * Mesh::BLOCK_PX { edge } else { middle };
        u32::try_from(cut - from).ok().filter(|first| *first > 0)
    };
    let part = |x: u32, y: u32, width: u32, height: u32| {
        PixelWindow::new(left + i64::from(x), top + i64::from(y), width, height).ok()
    };
    if width >= height {
        let first = middle(left, width)?;
        Some((part(0, 0, first, height)?, part(first, 0, width - first, height)?))
    } else {
        let first = middle(top, height)?;
        Some((part(0, 0, width, first)?, part(0, first, width, height - first)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: (i64, i64, i64, i64) = (-(1 << 40), -(1 << 40), 1 << 40, 1 << 40);

    fn window(left: i64, top: i64, width: u32, height: u32) -> PixelWindow {
        PixelWindow::new(left, top, width, height).unwrap()
    }

    #[test]
    fn a_window_needs_what_its_pixels_reach() {
        let map = |places: &mut [(f64, f64)]| {
            for place in places {
                *place = (place.0 * 0.5 + 1000.0, place.1 * 3.0 - 50.0);
            }
        };
        let mesh = Mesh::new(&map);
        // Columns 1005.25 to 1014.75 (20 pixels), rows -18.5 to -9.5 (4 pixels), and the margins 1 + 1 and 3 + 1.
        let got = mesh.source_window(&window(10, 10, 20, 4), 1, ALL).unwrap().unwrap();
        assert_eq!(got, window(1003, -23, 14, 18));
        let got = mesh.source_window(&window(10, 10, 20, 4), 1, (1004, -20, 1006, 0)).unwrap().unwrap();
        assert_eq!(got, window(1004, -20, 2, 15));
        assert_eq!(mesh.source_window(&window(10, 10, 20, 4), 1, (0, 0, 500, 500)).unwrap(), None);
        assert_eq!(mesh.source_window(&window(10, 10, 20, 4), 1, (5, 5, -5, -5)).unwrap(), None);
    }

    #[test]
    fn pieces_are_the_window_and_keep_to_the_limit() {
        // Turned by two degrees, which makes a wide strip need far more rows than it has; and a hundredfold shrink.
        for (scale, turn) in [(1.0, 2f64), (100.0, 0.0), (0.1, -30.0)] {
            let (sin, cos) = turn.to_radians().sin_cos();
            let map = move |places: &mut [(f64, f64)]| {
                for (x, y) in places {
                    (*x, *y) = (scale * (*x * cos - *y * sin), scale * (*x * sin + *y * cos));
                }
            };
            let of = window(-77, 1000, 5000, 140);
            let pieces = Mesh::new(&map).pieces(&of, 3, ALL, 700_000);
            assert!(pieces.iter().all(|p| p.source.pixels() <= 700_000));
            assert_eq!(pieces.iter().map(|p| p.window.pixels()).sum::<u64>(), of.pixels());
            assert!(scale > 50.0 || pieces.len() < 12, "{}", pieces.len());
        }
    }

    #[test]
    fn the_least_piece_is_a_pixel_and_fits() {
        let most = (1i64 << 40) as f64;
        let map = move |places: &mut [(f64, f64)]| {
            for place in places {
                let sign = if (place.0.floor() as i64) % 2 == 0 { 1.0 } else { -1.0 };
                *place = (sign * most / 2.0, sign * most / 2.0);
            }
        };
        let pieces = Mesh::new(&map).pieces(&window(0, 0, 9, 2), 3, ALL, 0);
        assert_eq!(pieces.iter().map(|p| p.window.pixels()).sum::<u64>(), 18);
        let nothing = |places: &mut [(f64, f64)]| places.fill((f64::NAN, f64::NAN));
        assert_eq!(Mesh::new(&nothing).pieces(&window(0, 0, 5000, 300), 3, ALL, 0), []);
    }
}
