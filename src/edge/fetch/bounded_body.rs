//! Bodies of requests and answers, never more of them than is allowed, and kept on the runtime's side: the module's own
//! memory is small.

use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader, Response};

/// Why a body was not read to its end.
pub enum ReadError {
    /// It broke.
    Broken,
    /// It has more than was allowed.
    TooLong,
}

/// Reads a body whose length was declared and is within bounds, in one call.
pub async fn read_declared(response: &Response) -> Result<Uint8Array, ReadError> {
    let broken = |_: JsValue| ReadError::Broken;
    let buffer = JsFuture::from(response.array_buffer().map_err(broken)?).await.map_err(broken)?;
    Ok(Uint8Array::new(&buffer.unchecked_into::<ArrayBuffer>()))
}

/// Reads a body of unknown length to its end, but never more than `limit_bytes`.
pub async fn read_bounded(stream: &ReadableStream, limit_bytes: usize) -> Result<Uint8Array, ReadError> {
    let broken = |_: JsValue| ReadError::Broken;
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let (mut pieces, mut length) = (Vec::new(), 0);
    loop {
        let read = JsFuture::from(reader.read()).await.map_err(broken)?;
        let field = |name: &str| Reflect::get(&read, &JsValue::from_str(name)).map_err(broken);
        if field("done")?.is_truthy() {
            break;
        }
        let piece: Uint8Array = field("value")?.dyn_into().map_err(broken)?;
        length += piece.length() as usize;
        if length > limit_bytes {
            // Nobody reads the rest; that it cannot be told so is no matter.
            drop(reader.cancel());
            return Err(ReadError::TooLong);
        }
        pieces.push(piece);
    }
    let whole = Uint8Array::new_with_length(u32::try_from(length).map_err(|_| ReadError::TooLong)?);
    let mut at = 0;
    for piece in pieces {
        whole.set(&piece, at);
        at += piece.length();
    }
    Ok(whole)
}
