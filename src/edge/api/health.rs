//! Is it alive, what is it, and how much is there to do?

use futures_util::future::{join, join_all};
use serde::{Deserialize, Serialize};
use serde_json::json;
use worker::{Env, Request, Response, ResponseBuilder};

use crate::edge::error::EdgeError;
use crate::edge::lane_client::{self, LaneClient};
use crate::edge::{binding, config};
use crate::source::SourceId;

/// What the build wrote down about the module.
#[derive(Serialize, Deserialize)]
struct Module {
    sha256: String,
    bytes: u64,
}

/// `GET /api/health`: with `queue=all` asks all lanes, else those that this instance has had to do with, so that looking after
/// the service wakes no object.
pub async fn get(request: Request, env: &Env) -> Result<Response, EdgeError> {
    let all = request.inner().url().ends_with("?queue=all");
    // The catalogue is not needed for a first answer, and reading it takes longer than all the rest.
    let asked: Vec<SourceId> = match all {
        true => config::catalogue(env)?.enabled().map(|source| source.id().clone()).collect(),
        false => lane_client::known(),
    };
    let depths = asked.into_iter().map(|id| async move {
        let depth = LaneClient::new(env.clone(), id.clone()).depth().await;
        (id.to_string(), depth.ok())
    });
    let (depths, module) = join(join_all(depths), module(env)).await;
    let mut queue = serde_json::Map::new();
    queue.extend(depths.into_iter().map(|(lane, depth)| (lane, json!(depth))));
    let answer = json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "wasm": module,
        "queue": queue,
    });
    Ok(ResponseBuilder::new().with_header("Cache-Control", "no-store")?.from_json(&answer)?)
}

/// The digest of the module: the file that the page downloads is the one that runs here.
async fn module(env: &Env) -> Option<Module> {
    let assets = env.assets(binding::ASSETS).ok()?;
    let mut response = assets.fetch("http://assets/module.json", None).await.ok()?;
    (response.status_code() == 200).then_some(())?;
    response.json().await.ok()
}
