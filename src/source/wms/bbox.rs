//! The numbers of a BBOX.

use std::fmt::Write as _;

/// The most decimals of a number: a pixel of a nanodegree needs as many.
const MOST_DECIMALS: usize = 13;

/// Decimals with which a box is written whose pixels are `resolution` CRS units large: 3, and as many more as keep the error
/// below a thousandth of a pixel. The same box always has the same text, which caches on the way and the tests of
/// neighbouring captures rely on.
pub(super) fn decimals(resolution: f64) -> usize {
    (3..MOST_DECIMALS)
        .find(|decimals| 0.5 * 10f64.powi(-(*decimals as i32)) < resolution * 1e-3)
        .unwrap_or(MOST_DECIMALS)
}

/// Writes a number with at most so many decimals, without zeros at its end.
pub(super) fn push_number(text: &mut String, value: f64, decimals: usize) {
    let from = text.len();
    // Writing to a String cannot fail.
    let _ = write!(text, "{value:.decimals$}");
    let digits = &text[from..];
    let kept = if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.').len()
    } else {
        digits.len()
    };
    text.truncate(from + kept);
    if &text[from..] == "-0" {
        text.truncate(from);
        text.push('0');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: f64, decimals: usize) -> String {
        let mut text = "=".to_owned();
        push_number(&mut text, value, decimals);
        text[1..].to_owned()
    }

    #[test]
    fn numbers_are_as_long_as_they_must_be() {
        assert_eq!(number(126.97, 9), "126.97");
        assert_eq!(number(14_134_235.745_9, 3), "14134235.746");
        assert_eq!(number(-180.0, 8), "-180");
        assert_eq!(number(1_000.0, 0), "1000");
        assert_eq!(number(-0.000_01, 3), "0");
        assert_eq!(number(-0.5, 3), "-0.5");
        // As two ways of computing the same edge give it.
        assert_eq!(number(0.1 + 0.2, 6), number(0.3, 6));
    }

    #[test]
    fn decimals_follow_the_size_of_a_pixel() {
        for (resolution, expected) in
            [(2048.0, 3), (1.0, 3), (0.25, 4), (0.5625, 3), (2.1e-5, 8), (1e-9, 12), (1e-12, 13), (0.0, 13)]
        {
            assert_eq!(decimals(resolution), expected, "{resolution}");
            if resolution >= 1e-9 {
                assert!(0.5 * 10f64.powi(-(expected as i32)) < resolution * 1e-3);
            }
        }
        assert_eq!(decimals(f64::NAN), 13);
    }
}
