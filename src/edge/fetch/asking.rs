//! How one source is asked: its headers, its rate, and whether it is still asked at all.

use serde::{Deserialize, Serialize};
use web_sys::Headers;

use crate::edge::clock::now_ms;
use crate::source::{Allowance, CircuitBreaker, FetchError, Next, Source, SourceId, TokenBucket};

/// What sources see who asks, unless their entry says otherwise; then follows where it is told what it does.
const PRODUCT: &str = concat!("Mapshot/", env!("CARGO_PKG_VERSION"));

/// What a renderer needs of a lane to go on asking a source that says how often it may be asked.
#[derive(Debug, Serialize, Deserialize)]
pub struct Want {
    pub source: SourceId,
    pub per_second: f64,
    pub max_connections: u32,
}

/// What the lane gives out: requests, from when and until when (milliseconds from now), connections.
pub type Grants = Vec<(SourceId, (u32, f64, f64, u32))>;

/// Whose turn it is to ask.
#[derive(Debug, Clone)]
enum Turn {
    /// There is no limit.
    Free,
    /// Nobody else asks.
    Alone(TokenBucket),
    /// Others ask, too: the lane gives out what is allowed.
    Shared(Allowance),
}

/// How one source is asked.
pub struct Asking {
    pub headers: Headers,
    turn: Turn,
    breaker: CircuitBreaker,
    left_alone: Option<FetchError>,
}

impl Asking {
    /// `shared` is whether a lane says whose turn it is.
    pub fn new(
        source: &Source,
        key: &dyn Fn(&str) -> Option<String>,
        contact: &str,
        shared: bool,
    ) -> Result<Self, FetchError> {
        let headers = Headers::new().map_err(|_| FetchError::NoAddress)?;
        let set = |name: &str, value: &str| headers.set(name, value).map_err(|_| FetchError::NoAddress);
        set("User-Agent", &format!("{PRODUCT} (+{contact})"))?;
        set("Accept", "image/webp,image/png,image/jpeg,image/*;q=0.8")?;
        for (name, value) in source.filled_headers(key)? {
            set(name, &value)?;
        }
        let turn = match source.limits().max_per_second {
            None => Turn::Free,
            Some(_) if shared => Turn::Shared(Allowance::from((0, 0.0, 0.0, 1))),
            rate => Turn::Alone(TokenBucket::new(rate, 1)),
        };
        Ok(Self { headers, turn, breaker: CircuitBreaker::default(), left_alone: None })
    }

    /// How long to wait before the next request may be made; `None` when the lane has to give out more first.
    pub fn wait_ms(&mut self) -> Result<Option<f64>, FetchError> {
        if let Some(error) = &self.left_alone {
            return Err(error.clone());
        }
        let now = now_ms() as f64;
        Ok(match &mut self.turn {
            Turn::Free => Some(0.0),
            Turn::Alone(bucket) => Some(bucket.take(now)),
            Turn::Shared(allowance) => match allowance.take(now) {
                Next::AfterMs(ms) => Some(ms),
                Next::Ask => None,
            },
        })
    }

    /// What the lane is to give out for this source next.
    pub fn want(&self, source: &Source) -> Option<Want> {
        let Turn::Shared(_) = self.turn else { return None };
        let limits = source.limits();
        Some(Want {
            source: source.id().clone(),
            per_second: limits.max_per_second?,
            max_connections: limits.max_connections,
        })
    }

    /// The lane gave out so much, counted from now.
    pub fn granted(&mut self, (requests, from_ms, until_ms, connections): (u32, f64, f64, u32)) {
        if let Turn::Shared(allowance) = &mut self.turn {
            let now = now_ms() as f64;
            *allowance = Allowance::from((requests, now + from_ms, now + until_ms, connections));
        }
    }

    /// Notes what became of a request. A source that keeps failing is not asked any more.
    pub fn note(&mut self, outcome: Result<(), &FetchError>, retry_after_ms: Option<u64>) {
        if self.breaker.opens(outcome, retry_after_ms, now_ms()) {
            let reason = outcome.err().map(FetchError::to_string).unwrap_or_default();
            self.left_alone = Some(FetchError::LeftAlone { reason, retry_after_ms });
        }
    }

    /// Whether, and why, it is not asked any more.
    pub const fn left_alone(&self) -> Option<&FetchError> {
        self.left_alone.as_ref()
    }
}
