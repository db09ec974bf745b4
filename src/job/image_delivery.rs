//! An image out to a client as a whole, or in parts: claimed, fetched, gone.

use serde::{Deserialize, Serialize};

use crate::job::capture::Claim;
use crate::job::{
    ByteRange, CaptureId, CaptureState, ChunkState, ClaimedChunk, JobError, Lane, LeaseToken, Part,
};

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
            self.note(ticket);
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
}
