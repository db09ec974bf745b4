//! Reading a request's body, but never more than a request can have.

use worker::Request;

use crate::edge::error::EdgeError;
use crate::edge::fetch_port::{ReadError, read_bounded};

/// The longest request: eight layers and an area take a few hundred bytes.
const BODY_BYTES: usize = 64 * 1024;

/// The body of a request.
pub async fn read(request: &mut Request) -> Result<Vec<u8>, EdgeError> {
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    read_bounded(request.stream()?, BODY_BYTES).await.map_err(|error| match error {
        ReadError::Broken => EdgeError::TransferBroke,
        ReadError::TooLong => EdgeError::BodyTooLarge { limit: BODY_BYTES },
    })
}
