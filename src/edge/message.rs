//! The requests that one script's object sends to another's.

use serde::Serialize;
use wasm_bindgen::JsValue;
use worker::Request;

use crate::edge::error::EdgeError;

/// A message as JSON. Made by the runtime's own constructor: the SDK's carries all of Cloudflare's caching options.
pub fn post_json(address: &str, message: &impl Serialize) -> Result<Request, EdgeError> {
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(&serde_json::to_string(message)?));
    Ok(web_sys::Request::new_with_str_and_init(address, &init)?.into())
}
