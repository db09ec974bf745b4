//! The queue itself: who is in it, who comes in, who leaves.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::job::changes::Dirty;
use crate::job::{
    Capture, CaptureFailure, CaptureId, CaptureState, Changes, ChunkState, Counters, InlineChunk, JobError,
    JobSpec, LaneSettings, LeaseToken, Stored, StripWork, Ticket,
};

/// One FIFO queue with its leases and deliveries.
///
/// # Guarantees
/// A strip is leased to one renderer at a time, a chunk claimed by one client at a time; what comes with an old token is
/// refused. Strips are given out in the order of the tickets. After any method, storage that applies
/// [`Lane::take_changes`] holds all that [`Lane::restore`] needs.
#[derive(Debug)]
pub struct Lane {
    pub(super) settings: LaneSettings,
    pub(super) counters: Counters,
    pub(super) entries: BTreeMap<Ticket, Entry>,
    by_id: BTreeMap<CaptureId, Ticket>,
    by_key: BTreeMap<String, Ticket>,
    /// Chunk keys to be deleted, and when to try.
    pub(super) garbage: BTreeMap<String, u64>,
    pub(super) dirty: Dirty,
    /// Captures whose status has changed since the shell last asked.
    pub(super) news: BTreeSet<Ticket>,
}

/// A capture with its strips.
#[derive(Debug)]
pub(super) struct Entry {
    pub capture: Capture,
    pub strips: Vec<StripWork>,
}

/// A capture that wants in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewCapture {
    /// Its name, made of fresh random bits.
    pub id: CaptureId,
    /// The client's Idempotency-Key and the canonical request, where it gave one.
    pub idempotency: Option<(String, String)>,
    /// What to render.
    pub job: JobSpec,
    /// The file's bytes before the first fragment.
    pub head: InlineChunk,
}

/// What became of a capture that wanted in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enqueued {
    /// Its name: the earlier one's when the key was seen before.
    pub id: CaptureId,
    /// Whether it was there already.
    pub existing: bool,
}

impl Lane {
    /// A lane as it was stored; empty when nothing was.
    #[must_use]
    pub fn restore(settings: LaneSettings, stored: Stored) -> Self {
        let counters = stored.counters.unwrap_or(Counters {
            next_ticket: 1,
            next_token: 1,
            ms_per_tile: settings.ms_per_tile,
        });
        let mut lane = Self {
            settings,
            counters,
            entries: BTreeMap::new(),
            by_id: BTreeMap::new(),
            by_key: BTreeMap::new(),
            garbage: BTreeMap::new(),
            dirty: Dirty::default(),
            news: BTreeSet::new(),
        };
        // Not collected: that would sort first, with a sort of its own in the module.
        lane.garbage.extend(stored.garbage);
        for capture in stored.captures {
            lane.insert(capture);
        }
        for (ticket, index, work) in stored.strips {
            let entry = lane.entries.get_mut(&ticket);
            if let Some(strip) = entry.and_then(|e| e.strips.get_mut(index as usize)) {
                *strip = work;
            }
        }
        lane
    }

    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> &LaneSettings {
        &self.settings
    }

    fn insert(&mut self, capture: Capture) {
        self.by_id.insert(capture.id.clone(), capture.ticket);
        if let Some((key, _)) = &capture.idempotency {
            self.by_key.insert(key.clone(), capture.ticket);
        }
        let strips = vec![StripWork::default(); capture.job.strip_tiles.len()];
        self.entries.insert(capture.ticket, Entry { capture, strips });
    }

    /// Takes a capture into the queue. With an Idempotency-Key that was seen before, nothing happens and the earlier
    /// capture is named; the very same capture coming twice (a call that was repeated) changes nothing either.
    ///
    /// # Errors
    /// [`JobError::QueueFull`]; [`JobError::KeyReused`] when the key stands for another request.
    pub fn enqueue(&mut self, new: NewCapture, now_ms: u64) -> Result<Enqueued, JobError> {
        if let Some((key, request)) = &new.idempotency
            && let Some(entry) = self.by_key.get(key).and_then(|ticket| self.entries.get(ticket))
        {
            let same = entry.capture.idempotency.as_ref().is_some_and(|(_, earlier)| earlier == request);
            return if same {
                Ok(Enqueued { id: entry.capture.id.clone(), existing: true })
            } else {
                Err(JobError::KeyReused)
            };
        }
        if self.by_id.contains_key(&new.id) {
            return Ok(Enqueued { id: new.id, existing: true });
        }
        let waiting = self.queued();
        if waiting >= self.settings.max_queued {
            return Err(JobError::QueueFull {
                waiting,
                limit: self.settings.max_queued,
                retry_after_ms: self.first_eta_ms().clamp(1_000, 600_000),
            });
        }
        let ticket = Ticket(self.counters.next_ticket);
        self.counters.next_ticket += 1;
        self.dirty.counters = true;
        let id = new.id.clone();
        self.insert(Capture {
            ticket,
            id: new.id,
            idempotency: new.idempotency,
            state: CaptureState::Queued,
            created_ms: now_ms,
            since_ms: now_ms,
            job: new.job,
            head: new.head,
            tail: None,
            image_claim: None,
            failure: None,
        });
        self.touch(ticket);
        Ok(Enqueued { id, existing: false })
    }

    /// Gives a capture up: its strips are stopped, its chunks deleted. A second time, or after its end, nothing happens.
    ///
    /// # Errors
    /// [`JobError::UnknownCapture`].
    pub fn cancel(&mut self, id: &CaptureId, now_ms: u64) -> Result<(), JobError> {
        let ticket = self.ticket(id)?;
        if self.entries.get(&ticket).is_some_and(|e| !e.capture.state.is_final()) {
            self.end(ticket, CaptureState::Cancelled, None, now_ms);
        }
        Ok(())
    }

    /// Captures that wait or are rendered.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.entries.values().filter(|e| e.capture.state.is_active()).count()
    }

    /// Strips that a renderer could start right now.
    #[must_use]
    pub fn pending_strips(&self) -> usize {
        let active = self.entries.values().filter(|e| e.capture.state.is_active());
        active.map(|e| e.strips.iter().filter(|s| s.is_pending()).count()).sum()
    }

    /// Renderers that hold a strip.
    #[must_use]
    pub fn busy_slots(&self) -> BTreeSet<u32> {
        let strips = self.entries.values().flat_map(|e| &e.strips);
        let mut slots = BTreeSet::new();
        slots.extend(strips.filter_map(|s| s.lease()).map(|lease| lease.slot));
        slots
    }

    /// The capture of that name.
    ///
    /// # Errors
    /// [`JobError::UnknownCapture`].
    pub fn capture(&self, id: &CaptureId) -> Result<&Capture, JobError> {
        Ok(&self.entry(id)?.capture)
    }

    /// Whose status has changed since this was last asked; positions behind them may have changed, too.
    pub fn take_news(&mut self) -> BTreeSet<Ticket> {
        std::mem::take(&mut self.news)
    }

    /// The active captures in their order.
    pub fn active(&self) -> impl Iterator<Item = &Capture> {
        self.entries.values().map(|e| &e.capture).filter(|c| c.state.is_active())
    }

    /// What storage must be told since the last time.
    pub fn take_changes(&mut self) -> Changes {
        let dirty = std::mem::take(&mut self.dirty);
        let strips = dirty.strips.into_iter().filter_map(|(ticket, index)| {
            let strip = self.entries.get(&ticket)?.strips.get(index as usize)?;
            Some((ticket, index, strip.clone()))
        });
        let captures = dirty.captures.into_iter().filter_map(|t| Some(self.entries.get(&t)?.capture.clone()));
        let (mut garbage, mut deleted) = (Vec::new(), Vec::new());
        for (key, due) in dirty.garbage {
            match due {
                Some(due_ms) => garbage.push((key, due_ms)),
                None => deleted.push(key),
            }
        }
        Changes {
            counters: dirty.counters.then_some(self.counters),
            captures: captures.collect(),
            strips: strips.collect(),
            forgotten: dirty.forgotten.into_iter().collect(),
            garbage,
            deleted,
        }
    }

    pub(super) fn ticket(&self, id: &CaptureId) -> Result<Ticket, JobError> {
        self.by_id.get(id).copied().ok_or(JobError::UnknownCapture)
    }

    pub(super) fn entry(&self, id: &CaptureId) -> Result<&Entry, JobError> {
        self.by_id.get(id).and_then(|ticket| self.entries.get(ticket)).ok_or(JobError::UnknownCapture)
    }

    pub(super) fn entry_mut(&mut self, id: &CaptureId) -> Result<&mut Entry, JobError> {
        let ticket = self.ticket(id)?;
        self.entries.get_mut(&ticket).ok_or(JobError::UnknownCapture)
    }

    /// Remembers that a capture's own row is different.
    pub(super) fn touch(&mut self, ticket: Ticket) {
        self.dirty.captures.insert(ticket);
        self.news.insert(ticket);
    }

    /// Remembers that a strip's row is different.
    pub(super) fn touch_strip(&mut self, ticket: Ticket, index: u32) {
        self.dirty.strips.insert((ticket, index));
        self.news.insert(ticket);
    }

    pub(super) const fn next_token(&mut self) -> LeaseToken {
        let token = LeaseToken(self.counters.next_token);
        self.counters.next_token += 1;
        self.dirty.counters = true;
        token
    }

    /// Ends a capture for good: leases and claims fall, all chunks become garbage.
    pub(super) fn end(
        &mut self,
        ticket: Ticket,
        state: CaptureState,
        failure: Option<CaptureFailure>,
        now_ms: u64,
    ) {
        let Some(entry) = self.entries.get_mut(&ticket) else { return };
        entry.capture.state = state;
        entry.capture.since_ms = now_ms;
        entry.capture.failure = failure;
        entry.capture.image_claim = None;
        let mut keys = Vec::new();
        for (index, strip) in (0..).zip(&mut entry.strips) {
            if strip.lease().is_some() {
                strip.give_back();
                self.dirty.strips.insert((ticket, index));
            }
            for piece in strip.pieces_mut() {
                if piece.state != ChunkState::Delivered {
                    piece.state = ChunkState::Delivered;
                    keys.push(piece.key.clone());
                    self.dirty.strips.insert((ticket, index));
                }
            }
        }
        self.discard(keys, now_ms);
        self.touch(ticket);
    }

    /// Chunk keys whose bytes nobody may have any more.
    pub(super) fn discard(&mut self, keys: Vec<String>, due_ms: u64) {
        for key in keys {
            self.dirty.garbage.insert(key.clone(), Some(due_ms));
            self.garbage.insert(key, due_ms);
        }
    }

    /// Forgets a capture.
    pub(super) fn forget(&mut self, ticket: Ticket) {
        if let Some(entry) = self.entries.remove(&ticket) {
            self.by_id.remove(&entry.capture.id);
            if let Some((key, _)) = &entry.capture.idempotency {
                self.by_key.remove(key);
            }
            self.dirty.captures.remove(&ticket);
            self.dirty.strips.retain(|(t, _)| *t != ticket);
            self.dirty.forgotten.insert(ticket);
        }
    }
}
