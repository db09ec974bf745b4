//! Which captures are under way, and when something happens to each by itself: so that a turn does not look at all of
//! those that the lane still remembers.

use std::collections::{BTreeMap, BTreeSet};

use crate::job::lane::Entry;
use crate::job::{CaptureState, ChunkState, Lane, Ticket};

/// What every turn asks, kept up to date entry by entry.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    queued: BTreeSet<Ticket>,
    rendering: BTreeSet<Ticket>,
    by_time: BTreeSet<(u64, Ticket)>,
    noted: BTreeMap<Ticket, Noted>,
    stored_pieces: u64,
}

/// What was noted of an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Noted {
    due_ms: Option<u64>,
    /// Its pieces in the chunk store.
    pieces: u64,
}

impl Agenda {
    /// Takes note of how an entry is now; of `None` that it is gone.
    fn note(&mut self, ticket: Ticket, now: Option<(CaptureState, Noted)>) {
        for (set, state) in
            [(&mut self.queued, CaptureState::Queued), (&mut self.rendering, CaptureState::Rendering)]
        {
            match now {
                Some((is, _)) if is == state => set.insert(ticket),
                _ => set.remove(&ticket),
            };
        }
        let before = self.noted.remove(&ticket).unwrap_or_default();
        let after = now.map_or_else(Noted::default, |(_, noted)| noted);
        self.stored_pieces = self.stored_pieces - before.pieces + after.pieces;
        if before.due_ms != after.due_ms {
            before.due_ms.map(|due_ms| self.by_time.remove(&(due_ms, ticket)));
            after.due_ms.map(|due_ms| self.by_time.insert((due_ms, ticket)));
        }
        if now.is_some() {
            self.noted.insert(ticket, after);
        }
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

    /// Those to whom something happens by itself now, in the order of their tickets.
    pub fn due(&self, now_ms: u64) -> BTreeSet<Ticket> {
        let due = self.by_time.iter().take_while(|(due_ms, _)| *due_ms <= now_ms);
        let mut tickets = BTreeSet::new();
        tickets.extend(due.map(|(_, ticket)| *ticket));
        tickets
    }

    /// When something happens to any of them next.
    pub fn next_ms(&self) -> Option<u64> {
        self.by_time.first().map(|(due_ms, _)| *due_ms)
    }

    /// Pieces in the chunk store that are to be fetched.
    pub const fn stored_pieces(&self) -> u64 {
        self.stored_pieces
    }
}

impl Lane {
    /// An entry may be different: to be called after whatever changes one.
    pub(super) fn note(&mut self, ticket: Ticket) {
        let noted = self.entries.get(&ticket).map(|entry| {
            let pieces = entry.strips.iter().flat_map(|s| s.pieces());
            let pieces = pieces.filter(|piece| piece.state != ChunkState::Delivered).count() as u64;
            (entry.capture.state, Noted { due_ms: self.due_ms(entry), pieces })
        });
        self.agenda.note(ticket, noted);
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
        let by_time: BTreeSet<_> =
            self.entries.iter().filter_map(|(ticket, e)| Some((self.due_ms(e)?, *ticket))).collect();
        let pieces = self.entries.values().flat_map(|e| &e.strips).flat_map(|s| s.pieces());
        let pieces = pieces.filter(|piece| piece.state != ChunkState::Delivered).count() as u64;
        let agenda = &self.agenda;
        (&queued, &rendering, &by_time, pieces)
            == (&agenda.queued, &agenda.rendering, &agenda.by_time, agenda.stored_pieces)
    }
}
