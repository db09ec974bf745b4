//! Lets others run between slices of work.
//!
//! All objects of a script share one thread, and work that never yields starves the sockets and calls of all of them.
//! The gate is the isolate's own: whoever has worked for a slice leaves a gap in which no renderer works. A gap that
//! ends on time says that nobody else wanted the thread, and slices grow; one that ends late says the opposite.

use std::cell::Cell;

use crate::edge::clock::{now_ms, sleep_ms};

/// How long renderers work before they leave a gap: at least, and while nobody else wants the thread.
const SLICE_MS: (u64, u64) = (4, 32);
/// How long the gap is.
const GAP_MS: u64 = 1;
/// A gap that takes longer was used by others.
const LATE_MS: u64 = GAP_MS + 2;
/// In production the clock stands still during work; a piece of work between two pauses takes about a millisecond.
const PIECE_MS: u64 = 1;

thread_local! {
    // Plain numbers: no future of one object is ever woken by another.
    static SLICE: Cell<u64> = const { Cell::new(SLICE_MS.0) };
    static SLICE_STARTED_MS: Cell<u64> = const { Cell::new(0) };
    static PIECES: Cell<u64> = const { Cell::new(0) };
}

/// Called between two small pieces of work, of a millisecond or so.
pub async fn pause() {
    PIECES.set(PIECES.get() + 1);
    let slice_ms = SLICE.get();
    let worked_ms = now_ms().saturating_sub(SLICE_STARTED_MS.get());
    if worked_ms < slice_ms && PIECES.get() * PIECE_MS < slice_ms * 2 {
        return;
    }
    let left_ms = now_ms();
    sleep_ms(GAP_MS).await;
    let now = now_ms();
    let was_late = now.saturating_sub(left_ms) > LATE_MS;
    SLICE.set(if was_late { SLICE_MS.0 } else { (slice_ms * 2).min(SLICE_MS.1) });
    SLICE_STARTED_MS.set(now);
    PIECES.set(0);
}
