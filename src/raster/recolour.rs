//! Tiles in fewer bytes a pixel, where their source declares that it has few colours.

use std::collections::BTreeMap;

use crate::raster::mark::MARK_COLOURS;
use crate::raster::{PixelFormat, RasterError, TileImage};

/// What the colours of an image are made into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recolour {
    /// Nothing: they stay what they are.
    Keep,
    /// Grey, one byte a pixel.
    Grey,
    /// The place in a palette, one byte a pixel.
    Index(Palette),
}

/// At most 256 colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    colours: Vec<[u8; 3]>,
    places: BTreeMap<[u8; 3], u8>,
}

impl Palette {
    /// The palette of an image whose tiles have these colours, and which may have marks.
    ///
    /// Colours beyond the 256th are dropped; a source declares at most [`Palette::MOST`].
    #[must_use]
    pub fn new(of_tiles: &[[u8; 3]]) -> Self {
        let (mut colours, mut places) = (Vec::new(), BTreeMap::new());
        for colour in of_tiles.iter().chain(&MARK_COLOURS) {
            if let (Ok(place), false) = (u8::try_from(colours.len()), places.contains_key(colour)) {
                places.insert(*colour, place);
                colours.push(*colour);
            }
        }
        Self { colours, places }
    }

    /// Colours that a source may declare, so that there is room for those of marks.
    pub const MOST: usize = 256 - MARK_COLOURS.len();

    /// The colours in order.
    #[must_use]
    pub fn colours(&self) -> &[[u8; 3]] {
        &self.colours
    }

    fn nearest(&self, colour: [u8; 3]) -> u8 {
        let distance =
            |of: &[u8; 3]| of.iter().zip(colour).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum::<u32>();
        let place = (0u8..).zip(&self.colours).min_by_key(|(_, of)| distance(of));
        place.map_or(0, |(place, _)| place)
    }
}

impl Recolour {
    /// What a pixel is made of then.
    #[must_use]
    pub const fn format(&self) -> Option<PixelFormat> {
        match self {
            Self::Keep => None,
            Self::Grey => Some(PixelFormat::Grey),
            Self::Index(_) => Some(PixelFormat::Index),
        }
    }

    /// A tile of the source; transparent pixels lie on white.
    ///
    /// # Errors
    /// [`RasterError::Colour`] when it has a colour that the source does not declare: it would be lost.
    pub fn tile(&self, image: TileImage) -> Result<TileImage, RasterError> {
        self.apply(image, |colour| match self {
            Self::Index(palette) => palette.places.get(&colour).copied(),
            _ => (colour[0] == colour[1] && colour[1] == colour[2]).then_some(colour[0]),
        })
    }

    /// A picture that stands in for a tile: a mark, or an enlarged parent, in the nearest colours that there are.
    ///
    /// # Errors
    /// [`RasterError::Length`] never in practice.
    pub fn substitute(&self, image: TileImage) -> Result<TileImage, RasterError> {
        self.apply(image, |colour| {
            Some(match self {
                Self::Index(palette) => match palette.places.get(&colour) {
                    Some(place) => *place,
                    None => palette.nearest(colour),
                },
                // Rec. 601 luma, in 256ths.
                _ => {
                    let [r, g, b] = colour.map(u32::from);
                    ((r * 77 + g * 150 + b * 29 + 128) >> 8) as u8
                }
            })
        })
    }

    fn apply(
        &self,
        image: TileImage,
        byte: impl Fn([u8; 3]) -> Option<u8>,
    ) -> Result<TileImage, RasterError> {
        let Some(format) = self.format() else { return Ok(image) };
        let mut samples = Vec::with_capacity(image.samples().len() / image.format().bytes());
        // Map pixels come in runs of one colour.
        let mut last: Option<([u8; 3], u8)> = None;
        for pixel in image.samples().chunks_exact(image.format().bytes()) {
            let colour = on_white(pixel);
            let found = match last {
                Some((known, byte)) if known == colour => byte,
                _ => byte(colour).ok_or(RasterError::Colour { colour })?,
            };
            last = Some((colour, found));
            samples.push(found);
        }
        TileImage::new(image.width_px(), image.height_px(), format, samples)
    }
}

fn on_white(pixel: &[u8]) -> [u8; 3] {
    match *pixel {
        [r, g, b] | [r, g, b, 255] => [r, g, b],
        [r, g, b, a] => {
            let over = |s: u8| ((u32::from(s) * u32::from(a) + 255 * (255 - u32::from(a)) + 127) / 255) as u8;
            [over(r), over(g), over(b)]
        }
        [g] => [g; 3],
        _ => [255; 3],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(format: PixelFormat, samples: &[u8]) -> TileImage {
        let pixels = (samples.len() / format.bytes()) as u32;
        TileImage::new(pixels, 1, format, samples.to_vec()).unwrap()
    }

    #[test]
    fn declared_colours_keep_their_places() {
        let palette = Palette::new(&[[1, 2, 3], [9, 9, 9], [1, 2, 3], [255, 255, 255]]);
        assert_eq!(palette.colours()[..3], [[1, 2, 3], [9, 9, 9], [255, 255, 255]]);
        assert_eq!(palette.colours().len(), 3 + MARK_COLOURS.len());
        let index = Recolour::Index(palette);
        let tile = index.tile(image(PixelFormat::Rgb, &[9, 9, 9, 1, 2, 3, 1, 2, 3])).unwrap();
        assert_eq!((tile.format(), tile.samples()), (PixelFormat::Index, &[1, 0, 0][..]));
        let clear = index.tile(image(PixelFormat::Rgba, &[0, 0, 0, 0, 9, 9, 9, 255])).unwrap();
        assert_eq!(clear.samples(), [2, 1]);
        let other = index.tile(image(PixelFormat::Rgb, &[9, 9, 9, 9, 9, 8]));
        assert_eq!(other, Err(RasterError::Colour { colour: [9, 9, 8] }));
        assert_eq!(index.substitute(image(PixelFormat::Rgb, &[9, 9, 8])).unwrap().samples(), [1]);
    }

    #[test]
    fn grey_stays_what_it_is_and_colours_are_refused() {
        let tile = Recolour::Grey.tile(image(PixelFormat::Rgb, &[0, 0, 0, 7, 7, 7, 255, 255, 255])).unwrap();
        assert_eq!((tile.format(), tile.samples()), (PixelFormat::Grey, &[0, 7, 255][..]));
        let red = Recolour::Grey.tile(image(PixelFormat::Rgb, &[255, 0, 0]));
        assert_eq!(red, Err(RasterError::Colour { colour: [255, 0, 0] }));
        assert_eq!(Recolour::Grey.substitute(image(PixelFormat::Rgb, &[255, 0, 0])).unwrap().samples(), [77]);
    }

    #[test]
    fn a_full_palette_has_room_for_marks() {
        let many: Vec<[u8; 3]> = (0..Palette::MOST).map(|i| [i as u8, 0, 1]).collect();
        let palette = Palette::new(&many);
        assert_eq!(palette.colours().len(), 256);
        assert!(MARK_COLOURS.iter().all(|colour| palette.places.contains_key(colour)));
    }
}
