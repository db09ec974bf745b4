//! Fetching an image or its chunks: claimed, sent, gone.

use worker::{Context, Env, Request, Response, ResponseBuilder, console_error};

use crate::edge::api::captures;
use crate::edge::api::transfer::Transfer;
use crate::edge::chunk_store::ChunkStore;
use crate::edge::error::EdgeError;
use crate::edge::lane_client::LaneClient;
use crate::job::{CaptureId, ClaimedChunk, ClaimedImage, ImageProgress, request_from_query};

/// `GET /api/captures/{id}/chunks/{n}`: one chunk, gone once it was sent in full.
pub async fn chunk(env: &Env, ctx: &Context, id: CaptureId, index: u32) -> Result<Response, EdgeError> {
    let lane = LaneClient::new(env.clone(), id.lane().clone());
    let claimed = lane.claim_chunk(&id, index).await?;
    let (body, transfer) = Transfer::open(Some(claimed.bytes), ChunkStore::open(env)?)?;
    let response = ResponseBuilder::new()
        .with_header("Content-Type", "application/octet-stream")?
        .with_header("Content-Length", &claimed.bytes.to_string())?
        .with_header("Cache-Control", "no-store")?
        .with_header("X-Capture", &id.to_string())?
        .with_header("X-SHA256", &claimed.sha256)?
        .stream(body);
    ctx.wait_until(async move {
        let arrived = send_chunk(transfer, &claimed).await;
        if let Err(error) = lane.end_chunk(&id, &claimed, arrived).await {
            console_error!("chunk {} of {id}: {error}", claimed.index);
        }
    });
    Ok(response)
}

async fn send_chunk(transfer: Transfer, claimed: &ClaimedChunk) -> bool {
    // A chunk's claim is not renewed: a chunk that takes longer than its claim is given to the next who asks.
    match transfer.send(claimed, async || Ok(())).await {
        Ok(()) => transfer.close().await.is_ok(),
        Err(_) => {
            transfer.abort().await;
            false
        }
    }
}

/// `DELETE /api/captures/{id}/chunks/{n}`: the client has it.
pub async fn acknowledge(env: &Env, id: CaptureId, index: u32) -> Result<Response, EdgeError> {
    LaneClient::new(env.clone(), id.lane().clone()).acknowledge_chunk(&id, index).await?;
    Ok(ResponseBuilder::new().with_status(204).empty())
}

/// `GET /api/captures/{id}/image`: the whole file in order; while it is being rendered, each chunk as it comes.
pub async fn image(env: &Env, ctx: &Context, id: CaptureId) -> Result<Response, EdgeError> {
    let lane = LaneClient::new(env.clone(), id.lane().clone());
    let claimed = lane.claim_image(&id).await?;
    stream(env, ctx, lane, id, claimed)
}

/// `GET /api/image?...`: queue, wait and fetch in one call. The answer begins when the first strip is there, so whatever
/// goes wrong before is told as a problem.
pub async fn image_in_one_call(request: &Request, env: &Env, ctx: &Context) -> Result<Response, EdgeError> {
    let address = request.inner().url();
    let (id, _) = captures::enqueue(env, &request_from_query(query_pairs(&address))?, None).await?;
    let lane = LaneClient::new(env.clone(), id.lane().clone());
    let claimed = lane.claim_image(&id).await?;
    // Chunk 0 is the head, which is there from the start; chunk 1 is the first of the pixels.
    while lane.image_chunk(&id, claimed.token, 1).await? == ImageProgress::Wait {}
    stream(env, ctx, lane, id, claimed)
}

/// The decoded parameters of an address. The runtime has parsed it already: a second URL parser, with its tables of all
/// international names, would be a tenth of the module.
fn query_pairs(address: &str) -> form_urlencoded::Parse<'_> {
    let address = address.split('#').next().unwrap_or_default();
    form_urlencoded::parse(address.split_once('?').map_or("", |(_, query)| query).as_bytes())
}

fn stream(
    env: &Env,
    ctx: &Context,
    lane: LaneClient,
    id: CaptureId,
    claimed: ClaimedImage,
) -> Result<Response, EdgeError> {
    let (body, transfer) = Transfer::open(claimed.bytes, ChunkStore::open(env)?)?;
    let mut builder = ResponseBuilder::new()
        .with_header("Content-Type", &claimed.media_type)?
        .with_header("Content-Disposition", &format!("attachment; filename=\"{}\"", claimed.file_name))?
        .with_header("Cache-Control", "no-store")?
        .with_header("X-Capture", &id.to_string())?;
    if let Some(bytes) = claimed.bytes {
        builder = builder.with_header("Content-Length", &bytes.to_string())?;
    }
    ctx.wait_until(async move {
        let arrived = match send_image(&transfer, &lane, &id, &claimed).await {
            Ok(()) => transfer.close().await.is_ok(),
            Err(error) => {
                console_error!("{id} was not sent: {error}");
                transfer.abort().await;
                false
            }
        };
        if let Err(error) = lane.end_image(&id, claimed.token, arrived).await {
            console_error!("{id}: {error}");
        }
    });
    Ok(builder.stream(body))
}

async fn send_image(
    transfer: &Transfer,
    lane: &LaneClient,
    id: &CaptureId,
    claimed: &ClaimedImage,
) -> Result<(), EdgeError> {
    let mut index = 0;
    loop {
        match lane.image_chunk(id, claimed.token, index).await? {
            ImageProgress::Chunk(chunk) => {
                transfer.send(&chunk, async || lane.renew_image(id, claimed.token).await).await?;
                index += 1;
            }
            ImageProgress::Wait => {}
            ImageProgress::End => return Ok(()),
        }
    }
}
