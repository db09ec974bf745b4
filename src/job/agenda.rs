//! Which captures are under way, and when something happens to each by itself: so that a turn does not look at all of
//! those that the lane still remembers.

use std::collections::BTreeSet;

use crate::job::lane::Entry;
use crate::job::{CaptureState, ChunkState, Lane, Ticket};

/// Who is under way.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    queued: BTreeSet<Ticket>,
    rendering: BTreeSet<Ticket>,
    stored_pieces: u64,
}

/// What was noted of an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Noted {
    /// When something happens to it by itself.
    pub due_ms: Option<u64>,
    /// Its pieces in the chunk store that are to be fetched.
    pieces: u64,
}

impl Agenda {
    /// Takes note of how an entry is now; of `None` that it is gone.
    fn note(&mut self, ticket: Ticket, state: Option<CaptureState>, before: Noted, after: Noted) {
        for (set, of) in
            [(&mut self.queued, CaptureState::Queued), (&mut self.rendering, CaptureState::Rendering)]
        {
            if state == Some(of) {
                set.insert(ticket)
            } else {
                set.remove(&ticket)
            };
        }
        self.stored_pieces = self.stored_pieces.saturating_add(after.pieces).saturating_sub(before.pieces);
    }

    /// Active captures in the order of their tickets.
    pub fn active(&self) -> impl Iterator<Item = Ticket> {
        let (mut queued, mut rendering) =
            (self.queued.iter().copied().peekable(), self.rendering.iter().copied().peekable());
        std::iter::from_fn(move || match (queued.peek(), rendering.peek()) {
            (Some(waits), Some(runs)) if waits < runs => queued.next(),
            (_, Some(_)) => rendering.next(),
            (_, None) => queued.next(),
        })
    }

    /// Those that are being rendered.
    pub fn rendering(&self) -> impl Iterator<Item = Ticket> {
        self.rendering.iter().copied()
    }

    /// How many are active.
    pub fn active_count(&self) -> usize {
        self.queued.len() + self.rendering.len()
    }

    /// Pieces in the chunk store that are to be fetched.
    pub const fn stored_pieces(&self) -> u64 {
        self.stored_pieces
    }
}

impl Lane {
    /// An entry is different: to be called after whatever changes one.
    pub(super) fn note(&mut self, ticket: Ticket) {
        let Some(entry) = self.entries.get(&ticket) else { return };
        let pieces = entry.strips.iter().flat_map(|s| s.pieces());
        let pieces = pieces.filter(|piece| piece.state != ChunkState::Delivered).count() as u64;
        let noted = Noted { due_ms: self.due_ms(entry), pieces };
        let (state, before) = (entry.capture.state, entry.noted);
        self.agenda.note(ticket, Some(state), before, noted);
        if let Some(entry) = self.entries.get_mut(&ticket) {
            entry.noted = noted;
        }
    }

    /// An entry is gone.
    pub(super) fn note_gone(&mut self, ticket: Ticket, before: Noted) {
        self.agenda.note(ticket, None, before, Noted::default());
    }

    /// Those to whom something happens by itself now.
    pub(super) fn due(&self, now_ms: u64) -> Vec<Ticket> {
        let due = self.entries.iter().filter(|(_, e)| e.noted.due_ms.is_some_and(|due_ms| due_ms <= now_ms));
        due.map(|(ticket, _)| *ticket).collect()
    }

    /// When something happens to an entry by itself: a lease, a claim, its time or its client's patience runs out.
    fn due_ms(&self, entry: &Entry) -> Option<u64> {
        let capture = &entry.capture;
        let leases = entry.strips.iter().filter_map(|s| s.lease()).map(|lease| lease.until_ms);
        let pieces = entry.strips.iter().flat_map(|s| s.pieces()).map(|piece| piece.state);
        let inline = capture.tail.iter().chain([&capture.head]).map(|chunk| chunk.state);
        let claims = pieces.chain(inline).filter_map(|state| match state {
            ChunkState::Claimed { until_ms, .. } => Some(until_ms),
            _ => None,
        });
        let own = [
            self.ends_ms(capture),
            self.grace_ends_ms(capture),
            capture.image_claim.map(|claim| claim.until_ms),
        ];
        own.into_iter().flatten().chain(leases).chain(claims).min()
    }

    /// Whether the agenda is what it would be if it were made anew.
    #[cfg(debug_assertions)]
    pub(super) fn agenda_is_right(&self) -> bool {
        let of = |state| {
            move |(ticket, entry): (&Ticket, &Entry)| (entry.capture.state == state).then_some(*ticket)
        };
        let queued: BTreeSet<_> = self.entries.iter().filter_map(of(CaptureState::Queued)).collect();
        let rendering: BTreeSet<_> = self.entries.iter().filter_map(of(CaptureState::Rendering)).collect();
        let right = self.entries.values().all(|e| e.noted.due_ms == self.due_ms(e));
        let pieces = self.entries.values().flat_map(|e| &e.strips).flat_map(|s| s.pieces());
        let pieces = pieces.filter(|piece| piece.state != ChunkState::Delivered).count() as u64;
        let agenda = &self.agenda;
        right && (&queued, &rendering, pieces) == (&agenda.queued, &agenda.rendering, agenda.stored_pieces)
    }
}
