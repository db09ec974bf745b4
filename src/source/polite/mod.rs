//! How a source is asked without being a burden: not too often, not again at once, not while it fails.
//!
//! Pure state machines: the caller passes the clock, and a random number where one is needed.

mod breaker;
mod bucket;
mod http_date;
mod permits;
mod retry;

pub use breaker::CircuitBreaker;
pub use bucket::TokenBucket;
pub use http_date::retry_after_ms;
pub use permits::{Allowance, Next, Permits};
pub use retry::RetryPolicy;
