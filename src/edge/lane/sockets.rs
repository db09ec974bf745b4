//! Status sockets: a snapshot on connecting, then updates with sequence numbers, at most two a second each.
//!
//! Who is concerned by a change hears of it at once; whoever waits behind it hears of a new place in the queue, the later
//! the more are waiting, so that a long queue costs little. The sockets hibernate: what must outlive this instance is
//! their attachment, and their tag is the capture's ticket.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use worker::{Response, State, WebSocket, WebSocketPair, WebSocketRequestResponsePair, console_error};

use crate::edge::clock::{now_ms, sleep_ms};
use crate::edge::error::EdgeError;
use crate::edge::lane::object::Core;
use crate::job::{CaptureId, CaptureState, JobError, Lane, Status, Ticket};

/// Between two messages to one socket.
const GAP_MS: u64 = 500;

/// Places in the queue are told so much later for each capture that waits, up to the most.
const GAP_PER_WAITING_MS: u64 = 5;
const LONGEST_GAP_MS: u64 = 10_000;

/// Who waits hears something after this time, even from the same place.
const SILENCE_MS: u64 = 15_000;

/// Sockets of one capture.
const MOST_SOCKETS: usize = 16;

#[derive(Default)]
pub struct Sockets {
    /// Captures whose clients are to be told.
    news: RefCell<BTreeSet<Ticket>>,
    /// Whether anybody's place may have changed since all were looked at.
    moved: Cell<bool>,
    /// When all places were looked at last.
    places_ms: Cell<u64>,
    /// When news was sent last.
    told_ms: Cell<u64>,
    /// Whether the one or the other is about to be sent.
    news_timer: Cell<bool>,
    places_timer: Cell<bool>,
}

/// What a socket keeps through hibernation, 2 KiB at the most.
#[derive(Serialize, Deserialize)]
struct Attachment {
    id: String,
    seq: u32,
    /// What the last message said, and when it was sent.
    position: u32,
    sent_ms: u64,
}

#[derive(Serialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    seq: u32,
    status: &'a Status,
}

impl Sockets {
    /// Whether a client is connected for a capture.
    pub fn any_for(state: &State, ticket: Ticket) -> bool {
        !of(state, ticket).is_empty()
    }

    /// Opens a socket for a capture and sends the snapshot.
    pub fn open(core: &Rc<Core>, id: &str) -> Result<Response, EdgeError> {
        let id = CaptureId::parse(id).ok_or(JobError::UnknownCapture)?;
        let (ticket, status) = core.turn(|lane, now| {
            lane.seen(&id, now)?;
            Ok::<_, JobError>((lane.capture(&id)?.ticket(), lane.status(&id)?))
        })??;
        if of(&core.state, ticket).len() >= MOST_SOCKETS {
            return Err(EdgeError::TooManySockets { limit: MOST_SOCKETS });
        }
        let pair = WebSocketPair::new()?;
        core.state.accept_websocket_with_tags(&pair.server, &[&tag(ticket)]);
        core.state.set_websocket_auto_response(&WebSocketRequestResponsePair::new("ping", "pong")?);
        let attachment =
            Attachment { id: id.to_string(), seq: 1, position: status.position, sent_ms: now_ms() };
        pair.server.serialize_attachment(attachment)?;
        pair.server.send(&Message { kind: "snapshot", seq: 1, status: &status })?;
        if status.state.is_final() {
            close(&pair.server);
        }
        Ok(Response::from_websocket(pair.client)?)
    }

    /// A client asks how its capture stands: it is told with the next news.
    pub fn ask(&self, core: &Rc<Core>, socket: &WebSocket) {
        let Ok(Some(attachment)) = socket.deserialize_attachment::<Attachment>() else { return };
        let Some(id) = CaptureId::parse(&attachment.id) else { return };
        let asked = core.turn(|lane, now| {
            lane.seen(&id, now)?;
            lane.capture(&id).map(|c| c.ticket())
        });
        if let Ok(Ok(ticket)) = asked {
            self.tell(core, BTreeSet::from([ticket]));
        }
    }

    /// Notes whose status has changed, and sends it as soon as the gap since the last time allows.
    pub fn tell(&self, core: &Rc<Core>, news: BTreeSet<Ticket>) {
        self.news.borrow_mut().extend(news);
        self.moved.set(true);
        self.news_soon(core, remaining_ms(self.told_ms.get(), GAP_MS));
    }

    fn news_soon(&self, core: &Rc<Core>, wait_ms: u64) {
        if self.news_timer.replace(true) {
            return;
        }
        let core = core.clone();
        core.clone().state.wait_until(async move {
            sleep_ms(wait_ms).await;
            let sockets = &core.sockets;
            sockets.news_timer.set(false);
            sockets.told_ms.set(now_ms());
            // When the lane is not in memory, after a failed write for example, the next turn loads it, and tells.
            if let Some(Some(wait_ms)) = core.look(|lane| sockets.send_news(&core, lane)) {
                sockets.news_soon(&core, wait_ms);
            }
            if sockets.moved.get()
                && let Some(gap_ms) = core.look(places_gap_ms)
            {
                sockets.places_soon(&core, remaining_ms(sockets.places_ms.get(), gap_ms));
            }
        });
    }

    fn places_soon(&self, core: &Rc<Core>, wait_ms: u64) {
        if self.places_timer.replace(true) {
            return;
        }
        let core = core.clone();
        core.clone().state.wait_until(async move {
            sleep_ms(wait_ms).await;
            let sockets = &core.sockets;
            sockets.places_timer.set(false);
            sockets.places_ms.set(now_ms());
            sockets.moved.set(false);
            if core.look(|lane| send_places(&core, lane)) == Some(true) {
                sockets.moved.set(true);
                sockets.places_soon(&core, GAP_MS);
            }
        });
    }

    /// Sends their news to those whom it concerns. Returns after which time there is more to send, if anything is left.
    fn send_news(&self, core: &Core, lane: &Lane) -> Option<u64> {
        let (mut later, mut wait_ms) = (BTreeSet::new(), None);
        for ticket in self.news.take() {
            for socket in of(&core.state, ticket) {
                if let Some(early_ms) = update(&socket, lane, |_, _| true) {
                    later.insert(ticket);
                    wait_ms = wait_ms.max(Some(early_ms));
                }
            }
        }
        self.news.borrow_mut().extend(later);
        wait_ms
    }
}

/// Captures that wait.
fn waiting(lane: &Lane) -> impl Iterator<Item = Ticket> {
    lane.active().filter(|c| c.state() == CaptureState::Queued).map(|c| c.ticket())
}

/// Between two looks at everybody's place.
fn places_gap_ms(lane: &Lane) -> u64 {
    (waiting(lane).count() as u64 * GAP_PER_WAITING_MS).clamp(GAP_MS, LONGEST_GAP_MS)
}

/// Tells those who wait of a new place, and those who have heard nothing for long of the old one. Returns whether somebody
/// was told a moment ago and is to be told later.
fn send_places(core: &Core, lane: &Lane) -> bool {
    let due = |was: &Attachment, status: &Status| {
        was.position != status.position || remaining_ms(was.sent_ms, SILENCE_MS) == 0
    };
    let mut early = false;
    for ticket in waiting(lane) {
        for socket in of(&core.state, ticket) {
            early |= update(&socket, lane, due).is_some();
        }
    }
    early
}

/// Sends its status to a socket if it is `due`; or returns how much too early that would be.
fn update(socket: &WebSocket, lane: &Lane, due: impl FnOnce(&Attachment, &Status) -> bool) -> Option<u64> {
    let mut attachment = socket.deserialize_attachment::<Attachment>().ok()??;
    let status = lane.status(&CaptureId::parse(&attachment.id)?).ok()?;
    if !due(&attachment, &status) {
        return None;
    }
    let early_ms = remaining_ms(attachment.sent_ms, GAP_MS);
    if early_ms > 0 {
        return Some(early_ms);
    }
    attachment.seq += 1;
    attachment.position = status.position;
    attachment.sent_ms = now_ms();
    let sent = socket.send(&Message { kind: "update", seq: attachment.seq, status: &status });
    if let Err(error) = sent.and_then(|()| socket.serialize_attachment(&attachment)) {
        // Its client is gone; the runtime closes it.
        console_error!("a status could not be sent: {error}");
    }
    if status.state.is_final() {
        close(socket);
    }
    None
}

/// What is left of a time since a moment. A clock that jumped back must not silence the sockets.
fn remaining_ms(since_ms: u64, gap_ms: u64) -> u64 {
    let now = now_ms();
    if now < since_ms { 0 } else { (since_ms + gap_ms).saturating_sub(now) }
}

fn tag(ticket: Ticket) -> String {
    ticket.0.to_string()
}

fn of(state: &State, ticket: Ticket) -> Vec<WebSocket> {
    state.get_websockets_with_tag(&tag(ticket))
}

fn close(socket: &WebSocket) {
    // It may be closed already.
    let _ = socket.close(Some(1000), Some("this was the last update"));
}
