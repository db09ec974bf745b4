//! Strips out to renderers and back.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::job::{
    CaptureFailure, CaptureId, CaptureState, ChunkState, InlineChunk, JobError, Lane, Lease, LeaseToken,
    Piece, StripFigures, StripState, StripWork, Ticket,
};
use crate::source::MissingTile;

/// A strip given to a renderer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Which strip, and the token to come back with.
    pub at: StripAt,
    /// How often it was given out, this time included.
    pub attempt: u32,
    /// Until when, unless progress is reported.
    pub until_ms: u64,
    /// The capture's plan; none where the renderer has it.
    pub plan: Option<String>,
}

/// A strip under a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripAt {
    /// The capture.
    pub capture: CaptureId,
    /// The strip's number.
    pub strip: u32,
    /// The lease's fencing token.
    pub token: LeaseToken,
}

/// A finished strip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fragment {
    /// Its bytes in the chunk store, in order.
    pub pieces: Vec<Piece>,
    /// What closing the file needs to know of it.
    pub seal: Value,
    /// Tiles that could not be had.
    pub missing: Vec<MissingTile>,
    /// What it took.
    pub figures: StripFigures,
}

/// A strip that could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripFailure {
    /// Why.
    pub failure: CaptureFailure,
    /// Whether another attempt would end the same way.
    pub is_final: bool,
}

impl Lane {
    /// Gives the first pending strip of the earliest capture whose sources may be asked to a renderer, which has the plan of the capture `knows`. What the same
    /// renderer still held is taken back: it has lost it, or it would not ask.
    pub fn lease(&mut self, slot: u32, knows: Option<&CaptureId>, now_ms: u64) -> Option<Grant> {
        self.take_back(now_ms, |lease| lease.slot == slot);
        let (ticket, index) = self.agenda.active().find_map(|ticket| {
            let entry = self.entries.get(&ticket)?;
            let index = entry.strips.iter().position(|s| s.is_pending())?;
            self.paused(&entry.capture).is_none().then_some((ticket, index))
        })?;
        let token = self.next_token();
        self.counters.pace.begin(now_ms);
        let (until_ms, life) = (now_ms + self.settings.lease_ms, self.counters.life);
        let entry = self.entries.get_mut(&ticket)?;
        let strip = entry.strips.get_mut(index)?;
        strip.state = StripState::Leased(Lease { token, slot, since_ms: now_ms, until_ms, life });
        strip.attempts += 1;
        let begins =
            std::mem::replace(&mut entry.capture.state, CaptureState::Rendering) == CaptureState::Queued;
        if begins {
            entry.capture.begun_ms = Some(now_ms);
        }
        let index = u32::try_from(index).ok()?;
        let capture = entry.capture.id.clone();
        let grant = Grant {
            plan: (knows != Some(&capture)).then(|| entry.capture.job.plan.clone()),
            at: StripAt { capture, strip: index, token },
            attempt: strip.attempts,
            until_ms,
        };
        if begins {
            self.touch(ticket);
        }
        self.touch_strip(ticket, index);
        Some(grant)
    }

    /// Notes a renderer's progress and renews its lease. Returns until when.
    ///
    /// # Errors
    /// [`JobError::StaleLease`] when it does not hold the strip any more: it must stop.
    pub fn progress(
        &mut self,
        at: &StripAt,
        tiles_done: u32,
        tiles_missing: u32,
        now_ms: u64,
    ) -> Result<u64, JobError> {
        let renewed_ms = now_ms + self.settings.lease_ms;
        let half_ms = self.settings.lease_ms / 2;
        let ticket = self.held(at)?;
        let Some(strip) = self.strip_mut(ticket, at.strip) else { return Err(JobError::StaleLease) };
        strip.tiles_done = tiles_done;
        strip.tiles_missing = tiles_missing;
        let StripState::Leased(lease) = &mut strip.state else { return Err(JobError::StaleLease) };
        // Storage hears of it only now and then: a renewal that is lost costs nothing but an early expiry.
        let stored = lease.until_ms < now_ms + half_ms;
        if stored {
            lease.until_ms = renewed_ms;
        }
        let until_ms = lease.until_ms;
        if stored {
            self.dirty.strips.insert((ticket, at.strip));
            self.note(ticket);
        }
        self.news.insert(ticket);
        Ok(until_ms)
    }

    /// Takes a finished strip. Coming twice with the same token is harmless. Returns whether all strips are done now, so
    /// that [`Lane::seal`] is to follow in the same turn.
    ///
    /// # Errors
    /// [`JobError::StaleLease`]: the renderer must delete what it stored.
    pub fn complete(&mut self, at: &StripAt, fragment: Fragment, now_ms: u64) -> Result<bool, JobError> {
        if self.is_done_under(at) {
            return Ok(false);
        }
        let ticket = self.held(at)?;
        let keys: Vec<String> = fragment.pieces.iter().map(|piece| piece.key.clone()).collect();
        let Some(pieces) = self.as_before(&at.capture, at.strip, fragment.pieces) else {
            self.discard(keys, now_ms);
            self.fail_differing(ticket, now_ms);
            return Ok(false);
        };
        let gone = pieces.iter().filter(|piece| piece.state == ChunkState::Delivered);
        let gone = gone.map(|piece| piece.key.clone()).collect();
        self.discard(gone, now_ms);
        let entry = self.entries.get_mut(&ticket).ok_or(JobError::StaleLease)?;
        let tiles = entry.capture.job.strip_tiles.get(at.strip as usize).copied().unwrap_or(0);
        let strip = entry.strips.get_mut(at.strip as usize).ok_or(JobError::StaleLease)?;
        strip.tiles_done = tiles;
        strip.tiles_missing = u32::try_from(fragment.missing.len()).unwrap_or(u32::MAX);
        strip.figures = fragment.figures;
        strip.before.clear();
        strip.state =
            StripState::Done { token: at.token, pieces, seal: fragment.seal, missing: fragment.missing };
        let all_done = entry.strips.iter().all(StripWork::is_done);
        let more = self.active().any(|capture| !all_done || capture.ticket != ticket);
        self.counters.pace.finished(tiles, more, now_ms);
        self.dirty.counters = true;
        self.sources_work(ticket);
        self.touch_strip(ticket, at.strip);
        Ok(all_done)
    }

    /// The seals of all strips of a capture in order, once all are done.
    #[must_use]
    pub fn seals(&self, id: &CaptureId) -> Vec<&Value> {
        let Ok(entry) = self.entry(id) else { return Vec::new() };
        entry
            .strips
            .iter()
            .filter_map(|strip| match &strip.state {
                StripState::Done { seal, .. } => Some(seal),
                _ => None,
            })
            .collect()
    }

    /// Closes the file of a capture whose strips are all done: it is ready.
    ///
    /// # Errors
    /// [`JobError::UnknownCapture`].
    pub fn seal(&mut self, id: &CaptureId, tail: InlineChunk, now_ms: u64) -> Result<(), JobError> {
        let entry = self.entry_mut(id)?;
        if entry.capture.state.is_active() && entry.strips.iter().all(StripWork::is_done) {
            // A file that is closed again, after a strip was lost, has the tail that it had.
            if entry.capture.tail.as_ref().is_none_or(|earlier| earlier.bytes != tail.bytes) {
                entry.capture.tail = Some(tail);
            }
            entry.capture.state = CaptureState::Ready;
            entry.capture.since_ms = now_ms;
            let ticket = entry.capture.ticket;
            self.touch(ticket);
        }
        Ok(())
    }

    /// Notes that a renderer could not render its strip: it is given out again, or the capture fails.
    ///
    /// # Errors
    /// [`JobError::StaleLease`].
    pub fn fail_strip(&mut self, at: &StripAt, failed: StripFailure, now_ms: u64) -> Result<(), JobError> {
        let ticket = self.held(at)?;
        self.lost(ticket, at.strip, failed, now_ms);
        Ok(())
    }

    /// A capture failed as a whole for a reason of ours, whatever its strips do.
    ///
    /// # Errors
    /// [`JobError::UnknownCapture`].
    pub fn fail_capture(
        &mut self,
        id: &CaptureId,
        failure: CaptureFailure,
        now_ms: u64,
    ) -> Result<(), JobError> {
        let ticket = self.ticket(id)?;
        if self.entries.get(&ticket).is_some_and(|e| e.capture.state.is_active()) {
            self.end(ticket, CaptureState::Failed, Some(failure), now_ms);
        }
        Ok(())
    }

    /// Takes strips back whose lease fits, as after a renderer that was lost; or after all were lost, together with the lane.
    pub(super) fn take_back(&mut self, now_ms: u64, fits: impl Fn(&Lease) -> bool) {
        let life = self.counters.life;
        let mut lost = Vec::new();
        for ticket in self.agenda.rendering() {
            let Some(entry) = self.entries.get_mut(&ticket) else { continue };
            for (index, strip) in (0..).zip(&mut entry.strips) {
                let Some(lease) = strip.lease().copied().filter(&fits) else { continue };
                if lease.life != life {
                    strip.interrupted();
                }
                lost.push((ticket, index));
            }
        }
        for (ticket, index) in lost {
            let failure = CaptureFailure {
                code: "renderer_lost".to_owned(),
                detail: "the renderer did not come back".to_owned(),
                source_fault: false,
            };
            self.lost(ticket, index, StripFailure { failure, is_final: false }, now_ms);
        }
    }

    /// A strip came back without a fragment.
    pub(super) fn lost(&mut self, ticket: Ticket, index: u32, failed: StripFailure, now_ms: u64) {
        let most = self.settings.max_attempts;
        let Some(strip) = self.strip_mut(ticket, index) else { return };
        let attempts = strip.attempts;
        strip.give_back();
        self.touch_strip(ticket, index);
        if failed.is_final || attempts >= most {
            let mut failure = failed.failure;
            if !failed.is_final {
                failure.detail = format!(
                    "strip {index} failed {attempts} times, the last time because {}",
                    failure.detail
                );
            }
            self.end(ticket, CaptureState::Failed, Some(failure), now_ms);
        }
    }

    pub(super) fn strip_mut(&mut self, ticket: Ticket, index: u32) -> Option<&mut StripWork> {
        self.entries.get_mut(&ticket)?.strips.get_mut(index as usize)
    }

    /// The ticket of a strip that is held under that very lease.
    pub(super) fn held(&self, at: &StripAt) -> Result<Ticket, JobError> {
        let entry = self.entry(&at.capture).map_err(|_| JobError::StaleLease)?;
        let lease = entry.strips.get(at.strip as usize).and_then(StripWork::lease);
        match lease {
            Some(lease) if lease.token == at.token => Ok(entry.capture.ticket),
            _ => Err(JobError::StaleLease),
        }
    }

    fn is_done_under(&self, at: &StripAt) -> bool {
        self.entry(&at.capture).is_ok_and(|entry| {
            entry.strips.get(at.strip as usize).is_some_and(
                |strip| matches!(&strip.state, StripState::Done { token, .. } if *token == at.token),
            )
        })
    }
}
