//! The isolate's memory, shared by its renderers: a strip begins when there is room for it.
//!
//! All renderers of a script have one WebAssembly memory, which never shrinks. Each reserves what its strip takes and
//! waits, first come, first served, while others have it.

use std::cell::{Cell, RefCell};

use crate::edge::clock::{now_ms, sleep_ms};
use crate::render::STRIPS_BYTES;

/// How long a reservation holds that nobody renews: an object may be evicted without a word.
const STALE_MS: u64 = 30_000;

/// How often a waiting renderer looks. Plain numbers, no wake-up: no future of one object is ever woken by another.
const LOOK_MS: u64 = 4;

struct Entry {
    id: u64,
    bytes: u64,
    waits: bool,
    seen_ms: u64,
}

thread_local! {
    static ENTRIES: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
    static NEXT_ID: Cell<u64> = const { Cell::new(0) };
    /// Pixels of strips that are finished, for the next ones of about that size.
    static BUFFERS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// The memory of one strip; given back when dropped.
pub struct Reservation {
    id: u64,
}

impl Reservation {
    /// Asks for the memory of a strip.
    pub fn new(bytes: u64) -> Self {
        let id = NEXT_ID.replace(NEXT_ID.get() + 1);
        let seen_ms = now_ms();
        ENTRIES.with_borrow_mut(|entries| entries.push(Entry { id, bytes, waits: true, seen_ms }));
        Self { id }
    }

    /// Waits until the strip may be rendered.
    pub async fn granted(&self) {
        while !self.is_granted(now_ms()) {
            sleep_ms(LOOK_MS).await;
        }
    }

    /// Says that its holder lives.
    pub fn renew(&self) {
        let now = now_ms();
        ENTRIES.with_borrow_mut(|entries| {
            if let Some(entry) = entries.iter_mut().find(|e| e.id == self.id) {
                entry.seen_ms = now;
            }
        });
    }

    /// Whether it is this one's turn, and there is room.
    fn is_granted(&self, now: u64) -> bool {
        self.renew();
        ENTRIES.with_borrow_mut(|entries| {
            entries.retain(|e| now.saturating_sub(e.seen_ms) < STALE_MS);
            let taken: u64 = entries.iter().filter(|e| !e.waits).map(|e| e.bytes).sum();
            let Some(first) = entries.iter_mut().find(|e| e.waits) else { return true };
            let granted = first.id == self.id && (taken == 0 || taken + first.bytes <= STRIPS_BYTES);
            first.waits &= !granted;
            granted
        })
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        ENTRIES.with_borrow_mut(|entries| entries.retain(|e| e.id != self.id));
    }
}

/// A buffer for the pixels of a strip that takes `bytes` in all. One that nearly fits is used again; otherwise all that wait
/// are freed first.
pub fn take_buffer(bytes: u64) -> Vec<u8> {
    BUFFERS.with_borrow_mut(|buffers| {
        let fits = |buffer: &Vec<u8>| {
            let has = buffer.capacity() as u64;
            has <= bytes && has >= bytes - bytes / 4
        };
        match buffers.iter().position(fits) {
            Some(place) => buffers.swap_remove(place),
            None => {
                buffers.clear();
                Vec::new()
            }
        }
    })
}

/// Gives a buffer back.
pub fn give_buffer(buffer: Vec<u8>) {
    if buffer.capacity() > 0 {
        BUFFERS.with_borrow_mut(|buffers| buffers.push(buffer));
    }
}

/// The size of the module's memory, which is the most it ever was.
pub fn module_bytes() -> u64 {
    const PAGE_BYTES: u64 = 64 << 10;
    core::arch::wasm32::memory_size::<0>() as u64 * PAGE_BYTES
}
