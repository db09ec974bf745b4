//! The chunk store: Workers KV, which carries bytes and decides nothing.
//!
//! Keys are random and never used twice, and none is read before the lane says that it is ready, for KV remembers for a
//! while what it did not find.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::ReadableStream;
use worker::Env;
use worker::kv::{KvError, KvStore, ToRawKvValue};

use crate::edge::clock::{sleep_ms, within_ms};
use crate::edge::error::EdgeError;
use crate::edge::{binding, config};
use crate::job::{CaptureId, ChunkSource};

/// How long one operation may take.
const TIMEOUT_MS: u64 = 30_000;

/// A chunk that the lane calls ready may not be visible here yet: it is looked for again after waits, these parts of the
/// patience that there is.
const LOOK_AGAIN: [u64; 4] = [1, 4, 15, 40];

/// A put that fails is repeated after these waits: the store takes one write a second for a key.
const PUT_AGAIN_MS: [u64; 2] = [1_200, 2_500];

/// The chunk store.
#[derive(Clone)]
pub struct ChunkStore {
    kv: KvStore,
    patience_ms: u64,
}

/// A chunk's bytes, wherever they were.
pub enum Found {
    /// At hand.
    Bytes(Uint8Array),
    /// As they come from the store.
    Stream(ReadableStream),
}

/// Bytes on the runtime's side, to be stored as they are.
struct Raw(ArrayBuffer);

impl ToRawKvValue for Raw {
    fn raw_kv_value(&self) -> Result<JsValue, KvError> {
        Ok(self.0.clone().into())
    }
}

impl ChunkStore {
    pub fn open(env: &Env) -> Result<Self, EdgeError> {
        Ok(Self { kv: env.kv(binding::CHUNKS)?, patience_ms: config::chunk_patience_ms(env) })
    }

    /// A key for piece `index` of a strip; `random` makes it new and impossible to guess.
    pub fn key(capture: &CaptureId, strip: u32, index: usize, random: u128) -> String {
        format!("c/{capture}/{strip}/{index}-{random:032x}")
    }

    /// Stores bytes, trying again when that fails: the key is nobody else's and the bytes are the same. They expire by themselves after `ttl_s`, should the lane lose sight of them.
    pub async fn put(&self, key: &str, bytes: &Uint8Array, ttl_s: u64) -> Result<(), EdgeError> {
        let put = || async {
            let put = self.kv.put(key, Raw(bytes.buffer())).map_err(worker::Error::from)?;
            self.bounded(put.expiration_ttl(ttl_s).execute()).await
        };
        for wait_ms in PUT_AGAIN_MS {
            if put().await.is_ok() {
                return Ok(());
            }
            sleep_ms(wait_ms).await;
        }
        put().await
    }

    /// The bytes of a chunk.
    ///
    /// # Errors
    /// [`EdgeError::ChunkLost`] when the store does not have it, even after a while.
    pub async fn find(&self, source: &ChunkSource) -> Result<Found, EdgeError> {
        match source {
            ChunkSource::Inline(bytes) => Ok(Found::Bytes(Uint8Array::from(&**bytes))),
            ChunkSource::Stored(key) => Ok(Found::Stream(self.stream(key).await?)),
        }
    }

    /// The bytes of a key as a stream that never touches wasm memory.
    ///
    /// # Errors
    /// [`EdgeError::ChunkLost`] when it is not there, even after a while.
    async fn stream(&self, key: &str) -> Result<ReadableStream, EdgeError> {
        for part in LOOK_AGAIN {
            // What fails now may work then.
            if let Ok(Some(stream)) = self.bounded(self.kv.get(key).stream()).await {
                return Ok(stream);
            }
            sleep_ms(self.patience_ms * part / LOOK_AGAIN.iter().sum::<u64>()).await;
        }
        self.bounded(self.kv.get(key).stream()).await?.ok_or(EdgeError::ChunkLost)
    }

    /// Deletes a key; one that is not there is deleted already.
    pub async fn delete(&self, key: &str) -> Result<(), EdgeError> {
        self.bounded(self.kv.delete(key)).await
    }

    async fn bounded<T>(&self, work: impl Future<Output = Result<T, KvError>>) -> Result<T, EdgeError> {
        let done = within_ms(TIMEOUT_MS, work).await;
        let done = done.ok_or(EdgeError::Silent { what: "chunk store", limit_ms: TIMEOUT_MS })?;
        Ok(done.map_err(worker::Error::from)?)
    }
}
