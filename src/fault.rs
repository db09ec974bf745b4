//! What an error tells the world outside, whatever module it came from.
//!
//! Every error family keeps its own type beside its code; [`Explain`] is the one question the shells
//! (`edge`, `browser`) ask of all of them. The innermost module: it names no other.

use std::fmt::Display;

use serde::Serialize;

/// Whose fault an error is, which decides the HTTP status that the edge answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultClass {
    /// The request is wrong and will stay wrong (400).
    Caller,
    /// Not for this caller (403).
    Forbidden,
    /// That name does not take this method (405).
    Method,
    /// Nothing is there under that name (404).
    NotFound,
    /// Somebody else holds it right now (409).
    Conflict,
    /// It was there and is gone for good (410).
    Gone,
    /// The body is too large to read (413).
    TooLarge,
    /// None of the bytes asked for are there (416).
    Range,
    /// Understood, but it cannot be done: a limit is exceeded or the parts contradict each other (422).
    Unprocessable,
    /// This caller has asked for more than its share; the same request may work later (429).
    TooMuch,
    /// A tile source failed (502).
    Source,
    /// No room right now; the same request may work later (503).
    Busy,
    /// A fault of ours (500).
    Internal,
}

/// An error as the outside sees it: a stable code, and where known the field, its value and the limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fault {
    /// Whose fault it is.
    pub class: FaultClass,
    /// Stable and documented in docs/protocol.md.
    pub code: &'static str,
    /// Path of the offending field in the request, for example `area.radius_m`.
    pub field: Option<String>,
    /// The offending value, as text.
    pub value: Option<String>,
    /// The limit that was exceeded, as text with its unit.
    pub limit: Option<String>,
    /// After how long the same request may work.
    pub retry_after_ms: Option<u64>,
}

impl Fault {
    /// A fault with nothing but a class and a code.
    #[must_use]
    pub fn new(class: FaultClass, code: &'static str) -> Self {
        Self { class, code, field: None, value: None, limit: None, retry_after_ms: None }
    }

    /// Names the offending field.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Gives the offending value.
    #[must_use]
    pub fn value(mut self, value: impl Display) -> Self {
        self.value = Some(value.to_string());
        self
    }

    /// Gives the limit that was exceeded.
    #[must_use]
    pub fn limit(mut self, limit: impl Display) -> Self {
        self.limit = Some(limit.to_string());
        self
    }

    /// Says after how long the same request may work.
    #[must_use]
    pub fn retry_after(mut self, retry_after_ms: u64) -> Self {
        self.retry_after_ms = Some(retry_after_ms);
        self
    }

    /// Puts the field below a parent: `radius_m` within `area` is `area.radius_m`.
    #[must_use]
    pub fn within(mut self, parent: &str) -> Self {
        self.field = Some(match self.field {
            Some(field) => format!("{parent}.{field}"),
            None => parent.to_owned(),
        });
        self
    }
}

/// An error that can be shown outside. Its `Display` text is the `detail`.
pub trait Explain: Display {
    /// The outside view of this error.
    fn fault(&self) -> Fault;
}
