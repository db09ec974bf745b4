//! How often, and after how long, a failed tile is asked for again.

use crate::source::FetchError;

/// Retries with exponential back-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Requests for one tile in all.
    pub attempts: u32,
    /// Wait before the second request; doubled before each further one.
    pub first_wait_ms: u32,
    /// The longest wait.
    pub longest_wait_ms: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 3, first_wait_ms: 200, longest_wait_ms: 2_000 }
    }
}

impl RetryPolicy {
    /// How long to wait before asking again after `failed` requests, or `None` to give up.
    #[must_use]
    pub fn wait_ms(&self, failed: u32, error: &FetchError) -> Option<u32> {
        (error.is_transient() && failed < self.attempts).then(|| {
            let doublings = failed.saturating_sub(1).min(16);
            self.first_wait_ms.saturating_mul(1 << doublings).min(self.longest_wait_ms)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end() {
        let policy = RetryPolicy { attempts: 5, first_wait_ms: 200, longest_wait_ms: 500 };
        let busy = FetchError::Status(503);
        let waits: Vec<_> = (1..=5).map(|failed| policy.wait_ms(failed, &busy)).collect();
        assert_eq!(waits, [Some(200), Some(400), Some(500), Some(500), None]);
    }

    #[test]
    fn what_will_not_change_is_not_asked_again() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait_ms(1, &FetchError::Status(404)), None);
        assert_eq!(policy.wait_ms(1, &FetchError::Redirect), None);
        assert!(policy.wait_ms(1, &FetchError::Network).is_some());
    }
}
