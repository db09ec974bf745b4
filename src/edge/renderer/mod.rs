//! The Renderer object: renders one strip at a time for one lane.
//!
//! It runs in a script of its own, made from the same module, so that a panic or an out-of-memory costs one strip and never
//! the queue. Endpoint: `POST /work` takes a [`WorkOrder`] and answers 202 at once; the work goes on in the background.
//! `POST /stop` takes a [`crate::job::StripAt`] that is not wanted any more. It keeps nothing.

mod gate;
mod memory;
mod object;
mod sink;
mod work;

pub use work::{STOP_ADDRESS, WORK_ADDRESS, WorkOrder};
