//! What stands where a square is missing.

use crate::geo::LatticeTile;
use crate::raster::{TileImage, marked_tile};
use crate::render::parents::Parents;
use crate::render::planned_layer::PlannedLayer;
use crate::render::square::name;
use crate::render::tile_error::TileError;
use crate::render::{RenderError, TileFetch};
use crate::source::{FetchError, MissingTile, OnMissing, Shown};

/// What stands in the place of a missing square, and how it comes about.
pub(super) async fn substitute(
    parents: &mut Parents,
    fetch: &impl TileFetch,
    planned: &PlannedLayer,
    square: LatticeTile,
    on_missing: OnMissing,
) -> Result<(TileImage, Shown), RenderError> {
    let enlarged = match on_missing {
        OnMissing::Parent => parents.enlarged(fetch, planned, square).await,
        OnMissing::Fail | OnMissing::Mark => None,
    };
    if let Some(image) = enlarged {
        return Ok((image, Shown::Parent));
    }
    let mark = marked_tile(name(planned, square), planned.side_px())?;
    Ok((mark, if on_missing == OnMissing::Fail { Shown::Nothing } else { Shown::Mark }))
}

/// The report of a missing square.
pub(super) fn missing(
    planned: &PlannedLayer,
    square: LatticeTile,
    fault: &TileError,
    shown: Shown,
) -> MissingTile {
    let source = planned.layer.source.id().clone();
    MissingTile { source, tile: name(planned, square), reason: fault.to_string(), shown }
}

/// Ends the strip for a fault that is not this square's alone, or where nothing may be missing.
pub(super) fn check(
    planned: &PlannedLayer,
    square: LatticeTile,
    fault: &TileError,
    on_missing: OnMissing,
) -> Result<(), RenderError> {
    let layer = || planned.layer.source.id().clone();
    match fault {
        TileError::Fetch(FetchError::LeftAlone { reason, retry_after_ms }) => Err(RenderError::LeftAlone {
            layer: layer(),
            reason: reason.clone(),
            retry_after_ms: *retry_after_ms,
        }),
        TileError::Fetch(error) if error.is_refused() => {
            Err(RenderError::Refused { layer: layer(), reason: error.to_string() })
        }
        _ if on_missing == OnMissing::Fail => {
            Err(RenderError::Missing(Box::new(missing(planned, square, fault, Shown::Nothing))))
        }
        _ => Ok(()),
    }
}
