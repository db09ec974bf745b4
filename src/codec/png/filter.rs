//! PNG's row filters (PNG third edition, section 9).

/// A filter type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// The bytes as they are: best for flat maps, whose repetitions it keeps.
    None,
    /// The difference to the pixel on the left.
    Sub,
    /// The difference to the pixel above.
    Up,
    /// The difference to the mean of left and above: best where noise drowns everything else.
    Average,
    /// The difference to whichever of left, above and above-left is nearest to left + above - above-left.
    Paeth,
}

impl Filter {
    /// The filter for a row that must not look at the row above it.
    pub const fn without_above(self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Sub | Self::Up | Self::Average | Self::Paeth => Self::Sub,
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Sub => 1,
            Self::Up => 2,
            Self::Average => 3,
            Self::Paeth => 4,
        }
    }

    /// As [`Filter::apply`], for a row that may have none above it.
    pub fn apply_after(self, to: &mut [u8], row: &[u8], above: Option<&[u8]>, bpp: usize) {
        match above {
            Some(above) => self.apply(to, row, above, bpp),
            None => self.without_above().apply(to, row, row, bpp),
        }
    }

    /// Writes the filter's code and the filtered row. `to` is one byte longer than `row`, `above` has its length; `bpp` is
    /// bytes a pixel.
    pub fn apply(self, to: &mut [u8], row: &[u8], above: &[u8], bpp: usize) {
        let Some((code, to)) = to.split_first_mut() else { return };
        *code = self.code();
        let bpp = bpp.min(row.len());
        // The first pixel has none to its left.
        let (first, rest) = to.split_at_mut(bpp.min(to.len()));
        let (first_row, rest_row) = row.split_at(bpp);
        let (first_above, rest_above) = above.split_at(bpp.min(above.len()));
        match self {
            Self::None => to.copy_from_slice(row),
            Self::Sub => {
                first.copy_from_slice(first_row);
                for ((to, x), a) in rest.iter_mut().zip(rest_row).zip(row) {
                    *to = x.wrapping_sub(*a);
                }
            }
            Self::Up => {
                for ((to, x), b) in to.iter_mut().zip(row).zip(above) {
                    *to = x.wrapping_sub(*b);
                }
            }
            Self::Average => {
                for ((to, x), b) in first.iter_mut().zip(first_row).zip(first_above) {
                    *to = x.wrapping_sub(b / 2);
                }
                for (((to, x), a), b) in rest.iter_mut().zip(rest_row).zip(row).zip(rest_above) {
                    *to = x.wrapping_sub((a & b) + ((a ^ b) >> 1));
                }
            }
            Self::Paeth => {
                for ((to, x), b) in first.iter_mut().zip(first_row).zip(first_above) {
                    *to = x.wrapping_sub(*b);
                }
                for ((((to, x), a), b), c) in
                    rest.iter_mut().zip(rest_row).zip(row).zip(rest_above).zip(above)
                {
                    *to = x.wrapping_sub(paeth(*a, *b, *c));
                }
            }
        }
    }
}

/// The Paeth predictor, without branches and in bytes, so that the loop becomes vector code of sixteen lanes.
fn paeth(a: u8, b: u8, c: u8) -> u8 {
    let (to_a, to_b) = (b.abs_diff(c), a.abs_diff(c));
    // |a + b - 2c|: a sum or a difference, by the sides of c that a and b are on. Where it is more than a byte holds, it
    // is not the least. Conditions are not joined, which is not done in bytes.
    let (sum, difference) = (to_a.saturating_add(to_b), to_a.abs_diff(to_b));
    let a_below = if b < c { sum } else { difference };
    let a_above = if b < c { difference } else { sum };
    let to_c = if a < c { a_below } else { a_above };
    let least = to_a.min(to_b).min(to_c);
    let b_or_c = if to_b == least { b } else { c };
    if to_a == least { a } else { b_or_c }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, in numbers that hold the differences.
    fn paeth_by_definition(a: u8, b: u8, c: u8) -> u8 {
        let (wide_a, wide_b, wide_c) = (i16::from(a), i16::from(b), i16::from(c));
        let estimate = wide_a + wide_b - wide_c;
        let far = |from: i16| (estimate - from).abs();
        let (to_a, to_b, to_c) = (far(wide_a), far(wide_b), far(wide_c));
        if to_a <= to_b && to_a <= to_c {
            a
        } else if to_b <= to_c {
            b
        } else {
            c
        }
    }

    #[test]
    fn paeth_is_the_definition_for_all_bytes() {
        for a in 0..=255 {
            for b in 0..=255 {
                for c in 0..=255 {
                    assert_eq!(paeth(a, b, c), paeth_by_definition(a, b, c), "{a} {b} {c}");
                }
            }
        }
    }

    #[test]
    fn rows_are_filtered_as_defined() {
        let (above, row) = ([10, 20, 30, 40, 50, 60], [13, 24, 35, 46, 57, 68]);
        let filtered = |filter: Filter| {
            let mut to = [0; 7];
            filter.apply(&mut to, &row, &above, 3);
            to
        };
        assert_eq!(filtered(Filter::None), [0, 13, 24, 35, 46, 57, 68]);
        assert_eq!(filtered(Filter::Sub), [1, 13, 24, 35, 33, 33, 33]);
        assert_eq!(filtered(Filter::Up), [2, 3, 4, 5, 6, 7, 8]);
        // 46 - (13 + 40) / 2, 57 - (24 + 50) / 2, 68 - (35 + 60) / 2
        assert_eq!(filtered(Filter::Average), [3, 8, 14, 20, 20, 20, 21]);
        // Left plus above less above left is 43, 54, 65: above is nearest.
        assert_eq!(filtered(Filter::Paeth), [4, 3, 4, 5, 6, 7, 8]);
    }
}
