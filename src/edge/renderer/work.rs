//! A renderer's loop: ask for a strip, render it, report it, and take the next.

use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, select};
use serde::{Deserialize, Serialize};
use worker::{Env, console_error};

use crate::edge::clock::{now_ms, sleep_ms};
use crate::edge::error::EdgeError;
use crate::edge::fetch::{EdgeTiles, Keys};
use crate::edge::lane_client::{LaneClient, Work};
use crate::edge::renderer::memory::{Reservation, give_buffer, module_bytes, take_buffer};
use crate::edge::renderer::object::Calls;
use crate::edge::renderer::sink::{ChunkSink, Signals};
use crate::fault::{Explain, FaultClass};
use crate::job::{CaptureFailure, CaptureId, Fragment, Grant, JobError, Refusal, StripFailure, StripFigures};
use crate::render::{Plan, RenderError, SinkError, StripReport, render_strip_within};
use crate::source::SourceId;

/// Where work orders go within a Renderer.
pub const WORK_ADDRESS: &str = "http://renderer/work";

/// Where a strip that is not wanted any more goes within a Renderer.
pub const STOP_ADDRESS: &str = "http://renderer/stop";

/// Who is to work for whom.
#[derive(Debug, Serialize, Deserialize)]
pub struct WorkOrder {
    /// The lane.
    pub lane: String,
    /// Which of its renderers this is.
    pub slot: u32,
}

/// A loop ends after so long, and the lane wakes the renderer anew: no chain of invocations grows long, and none
/// depends on an object that stays alive.
const LOOP_MS: u64 = 20_000;

/// Likewise after so many calls to the lane: an invocation may lead to 32 others, with what led to it.
const LOOP_CALLS: u32 = 20;

/// How often the lane hears of progress, which keeps the lease.
const HEARTBEAT_MS: u64 = 1_000;

struct Worker<'a> {
    env: &'a Env,
    lane: LaneClient,
    slot: u32,
    called: &'a Calls,
    calls: u32,
    /// Requests for tiles and operations on the chunk store so far.
    requests: u32,
    started_ms: u64,
    /// The plan of the latest strip, and whose it is.
    plan: Option<(CaptureId, Rc<Plan>)>,
}

/// Works until there is nothing to do, or for a while.
pub async fn work(env: &Env, order: &WorkOrder, called: &Calls) {
    let Ok(lane) = SourceId::new(&order.lane) else { return };
    let lane = LaneClient::of_renderer(env.clone(), lane);
    let mut worker = Worker {
        env,
        lane,
        slot: order.slot,
        called,
        calls: 0,
        requests: 0,
        started_ms: now_ms(),
        plan: None,
    };
    while called.take() && worker.goes_on(u32::MAX) {
        if let Err(error) = worker.work_off().await {
            // The lane takes the strip back when its lease runs out.
            console_error!("renderer {}: {error}", worker.slot);
            return;
        }
    }
}

impl Worker<'_> {
    /// Whether it may take a further strip, having asked others no more than `most_requests` times.
    fn goes_on(&self, most_requests: u32) -> bool {
        self.calls < LOOP_CALLS
            && self.calls + self.requests <= most_requests
            && now_ms().saturating_sub(self.started_ms) < LOOP_MS
    }

    async fn work_off(&mut self) -> Result<(), EdgeError> {
        self.calls += 1;
        let mut work = self.lane.lease(self.slot, self.knows()).await?;
        while let Some(current) = work {
            work = self.strip(current).await?;
        }
        Ok(())
    }

    /// The capture whose plan is at hand.
    fn knows(&self) -> Option<CaptureId> {
        self.plan.as_ref().map(|(capture, _)| capture.clone())
    }

    /// The plan of a strip: it comes with the first one of its capture.
    fn plan(&mut self, grant: &Grant) -> Result<Rc<Plan>, CaptureFailure> {
        if let Some(text) = &grant.plan {
            let plan = serde_json::from_str::<Plan>(text).map_err(|error| CaptureFailure {
                code: "plan_unreadable".to_owned(),
                detail: format!("the plan was made by another version: {error}"),
                source_fault: false,
            })?;
            self.plan = Some((grant.at.capture.clone(), Rc::new(plan)));
        }
        let known = self.plan.as_ref().filter(|(capture, _)| *capture == grant.at.capture);
        known.map(|(_, plan)| plan.clone()).ok_or_else(|| CaptureFailure {
            code: "internal".to_owned(),
            detail: "a strip came without its plan".to_owned(),
            source_fault: false,
        })
    }

    /// Renders a strip and reports it. Returns the next one.
    async fn strip(&mut self, work: Work) -> Result<Option<Work>, EdgeError> {
        let grant = &work.grant;
        let at = &grant.at;
        let plan = match self.plan(grant) {
            Ok(plan) => plan,
            Err(failure) => {
                let next = self.goes_on(work.most_requests);
                return self.fail(grant, StripFailure { failure, is_final: true }, next).await;
            }
        };
        let signals = Rc::new(Signals::default());
        self.called.begin(at, &signals);
        let lane = LaneClient::of_renderer(self.env.clone(), at.capture.lane().clone());
        let mut sink = ChunkSink::new(self.env, &work, signals.clone())?;
        let keys = Keys::Given(work.keys.clone());
        let tiles = EdgeTiles::new(self.env.clone(), keys, Some(lane), work.contact.clone());
        let wants = tiles.wants(plan.sources());
        if !wants.is_empty() {
            self.calls += 1;
            // Without an answer the first heartbeat brings them.
            if let Ok(grants) = self.lane.permits(wants).await {
                tiles.granted(grants);
            }
        }
        let mut beats = 0;
        let rendered = {
            let room = Reservation::new(plan.memory().reserved_bytes);
            let render = async {
                room.granted().await;
                let mut buffer = take_buffer(plan.memory().strip_bytes);
                let report = render_strip_within(&mut buffer, &plan, at.strip, &tiles, &mut sink).await;
                give_buffer(buffer);
                let report = report?;
                sink.finish().await?;
                Ok::<_, RenderError>(report)
            };
            let heart =
                Heart { grant, lease_ms: work.lease_ms, plan: &plan, tiles: &tiles, signals: &signals };
            let heartbeat = self.heartbeat(&heart, &room, &mut beats);
            // The heartbeat ends only when the strip is not wanted any more; the renderer then stops at its next tile.
            match select(pin!(render), pin!(heartbeat)).await {
                Either::Left((rendered, _)) => rendered,
                Either::Right(((), render)) => render.await,
            }
        };
        self.calls += beats;
        self.requests += signals.tiles_done.get() + tiles.retries() + sink.pieces().len() as u32;
        let next = self.goes_on(work.most_requests);
        match rendered {
            Ok(report) => {
                let pieces = sink.pieces().to_vec();
                let StripReport { seal, missing, carried, requantised, .. } = report;
                let seal = serde_json::to_value(seal)?;
                let figures = StripFigures {
                    retries: tiles.retries(),
                    carried,
                    requantised,
                    memory_bytes: module_bytes(),
                };
                let fragment = Fragment { pieces, seal, missing, figures };
                self.calls += 1;
                match self.lane.complete(self.slot, at, fragment, next).await {
                    Err(EdgeError::Job(JobError::StaleLease)) => {
                        sink.discard().await;
                        self.next(next).await
                    }
                    done => done,
                }
            }
            Err(RenderError::Sink(SinkError::Stopped)) => {
                sink.discard().await;
                self.next(next).await
            }
            Err(RenderError::LeftAlone { layer, reason, retry_after_ms }) => {
                sink.discard().await;
                self.calls += 1;
                let refusal = Refusal { source: layer, reason, retry_after_ms };
                match self.lane.refused(self.slot, at, refusal, next).await {
                    Err(EdgeError::Job(JobError::StaleLease)) => self.next(next).await,
                    done => done,
                }
            }
            Err(error) => {
                sink.discard().await;
                let fault = error.fault();
                let failure = CaptureFailure {
                    code: fault.code.to_owned(),
                    detail: error.to_string(),
                    source_fault: fault.class == FaultClass::Source,
                };
                self.fail(grant, StripFailure { failure, is_final: error.is_final() }, next).await
            }
        }
    }

    async fn fail(
        &mut self,
        grant: &Grant,
        failed: StripFailure,
        next: bool,
    ) -> Result<Option<Work>, EdgeError> {
        self.calls += 1;
        match self.lane.fail(self.slot, &grant.at, failed, next).await {
            Err(EdgeError::Job(JobError::StaleLease)) => self.next(next).await,
            done => done,
        }
    }

    async fn next(&mut self, goes_on: bool) -> Result<Option<Work>, EdgeError> {
        if !goes_on {
            return Ok(None);
        }
        self.calls += 1;
        self.lane.lease(self.slot, self.knows()).await
    }

    /// Tells the lane how far the strip is; returns when the lane does not want it any more.
    async fn heartbeat(&self, heart: &Heart<'_>, room: &Reservation, beats: &mut u32) {
        let Heart { grant, tiles, signals, .. } = *heart;
        loop {
            sleep_ms(heart.pause_ms(*beats)).await;
            room.renew();
            *beats += 1;
            let (done, missing) = (signals.tiles_done.get(), signals.tiles_missing.get());
            let wants = tiles.wants(heart.plan.sources());
            match self.lane.progress(&grant.at, done, missing, wants).await {
                Ok(grants) => tiles.granted(grants),
                Err(EdgeError::Job(JobError::StaleLease)) => {
                    signals.stopped.set(true);
                    return;
                }
                // The next beat tries again, well before the lease ends.
                Err(_) => {}
            }
        }
    }
}

/// What a heartbeat tells of, and what it hears for.
struct Heart<'a> {
    grant: &'a Grant,
    lease_ms: u64,
    plan: &'a Plan,
    tiles: &'a EdgeTiles,
    signals: &'a Signals,
}

impl Heart<'_> {
    /// A long strip is told of less often: a chain of invocations has only so many.
    fn pause_ms(&self, beats: u32) -> u64 {
        const OFTEN: u32 = 16;
        const SELDOM_MS: u64 = 4_000;
        let longest_ms = self.lease_ms / 2;
        if beats < OFTEN { HEARTBEAT_MS.min(longest_ms) } else { SELDOM_MS.min(longest_ms) }
    }
}
