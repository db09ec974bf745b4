//! A body that is sent while it comes into being: stored chunks are piped through without touching wasm memory.

use std::ops::Range;
use std::pin::pin;

use futures_util::future::{Either, select};
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, StreamPipeOptions, TransformStream, WritableStream};
use worker::worker_sys::FixedLengthStream;

use crate::edge::chunk_store::Found;
use crate::edge::clock::sleep_ms;
use crate::edge::error::EdgeError;
use crate::job::ClaimedChunk;

#[allow(unsafe_code, reason = "what wasm-bindgen makes of an extern block")]
mod runtime {
    use super::{TransformStream, wasm_bindgen};
    use wasm_bindgen::JsValue;

    #[wasm_bindgen]
    extern "C" {
        /// A pipe whose two ends are the runtime's own, so that nothing is copied through JavaScript.
        #[wasm_bindgen(extends = TransformStream)]
        pub type IdentityTransformStream;

        #[wasm_bindgen(constructor, catch)]
        pub fn new() -> Result<IdentityTransformStream, JsValue>;
    }
}

/// How often whoever gave the claim is told that the transfer goes on.
const RENEW_MS: u64 = 30_000;

/// The writing end of a response's body.
pub struct Transfer {
    writable: WritableStream,
}

impl Transfer {
    /// A body of a known length, or of an unknown one: its reading end, for the response, and its writing end.
    pub fn open(bytes: Option<u64>) -> Result<(ReadableStream, Self), EdgeError> {
        let pipe: TransformStream = match bytes {
            Some(bytes) => match u32::try_from(bytes) {
                Ok(bytes) => FixedLengthStream::new(bytes)?.unchecked_into(),
                Err(_) => FixedLengthStream::new_big_int(bytes.into())?.unchecked_into(),
            },
            None => runtime::IdentityTransformStream::new()?.unchecked_into(),
        };
        Ok((pipe.readable(), Self { writable: pipe.writable() }))
    }

    /// Sends `range` of one chunk's bytes. While it takes long, `renew` is called from time to time.
    ///
    /// # Errors
    /// [`EdgeError::TransferBroke`] when the client is gone.
    pub async fn send(
        &self,
        chunk: &ClaimedChunk,
        found: Found,
        range: Range<u64>,
        renew: impl AsyncFn() -> Result<(), EdgeError>,
    ) -> Result<(), EdgeError> {
        let sending = async {
            match found {
                Found::Bytes(bytes) => self.write(&bytes, &range).await,
                Found::Stream(stream) => {
                    if range == (0..chunk.bytes) {
                        return self.pipe(&stream).await;
                    }
                    // A chunk has a few megabytes at the most, and they stay on the runtime's side.
                    let whole = web_sys::Response::new_with_opt_readable_stream(Some(&stream))?;
                    let bytes = JsFuture::from(whole.array_buffer()?).await?;
                    self.write(&Uint8Array::new(&bytes), &range).await
                }
            }
        };
        let renewing = async {
            loop {
                sleep_ms(RENEW_MS).await;
                if let Err(error) = renew().await {
                    return error;
                }
            }
        };
        match select(pin!(sending), pin!(renewing)).await {
            Either::Left((sent, _)) => sent,
            Either::Right((lost, _)) => Err(lost),
        }
    }

    /// Ends the body: the client has all of it.
    pub async fn close(self) -> Result<(), EdgeError> {
        let closed = JsFuture::from(self.writable.close()).await;
        closed.map(drop).map_err(|_| EdgeError::TransferBroke)
    }

    /// Breaks the body off, so that nobody takes what was sent for the whole.
    ///
    /// A body of known length is then short of it and the connection is reset. One of unknown length is reset by the edge;
    /// workerd by itself ends it as if it were complete, and only the file's missing end tells.
    pub async fn abort(self) {
        // It may be broken already.
        let _ = JsFuture::from(self.writable.abort_with_reason(&"the capture failed".into())).await;
    }

    async fn write(&self, bytes: &Uint8Array, range: &Range<u64>) -> Result<(), EdgeError> {
        let at = |byte: u64| u32::try_from(byte).unwrap_or(u32::MAX);
        let writer = self.writable.get_writer()?;
        let part = bytes.subarray(at(range.start), at(range.end));
        let written = JsFuture::from(writer.write_with_chunk(&part)).await;
        writer.release_lock();
        written.map(drop).map_err(|_| EdgeError::TransferBroke)
    }

    async fn pipe(&self, from: &ReadableStream) -> Result<(), EdgeError> {
        let options = StreamPipeOptions::new();
        options.set_prevent_close(true);
        let piped = JsFuture::from(from.pipe_to_with_options(&self.writable, &options)).await;
        piped.map(drop).map_err(|_| EdgeError::TransferBroke)
    }
}
