//! Why the bytes of a tile could not be had.

use thiserror::Error;

/// Why a source did not give a tile.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The source answered with another status than 200.
    #[error("the source answered with status {0}")]
    Status(u16),
    /// The source did not answer in time.
    #[error("the source did not answer within {limit_ms} ms")]
    Timeout {
        /// How long was waited.
        limit_ms: u32,
    },
    /// No connection, or it broke.
    #[error("the connection to the source failed")]
    Network,
    /// The answer is larger than a tile may be.
    #[error("the answer is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The most that is read.
        limit_bytes: usize,
    },
    /// The source sends the client elsewhere; addresses outside the catalogue are not followed.
    #[error("the source redirects to another address, which is not followed")]
    Redirect,
    /// The template names a key that the operator has not set.
    #[error("the key {0} is not configured")]
    MissingKey(String),
    /// The tile lies outside what the source can name.
    #[error("the source has no address for this tile")]
    NoAddress,
    /// There is no memory for the bytes.
    #[error("{bytes} bytes of memory for the tile cannot be had")]
    OutOfMemory {
        /// Bytes asked for.
        bytes: usize,
    },
    /// The embedded data could not be read.
    #[error("the embedded map data could not be read")]
    EmbeddedData,
    /// The source answered with something else than a picture.
    #[error("the source answered with {}{text}", Preamble(*status))]
    Said {
        /// The status, which need not tell that.
        status: u16,
        /// What it answered, with its words; bounded.
        text: String,
        /// Whether asking again may help.
        transient: bool,
    },
    /// The source is not asked any more for now, because it kept failing or asked to be left alone.
    #[error("the source is left alone for now: {reason}")]
    LeftAlone {
        /// What it said last.
        reason: String,
        /// How long it asked to be left alone.
        retry_after_ms: Option<u64>,
    },
    /// The source refuses this request and will refuse others: a wrong key, an unknown domain.
    #[error("the source refuses the request: {text}")]
    Refused {
        /// In the source's words; bounded.
        text: String,
    },
}

/// `status 400 and `, where the status is not 200.
struct Preamble(u16);

impl std::fmt::Display for Preamble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == 200 { Ok(()) } else { write!(f, "status {} and ", self.0) }
    }
}

impl FetchError {
    /// Whether asking again may help: time-outs, broken connections, 408, 429 and 5xx.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Network => true,
            Self::Status(status) => matches!(*status, 408 | 425 | 429 | 500..=599),
            Self::Said { transient, .. } => *transient,
            _ => false,
        }
    }

    /// Whether every other request of this capture will fail likewise, so that it fails at once, with the reason.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::MissingKey(_))
    }

    /// The status that the source answered with, where it did and that is a fault.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Status(status) | Self::Said { status, .. } => Some(*status),
            _ => None,
        }
    }
}
