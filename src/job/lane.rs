//! The queue itself: who is in it, who leaves.

use std::collections::{BTreeMap, BTreeSet};

use crate::job::agenda::{Agenda, Noted};
use crate::job::changes::Dirty;
use crate::job::{
    Capture, CaptureFailure, CaptureId, CaptureState, Changes, ChunkState, Counters, JobError, LaneClock,
    LaneSettings, Lease, LeaseToken, Pace, Pause, Stored, StripAt, StripWork, Ticket,
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
    pub(super) agenda: Agenda,
    by_id: BTreeMap<CaptureId, Ticket>,
    by_key: BTreeMap<String, Ticket>,
    /// Chunk keys to be deleted, and when to try.
    pub(super) garbage: BTreeMap<String, u64>,
    /// Sources that are left alone.
    pub(super) pauses: Vec<Pause>,
    pub(super) dirty: Dirty,
    /// Captures whose status has changed since the shell last asked.
    pub(super) news: BTreeSet<Ticket>,
    /// Strips whose lease fell since the shell last asked.
    stops: Vec<Stop>,
}

/// A capture with its strips.
#[derive(Debug)]
pub(super) struct Entry {
    pub capture: Capture,
    pub strips: Vec<StripWork>,
    pub noted: Noted,
}

/// A strip that is not wanted any more, and the renderer that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The renderer.
    pub slot: u32,
    /// The strip, under the lease that fell.
    pub at: StripAt,
}

impl Lane {
    /// A lane as it was stored; empty when nothing was.
    #[must_use]
    pub fn restore(settings: LaneSettings, stored: Stored) -> Self {
        let mut counters = stored.counters.unwrap_or(Counters {
            next_ticket: 1,
            next_token: 1,
            pace: Pace::guess(settings.ms_per_tile / f64::from(settings.slots.max(1))),
            clock: LaneClock::default(),
            life: 0,
        });
        // Written with the first token that this life gives out.
        counters.life += 1;
        let mut lane = Self {
            settings,
            counters,
            entries: BTreeMap::new(),
            agenda: Agenda::default(),
            by_id: BTreeMap::new(),
            by_key: BTreeMap::new(),
            garbage: BTreeMap::new(),
            pauses: stored.pauses,
            dirty: Dirty::default(),
            news: BTreeSet::new(),
            stops: Vec::new(),
        };
        // Not collected: that would sort first, with a sort of its own in the module.
        lane.garbage.extend(stored.garbage);
        for capture in stored.captures {
            lane.counters.clock.not_before(capture.since_ms);
            lane.insert(capture);
        }
        for (ticket, index, work) in stored.strips {
            let entry = lane.entries.get_mut(&ticket);
            if let Some(strip) = entry.and_then(|e| e.strips.get_mut(index as usize)) {
                lane.counters.clock.not_before(work.lease().map_or(0, |lease| lease.since_ms));
                *strip = work;
            }
        }
        let tickets: Vec<Ticket> = lane.entries.keys().copied().collect();
        for ticket in tickets {
            lane.note(ticket);
        }
        lane
    }

    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> &LaneSettings {
        &self.settings
    }

    pub(super) fn insert(&mut self, capture: Capture) {
        self.by_id.insert(capture.id.clone(), capture.ticket);
        if let Some((key, _)) = &capture.idempotency {
            self.by_key.insert(key.clone(), capture.ticket);
        }
        let strips = vec![StripWork::default(); capture.job.strip_tiles.len()];
        self.entries.insert(capture.ticket, Entry { capture, strips, noted: Noted::default() });
    }

    /// The lane's time when the host's clock tells `told_ms`: what every `now_ms` is (see [`LaneClock`]).
    pub fn now_ms(&mut self, told_ms: u64) -> u64 {
        let mut clock = self.counters.clock;
        let now_ms = clock.read(told_ms, || self.next_deadline_ms());
        // What it shows is written down with whatever happens next.
        self.dirty.counters |= !clock.runs_as(&self.counters.clock);
        self.counters.clock = clock;
        now_ms
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
        self.agenda.active_count()
    }

    /// Strips that a renderer could start right now; no more than `most` are counted.
    #[must_use]
    pub fn pending_strips(&self, most: usize) -> usize {
        let active = self.agenda.active().filter_map(|ticket| self.entries.get(&ticket));
        let active = active.filter(|e| self.paused(&e.capture).is_none());
        active.flat_map(|e| e.strips.iter().filter(|s| s.is_pending())).take(most).count()
    }

    /// Renderers that hold a strip.
    #[must_use]
    pub fn busy_slots(&self) -> BTreeSet<u32> {
        let rendering = self.agenda.rendering().filter_map(|ticket| self.entries.get(&ticket));
        let strips = rendering.flat_map(|e| &e.strips);
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

    /// Renderers that work for nothing since this was last asked.
    pub fn take_stops(&mut self) -> Vec<Stop> {
        std::mem::take(&mut self.stops)
    }

    /// The active captures in their order.
    pub fn active(&self) -> impl Iterator<Item = &Capture> {
        self.agenda.active().filter_map(|ticket| self.entries.get(&ticket)).map(|e| &e.capture)
    }

    /// What storage must be told since the last time.
    pub fn take_changes(&mut self) -> Changes {
        let dirty = std::mem::take(&mut self.dirty);
        let strips = dirty.strips.into_iter().filter_map(|(ticket, index)| {
            let strip = self.entries.get(&ticket)?.strips.get(index as usize)?;
            Some((ticket, index, strip.clone()))
        });
        let jobs =
            dirty.jobs.into_iter().filter_map(|t| Some((t, self.entries.get(&t)?.capture.job.clone())));
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
            pauses: dirty.pauses.then(|| self.pauses.clone()),
            captures: captures.collect(),
            jobs: jobs.collect(),
            strips: strips.collect(),
            forgotten: dirty.forgotten.into_iter().collect(),
            garbage,
            deleted,
        }
    }

    pub(super) fn ticket(&self, id: &CaptureId) -> Result<Ticket, JobError> {
        self.by_id.get(id).copied().ok_or(JobError::UnknownCapture)
    }

    /// The capture that was queued under that Idempotency-Key.
    pub(super) fn by_key(&self, key: &str) -> Option<&Entry> {
        self.by_key.get(key).and_then(|ticket| self.entries.get(ticket))
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
        self.note(ticket);
    }

    /// Remembers that a strip's row is different.
    pub(super) fn touch_strip(&mut self, ticket: Ticket, index: u32) {
        self.dirty.strips.insert((ticket, index));
        self.news.insert(ticket);
        self.note(ticket);
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
        entry.capture.client.clear();
        let mut keys = Vec::new();
        for (index, strip) in (0..).zip(&mut entry.strips) {
            if let Some(Lease { slot, token, .. }) = strip.lease() {
                let at = StripAt { capture: entry.capture.id.clone(), strip: index, token: *token };
                self.stops.push(Stop { slot: *slot, at });
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
        if self.active().next().is_none() {
            self.counters.pace.rest();
        }
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
            self.dirty.jobs.remove(&ticket);
            self.dirty.strips.retain(|(t, _)| *t != ticket);
            self.dirty.forgotten.insert(ticket);
            self.note_gone(ticket, entry.noted);
        }
    }
}
