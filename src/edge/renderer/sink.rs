//! Where a strip's fragment goes: into the chunk store, piece by piece.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use worker::Env;

use crate::edge::chunk_store::ChunkStore;
use crate::edge::digest;
use crate::edge::error::EdgeError;
use crate::edge::lane_client::Work;
use crate::edge::renderer::gate;
use crate::job::{CaptureId, ChunkState, Piece};
use crate::render::{SinkError, StripSink};

/// A piece is stored when it has reached this size: small enough to send again, large enough to be few.
const PIECE_BYTES: u32 = 4 << 20;

thread_local! {
    /// Buffers for pieces that nobody fills: a fresh one for each strip would have to be cleared and collected.
    static BUFFERS: RefCell<Vec<Uint8Array>> = const { RefCell::new(Vec::new()) };
}

/// What the heartbeat and the sink tell each other.
#[derive(Default)]
pub struct Signals {
    /// Tiles in place so far.
    pub tiles_done: Cell<u32>,
    /// Tiles missing so far.
    pub tiles_missing: Cell<u32>,
    /// Set when the strip is not wanted any more.
    pub stopped: Cell<bool>,
}

/// Stores one strip.
pub struct ChunkSink {
    chunks: ChunkStore,
    ttl_s: u64,
    capture: CaptureId,
    strip: u32,
    /// The piece that is being filled, on the runtime's side; it has [`PIECE_BYTES`].
    buffer: Uint8Array,
    filled_bytes: u32,
    pieces: Vec<Piece>,
    /// The piece that is being stored while rendering goes on.
    under_way: Option<JsFuture>,
    signals: Rc<Signals>,
}

impl ChunkSink {
    pub fn new(env: &Env, work: &Work, signals: Rc<Signals>) -> Result<Self, EdgeError> {
        Ok(Self {
            chunks: ChunkStore::open(env)?,
            ttl_s: work.chunk_ttl_s,
            capture: work.grant.at.capture.clone(),
            strip: work.grant.at.strip,
            buffer: BUFFERS
                .with_borrow_mut(Vec::pop)
                .unwrap_or_else(|| Uint8Array::new_with_length(PIECE_BYTES)),
            filled_bytes: 0,
            pieces: Vec::new(),
            under_way: None,
            signals,
        })
    }

    /// Stores what is left; all pieces are in the store then.
    pub async fn finish(&mut self) -> Result<(), SinkError> {
        self.store().await?;
        self.settle().await
    }

    /// What was stored so far, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Deletes what was stored: nobody will ever fetch it.
    pub async fn discard(&mut self) {
        // A put under way would only come after the delete.
        let _ = self.settle().await;
        for piece in std::mem::take(&mut self.pieces) {
            // What stays behind goes by itself when its time in the store is over.
            let _ = self.chunks.delete(&piece.key).await;
        }
    }

    /// Begins to store the buffer as a piece under a fresh key.
    async fn store(&mut self) -> Result<(), SinkError> {
        let length = std::mem::take(&mut self.filled_bytes);
        if length == 0 {
            return Ok(());
        }
        self.settle().await?;
        let shared = self.buffer.slice(0, length);
        let random = digest::random_128().map_err(|_| SinkError::Storage)?;
        let key = ChunkStore::key(&self.capture, self.strip, self.pieces.len(), random);
        let sha256 = digest::sha256_hex(&shared).await.map_err(|_| SinkError::Storage)?;
        self.pieces.push(Piece { key: key.clone(), bytes: length.into(), sha256, state: ChunkState::Ready });
        let (chunks, ttl_s) = (self.chunks.clone(), self.ttl_s);
        self.under_way = Some(JsFuture::from(future_to_promise(async move {
            match chunks.put(&key, &shared, ttl_s).await {
                Ok(()) => Ok(JsValue::UNDEFINED),
                Err(error) => Err(JsValue::from_str(&error.to_string())),
            }
        })));
        Ok(())
    }

    /// Waits for the piece under way.
    async fn settle(&mut self) -> Result<(), SinkError> {
        match self.under_way.take() {
            Some(put) => put.await.map(drop).map_err(|_| SinkError::Storage),
            None => Ok(()),
        }
    }
}

impl Drop for ChunkSink {
    fn drop(&mut self) {
        BUFFERS.with_borrow_mut(|buffers| buffers.push(self.buffer.clone()));
    }
}

impl StripSink for ChunkSink {
    async fn tile_done(&mut self, missing: bool) -> Result<(), SinkError> {
        let signals = &self.signals;
        signals.tiles_done.set(signals.tiles_done.get() + 1);
        signals.tiles_missing.set(signals.tiles_missing.get() + u32::from(missing));
        gate::pause().await;
        if self.signals.stopped.get() { Err(SinkError::Stopped) } else { Ok(()) }
    }

    fn is_wanted(&self) -> bool {
        !self.signals.stopped.get()
    }

    async fn write(&mut self, mut bytes: &[u8]) -> Result<(), SinkError> {
        gate::pause().await;
        if self.signals.stopped.get() {
            return Err(SinkError::Stopped);
        }
        while !bytes.is_empty() {
            let room = (PIECE_BYTES - self.filled_bytes) as usize;
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            let end = self.filled_bytes + now.len() as u32;
            self.buffer.subarray(self.filled_bytes, end).copy_from(now);
            self.filled_bytes = end;
            bytes = later;
            if end == PIECE_BYTES {
                self.store().await?;
            }
        }
        Ok(())
    }
}
