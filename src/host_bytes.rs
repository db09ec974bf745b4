//! Bytes that a source sent, on JavaScript's side: what both shells keep outside the module's memory until their turn comes.

use std::borrow::Cow;

use js_sys::Uint8Array;

use crate::render::TileBody;
use crate::source::{AnswerBytes, FetchError};

/// Bytes on JavaScript's side.
#[derive(Clone)]
pub struct HostBytes(pub Uint8Array);

impl TileBody for HostBytes {
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

impl AnswerBytes for HostBytes {
    fn length_bytes(&self) -> usize {
        self.0.length() as usize
    }

    fn first(&self, most_bytes: usize) -> Cow<'_, [u8]> {
        let most = u32::try_from(most_bytes).unwrap_or(u32::MAX).min(self.0.length());
        Cow::Owned(self.0.subarray(0, most).to_vec())
    }
}
