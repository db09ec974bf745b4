//! A run of output pixels in one row, and where it lies on the layer's lattice.

/// By how much a layer is shrunk along its own columns and rows: its pixels for one output pixel, in 64ths;
/// 64 where it is enlarged, at most [`Shrink::MOST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shrink {
    /// Along the layer's rows (x).
    pub x_64ths: u16,
    /// Along the layer's columns (y).
    pub y_64ths: u16,
}

impl Shrink {
    /// The most that is told, in 64ths: 64 of the layer's pixels for one. What is shrunk further is sampled at this width.
    pub const MOST: u16 = 64 * 64;

    /// Not shrunk.
    pub const NONE: Self = Self { x_64ths: 64, y_64ths: 64 };

    /// From the derivatives of the place along output rows and down output columns.
    pub(super) fn of(across: (f64, f64), down: (f64, f64)) -> Self {
        // How far the place moves along one axis of the layer, whichever way the output is turned on it.
        let along = |a: f64, b: f64| (a * a + b * b).sqrt();
        let told = |v: f64| (v * 64.0).round().clamp(64.0, f64::from(Self::MOST)) as u16;
        Self { x_64ths: told(along(across.0, down.0)), y_64ths: told(along(across.1, down.1)) }
    }
}

/// A run of pixels in one row of the output whose places on the layer's lattice lie on a line, evenly.
///
/// Places are fixed-point numbers with [`MeshSpan::FRACTION_BITS`] fractional bits, corner based: the centre of a layer's
/// first pixel is (0.5, 0.5). They lie within [`PixelWindow::MAX_PLACE_PX`](crate::geo::PixelWindow::MAX_PLACE_PX).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeshSpan {
    /// First pixel, its column on the output lattice.
    pub x_px: i64,
    /// Its row on the output lattice.
    pub y_px: i64,
    /// Number of pixels, 1 to [`Mesh::BLOCK_PX`](crate::geo::Mesh::BLOCK_PX).
    pub pixels: u32,
    /// Place of the first pixel's centre (x, y).
    pub at: [i64; 2],
    /// From each pixel to the next.
    pub step: [i64; 2],
    /// The scale around here.
    pub shrink: Shrink,
}

impl MeshSpan {
    /// Bits after the point.
    pub const FRACTION_BITS: u32 = 20;

    /// The place of the centre of pixel `i` of the span.
    #[must_use]
    pub const fn place(&self, i: i64) -> [i64; 2] {
        [self.at[0] + i * self.step[0], self.at[1] + i * self.step[1]]
    }
}
