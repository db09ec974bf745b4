//! Planning an image and rendering its strips.
//!
//! A [`Plan`] is the pure result of planning: the exact window, its strips, the tiles and the memory they take.
//! [`render_strip`] renders one strip of a plan through two ports, [`TileFetch`] in and [`StripSink`] out; it is async
//! over them alone and runs natively as well as in wasm.

mod ahead;
mod carry;
mod decoded;
mod error;
mod file_planning;
mod layer_planning;
mod layer_work;
mod limits;
mod memory;
mod output_grid;
mod painter;
mod parents;
mod plan;
mod planned_layer;
mod planning;
mod port;
mod probe;
mod resampled_painter;
mod shelf;
mod square;
mod strip;
mod substitute;
mod summary;
mod tile_error;

pub use error::{PlanError, RenderError};
pub use limits::Limits;
pub use memory::{BUDGET_BYTES, Memory, STRIPS_BYTES};
pub use output_grid::OutputGrid;
pub use plan::Plan;
pub use planning::PlanSpec;
pub use port::{SinkError, StripSink, TileBody, TileFetch};
pub use probe::plan_with_sample;
pub use strip::{StripReport, render_strip, render_strip_within};
pub use summary::PlanSummary;
