//! What a source's answer is, judged by its bytes: neither a status nor a content type is believed.
//!
//! Map servers say with status 200 that a key is wrong (WMS 1.3.0 annex E: an XML report is an answer like any other),
//! and with 404 that there is nothing to see at a place.

mod content;
mod judge;
mod marks;
mod report;
mod words;

pub use content::Content;
pub use judge::{Answer, AnswerBytes, AnswerRules};
pub use marks::{Marks, MarksEntry};
pub use report::{Exception, Report};
pub(in crate::source) use words::{hide, short};
