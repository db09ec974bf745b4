//! What HTTP can ask for (docs/protocol.md).

mod body;
mod captures;
mod client;
mod delivery;
mod health;
mod sources;
mod tile_quota;
mod tiles;
mod transfer;

use std::future::ready;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use worker::{Context, Env, Method, Request, Response};

use crate::edge::error::EdgeError;
use crate::edge::problem;
use crate::job::{CaptureId, JobError};

/// An answer that is being made. On the heap and without its type, each kind is a function of its own: what a first request does not
/// need is not compiled for it.
type Answering<'a> = LocalBoxFuture<'a, Result<Response, EdgeError>>;

/// Answers a request; a fault becomes a problem.
pub async fn answer(request: Request, env: Env, ctx: Context) -> worker::Result<Response> {
    let answer = match route(request, &env, &ctx) {
        Ok(answering) => answering.await,
        Err(error) => Err(error),
    };
    answer.or_else(|error| problem::answer(&error))
}

fn route<'a>(request: Request, env: &'a Env, ctx: &'a Context) -> Result<Answering<'a>, EdgeError> {
    let path = request.path();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let method = request.method();
    let refuse = |allowed| Err(EdgeError::Method { path: path.clone(), method: method.to_string(), allowed });
    Ok(match segments.as_slice() {
        ["api", "health"] => match method {
            Method::Get => health::get(request, env).boxed_local(),
            _ => return refuse("GET"),
        },
        ["api", "sources"] => match method {
            Method::Get => sources::list(request, env).boxed_local(),
            _ => return refuse("GET"),
        },
        ["api", "grids"] => match method {
            Method::Get => ready(sources::grids()).boxed_local(),
            _ => return refuse("GET"),
        },
        ["api", "sources", "check"] => match method {
            Method::Post => sources::check(request, env).boxed_local(),
            _ => return refuse("POST"),
        },
        ["api", "plan"] => match method {
            Method::Post => captures::plan(request, env).boxed_local(),
            _ => return refuse("POST"),
        },
        ["api", "image"] => match method {
            Method::Get => delivery::image_in_one_call(request, env, ctx).boxed_local(),
            _ => return refuse("GET"),
        },
        ["api", "captures"] => match method {
            Method::Post => captures::create(request, env).boxed_local(),
            _ => return refuse("POST"),
        },
        ["api", "captures", id] => match method {
            Method::Get => captures::status(env, capture_id(env, id)?).boxed_local(),
            Method::Delete => captures::cancel(env, capture_id(env, id)?).boxed_local(),
            _ => return refuse("GET, DELETE"),
        },
        ["api", "captures", id, "socket"] => match method {
            Method::Get => captures::socket(request, env, capture_id(env, id)?).boxed_local(),
            _ => return refuse("GET"),
        },
        ["api", "captures", id, "image"] => match method {
            Method::Get => delivery::image(request, env, ctx, capture_id(env, id)?).boxed_local(),
            _ => return refuse("GET"),
        },
        ["api", "captures", id, "chunks", index] => {
            let index = index.parse().map_err(|_| EdgeError::NoSuchPath { path: path.clone() })?;
            match method {
                Method::Get => delivery::chunk(env, ctx, capture_id(env, id)?, index).boxed_local(),
                Method::Delete => delivery::acknowledge(env, capture_id(env, id)?, index).boxed_local(),
                _ => return refuse("GET, DELETE"),
            }
        }
        ["tiles", _, ..] => match method {
            Method::Get => tiles::get(request, env, path).boxed_local(),
            _ => return refuse("GET"),
        },
        _ => return Err(EdgeError::NoSuchPath { path }),
    })
}

/// A capture's name from a path. One whose lane is not even in the catalogue is unknown without asking anybody.
fn capture_id(env: &Env, text: &str) -> Result<CaptureId, EdgeError> {
    let id = CaptureId::parse(text).ok_or(JobError::UnknownCapture)?;
    if super::config::catalogue(env)?.names(id.lane().as_str()) {
        Ok(id)
    } else {
        Err(JobError::UnknownCapture.into())
    }
}
