//! How often, and after how long, a failed tile is asked for again.

use crate::source::FetchError;

/// Retries with exponential back-off and jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Requests for one tile in all.
    pub attempts: u32,
    /// Wait before the second request; doubled before each further one.
    pub first_wait_ms: u32,
    /// The longest wait. A source that wants more is not asked again for this tile.
    pub longest_wait_ms: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 3, first_wait_ms: 200, longest_wait_ms: 10_000 }
    }
}

impl RetryPolicy {
    /// How long to wait before asking again after `failed` requests, or `None` to give up.
    ///
    /// `random` is a number from 0 to 1: the wait is between half and all of what the doubling says, so that many who failed
    /// together do not come back together. `retry_after_ms` is what the source itself asked for, and is never undercut: where
    /// it is longer than the longest wait, the tile is given up.
    #[must_use]
    pub fn wait_ms(
        &self,
        failed: u32,
        error: &FetchError,
        retry_after_ms: Option<u64>,
        random: f64,
    ) -> Option<u32> {
        if !error.is_transient() || failed >= self.attempts {
            return None;
        }
        let doublings = failed.saturating_sub(1).min(16);
        let whole = self.first_wait_ms.saturating_mul(1 << doublings).min(self.longest_wait_ms);
        let jitter = f64::from(whole) / 2.0 * (1.0 - random.clamp(0.0, 1.0));
        let wait = whole - jitter as u32;
        match retry_after_ms {
            None => Some(wait),
            Some(asked) if asked <= self.longest_wait_ms.into() => Some(wait.max(asked as u32)),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUSY: FetchError = FetchError::Status(503);

    #[test]
    fn waits_double_and_end() {
        let policy = RetryPolicy { attempts: 5, first_wait_ms: 200, longest_wait_ms: 500 };
        let waits: Vec<_> = (1..=5).map(|failed| policy.wait_ms(failed, &BUSY, None, 1.0)).collect();
        assert_eq!(waits, [Some(200), Some(400), Some(500), Some(500), None]);
        assert_eq!(policy.wait_ms(2, &BUSY, None, 0.0), Some(200));
        assert_eq!(policy.wait_ms(2, &BUSY, None, 0.5), Some(300));
        assert_eq!(policy.wait_ms(2, &BUSY, None, f64::NAN), Some(400));
    }

    #[test]
    fn what_a_source_asks_for_is_obeyed() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait_ms(1, &BUSY, Some(3_000), 0.3), Some(3_000));
        assert_eq!(policy.wait_ms(1, &BUSY, Some(0), 1.0), Some(200));
        assert_eq!(policy.wait_ms(1, &BUSY, Some(60_000), 1.0), None);
        assert_eq!(policy.wait_ms(1, &BUSY, Some(u64::MAX), 1.0), None);
    }

    #[test]
    fn what_will_not_change_is_not_asked_again() {
        let policy = RetryPolicy::default();
        let refused = FetchError::Refused { text: "INVALID_KEY".to_owned() };
        for error in [FetchError::Status(404), FetchError::Redirect, refused] {
            assert_eq!(policy.wait_ms(1, &error, None, 1.0), None);
        }
        assert!(policy.wait_ms(1, &FetchError::Network, None, 1.0).is_some());
    }
}
