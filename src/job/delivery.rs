//! Chunks out to clients one by one: claimed, fetched, gone.

use serde::{Deserialize, Serialize};

use crate::job::place::Place;
use crate::job::{CaptureId, CaptureState, ChunkSource, ChunkState, JobError, Lane, LeaseToken};

/// A chunk that a client may fetch now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedChunk {
    /// The token to say with whether it arrived.
    pub token: LeaseToken,
    /// Its number.
    pub index: u32,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 in hex.
    pub sha256: String,
    /// Where its bytes are.
    pub source: ChunkSource,
}

impl Lane {
    /// Claims one chunk for a client.
    ///
    /// # Errors
    /// [`JobError::Claimed`] while somebody else has it, [`JobError::Delivered`] once it is gone,
    /// [`JobError::ChunkNotReady`], [`JobError::NoSuchChunk`], [`JobError::Ended`].
    pub fn claim_chunk(&mut self, id: &CaptureId, index: u32, now_ms: u64) -> Result<ClaimedChunk, JobError> {
        let what = || format!("chunk {index}");
        let entry = self.entry(id)?;
        let places = entry.places();
        let count = u32::try_from(places.len()).unwrap_or(u32::MAX);
        let found = places.get(index as usize).and_then(|p| Some((*p, entry.chunk(*p)?)));
        if found.as_ref().is_some_and(|(_, (_, _, state, _))| *state == ChunkState::Delivered)
            && matches!(entry.capture.state, CaptureState::Delivered | CaptureState::Ready)
        {
            return Err(JobError::Delivered { what: what() });
        }
        entry.check_alive()?;
        let Some((place, (bytes, sha256, state, source))) = found else {
            return Err(if entry.capture.state.is_active() {
                JobError::ChunkNotReady { index }
            } else {
                JobError::NoSuchChunk { index, count }
            });
        };
        if entry.capture.image_claim.is_some() || matches!(state, ChunkState::Claimed { .. }) {
            return Err(JobError::Claimed { what: what() });
        }
        if state == ChunkState::Delivered {
            return Err(JobError::Delivered { what: what() });
        }
        let sha256 = sha256.to_owned();
        let token = self.next_token();
        let until_ms = now_ms + self.settings.claim_ms;
        self.set_state(id, place, ChunkState::Claimed { token, until_ms })?;
        Ok(ClaimedChunk { token, index, bytes, sha256, source })
    }

    /// A claimed chunk arrived: it is gone.
    ///
    /// # Errors
    /// [`JobError::StaleClaim`] when the claim had run out.
    pub fn chunk_delivered(
        &mut self,
        id: &CaptureId,
        index: u32,
        token: LeaseToken,
        now_ms: u64,
    ) -> Result<(), JobError> {
        let place = self.claimed(id, index, token)?;
        self.deliver(id, &[place], now_ms)
    }

    /// A claimed chunk did not arrive: it can be fetched again.
    ///
    /// # Errors
    /// [`JobError::StaleClaim`] when the claim had run out.
    pub fn chunk_released(&mut self, id: &CaptureId, index: u32, token: LeaseToken) -> Result<(), JobError> {
        let place = self.claimed(id, index, token)?;
        self.set_state(id, place, ChunkState::Ready)
    }

    /// A client says that it has a chunk, or does not want it: it is gone, whoever fetches it. A second time nothing
    /// happens.
    ///
    /// # Errors
    /// [`JobError::NoSuchChunk`], [`JobError::ChunkNotReady`].
    pub fn acknowledge_chunk(&mut self, id: &CaptureId, index: u32, now_ms: u64) -> Result<(), JobError> {
        let entry = self.entry(id)?;
        let places = entry.places();
        let Some(place) = places.get(index as usize).copied() else {
            let count = u32::try_from(places.len()).unwrap_or(u32::MAX);
            return Err(if entry.capture.state.is_active() {
                JobError::ChunkNotReady { index }
            } else {
                JobError::NoSuchChunk { index, count }
            });
        };
        self.deliver(id, &[place], now_ms)
    }

    /// Takes claims back that have run out.
    pub(super) fn expire_claims(&mut self, now_ms: u64) {
        let mut expired = Vec::new();
        for ticket in self.due(now_ms) {
            let Some(entry) = self.entries.get_mut(&ticket) else { continue };
            let id = entry.capture.id.clone();
            if entry.capture.image_claim.is_some_and(|c| c.until_ms <= now_ms) {
                entry.capture.image_claim = None;
                expired.push((id.clone(), None));
            }
            for place in entry.places() {
                if let Some((_, _, ChunkState::Claimed { until_ms, .. }, _)) = entry.chunk(place)
                    && until_ms <= now_ms
                {
                    expired.push((id.clone(), Some(place)));
                }
            }
        }
        for (id, place) in expired {
            match place {
                // The capture was there a moment ago.
                Some(place) => drop(self.set_state(&id, place, ChunkState::Ready)),
                None => drop(self.ticket(&id).map(|ticket| self.touch(ticket))),
            }
        }
    }

    fn claimed(&self, id: &CaptureId, index: u32, token: LeaseToken) -> Result<Place, JobError> {
        let entry = self.entry(id)?;
        let place = entry.places().get(index as usize).copied().ok_or(JobError::StaleClaim)?;
        match entry.chunk(place) {
            Some((_, _, ChunkState::Claimed { token: held, .. }, _)) if held == token => Ok(place),
            _ => Err(JobError::StaleClaim),
        }
    }

    pub(super) fn set_state(
        &mut self,
        id: &CaptureId,
        place: Place,
        state: ChunkState,
    ) -> Result<(), JobError> {
        let entry = self.entry_mut(id)?;
        let ticket = entry.capture.ticket;
        if let Some(slot) = entry.state_mut(place) {
            *slot = state;
        }
        match place {
            Place::Piece { strip, .. } => self.touch_strip(ticket, strip),
            Place::Head | Place::Tail => self.touch(ticket),
        }
        Ok(())
    }

    /// Chunks are gone: their bytes are garbage, and when all are gone the capture is delivered.
    pub(super) fn deliver(&mut self, id: &CaptureId, places: &[Place], now_ms: u64) -> Result<(), JobError> {
        let mut keys = Vec::new();
        for place in places {
            if let Some((_, _, state, ChunkSource::Stored(key))) = self.entry(id)?.chunk(*place)
                && state != ChunkState::Delivered
            {
                keys.push(key);
            }
            self.set_state(id, *place, ChunkState::Delivered)?;
        }
        self.discard(keys, now_ms);
        let entry = self.entry_mut(id)?;
        let ticket = entry.capture.ticket;
        let gone = |place: &Place| {
            entry.chunk(*place).is_some_and(|(_, _, state, _)| state == ChunkState::Delivered)
        };
        let all_gone = entry.capture.state == CaptureState::Ready && entry.places().iter().all(gone);
        if all_gone {
            entry.capture.state = CaptureState::Delivered;
            entry.capture.since_ms = now_ms;
            entry.capture.image_claim = None;
        }
        self.touch(ticket);
        Ok(())
    }
}
