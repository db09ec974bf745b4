//! Waking renderers when there is work for them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use worker::console_error;

use crate::edge::binding;
use crate::edge::clock::within_ms;
use crate::edge::error::EdgeError;
use crate::edge::lane::object::Core;
use crate::edge::message::post_json;
use crate::edge::renderer::{WORK_ADDRESS, WorkOrder};
use crate::job::Lane;

/// A renderer that was woken is given this long to ask for a strip before it is woken again.
const KICK_PATIENCE_MS: u64 = 3_000;

/// How long a renderer may take to say that it heard.
const KICK_TIMEOUT_MS: u64 = 5_000;

/// When each renderer was woken last. Soft: a lane that forgets it wakes one renderer too many.
#[derive(Default)]
pub struct Renderers {
    kicked_ms: RefCell<BTreeMap<u32, u64>>,
}

impl Renderers {
    /// When to look again whether a renderer that was woken has come.
    pub fn next_look_ms(&self, lane: &Lane, now: u64) -> Option<u64> {
        let pending = lane.pending_strips();
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

    /// Wakes idle renderers while there are strips for them.
    pub fn wake(&self, core: &Rc<Core>, now: u64) {
        let idle = core.look(|lane| {
            let busy = lane.busy_slots();
            let idle = (0..lane.settings().slots).filter(|slot| !busy.contains(slot));
            idle.take(lane.pending_strips()).collect::<Vec<_>>()
        });
        for slot in idle.unwrap_or_default() {
            if self.due_ms(slot, now) <= now {
                self.kicked_ms.borrow_mut().insert(slot, now);
                let core = core.clone();
                core.clone().state.wait_until(async move {
                    if let Err(error) = kick(&core, slot).await {
                        console_error!("renderer {slot} did not answer: {error}");
                    }
                });
            }
        }
    }

    /// The same from a renderer's own call: through the alarm, which begins a new chain of invocations.
    pub fn wake_from_alarm(&self, core: &Rc<Core>, now: u64) {
        let next = core.look(|lane| {
            // A renderer that came is not waited for any more.
            let busy = lane.busy_slots();
            self.kicked_ms.borrow_mut().retain(|slot, _| !busy.contains(slot));
            self.next_look_ms(lane, now)
        });
        core.arm(next.flatten(), now);
    }
}

async fn kick(core: &Rc<Core>, slot: u32) -> Result<(), EdgeError> {
    // An object that an alarm brought up does not know its own name; its captures do.
    let lane =
        core.look(|lane| lane.active().next().map(|capture| capture.id().lane().to_string())).flatten();
    let Some(lane) = lane else { return Ok(()) };
    let renderers = core.env.durable_object(binding::RENDERERS)?;
    let stub = renderers.get_by_name(&format!("{lane}/{slot}"))?;
    let request = post_json(WORK_ADDRESS, &WorkOrder { lane, slot })?;
    let answer = within_ms(KICK_TIMEOUT_MS, stub.fetch_with_request(request)).await;
    let answer = answer.ok_or(EdgeError::Silent { what: "renderer", limit_ms: KICK_TIMEOUT_MS })??;
    match answer.status_code() {
        202 => Ok(()),
        status => Err(EdgeError::Runtime(format!("a renderer answered {status}"))),
    }
}
