//! A look at one tile before planning.

use crate::codec::Format;
use crate::geo::LatticeTile;
use crate::render::{Limits, Plan, PlanError, PlanSpec, TileBody, TileFetch};
use crate::source::Layer;

/// Tiles that are tried before the look is given up: the middle one, then some around it.
const PLACES: [(i64, i64); 3] = [(0, 0), (1, 0), (0, -1)];

impl PlanSpec {
    /// Whether planning should see a tile: a JPEG whose tiles may be carried over is planned by the tables of one.
    #[must_use]
    pub fn wants_sample(&self) -> bool {
        let carries = |layer: &Layer| layer.source.is_tiled() && layer.is_opaque();
        self.output.format() == Format::Jpeg && matches!(self.layers.as_slice(), [only] if carries(only))
    }
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
    if !spec.wants_sample() {
        return Ok(plan);
    }
    spec.sample_tile = sample(&plan, fetch).await;
    Plan::new(&spec, limits)
}

async fn sample(plan: &Plan, fetch: &impl TileFetch) -> Option<Vec<u8>> {
    let layer = plan.layers().first()?;
    let source = &layer.layer.source;
    let tiles = layer.tiles(plan.window());
    let column = i64::midpoint(tiles.first.column, tiles.last.column);
    let row = i64::midpoint(tiles.first.row, tiles.last.row);
    for (right, down) in PLACES {
        let tile = LatticeTile { column: column + right, row: row + down };
        let Some(coord) = source.grid().coord(layer.level, tile) else { continue };
        if let Ok(Some(body)) = fetch.fetch(source, &coord.into()).await {
            return body.read().ok();
        }
    }
    None
}
