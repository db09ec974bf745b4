//! Reading what a source answers, but never more than it may be.

use js_sys::Uint8Array;
use web_sys::Response;

use crate::edge::clock::now_ms;
use crate::edge::fetch::bounded_body::{ReadError, read_bounded, read_declared};
use crate::host_bytes::HostBytes;
use crate::source::{FetchError, retry_after_ms};

/// What came.
pub struct Read {
    pub status: u16,
    pub body: HostBytes,
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
    let redirects = (300..400).contains(&status);
    if redirects || declared.is_some_and(|length| length > limit_bytes) {
        // What is still on its way is not wanted; that it cannot be told so is no matter.
        drop(response.body().map(|stream| stream.cancel()));
        return Err(if redirects { FetchError::Redirect } else { FetchError::TooLarge { limit_bytes } });
    }
    // The length holds for the body only where nothing is unpacked on the way.
    let read = if declared.is_some() && header("Content-Encoding").is_none() {
        read_declared(response).await
    } else if let Some(stream) = response.body() {
        read_bounded(&stream, limit_bytes).await
    } else {
        Ok(Uint8Array::new_with_length(0))
    };
    let body = read.map(HostBytes).map_err(|error| match error {
        ReadError::Broken => FetchError::Network,
        ReadError::TooLong => FetchError::TooLarge { limit_bytes },
    })?;
    Ok(Read { status, body, retry_after_ms })
}
