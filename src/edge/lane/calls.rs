//! What a lane is called for, turned into what the state machine does.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Serialize;
use worker::{Request, Response};

use crate::codec::Seal;
use crate::edge::clock::{now_ms, within_ms};
use crate::edge::config::Budget;
use crate::edge::error::EdgeError;
use crate::edge::fetch::{Grants, Want};
use crate::edge::lane::object::Core;
use crate::edge::lane_client::{BROKEN, CHUNK_WAIT_MS, DONE, LaneCall, REFUSED, Work};
use crate::edge::{config, digest};
use crate::job::{
    CaptureFailure, CaptureId, Fragment, Grant, ImageProgress, InlineChunk, JobError, Lane, LeaseToken,
    StripAt,
};
use crate::render::Plan;

/// Answers a call. Errors of the queue are part of the answer; only a call that cannot be read is an error.
pub async fn answer(core: &Rc<Core>, mut request: Request) -> Result<Response, EdgeError> {
    let call: LaneCall = serde_json::from_str(&request.text().await?)?;
    let (status, body) = match perform(core, call).await {
        Ok(answer) => (DONE, answer),
        Err(EdgeError::Job(error)) => (REFUSED, serde_json::to_string(&error)?),
        Err(error) => (BROKEN, error.to_string()),
    };
    Ok(Response::ok(body)?.with_status(status))
}

async fn perform(core: &Rc<Core>, call: LaneCall) -> Result<String, EdgeError> {
    match call {
        LaneCall::Enqueue { capture } => value(core.turn(|lane, now| lane.enqueue(*capture, now))??),
        LaneCall::Status { id } => value(core.turn(|lane, now| {
            lane.seen(&id, now)?;
            lane.status(&id)
        })??),
        LaneCall::Cancel { id } => {
            core.turn(|lane, now| lane.cancel(&id, now))??;
            // When the client hears that it is done, no further tile is fetched.
            core.renderers.stopped().await;
            value(())
        }
        LaneCall::Depth => value(core.turn(|lane, _| lane.queued())?),
        LaneCall::ClaimChunk { id, index } => {
            value(core.turn(|lane, now| lane.claim_chunk(&id, index, now))??)
        }
        LaneCall::EndChunk { id, index, token, arrived } => value(core.turn(|lane, now| {
            if arrived {
                lane.chunk_delivered(&id, index, token, now)
            } else {
                lane.chunk_released(&id, index, token)
            }
        })??),
        LaneCall::ChunkLost { id, index, token } => {
            value(core.turn(|lane, now| lane.chunk_lost(&id, index, token, now))??)
        }
        LaneCall::AcknowledgeChunk { id, index } => {
            value(core.turn(|lane, now| lane.acknowledge_chunk(&id, index, now))??)
        }
        LaneCall::ClaimImage { id, range } => {
            value(core.turn(|lane, now| lane.claim_image(&id, range, now))??)
        }
        LaneCall::ImageChunks { id, token, index, calls_left } => {
            value(image_chunks(core, &id, token, index, calls_left).await?)
        }
        LaneCall::RenewImage { id, token } => {
            value(core.turn(|lane, now| lane.renew_image(&id, token, now))??)
        }
        LaneCall::EndImage { id, token, arrived, through } => value(core.turn(|lane, now| {
            if arrived {
                lane.image_delivered(&id, token, now)
            } else {
                lane.image_released(&id, token, through)
            }
        })??),
        LaneCall::EndPart { id, token, through } => {
            value(core.turn(|lane, now| lane.part_delivered(&id, token, through, now))??)
        }
        LaneCall::Lease { slot, knows } => {
            value(hand_out(core, core.turn(|lane, now| lane.lease(slot, knows.as_ref(), now))?))
        }
        LaneCall::Progress { at, tiles_done, tiles_missing, wants } => {
            core.turn(|lane, now| lane.progress(&at, tiles_done, tiles_missing, now))??;
            value(permits(core, wants))
        }
        LaneCall::Permits { wants } => value(permits(core, wants)),
        LaneCall::Complete { slot, at, fragment, next } => {
            let grant = core.turn(|lane, now| complete(lane, slot, &at, *fragment, next, now))??;
            value(hand_out(core, grant))
        }
        LaneCall::Refused { slot, at, refusal, next } => {
            let grant = core.turn(|lane, now| {
                lane.source_refuses(&at, refusal, now)?;
                Ok::<_, JobError>(next.then(|| lane.lease(slot, Some(&at.capture), now)).flatten())
            })??;
            value(hand_out(core, grant))
        }
        LaneCall::Fail { slot, at, failed, next } => {
            let grant = core.turn(|lane, now| {
                lane.fail_strip(&at, failed, now)?;
                Ok::<_, JobError>(next.then(|| lane.lease(slot, Some(&at.capture), now)).flatten())
            })??;
            value(hand_out(core, grant))
        }
    }
}

/// What renderers may ask of sources that say how often they may be asked.
fn permits(core: &Rc<Core>, wants: Vec<Want>) -> Grants {
    if wants.is_empty() {
        return Grants::new();
    }
    let busy = core.look(|lane| lane.busy_slots().len()).unwrap_or(1);
    core.permits.grant(wants, u32::try_from(busy).unwrap_or(1), now_ms())
}

fn value(answer: impl Serialize) -> Result<String, EdgeError> {
    Ok(serde_json::to_string(&answer)?)
}

/// Adds to a granted strip what the renderer's own script does not know.
fn hand_out(core: &Rc<Core>, grant: Option<Grant>) -> Option<Work> {
    let grant = grant?;
    let (lease_ms, names, contact) = core.look(|lane| {
        let capture = lane.capture(&grant.at.capture).ok()?;
        let job = capture.job();
        Some((lane.settings().lease_ms, job.secrets.clone(), job.contact.clone()))
    })??;
    let mut keys = BTreeMap::new();
    for name in names {
        if let Some(secret) = config::key(&core.env, &name) {
            keys.insert(name, secret);
        }
    }
    let most_requests = Budget::of(&core.env).before_next_strip();
    let chunk_ttl_s = config::chunk_ttl_s(&core.env);
    Some(Work { grant, keys, contact, lease_ms, most_requests, chunk_ttl_s })
}

/// Waits for chunks that are still to be rendered. At the end of its patience it takes what there is.
async fn image_chunks(
    core: &Rc<Core>,
    id: &CaptureId,
    token: LeaseToken,
    index: u32,
    calls_left: u32,
) -> Result<ImageProgress, EdgeError> {
    let give_up_ms = now_ms() + CHUNK_WAIT_MS;
    loop {
        let left_ms = give_up_ms.saturating_sub(now_ms());
        let calls_left = if left_ms > 0 { calls_left } else { u32::MAX };
        // Each look renews the claim, so there is one well before it runs out, news or not.
        let (progress, ticket, claim_ms) = core.turn(|lane, now| {
            let progress = lane.image_chunks(id, token, index, calls_left, now)?;
            Ok::<_, JobError>((progress, lane.capture(id)?.ticket(), lane.settings().claim_ms))
        })??;
        if progress != ImageProgress::Wait || left_ms == 0 {
            return Ok(progress);
        }
        within_ms(left_ms.min(claim_ms / 3), core.news.of(ticket)).await;
    }
}

/// Takes a finished strip, closes the file after the last one, and hands out the next strip; all in one turn.
fn complete(
    lane: &mut Lane,
    slot: u32,
    at: &StripAt,
    fragment: Fragment,
    next: bool,
    now: u64,
) -> Result<Option<Grant>, JobError> {
    if lane.complete(at, fragment, now)? {
        match tail(lane, &at.capture) {
            Ok(tail) => lane.seal(&at.capture, tail, now)?,
            Err(error) => {
                let failure = CaptureFailure {
                    code: "closing_failed".to_owned(),
                    detail: format!("the file could not be closed: {error}"),
                    source_fault: false,
                };
                lane.fail_capture(&at.capture, failure, now)?;
            }
        }
    }
    Ok(next.then(|| lane.lease(slot, Some(&at.capture), now)).flatten())
}

/// The file's bytes after its last fragment.
fn tail(lane: &Lane, id: &CaptureId) -> Result<InlineChunk, EdgeError> {
    let plan: Plan = serde_json::from_str(&lane.capture(id)?.job().plan)?;
    let seals = lane.seals(id).into_iter().map(|seal| serde_json::from_value(seal.clone()));
    let seals = seals.collect::<Result<Vec<Seal>, _>>()?;
    Ok(digest::inline_chunk(plan.encoding().tail(&seals)?))
}
