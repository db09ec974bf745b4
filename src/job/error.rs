//! What the queue refuses.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::fault::{Explain, Fault, FaultClass};
use crate::job::{Bound, CaptureFailure, CaptureState};

/// Why the queue does not do what it was asked.
#[derive(Debug, Clone, PartialEq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JobError {
    /// No capture has that id, or its status has been forgotten.
    #[error("there is no such capture, or it ended long ago")]
    UnknownCapture,
    /// The queue is full.
    #[error("{}: {present} {} are there already, {limit} are allowed", .bound.words(), .bound.unit())]
    QueueFull {
        /// Of what.
        bound: Bound,
        /// How much of it there is.
        present: u64,
        /// The most allowed.
        limit: u64,
        /// When there will be room.
        retry_after_ms: u64,
    },
    /// The key was used before, for another request.
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    /// The lease is not held any more.
    #[error("the strip is not leased to this renderer any more")]
    StaleLease,
    /// The claim is not held any more.
    #[error("the delivery was given up and its chunks may have gone to somebody else")]
    StaleClaim,
    /// No chunk has that number.
    #[error("there is no chunk {index}; this image has {count}")]
    NoSuchChunk {
        /// What was asked for.
        index: u32,
        /// Chunks of the image.
        count: u32,
    },
    /// The chunk is still to be rendered.
    #[error("chunk {index} is not ready yet")]
    ChunkNotReady {
        /// What was asked for.
        index: u32,
    },
    /// A part of the image was asked for, and its length is not known yet.
    #[error("parts of the image can be fetched once it is ready")]
    ImageNotReady {
        /// When that may be.
        retry_after_ms: u64,
    },
    /// The image has none of the bytes that were asked for.
    #[error("the image has {total} bytes, and none of those asked for")]
    NoSuchPart {
        /// Its length.
        total: u64,
    },
    /// Somebody else fetches it right now.
    #[error("{what} is being fetched by somebody else right now")]
    Claimed {
        /// What: a chunk or the image.
        what: String,
    },
    /// It was delivered and is gone.
    #[error("{what} was delivered and is gone")]
    Delivered {
        /// What: a chunk or the image.
        what: String,
    },
    /// The capture has ended without an image.
    #[error("the capture is {state}{}", .failure.as_ref().map(|f| format!(": {}", f.detail)).unwrap_or_default())]
    Ended {
        /// How it ended.
        state: CaptureState,
        /// Why, where it failed.
        failure: Option<CaptureFailure>,
    },
}

impl Explain for JobError {
    fn fault(&self) -> Fault {
        use FaultClass::{Caller, Conflict, Gone, NotFound};
        match self {
            Self::UnknownCapture => Fault::new(NotFound, "unknown_capture").field("id"),
            Self::QueueFull { bound, present, limit, retry_after_ms } => {
                let (class, code) = bound.code();
                Fault::new(class, code)
                    .value(present)
                    .limit(format!("{limit} {}", bound.unit()))
                    .retry_after(*retry_after_ms)
            }
            Self::KeyReused => {
                Fault::new(FaultClass::Unprocessable, "idempotency_key_reused").field("Idempotency-Key")
            }
            Self::StaleLease => Fault::new(Conflict, "stale_lease"),
            Self::StaleClaim => Fault::new(Conflict, "stale_claim"),
            Self::NoSuchChunk { index, count } => Fault::new(NotFound, "no_such_chunk")
                .field("chunk")
                .value(index)
                .limit(format!("{count} chunks")),
            Self::ChunkNotReady { index } => {
                Fault::new(Conflict, "chunk_not_ready").field("chunk").value(index).retry_after(1_000)
            }
            Self::ImageNotReady { retry_after_ms } => {
                Fault::new(FaultClass::Busy, "image_not_ready").field("Range").retry_after(*retry_after_ms)
            }
            Self::NoSuchPart { total } => {
                Fault::new(FaultClass::Range, "no_such_part").field("Range").limit(format!("{total} bytes"))
            }
            Self::Claimed { .. } => Fault::new(Conflict, "being_fetched").retry_after(1_000),
            Self::Delivered { .. } => Fault::new(Gone, "delivered"),
            Self::Ended { state: CaptureState::Failed, failure } => match failure {
                Some(failure) => Fault::new(failure.class(), "capture_failed").value(&failure.code),
                None => Fault::new(Caller, "capture_failed"),
            },
            Self::Ended { state, .. } => Fault::new(Gone, "capture_ended").value(state),
        }
    }
}
