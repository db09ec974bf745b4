//! How often a source may be asked.

use serde::{Deserialize, Serialize};

/// A token bucket: so many requests a second, of which a few may come at once.
///
/// Kept as the generic cell rate algorithm does it (ITU-T I.371, annex A): one number says when the bucket is full again.
///
/// # Guarantees
/// In any time of `t` seconds at most `burst + rate x t` requests have their place, rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TokenBucket {
    /// Milliseconds for one token; 0 where there is no limit.
    interval_ms: f64,
    burst: u32,
    /// When the bucket is full again.
    full_ms: f64,
}

impl TokenBucket {
    /// `per_second` requests a second, `burst` of them at once; `None` is no limit. A burst of 1 spreads them evenly.
    #[must_use]
    pub fn new(per_second: Option<f64>, burst: u32) -> Self {
        let interval_ms = match per_second {
            Some(rate) if rate > 0.0 && rate.is_finite() => 1000.0 / rate,
            _ => 0.0,
        };
        Self { interval_ms, burst: burst.max(1), full_ms: 0.0 }
    }

    /// Takes the next free place and says how many milliseconds to wait for it.
    pub fn take(&mut self, now_ms: f64) -> f64 {
        self.take_many(1, now_ms)
    }

    /// Takes `count` places that follow one another and says how many milliseconds to wait for the first of them; the
    /// others come one [`TokenBucket::interval_ms`] apart.
    pub fn take_many(&mut self, count: u32, now_ms: f64) -> f64 {
        self.mend(now_ms);
        let slack_ms = self.interval_ms * f64::from(self.burst - 1);
        let at_ms = (self.full_ms - slack_ms).max(now_ms);
        self.full_ms = self.full_ms.max(now_ms) + self.interval_ms * f64::from(count);
        at_ms - now_ms
    }

    /// How many milliseconds to wait for the next free place, without taking it.
    #[must_use]
    pub fn wait_ms(&self, now_ms: f64) -> f64 {
        let mut copy = *self;
        copy.take(now_ms)
    }

    /// Time between two requests.
    #[must_use]
    pub const fn interval_ms(&self) -> f64 {
        self.interval_ms
    }

    /// The same state for another rate: an operator has changed it.
    #[must_use]
    pub fn with_rate(&self, per_second: Option<f64>) -> Self {
        Self { full_ms: self.full_ms, ..Self::new(per_second, self.burst) }
    }

    /// A clock that jumped back must not make everybody wait for the old time.
    fn mend(&mut self, now_ms: f64) {
        /// No place is given away further ahead than this.
        const FURTHEST_MS: f64 = 600_000.0;
        let furthest = FURTHEST_MS.max(self.interval_ms * 1000.0);
        if self.full_ms > now_ms + furthest || !self.full_ms.is_finite() {
            self.full_ms = now_ms;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_spread_evenly() {
        let mut bucket = TokenBucket::new(Some(10.0), 1);
        assert_eq!([0.0, 0.0, 0.0, 50.0].map(|now| bucket.take(now)), [0.0, 100.0, 200.0, 250.0]);
        assert_eq!(bucket.wait_ms(1000.0), 0.0);
        assert_eq!(bucket.take(1000.0), 0.0);
        let mut free = TokenBucket::new(None, 1);
        assert_eq!([free.take(5.0), free.take(5.0)], [0.0, 0.0]);
    }

    #[test]
    fn a_burst_comes_at_once_and_is_paid_for() {
        let mut bucket = TokenBucket::new(Some(10.0), 3);
        assert_eq!([0.0; 5].map(|now| bucket.take(now)), [0.0, 0.0, 0.0, 100.0, 200.0]);
        // Two tokens have come back after 200 ms, but two are owed.
        assert_eq!([500.0; 3].map(|now| bucket.take(now)), [0.0, 0.0, 0.0]);
        assert!(bucket.take(500.0) > 0.0);
    }

    #[test]
    fn a_clock_that_jumps_back_does_not_stall() {
        let mut bucket = TokenBucket::new(Some(10.0), 1);
        bucket.take(1e12);
        assert!(bucket.take(1000.0) <= 100.0);
    }

    #[test]
    fn rates_that_are_none_are_no_limit() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let mut bucket = TokenBucket::new(Some(rate), 0);
            assert_eq!([bucket.take(0.0), bucket.take(0.0)], [0.0, 0.0]);
        }
    }
}
