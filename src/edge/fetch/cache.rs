//! Answers of sources that may be kept, in the platform's cache. A cache that fails is none.

use js_sys::Uint8Array;
use worker::{Cache, ResponseBuilder};

use crate::host_bytes::HostBytes;

/// How long an answer is kept at the most.
const KEPT_S: u32 = 86_400;

/// What is kept under an address.
pub async fn get(address: &str) -> Option<HostBytes> {
    let mut kept = Cache::default().get(address, true).await.ok().flatten()?;
    let bytes = kept.bytes().await.ok()?;
    Some(HostBytes(Uint8Array::from(bytes.as_slice())))
}

/// Keeps a tile.
pub async fn put(address: &str, body: &HostBytes) {
    let builder = ResponseBuilder::new().with_header("Cache-Control", &format!("public, max-age={KEPT_S}"));
    if let Ok(builder) = builder {
        let _ = Cache::default().put(address, builder.fixed(body.0.to_vec())).await;
    }
}
