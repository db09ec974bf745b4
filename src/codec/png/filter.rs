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
    /// All of them.
    pub const ALL: [Self; 5] = [Self::None, Self::Sub, Self::Up, Self::Average, Self::Paeth];

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

    /// Appends the filter's code and the filtered row. `above` has the length of `row`; `bpp` is bytes a pixel.
    pub fn apply(self, out: &mut Vec<u8>, row: &[u8], above: &[u8], bpp: usize) {
        out.push(self.code());
        let left = |skip: usize| row.iter().take(row.len().saturating_sub(skip));
        match self {
            Self::None => out.extend_from_slice(row),
            Self::Sub => {
                out.extend_from_slice(row.get(..bpp).unwrap_or(row));
                out.extend(row.iter().skip(bpp).zip(left(bpp)).map(|(x, a)| x.wrapping_sub(*a)));
            }
            Self::Up => out.extend(row.iter().zip(above).map(|(x, b)| x.wrapping_sub(*b))),
            Self::Average => {
                out.extend(row.iter().zip(above).take(bpp).map(|(x, b)| x.wrapping_sub(b / 2)));
                let beside = left(bpp).zip(above.iter().skip(bpp));
                let mean = |(a, b): (&u8, &u8)| (a & b) + ((a ^ b) >> 1);
                out.extend(row.iter().skip(bpp).zip(beside).map(|(x, ab)| x.wrapping_sub(mean(ab))));
            }
            Self::Paeth => {
                out.extend(row.iter().zip(above).take(bpp).map(|(x, b)| x.wrapping_sub(*b)));
                let beside = left(bpp).zip(above.iter().skip(bpp)).zip(above);
                out.extend(
                    row.iter()
                        .skip(bpp)
                        .zip(beside)
                        .map(|(x, ((a, b), c))| x.wrapping_sub(paeth(*a, *b, *c))),
                );
            }
        }
    }
}

/// The Paeth predictor, without branches so that the loop becomes vector code.
const fn paeth(a: u8, b: u8, c: u8) -> u8 {
    let (a, b, c) = (a as i16, b as i16, c as i16);
    let (to_a, to_b, to_c) = ((b - c).abs(), (a - c).abs(), (a + b - c - c).abs());
    let b_or_c = if to_b <= to_c { b } else { c };
    (if to_a <= to_b && to_a <= to_c { a } else { b_or_c }) as u8
}
