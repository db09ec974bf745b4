//! The stages of benches/stage for a host that has nothing but numbers and the module's memory: benches/wasm/worker.mjs.
//!
//! The host hands tiles in (`clear`, then `open` for each and writes its bytes there), then lets a stage run a number of
//! times. Only the host can tell the time.

#[path = "../../stage/mod.rs"]
mod stage;

use std::cell::RefCell;
use std::error::Error;

use stage::{Ready, Stage};

thread_local! {
    static TILES: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    static WORDS: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Forgets all tiles.
#[unsafe(no_mangle)]
pub extern "C" fn clear() {
    TILES.take();
}

/// Makes room for one more tile of `bytes` bytes, which the host writes there before its next call.
#[unsafe(no_mangle)]
pub extern "C" fn open(bytes: usize) -> *mut u8 {
    TILES.with_borrow_mut(|tiles| {
        tiles.push(vec![0; bytes]);
        tiles.last_mut().map_or(std::ptr::null_mut(), |tile| tile.as_mut_ptr())
    })
}

/// Pixels that one run of a stage works on, with the stage's name as the words; 0 when there is no such stage.
#[unsafe(no_mangle)]
pub extern "C" fn pixels(stage: usize) -> f64 {
    Stage::ALL.get(stage).map_or(0.0, |stage| {
        WORDS.set(stage.name().to_owned());
        stage.pixels() as f64
    })
}

/// Prepares stage number `stage` and runs it `times` times: the bytes that came of the last time, or -1 with the fault
/// as the words.
#[unsafe(no_mangle)]
pub extern "C" fn run(stage: usize, times: u32) -> f64 {
    let done = TILES.with_borrow(|tiles| repeat(stage, times, tiles));
    done.map_or_else(
        |error| {
            WORDS.set(error.to_string());
            -1.0
        },
        |bytes| bytes as f64,
    )
}

/// Where the words of the last call are.
#[unsafe(no_mangle)]
pub extern "C" fn words() -> *const u8 {
    WORDS.with_borrow(|words| words.as_ptr())
}

/// How many bytes the words have.
#[unsafe(no_mangle)]
pub extern "C" fn words_bytes() -> usize {
    WORDS.with_borrow(|words| words.len())
}

fn repeat(stage: usize, times: u32, tiles: &[Vec<u8>]) -> Result<u64, Box<dyn Error>> {
    let stage = Stage::ALL.get(stage).ok_or("no such stage")?;
    let mut ready = Ready::new(*stage, tiles)?;
    let mut bytes = 0;
    for _ in 0..times {
        bytes = ready.run()?;
    }
    Ok(bytes)
}
