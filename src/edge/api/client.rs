//! Whose request it is, as far as that can be told.

use std::net::IpAddr;

use worker::Request;

use crate::edge::digest;
use crate::edge::error::EdgeError;

/// A word for the client that is the same for all of its requests and does not show its address. An IPv6 client has a whole
/// network of addresses (RFC 6177) and is known by that. Without the platform in front, all are one client.
pub fn client(request: &Request) -> Result<String, EdgeError> {
    const SHOWN: usize = 16;
    let address = request.headers().get("CF-Connecting-IP")?.unwrap_or_default();
    let network = match address.parse() {
        Ok(IpAddr::V6(address)) => format!("{:x?}", &address.segments()[..4]),
        Ok(IpAddr::V4(_)) | Err(_) => address,
    };
    let mut word = digest::inline_chunk(network.into_bytes()).sha256;
    word.truncate(SHOWN);
    Ok(word)
}
