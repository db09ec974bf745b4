//! Sources that describe themselves: what an entry leaves out comes from the service's capabilities.

mod check;
mod complete;
mod origin;

pub use check::{Finding, SourceCheck, Verdict};

/// The most bytes of capabilities that are read: the largest public ones have some six million.
pub const MAX_CAPABILITIES_BYTES: usize = 16 << 20;
