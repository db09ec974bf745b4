//! What a client may know of its capture: the same by polling and by socket.

use std::rc::Rc;

use serde::{Serialize, Serializer};

use crate::job::{
    Capture, CaptureFailure, CaptureId, CaptureState, ChunkInfo, JobError, JobSpec, Lane, Paused,
    StripFigures, StripState, Ticket,
};
use crate::source::MissingTile;

/// The status of a capture (docs/protocol.md, "Status").
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// Its name.
    pub id: CaptureId,
    /// Its place in the order of its lane.
    pub ticket: Ticket,
    /// Where it stands.
    pub state: CaptureState,
    /// Captures that are served before it; 0 when it is its turn.
    pub position: u32,
    /// How long it will take until it is ready, as far as can be known: not while it waits for a source.
    pub eta_ms: Option<u64>,
    /// The source that it waits for, because it does not want to be asked now.
    pub paused: Option<Paused>,
    /// Its tiles.
    pub tiles: TileCount,
    /// Its strips.
    pub strips: StripCount,
    /// Bytes of the image so far; the length of the file once it is ready.
    pub bytes: u64,
    /// The most WebAssembly memory that a renderer had when it finished a strip.
    pub memory_bytes: u64,
    /// Its chunks, as far as their numbers are certain.
    pub chunks: Vec<ChunkInfo>,
    /// Tiles that could not be had, strip by strip.
    pub missing: Vec<MissingTile>,
    /// Why it failed.
    pub error: Option<CaptureFailure>,
    /// What was planned.
    #[serde(rename = "plan", serialize_with = "summary")]
    pub job: Rc<JobSpec>,
    /// What the file is called.
    pub file_name: String,
}

fn summary<S: Serializer>(job: &JobSpec, to: S) -> Result<S::Ok, S::Error> {
    job.summary.serialize(to)
}

/// Tiles of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TileCount {
    /// In their places.
    pub done: u64,
    /// All.
    pub total: u64,
    /// Of those done, how many could not be had.
    pub missing: u64,
    /// Requests that were repeated.
    pub retries: u64,
    /// JPEG tiles whose coefficients are in the image as they came.
    pub carried: u64,
    /// JPEG tiles whose coefficients were quantised anew.
    pub requantised: u64,
}

/// Strips of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StripCount {
    /// Finished.
    pub done: u32,
    /// All.
    pub total: u32,
}

impl Lane {
    /// Captures that are served before one that waits; 0 once its turn has come.
    pub(super) fn position(&self, capture: &Capture) -> u32 {
        let waits = capture.state == CaptureState::Queued;
        let ahead = self.agenda.active().take_while(|ticket| waits && *ticket < capture.ticket);
        u32::try_from(ahead.count()).unwrap_or(u32::MAX)
    }

    /// The status of a capture.
    ///
    /// # Errors
    /// [`JobError::UnknownCapture`].
    pub fn status(&self, id: &CaptureId) -> Result<Status, JobError> {
        let entry = self.entry(id)?;
        let capture = &entry.capture;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (mut done, mut missing) = (0, 0);
        let mut figures = StripFigures::default();
        for (strip, tiles) in entry.strips.iter().zip(&capture.job.strip_tiles) {
            done += u64::from(if strip.is_done() { *tiles } else { strip.tiles_done.min(*tiles) });
            missing += match &strip.state {
                StripState::Done { missing, .. } => missing.len() as u64,
                _ => u64::from(strip.tiles_missing),
            };
            figures = figures.with(strip.figures);
        }
        let inline = capture.tail.iter().chain([&capture.head]).map(|c| c.bytes.len() as u64);
        let stored = entry.strips.iter().flat_map(|s| s.pieces()).map(|p| p.bytes);
        let paused = capture.state.is_active().then(|| self.paused(capture)).flatten();
        Ok(Status {
            id: capture.id.clone(),
            ticket: capture.ticket,
            state: capture.state,
            position: self.position(capture),
            eta_ms: (capture.state.is_active() && paused.is_none()).then(|| self.eta_ms(capture.ticket)),
            paused,
            tiles: TileCount {
                done,
                total: capture.job.strip_tiles.iter().map(|t| u64::from(*t)).sum(),
                missing,
                retries: figures.retries.into(),
                carried: figures.carried.into(),
                requantised: figures.requantised.into(),
            },
            strips: StripCount {
                done: count(entry.strips.iter().filter(|s| s.is_done()).count()),
                total: count(entry.strips.len()),
            },
            bytes: inline.chain(stored).sum(),
            memory_bytes: figures.memory_bytes,
            chunks: entry.chunk_infos(),
            missing: entry.strips.iter().flat_map(|s| s.missing()).cloned().collect(),
            error: capture.failure.clone(),
            job: capture.job.clone(),
            file_name: capture.job.file_name.clone(),
        })
    }
}
