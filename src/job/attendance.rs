//! Whether anybody still waits for a capture: who went away without a word gives its place up.

use crate::job::{Capture, CaptureId, CaptureState, JobError, Lane};

impl Lane {
    /// A client asked for its capture.
    ///
    /// # Errors
    /// [`JobError::UnknownCapture`].
    pub fn seen(&mut self, id: &CaptureId, now_ms: u64) -> Result<(), JobError> {
        let step_ms = self.settings.grace_ms / 8;
        let capture = &mut self.entry_mut(id)?.capture;
        // Storage hears of it only now and then.
        if now_ms >= capture.seen_ms.saturating_add(step_ms) {
            capture.seen_ms = now_ms;
            let ticket = capture.ticket;
            self.dirty.captures.insert(ticket);
            self.note(ticket);
        }
        Ok(())
    }

    /// Captures that wait and that nobody has asked for in the time of grace. Those whose client is connected are to be
    /// [`Lane::seen`], the others to be [`Lane::given_up`].
    #[must_use]
    pub fn overdue(&self, now_ms: u64) -> Vec<CaptureId> {
        let overdue = |c: &&Capture| self.grace_ends_ms(c).is_some_and(|end_ms| end_ms <= now_ms);
        let due = self.due(now_ms);
        let due = due.iter().filter_map(|ticket| self.entries.get(ticket));
        due.map(|e| &e.capture).filter(overdue).map(|c| c.id.clone()).collect()
    }

    /// Nobody waits for a capture any more: it leaves the queue. Once it has left, or its turn has come, nothing happens.
    ///
    /// # Errors
    /// [`JobError::UnknownCapture`].
    pub fn given_up(&mut self, id: &CaptureId, now_ms: u64) -> Result<(), JobError> {
        let ticket = self.ticket(id)?;
        if self.capture(id)?.state == CaptureState::Queued {
            self.end(ticket, CaptureState::Expired, None, now_ms);
        }
        Ok(())
    }

    /// When a capture that waits is given up, unless it is asked for.
    pub(super) fn grace_ends_ms(&self, capture: &Capture) -> Option<u64> {
        let waits = capture.state == CaptureState::Queued && capture.image_claim.is_none();
        waits.then(|| capture.seen_ms.saturating_add(self.settings.grace_ms))
    }
}
