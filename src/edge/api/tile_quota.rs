//! What one client may ask of a source through us: no more than the source allows a lane.

use std::cell::RefCell;

use crate::edge::clock::{now_ms, sleep_ms};
use crate::source::{Source, SourceId, TokenBucket};

/// What a client may ask a second of a source that says nothing of it: a map that is moved about.
const USUAL_PER_SECOND: f64 = 50.0;

/// A client may ask for so many at once, as a map does when it is opened.
const BURST: u32 = 40;

/// The longest that a request waits for its turn; beyond it is refused.
const LONGEST_MS: f64 = 2_000.0;

/// Clients that are remembered.
const MOST: usize = 1_000;

thread_local! {
    /// Of each client and source, the latest last. In this isolate alone: a client is served by few of them.
    static BUCKETS: RefCell<Vec<(String, SourceId, TokenBucket)>> = const { RefCell::new(Vec::new()) };
}

/// Waits for a client's turn.
///
/// # Errors
/// How long to stay away, in milliseconds, where too many wait already.
pub async fn turn(client: &str, source: &Source) -> Result<(), u64> {
    let wait_ms = BUCKETS.with_borrow_mut(|buckets| {
        let known = buckets.iter().position(|(who, of, _)| who == client && of == source.id());
        let (_, _, mut bucket) = match known {
            Some(at) => buckets.remove(at),
            None => {
                let own = source.limits().max_per_second;
                let (rate, burst) = own.map_or((USUAL_PER_SECOND, BURST), |rate| (rate, 1));
                (String::new(), source.id().clone(), TokenBucket::new(Some(rate), burst))
            }
        };
        let now = now_ms() as f64;
        let wait_ms = bucket.wait_ms(now);
        if wait_ms <= LONGEST_MS {
            bucket.take(now);
        }
        if buckets.len() >= MOST {
            buckets.remove(0);
        }
        buckets.push((client.to_owned(), source.id().clone(), bucket));
        wait_ms
    });
    if wait_ms > LONGEST_MS {
        return Err(wait_ms as u64);
    }
    if wait_ms >= 1.0 {
        sleep_ms(wait_ms as u64).await;
    }
    Ok(())
}
