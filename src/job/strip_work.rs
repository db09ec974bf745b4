//! One strip in the queue.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::job::chunk::Piece;
use crate::job::{LeaseToken, StripFigures};
use crate::source::MissingTile;

/// So often a lease may end with the lane's own life before that counts as an attempt.
pub(super) const MOST_INTERRUPTIONS: u32 = 10;

/// The right to render a strip, until a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The fencing token.
    pub token: LeaseToken,
    /// Which renderer.
    pub slot: u32,
    /// Since when.
    pub since_ms: u64,
    /// Until when, unless renewed.
    pub until_ms: u64,
    /// The life of the lane in which it was given.
    #[serde(default)]
    pub life: u64,
}

/// Where a strip stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StripState {
    /// Nobody renders it.
    #[default]
    Pending,
    /// A renderer has it.
    Leased(Lease),
    /// It is in the chunk store.
    Done {
        /// The lease under which it was rendered.
        token: LeaseToken,
        /// Its bytes, in order.
        pieces: Vec<Piece>,
        /// What closing the file needs to know of it.
        seal: Value,
        /// Tiles that could not be had.
        missing: Vec<MissingTile>,
    },
}

/// A strip and how often it was tried.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StripWork {
    /// Where it stands.
    pub state: StripState,
    /// Leases so far that count: all but those that were interrupted.
    pub attempts: u32,
    /// Leases that ended because the lane went down together with its renderer, which says nothing of the strip.
    #[serde(default)]
    pub interruptions: u32,
    /// What it took.
    pub figures: StripFigures,
    /// Its pieces when one of them was lost, while it is rendered again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Piece>,
    /// Tiles in place, of the renderer's last word; not kept in storage.
    #[serde(skip)]
    pub tiles_done: u32,
    /// Tiles missing so far, likewise.
    #[serde(skip)]
    pub tiles_missing: u32,
}

impl StripWork {
    pub(super) const fn lease(&self) -> Option<&Lease> {
        match &self.state {
            StripState::Leased(lease) => Some(lease),
            _ => None,
        }
    }

    pub(super) const fn is_done(&self) -> bool {
        matches!(self.state, StripState::Done { .. })
    }

    pub(super) const fn is_pending(&self) -> bool {
        matches!(self.state, StripState::Pending)
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        match &self.state {
            StripState::Done { pieces, .. } => pieces,
            _ => &[],
        }
    }

    pub(super) fn pieces_mut(&mut self) -> &mut [Piece] {
        match &mut self.state {
            StripState::Done { pieces, .. } => pieces,
            _ => &mut [],
        }
    }

    pub(super) fn missing(&self) -> &[MissingTile] {
        match &self.state {
            StripState::Done { missing, .. } => missing,
            _ => &[],
        }
    }

    /// The lease ended with the lane's own life. That is forgiven so often, for a strip may be what brings everything down.
    pub(super) const fn interrupted(&mut self) {
        if self.interruptions < MOST_INTERRUPTIONS {
            self.interruptions += 1;
            self.attempts = self.attempts.saturating_sub(1);
        }
    }

    /// Gives the strip back: nobody renders it.
    pub(super) fn give_back(&mut self) {
        self.state = StripState::Pending;
        self.tiles_done = 0;
        self.tiles_missing = 0;
    }
}
