//! The requests that one script's object sends to another's, and what comes back.

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use worker::{Request, Response};

use crate::edge::error::EdgeError;

/// A message as JSON. Made by the runtime's own constructor: the SDK's carries all of Cloudflare's caching options.
pub fn post_json(address: &str, message: &impl Serialize) -> Result<Request, EdgeError> {
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(&serde_json::to_string(message)?));
    Ok(web_sys::Request::new_with_str_and_init(address, &init)?.into())
}

/// The text of an answer, in one piece: the SDK reads every body as a stream.
pub async fn text(response: Response) -> Result<String, EdgeError> {
    let text = JsFuture::from(web_sys::Response::from(response).text()?).await?;
    text.as_string().ok_or_else(|| EdgeError::Runtime("an answer is no text".to_owned()))
}
