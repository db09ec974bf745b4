//! Chunks out to clients: claimed, fetched, gone.

use serde::{Deserialize, Serialize};

use crate::job::capture::Claim;
use crate::job::place::Place;
use crate::job::{
    ByteRange, CaptureId, CaptureState, ChunkSource, ChunkState, JobError, Lane, LeaseToken, Part,
};

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

/// An image that a client may fetch now as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedImage {
    /// The token to go on and to say with whether it arrived.
    pub token: LeaseToken,
    /// Its length, once all is rendered.
    pub bytes: Option<u64>,
    /// The part that was asked for.
    pub part: Option<Part>,
    /// The chunk that it begins in.
    pub first_chunk: u32,
    /// Bytes of that chunk before it.
    pub skip_bytes: u64,
    /// Its media type.
    pub media_type: String,
    /// What the file is called.
    pub file_name: String,
}

/// How the delivery of an image goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageProgress {
    /// The next chunks: one at least.
    Chunks(Vec<ClaimedChunk>),
    /// The next chunk is still to be rendered.
    Wait,
    /// There is no further chunk.
    End,
}

/// Chunks that are handed out in one answer.
const MOST_AT_ONCE: usize = 64;

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

    /// Claims the image as a whole, rendered or not, or a part of it once it is ready.
    ///
    /// # Errors
    /// [`JobError::Claimed`] while somebody else has it or a part of it, [`JobError::Delivered`] once one of the chunks asked
    /// for is gone, [`JobError::Ended`]; for a part, [`JobError::ImageNotReady`] and [`JobError::NoSuchPart`].
    pub fn claim_image(
        &mut self,
        id: &CaptureId,
        range: Option<ByteRange>,
        now_ms: u64,
    ) -> Result<ClaimedImage, JobError> {
        let entry = self.entry(id)?;
        entry.check_alive()?;
        if entry.capture.image_claim.is_some() {
            return Err(JobError::Claimed { what: "the image".to_owned() });
        }
        let places = entry.places();
        let lengths = || places.iter().map(|place| entry.chunk(*place).map_or(0, |(bytes, ..)| bytes));
        let bytes: u64 = lengths().sum();
        let part = match range {
            None => None,
            Some(_) if entry.capture.state.is_active() => {
                let retry_after_ms = self.eta_ms(entry.capture.ticket).clamp(1_000, 60_000);
                return Err(JobError::ImageNotReady { retry_after_ms });
            }
            Some(range) => Some(range.of(bytes).ok_or(JobError::NoSuchPart { total: bytes })?),
        };
        let (first, last) = part.map_or((0, u64::MAX), |part| (part.first, part.last));
        let (mut at, mut first_chunk, mut skip_bytes) = (0, 0, 0);
        for ((index, place), length) in (0..).zip(&places).zip(lengths()) {
            let (begins, ends) = (at, at + length);
            at = ends;
            if ends <= first || begins > last {
                continue;
            }
            if begins <= first {
                (first_chunk, skip_bytes) = (index, first - begins);
            }
            match entry.chunk(*place).map_or(ChunkState::Ready, |(_, _, state, _)| state) {
                ChunkState::Ready => {}
                ChunkState::Claimed { .. } => {
                    return Err(JobError::Claimed { what: format!("chunk {index} of the image") });
                }
                ChunkState::Delivered => {
                    return Err(JobError::Delivered { what: format!("chunk {index} of the image") });
                }
            }
        }
        let token = self.next_token();
        let until_ms = now_ms + self.settings.claim_ms;
        let capture = &mut self.entry_mut(id)?.capture;
        capture.image_claim = Some(Claim { token, until_ms, first: first_chunk });
        capture.seen_ms = now_ms;
        let (ticket, ready) = (capture.ticket, capture.state == CaptureState::Ready);
        let claimed = ClaimedImage {
            token,
            bytes: ready.then_some(bytes),
            part,
            first_chunk,
            skip_bytes,
            media_type: capture.job.media_type.clone(),
            file_name: capture.job.file_name.clone(),
        };
        self.touch(ticket);
        Ok(claimed)
    }

    /// The next chunks of a claimed image, all before `index` having been sent; renews the claim. Whoever asks has so many
    /// calls left: with few, chunks that are ready wait for others to come with them.
    ///
    /// # Errors
    /// [`JobError::StaleClaim`] when the claim had run out, [`JobError::Ended`] when the capture failed meanwhile.
    pub fn image_chunks(
        &mut self,
        id: &CaptureId,
        token: LeaseToken,
        index: u32,
        calls_left: u32,
        now_ms: u64,
    ) -> Result<ImageProgress, JobError> {
        self.entry(id)?.check_alive()?;
        self.renew_image(id, token, now_ms)?;
        self.sent_up_to(id, token, index)?;
        let entry = self.entry(id)?;
        let places = entry.places().into_iter().zip(0..).skip(index as usize).take(MOST_AT_ONCE);
        let chunk = |(place, index)| {
            let (bytes, sha256, _, source) = entry.chunk(place)?;
            Some(ClaimedChunk { token, index, bytes, sha256: sha256.to_owned(), source })
        };
        let chunks: Vec<_> = places.filter_map(chunk).collect();
        // The head is chunk 0; each strip is one chunk or some.
        let strips_left = entry.strips.len().saturating_sub((index as usize).saturating_sub(1));
        let wanted = strips_left.div_ceil(calls_left.max(1) as usize).clamp(1, MOST_AT_ONCE);
        let active = entry.capture.state.is_active();
        Ok(match chunks.len() {
            count if count >= wanted => ImageProgress::Chunks(chunks),
            _ if active => ImageProgress::Wait,
            0 => ImageProgress::End,
            _ => ImageProgress::Chunks(chunks),
        })
    }

    /// Says that the delivery of an image is going on.
    ///
    /// # Errors
    /// [`JobError::StaleClaim`] when the claim had run out.
    pub fn renew_image(&mut self, id: &CaptureId, token: LeaseToken, now_ms: u64) -> Result<(), JobError> {
        let claim_ms = self.settings.claim_ms;
        let capture = &mut self.entry_mut(id)?.capture;
        let ticket = capture.ticket;
        let claim = capture.image_claim.as_mut().filter(|c| c.token == token).ok_or(JobError::StaleClaim)?;
        if claim.until_ms < now_ms + claim_ms / 2 {
            claim.until_ms = now_ms + claim_ms;
            capture.seen_ms = now_ms;
            self.dirty.captures.insert(ticket);
        }
        Ok(())
    }

    /// A claimed image arrived as a whole: all of it is gone.
    ///
    /// # Errors
    /// [`JobError::StaleClaim`] when the claim had run out.
    pub fn image_delivered(
        &mut self,
        id: &CaptureId,
        token: LeaseToken,
        now_ms: u64,
    ) -> Result<(), JobError> {
        self.renew_image(id, token, now_ms)?;
        let entry = self.entry_mut(id)?;
        entry.capture.image_claim = None;
        let places = entry.places();
        self.deliver(id, &places, now_ms)
    }

    /// A claimed image, or a part of it, was sent up to the chunk `through` only: all of it can be fetched again.
    ///
    /// # Errors
    /// [`JobError::StaleClaim`] when the claim had run out.
    pub fn image_released(
        &mut self,
        id: &CaptureId,
        token: LeaseToken,
        through: u32,
    ) -> Result<(), JobError> {
        self.sent_up_to(id, token, through)?;
        let capture = &mut self.entry_mut(id)?.capture;
        if capture.image_claim.is_none_or(|claim| claim.token != token) {
            return Err(JobError::StaleClaim);
        }
        capture.image_claim = None;
        let ticket = capture.ticket;
        self.touch(ticket);
        Ok(())
    }

    /// Takes claims back that have run out.
    pub(super) fn expire_claims(&mut self, now_ms: u64) {
        let mut expired = Vec::new();
        for entry in self.entries.values_mut() {
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

    fn set_state(&mut self, id: &CaptureId, place: Place, state: ChunkState) -> Result<(), JobError> {
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
    fn deliver(&mut self, id: &CaptureId, places: &[Place], now_ms: u64) -> Result<(), JobError> {
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
