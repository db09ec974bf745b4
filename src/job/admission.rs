//! Who may come into the queue, and how much may wait in it.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::fault::FaultClass;
use crate::job::lane::Entry;
use crate::job::{
    Capture, CaptureId, CaptureState, InlineChunk, JobError, JobSpec, Lane, LaneSettings, Ticket,
};

/// A capture that wants in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewCapture {
    /// Its name, made of fresh random bits.
    pub id: CaptureId,
    /// The client's Idempotency-Key and the canonical request, where it gave one.
    pub idempotency: Option<(String, String)>,
    /// Whose it is: the same text for the same client. It only counts what is queued, and is kept no longer than that.
    pub client: String,
    /// What to render.
    pub job: JobSpec,
    /// The file's bytes before the first fragment.
    pub head: InlineChunk,
}

/// What became of a capture that wanted in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enqueued {
    /// Its name: the earlier one's when the key was seen before.
    pub id: CaptureId,
    /// Whether it was there already.
    pub existing: bool,
    /// Its place in the order of its lane.
    pub ticket: Ticket,
    /// Where it stands.
    pub state: CaptureState,
    /// Captures that are served before it.
    pub position: u32,
    /// How long it will take, as far as can be known.
    pub eta_ms: Option<u64>,
}

/// What a full queue is full of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Captures that wait or are rendered.
    Captures,
    /// Pixels of the captures that wait or are rendered.
    Pixels,
    /// The same of one client.
    ClientPixels,
    /// Chunks that wait to be fetched or deleted.
    Chunks,
}

impl Bound {
    /// The word for what is counted.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Captures => "captures",
            Self::Pixels | Self::ClientPixels => "pixels",
            Self::Chunks => "chunks",
        }
    }

    /// What a client is told, before the numbers.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Captures => "the queue is full",
            Self::Pixels => "too much is queued",
            Self::ClientPixels => "you have too much in the queue",
            Self::Chunks => "too many finished images wait to be fetched",
        }
    }

    /// What kind of fault it is.
    pub(super) const fn code(self) -> (FaultClass, &'static str) {
        match self {
            Self::Captures | Self::Pixels => (FaultClass::Busy, "queue_full"),
            Self::ClientPixels => (FaultClass::TooMuch, "too_much_queued"),
            Self::Chunks => (FaultClass::Busy, "store_full"),
        }
    }
}

/// When to come again where nothing can be said of when there will be room.
const RETRY_MS: u64 = 30_000;

impl Lane {
    /// Takes a capture into the queue. With an Idempotency-Key that was seen before, nothing happens and the earlier
    /// capture is named; the very same capture coming twice (a call that was repeated) changes nothing either.
    ///
    /// # Errors
    /// [`JobError::QueueFull`]; [`JobError::KeyReused`] when the key stands for another request.
    pub fn enqueue(&mut self, new: NewCapture, now_ms: u64) -> Result<Enqueued, JobError> {
        if let Some((key, request)) = &new.idempotency
            && let Some(entry) = self.by_key(key)
        {
            let same = entry.capture.idempotency.as_ref().is_some_and(|(_, earlier)| earlier == request);
            return if same { Ok(self.enqueued(entry, true)) } else { Err(JobError::KeyReused) };
        }
        if let Ok(entry) = self.entry(&new.id) {
            return Ok(self.enqueued(entry, true));
        }
        self.admit(&new)?;
        let ticket = Ticket(self.counters.next_ticket);
        self.counters.next_ticket += 1;
        self.dirty.counters = true;
        self.dirty.jobs.insert(ticket);
        self.counters.pace.arrived();
        let id = new.id.clone();
        self.insert(Capture {
            ticket,
            id: new.id,
            idempotency: new.idempotency,
            client: new.client,
            state: CaptureState::Queued,
            since_ms: now_ms,
            begun_ms: None,
            seen_ms: now_ms,
            job: Rc::new(new.job),
            head: new.head,
            tail: None,
            image_claim: None,
            sent: 0,
            failure: None,
        });
        self.touch(ticket);
        Ok(self.enqueued(self.entry(&id)?, false))
    }

    fn enqueued(&self, entry: &Entry, existing: bool) -> Enqueued {
        let Capture { id, ticket, state, .. } = &entry.capture;
        Enqueued {
            id: id.clone(),
            existing,
            ticket: *ticket,
            state: *state,
            position: self.position(&entry.capture),
            eta_ms: state.is_active().then(|| self.eta_ms(*ticket)),
        }
    }

    /// Whether there is room for it.
    fn admit(&self, new: &NewCapture) -> Result<(), JobError> {
        let LaneSettings { max_queued, max_pixels, max_client_pixels, max_chunks, .. } = self.settings;
        let pixels = |of: &dyn Fn(&Capture) -> bool| {
            let queued = self.active().filter(|c| of(c)).map(|c| c.job.pixels);
            queued.fold(0, u64::saturating_add)
        };
        let client = pixels(&|c| c.client == new.client);
        // (what, how much of it there is, how much comes, how much is allowed)
        let bounds = [
            (Bound::Captures, self.queued() as u64, 1, max_queued),
            (Bound::ClientPixels, client, new.job.pixels, max_client_pixels),
            (Bound::Pixels, pixels(&|_| true), new.job.pixels, max_pixels),
            (Bound::Chunks, self.stored_chunks(), 1, max_chunks),
        ];
        for (bound, present, more, limit) in bounds {
            if present.saturating_add(more) > limit {
                let soon_ms = if bound == Bound::Chunks { RETRY_MS } else { self.first_eta_ms() };
                let retry_after_ms = soon_ms.clamp(1_000, 600_000);
                return Err(JobError::QueueFull { bound, present, limit, retry_after_ms });
            }
        }
        Ok(())
    }

    /// Chunks in the chunk store, as far as the lane knows: those to be fetched and those to be deleted.
    fn stored_chunks(&self) -> u64 {
        self.agenda.stored_pieces() + self.garbage.len() as u64
    }
}
