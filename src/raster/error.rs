//! The errors of `raster`.

use thiserror::Error;

use crate::fault::{Explain, Fault, FaultClass};

/// Why pixels could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RasterError {
    /// The memory for the pixels cannot be had.
    #[error("{bytes} bytes of memory for pixels cannot be had")]
    OutOfMemory {
        /// Bytes asked for.
        bytes: usize,
    },
    /// A buffer does not have the size that its width and height say.
    #[error("{width_px} x {height_px} pixels take {expected} bytes, not {got}")]
    Length {
        /// Width in pixels.
        width_px: u32,
        /// Height in pixels.
        height_px: u32,
        /// Bytes that the size takes.
        expected: usize,
        /// Bytes given.
        got: usize,
    },
    /// An image is all margin.
    #[error("an image of {width_px} x {height_px} pixels is nothing but its margin of {margin_px}")]
    Margin {
        /// Width in pixels.
        width_px: u32,
        /// Height in pixels.
        height_px: u32,
        /// The margin at each side, in pixels.
        margin_px: u32,
    },
    /// A tile has a colour that its source does not declare.
    #[error("the tile has the colour #{:02x}{:02x}{:02x}, which its source does not declare", .colour[0], .colour[1], .colour[2])]
    Colour {
        /// Red, green, blue.
        colour: [u8; 3],
    },
    /// The embedded map data is not what this version reads.
    #[error("the embedded map data is damaged at byte {offset}: {reason}")]
    EmbeddedData {
        /// Where reading stopped.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
}

impl Explain for RasterError {
    fn fault(&self) -> Fault {
        match self {
            Self::OutOfMemory { bytes } => {
                Fault::new(FaultClass::Internal, "out_of_memory").value(format!("{bytes} bytes"))
            }
            Self::Length { .. } | Self::Margin { .. } => Fault::new(FaultClass::Internal, "internal"),
            Self::Colour { .. } => Fault::new(FaultClass::Source, "undeclared_colour"),
            Self::EmbeddedData { .. } => Fault::new(FaultClass::Internal, "bad_embedded_data"),
        }
    }
}
