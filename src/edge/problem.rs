//! The one place where an error becomes an answer: `application/problem+json` (RFC 9457).

use serde::Serialize;
use worker::{Response, ResponseBuilder, console_error};

use crate::edge::error::EdgeError;
use crate::fault::{Explain, FaultClass};
use crate::job::JobError;

#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    code: &'a str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

const fn status(class: FaultClass) -> (u16, &'static str) {
    match class {
        FaultClass::Caller => (400, "Bad request"),
        FaultClass::Forbidden => (403, "Forbidden"),
        FaultClass::NotFound => (404, "Not found"),
        FaultClass::Method => (405, "Method not allowed"),
        FaultClass::Conflict => (409, "Conflict"),
        FaultClass::Gone => (410, "Gone"),
        FaultClass::TooLarge => (413, "Content too large"),
        FaultClass::Range => (416, "Range not satisfiable"),
        FaultClass::Unprocessable => (422, "Unprocessable content"),
        FaultClass::TooMuch => (429, "Too many requests"),
        FaultClass::Source => (502, "Source failed"),
        FaultClass::Busy => (503, "Busy"),
        FaultClass::Internal => (500, "Internal error"),
    }
}

/// The answer to a request that failed.
pub fn answer(error: &EdgeError) -> worker::Result<Response> {
    let fault = error.fault();
    let (status, title) = status(fault.class);
    if fault.class == FaultClass::Internal {
        console_error!("{error}");
    }
    let detail = match error {
        // What the runtime says may hold what is nobody's business.
        EdgeError::Runtime(_) => "something went wrong on our side".to_owned(),
        error => error.to_string(),
    };
    let problem = Problem {
        kind: "about:blank",
        title,
        status,
        code: fault.code,
        detail,
        field: fault.field,
        value: fault.value,
        limit: fault.limit,
        retry_after_ms: fault.retry_after_ms,
    };
    let mut builder = ResponseBuilder::new()
        .with_status(status)
        .with_header("Content-Type", "application/problem+json")?
        .with_header("Cache-Control", "no-store")?;
    if let Some(ms) = fault.retry_after_ms {
        builder = builder.with_header("Retry-After", &ms.div_ceil(1000).to_string())?;
    }
    if let EdgeError::Job(JobError::NoSuchPart { total }) = error {
        builder = builder.with_header("Content-Range", &format!("bytes */{total}"))?;
    }
    if let EdgeError::Method { allowed, .. } = error {
        builder = builder.with_header("Allow", allowed)?;
    }
    Ok(builder.fixed(serde_json::to_vec(&problem)?))
}
