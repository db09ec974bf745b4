//! Where the pixels of an output window lie on the lattice of a layer in another CRS or resolution.
//!
//! The exact transform is asked on a coarse mesh only; between its nodes places are interpolated, in fixed point.

mod cell;
mod piece;
mod span;

pub use piece::Piece;
pub use span::{MeshSpan, Shrink};

use crate::geo::PixelWindow;
use cell::Cell;

/// Turns fractional pixel places on the output lattice into those on the layer's lattice, in place.
///
/// Corner based: (0.5, 0.5) is the centre of the pixel at column 0, row 0. NaN where the transform is undefined.
pub type PlaceMap<'a> = dyn Fn(&mut [(f64, f64)]) + 'a;

/// The mesh of one layer.
///
/// The output lattice is cut into blocks of [`Mesh::BLOCK_PX`] from its origin on, whatever window is asked for. A block
/// is quartered until bilinear interpolation from its corners is near enough to the transform, or down to cells of
/// 8 px, whose pixel centres are then asked one by one. So the place of a pixel never depends on the window in
/// which it is asked, and a block costs at most nine transforms for eight pixels: commonly nine in all.
///
/// "Near" is 0.02 output pixels, and where the layer is shrunk up to 0.06 of its own. GDAL's approximate transformer is right
/// to 0.125 px by default.
///
/// Nothing is stored. Parts of less than 16 px that are defined amid an undefined block may be overlooked.
#[derive(Clone, Copy)]
pub struct Mesh<'a> {
    map: &'a PlaceMap<'a>,
}

impl<'a> Mesh<'a> {
    /// Side of a block in output pixels.
    pub const BLOCK_PX: i64 = 256;

    /// The mesh of a transform.
    #[must_use]
    pub const fn new(map: &'a PlaceMap<'a>) -> Self {
        Self { map }
    }

    /// Hands out runs of pixels that together are the window, without those where the transform is undefined;
    /// block by block, no pixel twice.
    pub fn spans(&self, window: &PixelWindow, each: &mut dyn FnMut(&MeshSpan)) {
        let side = Self::BLOCK_PX;
        let mut cells = Vec::new();
        for row in window.top_px().div_euclid(side)..=(window.bottom_px() - 1).div_euclid(side) {
            for column in window.left_px().div_euclid(side)..=(window.right_px() - 1).div_euclid(side) {
                cells.push(Cell::block(column * side, row * side, side, self.map));
                self.refine(&mut cells, window, each);
            }
        }
    }

    /// Quarters cells until they are near enough, and hands out the spans of those that meet the window.
    fn refine(&self, cells: &mut Vec<Cell>, window: &PixelWindow, each: &mut dyn FnMut(&MeshSpan)) {
        /// A cell of this side in which nothing was found is undefined.
        const UNDEFINED_PX: i64 = 16;
        while let Some(cell) = cells.pop() {
            if !cell.meets(window) {
                continue;
            }
            let mut middles = cell.middles();
            (self.map)(&mut middles);
            if cell.is_near(&middles) {
                cell.spans(window, each);
            } else if cell.side_px() <= UNDEFINED_PX && cell.is_undefined(&middles) {
            } else if cell.side_px() <= Cell::LEAST_PX {
                cell.single_pixels(window, self.map, each);
            } else {
                cells.extend(cell.quarters(&middles));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(left: i64, top: i64, width: u32, height: u32) -> PixelWindow {
        PixelWindow::new(left, top, width, height).unwrap()
    }

    /// Every pixel of a window with its place, shrink and the number of times it was handed out.
    fn places(mesh: &Mesh<'_>, of: &PixelWindow) -> Vec<Option<([i64; 2], Shrink)>> {
        let mut pixels = vec![None; of.pixels() as usize];
        mesh.spans(of, &mut |span| {
            assert!(span.pixels > 0 && span.x_px >= of.left_px() && span.y_px >= of.top_px());
            for i in 0..i64::from(span.pixels) {
                let (x, y) = (span.x_px + i - of.left_px(), span.y_px - of.top_px());
                assert!(x < i64::from(of.width_px()) && y < i64::from(of.height_px()));
                let pixel = &mut pixels[(y * i64::from(of.width_px()) + x) as usize];
                assert!(pixel.is_none(), "twice at {x}, {y}");
                *pixel = Some((span.place(i), span.shrink));
            }
        });
        pixels
    }

    const ONE: f64 = (1i64 << MeshSpan::FRACTION_BITS) as f64;

    /// The largest distance from the transform at the pixel centres of a window, in source pixels.
    fn error(map: &PlaceMap<'_>, of: &PixelWindow) -> f64 {
        let mesh = Mesh::new(map);
        let mut worst = 0f64;
        for (i, got) in places(&mesh, of).into_iter().enumerate() {
            let (x, y) = (i as i64 % i64::from(of.width_px()), i as i64 / i64::from(of.width_px()));
            let mut exact = [((of.left_px() + x) as f64 + 0.5, (of.top_px() + y) as f64 + 0.5)];
            map(&mut exact);
            let [x, y] = got.unwrap().0.map(|v| v as f64 / ONE);
            worst = worst.max((x - exact[0].0).hypot(y - exact[0].1));
        }
        worst
    }

    #[test]
    fn an_affine_transform_is_met_to_a_thousandth_of_a_pixel() {
        let map = |places: &mut [(f64, f64)]| {
            for (x, y) in places {
                (*x, *y) =
                    (0.9993 * *x + 0.0361 * *y + 1_000_000.123, -0.0361 * *x + 0.9993 * *y - 77_000.77);
            }
        };
        assert!(error(&map, &window(-300, 200, 700, 90)) < 1e-3);
    }

    #[test]
    fn curves_are_met_whatever_the_scale() {
        for scale in [0.02, 0.3, 1.0, 1.7, 20.0] {
            let map = move |places: &mut [(f64, f64)]| {
                for (x, y) in places {
                    let (u, v) = (*x / 400.0, *y / 300.0);
                    (*x, *y) =
                        (400.0 * scale * (u + 0.3 * v.sin()), 300.0 * scale * (v + 0.2 * (u * v).cos()));
                }
            };
            let worst = error(&map, &window(-130, -140, 500, 300));
            assert!(worst < 0.05 * f64::min(scale, 2.0), "{worst} at {scale}");
        }
    }

    #[test]
    fn a_pixel_lies_where_it_lies_in_whatever_window() {
        let map = |places: &mut [(f64, f64)]| {
            for (x, y) in places {
                let r = x.hypot(*y);
                // Undefined inside a circle and outside a wave, with a jump.
                let jump = if *x + *y > 300.0 { -5000.0 } else { 0.0 };
                (*x, *y) = if r < 60.0 || *x > 350.0 + 20.0 * (*y / 30.0).sin() {
                    (f64::NAN, 0.0)
                } else {
                    (*x * 1.1 + r / 90.0 + jump, *y * (1.0 + *x / 4000.0))
                };
            }
        };
        let mesh = Mesh::new(&map);
        let all = window(-100, -70, 600, 400);
        let whole = places(&mesh, &all);
        assert!(whole.iter().any(Option::is_none) && whole.iter().any(Option::is_some));
        for (left, top, width, height) in
            [(-100, -70, 600, 1), (-3, 129, 77, 31), (255, 255, 2, 2), (200, -70, 1, 400)]
        {
            let part = window(left, top, width, height);
            for (i, got) in places(&mesh, &part).into_iter().enumerate() {
                let (x, y) = (left + i as i64 % i64::from(width), top + i as i64 / i64::from(width));
                assert_eq!(got, whole[((y + 70) * 600 + x + 100) as usize], "{x}, {y}");
            }
        }
    }

    #[test]
    fn every_pixel_that_is_defined_is_there_and_no_other() {
        let map = |places: &mut [(f64, f64)]| {
            for place in places {
                let inside = (place.0 - 130.0).hypot(place.1 - 120.0) < 99.0;
                *place = if inside { (place.0 * 0.7, place.1 * 0.7) } else { (f64::NAN, f64::INFINITY) };
            }
        };
        let of = window(0, 0, 256, 256);
        for (i, got) in places(&Mesh::new(&map), &of).into_iter().enumerate() {
            let mut exact = [((i % 256) as f64 + 0.5, (i / 256) as f64 + 0.5)];
            map(&mut exact);
            assert_eq!(got.is_some(), exact[0].0.is_finite(), "{i}");
        }
    }

    #[test]
    fn the_transform_is_asked_seldom_and_never_much_more_than_once_a_pixel() {
        let of = window(0, 0, 512, 512);
        let smooth = |(x, y): (f64, f64)| (x + 2e-6 * x * y, y * 0.8 - 5e-7 * x * x);
        let wild = |(x, y): (f64, f64)| (x + (x * 12.9 + y * 78.2).sin() * 50.0, y);
        let nothing = |_| (f64::NAN, f64::NAN);
        let asked = |map: &dyn Fn((f64, f64)) -> (f64, f64)| {
            let count = std::cell::Cell::new(0);
            let map = |places: &mut [(f64, f64)]| {
                count.set(count.get() + places.len());
                places.iter_mut().for_each(|place| *place = map(*place));
            };
            Mesh::new(&map).spans(&of, &mut |_| ());
            count.get()
        };
        assert_eq!(asked(&smooth), 4 * 9);
        assert!(asked(&wild) < 512 * 512 * 9 / 8);
        assert!(asked(&nothing) < 4 * 2000);
    }

    #[test]
    fn hostile_transforms_give_no_span_and_no_panic() {
        let of = window(-PixelWindow::MAX_PLACE_PX, PixelWindow::MAX_PLACE_PX, 300, 20);
        let most = PixelWindow::MAX_PLACE_PX as f64;
        for (value, spans) in [
            (f64::NAN, false),
            (f64::INFINITY, false),
            (f64::MIN, false),
            (most * 1.01, false),
            (-most, true),
            (0.0, true),
        ] {
            let map = move |places: &mut [(f64, f64)]| places.fill((value, value));
            let got = places(&Mesh::new(&map), &of);
            assert!(got.iter().all(|p| p.is_some() == spans), "{value}");
        }
        // From one end to the other at every pixel.
        let map = |places: &mut [(f64, f64)]| {
            for place in places {
                let sign = if (place.0.floor() as i64) % 2 == 0 { 1.0 } else { -1.0 };
                *place = (sign * most, -sign * most);
            }
        };
        assert!(places(&Mesh::new(&map), &window(-50, 3, 100, 40)).iter().all(Option::is_some));
    }
}
