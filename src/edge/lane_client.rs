//! Calls to a Lane object, from the Worker and from renderers: one message each way, under a time limit.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use worker::{Env, Request, Response, Stub};

use crate::edge::clock::{sleep_ms, within_ms};
use crate::edge::error::EdgeError;
use crate::edge::fetch::{Grants, Want};
use crate::edge::message::{post_json, text};
use crate::edge::{binding, config};
use crate::job::{
    ByteRange, CaptureId, ClaimedChunk, ClaimedImage, Enqueued, Fragment, Grant, ImageProgress, JobError,
    LeaseToken, NewCapture, Refusal, StripAt, StripFailure,
};
use crate::source::SourceId;

/// What a Lane can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaneCall {
    /// From the Worker: take a capture in.
    Enqueue { capture: Box<NewCapture> },
    /// From the Worker: how does it stand?
    Status { id: CaptureId },
    /// From the Worker: give it up.
    Cancel { id: CaptureId },
    /// From the Worker: how many wait?
    Depth,
    /// From the Worker: may this chunk be fetched?
    ClaimChunk { id: CaptureId, index: u32 },
    /// From the Worker: it was sent in full, or not.
    EndChunk { id: CaptureId, index: u32, token: LeaseToken, arrived: bool },
    /// From the Worker: the store does not have it.
    ChunkLost { id: CaptureId, index: u32, token: LeaseToken },
    /// From the Worker: the client says that it has it.
    AcknowledgeChunk { id: CaptureId, index: u32 },
    /// From the Worker: may the image, or this part of it, be fetched?
    ClaimImage { id: CaptureId, range: Option<ByteRange> },
    /// From the Worker: the next chunks of the image, so that so many calls are enough; waits a while for those that are still
    /// to be rendered.
    ImageChunks { id: CaptureId, token: LeaseToken, index: u32, calls_left: u32 },
    /// From the Worker: still sending.
    RenewImage { id: CaptureId, token: LeaseToken },
    /// From the Worker: it was sent in full, or only up to the chunk `through`.
    EndImage { id: CaptureId, token: LeaseToken, arrived: bool, through: u32 },
    /// From the Worker: the part was sent in full, and with it all chunks from its first one up to `through`.
    EndPart { id: CaptureId, token: LeaseToken, through: u32 },
    /// From a renderer: what is to be done? It has the plan of the capture `knows`.
    Lease { slot: u32, knows: Option<CaptureId> },
    /// From a renderer: so far; is it still wanted, and what may it ask these sources?
    Progress { at: StripAt, tiles_done: u32, tiles_missing: u32, wants: Vec<Want> },
    /// From a renderer: what may it ask these sources?
    Permits { wants: Vec<Want> },
    /// From a renderer: done; and with `next`, what is to be done now?
    Complete { slot: u32, at: StripAt, fragment: Box<Fragment>, next: bool },
    /// From a renderer: a source refuses; and with `next`, what is to be done now?
    Refused { slot: u32, at: StripAt, refusal: Refusal, next: bool },
    /// From a renderer: it did not work; and with `next`, what is to be done now?
    Fail { slot: u32, at: StripAt, failed: StripFailure, next: bool },
}

/// A strip for a renderer, with all that it needs: a renderer's script has no settings and no secrets of its own.
#[derive(Debug, Serialize, Deserialize)]
pub struct Work {
    /// The strip and its lease.
    pub grant: Grant,
    /// The secrets that the plan's sources name.
    pub keys: BTreeMap<String, String>,
    /// Where sources are told who asks.
    pub contact: String,
    /// How long the lease is.
    pub lease_ms: u64,
    /// What the renderer may have asked of others when it takes a further strip.
    pub most_requests: u32,
    /// How long the chunk store is to keep the fragment at the most.
    pub chunk_ttl_s: u64,
}

/// A Lane's answers, by their status: what was asked for as JSON,
pub const DONE: u16 = 200;
/// the [`JobError`] because of which it cannot be,
pub const REFUSED: u16 = 409;
/// the lane's own trouble, in words for the log.
pub const BROKEN: u16 = 500;

/// An address within a Lane: the lane's name, for an object does not know its own, and what is asked for.
const ADDRESS: &str = "http://lane/";

/// Where to send calls.
const CALL_PATH: &str = "call";
/// Where a capture's socket is; the id follows.
pub const SOCKET_PATH: &str = "socket/";
/// Where the embedded map's data is lent.
pub const DATA_PATH: &str = "data";

/// The lane's name and what is asked for, from a path within a Lane.
pub fn lane_and_path(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix('/')?.split_once('/')
}

/// How long a Lane may take to answer. It answers in milliseconds; a panic in its isolate leaves calls hanging.
const CALL_TIMEOUT_MS: u64 = 10_000;

/// A call that waits for a chunk is answered after this at the latest.
pub const CHUNK_WAIT_MS: u64 = 20_000;

thread_local! {
    /// Lanes that this instance has had to do with.
    static KNOWN: RefCell<BTreeSet<SourceId>> = const { RefCell::new(BTreeSet::new()) };
}

/// Whether this instance has had to do with a lane.
fn is_known(lane: &SourceId) -> bool {
    KNOWN.with_borrow(|known| known.contains(lane))
}

/// Lanes that this instance has had to do with.
pub fn known() -> Vec<SourceId> {
    KNOWN.with_borrow(|known| known.iter().cloned().collect())
}

/// A stub for one Lane.
pub struct LaneClient {
    env: Env,
    lane: SourceId,
    /// Whether the lane's object may still have to be made, in the place that suits its source.
    may_be_new: bool,
}

impl LaneClient {
    pub const fn new(env: Env, lane: SourceId) -> Self {
        Self { env, lane, may_be_new: true }
    }

    /// For a renderer, whom the lane has woken.
    pub const fn of_renderer(env: Env, lane: SourceId) -> Self {
        Self { env, lane, may_be_new: false }
    }

    fn stub(&self) -> Result<Stub, EdgeError> {
        let lanes = self.env.durable_object(binding::LANES)?;
        if self.may_be_new && !is_known(&self.lane) {
            KNOWN.with_borrow_mut(|known| known.insert(self.lane.clone()));
            if let Some(hint) = config::location_hint(&self.env, self.lane.as_str()) {
                return Ok(lanes.get_by_name_with_location_hint(self.lane.as_str(), hint)?);
            }
        }
        Ok(lanes.get_by_name(self.lane.as_str())?)
    }

    fn address(&self, path: &str) -> String {
        format!("{ADDRESS}{}/{path}", self.lane)
    }

    pub async fn enqueue(&self, capture: NewCapture) -> Result<Enqueued, EdgeError> {
        self.repeatable(&LaneCall::Enqueue { capture: Box::new(capture) }).await
    }

    /// The status as JSON, as the Lane writes it for sockets, too.
    pub async fn status(&self, id: &CaptureId) -> Result<String, EdgeError> {
        self.repeat(&LaneCall::Status { id: id.clone() }).await
    }

    pub async fn cancel(&self, id: &CaptureId) -> Result<(), EdgeError> {
        self.repeatable(&LaneCall::Cancel { id: id.clone() }).await
    }

    pub async fn depth(&self) -> Result<u32, EdgeError> {
        self.repeatable(&LaneCall::Depth).await
    }

    pub async fn claim_chunk(&self, id: &CaptureId, index: u32) -> Result<ClaimedChunk, EdgeError> {
        self.call(&LaneCall::ClaimChunk { id: id.clone(), index }, CALL_TIMEOUT_MS).await
    }

    pub async fn end_chunk(
        &self,
        id: &CaptureId,
        claimed: &ClaimedChunk,
        arrived: bool,
    ) -> Result<(), EdgeError> {
        let (index, token) = (claimed.index, claimed.token);
        self.repeatable(&LaneCall::EndChunk { id: id.clone(), index, token, arrived }).await
    }

    /// Says that a claimed chunk is not in the store: its strip is rendered again.
    pub async fn chunk_lost(&self, id: &CaptureId, index: u32, token: LeaseToken) -> Result<(), EdgeError> {
        self.call(&LaneCall::ChunkLost { id: id.clone(), index, token }, CALL_TIMEOUT_MS).await
    }

    pub async fn acknowledge_chunk(&self, id: &CaptureId, index: u32) -> Result<(), EdgeError> {
        self.repeatable(&LaneCall::AcknowledgeChunk { id: id.clone(), index }).await
    }

    pub async fn claim_image(
        &self,
        id: &CaptureId,
        range: Option<ByteRange>,
    ) -> Result<ClaimedImage, EdgeError> {
        self.call(&LaneCall::ClaimImage { id: id.clone(), range }, CALL_TIMEOUT_MS).await
    }

    pub async fn image_chunks(
        &self,
        id: &CaptureId,
        token: LeaseToken,
        index: u32,
        calls_left: u32,
    ) -> Result<ImageProgress, EdgeError> {
        let call = LaneCall::ImageChunks { id: id.clone(), token, index, calls_left };
        self.call(&call, CALL_TIMEOUT_MS + CHUNK_WAIT_MS).await
    }

    pub async fn renew_image(&self, id: &CaptureId, token: LeaseToken) -> Result<(), EdgeError> {
        self.repeatable(&LaneCall::RenewImage { id: id.clone(), token }).await
    }

    pub async fn end_image(
        &self,
        id: &CaptureId,
        token: LeaseToken,
        arrived: bool,
        through: u32,
    ) -> Result<(), EdgeError> {
        self.repeatable(&LaneCall::EndImage { id: id.clone(), token, arrived, through }).await
    }

    pub async fn end_part(&self, id: &CaptureId, token: LeaseToken, through: u32) -> Result<(), EdgeError> {
        self.repeatable(&LaneCall::EndPart { id: id.clone(), token, through }).await
    }

    pub async fn lease(&self, slot: u32, knows: Option<CaptureId>) -> Result<Option<Work>, EdgeError> {
        self.call(&LaneCall::Lease { slot, knows }, CALL_TIMEOUT_MS).await
    }

    pub async fn progress(
        &self,
        at: &StripAt,
        tiles_done: u32,
        tiles_missing: u32,
        wants: Vec<Want>,
    ) -> Result<Grants, EdgeError> {
        let call = LaneCall::Progress { at: at.clone(), tiles_done, tiles_missing, wants };
        self.call(&call, CALL_TIMEOUT_MS).await
    }

    pub async fn permits(&self, wants: Vec<Want>) -> Result<Grants, EdgeError> {
        self.call(&LaneCall::Permits { wants }, CALL_TIMEOUT_MS).await
    }

    pub async fn complete(
        &self,
        slot: u32,
        at: &StripAt,
        fragment: Fragment,
        next: bool,
    ) -> Result<Option<Work>, EdgeError> {
        let fragment = Box::new(fragment);
        self.repeatable(&LaneCall::Complete { slot, at: at.clone(), fragment, next }).await
    }

    pub async fn fail(
        &self,
        slot: u32,
        at: &StripAt,
        failed: StripFailure,
        next: bool,
    ) -> Result<Option<Work>, EdgeError> {
        self.call(&LaneCall::Fail { slot, at: at.clone(), failed, next }, CALL_TIMEOUT_MS).await
    }

    pub async fn refused(
        &self,
        slot: u32,
        at: &StripAt,
        refusal: Refusal,
        next: bool,
    ) -> Result<Option<Work>, EdgeError> {
        self.call(&LaneCall::Refused { slot, at: at.clone(), refusal, next }, CALL_TIMEOUT_MS).await
    }

    /// The embedded map's data, which only the Lane's script has.
    pub async fn embedded_data(&self) -> Result<Response, EdgeError> {
        let answer = within_ms(CALL_TIMEOUT_MS, self.stub()?.fetch_with_str(&self.address(DATA_PATH))).await;
        Ok(answer.ok_or(EdgeError::Silent { what: "queue", limit_ms: CALL_TIMEOUT_MS })??)
    }

    /// Hands a client's request for a socket on to the Lane.
    pub async fn socket(&self, id: &CaptureId, request: &Request) -> Result<Response, EdgeError> {
        let init = web_sys::RequestInit::new();
        init.set_headers(&request.headers().0);
        let request =
            web_sys::Request::new_with_str_and_init(&self.address(&format!("{SOCKET_PATH}{id}")), &init)?;
        let answer = within_ms(CALL_TIMEOUT_MS, self.stub()?.fetch_with_request(request.into())).await;
        Ok(answer.ok_or(EdgeError::Silent { what: "queue", limit_ms: CALL_TIMEOUT_MS })??)
    }

    /// A call that may be made twice: an object that was reset or moved meanwhile is asked again through a new stub.
    async fn repeatable<T: DeserializeOwned>(&self, call: &LaneCall) -> Result<T, EdgeError> {
        Ok(serde_json::from_str(&self.repeat(call).await?)?)
    }

    async fn call<T: DeserializeOwned>(&self, call: &LaneCall, limit_ms: u64) -> Result<T, EdgeError> {
        Ok(serde_json::from_str(&self.ask(call, limit_ms).await?)?)
    }

    /// What [`Self::repeatable`] does for an answer of any type, so that the module has it once.
    async fn repeat(&self, call: &LaneCall) -> Result<String, EdgeError> {
        const WAITS_MS: [u64; 2] = [50, 500];
        for wait_ms in WAITS_MS {
            match self.ask(call, CALL_TIMEOUT_MS).await {
                Err(EdgeError::Runtime(_)) => sleep_ms(wait_ms).await,
                done => return done,
            }
        }
        self.ask(call, CALL_TIMEOUT_MS).await
    }

    async fn ask(&self, call: &LaneCall, limit_ms: u64) -> Result<String, EdgeError> {
        let request = post_json(&self.address(CALL_PATH), call)?;
        let stub = self.stub()?;
        let answer = within_ms(limit_ms, async {
            let response = stub.fetch_with_request(request).await?;
            let status = response.status_code();
            Ok::<_, EdgeError>((status, text(response).await?))
        });
        match answer.await.ok_or(EdgeError::Silent { what: "queue", limit_ms })?? {
            (DONE, answer) => Ok(answer),
            (REFUSED, error) => Err(serde_json::from_str::<JobError>(&error)?.into()),
            (_, words) => Err(EdgeError::Runtime(words)),
        }
    }
}
