//! The errors of `render`.

use thiserror::Error;

use crate::codec::EncodeError;
use crate::fault::{Explain, Fault, FaultClass};
use crate::geo::GeoError;
use crate::raster::RasterError;
use crate::render::SinkError;
use crate::source::{MissingTile, SourceId};

/// Why an image cannot be planned.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The area or the scale.
    #[error(transparent)]
    Geo(#[from] GeoError),
    /// No layer at all.
    #[error("at least one layer is needed")]
    NoLayer,
    /// The format cannot hold the image.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A layer's pixels do not coincide with those of the base layer.
    #[error("the tiles of \"{layer}\" do not coincide with the pixels of \"{base}\" at this zoom")]
    LayerGrid {
        /// Its place in `layers`.
        index: usize,
        /// The layer's source.
        layer: SourceId,
        /// The base layer's source.
        base: SourceId,
    },
    /// A layer has no tiles at the level that the base is rendered at.
    #[error("\"{layer}\" has levels {min} to {max}, but this image needs its level {level}")]
    LayerLevel {
        /// Its place in `layers`.
        index: usize,
        /// The layer's source.
        layer: SourceId,
        /// The level needed.
        level: u8,
        /// The layer's first level.
        min: u8,
        /// The layer's last level.
        max: u8,
    },
    /// More than a limit allows.
    #[error("the image would have {value} {unit}, but {limit} are allowed{hint}")]
    Limit {
        /// Which limit.
        code: &'static str,
        /// What the plan would take.
        value: u64,
        /// What is counted.
        unit: &'static str,
        /// The most allowed.
        limit: u64,
        /// What would help.
        hint: &'static str,
    },
}

impl Explain for PlanError {
    fn fault(&self) -> Fault {
        match self {
            Self::Geo(e) => e.fault_of_request(),
            Self::Encode(e) => e.fault().field("area"),
            Self::NoLayer => Fault::new(FaultClass::Caller, "no_layer").field("layers"),
            Self::LayerGrid { index, layer, .. } => {
                Fault::new(FaultClass::Unprocessable, "layers_do_not_align")
                    .field(format!("layers[{index}].source"))
                    .value(layer)
            }
            Self::LayerLevel { index, level, min, max, .. } => {
                Fault::new(FaultClass::Unprocessable, "layer_lacks_level")
                    .field(format!("layers[{index}].source"))
                    .value(level)
                    .limit(format!("{min} to {max}"))
            }
            Self::Limit { code, value, unit, limit, .. } => Fault::new(FaultClass::Unprocessable, code)
                .field("area")
                .value(value)
                .limit(format!("{limit} {unit}")),
        }
    }
}

/// Why a strip could not be rendered.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A tile is missing and the capture asked to fail then.
    #[error("tile {} of \"{}\" is missing: {}", .0.tile, .0.source, .0.reason)]
    Missing(Box<MissingTile>),
    /// The plan has no such strip.
    #[error("the plan has no strip {index}")]
    NoSuchStrip {
        /// What was asked for.
        index: u32,
    },
    /// The coded tiles of one row take more memory than tiles can have.
    #[error("the tiles of one row have more than {limit_bytes} bytes")]
    RowTooLarge {
        /// The most.
        limit_bytes: u64,
    },
    /// Pixels could not be made.
    #[error(transparent)]
    Raster(#[from] RasterError),
    /// The strip could not be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The plan contradicts its grid: it was made by another version.
    #[error(transparent)]
    Geo(#[from] GeoError),
    /// The sink took no more.
    #[error(transparent)]
    Sink(#[from] SinkError),
}

impl RenderError {
    /// Whether another attempt would end the same way.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::NoSuchStrip { .. } | Self::RowTooLarge { .. } | Self::Geo(_))
    }
}

impl Explain for RenderError {
    fn fault(&self) -> Fault {
        match self {
            Self::Missing(missing) => Fault::new(FaultClass::Source, "tile_missing")
                .field("on_missing")
                .value(format!("{} of {}", missing.tile, missing.source)),
            Self::NoSuchStrip { index } => Fault::new(FaultClass::Internal, "internal").value(index),
            Self::RowTooLarge { limit_bytes } => {
                Fault::new(FaultClass::Source, "tiles_too_large").limit(format!("{limit_bytes} bytes"))
            }
            Self::Raster(e) => e.fault(),
            Self::Encode(e) => e.fault(),
            Self::Geo(_) => Fault::new(FaultClass::Internal, "internal"),
            Self::Sink(e) => e.fault(),
        }
    }
}
