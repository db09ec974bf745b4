//! Rows of luma and chroma to rows of RGB, as libjpeg's `jdcolor.c` and `jdsample.c` round.

use crate::codec::lanes::Lanes;

/// Where a [`ChromaRow`]'s values begin: there is room for a neighbour to the left.
const START: usize = 8;

/// Pixels that are made at once, and their bytes.
const AT_ONCE: usize = 16;
const BYTES: usize = AT_ONCE * 3;

/// A row of one chroma component, perhaps a weighted sum of two rows.
pub struct ChromaRow(Vec<i16>);

impl ChromaRow {
    /// Room for so many pixels.
    pub fn new(width_px: usize) -> Self {
        Self(vec![0; START + width_px.next_multiple_of(AT_ONCE) + AT_ONCE])
    }

    #[inline(always)]
    fn fill(&mut self, near: &[u8], far: &[u8], value: impl Fn(Lanes, Lanes) -> Lanes) {
        let values = self.0.get_mut(START..).unwrap_or_default().as_chunks_mut::<16>().0;
        let samples = near.as_chunks::<16>().0.iter().zip(far.as_chunks::<16>().0);
        for (to, (near, far)) in values.iter_mut().zip(samples) {
            let (near, far) = (Lanes::of_bytes(*near), Lanes::of_bytes(*far));
            let low = value(near.widen_low_bytes(), far.widen_low_bytes());
            let high = value(near.widen_high_bytes(), far.widen_high_bytes());
            *to = bytemuck::must_cast([low.i16s(), high.i16s()]);
        }
    }

    /// The samples themselves.
    pub fn take(&mut self, near: &[u8]) {
        self.fill(near, near, |near, _| near);
    }

    /// Each sample twice.
    pub fn double(&mut self, near: &[u8]) {
        let values = self.0.get_mut(START..).unwrap_or_default().as_chunks_mut::<2>().0;
        for (to, from) in values.iter_mut().zip(near) {
            *to = [i16::from(*from); 2];
        }
    }

    /// Three times the nearer row and once the other.
    pub fn weigh(&mut self, near: &[u8], far: &[u8]) {
        self.fill(near, far, weigh);
    }

    /// A quarter of that; of halves, those of a `lower` row are rounded up.
    pub fn mix(&mut self, near: &[u8], far: &[u8], lower: bool) {
        let bias = Lanes::all_i16(if lower { 2 } else { 1 });
        self.fill(near, far, |near, far| weigh(near, far).add_i16(bias).shr_i16::<2>());
    }

    /// Ends the row behind `count` values: at both ends its neighbours are like the outermost ones.
    pub fn end(&mut self, count: usize) {
        let values = &mut self.0[..];
        if let Some([before, first]) = values.get_mut(START - 1..).and_then(|v| v.first_chunk_mut()) {
            *before = *first;
        }
        if let Some([last, behind]) = values.get_mut(START + count - 1..).and_then(|v| v.first_chunk_mut()) {
            *behind = *last;
        }
    }

    /// The values in eights, beginning at an offset.
    #[inline(always)]
    fn from(&self, offset: isize) -> &[[i16; 8]] {
        self.0.get(START.saturating_add_signed(offset)..).unwrap_or_default().as_chunks().0
    }
}

#[inline(always)]
fn weigh(near: Lanes, far: Lanes) -> Lanes {
    near.add_i16(near).add_i16(near).add_i16(far)
}

/// Grey to RGB.
pub fn write_grey(luma: &[u8], pixels: &mut [u8]) {
    for (pixel, luma) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(luma) {
        *pixel = [*luma; 3];
    }
}

/// With chroma of the luma's width.
pub fn write(luma: &[u8], [cb, cr]: [&ChromaRow; 2], pixels: &mut [u8]) {
    let centre = Lanes::all_i16(-128);
    let twos = |row: &'_ ChromaRow, i: usize| -> Option<[Lanes; 2]> {
        let [a, b] = row.from(0).as_chunks::<2>().0.get(i)?.map(Lanes::of_i16s);
        Some([a.add_i16(centre), b.add_i16(centre)])
    };
    convert(luma, pixels, |i| Some([twos(cb, i)?, twos(cr, i)?]));
}

/// With chroma of half the luma's width, in [`ChromaRow`]s that have `SHIFT - 2` bits too many. Of halves, those of even
/// columns are rounded with `EVEN`, those of odd ones with `ODD`.
pub fn write_halved<const SHIFT: u32, const EVEN: i16, const ODD: i16>(
    luma: &[u8],
    [cb, cr]: [&ChromaRow; 2],
    pixels: &mut [u8],
) {
    let centre = -128 << SHIFT;
    let (even, odd) = (Lanes::all_i16(centre + EVEN), Lanes::all_i16(centre + ODD));
    let twos = |row: &'_ ChromaRow, i: usize| -> Option<[Lanes; 2]> {
        let of = |offset| row.from(offset).get(i).map(|values| Lanes::of_i16s(*values));
        let (left, this, right) = (of(-1)?, of(0)?, of(1)?);
        let thrice = this.add_i16(this).add_i16(this);
        let even = thrice.add_i16(left).add_i16(even).shr_i16::<SHIFT>();
        let odd = thrice.add_i16(right).add_i16(odd).shr_i16::<SHIFT>();
        Some([even.low_i16s(odd), even.high_i16s(odd)])
    };
    convert(luma, pixels, |i| Some([twos(cb, i)?, twos(cr, i)?]));
}

/// Converts a row; `chroma` gives the chroma of sixteen pixels around zero.
#[inline(always)]
fn convert(luma: &[u8], pixels: &mut [u8], chroma: impl Fn(usize) -> Option<[[Lanes; 2]; 2]>) {
    let factors = &Factors::new();
    let (whole, rest) = pixels.as_chunks_mut::<BYTES>();
    let mut luma = luma.as_chunks::<AT_ONCE>().0.iter().enumerate();
    for (pixels, (i, luma)) in whole.iter_mut().zip(&mut luma) {
        if let Some(chroma) = chroma(i) {
            rgb(factors, Lanes::of_bytes(*luma), chroma, pixels);
        }
    }
    if let (false, Some((i, luma))) = (rest.is_empty(), luma.next())
        && let Some(chroma) = chroma(i)
    {
        let mut pixels = [0; BYTES];
        rgb(factors, Lanes::of_bytes(*luma), chroma, &mut pixels);
        rest.iter_mut().zip(pixels).for_each(|(to, from)| *to = from);
    }
}

struct Factors {
    red: Lanes,
    blue: Lanes,
    green: Lanes,
    half: Lanes,
    places: Lanes,
}

impl Factors {
    #[inline(always)]
    fn new() -> Self {
        static ALL: ([i16; 8], [i16; 8], [i16; 8], [i16; 8], [u8; 16]) = (
            [RED; 8],
            [BLUE; 8],
            [-22_554, 18_734, -22_554, 18_734, -22_554, 18_734, -22_554, 18_734],
            [-32768, 0, -32768, 0, -32768, 0, -32768, 0],
            [0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255],
        );
        let all = std::hint::black_box(&ALL);
        Self {
            red: Lanes::of_i16s(all.0),
            blue: Lanes::of_i16s(all.1),
            green: Lanes::of_i16s(all.2),
            half: Lanes::of_i16s(all.3),
            places: Lanes::of_bytes(all.4),
        }
    }
}

/// Sixteen pixels (JFIF 1.02, with factors of 16 bits behind the point).
#[inline(always)]
fn rgb(factors: &Factors, luma: Lanes, [cb, cr]: [[Lanes; 2]; 2], pixels: &mut [u8; BYTES]) {
    let [low, high] = [0, 1].map(|i| {
        let luma = if i == 0 { luma.widen_low_bytes() } else { luma.widen_high_bytes() };
        colours(factors, luma, cb[i], cr[i])
    });
    let [r, g, b] = [0, 1, 2].map(|i| low[i].to_bytes::<0>(high[i]));
    let nothing = Lanes::all_i16(0);
    let (rg, b) = ([r.low_bytes(g), r.high_bytes(g)], [b.low_bytes(nothing), b.high_bytes(nothing)]);
    let fours = [rg[0].low_i16s(b[0]), rg[0].high_i16s(b[0]), rg[1].low_i16s(b[1]), rg[1].high_i16s(b[1])];
    for (i, four) in fours.into_iter().enumerate() {
        // The bytes behind the twelve are written over by the next ones.
        let bytes = four.drop_fourth_bytes(factors.places).bytes();
        let at = i * 12;
        match pixels.get_mut(at..at + 16) {
            Some(to) => to.copy_from_slice(&bytes),
            None => pixels[at..].copy_from_slice(&bytes[..12]),
        }
    }
}

/// Red, green and blue of eight pixels.
#[inline(always)]
fn colours(factors: &Factors, luma: Lanes, cb: Lanes, cr: Lanes) -> [Lanes; 3] {
    // 1.402 and 1.772: for all 256 values the rounded product is that of factors of 16 bits (see the test).
    let red = luma.add_i16(cr).add_i16(cr.mul_q15(factors.red));
    let blue = luma.add_i16(cb.add_i16(cb).mul_q15(factors.blue));
    // -0.34414 and -0.71414; the latter plus one, for it must fit 16 bits.
    let part = |pairs: Lanes| pairs.dot(factors.green).add_i32(factors.half);
    let green = part(cb.low_i16s(cr)).high_halves(part(cb.high_i16s(cr)));
    [red, luma.sub_i16(cr).add_i16(green), blue]
}

const RED: i16 = 13_173;
const BLUE: i16 = 29_033;
