//! How matches are found.

use super::difference_matcher::DifferenceMatcher;
use super::lookup::Window;
use super::path_matcher::PathMatcher;
use super::pixel_matcher::PixelMatcher;
use super::prices::Prices;
use super::sequences::Sequences;

/// What is to be covered with literals and matches.
#[derive(Debug, Clone, Copy)]
pub struct Stretch<'a> {
    /// What matches may refer to, then what is to be covered, then anything.
    pub data: &'a Window,
    /// Where a row begins, not after `from`.
    pub row: usize,
    /// The first byte to be covered.
    pub from: usize,
    /// The first one not to be.
    pub end: usize,
    /// Position of `data` in the stream.
    pub base: usize,
}

/// One of the ways to find matches.
#[derive(Debug)]
pub enum Matcher {
    /// Quick, for flat maps.
    Flat(PixelMatcher),
    /// Quick, for filtered photographs.
    Differences(DifferenceMatcher),
    /// For the fewest bytes.
    Path(PathMatcher),
}

/// What rows hold, and so how matches are found quickly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Pixels as they are, of a flat map.
    Flat,
    /// The same where little is on the map, so that there is time to look for longer matches.
    Sparse,
    /// Differences of pixels, where runs of them come again.
    Differences,
    /// Differences of pixels, where single ones that come again are worth a match.
    Grain,
}

impl Matcher {
    /// The quick one for rows of `row_bytes`, not counting the filter type, with `bpp` bytes a pixel.
    pub fn fast(content: Content, row_bytes: usize, bpp: usize) -> Self {
        match content {
            Content::Flat => Self::Flat(PixelMatcher::new(bpp, row_bytes, false)),
            Content::Sparse => Self::Flat(PixelMatcher::new(bpp, row_bytes, true)),
            Content::Differences => Self::Differences(DifferenceMatcher::new(bpp, row_bytes, false)),
            Content::Grain => Self::Differences(DifferenceMatcher::new(bpp, row_bytes, true)),
        }
    }

    /// The one for the fewest bytes, whatever the rows hold.
    pub fn small() -> Self {
        Self::Path(PathMatcher::new())
    }

    /// Covers a stretch to its end, or to where the block is full, and returns where that is.
    pub fn cover(&mut self, stretch: Stretch<'_>, prices: &Prices, out: &mut Sequences) -> usize {
        match self {
            Self::Flat(flat) => flat.cover(stretch, prices, out),
            Self::Differences(differences) => differences.cover(stretch, prices, out),
            Self::Path(path) => path.cover(stretch, prices, out),
        }
    }
}
