//! A stored piece that cannot be found: its strip is rendered again.

use crate::job::place::Place;
use crate::job::{
    CaptureFailure, CaptureId, CaptureState, ChunkState, JobError, Lane, LeaseToken, Piece, StripFailure,
    Ticket,
};

/// The code of a capture that fails because of it.
const CODE: &str = "chunk_lost";

impl Lane {
    /// The chunk store does not have a chunk that was claimed, however long was waited. Its strip is to be rendered again,
    /// under fresh keys, while whoever fetches the image waits; a claim of that chunk alone ends.
    ///
    /// # Errors
    /// [`JobError::StaleClaim`] when the claim had run out; [`JobError::Ended`] when that was the last attempt.
    pub fn chunk_lost(
        &mut self,
        id: &CaptureId,
        index: u32,
        token: LeaseToken,
        now_ms: u64,
    ) -> Result<(), JobError> {
        let entry = self.entry(id)?;
        entry.check_alive()?;
        let place = entry.places().get(index as usize).copied().ok_or(JobError::StaleClaim)?;
        let (_, _, state, _) = entry.chunk(place).ok_or(JobError::StaleClaim)?;
        let held = entry.capture.image_claim.is_some_and(|claim| claim.token == token)
            || matches!(state, ChunkState::Claimed { token: held, .. } if held == token);
        // The head and the tail are the lane's own and are never lost.
        let (true, Place::Piece { strip, .. }) = (held, place) else { return Err(JobError::StaleClaim) };

        let ticket = entry.capture.ticket;
        let entry = self.entry_mut(id)?;
        let work = entry.strips.get_mut(strip as usize).ok_or(JobError::StaleClaim)?;
        work.before = work.pieces().to_vec();
        let left = work.before.iter().filter(|piece| piece.state != ChunkState::Delivered);
        let keys = left.map(|piece| piece.key.clone()).collect();
        entry.capture.state = CaptureState::Rendering;
        entry.capture.begun_ms = Some(now_ms);
        self.discard(keys, now_ms);
        self.touch(ticket);
        let failure = CaptureFailure {
            code: CODE.to_owned(),
            detail: "a finished part of the image was lost in the chunk store".to_owned(),
            source_fault: false,
        };
        self.lost(ticket, strip, StripFailure { failure, is_final: false }, now_ms);
        self.entry(id)?.check_alive()
    }

    /// A strip that was rendered again is another one, and somebody has a part of the first.
    pub(super) fn fail_differing(&mut self, ticket: Ticket, now_ms: u64) {
        let failure = CaptureFailure {
            code: CODE.to_owned(),
            detail: "a finished part of the image was lost in the chunk store, and the source shows something else there now"
                .to_owned(),
            source_fault: false,
        };
        self.end(ticket, CaptureState::Failed, Some(failure), now_ms);
    }

    /// The pieces of a strip that was rendered again, as they stand: those that were delivered before stay so. `None` when
    /// they are others than before, because the source shows something else now, and somebody has the others.
    pub(super) fn as_before(&self, id: &CaptureId, strip: u32, pieces: Vec<Piece>) -> Option<Vec<Piece>> {
        let entry = self.entry(id).ok()?;
        let before = &entry.strips.get(strip as usize)?.before;
        if before.is_empty() {
            return Some(pieces);
        }
        let same = |(old, new): (&Piece, &Piece)| old.bytes == new.bytes && old.sha256 == new.sha256;
        if before.len() != pieces.len() || !before.iter().zip(&pieces).all(same) {
            let untouched = |piece: &Piece| piece.state == ChunkState::Ready;
            let nobody_has_any = entry.capture.image_claim.is_none()
                && entry.capture.sent == 0
                && entry.strips.iter().all(|s| s.pieces().iter().chain(&s.before).all(untouched));
            return nobody_has_any.then_some(pieces);
        }
        let states = before.iter().map(|piece| match piece.state {
            ChunkState::Delivered => ChunkState::Delivered,
            ChunkState::Ready | ChunkState::Claimed { .. } => ChunkState::Ready,
        });
        Some(pieces.into_iter().zip(states).map(|(piece, state)| Piece { state, ..piece }).collect())
    }
}
