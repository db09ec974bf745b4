//! A part of an image: which bytes a client asks for, and what becomes of the image when it has got them.

use serde::{Deserialize, Serialize};

use crate::job::{CaptureId, CaptureState, JobError, Lane, LeaseToken};

/// One range of bytes, as a `Range` header asks for it (RFC 9110, section 14.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ByteRange {
    /// From a byte on, to a last one or to the end.
    From {
        /// The first byte.
        first: u64,
        /// The last byte.
        last: Option<u64>,
    },
    /// So many bytes at the end.
    Last(u64),
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its first byte.
    pub first: u64,
    /// Its last byte.
    pub last: u64,
    /// Bytes of the whole file.
    pub total: u64,
}

impl ByteRange {
    /// Reads the value of a `Range` header. `None` when it is to be ignored: it is malformed, in another unit, of several
    /// ranges, or asks for everything.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            // More digits than a number has are a number beyond every file.
            digits.then(|| text.parse().unwrap_or(u64::MAX))
        };
        let (first, last) = header.trim().strip_prefix("bytes=")?.trim().split_once('-')?;
        match (first.trim(), last.trim()) {
            ("", last) => Some(Self::Last(number(last)?)),
            (first, "") => number(first).filter(|f| *f > 0).map(|first| Self::From { first, last: None }),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From { first, last: Some(last) })
            }
        }
    }

    /// The part of a file of `total` bytes; `None` when it has none of them.
    #[must_use]
    pub fn of(self, total: u64) -> Option<Part> {
        let end = total.checked_sub(1)?;
        let (first, last) = match self {
            Self::From { first, last } => (first, last.unwrap_or(end).min(end)),
            Self::Last(bytes) => (total.saturating_sub(bytes), end),
        };
        (first <= last && self != Self::Last(0)).then_some(Part { first, last, total })
    }
}

impl Lane {
    /// A part of a claimed image was sent in full; with it, all chunks from the claim's first up to `through`. The claim ends.
    /// When every chunk was sent so, in one transfer or in some, the image is delivered.
    ///
    /// # Errors
    /// [`JobError::StaleClaim`] when the claim had run out.
    pub fn part_delivered(
        &mut self,
        id: &CaptureId,
        token: LeaseToken,
        through: u32,
        now_ms: u64,
    ) -> Result<(), JobError> {
        self.sent_up_to(id, token, through)?;
        let entry = self.entry(id)?;
        let all =
            entry.capture.state == CaptureState::Ready && entry.capture.sent as usize >= entry.places().len();
        if all { self.image_delivered(id, token, now_ms) } else { self.image_released(id, token, through) }
    }

    /// Notes that the chunks before `through` were sent under a claim. Only what joins on to what was sent before counts: who
    /// looks at the end of a file has not got its beginning.
    pub(super) fn sent_up_to(
        &mut self,
        id: &CaptureId,
        token: LeaseToken,
        through: u32,
    ) -> Result<(), JobError> {
        let capture = &mut self.entry_mut(id)?.capture;
        let claim = capture.image_claim.filter(|c| c.token == token).ok_or(JobError::StaleClaim)?;
        if claim.first <= capture.sent && through > capture.sent {
            capture.sent = through;
            let ticket = capture.ticket;
            self.dirty.captures.insert(ticket);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_has_them() {
        let part = |header: &str| ByteRange::parse(header)?.of(1000).map(|p| (p.first, p.last));
        for (header, expected) in [
            ("bytes=500-", Some((500, 999))),
            ("bytes=0-0", Some((0, 0))),
            ("bytes=0-999", Some((0, 999))),
            ("bytes=990-5000", Some((990, 999))),
            ("bytes=-1", Some((999, 999))),
            ("bytes=-5000", Some((0, 999))),
            (" bytes= 7 - 8 ", Some((7, 8))),
            // Beyond the end.
            ("bytes=1000-", None),
            ("bytes=99999999999999999999-", None),
            ("bytes=-0", None),
            // Ignored.
            ("bytes=0-", None),
            ("bytes=9-8", None),
            ("bytes=1-2,5-6", None),
            ("bytes=", None),
            ("bytes=-", None),
            ("bytes=+1-", None),
            ("lines=1-2", None),
        ] {
            assert_eq!(part(header), expected, "{header}");
        }
        assert_eq!(ByteRange::Last(5).of(0), None);
        // To be told apart: a range beyond the end is refused, one that makes no sense is ignored.
        assert!(ByteRange::parse("bytes=1000-").is_some() && ByteRange::parse("bytes=9-8").is_none());
    }
}
