//! The one place where an error becomes a JavaScript error: its message in words, its `code` stable.

use js_sys::{Error, Reflect};
use wasm_bindgen::JsValue;

use crate::fault::Explain;

/// A JavaScript `Error` with the fields `code`, `field`, `value` and `limit` of a problem (docs/protocol.md).
pub fn js_error(error: &impl Explain) -> JsValue {
    let fault = error.fault();
    let js = Error::new(&error.to_string());
    let set = |name: &str, value: Option<&str>| {
        // Setting a field of a fresh object does not fail.
        let _ = Reflect::set(&js, &name.into(), &value.map_or(JsValue::UNDEFINED, JsValue::from_str));
    };
    set("code", Some(fault.code));
    set("field", fault.field.as_deref());
    set("value", fault.value.as_deref());
    set("limit", fault.limit.as_deref());
    js.into()
}
