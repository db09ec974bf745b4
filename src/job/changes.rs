//! What storage must be told, and what it tells back.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::job::{Capture, JobSpec, LaneClock, Pace, Pause, StripWork, Ticket};

/// The numbers that outlive every capture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// The next ticket.
    pub next_ticket: u64,
    /// The next fencing token.
    pub next_token: u64,
    /// How fast the lane works.
    pub pace: Pace,
    /// The lane's own time.
    pub clock: LaneClock,
    /// How often the lane was loaded from storage: a lease of an earlier life was given by an object that is gone.
    #[serde(default)]
    pub life: u64,
}

/// All that a lane was made of when it was stored.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stored {
    /// The counters, if any were stored.
    pub counters: Option<Counters>,
    /// Sources that are left alone.
    pub pauses: Vec<Pause>,
    /// The captures.
    pub captures: Vec<Capture>,
    /// Their strips, where they differ from a fresh one.
    pub strips: Vec<(Ticket, u32, StripWork)>,
    /// Chunk keys to be deleted, and when to try (again).
    pub garbage: Vec<(String, u64)>,
}

/// What has changed since the last time: to be written in the same turn, all or nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// The counters.
    pub counters: Option<Counters>,
    /// Sources that are left alone: all of them.
    pub pauses: Option<Vec<Pause>>,
    /// Captures that are new or different.
    pub captures: Vec<Capture>,
    /// What is to be rendered for those that are new, which never changes.
    pub jobs: Vec<(Ticket, Rc<JobSpec>)>,
    /// Strips that are different.
    pub strips: Vec<(Ticket, u32, StripWork)>,
    /// Captures that are forgotten, with their strips.
    pub forgotten: Vec<Ticket>,
    /// Chunk keys that are to be deleted, and when.
    pub garbage: Vec<(String, u64)>,
    /// Chunk keys that have been deleted.
    pub deleted: Vec<String>,
}

impl Changes {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is different since the last [`Changes`], by name alone.
#[derive(Debug, Default)]
pub(super) struct Dirty {
    pub counters: bool,
    pub pauses: bool,
    pub captures: BTreeSet<Ticket>,
    pub jobs: BTreeSet<Ticket>,
    pub strips: BTreeSet<(Ticket, u32)>,
    pub forgotten: BTreeSet<Ticket>,
    pub garbage: BTreeMap<String, Option<u64>>,
}
