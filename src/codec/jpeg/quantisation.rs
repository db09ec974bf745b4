//! Quantisation tables, in zigzag order as files have them.

/// The place in a block of each coefficient in zigzag order (T.81, figure 5).
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// T.81, table K.1, in zigzag order.
const LUMA: [u8; 64] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40,
    58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103,
    104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
];

/// T.81, table K.2, in zigzag order.
const CHROMA: [u8; 64] = [
    17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// The luma and chroma tables for a quality of 1 to 100, scaled as libjpeg scales them, so that a quality means what
/// people know it to mean.
pub(super) fn tables(quality: u8) -> [[u8; 64]; 2] {
    let quality = u32::from(quality.clamp(1, 100));
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    [LUMA, CHROMA].map(|table| table.map(|step| ((u32::from(step) * percent + 50) / 100).clamp(1, 255) as u8))
}

/// Adding it to a number of less than 22 bits rounds that to a whole one (halves to even), which then is in the low bits
/// of the sum.
pub(super) const ROUND: f32 = 12_582_912.0;

/// Range of quantised coefficients: differences of DC have at most 11 bits then, AC at most 10 (T.81, tables F.1, F.2).
pub(super) const MOST: i16 = 1023;

/// Turns coefficients of one quantisation into those of another: the nearest step, halves away from zero.
pub(super) fn requantise(block: &mut [i16; 64], from: &[u8; 64], to: &[u8; 64]) {
    // A quotient that is no half differs from one by at least 1 / 510, so this moves only halves, and upwards.
    const TOWARDS_HALF: f32 = 1.0 / 1024.0;
    for ((value, from), to) in block.iter_mut().zip(from).zip(to) {
        let size = f32::from(value.unsigned_abs()) * f32::from(*from) / f32::from(*to);
        let size = (size + TOWARDS_HALF).min(MOST.into());
        let size = (size + ROUND).to_bits() as i16;
        *value = if *value < 0 { -size } else { size };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requantising_rounds_every_quotient_to_the_nearest() {
        for from in [1u8, 2, 7, 16, 99, 254, 255] {
            for to in 1..=255u8 {
                for value in -1023..=1023i16 {
                    let mut block = [value; 64];
                    requantise(&mut block, &[from; 64], &[to; 64]);
                    let exact = f64::from(value) * f64::from(from) / f64::from(to);
                    let expected = exact.round().clamp(-1023.0, 1023.0) as i16;
                    assert_eq!(block, [expected; 64], "{value} x {from} / {to}");
                }
            }
        }
    }

    #[test]
    fn qualities_are_those_of_libjpeg() {
        // The first steps of `cjpeg -quality 85`, 50 and 1, in zigzag order.
        let first = |quality, table: usize| tables(quality)[table][..6].to_vec();
        assert_eq!(first(85, 0), [5, 3, 4, 4, 4, 3]);
        assert_eq!(first(85, 1), [5, 5, 5, 7, 6, 7]);
        assert_eq!(first(50, 0), LUMA[..6]);
        assert_eq!(first(100, 1), [1; 6]);
        assert_eq!(first(1, 0), [255; 6]);
    }
}
