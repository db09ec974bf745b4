//! Lets others run between slices of work.
//!
//! All objects of a script share one thread, and work that never yields starves the sockets and calls of all of them.
//! The gate is the isolate's own: whoever has worked for a slice leaves a gap in which no renderer works.

use std::cell::Cell;

use crate::edge::clock::{now_ms, sleep_ms};

/// How long renderers may work before they leave a gap.
const SLICE_MS: u64 = 4;
/// How long the gap is.
const GAP_MS: u64 = 1;
/// In production the clock stands still during work; so many pauses are taken for a slice then.
const SLICE_PAUSES: u32 = 4;

thread_local! {
    // Plain numbers: no future of one object is ever woken by another.
    static SLICE_STARTED_MS: Cell<u64> = const { Cell::new(0) };
    static PAUSES: Cell<u32> = const { Cell::new(0) };
}

/// Called between two small pieces of work, of a few milliseconds at the most.
pub async fn pause() {
    let pauses = PAUSES.get() + 1;
    PAUSES.set(pauses);
    let worked_ms = now_ms().saturating_sub(SLICE_STARTED_MS.get());
    if worked_ms >= SLICE_MS || pauses >= SLICE_PAUSES {
        sleep_ms(GAP_MS).await;
        SLICE_STARTED_MS.set(now_ms());
        PAUSES.set(0);
    }
}
