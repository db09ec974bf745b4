//! What a client asks for, and the queue that serves it: tickets, leases, delivery.
//!
//! [`Lane`] is a state machine: every method is a pure function of its state, what happened and `now_ms`. The shell
//! writes [`Lane::take_changes`] to its storage in the same turn and can rebuild the lane from there at any time
//! with [`Lane::restore`]; memory is only a cache.

mod admission;
mod agenda;
mod attendance;
mod capture;
mod changes;
mod chunk;
mod clock;
mod delivery;
mod error;
mod figures;
mod id;
mod image_delivery;
mod lane;
mod lease;
mod loss;
mod pace;
mod pause;
mod place;
mod query;
mod range;
mod request;
mod request_error;
mod settings;
mod status;
mod strip_work;
mod tick;

pub use admission::{Bound, Enqueued, NewCapture};
pub use capture::{Capture, CaptureFailure, CaptureState, JobSpec};
pub use changes::{Changes, Counters, Stored};
pub use chunk::{ChunkInfo, ChunkSource, ChunkState, InlineChunk, Piece};
pub use clock::LaneClock;
pub use delivery::ClaimedChunk;
pub use error::JobError;
pub use figures::StripFigures;
pub use id::{CaptureId, LeaseToken, Ticket};
pub use image_delivery::{ClaimedImage, ImageProgress};
pub use lane::{Lane, Stop};
pub use lease::{Fragment, Grant, StripAt, StripFailure};
pub use pace::Pace;
pub use pause::{Pause, Paused, Refusal};
pub use query::request_from_query;
pub use range::{ByteRange, Part};
pub use request::{CaptureRequest, ResolvedRequest};
pub use request_error::RequestError;
pub use settings::LaneSettings;
pub use status::Status;
pub use strip_work::{Lease, StripState, StripWork};
