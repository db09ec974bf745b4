//! Time on the edge: now, waiting, and giving up.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use worker::{Date, Delay};

/// Milliseconds since 1970. In production it stands still while code runs and moves on with I/O.
pub fn now_ms() -> u64 {
    Date::now().as_millis()
}

/// Waits.
pub async fn sleep_ms(ms: u64) {
    Delay::from(Duration::from_millis(ms)).await;
}

/// A future's result, or `None` when it takes too long; it is dropped then.
pub async fn within_ms<T>(ms: u64, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(sleep_ms(ms))).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(_) => None,
    }
}
