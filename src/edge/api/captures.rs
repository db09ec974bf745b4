//! Planning, queueing, asking, giving up.

use serde_json::{Value, json};
use worker::{Env, Request, Response, ResponseBuilder};

use crate::edge::api::body;
use crate::edge::api::client::client;
use crate::edge::catalogue::{self, Described};
use crate::edge::error::EdgeError;
use crate::edge::fetch::{EdgeTiles, Keys};
use crate::edge::lane_client::LaneClient;
use crate::edge::{config, digest};
use crate::job::{CaptureId, CaptureRequest, Enqueued, JobSpec, NewCapture, RequestError};
use crate::render::{OutputGrid, Plan, PlanSpec, plan_with_sample};
use crate::source::{Source, SourceId};

/// The longest Idempotency-Key.
const KEY_CHARS: usize = 200;

/// `POST /api/plan`: what a request would give, nothing queued.
pub async fn plan(request: Request, env: &Env) -> Result<Response, EdgeError> {
    let contact = config::contact(env, &request);
    let request = CaptureRequest::parse(&body::read(&request).await?)?;
    let plan = make_plan(env, &request, contact).await?;
    Ok(ResponseBuilder::new().with_header("Cache-Control", "no-store")?.from_json(&plan.summary())?)
}

/// `POST /api/captures`: into the queue.
pub async fn create(request: Request, env: &Env) -> Result<Response, EdgeError> {
    let key = idempotency_key(&request)?;
    let contact = config::contact(env, &request);
    let capture = CaptureRequest::parse(&body::read(&request).await?)?;
    let (Enqueued { id, ticket, state, position, eta_ms, .. }, plan) =
        enqueue(env, &capture, contact, client(&request)?, key).await?;
    let answer = json!({
        "id": id,
        "ticket": ticket,
        "state": state,
        "position": position,
        "eta_ms": eta_ms,
        "plan": plan.summary(),
        "links": links(&id),
    });
    Ok(ResponseBuilder::new()
        .with_status(202)
        .with_header("Location", &format!("/api/captures/{id}"))?
        .with_header("Cache-Control", "no-store")?
        .from_json(&answer)?)
}

/// `GET /api/captures/{id}`: how it stands.
pub async fn status(env: &Env, id: CaptureId) -> Result<Response, EdgeError> {
    let status = LaneClient::new(env.clone(), id.lane().clone()).status(&id).await?;
    // The lane's object goes out as it is, with one more field before its others.
    let fields = status.strip_prefix('{').unwrap_or("}");
    let body = format!("{{\"links\":{},{fields}", links(&id));
    let builder = ResponseBuilder::new().with_header("Cache-Control", "no-store")?;
    Ok(builder.with_header("Content-Type", "application/json")?.fixed(body.into_bytes()))
}

/// `DELETE /api/captures/{id}`: not wanted any more.
pub async fn cancel(env: &Env, id: CaptureId) -> Result<Response, EdgeError> {
    LaneClient::new(env.clone(), id.lane().clone()).cancel(&id).await?;
    Ok(ResponseBuilder::new().with_status(204).empty())
}

/// `GET /api/captures/{id}/socket`: how it stands, as it changes.
pub async fn socket(request: Request, env: &Env, id: CaptureId) -> Result<Response, EdgeError> {
    let upgrade = request.headers().get("Upgrade")?.unwrap_or_default();
    if !upgrade.eq_ignore_ascii_case("websocket") {
        return Err(EdgeError::Header { name: "Upgrade", reason: "must be websocket" });
    }
    LaneClient::new(env.clone(), id.lane().clone()).socket(&id, &request).await
}

fn links(id: &CaptureId) -> Value {
    let this = format!("/api/captures/{id}");
    json!({ "self": this, "socket": format!("{this}/socket"), "image": format!("{this}/image") })
}

/// Joins the two halves of the core: a checked request, and the plan of its image.
async fn make_plan(env: &Env, request: &CaptureRequest, contact: String) -> Result<Plan, EdgeError> {
    let ids: Vec<&str> = request.sources().collect();
    let catalogue = catalogue::with(env, Described::Of(&ids), &contact).await?;
    let resolved = request.resolve(&catalogue)?;
    let limits = config::limits(env, resolved.layers.first().map(|base| &base.source));
    let spec = PlanSpec {
        area: resolved.area,
        scale: resolved.scale,
        output_grid: OutputGrid::asked(resolved.grid, resolved.crs),
        layers: resolved.layers,
        resampling: resolved.resampling,
        output: resolved.output,
        on_missing: resolved.on_missing,
        sample_tile: None,
    };
    let tiles = EdgeTiles::new(env.clone(), Keys::OfThisScript, None, contact);
    Ok(plan_with_sample(spec, &limits, &tiles).await?)
}

/// Plans a capture and puts it into its lane's queue. `contact` is what sources are told of who asks.
pub async fn enqueue(
    env: &Env,
    request: &CaptureRequest,
    contact: String,
    client: String,
    key: Option<String>,
) -> Result<(Enqueued, Plan), EdgeError> {
    let plan = make_plan(env, request, contact.clone()).await?;
    let lane =
        SourceId::new(request.base_source()).map_err(|source| RequestError::Source { index: 0, source })?;
    let capture = NewCapture {
        id: CaptureId::new(lane.clone(), digest::random_128()?),
        client,
        idempotency: key.map(|key| (key, request.canonical())),
        job: JobSpec {
            sources: plan.sources().map(|source| source.id().clone()).collect(),
            secrets: plan.sources().flat_map(Source::key_names).map(str::to_owned).collect(),
            contact,
            summary: serde_json::to_value(plan.summary())?,
            pixels: plan.window().pixels(),
            strip_tiles: plan.strip_tiles().to_vec(),
            media_type: plan.encoding().format().media_type().to_owned(),
            file_name: plan.file_name(),
            plan: serde_json::to_string(&plan)?,
        },
        head: digest::inline_chunk(plan.encoding().head()),
    };
    let enqueued = LaneClient::new(env.clone(), lane).enqueue(capture).await?;
    Ok((enqueued, plan))
}

fn idempotency_key(request: &Request) -> Result<Option<String>, EdgeError> {
    let Some(key) = request.headers().get("Idempotency-Key")? else { return Ok(None) };
    let fits = !key.is_empty() && key.len() <= KEY_CHARS && key.bytes().all(|b| (0x21..0x7f).contains(&b));
    if fits {
        Ok(Some(key))
    } else {
        Err(EdgeError::Header {
            name: "Idempotency-Key",
            reason: "must be 1 to 200 visible ASCII characters",
        })
    }
}
