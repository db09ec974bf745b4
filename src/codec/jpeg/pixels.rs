//! Pixels to the blocks of an MCU.

use crate::codec::jpeg::JpegFrame;
use crate::codec::jpeg::dct::{Lanes, Quantiser};
use crate::codec::jpeg::mcu::{Colour, MOST_BLOCKS, Subsampling};
use crate::codec::jpeg::quantisation::ROUND;

/// Most pixels of an MCU's side.
const SIDE: usize = 16;

/// A colour of an MCU's pixels.
type Plane = [[f32; SIDE]; SIDE];

/// Turns the pixels of MCUs into blocks for one frame.
pub(super) struct PixelCoder {
    colour: Colour,
    luma: Quantiser,
    chroma: [Quantiser; 2],
    blocks: [[i16; 64]; MOST_BLOCKS],
}

/// Rows of pixels.
#[derive(Clone, Copy)]
pub(super) struct PixelRows<'p> {
    pub samples: &'p [u8],
    pub row_bytes: usize,
    /// 1 for grey, 3 for RGB, 4 for RGB with straight alpha.
    pub pixel_bytes: usize,
}

impl PixelCoder {
    pub fn new(frame: &JpegFrame) -> Self {
        let tables = frame.quantisation();
        let quantiser = |i: usize| Quantiser::new(tables.get(i).unwrap_or(&[1; 64]));
        Self {
            colour: frame.colour(),
            luma: quantiser(0),
            chroma: [quantiser(1), quantiser(2)],
            blocks: [[0; 64]; MOST_BLOCKS],
        }
    }

    /// The blocks of MCU `column` of an MCU row, each with its component. Pixels that are missing to the right and
    /// below are like the last ones there are.
    pub fn blocks(
        &mut self,
        rows: PixelRows<'_>,
        column: usize,
    ) -> impl Iterator<Item = (usize, &[i16; 64])> {
        let (columns, block_rows) = self.colour.luma_blocks();
        let [r, g, b] = planes(rows, column, columns * 8, block_rows * 8);
        let places = (0..block_rows).flat_map(|y| (0..columns).map(move |x| (y, x)));
        for (out, (y, x)) in self.blocks.iter_mut().zip(places) {
            let samples = block(|i, k| {
                let (i, k) = ((y * 8 + i) % SIDE, (x * 8 + k) % SIDE);
                round(0.299 * r[i][k] + 0.587 * g[i][k] + 0.114 * b[i][k] - 128.0)
            });
            self.luma.block(&samples, out);
        }
        if let Colour::YCbCr(subsampling) = self.colour {
            // JFIF 1.02, "Conversion to and from RGB"; averages of colours have the averages of their chroma.
            let [r, g, b] = [r, g, b].map(|plane| shrink(&plane, subsampling));
            let cb = block(|y, x| round(-0.168_735_9 * r[y][x] - 0.331_264_1 * g[y][x] + 0.5 * b[y][x]));
            let cr = block(|y, x| round(0.5 * r[y][x] - 0.418_687_6 * g[y][x] - 0.081_312_4 * b[y][x]));
            let luma_blocks = columns * block_rows;
            let chroma = self.blocks.iter_mut().skip(luma_blocks);
            for ((out, samples), quantiser) in chroma.zip([cb, cr]).zip(&self.chroma) {
                quantiser.block(&samples, out);
            }
        }
        self.colour.blocks().iter().map(|c| usize::from(*c)).zip(&self.blocks)
    }
}

/// To the nearest whole number. Pixels that come from a JPEG were whole numbers of luma and chroma, and become them again.
#[inline(always)]
fn round(value: f32) -> f32 {
    value + ROUND - ROUND
}

#[inline(always)]
fn block(sample: impl Fn(usize, usize) -> f32) -> [Lanes; 8] {
    std::array::from_fn(|y| std::array::from_fn(|x| sample(y, x)))
}

/// Averages pixels to an 8 x 8 block.
#[inline(always)]
fn shrink(plane: &Plane, subsampling: Subsampling) -> [Lanes; 8] {
    match subsampling {
        Subsampling::S444 => block(|y, x| plane[y][x]),
        Subsampling::S422 => block(|y, x| (plane[y][2 * x] + plane[y][2 * x + 1]) * 0.5),
        Subsampling::S440 => block(|y, x| (plane[2 * y][x] + plane[2 * y + 1][x]) * 0.5),
        Subsampling::S420 => {
            let halved: [Lane16; 8] =
                std::array::from_fn(|y| std::array::from_fn(|x| plane[2 * y][x] + plane[2 * y + 1][x]));
            block(|y, x| (halved[y][2 * x] + halved[y][2 * x + 1]) * 0.25)
        }
    }
}

type Lane16 = [f32; SIDE];

/// Red, green and blue of an MCU.
#[inline(always)]
fn planes(rows: PixelRows<'_>, column: usize, width: usize, height: usize) -> [Plane; 3] {
    let mut planes = [[[0.0; SIDE]; SIDE]; 3];
    let [r, g, b] = &mut planes;
    let mut pixels = [0; SIDE * 3];
    let mut source = rows.samples.chunks_exact(rows.row_bytes.max(1));
    for ((r, g), b) in r.iter_mut().zip(g).zip(b).take(height) {
        // Where there is no row any more the last one stays.
        if let Some(row) = source.next() {
            let from = column * width * rows.pixel_bytes;
            read_row(row.get(from..).unwrap_or_default(), rows.pixel_bytes, width, &mut pixels);
        }
        for (((pixel, r), g), b) in pixels.as_chunks::<3>().0.iter().zip(r).zip(g).zip(b) {
            *r = f32::from(pixel[0]);
            *g = f32::from(pixel[1]);
            *b = f32::from(pixel[2]);
        }
    }
    planes
}

/// The first pixels of a row as RGB.
#[inline(always)]
fn read_row(row: &[u8], pixel_bytes: usize, width: usize, pixels: &mut [u8; SIDE * 3]) {
    match (pixel_bytes, row.first_chunk::<{ SIDE * 3 }>(), row.first_chunk::<{ SIDE * 3 / 2 }>()) {
        (3, Some(row), _) if width == SIDE => *pixels = *row,
        (3, _, Some(row)) if width == SIDE / 2 => {
            if let Some(first) = pixels.first_chunk_mut() {
                *first = *row;
            }
        }
        _ => read_any_row(row, pixel_bytes, pixels),
    }
}

/// Of any pixels, with the last one repeated; transparent ones over white.
#[cold]
fn read_any_row(row: &[u8], pixel_bytes: usize, pixels: &mut [u8; SIDE * 3]) {
    let mut last = [255; 3];
    let mut source = row.chunks_exact(pixel_bytes.max(1));
    for pixel in pixels.as_chunks_mut::<3>().0 {
        match source.next() {
            Some([grey]) => last = [*grey; 3],
            Some([r, g, b]) => last = [*r, *g, *b],
            Some([r, g, b, alpha]) => last = [*r, *g, *b].map(|value| over_white(value, *alpha)),
            _ => {}
        }
        *pixel = last;
    }
}

/// As pasting onto a white strip does it.
const fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (value as u32, alpha as u32);
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}
