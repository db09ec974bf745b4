//! The edge shell: the Worker that answers HTTP, the Lane object that keeps a queue, the Renderer object that renders.
//!
//! Thin: it joins the pure modules to the runtime and decides nothing that they can decide. Compiled for wasm32 only.
//!
//! - `api`: what HTTP can ask for, one file per kind of thing; `problem` is the only place that turns errors into answers;
//! - `lane`: the Lane object, its storage and its sockets;
//! - `renderer`: the Renderer object, its loop, where its tiles come from and where its fragments go.

mod api;
mod binding;
mod catalogue;
mod chunk_store;
mod clock;
mod config;
mod digest;
mod earth;
mod error;
mod fetch;
mod lane;
mod lane_client;
mod message;
mod problem;
mod renderer;

use worker::{Context, Env, Request, Response, event};

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// Answers a request that no static file matched.
#[event(fetch)]
async fn fetch(request: Request, env: Env, ctx: Context) -> worker::Result<Response> {
    api::answer(request, env, ctx).await
}
