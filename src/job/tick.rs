//! What happens by itself as time passes.

use crate::job::{Capture, CaptureFailure, CaptureState, Lane};

impl Lane {
    /// Lets time pass: leases and claims run out, images nobody fetches expire, ended captures are forgotten.
    /// May be called at any time, any number of times.
    pub fn tick(&mut self, now_ms: u64) {
        self.take_back(now_ms, |lease| lease.until_ms <= now_ms);
        self.expire_claims(now_ms);
        self.end_pauses(now_ms);
        let due = self.due(now_ms);
        let due = due.iter().filter_map(|ticket| self.entries.get(ticket)).map(|e| &e.capture);
        let ended = due.filter(|c| self.ends_ms(c).is_some_and(|end_ms| end_ms <= now_ms));
        let ended: Vec<_> = ended.map(|c| (c.ticket, c.state)).collect();
        for (ticket, state) in ended {
            match state {
                CaptureState::Ready => self.end(ticket, CaptureState::Expired, None, now_ms),
                CaptureState::Rendering => {
                    let failure = Some(self.took_too_long());
                    self.end(ticket, CaptureState::Failed, failure, now_ms);
                }
                _ => self.forget(ticket),
            }
        }
    }

    /// When something will happen by itself next.
    #[must_use]
    pub fn next_deadline_ms(&self) -> Option<u64> {
        #[cfg(debug_assertions)]
        debug_assert!(self.agenda_is_right(), "something changed that was not noted");
        let due = self.entries.values().filter_map(|e| e.noted.due_ms);
        self.garbage.values().copied().chain(due).chain(self.pause_ends_ms()).min()
    }

    fn took_too_long(&self) -> CaptureFailure {
        CaptureFailure {
            code: "capture_timeout".to_owned(),
            detail: format!("it was not rendered within {} s", self.settings.rendering_ms / 1_000),
            source_fault: true,
        }
    }

    /// Whether there are chunk keys to delete now.
    #[must_use]
    pub fn has_garbage(&self, now_ms: u64) -> bool {
        self.garbage.values().any(|due_ms| *due_ms <= now_ms)
    }

    /// Chunk keys to delete now, `most` of them at the most. Each is named again after a while, unless [`Lane::garbage_deleted`] comes first.
    pub fn take_garbage(&mut self, most: usize, now_ms: u64) -> Vec<String> {
        let due = self.garbage.iter().filter(|(_, due_ms)| **due_ms <= now_ms);
        let keys: Vec<String> = due.take(most).map(|(key, _)| key.clone()).collect();
        self.discard(keys.clone(), now_ms + self.settings.garbage_retry_ms);
        keys
    }

    /// Chunk keys were deleted from the store.
    pub fn garbage_deleted(&mut self, keys: &[String]) {
        for key in keys {
            if self.garbage.remove(key).is_some() {
                self.dirty.garbage.insert(key.clone(), None);
            }
        }
    }

    /// When a capture has been rendered for too long, a finished one expires or an ended one is forgotten.
    pub(super) fn ends_ms(&self, capture: &Capture) -> Option<u64> {
        match capture.state {
            // A delivery under way is not cut off: its claim runs out by itself.
            CaptureState::Ready if capture.image_claim.is_some() => None,
            CaptureState::Rendering => Some(capture.begun_ms?.saturating_add(self.settings.rendering_ms)),
            CaptureState::Ready => Some(capture.since_ms.saturating_add(self.settings.retention_ms)),
            state if state.is_final() => Some(capture.since_ms.saturating_add(self.settings.tombstone_ms)),
            _ => None,
        }
    }
}
