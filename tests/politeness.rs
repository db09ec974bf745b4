//! Sources are not asked more often than they allow, whatever the renderers do, and are left alone while they fail.

#![allow(clippy::unwrap_used, reason = "a test")]

use mapshot::source::{Allowance, CircuitBreaker, FetchError, Next, Permits, RetryPolicy, TokenBucket};
use proptest::prelude::*;

/// The most requests in any time of `span_ms` among these times, which are in order.
fn densest(times_ms: &[f64], span_ms: f64) -> usize {
    let mut most = 0;
    let mut first = 0;
    for (last, time) in times_ms.iter().enumerate() {
        while time - times_ms[first] >= span_ms {
            first += 1;
        }
        most = most.max(last - first + 1);
    }
    most
}

/// What a rate allows in a time, with so many at once. A millionth is for the last bits of the numbers.
fn allowed(rate: f64, burst: u32, span_ms: f64) -> usize {
    (f64::from(burst) + rate * span_ms / 1000.0 + 1e-6).ceil() as usize
}

fn is_kept(times_ms: &mut [f64], rate: f64, burst: u32) {
    times_ms.sort_by(f64::total_cmp);
    for span_ms in [1.0, 100.0, 1000.0, 2500.0, 10_000.0, 60_000.0] {
        let (most, limit) = (densest(times_ms, span_ms), allowed(rate, burst, span_ms));
        assert!(most <= limit, "{most} requests within {span_ms} ms at {rate} a second, burst {burst}");
    }
}

proptest! {
    #[test]
    fn a_bucket_is_never_overdrawn(
        rate in 0.2f64..200.0,
        burst in 1u32..20,
        gaps_ms in proptest::collection::vec(0.0f64..400.0, 1..300),
    ) {
        let mut bucket = TokenBucket::new(Some(rate), burst);
        let mut now_ms = 1e12;
        let mut times_ms = Vec::new();
        for gap_ms in gaps_ms {
            now_ms += gap_ms;
            let wait_ms = bucket.take(now_ms);
            prop_assert!(wait_ms >= 0.0);
            times_ms.push(now_ms + wait_ms);
        }
        is_kept(&mut times_ms, rate, burst);
    }

    /// Renderers that come and go, dawdle, and die with what they have.
    #[test]
    fn renderers_that_share_permits_never_exceed_the_rate(
        rate in 0.5f64..100.0,
        sharers in 1u32..8,
        steps in proptest::collection::vec((0usize..8, 0.0f64..300.0, 1u32..60, any::<bool>()), 1..400),
    ) {
        let mut permits = Permits::new(Some(rate), 12);
        let mut held: Vec<Option<Allowance>> = vec![None; 8];
        let mut now_ms = 1e12;
        let mut times_ms = Vec::new();
        for (renderer, gap_ms, wanted, dies) in steps {
            now_ms += gap_ms;
            if dies && renderer == 0 {
                held[renderer] = None;
            }
            let mut allowance = held[renderer].unwrap_or_else(|| permits.grant(wanted, sharers, now_ms));
            // As it comes over the wire.
            if held[renderer].is_none() {
                allowance = serde_json::from_str(&serde_json::to_string(&allowance).unwrap()).unwrap();
            }
            held[renderer] = match allowance.take(now_ms) {
                Next::AfterMs(wait_ms) => {
                    prop_assert!(wait_ms >= 0.0);
                    times_ms.push(now_ms + wait_ms);
                    Some(allowance)
                }
                Next::Ask => None,
            };
        }
        is_kept(&mut times_ms, rate, 1);
    }

    /// A source that fails all the time is asked eight times at the most, one that mostly works for ever.
    #[test]
    fn a_failing_source_is_left_alone_and_a_working_one_is_not(good in 0u32..4, step_ms in 1u64..2_000) {
        let mut breaker = CircuitBreaker::default();
        let (busy, mut asked) = (FetchError::Status(503), 0u32);
        let opened = (0..1_000u64).any(|n| {
            asked += 1;
            let answer = if n % 4 < u64::from(good) { Ok(()) } else { Err(&busy) };
            breaker.opens(answer, None, 1_000_000_000_000 + n * step_ms)
        });
        // More than half of the answers must fail, and eight within half a minute; of two in four it depends on where that begins.
        prop_assert!(good == 2 || opened == (good < 2), "{good} good of 4, every {step_ms} ms");
        prop_assert!(good >= 2 || asked <= 8 + 8 * good, "{asked} requests");
    }

    #[test]
    fn waits_grow_within_their_bounds(failed in 1u32..40, random in 0.0f64..=1.0, asked in proptest::option::of(0u64..100_000)) {
        let policy = RetryPolicy { attempts: 30, ..RetryPolicy::default() };
        let busy = FetchError::Status(429);
        match policy.wait_ms(failed, &busy, asked, random) {
            Some(wait_ms) => {
                prop_assert!(failed < 30 && wait_ms <= policy.longest_wait_ms);
                prop_assert!(u64::from(wait_ms) >= asked.unwrap_or(0));
                prop_assert!(wait_ms >= policy.first_wait_ms / 2);
            }
            None => prop_assert!(failed >= 30 || asked.unwrap() > policy.longest_wait_ms.into()),
        }
    }
}
