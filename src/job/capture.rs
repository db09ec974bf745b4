//! One capture in the queue.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fault::FaultClass;
use crate::job::chunk::InlineChunk;
use crate::job::{CaptureId, LeaseToken, Ticket};
use crate::source::SourceId;

/// What a capture is to the queue: some strips of so many tiles each. What they show is not the queue's business. It never
/// changes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct JobSpec {
    /// The plan as text, handed to renderers as it is.
    pub plan: String,
    /// Its sources: while one of them is left alone, it waits.
    #[serde(default)]
    pub sources: Vec<SourceId>,
    /// The names of the secrets that its sources need.
    pub secrets: Vec<String>,
    /// Where sources are told who asks.
    #[serde(default)]
    pub contact: String,
    /// The plan as the status shows it.
    pub summary: Value,
    /// Pixels of the image.
    pub pixels: u64,
    /// Tiles of each strip.
    pub strip_tiles: Vec<u32>,
    /// Media type of the image.
    pub media_type: String,
    /// What the file is called.
    pub file_name: String,
}

/// Where a capture stands. The last four are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureState {
    /// No strip has been started.
    Queued,
    /// Strips are being rendered.
    Rendering,
    /// The image can be fetched.
    Ready,
    /// The image was fetched and is gone.
    Delivered,
    /// It could not be made.
    Failed,
    /// The client gave it up.
    Cancelled,
    /// Nobody fetched it in time, or nobody waited for it any more.
    Expired,
}

impl CaptureState {
    /// Whether strips may still be rendered.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Queued | Self::Rendering)
    }

    /// Whether nothing will change any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Failed | Self::Cancelled | Self::Expired)
    }
}

impl std::fmt::Display for CaptureState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Queued => "queued",
            Self::Rendering => "rendering",
            Self::Ready => "ready",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        })
    }
}

/// Why a capture failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureFailure {
    /// Stable code.
    pub code: String,
    /// In words.
    pub detail: String,
    /// Whether a source is to blame rather than Mapshot.
    pub source_fault: bool,
}

impl CaptureFailure {
    /// Whose fault it is.
    #[must_use]
    pub const fn class(&self) -> FaultClass {
        if self.source_fault { FaultClass::Source } else { FaultClass::Internal }
    }
}

/// The right to fetch, until a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claim {
    pub token: LeaseToken,
    pub until_ms: u64,
    /// The first chunk that is fetched under it.
    pub first: u32,
}

/// One capture. Its strips are kept beside it, see [`crate::job::StripWork`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    pub(super) ticket: Ticket,
    pub(super) id: CaptureId,
    /// The client's key and the request it stands for.
    pub(super) idempotency: Option<(String, String)>,
    /// Whose it is.
    pub(super) client: String,
    pub(super) state: CaptureState,
    /// When it came, became ready or final: what the next deadline counts from.
    pub(super) since_ms: u64,
    /// When its first strip was given out, or given out again because a finished one was lost.
    #[serde(default)]
    pub(super) begun_ms: Option<u64>,
    /// When somebody last asked for it, about.
    pub(super) seen_ms: u64,
    /// Stored apart: it is much larger than all the rest, which changes all the time.
    #[serde(skip)]
    pub(super) job: Rc<JobSpec>,
    pub(super) head: InlineChunk,
    pub(super) tail: Option<InlineChunk>,
    /// Who fetches the image as a whole.
    pub(super) image_claim: Option<Claim>,
    /// How many of its chunks, counted from the first, were sent as parts of the whole.
    pub(super) sent: u32,
    pub(super) failure: Option<CaptureFailure>,
}

impl Capture {
    /// Its place in the queue.
    #[must_use]
    pub const fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Its name.
    #[must_use]
    pub const fn id(&self) -> &CaptureId {
        &self.id
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> CaptureState {
        self.state
    }

    /// What is to be rendered.
    #[must_use]
    pub fn job(&self) -> &JobSpec {
        &self.job
    }

    /// A capture as its own row has it, and what is to be rendered.
    #[must_use]
    pub fn with_job(self, job: JobSpec) -> Self {
        Self { job: Rc::new(job), ..self }
    }
}
