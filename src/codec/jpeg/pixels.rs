//! Pixels to the blocks of an MCU.

use std::hint::black_box;

use crate::codec::jpeg::JpegFrame;
use crate::codec::jpeg::dct::{QuantisedBlock, Quantiser, SAMPLE_BITS};
use crate::codec::jpeg::mcu::{Colour, MOST_BLOCKS};
use crate::raster::lanes::Lanes;

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

/// Factors (JFIF 1.02, "Conversion to and from RGB") with 16 bits behind the point, as libjpeg has them, of two colours
/// each. Those that do not fit 16 bits are there in halves.
struct Factors {
    /// Of red and green, and of blue and green.
    luma: [[i16; 8]; 2],
    /// Of red and green for blue chroma, of blue and green for red chroma.
    chroma: [[i16; 8]; 2],
    /// A quarter of the blue, or of the red, twice. And of two neighbours, for averages of four.
    quarters: [i16; 8],
    /// A half, and for luma 128 less.
    luma_bias: [i16; 8],
    /// Less than a half, so that the largest chroma is 127.
    chroma_bias: [i16; 8],
    /// Averages of halves, where columns are halved, are rounded down and up in turns: of four samples, of two.
    turns: [[i16; 8]; 2],
    places: [u8; 16],
}

static FACTORS: Factors = {
    const fn f(a: i16, b: i16) -> [i16; 8] {
        [a, b, a, b, a, b, a, b]
    }
    const QUARTER: i16 = 1 << 14;
    Factors {
        luma: [f(19_595, 22_086), f(7471, 16_384)],
        chroma: [f(-11_059, -21_709), f(-5329, -27_439)],
        quarters: f(QUARTER, QUARTER),
        luma_bias: f(i16::MIN, -128),
        chroma_bias: f(i16::MAX, 0),
        turns: [[QUARTER, 0, i16::MIN, 0, QUARTER, 0, i16::MIN, 0], [0, 0, i16::MIN, 0, 0, 0, i16::MIN, 0]],
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
            let mut sums = [[nothing; 2]; 2];
            for part in 0..ROWS {
                // Where there is no row any more the last one stays.
                if let Some(row) = source.next() {
                    let from = column * COLUMNS * 8 * rows.pixel_bytes;
                    let row = row.get(from..).unwrap_or_default();
                    read_row(row, rows.pixel_bytes, COLUMNS * 8, &mut pixels);
                }
                let channels = Lanes::channels(&pixels, places);
                let (block_row, row) = ((y * ROWS + part) / 8, (y * ROWS + part) % 8);
                for half in 0..COLUMNS {
                    let widen = if half == 0 { Lanes::widen_low_bytes } else { Lanes::widen_high_bytes };
                    let colours = Colours::new(channels.map(widen));
                    luma[block_row * COLUMNS + half][row] = self.luma(&colours);
                    if CHROMA {
                        for (sum, chroma) in sums.iter_mut().zip(self.chroma(&colours)) {
                            sum[half] = if COLUMNS == 2 {
                                sum[half].add_i32(chroma.dot(Lanes::of_i16s(self.factors.quarters)))
                            } else {
                                sum[half].add_i16(chroma)
                            };
                        }
                    }
                }
            }
            if CHROMA {
                *chroma = sums.map(|sum| self.average::<COLUMNS, ROWS>(sum).shl_i16::<SAMPLE_BITS>());
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
    fn luma(&self, colours: &Colours) -> Lanes {
        let factors = self.factors.luma.map(Lanes::of_i16s);
        let parts = [(&colours.red_green, factors[0]), (&colours.blue_green, factors[1])];
        weigh(parts, Lanes::of_i16s(self.factors.luma_bias)).shl_i16::<SAMPLE_BITS>()
    }

    /// Blue and red chroma around 0.
    #[inline(always)]
    fn chroma(&self, colours: &Colours) -> [Lanes; 2] {
        let (factors, halves) =
            (self.factors.chroma.map(Lanes::of_i16s), Lanes::of_i16s(self.factors.quarters));
        let bias = Lanes::of_i16s(self.factors.chroma_bias);
        [
            weigh([(&colours.red_green, factors[0]), (&colours.blues, halves)], bias),
            weigh([(&colours.blue_green, factors[1]), (&colours.reds, halves)], bias),
        ]
    }

    /// Averages of the samples of `COLUMNS` columns and `ROWS` rows, as libjpeg rounds them (`jcsample.c`).
    #[inline(always)]
    fn average<const COLUMNS: usize, const ROWS: usize>(&self, sum: [Lanes; 2]) -> Lanes {
        match (COLUMNS, ROWS) {
            (2, 2) => {
                let [low, high] = sum.map(|sum| sum.add_i32(Lanes::of_i16s(self.factors.turns[0])));
                low.high_halves(high)
            }
            (2, _) => {
                let [low, high] =
                    sum.map(|sum| sum.add_i32(sum).add_i32(Lanes::of_i16s(self.factors.turns[1])));
                low.high_halves(high)
            }
            (_, 2) => sum[0].add_i16(Lanes::all_i16(1)).shr_i16::<1>(),
            _ => sum[0],
        }
    }
}

/// The colours of eight pixels by pairs, four pixels in each half.
struct Colours {
    red_green: [Lanes; 2],
    blue_green: [Lanes; 2],
    reds: [Lanes; 2],
    blues: [Lanes; 2],
}

impl Colours {
    #[inline(always)]
    fn new([red, green, blue]: [Lanes; 3]) -> Self {
        let pairs = |a: Lanes, b: Lanes| [a.low_i16s(b), a.high_i16s(b)];
        Self {
            red_green: pairs(red, green),
            blue_green: pairs(blue, green),
            reds: pairs(red, red),
            blues: pairs(blue, blue),
        }
    }
}

/// The upper halves of a weighted sum.
#[inline(always)]
fn weigh([(a, a_factors), (b, b_factors)]: [(&[Lanes; 2], Lanes); 2], bias: Lanes) -> Lanes {
    let [low, high] = [0, 1].map(|i| a[i].dot(a_factors).add_i32(b[i].dot(b_factors)).add_i32(bias));
    low.high_halves(high)
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
