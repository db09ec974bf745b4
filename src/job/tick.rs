//! What happens by itself as time passes.

use crate::job::{CaptureState, ChunkState, Lane};

impl Lane {
    /// Lets time pass: leases and claims run out, images nobody fetches expire, ended captures are forgotten.
    /// May be called at any time, any number of times.
    pub fn tick(&mut self, now_ms: u64) {
        self.take_back(now_ms, |lease| lease.until_ms <= now_ms);
        self.expire_claims(now_ms);
        let due: Vec<_> = self
            .entries
            .values()
            .filter(|e| self.due_ms(&e.capture).is_some_and(|due_ms| due_ms <= now_ms))
            .map(|e| (e.capture.ticket, e.capture.state))
            .collect();
        for (ticket, state) in due {
            if state == CaptureState::Ready {
                self.end(ticket, CaptureState::Expired, None, now_ms);
            } else {
                self.forget(ticket);
            }
        }
    }

    /// When something will happen by itself next.
    #[must_use]
    pub fn next_deadline_ms(&self) -> Option<u64> {
        let mut deadlines: Vec<u64> = self.garbage.values().copied().collect();
        for entry in self.entries.values() {
            deadlines.extend(self.due_ms(&entry.capture));
            deadlines.extend(self.grace_ends_ms(&entry.capture));
            deadlines.extend(entry.capture.image_claim.map(|c| c.until_ms));
            deadlines.extend(entry.strips.iter().filter_map(|s| s.lease()).map(|l| l.until_ms));
            let pieces = entry.strips.iter().flat_map(|s| s.pieces()).map(|p| p.state);
            let inline = entry.capture.tail.iter().chain([&entry.capture.head]).map(|c| c.state);
            deadlines.extend(pieces.chain(inline).filter_map(|state| match state {
                ChunkState::Claimed { until_ms, .. } => Some(until_ms),
                _ => None,
            }));
        }
        deadlines.into_iter().min()
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

    /// When a finished capture expires or an ended one is forgotten.
    fn due_ms(&self, capture: &crate::job::Capture) -> Option<u64> {
        match capture.state {
            // A delivery under way is not cut off: its claim runs out by itself.
            CaptureState::Ready if capture.image_claim.is_some() => None,
            CaptureState::Ready => Some(capture.since_ms.saturating_add(self.settings.retention_ms)),
            state if state.is_final() => Some(capture.since_ms.saturating_add(self.settings.tombstone_ms)),
            _ => None,
        }
    }
}
