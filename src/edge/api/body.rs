//! Reading a request's body, but never more than a request can have.

use worker::Request;

use crate::edge::error::EdgeError;
use crate::edge::fetch::bounded_body::{ReadError, read_bounded};

/// The longest request: eight layers and an area take a few hundred bytes.
const BODY_BYTES: usize = 64 * 1024;

/// The body of a request.
pub async fn read(request: &Request) -> Result<Vec<u8>, EdgeError> {
    let Some(stream) = request.inner().body() else { return Ok(Vec::new()) };
    let body = read_bounded(&stream, BODY_BYTES).await.map_err(|error| match error {
        ReadError::Broken => EdgeError::TransferBroke,
        ReadError::TooLong => EdgeError::BodyTooLarge { limit: BODY_BYTES },
    })?;
    Ok(body.to_vec())
}
