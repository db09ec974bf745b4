//! A lease that ends because the lane went down with its renderers says nothing of the strip, up to a point.

#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "support/lane_storage.rs"]
mod lane_storage;

use lane_storage::Storage;
use mapshot::job::{CaptureId, CaptureState, InlineChunk, JobSpec, Lane, LaneSettings, NewCapture, Stored};
use mapshot::source::SourceId;
use serde_json::json;

const SETTINGS: fn() -> LaneSettings =
    || LaneSettings { max_attempts: 3, lease_ms: 1_000, ..LaneSettings::default() };

/// A lane that waits for nobody, with one capture of one strip; and its storage.
struct World {
    lane: Lane,
    storage: Storage,
    id: CaptureId,
    now: u64,
}

impl World {
    fn new() -> Self {
        let id = CaptureId::new(SourceId::new("lane").unwrap(), 1);
        let lane = Lane::restore(SETTINGS(), Stored::default());
        let mut world = Self { lane, storage: Storage::default(), id: id.clone(), now: 1_000_000 };
        let new = NewCapture {
            id,
            client: "somebody".to_owned(),
            idempotency: None,
            job: JobSpec {
                plan: "{}".to_owned(),
                sources: vec![SourceId::new("lane").unwrap()],
                secrets: Vec::new(),
                contact: String::new(),
                summary: json!({}),
                pixels: 1,
                strip_tiles: vec![4],
                media_type: "image/png".to_owned(),
                file_name: "a.png".to_owned(),
            },
            head: InlineChunk { bytes: vec![1], sha256: String::new(), state: Default::default() },
        };
        world.lane.enqueue(new, world.now).unwrap();
        world.store();
        world
    }

    fn store(&mut self) {
        let changes = self.lane.take_changes();
        self.storage.apply(changes);
    }

    /// A renderer takes the strip and is never heard of again. Returns how often it was tried, that time included.
    fn lose(&mut self, with_the_lane: bool) -> u32 {
        let attempt = self.lane.lease(0, None, self.now).unwrap().attempt;
        self.store();
        if with_the_lane {
            self.lane = Lane::restore(SETTINGS(), self.storage.0.clone());
        }
        self.now += 1_001;
        self.lane.tick(self.now);
        self.store();
        attempt
    }

    fn state(&self) -> CaptureState {
        self.lane.capture(&self.id).unwrap().state()
    }
}

#[test]
fn a_lane_that_goes_down_with_its_renderers_costs_no_attempts_ten_times() {
    let mut world = World::new();
    for _ in 0..10 {
        assert_eq!(world.lose(true), 1);
    }
    // A strip may be what brings everything down: from here on it counts.
    assert_eq!([world.lose(true), world.lose(true)], [1, 2]);
    assert_eq!(world.state(), CaptureState::Rendering);
    assert_eq!(world.lose(true), 3);
    assert_eq!(world.state(), CaptureState::Failed);
}

#[test]
fn a_renderer_that_is_lost_alone_costs_an_attempt() {
    let mut world = World::new();
    assert_eq!([world.lose(false), world.lose(true), world.lose(false)], [1, 2, 2]);
    assert_eq!(world.state(), CaptureState::Rendering);
    assert_eq!(world.lose(false), 3);
    assert_eq!(world.state(), CaptureState::Failed);
}

#[test]
fn a_renderer_that_outlives_the_lane_keeps_its_lease() {
    let mut world = World::new();
    let grant = world.lane.lease(0, None, world.now).unwrap();
    world.store();
    world.lane = Lane::restore(SETTINGS(), world.storage.0.clone());
    world.now += 900;
    world.lane.tick(world.now);
    assert!(world.lane.progress(&grant.at, 1, 0, world.now).is_ok());
}
