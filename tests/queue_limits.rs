//! How much may wait in the queue, and who is told to stop.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use mapshot::fault::{Explain, FaultClass};
use mapshot::job::{
    Bound, CaptureId, Fragment, InlineChunk, JobError, JobSpec, Lane, LaneSettings, NewCapture, Piece,
    Stored, StripFigures,
};
use mapshot::source::SourceId;
use serde_json::json;

const NOW: u64 = 1_000_000;

fn lane() -> Lane {
    let settings = LaneSettings {
        max_queued: 5,
        max_pixels: 1_000,
        max_client_pixels: 600,
        max_chunks: 2,
        ..LaneSettings::default()
    };
    Lane::restore(settings, Stored::default())
}

fn inline(bytes: &[u8]) -> InlineChunk {
    InlineChunk { bytes: bytes.to_vec(), sha256: String::new(), state: Default::default() }
}

fn capture(serial: u128, client: &str, pixels: u64) -> NewCapture {
    NewCapture {
        id: CaptureId::new(SourceId::new("lane").unwrap(), serial),
        idempotency: None,
        client: client.to_owned(),
        job: JobSpec {
            plan: "{}".to_owned(),
            sources: vec![SourceId::new("lane").unwrap()],
            secrets: Vec::new(),
            contact: String::new(),
            summary: json!({}),
            pixels,
            strip_tiles: vec![4, 4],
            media_type: "image/png".to_owned(),
            file_name: "a.png".to_owned(),
        },
        head: inline(b"head"),
    }
}

/// What was full: of what, how much there was, how much is allowed.
fn refused(lane: &mut Lane, new: NewCapture) -> (Bound, u64, u64) {
    match lane.enqueue(new, NOW) {
        Err(JobError::QueueFull { bound, present, limit, retry_after_ms }) => {
            assert!((1_000..=600_000).contains(&retry_after_ms), "{retry_after_ms}");
            (bound, present, limit)
        }
        other => panic!("it was not refused: {other:?}"),
    }
}

/// Renders all that waits, a chunk for each strip.
fn render(lane: &mut Lane) {
    while let Some(grant) = lane.lease(0, None, NOW) {
        let at = grant.at;
        let key = format!("{}/{}", at.capture, at.strip);
        let piece = Piece { key, bytes: 10, sha256: String::new(), state: Default::default() };
        let fragment = Fragment {
            pieces: vec![piece],
            seal: json!(0),
            missing: Vec::new(),
            figures: StripFigures::default(),
        };
        if lane.complete(&at, fragment, NOW).unwrap() {
            lane.seal(&at.capture, inline(b"tail"), NOW).unwrap();
        }
    }
}

#[test]
fn a_client_cannot_queue_more_than_its_share_and_all_not_more_than_there_is() {
    let mut lane = lane();
    lane.enqueue(capture(1, "a", 500), NOW).unwrap();
    assert_eq!(refused(&mut lane, capture(2, "a", 101)), (Bound::ClientPixels, 500, 600));
    lane.enqueue(capture(3, "a", 100), NOW).unwrap();
    lane.enqueue(capture(4, "b", 400), NOW).unwrap();
    assert_eq!(refused(&mut lane, capture(5, "c", 1)), (Bound::Pixels, 1_000, 1_000));
    // What is not queued any more does not count.
    lane.cancel(&capture(1, "a", 500).id, NOW).unwrap();
    lane.enqueue(capture(5, "a", 500), NOW).unwrap();
    // And what was accepted once is not refused when it comes again.
    assert!(lane.enqueue(capture(5, "a", 500), NOW).unwrap().existing);

    let told = lane.enqueue(capture(6, "a", 600), NOW).unwrap_err();
    let fault = told.fault();
    assert_eq!((fault.class, fault.code), (FaultClass::TooMuch, "too_much_queued"));
    assert_eq!((fault.value.as_deref(), fault.limit.as_deref()), (Some("600"), Some("600 pixels")));
    assert!(fault.retry_after_ms.is_some());
    assert!(told.to_string().contains("you have too much in the queue"), "{told}");
}

#[test]
fn so_many_captures_may_wait() {
    let mut lane = lane();
    for serial in 0..5 {
        lane.enqueue(capture(serial, "a", 1), NOW).unwrap();
    }
    assert_eq!(refused(&mut lane, capture(9, "b", 1)), (Bound::Captures, 5, 5));
}

#[test]
fn nothing_comes_in_while_too_much_waits_to_be_fetched_or_deleted() {
    let mut lane = lane();
    lane.enqueue(capture(1, "a", 1), NOW).unwrap();
    render(&mut lane);
    assert_eq!(refused(&mut lane, capture(2, "b", 1)), (Bound::Chunks, 2, 2));
    let claimed = lane.claim_image(&capture(1, "a", 1).id, None, NOW).unwrap();
    lane.image_delivered(&capture(1, "a", 1).id, claimed.token, NOW).unwrap();
    // Delivered, but still in the store.
    assert_eq!(refused(&mut lane, capture(2, "b", 1)), (Bound::Chunks, 2, 2));
    let keys = lane.take_garbage(64, NOW);
    lane.garbage_deleted(&keys);
    lane.enqueue(capture(2, "b", 1), NOW).unwrap();
}

#[test]
fn whoever_renders_what_is_cancelled_is_told_once() {
    let mut lane = lane();
    let id = capture(1, "a", 1).id;
    lane.enqueue(capture(1, "a", 1), NOW).unwrap();
    let grants = [3, 7].map(|slot| lane.lease(slot, None, NOW).unwrap().at);
    assert!(lane.take_stops().is_empty());
    lane.cancel(&id, NOW).unwrap();
    let told: Vec<_> = lane.take_stops().into_iter().map(|stop| (stop.slot, stop.at)).collect();
    assert_eq!(told, [3, 7].into_iter().zip(grants).collect::<Vec<_>>());
    lane.cancel(&id, NOW).unwrap();
    assert!(lane.take_stops().is_empty());
}
