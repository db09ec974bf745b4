//! When a source is better left alone. A renderer that sees it fail again and again stops asking; its lane decides for how long.

use crate::source::FetchError;

/// Failures within the window that open the breaker, if they are more than half of all answers.
const ENOUGH_FAILURES: u32 = 8;

/// The time in which failures count together.
const WINDOW_MS: u64 = 30_000;

/// Counts what a source answers, until there is no sense in asking it any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CircuitBreaker {
    good: u32,
    bad: u32,
    /// When the window began in which these are counted.
    since_ms: u64,
}

impl CircuitBreaker {
    /// Counts an answer. True when the source is not to be asked any more: it asks for that, or it says again and again that it is
    /// overloaded, blocks us or is broken (403, 429, 5xx, no answer).
    pub fn opens(
        &mut self,
        answer: Result<(), &FetchError>,
        retry_after_ms: Option<u64>,
        now_ms: u64,
    ) -> bool {
        // A window of a clock that was set back is over, too.
        if now_ms < self.since_ms || now_ms - self.since_ms > WINDOW_MS {
            *self = Self { since_ms: now_ms, ..Self::default() };
        }
        match answer {
            Err(error) if is_bad(error) => self.bad = self.bad.saturating_add(1),
            // What never reached the source says nothing about it.
            Err(FetchError::MissingKey(_) | FetchError::NoAddress | FetchError::OutOfMemory { .. }) => {
                return false;
            }
            _ => {
                self.good = self.good.saturating_add(1);
                return false;
            }
        }
        retry_after_ms.is_some_and(|ms| ms > 0) || (self.bad >= ENOUGH_FAILURES && self.bad > self.good)
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

#[cfg(test)]
mod tests {
    use super::*;

    const BUSY: FetchError = FetchError::Status(503);

    /// After how many of these answers, a second apart, it opens.
    fn opens_after(
        answers: impl IntoIterator<Item = Result<(), FetchError>>,
        apart_ms: u64,
    ) -> Option<usize> {
        let mut breaker = CircuitBreaker::default();
        answers.into_iter().zip(1..).find_map(|(answer, n)| {
            let answer = match &answer {
                Ok(()) => Ok(()),
                Err(error) => Err(error),
            };
            breaker.opens(answer, None, 1_000_000 + n as u64 * apart_ms).then_some(n)
        })
    }

    #[test]
    fn repeated_failures_open_it() {
        assert_eq!(opens_after((0..20).map(|_| Err(BUSY)), 100), Some(8));
        for status in [403, 429, 500, 503] {
            assert_eq!(
                opens_after((0..20).map(|_| Err(FetchError::Status(status))), 100),
                Some(8),
                "{status}"
            );
        }
        assert_eq!(opens_after((0..20).map(|_| Err(FetchError::Network)), 100), Some(8));
    }

    #[test]
    fn failures_among_as_many_good_answers_or_far_apart_do_not() {
        let mixed = (0..200).map(|n| if n % 2 == 0 { Ok(()) } else { Err(BUSY) });
        assert_eq!(opens_after(mixed, 100), None);
        assert_eq!(opens_after((0..200).map(|_| Err(BUSY)), 5_000), None);
        assert_eq!(opens_after((0..200).map(|_| Err(FetchError::Status(404))), 100), None);
        assert_eq!(opens_after((0..200).map(|_| Err(FetchError::NoAddress)), 100), None);
    }

    #[test]
    fn a_source_that_asks_for_a_pause_gets_it() {
        let mut breaker = CircuitBreaker::default();
        assert!(breaker.opens(Err(&BUSY), Some(1), 0));
        assert!(!CircuitBreaker::default().opens(Err(&BUSY), Some(0), 0));
        assert!(!CircuitBreaker::default().opens(Ok(()), Some(1), 0));
    }

    #[test]
    fn a_clock_that_is_set_back_begins_a_new_window() {
        let mut breaker = CircuitBreaker::default();
        assert!((0..7).all(|_| !breaker.opens(Err(&BUSY), None, 1_000_000)));
        assert!(!breaker.opens(Err(&BUSY), None, 5));
    }
}
