//! Waking renderers when there is work for them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Serialize;
use worker::console_error;

use crate::edge::clock::{now_ms, sleep_ms, within_ms};
use crate::edge::error::EdgeError;
use crate::edge::lane::object::Core;
use crate::edge::message::post_json;
use crate::edge::renderer::{STOP_ADDRESS, WORK_ADDRESS, WorkOrder};
use crate::edge::{binding, config};
use crate::job::{Lane, Stop};

/// A renderer that was woken is given this long to ask for a strip before it is woken again.
const KICK_PATIENCE_MS: u64 = 3_000;

/// How long a renderer may take to say that it heard.
const KICK_TIMEOUT_MS: u64 = 5_000;

/// A client that cancels is kept waiting so long for renderers to hear of it, and looked after so often.
const STOP_PATIENCE_MS: u64 = 500;
const STOP_LOOK_MS: u64 = 2;

/// When each renderer was woken last. Soft: a lane that forgets it wakes one renderer too many.
#[derive(Default)]
pub struct Renderers {
    kicked_ms: RefCell<BTreeMap<u32, u64>>,
    /// Renderers that are being told to stop.
    stopping: Cell<u32>,
}

impl Renderers {
    /// When to look again whether a renderer that was woken has come.
    pub fn next_look_ms(&self, lane: &Lane, now: u64) -> Option<u64> {
        let pending = lane.pending_strips(lane.settings().slots as usize);
        if pending == 0 {
            return None;
        }
        let busy = lane.busy_slots();
        let idle = (0..lane.settings().slots).filter(|slot| !busy.contains(slot));
        idle.take(pending).map(|slot| self.due_ms(slot, now)).min()
    }

    /// When a renderer may be woken (again).
    fn due_ms(&self, slot: u32, now: u64) -> u64 {
        match self.kicked_ms.borrow().get(&slot) {
            // A clock that jumped back does not hold a renderer up.
            Some(kicked_ms) if *kicked_ms <= now => kicked_ms + KICK_PATIENCE_MS,
            _ => now,
        }
    }

    /// Tells renderers that their strips are not wanted any more.
    pub fn stop(&self, core: &Rc<Core>, stops: Vec<Stop>) {
        for Stop { slot, at } in stops {
            self.stopping.set(self.stopping.get() + 1);
            let core = core.clone();
            core.clone().state.wait_until(async move {
                let told = tell(&core, at.capture.lane().as_str(), slot, STOP_ADDRESS, &at).await;
                if let Err(error) = told {
                    console_error!("renderer {slot} was not stopped: {error}");
                }
                core.renderers.stopping.set(core.renderers.stopping.get().saturating_sub(1));
            });
        }
    }

    /// Waits a while for renderers that are being told to stop.
    pub async fn stopped(&self) {
        let give_up_ms = now_ms() + STOP_PATIENCE_MS;
        while self.stopping.get() > 0 && now_ms() < give_up_ms {
            sleep_ms(STOP_LOOK_MS).await;
        }
    }

    /// Wakes one idle renderer if there is a strip for it; the next alarm wakes the next. From an alarm alone: what a renderer
    /// does belongs to the chain of invocations of whoever woke it, a chain may have 32, and an alarm begins a new one.
    pub fn wake_one(&self, core: &Rc<Core>, now: u64) {
        let idle = core.look(|lane| {
            let busy = lane.busy_slots();
            let idle = (0..lane.settings().slots).filter(|slot| !busy.contains(slot));
            let pending = lane.pending_strips(lane.settings().slots as usize);
            idle.take(pending).find(|slot| self.due_ms(*slot, now) <= now)
        });
        if let Some(slot) = idle.flatten() {
            self.kicked_ms.borrow_mut().insert(slot, now);
            let this = core.clone();
            core.state.wait_until(async move {
                if let Err(error) = kick(&this, slot).await {
                    console_error!("renderer {slot} did not answer: {error}");
                }
            });
        }
        core.arm(core.look(|lane| self.next_look_ms(lane, now)).flatten(), now);
    }

    /// A renderer that came is not waited for any more.
    pub fn came(&self, lane: &Lane) {
        let busy = lane.busy_slots();
        self.kicked_ms.borrow_mut().retain(|slot, _| !busy.contains(slot));
    }
}

async fn kick(core: &Rc<Core>, slot: u32) -> Result<(), EdgeError> {
    // An object that an alarm brought up does not know its own name; its captures do.
    let lane =
        core.look(|lane| lane.active().next().map(|capture| capture.id().lane().to_string())).flatten();
    let Some(lane) = lane else { return Ok(()) };
    tell(core, &lane.clone(), slot, WORK_ADDRESS, &WorkOrder { lane, slot }).await
}

/// Sends a message to one of the lane's renderers, which answers that it heard.
async fn tell(
    core: &Core,
    lane: &str,
    slot: u32,
    address: &str,
    message: &impl Serialize,
) -> Result<(), EdgeError> {
    let renderers = core.env.durable_object(binding::RENDERERS)?;
    let name = format!("{lane}/{slot}");
    let stub = match config::location_hint(&core.env, lane) {
        Some(hint) => renderers.get_by_name_with_location_hint(&name, hint)?,
        None => renderers.get_by_name(&name)?,
    };
    let answer = within_ms(KICK_TIMEOUT_MS, stub.fetch_with_request(post_json(address, message)?)).await;
    let answer = answer.ok_or(EdgeError::Silent { what: "renderer", limit_ms: KICK_TIMEOUT_MS })??;
    match answer.status_code() {
        202 => Ok(()),
        status => Err(EdgeError::Runtime(format!("a renderer answered {status}"))),
    }
}
