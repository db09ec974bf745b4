//! SHA-256 and random bits.

use js_sys::Uint8Array;
use sha2::{Digest, Sha256};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::edge::error::EdgeError;
use crate::job::{ChunkState, InlineChunk};

fn crypto() -> Result<web_sys::Crypto, EdgeError> {
    let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    Ok(scope.crypto()?)
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

/// A few bytes that the lane keeps itself, with their SHA-256 made on the spot: a turn has no await.
pub fn inline_chunk(bytes: Vec<u8>) -> InlineChunk {
    InlineChunk { sha256: hex(&Sha256::digest(&bytes)), bytes, state: ChunkState::Ready }
}

/// SHA-256 in hex of many bytes, by the runtime's own and much faster cryptography.
pub async fn sha256_hex(bytes: &Uint8Array) -> Result<String, EdgeError> {
    let promise = crypto()?.subtle().digest_with_str_and_js_u8_array("SHA-256", bytes)?;
    let digest: JsValue = JsFuture::from(promise).await?;
    Ok(hex(&Uint8Array::new(&digest).to_vec()))
}

/// 128 bits that nobody can guess.
pub fn random_128() -> Result<u128, EdgeError> {
    let mut bytes = [0u8; 16];
    crypto()?.get_random_values_with_u8_array(&mut bytes)?;
    Ok(u128::from_le_bytes(bytes))
}
