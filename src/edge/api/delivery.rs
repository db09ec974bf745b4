//! Fetching an image or its chunks: claimed, sent, gone.

use std::cell::Cell;

use worker::{Context, Env, Request, Response, ResponseBuilder, console_error};

use crate::edge::api::captures;
use crate::edge::api::client::client;
use crate::edge::api::transfer::Transfer;
use crate::edge::chunk_store::{ChunkStore, Found};
use crate::edge::config::{self, Budget};
use crate::edge::error::EdgeError;
use crate::edge::lane_client::LaneClient;
use crate::job::{
    ByteRange, CaptureId, ClaimedChunk, ClaimedImage, Enqueued, ImageProgress, Part, request_from_query,
};

/// `GET /api/captures/{id}/chunks/{n}`: one chunk, gone once it was sent in full.
pub async fn chunk(env: &Env, ctx: &Context, id: CaptureId, index: u32) -> Result<Response, EdgeError> {
    let lane = LaneClient::new(env.clone(), id.lane().clone());
    let claimed = lane.claim_chunk(&id, index).await?;
    let chunks = ChunkStore::open(env)?;
    // Looked for before the answer begins: one that is lost is told, and rendered again.
    let found = chunks.find(&claimed.source).await;
    let found = match found {
        Err(EdgeError::ChunkLost) => {
            lane.chunk_lost(&id, index, claimed.token).await?;
            return Err(EdgeError::ChunkLost);
        }
        found => found?,
    };
    let (body, transfer) = Transfer::open(Some(claimed.bytes))?;
    let response = ResponseBuilder::new()
        .with_header("Content-Type", "application/octet-stream")?
        .with_header("Content-Length", &claimed.bytes.to_string())?
        .with_header("Cache-Control", "no-store")?
        .with_header("X-Capture", &id.to_string())?
        .with_header("X-SHA256", &claimed.sha256)?
        .stream(body);
    ctx.wait_until(async move {
        let arrived = send_chunk(transfer, &claimed, found).await;
        if let Err(error) = lane.end_chunk(&id, &claimed, arrived).await {
            console_error!("chunk {} of {id}: {error}", claimed.index);
        }
    });
    Ok(response)
}

async fn send_chunk(transfer: Transfer, claimed: &ClaimedChunk, found: Found) -> bool {
    // A chunk's claim is not renewed: a chunk that takes longer than its claim is given to the next who asks.
    match transfer.send(claimed, found, 0..claimed.bytes, async || Ok(())).await {
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
pub async fn image(request: Request, env: &Env, ctx: &Context, id: CaptureId) -> Result<Response, EdgeError> {
    let lane = LaneClient::new(env.clone(), id.lane().clone());
    let claimed = lane.claim_image(&id, range(&request, &id)?).await?;
    stream(env, ctx, lane, id, claimed)
}

/// `GET /api/image?...`: queue, wait and fetch in one call. The answer begins when the first strip is there, so whatever
/// goes wrong before is told as a problem.
pub async fn image_in_one_call(request: Request, env: &Env, ctx: &Context) -> Result<Response, EdgeError> {
    let asked = request_from_query(query_pairs(&request.inner().url()))?;
    let (Enqueued { id, .. }, _) =
        captures::enqueue(env, &asked, config::contact(env, &request), client(&request)?, None).await?;
    let lane = LaneClient::new(env.clone(), id.lane().clone());
    let claimed = lane.claim_image(&id, None).await?;
    // Chunk 0 is the head, which is there from the start; chunk 1 is the first of the pixels.
    while lane.image_chunks(&id, claimed.token, 1, u32::MAX).await? == ImageProgress::Wait {}
    stream(env, ctx, lane, id, claimed)
}

/// The decoded parameters of an address. The runtime has parsed it already: a second URL parser, with its tables of all
/// international names, would be a tenth of the module.
pub(super) fn query_pairs(address: &str) -> form_urlencoded::Parse<'_> {
    let address = address.split('#').next().unwrap_or_default();
    form_urlencoded::parse(address.split_once('?').map_or("", |(_, query)| query).as_bytes())
}

/// The part that is asked for, if any. An image never changes, so its name is its tag.
fn range(request: &Request, id: &CaptureId) -> Result<Option<ByteRange>, EdgeError> {
    let headers = request.headers();
    let unchanged = headers.get("If-Range")?.is_none_or(|tag| tag == etag(id));
    Ok(headers.get("Range")?.filter(|_| unchanged).and_then(|header| ByteRange::parse(&header)))
}

fn etag(id: &CaptureId) -> String {
    format!("\"{id}\"")
}

fn stream(
    env: &Env,
    ctx: &Context,
    lane: LaneClient,
    id: CaptureId,
    claimed: ClaimedImage,
) -> Result<Response, EdgeError> {
    let length = claimed.part.map(|part| part.last - part.first + 1).or(claimed.bytes);
    let (chunks, calls) = (ChunkStore::open(env)?, Budget::of(env).image_calls());
    let (body, transfer) = Transfer::open(length)?;
    let mut builder = ResponseBuilder::new()
        .with_header("Content-Type", &claimed.media_type)?
        .with_header("Content-Disposition", &format!("attachment; filename=\"{}\"", claimed.file_name))?
        .with_header("Cache-Control", "no-store")?
        .with_header("X-Capture", &id.to_string())?;
    if let Some(length) = length {
        builder = builder
            .with_header("Content-Length", &length.to_string())?
            .with_header("Accept-Ranges", "bytes")?
            .with_header("ETag", &etag(&id))?;
    }
    if let Some(Part { first, last, total }) = claimed.part {
        builder = builder
            .with_status(206)
            .with_header("Content-Range", &format!("bytes {first}-{last}/{total}"))?;
    }
    ctx.wait_until(async move {
        let through = Cell::new(claimed.first_chunk);
        let arrived = match send_image(&transfer, &chunks, &lane, &id, &claimed, calls, &through).await {
            Ok(()) => transfer.close().await.is_ok(),
            Err(error) => {
                console_error!("{id} was not sent: {error}");
                transfer.abort().await;
                false
            }
        };
        let (token, through) = (claimed.token, through.get());
        let ended = match arrived && claimed.part.is_some() {
            true => lane.end_part(&id, token, through).await,
            false => lane.end_image(&id, token, arrived, through).await,
        };
        if let Err(error) = ended {
            console_error!("{id}: {error}");
        }
    });
    Ok(builder.stream(body))
}

/// Sends the image or the part, in so many calls to the lane if possible. `through` tells how many chunks were sent up to their ends, counted from the image's first.
async fn send_image(
    transfer: &Transfer,
    chunks: &ChunkStore,
    lane: &LaneClient,
    id: &CaptureId,
    claimed: &ClaimedImage,
    calls: u32,
    through: &Cell<u32>,
) -> Result<(), EdgeError> {
    let mut skip = claimed.skip_bytes;
    let mut left = claimed.part.map_or(u64::MAX, |part| part.last - part.first + 1);
    for call in 0.. {
        let calls_left = calls.saturating_sub(call);
        let next = match lane.image_chunks(id, claimed.token, through.get(), calls_left).await? {
            ImageProgress::Chunks(next) => next,
            ImageProgress::Wait => continue,
            ImageProgress::End => break,
        };
        for chunk in next {
            let end = chunk.bytes.min(skip.saturating_add(left));
            let renew = async || lane.renew_image(id, claimed.token).await;
            let found = match chunks.find(&chunk.source).await {
                Err(EdgeError::ChunkLost) => {
                    console_error!("chunk {} of {id} is lost and is rendered again", chunk.index);
                    lane.chunk_lost(id, chunk.index, claimed.token).await?;
                    break;
                }
                found => found?,
            };
            transfer.send(&chunk, found, skip..end, renew).await?;
            left -= end - skip;
            skip = 0;
            if end < chunk.bytes {
                return Ok(());
            }
            through.set(chunk.index + 1);
            if left == 0 {
                return Ok(());
            }
        }
    }
    Ok(())
}
