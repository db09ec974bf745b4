//! Reading what a source answers, but never more than it may be.

use std::borrow::Cow;

use js_sys::Uint8Array;
use web_sys::Response;

use crate::edge::clock::now_ms;
use crate::edge::fetch::bounded_body::{ReadError, read_bounded, read_declared};
use crate::render::TileBody;
use crate::source::{AnswerBytes, FetchError, retry_after_ms};

/// A source's bytes on the runtime's side.
#[derive(Clone)]
pub struct EdgeBody(pub(super) Uint8Array);

/// What came.
pub struct Read {
    pub status: u16,
    pub body: EdgeBody,
    /// How long the source wants to be left alone.
    pub retry_after_ms: Option<u64>,
}

/// Reads an answer of any status.
pub async fn read(response: &Response, limit_bytes: usize) -> Result<Read, FetchError> {
    let status = response.status();
    let headers = response.headers();
    let header = |name: &str| headers.get(name).ok().flatten();
    // Successful answers have nothing to say of that.
    let retry_after_ms = if status < 400 {
        None
    } else {
        header("Retry-After").and_then(|text| retry_after_ms(&text, now_ms()))
    };
    let declared = header("Content-Length").and_then(|length| length.parse::<usize>().ok());
    let Some(stream) = response.body() else {
        return Ok(Read { status, body: EdgeBody(Uint8Array::new_with_length(0)), retry_after_ms });
    };
    if (300..400).contains(&status) || declared.is_some_and(|length| length > limit_bytes) {
        // What is still on its way is not wanted; that it cannot be told so is no matter.
        drop(stream.cancel());
        return Err(if (300..400).contains(&status) {
            FetchError::Redirect
        } else {
            FetchError::TooLarge { limit_bytes }
        });
    }
    // The length holds for the body only where nothing is unpacked on the way.
    let read = if declared.is_some() && header("Content-Encoding").is_none() {
        read_declared(response).await
    } else {
        read_bounded(&stream, limit_bytes).await
    };
    let body = read.map(EdgeBody).map_err(|error| match error {
        ReadError::Broken => FetchError::Network,
        ReadError::TooLong => FetchError::TooLarge { limit_bytes },
    })?;
    Ok(Read { status, body, retry_after_ms })
}

impl TileBody for EdgeBody {
    fn length_bytes(&self) -> usize {
        self.0.length() as usize
    }

    fn read(&self) -> Result<Vec<u8>, FetchError> {
        let mut bytes = Vec::new();
        let length = TileBody::length_bytes(self);
        bytes.try_reserve_exact(length).map_err(|_| FetchError::OutOfMemory { bytes: length })?;
        bytes.resize(length, 0);
        self.0.copy_to(&mut bytes);
        Ok(bytes)
    }
}

impl AnswerBytes for EdgeBody {
    fn length_bytes(&self) -> usize {
        self.0.length() as usize
    }

    fn first(&self, most_bytes: usize) -> Cow<'_, [u8]> {
        let most = u32::try_from(most_bytes).unwrap_or(u32::MAX).min(self.0.length());
        Cow::Owned(self.0.subarray(0, most).to_vec())
    }
}
