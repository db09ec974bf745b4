//! How often a source may be asked.

/// Spreads requests evenly so that a source sees no more than its allowed number a second.
///
/// A pure state machine: the caller passes the clock and waits as told.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    interval_ms: f64,
    next_ms: f64,
}

impl Pace {
    /// At most `per_second` requests a second; `None` is no limit.
    #[must_use]
    pub fn new(per_second: Option<f64>) -> Self {
        let interval_ms = match per_second {
            Some(rate) if rate > 0.0 => 1000.0 / rate,
            _ => 0.0,
        };
        Self { interval_ms, next_ms: 0.0 }
    }

    /// Takes the next free place and says how many milliseconds to wait for it.
    pub fn take(&mut self, now_ms: f64) -> f64 {
        // A clock that jumped back must not make everybody wait for the old time.
        if self.next_ms > now_ms + self.interval_ms * 1000.0 {
            self.next_ms = now_ms;
        }
        let at_ms = self.next_ms.max(now_ms);
        self.next_ms = at_ms + self.interval_ms;
        at_ms - now_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_spread_evenly() {
        let mut pace = Pace::new(Some(10.0));
        assert_eq!([0.0, 0.0, 0.0, 50.0].map(|now| pace.take(now)), [0.0, 100.0, 200.0, 250.0]);
        assert_eq!(pace.take(1000.0), 0.0);
        let mut free = Pace::new(None);
        assert_eq!([free.take(5.0), free.take(5.0)], [0.0, 0.0]);
    }

    #[test]
    fn a_clock_that_jumps_back_does_not_stall() {
        let mut pace = Pace::new(Some(10.0));
        pace.take(1e12);
        assert!(pace.take(1000.0) <= 100.0);
    }
}
