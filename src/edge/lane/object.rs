//! The object itself: turns, the alarm, the sockets' handlers.

use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;

use worker::{
    DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, console_error,
    durable_object,
};

use crate::edge::chunk_store::ChunkStore;
use crate::edge::clock::now_ms;
use crate::edge::config::Budget;
use crate::edge::error::EdgeError;
use crate::edge::lane::calls;
use crate::edge::lane::news::News;
use crate::edge::lane::permits::LanePermits;
use crate::edge::lane::renderers::Renderers;
use crate::edge::lane::sockets::Sockets;
use crate::edge::lane::store::LaneStore;
use crate::edge::lane_client::{DATA_PATH, SOCKET_PATH, lane_and_path};
use crate::edge::problem;
use crate::edge::{config, earth};
use crate::job::{Lane, Stored};

/// The Durable Object of one lane.
#[durable_object]
pub struct LaneObject {
    core: Rc<Core>,
}

/// What the object and the work it leaves running share.
pub(super) struct Core {
    pub state: State,
    pub env: Env,
    /// The source's, once a caller has told it.
    name: RefCell<Option<String>>,
    /// The cache of storage; `None` before the first turn and after a failed write.
    lane: RefCell<Option<Lane>>,
    pub sockets: Sockets,
    /// Calls that wait for a capture to change.
    pub news: News,
    pub renderers: Renderers,
    /// What sources allow.
    pub permits: LanePermits,
    /// The time of the alarm, as far as this instance knows.
    alarm_ms: Cell<Option<u64>>,
    sweeping: Cell<bool>,
}

/// A turn that has begun.
struct Turn<'a> {
    store: LaneStore,
    /// Empty until the turn has ended well.
    cached: RefMut<'a, Option<Lane>>,
    lane: Lane,
    /// The lane's time.
    now: u64,
}

/// The alarm is set again at least this far ahead, for it never fires when set to now from within itself.
const LEAST_AHEAD_MS: u64 = 1;

/// If a turn within the alarm dies, the next alarm comes after this.
const ALARM_FALLBACK_MS: u64 = 30_000;

impl Core {
    /// Does something to the lane: loads it if need be, lets `act` change it, writes what it changed, and sees to what
    /// follows from it. Synchronous from the first to the last line, so that nothing comes in between.
    pub fn turn<T>(self: &Rc<Self>, act: impl FnOnce(&mut Lane, u64) -> T) -> Result<T, EdgeError> {
        let mut turn = self.begin()?;
        let now = turn.now;
        let result = act(&mut turn.lane, now);
        self.end(turn)?;
        Ok(result)
    }

    /// The part of a turn before its action. Not generic, as its end: they would be in the module once for each action.
    fn begin(&self) -> Result<Turn<'_>, EdgeError> {
        let store = LaneStore::new(self.state.storage().sql());
        let mut cached =
            self.lane.try_borrow_mut().map_err(|_| EdgeError::Runtime("turn within a turn".into()))?;
        let mut lane = match cached.take() {
            Some(lane) => lane,
            None => self.restore(store.load()?)?,
        };
        let now = lane.now_ms(now_ms());
        lane.tick(now);
        for id in lane.overdue(now) {
            // It was there a moment ago.
            let Ok(ticket) = lane.capture(&id).map(|capture| capture.ticket()) else { continue };
            let connected = Sockets::any_for(&self.state, ticket);
            let _ = if connected { lane.seen(&id, now) } else { lane.given_up(&id, now) };
        }
        Ok(Turn { store, cached, lane, now })
    }

    /// The lane as it was stored. Its settings are those of its source, whose name a caller has told; an alarm does not, and
    /// then captures do.
    fn restore(&self, stored: Stored) -> Result<Lane, EdgeError> {
        let stored_name = stored.captures.first().map(|capture| capture.id().lane().to_string());
        let name = self.name.borrow().clone().or(stored_name);
        let catalogue = config::catalogue(&self.env)?;
        let source = name.and_then(|name| catalogue.listed(&name));
        Ok(Lane::restore(config::lane_settings(&self.env, source), stored))
    }

    /// A caller tells the lane's name.
    fn called(&self, name: &str) {
        let known = self.name.borrow().as_deref() == Some(name);
        if !known && let Ok(mut lane) = self.lane.try_borrow_mut() {
            self.name.replace(Some(name.to_owned()));
            // What an alarm loaded may have other settings.
            lane.take();
        }
    }

    /// The part of a turn after its action.
    fn end(self: &Rc<Self>, turn: Turn<'_>) -> Result<(), EdgeError> {
        let Turn { store, mut cached, mut lane, now } = turn;
        let changes = lane.take_changes();
        if !changes.is_empty() {
            // On an error the cache stays empty, and the next turn starts from what storage has.
            store.write(&changes)?;
        }
        let (news, stops) = (lane.take_news(), lane.take_stops());
        self.renderers.came(&lane);
        let next_ms = self.renderers.next_look_ms(&lane, now);
        let deadline = lane.next_deadline_ms().into_iter().chain(next_ms).min();
        let has_garbage = lane.has_garbage(now);
        *cached = Some(lane);
        drop(cached);

        self.arm(deadline, now);
        if !news.is_empty() {
            self.news.tell(&news);
            self.sockets.tell(self, news);
        }
        self.renderers.stop(self, stops);
        if has_garbage {
            self.sweep();
        }
        Ok(())
    }

    /// Looks at the lane as the last turn left it.
    pub fn look<T>(self: &Rc<Self>, at: impl FnOnce(&Lane) -> T) -> Option<T> {
        self.lane.try_borrow().ok()?.as_ref().map(at)
    }

    /// Sets the alarm for a deadline, unless it comes before that anyway. Both times are the lane's.
    pub fn arm(&self, deadline_ms: Option<u64>, now: u64) {
        let Some(deadline_ms) = deadline_ms else { return };
        let told_ms = now_ms();
        let at_ms = told_ms + deadline_ms.saturating_sub(now).max(LEAST_AHEAD_MS);
        let set = self.alarm_ms.get().filter(|set_ms| *set_ms > told_ms);
        if set.is_none_or(|set_ms| at_ms < set_ms) {
            let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at_ms as f64));
            // The call takes effect at once; its promise only tells when it is on disk, which the output gate awaits.
            let options = js_sys::Object::new();
            match self.state.storage().as_raw().set_alarm(date, options) {
                Ok(_) => self.alarm_ms.set(Some(at_ms)),
                Err(error) => console_error!("the alarm cannot be set: {error:?}"),
            }
        }
    }

    /// Deletes from the chunk store what the lane calls garbage, in the background, one sweep at a time.
    fn sweep(self: &Rc<Self>) {
        if self.sweeping.replace(true) {
            return;
        }
        let core = self.clone();
        self.state.wait_until(async move {
            // What is left is due at once, and the alarm comes for it: an invocation may do only so much.
            if let Err(error) = core.delete_garbage().await {
                console_error!("the chunk store cannot be tidied: {error}");
            }
            core.sweeping.set(false);
        });
    }

    async fn delete_garbage(self: &Rc<Self>) -> Result<(), EdgeError> {
        let most = Budget::of(&self.env).deletions();
        let chunks = ChunkStore::open(&self.env)?;
        let mut deleted = Vec::new();
        for key in self.turn(|lane, now| lane.take_garbage(most, now))? {
            // What fails comes up again when it is due again.
            if chunks.delete(&key).await.is_ok() {
                deleted.push(key);
            }
        }
        // In this turn a further sweep cannot begin; the alarm that it sets begins one.
        self.turn(|lane, _| lane.garbage_deleted(&deleted))
    }
}

impl DurableObject for LaneObject {
    fn new(state: State, env: Env) -> Self {
        Self {
            core: Rc::new(Core {
                state,
                env,
                name: RefCell::new(None),
                lane: RefCell::new(None),
                sockets: Sockets::default(),
                news: News::default(),
                renderers: Renderers::default(),
                permits: LanePermits::default(),
                alarm_ms: Cell::new(None),
                sweeping: Cell::new(false),
            }),
        }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let path = request.path();
        let (name, path) = lane_and_path(&path).unwrap_or_default();
        self.core.called(name);
        let answer = match path.strip_prefix(SOCKET_PATH) {
            Some(id) => Sockets::open(&self.core, id),
            None if path == DATA_PATH => earth::file(&self.core.env).await,
            None => calls::answer(&self.core, request).await,
        };
        answer.or_else(|error| problem::answer(&error))
    }

    async fn alarm(&self) -> worker::Result<Response> {
        // No await in here: a panic elsewhere in the isolate would leave this handler, and all later alarms, hanging.
        let now = now_ms();
        self.core.alarm_ms.set(None);
        self.core.arm(Some(now + ALARM_FALLBACK_MS), now);
        match self.core.turn(|_, now| now) {
            Ok(now) => self.core.renderers.wake_one(&self.core, now),
            Err(error) => console_error!("the alarm's turn failed: {error}"),
        }
        Response::empty()
    }

    async fn websocket_message(&self, ws: WebSocket, _: WebSocketIncomingMessage) -> worker::Result<()> {
        // Whatever a client says, it gets to know how its capture stands.
        self.core.sockets.ask(&self.core, &ws);
        Ok(())
    }

    async fn websocket_close(
        &self,
        ws: WebSocket,
        code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> worker::Result<()> {
        // 1005 and 1006 stand for "no code" and must not be sent.
        let code = u16::try_from(code).ok().filter(|c| !matches!(c, 1005 | 1006));
        // It may be closed already.
        let _ = ws.close(code.or(Some(1000)), Some("bye"));
        Ok(())
    }

    async fn websocket_error(&self, _ws: WebSocket, _error: worker::Error) -> worker::Result<()> {
        Ok(())
    }

    async fn connect(&self, _socket: worker::Socket) -> worker::Result<()> {
        Ok(())
    }
}
