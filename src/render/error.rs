//! The errors of `render`.

use thiserror::Error;

use crate::codec::EncodeError;
use crate::fault::{Explain, Fault, FaultClass};
use crate::geo::{Crs, GeoError};
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
    /// A layer shows nothing where the image is.
    #[error("\"{layer}\" is drawn in {layer_crs}, which does not reach this part of {image_crs}")]
    LayerElsewhere {
        /// Its place in `layers`.
        index: usize,
        /// The layer's source.
        layer: SourceId,
        /// The CRS of the layer.
        layer_crs: Crs,
        /// The CRS of the image.
        image_crs: Crs,
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
            Self::LayerElsewhere { index, layer, .. } => {
                Fault::new(FaultClass::Unprocessable, "layer_elsewhere")
                    .field(format!("layers[{index}].source"))
                    .value(layer)
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
    /// A source refuses to be asked, whatever for.
    #[error("\"{layer}\" cannot be used: {reason}")]
    Refused {
        /// Which.
        layer: SourceId,
        /// In words.
        reason: String,
    },
    /// A source is left alone for now; the strip may be tried later.
    #[error("\"{layer}\" cannot be asked now: {reason}")]
    LeftAlone {
        /// Which.
        layer: SourceId,
        /// In words.
        reason: String,
        /// How long it asked to be left alone.
        retry_after_ms: Option<u64>,
    },
    /// The plan has no such strip.
    #[error("the plan has no strip {index}")]
    NoSuchStrip {
        /// What was asked for.
        index: u32,
    },
    /// Squares that were asked for neither came nor failed: without them there would be holes.
    #[error("{left} tiles of a strip were never answered")]
    Unanswered {
        /// How many.
        left: usize,
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
        match self {
            Self::Missing(_)
            | Self::Refused { .. }
            | Self::NoSuchStrip { .. }
            | Self::RowTooLarge { .. }
            | Self::Geo(_) => true,
            Self::LeftAlone { .. }
            | Self::Unanswered { .. }
            | Self::Raster(_)
            | Self::Encode(_)
            | Self::Sink(_) => false,
        }
    }
}

impl Explain for RenderError {
    fn fault(&self) -> Fault {
        match self {
            Self::Missing(missing) => Fault::new(FaultClass::Source, "tile_missing")
                .field("on_missing")
                .value(format!("{} of {}", missing.tile, missing.source)),
            Self::Refused { layer, .. } => {
                Fault::new(FaultClass::Source, "source_refused").field("layers").value(layer)
            }
            Self::LeftAlone { layer, .. } => {
                Fault::new(FaultClass::Source, "source_unavailable").field("layers").value(layer)
            }
            Self::NoSuchStrip { index } => Fault::new(FaultClass::Internal, "internal").value(index),
            Self::Unanswered { left } => Fault::new(FaultClass::Internal, "internal").value(left),
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
