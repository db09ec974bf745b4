//! How matches are found.

use super::byte_matcher::ByteMatcher;
use super::path_matcher::PathMatcher;
use super::pixel_matcher::PixelMatcher;
use super::prices::Prices;
use super::sequences::Sequences;

/// One of the ways to find matches.
#[derive(Debug)]
pub enum Matcher {
    /// Quick, for filtered photographs.
    Bytes(ByteMatcher),
    /// Quick, for flat maps.
    Pixels(PixelMatcher),
    /// For the fewest bytes.
    Path(PathMatcher),
}

impl Matcher {
    /// The quick one for rows of `row_bytes`, not counting the filter type, with `bpp` bytes a pixel: `flat` for pixels as
    /// they are, else for differences.
    pub fn fast(flat: bool, row_bytes: usize, bpp: usize) -> Self {
        if flat { Self::Pixels(PixelMatcher::new(bpp, row_bytes)) } else { Self::Bytes(ByteMatcher::new()) }
    }

    /// The one for the fewest bytes, whatever the rows hold.
    pub fn small() -> Self {
        Self::Path(PathMatcher::new())
    }

    /// Covers `data` from `from` to its end, or to where the block is full, and returns where that is. A row begins at
    /// `rows`, which is not after `from`; `base` is the position of `data` in the stream.
    pub fn cover(
        &mut self,
        data: &[u8],
        rows: usize,
        from: usize,
        base: usize,
        prices: &Prices,
        out: &mut Sequences,
    ) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.cover(data, from, base, out),
            Self::Pixels(pixels) => pixels.cover(data, rows, from, base, prices, out),
            Self::Path(path) => path.cover(data, from, base, prices, out),
        }
    }
}
