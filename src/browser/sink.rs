//! Where a strip's fragment goes in a browser: to the page, piece by piece.

use js_sys::{Function, Uint8Array};
use wasm_bindgen::JsValue;

use crate::render::{SinkError, StripSink};

/// Hands bytes and progress to the page's callbacks.
pub struct PageSink {
    /// Called with a `Uint8Array` of its own for each piece of the fragment.
    pub on_bytes: Function,
    /// Called with the tiles done and missing so far; `false` as its answer stops the strip.
    pub on_tile: Function,
    pub tiles_done: u32,
    pub tiles_missing: u32,
}

impl StripSink for PageSink {
    async fn tile_done(&mut self, missing: bool) -> Result<(), SinkError> {
        self.tiles_done += 1;
        self.tiles_missing += u32::from(missing);
        let (done, missing) = (JsValue::from(self.tiles_done), JsValue::from(self.tiles_missing));
        match self.on_tile.call2(&JsValue::NULL, &done, &missing) {
            Ok(answer) if answer == JsValue::FALSE => Err(SinkError::Stopped),
            Ok(_) => Ok(()),
            Err(_) => Err(SinkError::Storage),
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let bytes = Uint8Array::from(bytes);
        self.on_bytes.call1(&JsValue::NULL, &bytes).map(drop).map_err(|_| SinkError::Storage)
    }
}
