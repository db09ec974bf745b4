//! Where the chunks of a capture are kept, and which of them there are so far.

use crate::job::lane::Entry;
use crate::job::{CaptureState, ChunkInfo, ChunkSource, ChunkState, JobError};

/// Where a chunk of a capture is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Head,
    Piece { strip: u32, piece: u32 },
    Tail,
}

impl Entry {
    /// The chunks whose number is certain: from the head to the first strip that is not done, and the tail after all.
    pub(super) fn places(&self) -> Vec<Place> {
        let mut places = vec![Place::Head];
        for (strip, work) in (0..).zip(&self.strips) {
            if !work.is_done() {
                return places;
            }
            places.extend((0..).zip(work.pieces()).map(|(piece, _)| Place::Piece { strip, piece }));
        }
        if self.capture.tail.is_some() {
            places.push(Place::Tail);
        }
        places
    }

    pub(super) fn chunk(&self, place: Place) -> Option<(u64, &str, ChunkState, ChunkSource)> {
        match place {
            Place::Piece { strip, piece } => {
                let piece = self.strips.get(strip as usize)?.pieces().get(piece as usize)?;
                Some((piece.bytes, &piece.sha256, piece.state, ChunkSource::Stored(piece.key.clone())))
            }
            Place::Head | Place::Tail => {
                let inline =
                    if place == Place::Head { &self.capture.head } else { self.capture.tail.as_ref()? };
                let source = ChunkSource::Inline(inline.bytes.clone());
                Some((inline.bytes.len() as u64, &inline.sha256, inline.state, source))
            }
        }
    }

    pub(super) fn state_mut(&mut self, place: Place) -> Option<&mut ChunkState> {
        match place {
            Place::Head => Some(&mut self.capture.head.state),
            Place::Tail => self.capture.tail.as_mut().map(|tail| &mut tail.state),
            Place::Piece { strip, piece } => {
                let pieces = self.strips.get_mut(strip as usize)?.pieces_mut();
                pieces.get_mut(piece as usize).map(|piece| &mut piece.state)
            }
        }
    }

    /// The chunks as the status lists them.
    pub(super) fn chunk_infos(&self) -> Vec<ChunkInfo> {
        let chunks = self.places().into_iter().filter_map(|place| self.chunk(place));
        let image_claimed = self.capture.image_claim.is_some();
        (0..)
            .zip(chunks)
            .map(|(index, (bytes, sha256, state, _))| ChunkInfo {
                index,
                bytes,
                sha256: sha256.to_owned(),
                state: if image_claimed && state == ChunkState::Ready { "claimed" } else { state.word() },
            })
            .collect()
    }

    /// Whether there is an image, now or later; otherwise how the capture ended.
    pub(super) fn check_alive(&self) -> Result<(), JobError> {
        match self.capture.state {
            CaptureState::Delivered => Err(JobError::Delivered { what: "the image".to_owned() }),
            state if state.is_final() => {
                Err(JobError::Ended { state, failure: self.capture.failure.clone() })
            }
            _ => Ok(()),
        }
    }
}
