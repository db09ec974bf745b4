//! XML as map servers send it: exception reports and capabilities.
//!
//! A scanner of our own: what is read is small and known, what comes in is hostile, and a general parser would be a good
//! part of the module.

mod element;
mod scanner;
mod text;

pub use element::Element;
pub use scanner::{Event, Scanner, XmlError};
pub(in crate::source) use text::decoded;
