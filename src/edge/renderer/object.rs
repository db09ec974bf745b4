//! The object itself: it hears that there is work, and works in the background.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use worker::{DurableObject, Env, Request, Response, State, durable_object};

use crate::edge::clock::{now_ms, sleep_ms};
use crate::edge::renderer::sink::Signals;
use crate::edge::renderer::work::{self, WorkOrder};
use crate::job::StripAt;

/// A call that comes while a loop is about to end waits so long for it, to begin a loop of its own then.
const HANDOVER_MS: u64 = 500;
const HANDOVER_LOOK_MS: u64 = 5;

/// The Durable Object of one renderer.
#[durable_object]
pub struct RendererObject {
    state: State,
    env: Env,
    calls: Rc<Calls>,
}

/// Whether it works, and whether it was called meanwhile.
#[derive(Default)]
pub(super) struct Calls {
    working: Cell<bool>,
    again: Cell<bool>,
    /// The strip that is being rendered.
    current: RefCell<Option<(StripAt, Rc<Signals>)>>,
}

impl Calls {
    /// Whether there was a call since the last time this was asked.
    pub fn take(&self) -> bool {
        self.again.replace(false)
    }

    /// Says which strip is being rendered, and how to stop it.
    pub fn begin(&self, at: &StripAt, signals: &Rc<Signals>) {
        self.current.replace(Some((at.clone(), signals.clone())));
    }

    fn stop(&self, at: &StripAt) {
        if let Some((current, signals)) = &*self.current.borrow()
            && current == at
        {
            signals.stopped.set(true);
        }
    }
}

impl DurableObject for RendererObject {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, calls: Rc::default() }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        if request.path() == "/stop" {
            self.calls.stop(&request.json().await?);
            return Ok(Response::empty()?.with_status(202));
        }
        let order: WorkOrder = request.json().await?;
        self.calls.again.set(true);
        let give_up_ms = now_ms() + HANDOVER_MS;
        while self.calls.working.get() && self.calls.again.get() && now_ms() < give_up_ms {
            sleep_ms(HANDOVER_LOOK_MS).await;
        }
        if self.calls.again.get() && !self.calls.working.replace(true) {
            let (env, calls) = (self.env.clone(), self.calls.clone());
            self.state.wait_until(async move {
                work::work(&env, &order, &calls).await;
                calls.working.set(false);
            });
        }
        Ok(Response::empty()?.with_status(202))
    }

    async fn alarm(&self) -> worker::Result<Response> {
        Response::empty()
    }

    async fn websocket_message(
        &self,
        _: worker::WebSocket,
        _: worker::WebSocketIncomingMessage,
    ) -> worker::Result<()> {
        Ok(())
    }

    async fn websocket_close(
        &self,
        _: worker::WebSocket,
        _: usize,
        _: String,
        _: bool,
    ) -> worker::Result<()> {
        Ok(())
    }

    async fn websocket_error(&self, _: worker::WebSocket, _: worker::Error) -> worker::Result<()> {
        Ok(())
    }

    async fn connect(&self, _: worker::Socket) -> worker::Result<()> {
        Ok(())
    }
}
