//! A look at one tile before planning: a JPEG of JPEG tiles takes their quantisation over.

use crate::codec::Format;
use crate::geo::LatticeTile;
use crate::render::planned_layer::{PlannedLayer, Squares};
use crate::render::square::{SquareBytes, ask};
use crate::render::{Limits, Plan, PlanError, PlanSpec, TileBody, TileFetch};
use crate::source::Kind;

/// Tiles that are tried before the look is given up: the middle one, then some around it.
const PLACES: [(i64, i64); 3] = [(0, 0), (1, 0), (0, -1)];

/// The layer whose tiles may be carried over into a JPEG: the only one, opaque, its pixels those of the image.
pub(super) fn carriable<'a>(spec: &PlanSpec, layers: &'a [PlannedLayer]) -> Option<&'a PlannedLayer> {
    let [only] = layers else { return None };
    let fetched = !matches!(only.layer.source.kind(), Kind::NaturalEarth);
    let tiles = matches!(only.squares, Squares::Tiles { .. }) && only.has_image_pixels();
    (spec.output.format() == Format::Jpeg && fetched && tiles && only.layer.is_opaque()).then_some(only)
}

/// Plans an image; where it matters how the tiles are coded, by one of them, which is fetched from the middle of the area.
/// That none can be had is no error here: rendering will say so.
///
/// # Errors
/// As for [`Plan::new`], and before anything is fetched.
pub async fn plan_with_sample(
    mut spec: PlanSpec,
    limits: &Limits,
    fetch: &impl TileFetch,
) -> Result<Plan, PlanError> {
    let plan = Plan::new(&spec, limits)?;
    if carriable(&spec, plan.layers()).is_none() {
        return Ok(plan);
    }
    spec.sample_tile = sample(&plan, fetch).await;
    Plan::new(&spec, limits)
}

async fn sample(plan: &Plan, fetch: &impl TileFetch) -> Option<Vec<u8>> {
    let layer = plan.layers().first()?;
    let tiles = layer.shifted(plan.window()).tiles(layer.side_px());
    let column = i64::midpoint(tiles.first.column, tiles.last.column);
    let row = i64::midpoint(tiles.first.row, tiles.last.row);
    for (right, down) in PLACES {
        let tile = LatticeTile { column: column + right, row: row + down };
        if let Ok(SquareBytes::Encoded(body)) = ask(fetch, layer, tile).await {
            return body.read().ok();
        }
    }
    None
}
