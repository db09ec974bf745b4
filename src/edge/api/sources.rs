//! The catalogue, as callers may see it.

use worker::{Env, Response, ResponseBuilder};

use crate::edge::config;
use crate::edge::error::EdgeError;

/// `GET /api/sources`.
pub fn list(env: &Env) -> Result<Response, EdgeError> {
    let catalogue = config::catalogue(env)?;
    Ok(ResponseBuilder::new().with_header("Cache-Control", "no-cache")?.from_json(&catalogue.public())?)
}
