//! Pixels to the blocks of an MCU.

use std::hint::black_box;

use crate::codec::jpeg::JpegFrame;
use crate::codec::jpeg::dct::{QuantisedBlock, Quantiser, SAMPLE_BITS};
use crate::codec::jpeg::mcu::{Colour, MOST_BLOCKS};
use crate::codec::lanes::Lanes;

/// Most pixels of an MCU's side.
const SIDE: usize = 16;

/// Most blocks of luma that an MCU has.
const LUMA_BLOCKS: usize = 4;

/// Turns the pixels of MCUs into blocks for one frame.
pub(super) struct PixelCoder {
    colour: Colour,
    factors: &'static Factors,
    luma: Quantiser,
    chroma: [Quantiser; 2],
    blocks: [QuantisedBlock; MOST_BLOCKS],
}

/// Rows of pixels.
#[derive(Clone, Copy)]
pub(super) struct PixelRows<'p> {
    pub samples: &'p [u8],
    pub row_bytes: usize,
    /// 1 for grey, 3 for RGB, 4 for RGB with straight alpha.
    pub pixel_bytes: usize,
}

/// Factors of red and green, and of blue and green (JFIF 1.02, "Conversion to and from RGB").
struct Factors {
    /// With 16 bits behind the point. That of green does not fit, so it is in both.
    luma: [[i16; 8]; 2],
    /// With 14 bits behind the point, for the sums of four pixels.
    blue: [[i16; 8]; 2],
    red: [[i16; 8]; 2],
    /// A half, and for luma 128 less, with 16 bits behind the point.
    luma_bias: [i16; 8],
    chroma_bias: [i16; 8],
    places: [u8; 16],
}

static FACTORS: Factors = {
    const fn f(a: i16, b: i16) -> [i16; 8] {
        [a, b, a, b, a, b, a, b]
    }
    Factors {
        luma: [f(19_595, 22_086), f(7471, 16_384)],
        blue: [f(-2765, -5427), f(8192, 0)],
        red: [f(8192, -6860), f(-1332, 0)],
        luma_bias: f(i16::MIN, -128),
        chroma_bias: f(i16::MIN, 0),
        places: Lanes::BY_CHANNEL,
    }
};

impl PixelCoder {
    pub fn new(frame: &JpegFrame) -> Self {
        let tables = frame.quantisation();
        let quantiser = |i: usize| Quantiser::new(tables.get(i).unwrap_or(&[1; 64]));
        Self {
            colour: frame.colour(),
            // Loaded from memory, constants take one instruction; V8 makes those it sees of three.
            factors: black_box(&FACTORS),
            luma: quantiser(0),
            chroma: [quantiser(1), quantiser(2)],
            blocks: Default::default(),
        }
    }

    /// The blocks of MCU `column` of an MCU row, each with its component. Pixels that are missing to the right and
    /// below are like the last ones there are.
    #[inline(always)]
    pub fn blocks(
        &mut self,
        rows: PixelRows<'_>,
        column: usize,
    ) -> impl Iterator<Item = (usize, &QuantisedBlock)> {
        match (self.colour, self.colour.luma_blocks()) {
            (Colour::Grey, _) => self.make::<1, 1, false>(rows, column),
            (_, (1, 1)) => self.make::<1, 1, true>(rows, column),
            (_, (2, 1)) => self.make::<2, 1, true>(rows, column),
            (_, (1, _)) => self.make::<1, 2, true>(rows, column),
            _ => self.make::<2, 2, true>(rows, column),
        }
        self.colour.blocks().iter().map(|c| usize::from(*c)).zip(&self.blocks)
    }

    /// Makes the blocks of an MCU with so many columns and rows of luma blocks.
    fn make<const COLUMNS: usize, const ROWS: usize, const CHROMA: bool>(
        &mut self,
        rows: PixelRows<'_>,
        column: usize,
    ) {
        let nothing = Lanes::all_i16(0);
        let mut luma = [[nothing; 8]; LUMA_BLOCKS];
        let mut chroma = [[nothing; 2]; 8];
        let places = Lanes::of_bytes(self.factors.places);
        let mut pixels = [0; SIDE * 3];
        let mut source = rows.samples.chunks_exact(rows.row_bytes.max(1));
        for (y, chroma) in chroma.iter_mut().enumerate() {
            let mut sums = [nothing; 3];
            for part in 0..ROWS {
                // Where there is no row any more the last one stays.
                if let Some(row) = source.next() {
                    let from = column * COLUMNS * 8 * rows.pixel_bytes;
                    let row = row.get(from..).unwrap_or_default();
                    read_row(row, rows.pixel_bytes, COLUMNS * 8, &mut pixels);
                }
                let channels = Lanes::channels(&pixels, places);
                let (block_row, row) = ((y * ROWS + part) / 8, (y * ROWS + part) % 8);
                luma[block_row * COLUMNS][row] = self.luma(channels.map(Lanes::widen_low_bytes));
                if COLUMNS == 2 {
                    luma[block_row * COLUMNS + 1][row] = self.luma(channels.map(Lanes::widen_high_bytes));
                }
                for (sum, channel) in sums.iter_mut().zip(channels) {
                    let of = if COLUMNS == 2 { channel.add_neighbours() } else { channel.widen_low_bytes() };
                    *sum = sum.add_i16(of);
                }
            }
            if CHROMA {
                let four = sums.map(|sum| match COLUMNS * ROWS {
                    4 => sum,
                    2 => sum.add_i16(sum),
                    _ => sum.shl_i16::<2>(),
                });
                *chroma = self.chroma(four);
            }
        }
        let luma_blocks = COLUMNS * ROWS;
        for (out, samples) in self.blocks.iter_mut().zip(&luma).take(luma_blocks) {
            self.luma.block(samples, out);
        }
        if CHROMA {
            let outs = self.blocks.iter_mut().skip(luma_blocks);
            for (i, (out, quantiser)) in outs.zip(&self.chroma).enumerate() {
                quantiser.block(&chroma.map(|row| row[i]), out);
            }
        }
    }

    /// Luma from -128, times 16. Pixels that come from a JPEG were whole numbers of luma and chroma, and become them again.
    #[inline(always)]
    fn luma(&self, [r, g, b]: [Lanes; 3]) -> Lanes {
        let bias = Lanes::of_i16s(self.factors.luma_bias);
        self.weigh([r, g, b], &self.factors.luma, bias).shl_i16::<SAMPLE_BITS>()
    }

    /// Blue and red chroma around 0, times 16, of sums of four pixels: averages of colours have the averages of their chroma.
    #[inline(always)]
    fn chroma(&self, sums: [Lanes; 3]) -> [Lanes; 2] {
        let bias = Lanes::of_i16s(self.factors.chroma_bias);
        [&self.factors.blue, &self.factors.red]
            .map(|factors| self.weigh(sums, factors, bias).shl_i16::<SAMPLE_BITS>())
    }

    /// Weighted sums, of which the upper halves are taken.
    #[inline(always)]
    fn weigh(&self, [r, g, b]: [Lanes; 3], [rg, bg]: &[[i16; 8]; 2], bias: Lanes) -> Lanes {
        let (rg, bg) = (Lanes::of_i16s(*rg), Lanes::of_i16s(*bg));
        let sum = |a: Lanes, b: Lanes| a.dot(rg).add_i32(b.dot(bg)).add_i32(bias);
        sum(r.low_i16s(g), b.low_i16s(g)).high_halves(sum(r.high_i16s(g), b.high_i16s(g)))
    }
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
