//! Names and numbers of the queue.

use serde::{Deserialize, Serialize};

use crate::source::SourceId;

/// The name of a capture: the lane that serves it and 128 random bits, written `lane-0123456789abcdef...`.
///
/// The random part is the only key to the image; the lane part says which object knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaptureId {
    lane: SourceId,
    secret: u128,
}

impl CaptureId {
    /// A name from random bits.
    #[must_use]
    pub const fn new(lane: SourceId, random: u128) -> Self {
        Self { lane, secret: random }
    }

    /// Reads a name; `None` when the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (lane, secret) = text.rsplit_once('-')?;
        let hex = secret.len() == 32 && secret.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !hex {
            return None;
        }
        Some(Self { lane: SourceId::new(lane).ok()?, secret: u128::from_str_radix(secret, 16).ok()? })
    }

    /// The lane that knows the capture.
    #[must_use]
    pub const fn lane(&self) -> &SourceId {
        &self.lane
    }
}

impl std::fmt::Display for CaptureId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{:032x}", self.lane, self.secret)
    }
}

impl TryFrom<String> for CaptureId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a capture id")
    }
}

impl From<CaptureId> for String {
    fn from(id: CaptureId) -> Self {
        id.to_string()
    }
}

/// A capture's place in its lane's queue: lower is earlier. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticket(pub u64);

/// A fencing token: every lease and every claim of a lane has a higher one than all before, so that whoever comes back
/// late is known for late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeaseToken(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_nothing_else_does() {
        let id = CaptureId::new(SourceId::new("usgs-imagery").unwrap(), 0xab);
        let text = id.to_string();
        assert_eq!(text, "usgs-imagery-000000000000000000000000000000ab");
        assert_eq!(CaptureId::parse(&text), Some(id));
        for bad in [
            "",
            "x",
            "-",
            "a-",
            "a-12",
            "A-000000000000000000000000000000ab",
            "000000000000000000000000000000ab",
        ] {
            assert_eq!(CaptureId::parse(bad), None, "{bad}");
        }
        assert_eq!(CaptureId::parse(&text.to_uppercase()), None);
        assert_eq!(CaptureId::parse("a-+00000000000000000000000000000ab"), None);
    }
}
