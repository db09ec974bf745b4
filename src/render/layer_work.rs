//! What painting one layer of a strip has in common over its slices.

use crate::geo::LatticeTile;
use crate::render::TileFetch;
use crate::render::ahead::Ahead;
use crate::render::decoded::Decoded;
use crate::render::parents::Parents;
use crate::render::planned_layer::PlannedLayer;
use crate::render::shelf::Shelf;
use crate::source::OnMissing;

/// One layer of a strip that is being rendered.
pub(super) struct LayerWork<'a, F: TileFetch> {
    pub planned: &'a PlannedLayer,
    /// Its place among the layers.
    pub index: usize,
    pub connections: usize,
    /// The squares of a layer that is not resampled.
    pub ahead: Ahead<'a, F>,
    pub on_missing: OnMissing,
    pub fetch: &'a F,
    pub shelf: &'a Shelf<F::Body>,
    pub parents: Parents,
    pub decoded: Decoded,
    /// Squares that were reported, of a layer that is resampled.
    pub seen: std::collections::BTreeSet<LatticeTile>,
}
