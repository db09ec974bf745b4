//! Enlarging a quarter of a parent tile to the size of a tile.

use crate::raster::{RasterError, TileImage};

/// Enlarges one quarter of a tile to twice its size: the picture that the next lower level has of one of its
/// four children. `column` and `row` (0 or 1) choose the quarter.
///
/// Bilinear between pixel centres; samples beyond the quarter come from the whole parent tile, so that the
/// four children fit together without a seam.
///
/// # Errors
/// [`RasterError::Length`] never in practice: the output has the size of the input.
pub fn enlarge_quarter(parent: &TileImage, column: u32, row: u32) -> Result<TileImage, RasterError> {
    let (width, height) = (parent.width_px(), parent.height_px());
    let bytes = parent.format().bytes();
    let mut samples = Vec::with_capacity(parent.samples().len());
    for y in 0..height {
        let (y0, y1, y_weight) = neighbours(y, row.min(1) * (height / 2), height);
        let (above, below) = (parent.row(y0), parent.row(y1));
        for x in 0..width {
            let (x0, x1, x_weight) = neighbours(x, column.min(1) * (width / 2), width);
            for sample in 0..bytes {
                let at = |row: &[u8], x: u32| {
                    u32::from(row.get(x as usize * bytes + sample).copied().unwrap_or_default())
                };
                let left = at(above, x0) * (4 - y_weight) + at(below, x0) * y_weight;
                let right = at(above, x1) * (4 - y_weight) + at(below, x1) * y_weight;
                samples.push(((left * (4 - x_weight) + right * x_weight + 8) / 16) as u8);
            }
        }
    }
    TileImage::new(width, height, parent.format(), samples)
}

/// The two parent pixels nearest to output pixel `at`, and the weight of the second in quarters.
///
/// The centre of output pixel i lies at (i + 0.5) / 2 parent pixels: a quarter before or after a centre.
fn neighbours(at: u32, offset: u32, side: u32) -> (u32, u32, u32) {
    let (here, last) = (offset + at / 2, side.saturating_sub(1));
    if at.is_multiple_of(2) {
        (here.saturating_sub(1), here.min(last), 3)
    } else {
        (here.min(last), (here + 1).min(last), 1)
    }
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
            let child = enlarge_quarter(&parent, column, row).unwrap();
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
}
