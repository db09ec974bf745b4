//! A piece of the output made from a layer on another lattice.
//!
//! All arithmetic is in integers, so pixels are the same natively and in WebAssembly. Colours are mixed in proportion to
//! their alpha: transparent pixels lend no colour.

mod bilinear;
mod kernel;
mod wide;

use serde::{Deserialize, Serialize};

use crate::geo::{Mesh, MeshSpan, PixelWindow};
use crate::raster::{Patch, PixelFormat, RasterError, TileImage};
use wide::Wide;

/// How pixels between pixels are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resampling {
    /// Between the four nearest. Where the layer is shrunk, a tent of that width: an average over the area.
    #[default]
    Bilinear,
    /// Lanczos' windowed sinc of three lobes; widened where the layer is shrunk.
    Lanczos,
    /// The pixel that the place lies in.
    Nearest,
}

impl Resampling {
    /// How far it reaches from its middle, in pixels of the layer where that is not shrunk: the `reach_px` of
    /// [`Mesh::source_window`].
    #[must_use]
    pub const fn reach_px(self) -> u32 {
        match self {
            Self::Bilinear => 1,
            Self::Lanczos => 3,
            Self::Nearest => 0,
        }
    }
}

/// Half a pixel in the fixed point of [`MeshSpan`].
const HALF: i64 = 1 << (MeshSpan::FRACTION_BITS - 1);

/// Up to this shrink bilinear takes the four nearest pixels, as GDAL does (its limit is 1/0.95).
const FOUR_NEAREST_64THS: u16 = 67;

/// Makes the pixels of `window` on the output lattice from a patch of the layer: RGBA, straight alpha.
///
/// Pixels whose place is undefined or outside the patch are transparent. Near an edge of the patch, what is beyond weighs
/// nothing. The patch should hold [`Mesh::source_window`] for [`Resampling::reach_px`], cut to what the layer has; then
/// a pixel is the same in whatever window it is asked for.
///
/// # Errors
/// [`RasterError::OutOfMemory`] instead of an abort when the buffer cannot be had.
pub fn resample(
    patch: &Patch,
    mesh: &Mesh<'_>,
    window: &PixelWindow,
    resampling: Resampling,
) -> Result<TileImage, RasterError> {
    let bytes = usize::try_from(window.pixels()).unwrap_or(usize::MAX).saturating_mul(4);
    let mut samples = Vec::new();
    samples.try_reserve_exact(bytes).map_err(|_| RasterError::OutOfMemory { bytes })?;
    samples.resize(bytes, 0u8);
    let pixels = samples.as_chunks_mut::<4>().0;
    let mut wide = Wide::default();
    mesh.spans(window, &mut |span| {
        let row = (span.y_px - window.top_px()) as usize * window.width_px() as usize;
        let from = row + (span.x_px - window.left_px()) as usize;
        let Some(target) = pixels.get_mut(from..from + span.pixels as usize) else { return };
        let shrink = span.shrink;
        match resampling {
            Resampling::Nearest => nearest(patch, span, target),
            Resampling::Bilinear if shrink.x_64ths.max(shrink.y_64ths) <= FOUR_NEAREST_64THS => {
                bilinear::run(patch, span, target);
            }
            Resampling::Bilinear | Resampling::Lanczos => wide.run(patch, span, resampling, target),
        }
    });
    TileImage::new(window.width_px(), window.height_px(), PixelFormat::Rgba, samples)
}

/// The place of a span's first pixel on the patch, such that the centre of the first pixel is (0, 0).
fn place_on(patch: &Patch, span: &MeshSpan) -> [i64; 2] {
    let at = |place: i64, edge_px: i64| place - (edge_px << MeshSpan::FRACTION_BITS) - HALF;
    [at(span.at[0], patch.window().left_px()), at(span.at[1], patch.window().top_px())]
}

/// Last column and row of a patch, in fixed point.
fn ends(patch: &Patch) -> [i64; 2] {
    let end = |side: u32| (i64::from(side) - 1) << MeshSpan::FRACTION_BITS;
    [end(patch.window().width_px()), end(patch.window().height_px())]
}

/// Whether a place lies in a pixel of the patch. Of a centre, see [`place_on`].
fn is_inside([x, y]: [i64; 2], ends: [i64; 2]) -> bool {
    let inside = |at: i64, end: i64| at >= -HALF && at < end + HALF;
    inside(x, ends[0]) && inside(y, ends[1])
}

fn nearest(patch: &Patch, span: &MeshSpan, target: &mut [[u8; 4]]) {
    let ([mut x, mut y], ends) = (place_on(patch, span), ends(patch));
    for target in target {
        if is_inside([x, y], ends) {
            let whole = |v: i64| ((v + HALF) >> MeshSpan::FRACTION_BITS) as usize;
            let at = whole(y) * patch.width_px() + whole(x);
            *target = patch.pixels().get(at).copied().unwrap_or_default();
        }
        x += span.step[0];
        y += span.step[1];
    }
}
