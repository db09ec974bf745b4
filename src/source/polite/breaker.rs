//! A source that keeps failing is left in peace for a while.

use serde::{Deserialize, Serialize};

use crate::source::FetchError;

/// Failures within the window that open the breaker, if they are more than half of all answers.
const ENOUGH_FAILURES: u32 = 8;

/// The time in which failures count together.
const WINDOW_MS: u64 = 30_000;

/// The first pause; doubled each time that the source still fails after one.
const FIRST_PAUSE_MS: u64 = 10_000;

/// The longest pause, and the longest that a source's own `Retry-After` is believed.
const LONGEST_PAUSE_MS: u64 = 15 * 60_000;

/// How long a probe may take before another one is let through.
const PROBE_MS: u64 = 30_000;

/// What a renderer saw of a source since it told last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// Answers that were a tile, or no tile for a reason of its own.
    pub good: u32,
    /// Answers that say that the source is overloaded, blocks us or is broken: 403, 429, 5xx.
    pub bad: u32,
    /// The last of these in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The longest wait that the source asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// A pause: who asks is told why, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    /// What the source said last.
    pub reason: String,
    /// When it is tried again, milliseconds since 1970.
    pub until_ms: u64,
}

/// Stops requests to a source after repeated 403, 429 and 5xx, and tries it again with one request after a while.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CircuitBreaker {
    good: u32,
    bad: u32,
    /// When the window began in which these are counted.
    since_ms: u64,
    /// Pauses since the source last worked.
    pauses: u32,
    paused: Option<Paused>,
    /// When the probe was let through that decides what follows the pause.
    probe_ms: Option<u64>,
}

/// What a caller may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// Ask as usual.
    Open,
    /// Ask once, and tell how it went: the pause is over.
    Probe,
    /// Do not ask.
    Paused(Paused),
}

impl Tally {
    /// Counts an answer.
    pub fn count(&mut self, answer: Result<(), &FetchError>, retry_after_ms: Option<u64>) {
        match answer {
            Err(error) if is_bad(error) => {
                self.bad = self.bad.saturating_add(1);
                self.reason = Some(error.to_string());
                self.retry_after_ms = self.retry_after_ms.max(retry_after_ms);
            }
            // What never reached the source says nothing about it.
            Err(FetchError::MissingKey(_) | FetchError::NoAddress | FetchError::OutOfMemory { .. }) => {}
            _ => self.good = self.good.saturating_add(1),
        }
    }

    /// Whether there is nothing to tell.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.good == 0 && self.bad == 0
    }
}

/// Whether an error says that the source is better left alone.
const fn is_bad(error: &FetchError) -> bool {
    match error {
        FetchError::Timeout { .. } | FetchError::Network => true,
        FetchError::Status(status) | FetchError::Said { status, .. } => {
            matches!(*status, 403 | 429 | 500..=599)
        }
        _ => false,
    }
}

impl CircuitBreaker {
    /// Whether the source may be asked now. A probe is let through once.
    pub fn permission(&mut self, now_ms: u64) -> Permission {
        let Some(paused) = &self.paused else { return Permission::Open };
        if now_ms < paused.until_ms && paused.until_ms - now_ms <= LONGEST_PAUSE_MS {
            return Permission::Paused(paused.clone());
        }
        match self.probe_ms {
            Some(began_ms) if began_ms <= now_ms && now_ms - began_ms < PROBE_MS => {
                Permission::Paused(Paused { until_ms: began_ms + PROBE_MS, ..paused.clone() })
            }
            _ => {
                self.probe_ms = Some(now_ms);
                Permission::Probe
            }
        }
    }

    /// The pause that users are told of, if there is one; changes nothing.
    #[must_use]
    pub fn paused(&self, now_ms: u64) -> Option<&Paused> {
        self.paused.as_ref().filter(|paused| self.probe_ms.is_some() || now_ms < paused.until_ms)
    }

    /// Takes in what a renderer saw. True when a pause begins with it.
    pub fn note(&mut self, tally: &Tally, now_ms: u64) -> bool {
        if tally.is_empty() {
            return false;
        }
        if self.paused.is_some() {
            return self.note_paused(tally, now_ms);
        }
        if now_ms < self.since_ms || now_ms - self.since_ms > WINDOW_MS {
            (self.good, self.bad, self.since_ms) = (0, 0, now_ms);
        }
        self.good = self.good.saturating_add(tally.good);
        self.bad = self.bad.saturating_add(tally.bad);
        let asked = tally.retry_after_ms.is_some_and(|ms| ms > 0);
        let failing = self.bad >= ENOUGH_FAILURES && self.bad > self.good;
        if asked || failing {
            self.pause(tally, now_ms);
        }
        asked || failing
    }

    /// What was under way when a pause began does not count; the probe decides.
    fn note_paused(&mut self, tally: &Tally, now_ms: u64) -> bool {
        if self.probe_ms.is_none() {
            return false;
        }
        if tally.bad > 0 {
            self.pause(tally, now_ms);
            return true;
        }
        *self = Self::default();
        false
    }

    fn pause(&mut self, tally: &Tally, now_ms: u64) {
        let own_ms = FIRST_PAUSE_MS << self.pauses.min(10);
        let ms = own_ms.max(tally.retry_after_ms.unwrap_or(0)).min(LONGEST_PAUSE_MS);
        let reason = tally.reason.clone().unwrap_or_default();
        self.pauses = self.pauses.saturating_add(1);
        self.paused = Some(Paused { reason, until_ms: now_ms.saturating_add(ms) });
        (self.good, self.bad, self.since_ms, self.probe_ms) = (0, 0, now_ms, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bad(count: u32) -> Tally {
        Tally { bad: count, reason: Some("status 503".to_owned()), ..Tally::default() }
    }

    fn good(count: u32) -> Tally {
        Tally { good: count, ..Tally::default() }
    }

    #[test]
    fn repeated_failures_pause_and_a_probe_decides() {
        let mut breaker = CircuitBreaker::default();
        assert!(!breaker.note(&bad(7), 1_000));
        assert!(breaker.note(&bad(1), 2_000));
        let pause = Paused { reason: "status 503".to_owned(), until_ms: 12_000 };
        assert_eq!(breaker.permission(2_000), Permission::Paused(pause.clone()));
        assert_eq!(breaker.paused(2_000), Some(&pause));
        // What was still under way changes nothing.
        assert!(!breaker.note(&good(3), 3_000) && !breaker.note(&bad(3), 3_000));
        assert_eq!(breaker.permission(12_000), Permission::Probe);
        assert!(matches!(breaker.permission(12_001), Permission::Paused(_)));
        // The source still fails: twice as long.
        assert!(breaker.note(&bad(1), 13_000));
        assert!(matches!(breaker.permission(32_999), Permission::Paused(p) if p.until_ms == 33_000));
        assert_eq!(breaker.permission(33_000), Permission::Probe);
        assert!(!breaker.note(&good(1), 33_100));
        assert_eq!(breaker.permission(33_100), Permission::Open);
        assert_eq!(breaker, CircuitBreaker::default());
    }

    #[test]
    fn a_probe_that_is_lost_is_followed_by_another() {
        let mut breaker = CircuitBreaker::default();
        breaker.note(&bad(9), 0);
        assert_eq!(breaker.permission(10_000), Permission::Probe);
        assert!(matches!(breaker.permission(39_999), Permission::Paused(_)));
        assert_eq!(breaker.permission(40_000), Permission::Probe);
    }

    #[test]
    fn failures_among_many_good_answers_or_far_apart_do_not_pause() {
        let mut breaker = CircuitBreaker::default();
        assert!(!breaker.note(&Tally { good: 100, ..bad(50) }, 0));
        let mut breaker = CircuitBreaker::default();
        for now_ms in (0..20).map(|n| n * 31_000) {
            assert!(!breaker.note(&bad(7), now_ms));
        }
    }

    #[test]
    fn a_source_that_asks_for_a_pause_gets_it() {
        let mut breaker = CircuitBreaker::default();
        assert!(breaker.note(&Tally { retry_after_ms: Some(60_000), ..bad(1) }, 0));
        assert_eq!(breaker.paused(59_999).unwrap().until_ms, 60_000);
        let mut breaker = CircuitBreaker::default();
        assert!(breaker.note(&Tally { retry_after_ms: Some(u64::MAX), ..bad(1) }, 0));
        assert_eq!(breaker.paused(0).unwrap().until_ms, LONGEST_PAUSE_MS);
    }

    #[test]
    fn what_counts_against_a_source() {
        let mut tally = Tally::default();
        for status in [403, 429, 500, 503] {
            tally.count(Err(&FetchError::Status(status)), None);
        }
        tally.count(Err(&FetchError::Timeout { limit_ms: 1 }), Some(5));
        assert_eq!((tally.bad, tally.good, tally.retry_after_ms), (5, 0, Some(5)));
        tally.count(Err(&FetchError::Status(404)), None);
        tally.count(Ok(()), None);
        tally.count(Err(&FetchError::NoAddress), None);
        assert_eq!((tally.bad, tally.good), (5, 2));
    }

    #[test]
    fn a_clock_that_jumps_back_does_not_pause_for_ever() {
        let mut breaker = CircuitBreaker::default();
        breaker.note(&bad(9), 1_000_000_000);
        assert_eq!(breaker.permission(0), Permission::Probe);
    }

    #[test]
    fn it_survives_storage() {
        let mut breaker = CircuitBreaker::default();
        breaker.note(&bad(9), 5);
        let json = serde_json::to_string(&breaker).unwrap();
        assert_eq!(serde_json::from_str::<CircuitBreaker>(&json).unwrap(), breaker);
    }
}
