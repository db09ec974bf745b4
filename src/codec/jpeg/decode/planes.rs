//! The samples of one MCU row, and how they become rows of pixels. Upsampling needs the rows of chroma above and below, so
//! each MCU row leaves its last rows, and where chroma has fewer rows its last row of pixels, to the next one.

use crate::codec::jpeg::decode::colour;
use crate::codec::jpeg::decode::upsampling::ChromaRow;
use crate::codec::jpeg::mcu::Colour;

/// Rows of an MCU row and the one above.
struct Plane {
    samples: Vec<u8>,
    /// Bytes of a row: whole MCUs, and a multiple of 16.
    stride: usize,
    /// Rows of an MCU row.
    rows: usize,
}

/// The planes of all components.
pub struct Planes {
    planes: Vec<Plane>,
    width_px: usize,
    height_px: usize,
    /// By how much there are fewer columns and rows of chroma: 1 or 2.
    shrink: (usize, usize),
    chroma: [ChromaRow; 2],
}

impl Planes {
    pub fn new(colour: Colour, width_px: u32, height_px: u32) -> Self {
        let (mcu_width_px, _) = colour.mcu_px();
        let mcus = width_px.div_ceil(mcu_width_px) as usize;
        let shrink = colour.luma_blocks();
        let plane = |(columns, rows): (usize, usize)| {
            let (stride, rows) = ((mcus * columns * 8).next_multiple_of(16), rows * 8);
            Plane { samples: vec![0; stride * (rows + 1)], stride, rows }
        };
        let sizes = [shrink, (1, 1), (1, 1)];
        Self {
            planes: sizes.into_iter().take(colour.components()).map(plane).collect(),
            width_px: width_px as usize,
            height_px: height_px as usize,
            shrink,
            chroma: [(); 2].map(|()| ChromaRow::new(width_px as usize)),
        }
    }

    /// Where the samples of a block of the MCU row belong, and the bytes of a row.
    #[inline(always)]
    pub fn block(&mut self, component: usize, x: usize, y: usize) -> (&mut [u8], usize) {
        let Some(Plane { samples, stride, .. }) = self.planes.get_mut(component) else { return (&mut [], 8) };
        let from = (y * 8 + 1) * *stride + x * 8;
        (samples.get_mut(from..from + *stride * 7 + 8).unwrap_or_default(), *stride)
    }

    /// Writes the pixels that are complete with this MCU row. The last row of pixels waits for the MCU row below where
    /// its chroma does.
    pub fn end_row(&mut self, mcu_row: usize, rgb: &mut [u8]) {
        let Some(rows) = self.planes.first().map(|luma| luma.rows) else { return };
        let top = mcu_row * rows;
        let waits = usize::from(self.planes.len() == 3 && self.shrink.1 == 2);
        let last = top + rows >= self.height_px;
        let end = if last { self.height_px } else { top + rows - waits };
        let start = top.saturating_sub(waits);
        let pixels = rgb.chunks_exact_mut(self.width_px * 3);
        for (y, pixels) in (start..end).zip(pixels.skip(start)) {
            self.write(y, top, pixels);
        }
        for plane in &mut self.planes {
            plane.samples.copy_within(plane.rows * plane.stride.., 0);
        }
    }

    /// Writes row `y` of the image, while the planes hold the MCU row that begins at row `top`.
    fn write(&mut self, y: usize, top: usize, pixels: &mut [u8]) {
        let [luma, chroma @ ..] = &self.planes[..] else { return };
        let luma = luma.row(y, top);
        if chroma.is_empty() {
            return colour::write_grey(luma, pixels);
        }
        let (columns, rows) = self.shrink;
        let count = self.width_px.div_ceil(columns);
        // Of two columns and less libjpeg makes no triangles.
        let (wide, high) = (columns == 2 && count > 2, rows == 2 && (columns == 1 || count > 2));
        let near = y / rows;
        let far = match y % rows {
            _ if !high => near,
            0 => near.saturating_sub(1),
            _ => (near + 1).min(self.height_px.div_ceil(rows) - 1),
        };
        for (plane, row) in chroma.iter().zip(&mut self.chroma) {
            let (near, far) = (plane.row(near, top / rows), plane.row(far, top / rows));
            match (columns, wide, high) {
                (1, _, false) => row.take(near),
                (1, _, true) => row.mix(near, far, y % 2 == 1),
                (_, false, _) => row.double(near),
                (_, true, false) => row.take(near),
                (_, true, true) => row.weigh(near, far),
            }
            if wide {
                row.end(count);
            }
        }
        let [cb, cr] = &self.chroma;
        match (wide, high) {
            (false, _) => colour::write(luma, pixels, |i| Some([cb.whole(i)?, cr.whole(i)?])),
            (true, false) => {
                colour::write(luma, pixels, |i| Some([cb.halved::<2, 1, 2>(i)?, cr.halved::<2, 1, 2>(i)?]));
            }
            (true, true) => {
                colour::write(luma, pixels, |i| Some([cb.halved::<4, 8, 7>(i)?, cr.halved::<4, 8, 7>(i)?]));
            }
        }
    }
}

impl Plane {
    /// A row of the image's samples, while the plane holds those from row `top` on and one above.
    fn row(&self, y: usize, top: usize) -> &[u8] {
        let from = (y + 1).saturating_sub(top) * self.stride;
        self.samples.get(from..from + self.stride).unwrap_or_default()
    }
}
