//! Enlarging a part of a parent tile to the size of a tile.

use crate::raster::{RasterError, TileImage};

/// Enlarges one part of a tile to the size of the whole: the picture that a coarser level has of one of the `times` by `times`
/// tiles that lie on it. `column` and `row` (below `times`) choose the part.
///
/// Bilinear between pixel centres; samples beyond the part come from the whole parent tile, so that its
/// children fit together without a seam.
///
/// # Errors
/// [`RasterError::Length`] never in practice: the output has the size of the input.
pub fn enlarge_part(
    parent: &TileImage,
    times: u32,
    (column, row): (u32, u32),
) -> Result<TileImage, RasterError> {
    let (width, height) = (parent.width_px(), parent.height_px());
    let bytes = parent.format().bytes();
    // Weights are counted in this part of a parent pixel; a part is never so small that they could overflow.
    let whole = 2 * times.clamp(1, 1 << 7);
    let mut samples = Vec::with_capacity(parent.samples().len());
    for y in 0..height {
        let (y0, y1, y_weight) = neighbours(y, row, height, whole);
        let (above, below) = (parent.row(y0), parent.row(y1));
        for x in 0..width {
            let (x0, x1, x_weight) = neighbours(x, column, width, whole);
            for sample in 0..bytes {
                let at = |row: &[u8], x: u32| {
                    u32::from(row.get(x as usize * bytes + sample).copied().unwrap_or_default())
                };
                let left = at(above, x0) * (whole - y_weight) + at(below, x0) * y_weight;
                let right = at(above, x1) * (whole - y_weight) + at(below, x1) * y_weight;
                let sum = left * (whole - x_weight) + right * x_weight;
                samples.push(((sum + whole * whole / 2) / (whole * whole)) as u8);
            }
        }
    }
    TileImage::new(width, height, parent.format(), samples)
}

/// The two parent pixels nearest to output pixel `at` of the part that begins at part `part`, and the weight of the second
/// out of `whole`, which is twice how much is enlarged.
///
/// The centre of output pixel i lies at (i + 0.5) / times parent pixels.
fn neighbours(at: u32, part: u32, side: u32, whole: u32) -> (u32, u32, u32) {
    let (times, last) = (whole / 2, side.saturating_sub(1));
    // Twice `times` for a parent pixel, counted from the centre of the first.
    let centre = 2 * (u64::from(part.min(times - 1)) * u64::from(side) + u64::from(at)) + 1;
    let (first, weight) = match centre.checked_sub(u64::from(times)) {
        Some(place) => (place / u64::from(whole), place % u64::from(whole)),
        None => return (0, 0, 0),
    };
    let first = u32::try_from(first).unwrap_or(last).min(last);
    (first, (first + 1).min(last), weight as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::PixelFormat;

    #[test]
    fn the_four_quarters_make_a_smooth_picture_of_twice_the_size() {
        let ramp: Vec<u8> = (0..8u8).flat_map(|y| (0..8u8).flat_map(move |x| [x * 16, y * 16, 7])).collect();
        let parent = TileImage::new(8, 8, PixelFormat::Rgb, ramp).unwrap();
        for (column, row) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let child = enlarge_part(&parent, 2, (column, row)).unwrap();
            assert_eq!((child.width_px(), child.height_px()), (8, 8));
            for y in 0..8u32 {
                for x in 0..8u32 {
                    let want = |i: u32, half: u32| {
                        let centre = (f64::from(half * 8 + i) + 0.5) / 2.0 - 0.5;
                        (centre.clamp(0.0, 7.0) * 16.0).round() as i32
                    };
                    let got = &child.row(y)[x as usize * 3..x as usize * 3 + 3];
                    assert!((i32::from(got[0]) - want(x, column)).abs() <= 1);
                    assert!((i32::from(got[1]) - want(y, row)).abs() <= 1);
                    assert_eq!(got[2], 7);
                }
            }
        }
    }

    #[test]
    fn any_number_of_parts_makes_a_smooth_picture() {
        let ramp: Vec<u8> = (0..8u8).flat_map(|_| (0..8u8).map(|x| x * 32)).collect();
        let parent = TileImage::new(8, 8, PixelFormat::Grey, ramp).unwrap();
        for times in [1, 2, 3, 5, 16] {
            for column in 0..times {
                let child = enlarge_part(&parent, times, (column, times - 1)).unwrap();
                for x in 0..8u32 {
                    let centre = (f64::from(column * 8 + x) + 0.5) / f64::from(times) - 0.5;
                    let want = (centre.clamp(0.0, 7.0) * 32.0).round() as i32;
                    let got = i32::from(child.row(3)[x as usize]);
                    assert!((got - want).abs() <= 1, "{times} {column} {x}: {got} {want}");
                }
            }
        }
    }
}
