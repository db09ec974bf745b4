//! One bucket for all renderers of a lane: places in it are handed out some at a time.

use serde::{Deserialize, Serialize};

use crate::source::polite::TokenBucket;

/// No place is handed out further ahead than this: a renderer that dies takes no more with it.
const AHEAD_MS: f64 = 4_000.0;

/// A renderer gets places for about this long, so that it need not ask for each.
const SPELL_MS: f64 = 1_000.0;

/// Where there is no limit, a renderer asks again after this: an operator may have set one.
const UNLIMITED_MS: f64 = 60_000.0;

/// What a source allows, kept by its lane for all of its renderers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Permits {
    bucket: TokenBucket,
    max_connections: u32,
}

/// The right to make so many requests within a time, at equal distances: `[requests, from_ms, until_ms, connections]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u32, f64, f64, u32)", into = "(u32, f64, f64, u32)")]
pub struct Allowance {
    requests: u32,
    from_ms: f64,
    until_ms: f64,
    connections: u32,
    /// Requests made so far; stays with the renderer.
    used: u32,
}

/// When the next request of an allowance may be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Next {
    /// After so many milliseconds.
    AfterMs(f64),
    /// None is left: the lane must be asked for more.
    Ask,
}

impl Permits {
    /// For a source that allows so many requests a second and so many at once.
    #[must_use]
    pub fn new(per_second: Option<f64>, max_connections: u32) -> Self {
        Self { bucket: TokenBucket::new(per_second, 1), max_connections: max_connections.max(1) }
    }

    /// The same state for limits that an operator has changed.
    #[must_use]
    pub fn with_limits(&self, per_second: Option<f64>, max_connections: u32) -> Self {
        Self { bucket: self.bucket.with_rate(per_second), max_connections: max_connections.max(1) }
    }

    /// Places for one of `sharers` renderers that wants `wanted` requests. It gets its share of about a second, one at
    /// least. Where all places of the next seconds are taken it gets none, with the time to ask again as `until_ms`.
    pub fn grant(&mut self, wanted: u32, sharers: u32, now_ms: f64) -> Allowance {
        let sharers = sharers.max(1);
        let connections = (self.max_connections / sharers).max(1);
        let interval_ms = self.bucket.interval_ms();
        let ahead_ms = self.bucket.wait_ms(now_ms);
        // Its first place may be that far off where one place takes longer than that.
        if ahead_ms > AHEAD_MS.max(interval_ms) {
            let until_ms = now_ms + ahead_ms - AHEAD_MS / 2.0;
            return Allowance { requests: 0, from_ms: now_ms, until_ms, connections, used: 0 };
        }
        if interval_ms == 0.0 {
            return Allowance {
                requests: u32::MAX,
                from_ms: now_ms,
                until_ms: now_ms + UNLIMITED_MS,
                connections,
                used: 0,
            };
        }
        let share = SPELL_MS / interval_ms / f64::from(sharers);
        let requests = wanted.min(share as u32).max(1);
        let from_ms = now_ms + self.bucket.take_many(requests, now_ms);
        let until_ms = from_ms + interval_ms * f64::from(requests);
        Allowance { requests, from_ms, until_ms, connections, used: 0 }
    }
}

impl Allowance {
    /// Requests that may still be made.
    #[must_use]
    pub const fn left(&self) -> u32 {
        self.requests - self.used
    }

    /// Requests that may be under way at once.
    #[must_use]
    pub const fn connections(&self) -> u32 {
        self.connections
    }

    /// When it ends, used or not; for one without requests, when to ask again.
    #[must_use]
    pub const fn until_ms(&self) -> f64 {
        self.until_ms
    }

    /// Takes the next request, and says how long to wait before it is made.
    pub fn take(&mut self, now_ms: f64) -> Next {
        let interval_ms = (self.until_ms - self.from_ms) / f64::from(self.requests.max(1));
        // Each request has a time of its own. One that nobody used is gone: made later, it would come on top of others.
        let due = ((now_ms - self.from_ms) / interval_ms).floor().max(0.0);
        let place = if interval_ms > 0.0 { self.used.max(due as u32) } else { self.used };
        if place >= self.requests || now_ms >= self.until_ms {
            self.used = self.requests;
            return Next::Ask;
        }
        self.used = place + 1;
        let at_ms = self.from_ms + interval_ms * f64::from(place);
        Next::AfterMs((at_ms - now_ms).max(0.0))
    }
}

impl From<(u32, f64, f64, u32)> for Allowance {
    fn from((requests, from_ms, until_ms, connections): (u32, f64, f64, u32)) -> Self {
        Self { requests, from_ms, until_ms, connections: connections.max(1), used: 0 }
    }
}

impl From<Allowance> for (u32, f64, f64, u32) {
    fn from(a: Allowance) -> Self {
        (a.requests, a.from_ms, a.until_ms, a.connections)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renderers_share_one_bucket() {
        let mut permits = Permits::new(Some(10.0), 12);
        let first = permits.grant(100, 2, 0.0);
        let second = permits.grant(100, 2, 0.0);
        assert_eq!((first.left(), first.until_ms(), first.connections()), (5, 500.0, 6));
        assert_eq!((second.left(), second.until_ms()), (5, 1000.0));
        // Four seconds are handed out, then nobody gets more.
        let more: Vec<_> = (0..8).map(|_| permits.grant(100, 2, 0.0).left()).collect();
        assert_eq!(more, [5, 5, 5, 5, 5, 5, 5, 0]);
        assert_eq!(permits.grant(100, 2, 0.0).until_ms(), 2500.0);
        assert_eq!(permits.grant(3, 2, 1000.0).left(), 3);
    }

    #[test]
    fn requests_of_an_allowance_have_their_times_and_are_lost_unused() {
        let mut permits = Permits::new(Some(10.0), 12);
        let mut allowance = permits.grant(5, 1, 1000.0);
        assert_eq!(allowance.take(1000.0), Next::AfterMs(0.0));
        assert_eq!(allowance.take(1010.0), Next::AfterMs(90.0));
        assert_eq!(allowance.take(1350.0), Next::AfterMs(0.0));
        assert_eq!(allowance.take(1360.0), Next::AfterMs(40.0));
        assert_eq!(allowance.take(1370.0), Next::Ask);
        let mut late = permits.grant(5, 1, 1000.0);
        assert_eq!(late.take(2000.0), Next::Ask);
    }

    #[test]
    fn slow_and_unlimited_sources_work_alike() {
        let mut permits = Permits::new(Some(0.1), 1);
        assert_eq!(permits.grant(50, 4, 0.0).left(), 1);
        let mut second = permits.grant(50, 4, 0.0);
        assert_eq!(second.take(0.0), Next::AfterMs(10_000.0));
        assert_eq!(permits.grant(50, 4, 0.0).left(), 0);
        let mut free = Permits::new(None, 8).grant(5, 2, 77.0);
        for now in [77.0, 77.0, 78.0, 5_000.0] {
            let Next::AfterMs(wait_ms) = free.take(now) else { panic!("no limit, but none left") };
            assert!(wait_ms < 0.01, "{wait_ms}");
        }
    }

    #[test]
    fn an_allowance_is_four_numbers() {
        let allowance = Permits::new(Some(4.0), 12).grant(9, 1, 500.0);
        let json = serde_json::to_string(&allowance).unwrap();
        assert_eq!(json, "[4,500.0,1500.0,12]");
        assert_eq!(serde_json::from_str::<Allowance>(&json).unwrap(), allowance);
    }
}
