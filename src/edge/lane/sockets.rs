//! Status sockets: a snapshot on connecting, then updates with sequence numbers, at most two a second each.
//!
//! The sockets hibernate: what must outlive this instance (whose they are, what was sent last) is their attachment.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use worker::{Response, WebSocket, WebSocketPair, WebSocketRequestResponsePair, console_error};

use crate::edge::clock::{now_ms, sleep_ms};
use crate::edge::error::EdgeError;
use crate::edge::lane::object::Core;
use crate::job::{CaptureId, CaptureState, JobError, Lane, Status, Ticket};

/// Between two messages to one socket.
const GAP_MS: u64 = 500;

#[derive(Default)]
pub struct Sockets {
    /// Captures whose clients are to be told.
    news: RefCell<BTreeSet<Ticket>>,
    last_ms: Cell<u64>,
    telling: Cell<bool>,
}

/// What a socket keeps through hibernation, 2 KiB at the most.
#[derive(Serialize, Deserialize)]
struct Attachment {
    id: String,
    seq: u32,
}

#[derive(Serialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    seq: u32,
    status: &'a Status,
}

impl Sockets {
    /// Opens a socket for a capture and sends the snapshot.
    pub fn open(&self, core: &Rc<Core>, id: &str) -> Result<Response, EdgeError> {
        let id = CaptureId::parse(id).ok_or(JobError::UnknownCapture)?;
        let status = core.turn(false, |lane, _| lane.status(&id))??;
        let pair = WebSocketPair::new()?;
        core.state.accept_websocket_with_tags(&pair.server, &[]);
        core.state.set_websocket_auto_response(&WebSocketRequestResponsePair::new("ping", "pong")?);
        pair.server.serialize_attachment(Attachment { id: id.to_string(), seq: 1 })?;
        send(&pair.server, "snapshot", 1, &status)?;
        if status.state.is_final() {
            close(&pair.server);
        }
        Ok(Response::from_websocket(pair.client)?)
    }

    /// A client asks how its capture stands: it is told with the next news.
    pub fn ask(&self, core: &Rc<Core>, socket: &WebSocket) {
        let Ok(Some(attachment)) = socket.deserialize_attachment::<Attachment>() else { return };
        let Some(id) = CaptureId::parse(&attachment.id) else { return };
        if let Ok(Ok(ticket)) = core.turn(false, |lane, _| lane.capture(&id).map(|c| c.ticket())) {
            self.tell(core, BTreeSet::from([ticket]), now_ms());
        }
    }

    /// Notes whose status has changed, and sends it as soon as the gap since the last time allows.
    pub fn tell(&self, core: &Rc<Core>, news: BTreeSet<Ticket>, now: u64) {
        if core.state.get_websockets().is_empty() {
            return;
        }
        self.news.borrow_mut().extend(news);
        if self.telling.replace(true) {
            return;
        }
        // A clock that jumped back must not silence the sockets.
        let since_ms = now.saturating_sub(self.last_ms.get());
        let wait_ms = if now < self.last_ms.get() { 0 } else { GAP_MS.saturating_sub(since_ms) };
        let core = core.clone();
        core.clone().state.wait_until(async move {
            sleep_ms(wait_ms).await;
            core.sockets.telling.set(false);
            core.sockets.last_ms.set(now_ms());
            let news = core.sockets.news.take();
            if core.look(|lane| send_all(&core, lane, &news)).is_none() {
                // The lane is not in memory: after a failed write, for example. Load it, and tell next time.
                core.sockets.news.borrow_mut().extend(news);
            }
        });
    }
}

/// Sends their status to all whose capture has changed or whose position may have.
fn send_all(core: &Rc<Core>, lane: &Lane, news: &BTreeSet<Ticket>) {
    let Some(earliest) = news.first() else { return };
    for socket in core.state.get_websockets() {
        let Ok(Some(mut attachment)) = socket.deserialize_attachment::<Attachment>() else { continue };
        let status = CaptureId::parse(&attachment.id).and_then(|id| {
            let capture = lane.capture(&id).ok()?;
            // Whoever waits behind a change may have moved.
            let concerned = news.contains(&capture.ticket())
                || (capture.state() == CaptureState::Queued && capture.ticket() > *earliest);
            concerned.then(|| lane.status(&id).ok()).flatten()
        });
        let Some(status) = status else { continue };
        attachment.seq += 1;
        let sent = send(&socket, "update", attachment.seq, &status);
        let kept = sent.and_then(|()| Ok(socket.serialize_attachment(&attachment)?));
        if let Err(error) = kept {
            // Its client is gone; the runtime closes it.
            console_error!("a status could not be sent: {error}");
        }
        if status.state.is_final() {
            close(&socket);
        }
    }
}

fn send(socket: &WebSocket, kind: &'static str, seq: u32, status: &Status) -> Result<(), EdgeError> {
    Ok(socket.send(&Message { kind, seq, status })?)
}

fn close(socket: &WebSocket) {
    // It may be closed already.
    let _ = socket.close(Some(1000), Some("this was the last update"));
}
