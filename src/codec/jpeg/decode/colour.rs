//! Rows of luma and chroma to rows of RGB, as libjpeg rounds (`jdcolor.c`).

use std::hint::black_box;

use crate::raster::lanes::Lanes;

/// Pixels that are made at once, and their bytes.
const AT_ONCE: usize = 16;
const BYTES: usize = AT_ONCE * 3;

/// Grey to RGB.
pub fn write_grey(luma: &[u8], pixels: &mut [u8]) {
    for (pixel, luma) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(luma) {
        *pixel = [*luma; 3];
    }
}

/// Luma and chroma to RGB; `chroma` gives that of sixteen pixels around zero, blue and red.
#[inline(always)]
pub fn write(luma: &[u8], pixels: &mut [u8], chroma: impl Fn(usize) -> Option<[[Lanes; 2]; 2]>) {
    let factors = &Factors::new();
    let (whole, rest) = pixels.as_chunks_mut::<BYTES>();
    let mut last = [0; BYTES];
    for (i, luma) in luma.as_chunks::<AT_ONCE>().0.iter().enumerate() {
        let pixels = whole.get_mut(i).unwrap_or(&mut last);
        if let Some(chroma) = chroma(i) {
            rgb(factors, Lanes::of_bytes(*luma), chroma, pixels);
        }
    }
    rest.iter_mut().zip(last).for_each(|(to, from)| *to = from);
}

/// Factors (JFIF 1.02, "Conversion to and from RGB").
struct Factors {
    /// 0.402 and half of 1.772, with 15 bits behind the point: for all 256 values the products round as those of factors of
    /// 16 bits do.
    red: Lanes,
    blue: Lanes,
    /// -0.34414 of blue and 1 - 0.71414 of red chroma, with 16 bits behind the point; -0.71414 does not fit.
    green: Lanes,
    /// A half, with 16 bits behind the point.
    half: Lanes,
    without_fourths: Lanes,
}

impl Factors {
    #[inline(always)]
    fn new() -> Self {
        const GREEN: [i16; 2] = [-22_554, 18_734];
        static ALL: [[i16; 8]; 4] = [
            [13_173; 8],
            [29_033; 8],
            [GREEN[0], GREEN[1], GREEN[0], GREEN[1], GREEN[0], GREEN[1], GREEN[0], GREEN[1]],
            [i16::MIN, 0, i16::MIN, 0, i16::MIN, 0, i16::MIN, 0],
        ];
        // Loaded from memory, constants take one instruction; V8 makes those it sees of three.
        let [red, blue, green, half] = black_box(&ALL).map(Lanes::of_i16s);
        let without_fourths = Lanes::of_bytes(*black_box(&Lanes::WITHOUT_FOURTHS));
        Self { red, blue, green, half, without_fourths }
    }
}

/// Sixteen pixels.
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
        let bytes = four.drop_fourth_bytes(factors.without_fourths).bytes();
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
    let red = luma.add_i16(cr).add_i16(cr.mul_q15(factors.red));
    let blue = luma.add_i16(cb.add_i16(cb).mul_q15(factors.blue));
    let part = |pairs: Lanes| pairs.dot(factors.green).add_i32(factors.half);
    let green = part(cb.low_i16s(cr)).high_halves(part(cb.high_i16s(cr)));
    [red, luma.sub_i16(cr).add_i16(green), blue]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_is_that_of_libjpeg() {
        // `jdcolor.c`: factors of 16 bits behind the point.
        let fix = |factor: f64| (factor * 65_536.0 + 0.5) as i32;
        let round = |product: i32| (product + (1 << 15)) >> 16;
        let limit = |value: i32| value.clamp(0, 255) as u8;
        for (cb, cr) in (0..256).flat_map(|cb| (0..256).map(move |cr| (cb, cr))) {
            let luma: [u8; 16] = std::array::from_fn(|i| (cb * 7 + cr * 3 + i as i32 * 17) as u8);
            let chroma = [cb, cr].map(|c| [Lanes::all_i16(c as i16 - 128); 2]);
            let mut pixels = [0; BYTES];
            rgb(&Factors::new(), Lanes::of_bytes(luma), chroma, &mut pixels);
            let (blue, red) = (cb - 128, cr - 128);
            for (pixel, y) in pixels.as_chunks::<3>().0.iter().zip(luma.map(i32::from)) {
                let expected = [
                    y + round(fix(1.402) * red),
                    y + round(-fix(0.34414) * blue - fix(0.71414) * red),
                    y + round(fix(1.772) * blue),
                ];
                assert_eq!(*pixel, expected.map(limit), "luma {y}, chroma {cb} and {cr}");
            }
        }
    }
}
