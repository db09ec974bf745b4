//! Random histories of the queue against a small model, with a restart from storage possible after every step.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "support/lane_storage.rs"]
mod lane_storage;

use std::collections::{BTreeMap, BTreeSet};

use lane_storage::Storage;
use mapshot::job::{
    ByteRange, CaptureFailure, CaptureId, CaptureState, ChunkSource, Fragment, Grant, ImageProgress,
    InlineChunk, JobError, JobSpec, Lane, LaneSettings, LeaseToken, NewCapture, Part, Piece, Refusal, Stored,
    StripAt, StripFailure, StripFigures,
};
use mapshot::source::SourceId;
use proptest::prelude::*;
use serde_json::json;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Strip {
    Pending,
    Leased(LeaseToken, u32, u64),
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Chunk {
    Free,
    Held(LeaseToken, u64),
    Gone,
}

/// A capture as the rules say it should be, in plain words and nothing else.
#[derive(Debug, Clone)]
struct Expected {
    id: CaptureId,
    strips: Vec<Strip>,
    attempts: Vec<u32>,
    /// The lane's life in which each strip was leased last, and how often a lease ended with one.
    lives: Vec<u64>,
    interruptions: Vec<u32>,
    state: CaptureState,
    since: u64,
    /// Since when it is rendered.
    begun: u64,
    chunks: Vec<Chunk>,
    image: Option<(LeaseToken, u64)>,
    /// When its client asked for it last, as the lane remembers it, and whether the client is connected.
    seen: u64,
    connected: bool,
    /// Chunks from the first that were sent as parts of the whole.
    sent: usize,
}

impl Expected {
    fn end(&mut self, state: CaptureState, now: u64) {
        self.state = state;
        self.since = now;
        self.image = None;
        for strip in &mut self.strips {
            if matches!(strip, Strip::Leased(..)) {
                *strip = Strip::Pending;
            }
        }
    }

    fn lose(&mut self, index: usize, is_final: bool, most: u32, now: u64) {
        self.strips[index] = Strip::Pending;
        if is_final || self.attempts[index] >= most {
            self.end(CaptureState::Failed, now);
        }
    }

    /// How many chunks can be named: the head, one for each finished strip from the top, the tail after all.
    fn named(&self) -> usize {
        let done = self.strips.iter().take_while(|s| **s == Strip::Done).count();
        1 + done + usize::from(done == self.strips.len())
    }

    fn see(&mut self, now: u64) {
        if now >= self.seen + settings().grace_ms / 8 {
            self.seen = now;
        }
    }

    fn is_open(&self) -> bool {
        self.state.is_active() || self.state == CaptureState::Ready
    }
}

#[derive(Debug, Clone)]
enum Op {
    Enqueue { strips: usize, key: Option<u8> },
    Lease { slot: u32 },
    Complete { grant: prop::sample::Index },
    Fail { grant: prop::sample::Index, is_final: bool },
    Refuse { grant: prop::sample::Index, retry_after_ms: Option<u64> },
    Progress { grant: prop::sample::Index },
    Cancel { capture: prop::sample::Index },
    ClaimChunk { capture: prop::sample::Index, index: u32 },
    EndClaim { claim: prop::sample::Index, arrived: bool },
    Acknowledge { capture: prop::sample::Index, index: u32 },
    ClaimImage { capture: prop::sample::Index },
    EndImage { claim: prop::sample::Index, arrived: bool },
    FetchPart { capture: prop::sample::Index, first: u64, last: Option<u64> },
    Lose { claim: prop::sample::Index, whole: bool, index: u32 },
    See { capture: prop::sample::Index, connected: bool },
    SetClock { by_ms: i64 },
    Advance { ms: u64 },
    Restart,
}

fn op() -> impl Strategy<Value = Op> {
    let which = any::<prop::sample::Index>;
    prop_oneof![
        3 => (1usize..4, prop::option::weighted(0.3, 0u8..3)).prop_map(|(strips, key)| Op::Enqueue { strips, key }),
        8 => (0u32..3).prop_map(|slot| Op::Lease { slot }),
        8 => which().prop_map(|grant| Op::Complete { grant }),
        1 => (which(), any::<bool>()).prop_map(|(grant, f)| Op::Fail { grant, is_final: f }),
        1 => (which(), prop::option::of(0u64..40_000)).prop_map(|(grant, retry_after_ms)| Op::Refuse { grant, retry_after_ms }),
        2 => which().prop_map(|grant| Op::Progress { grant }),
        1 => which().prop_map(|capture| Op::Cancel { capture }),
        4 => (which(), 0u32..6).prop_map(|(capture, index)| Op::ClaimChunk { capture, index }),
        4 => (which(), any::<bool>()).prop_map(|(claim, arrived)| Op::EndClaim { claim, arrived }),
        1 => (which(), 0u32..6).prop_map(|(capture, index)| Op::Acknowledge { capture, index }),
        2 => which().prop_map(|capture| Op::ClaimImage { capture }),
        2 => (which(), any::<bool>()).prop_map(|(claim, arrived)| Op::EndImage { claim, arrived }),
        2 => (which(), 0u64..40, prop::option::of(0u64..40)).prop_map(|(capture, first, last)| Op::FetchPart { capture, first, last }),
        2 => (which(), any::<bool>(), 0u32..6).prop_map(|(claim, whole, index)| Op::Lose { claim, whole, index }),
        2 => (which(), any::<bool>()).prop_map(|(capture, connected)| Op::See { capture, connected }),
        1 => prop_oneof![Just(-3_600_000i64), -5_000i64..0, Just(36_000_000i64)].prop_map(|by_ms| Op::SetClock { by_ms }),
        3 => prop_oneof![0u64..50, 50u64..400, Just(5_000u64), Just(20_000u64)].prop_map(|ms| Op::Advance { ms }),
        1 => Just(Op::Restart),
    ]
}

fn settings() -> LaneSettings {
    LaneSettings {
        slots: 3,
        lease_ms: 100,
        claim_ms: 200,
        retention_ms: 2_000,
        tombstone_ms: 4_000,
        rendering_ms: 30_000,
        max_pauses: 2,
        max_attempts: 3,
        max_queued: 4,
        grace_ms: 1_600,
        ..LaneSettings::default()
    }
}

/// So often a lease may end because the lane went down, before that counts as an attempt.
const MOST_INTERRUPTIONS: u32 = 10;

struct World {
    lane: Lane,
    /// How often the lane was restarted.
    life: u64,
    storage: Storage,
    /// The lane's time, and what the host's clock tells.
    now: u64,
    told: u64,
    expected: Vec<Expected>,
    /// Until when the source is left alone, and how often in a row it was.
    pause: Option<u64>,
    pauses: u32,
    keys: BTreeMap<u8, (usize, CaptureId)>,
    grants: Vec<Grant>,
    chunk_claims: Vec<(CaptureId, u32, LeaseToken)>,
    image_claims: Vec<(CaptureId, LeaseToken)>,
    stored_keys: BTreeSet<String>,
    last_token: u64,
    serial: u128,
}

impl World {
    fn new() -> Self {
        Self {
            lane: Lane::restore(settings(), Stored::default()),
            life: 0,
            storage: Storage::default(),
            now: 1_000_000_000,
            told: 1_000_000_000,
            expected: Vec::new(),
            pause: None,
            pauses: 0,
            keys: BTreeMap::new(),
            grants: Vec::new(),
            chunk_claims: Vec::new(),
            image_claims: Vec::new(),
            stored_keys: BTreeSet::new(),
            last_token: 0,
            serial: 0,
        }
    }

    fn find(&mut self, id: &CaptureId) -> Option<&mut Expected> {
        self.expected.iter_mut().find(|e| e.id == *id)
    }

    fn pick(&self, index: prop::sample::Index) -> Option<CaptureId> {
        (!self.expected.is_empty()).then(|| index.get(&self.expected).id.clone())
    }

    fn fresh_token(&mut self, token: LeaseToken) {
        assert!(token.0 > self.last_token, "token {} after {}", token.0, self.last_token);
        self.last_token = token.0;
    }

    fn step(&mut self, op: &Op) {
        assert_eq!(self.lane.now_ms(self.told), self.now, "every turn begins with a look at the clock");
        match op {
            Op::Enqueue { strips, key } => self.enqueue(*strips, *key),
            Op::Lease { slot } => self.lease(*slot),
            Op::Complete { grant } => self.complete(*grant),
            Op::Fail { grant, is_final } => self.fail(*grant, *is_final),
            Op::Refuse { grant, retry_after_ms } => self.refuse(*grant, *retry_after_ms),
            Op::Progress { grant } => self.progress(*grant),
            Op::Cancel { capture } => self.cancel(*capture),
            Op::ClaimChunk { capture, index } => self.claim_chunk(*capture, *index),
            Op::EndClaim { claim, arrived } => self.end_claim(*claim, *arrived),
            Op::Acknowledge { capture, index } => self.acknowledge(*capture, *index),
            Op::ClaimImage { capture } => self.claim_image(*capture),
            Op::EndImage { claim, arrived } => self.end_image(*claim, *arrived),
            Op::FetchPart { capture, first, last } => self.fetch_part(*capture, *first, *last),
            Op::Lose { claim, whole, index } => self.lose(*claim, *whole, *index),
            Op::See { capture, connected } => self.see(*capture, *connected),
            Op::SetClock { by_ms } => self.set_clock(*by_ms),
            Op::Advance { ms } => self.advance(*ms),
            Op::Restart => {
                self.life += 1;
                self.lane = Lane::restore(settings(), self.storage.0.clone());
            }
        }
        self.collect_garbage();
        let changes = self.lane.take_changes();
        self.storage.apply(changes);
        self.check();
    }

    fn enqueue(&mut self, strips: usize, key: Option<u8>) {
        self.serial += 1;
        let id = CaptureId::new(SourceId::new("lane").unwrap(), self.serial);
        let new = NewCapture {
            id: id.clone(),
            client: "somebody".to_owned(),
            idempotency: key.map(|k| (k.to_string(), strips.to_string())),
            job: JobSpec {
                plan: "{}".to_owned(),
                sources: vec![SourceId::new("lane").unwrap()],
                secrets: Vec::new(),
                contact: String::new(),
                summary: json!({}),
                pixels: 1,
                strip_tiles: vec![5; strips],
                media_type: "image/png".to_owned(),
                file_name: "a.png".to_owned(),
            },
            head: inline(b"head"),
        };
        let got = self.lane.enqueue(new, self.now);
        if let Some((strips_before, earlier)) = key.and_then(|k| self.keys.get(&k)).cloned()
            && self.expected.iter().any(|e| e.id == earlier)
        {
            match got {
                Ok(enqueued) => {
                    assert!(enqueued.existing && enqueued.id == earlier && strips == strips_before)
                }
                Err(error) => assert!(error == JobError::KeyReused && strips != strips_before),
            }
            return;
        }
        let waiting = self.expected.iter().filter(|e| e.state.is_active()).count();
        if waiting as u64 >= settings().max_queued {
            assert!(matches!(got, Err(JobError::QueueFull { .. })));
            return;
        }
        assert_eq!(got.unwrap().id, id);
        if let Some(key) = key {
            self.keys.insert(key, (strips, id.clone()));
        }
        self.expected.push(Expected {
            id,
            strips: vec![Strip::Pending; strips],
            attempts: vec![0; strips],
            lives: vec![0; strips],
            interruptions: vec![0; strips],
            state: CaptureState::Queued,
            since: self.now,
            begun: 0,
            chunks: vec![Chunk::Free; strips + 2],
            image: None,
            seen: self.now,
            connected: false,
            sent: 0,
        });
    }

    fn lease(&mut self, slot: u32) {
        let got = self.lane.lease(slot, None, self.now);
        self.expire_leases(|_, held_by, _| held_by == slot);
        let may_ask = self.pause.is_none();
        let first = self.expected.iter_mut().filter(|e| may_ask && e.state.is_active()).find_map(|e| {
            let index = e.strips.iter().position(|s| *s == Strip::Pending)?;
            Some((e, index))
        });
        let Some((capture, index)) = first else {
            assert!(got.is_none());
            return;
        };
        let grant = got.expect("a strip was pending");
        assert_eq!(
            (&grant.at.capture, grant.at.strip as usize),
            (&capture.id, index),
            "not first in, first out"
        );
        capture.strips[index] = Strip::Leased(grant.at.token, slot, self.now + settings().lease_ms);
        capture.attempts[index] += 1;
        capture.lives[index] = self.life;
        if capture.state == CaptureState::Queued {
            capture.begun = self.now;
        }
        capture.state = CaptureState::Rendering;
        assert_eq!(grant.attempt, capture.attempts[index]);
        self.fresh_token(grant.at.token);
        self.grants.push(grant);
    }

    /// Gives back what leases fit. Returns nothing: attempts may end captures.
    fn expire_leases(&mut self, fits: impl Fn(LeaseToken, u32, u64) -> bool) {
        let (now, life) = (self.now, self.life);
        for capture in &mut self.expected {
            for index in 0..capture.strips.len() {
                if let Strip::Leased(token, slot, until) = capture.strips[index]
                    && fits(token, slot, until)
                {
                    if capture.lives[index] != life && capture.interruptions[index] < MOST_INTERRUPTIONS {
                        capture.interruptions[index] += 1;
                        capture.attempts[index] -= 1;
                    }
                    capture.lose(index, false, settings().max_attempts, now);
                }
            }
        }
    }

    fn grant(&self, index: prop::sample::Index) -> Option<(StripAt, bool)> {
        if self.grants.is_empty() {
            return None;
        }
        let at = index.get(&self.grants).at.clone();
        let strip = self.expected.iter().find(|e| e.id == at.capture).map(|e| e.strips[at.strip as usize]);
        let held = matches!(strip, Some(Strip::Leased(token, ..)) if token == at.token);
        Some((at, held))
    }

    fn complete(&mut self, grant: prop::sample::Index) {
        let Some((at, held)) = self.grant(grant) else { return };
        let key = format!("{}/{}/{}", at.capture, at.strip, at.token.0);
        let piece = Piece { key: key.clone(), bytes: 10, sha256: String::new(), state: Default::default() };
        let fragment = Fragment {
            pieces: vec![piece],
            seal: json!(at.strip),
            missing: Vec::new(),
            figures: StripFigures::default(),
        };
        let got = self.lane.complete(&at, fragment, self.now);
        if !held {
            // Either refused, or the very same completion came twice, which changes nothing.
            assert!(matches!(got, Err(JobError::StaleLease) | Ok(false)));
            if got == Ok(false) {
                assert!(self.find(&at.capture).is_some());
            }
            return;
        }
        self.stored_keys.insert(key);
        if self.pause.is_none() {
            self.pauses = 0;
        }
        let now = self.now;
        let capture = self.find(&at.capture).unwrap();
        capture.strips[at.strip as usize] = Strip::Done;
        let all = capture.strips.iter().all(|s| *s == Strip::Done);
        if all {
            capture.state = CaptureState::Ready;
            capture.since = now;
        }
        assert_eq!(got, Ok(all));
        if all {
            let seals: Vec<u64> = self.lane.seals(&at.capture).iter().map(|s| s.as_u64().unwrap()).collect();
            assert_eq!(seals, (0..seals.len() as u64).collect::<Vec<_>>());
            self.lane.seal(&at.capture, inline(b"tail"), now).unwrap();
        }
    }

    fn fail(&mut self, grant: prop::sample::Index, is_final: bool) {
        let Some((at, held)) = self.grant(grant) else { return };
        let failure =
            CaptureFailure { code: "broken".to_owned(), detail: "it broke".to_owned(), source_fault: true };
        let got = self.lane.fail_strip(&at, StripFailure { failure, is_final }, self.now);
        assert_eq!(got.is_ok(), held);
        if held {
            let (now, most) = (self.now, settings().max_attempts);
            self.find(&at.capture).unwrap().lose(at.strip as usize, is_final, most, now);
        }
    }

    fn refuse(&mut self, grant: prop::sample::Index, retry_after_ms: Option<u64>) {
        let Some((at, held)) = self.grant(grant) else { return };
        let source = SourceId::new("lane").unwrap();
        let refusal = Refusal { source, reason: "it says 429".to_owned(), retry_after_ms };
        let got = self.lane.source_refuses(&at, refusal, self.now);
        assert_eq!(got.is_ok(), held);
        if !held {
            return;
        }
        if self.pause.is_none() {
            let own = 10_000 << self.pauses;
            self.pause = Some(self.now + retry_after_ms.unwrap_or(0).max(own));
            self.pauses += 1;
        }
        let (now, gives_up) = (self.now, self.pauses > settings().max_pauses);
        let capture = self.find(&at.capture).unwrap();
        capture.attempts[at.strip as usize] -= 1;
        capture.strips[at.strip as usize] = Strip::Pending;
        if gives_up {
            capture.end(CaptureState::Failed, now);
        }
    }

    fn progress(&mut self, grant: prop::sample::Index) {
        let Some((at, held)) = self.grant(grant) else { return };
        let got = self.lane.progress(&at, 3, 0, self.now);
        assert_eq!(got.is_ok(), held);
        if let Ok(until) = got {
            assert!(until > self.now, "a renewed lease runs on");
            let capture = self.find(&at.capture).unwrap();
            if let Strip::Leased(_, _, expires) = &mut capture.strips[at.strip as usize] {
                *expires = until;
            }
        }
    }

    fn cancel(&mut self, capture: prop::sample::Index) {
        let Some(id) = self.pick(capture) else { return };
        self.lane.cancel(&id, self.now).unwrap();
        let now = self.now;
        let capture = self.find(&id).unwrap();
        if !capture.state.is_final() {
            capture.end(CaptureState::Cancelled, now);
        }
    }

    fn claim_chunk(&mut self, capture: prop::sample::Index, index: u32) {
        let Some(id) = self.pick(capture) else { return };
        let got = self.lane.claim_chunk(&id, index, self.now);
        let until = self.now + settings().claim_ms;
        let capture = self.find(&id).unwrap();
        let free = capture.is_open()
            && (index as usize) < capture.named()
            && capture.image.is_none()
            && capture.chunks[index as usize] == Chunk::Free;
        assert_eq!(got.is_ok(), free, "{got:?}, {capture:?}, chunk {index}");
        if let Ok(claimed) = got {
            capture.chunks[index as usize] = Chunk::Held(claimed.token, until);
            if let ChunkSource::Stored(key) = &claimed.source {
                assert!(self.stored_keys.contains(key), "{key} is not in the store any more");
            }
            self.fresh_token(claimed.token);
            self.chunk_claims.push((id, index, claimed.token));
        } else if let Err(JobError::Delivered { .. }) = got {
            let gone =
                capture.state == CaptureState::Delivered || capture.chunks[index as usize] == Chunk::Gone;
            assert!(gone);
        }
    }

    fn end_claim(&mut self, claim: prop::sample::Index, arrived: bool) {
        if self.chunk_claims.is_empty() {
            return;
        }
        let (id, index, token) = claim.get(&self.chunk_claims).clone();
        let got = if arrived {
            self.lane.chunk_delivered(&id, index, token, self.now)
        } else {
            self.lane.chunk_released(&id, index, token)
        };
        let Some(capture) = self.find(&id) else {
            assert_eq!(got, Err(JobError::UnknownCapture));
            return;
        };
        // While a lost strip is rendered again the tail has no number.
        let held = matches!(capture.chunks[index as usize], Chunk::Held(by, _) if by == token)
            && (index as usize) < capture.named()
            && capture.is_open();
        // The claim of an ended capture's head or tail may still be told apart; nothing of it matters any more.
        assert!(got.is_ok() == held || !capture.is_open(), "{got:?} {capture:?}");
        if held {
            capture.chunks[index as usize] = if arrived { Chunk::Gone } else { Chunk::Free };
            self.settle(&id);
        }
    }

    fn acknowledge(&mut self, capture: prop::sample::Index, index: u32) {
        let Some(id) = self.pick(capture) else { return };
        let got = self.lane.acknowledge_chunk(&id, index, self.now);
        let capture = self.find(&id).unwrap();
        assert_eq!(got.is_ok(), (index as usize) < capture.named());
        if got.is_ok() {
            capture.chunks[index as usize] = Chunk::Gone;
            self.settle(&id);
        }
    }

    fn claim_image(&mut self, capture: prop::sample::Index) {
        let Some(id) = self.pick(capture) else { return };
        let got = self.lane.claim_image(&id, None, self.now);
        let (now, until) = (self.now, self.now + settings().claim_ms);
        let capture = self.find(&id).unwrap();
        let named = capture.named();
        let free = capture.is_open()
            && capture.image.is_none()
            && capture.chunks[..named].iter().all(|c| *c == Chunk::Free);
        assert_eq!(got.is_ok(), free, "{got:?} {capture:?}");
        if let Ok(claimed) = got {
            assert_eq!(claimed.bytes.is_some(), capture.state == CaptureState::Ready);
            capture.image = Some((claimed.token, until));
            capture.seen = now;
            self.fresh_token(claimed.token);
            self.image_claims.push((id, claimed.token));
        }
    }

    fn end_image(&mut self, claim: prop::sample::Index, arrived: bool) {
        if self.image_claims.is_empty() {
            return;
        }
        let (id, token) = claim.get(&self.image_claims).clone();
        // A client reads until the end before it can say that all arrived.
        let mut at_end = false;
        let mut asked = 0;
        for index in 0.. {
            asked = index as usize;
            match self.lane.image_chunks(&id, token, index, 1, self.now) {
                Ok(ImageProgress::Chunks(_)) => {}
                Ok(ImageProgress::End) => {
                    at_end = true;
                    break;
                }
                Ok(ImageProgress::Wait) | Err(_) => break,
            }
        }
        let arrived = arrived && at_end;
        let now = self.now;
        let got = if arrived {
            self.lane.image_delivered(&id, token, self.now)
        } else {
            self.lane.image_released(&id, token, asked as u32)
        };
        let Some(capture) = self.find(&id) else {
            assert_eq!(got, Err(JobError::UnknownCapture));
            return;
        };
        let held = capture.image.is_some_and(|(by, _)| by == token);
        assert_eq!(got.is_ok(), held, "{got:?} {capture:?}");
        if held {
            assert!(!at_end || capture.state == CaptureState::Ready);
            if capture.image.is_some_and(|(_, until)| until < now + settings().claim_ms / 2) {
                capture.seen = now;
            }
            capture.image = None;
            capture.sent = capture.sent.max(asked);
            if arrived {
                capture.chunks.fill(Chunk::Gone);
                self.settle(&id);
            }
        }
    }

    /// A client fetches a part in one go.
    fn fetch_part(&mut self, capture: prop::sample::Index, first: u64, last: Option<u64>) {
        let Some(id) = self.pick(capture) else { return };
        let Some(range) =
            ByteRange::parse(&format!("bytes={first}-{}", last.map_or(String::new(), |l| l.to_string())))
        else {
            return;
        };
        let got = self.lane.claim_image(&id, Some(range), self.now);
        let now = self.now;
        let capture = self.find(&id).unwrap();
        // Four bytes of head, ten of each strip, four of tail.
        let ends: Vec<u64> = [4]
            .into_iter()
            .chain((0..capture.strips.len()).map(|_| 10))
            .chain([4])
            .scan(0, |at, n| {
                *at += n;
                Some(*at)
            })
            .collect();
        let total = *ends.last().unwrap();
        let end = last.unwrap_or(total).min(total - 1);
        let covers =
            |i: usize| ends[i] > first && ends[i] - if i == 0 || i + 1 == ends.len() { 4 } else { 10 } <= end;
        let allowed = capture.state == CaptureState::Ready
            && capture.image.is_none()
            && first < total
            && (0..ends.len()).all(|i| !covers(i) || capture.chunks[i] == Chunk::Free);
        assert_eq!(got.is_ok(), allowed, "{got:?} {range:?} {capture:?}");
        let Ok(claimed) = got else { return };
        let from = (0..ends.len()).find(|i| covers(*i)).unwrap();
        assert_eq!((claimed.part, claimed.bytes), (Some(Part { first, last: end, total }), Some(total)));
        assert_eq!(claimed.first_chunk as usize, from);
        let through = ends.iter().filter(|e| **e <= end + 1).count().max(from);
        capture.seen = now;
        if from <= capture.sent {
            capture.sent = capture.sent.max(through);
        }
        let all = capture.sent >= ends.len();
        if all {
            capture.chunks.fill(Chunk::Gone);
        }
        self.fresh_token(claimed.token);
        for index in from..through {
            let chunk = self.lane.image_chunks(&id, claimed.token, index as u32, 1, now);
            assert!(
                matches!(&chunk, Ok(ImageProgress::Chunks(next)) if next[0].index as usize == index),
                "{chunk:?}"
            );
        }
        self.lane.part_delivered(&id, claimed.token, through as u32, now).unwrap();
        self.settle(&id);
    }

    /// The store does not have a chunk that somebody fetches, alone or as a part of the whole.
    fn lose(&mut self, claim: prop::sample::Index, whole: bool, index: u32) {
        let (id, index, token) = if whole {
            if self.image_claims.is_empty() {
                return;
            }
            let (id, token) = claim.get(&self.image_claims).clone();
            (id, index, token)
        } else {
            if self.chunk_claims.is_empty() {
                return;
            }
            claim.get(&self.chunk_claims).clone()
        };
        let got = self.lane.chunk_lost(&id, index, token, self.now);
        let (now, most) = (self.now, settings().max_attempts);
        let Some(capture) = self.find(&id) else {
            assert_eq!(got, Err(JobError::UnknownCapture));
            return;
        };
        let at = index as usize;
        let held = capture.image.is_some_and(|(by, _)| by == token)
            || matches!(capture.chunks.get(at), Some(Chunk::Held(by, _)) if *by == token);
        let stored = at >= 1 && at <= capture.strips.len() && at < capture.named();
        if !(capture.is_open() && held && stored) {
            assert!(got.is_err(), "{got:?} {capture:?}");
            return;
        }
        capture.state = CaptureState::Rendering;
        capture.begun = now;
        if capture.chunks[at] != Chunk::Gone {
            capture.chunks[at] = Chunk::Free;
        }
        capture.lose(at - 1, false, most, now);
        assert_eq!(got.is_err(), capture.state == CaptureState::Failed, "{got:?} {capture:?}");
    }

    fn see(&mut self, capture: prop::sample::Index, connected: bool) {
        let Some(id) = self.pick(capture) else { return };
        self.lane.seen(&id, self.now).unwrap();
        let now = self.now;
        let capture = self.find(&id).unwrap();
        capture.see(now);
        capture.connected = connected;
    }

    /// The host's clock is set; no time passes.
    fn set_clock(&mut self, by_ms: i64) {
        let waits = self.lane.next_deadline_ms().is_some();
        self.told = self.told.saturating_add_signed(by_ms);
        let shown = self.lane.now_ms(self.told);
        assert!(shown <= self.now || (!waits && by_ms > 0), "{by_ms} ms: from {} to {shown}", self.now);
        // What was not written down before a restart may be lived through twice.
        assert!(self.now - shown.min(self.now) <= 60_000, "{by_ms} ms: from {} to {shown}", self.now);
        self.now = shown;
        self.pass();
    }

    /// A capture all of whose chunks are gone is delivered.
    fn settle(&mut self, id: &CaptureId) {
        let now = self.now;
        let capture = self.find(id).unwrap();
        if capture.state == CaptureState::Ready && capture.chunks.iter().all(|c| *c == Chunk::Gone) {
            capture.state = CaptureState::Delivered;
            capture.since = now;
            capture.image = None;
        }
    }

    fn advance(&mut self, ms: u64) {
        self.told += ms;
        let shown = self.lane.now_ms(self.told);
        assert_eq!(shown, self.now + ms, "time goes as the host tells");
        self.now = shown;
        self.pass();
    }

    fn pass(&mut self) {
        let now = self.now;
        self.lane.tick(now);
        self.expire_leases(|_, _, until| until <= now);
        self.pause = self.pause.filter(|until| *until > now);
        for capture in &mut self.expected {
            capture.image = capture.image.filter(|(_, until)| *until > now);
            for chunk in &mut capture.chunks {
                if matches!(chunk, Chunk::Held(_, until) if *until <= now) {
                    *chunk = Chunk::Free;
                }
            }
            if capture.state == CaptureState::Ready
                && capture.image.is_none()
                && capture.since + settings().retention_ms <= now
            {
                capture.end(CaptureState::Expired, now);
            }
            if capture.state == CaptureState::Rendering && capture.begun + settings().rendering_ms <= now {
                capture.end(CaptureState::Failed, now);
            }
        }
        let grace = settings().grace_ms;
        let overdue: Vec<_> = self.lane.overdue(now);
        let expected = self
            .expected
            .iter_mut()
            .filter(|c| c.state == CaptureState::Queued && c.image.is_none() && c.seen + grace <= now);
        for (id, capture) in overdue.iter().zip(expected) {
            assert_eq!(*id, capture.id);
            if capture.connected {
                self.lane.seen(id, now).unwrap();
                capture.see(now);
            } else {
                self.lane.given_up(id, now).unwrap();
                capture.end(CaptureState::Expired, now);
            }
        }
        assert!(self.lane.overdue(now).is_empty());
        let ended = settings().tombstone_ms;
        self.expected.retain(|c| !c.state.is_final() || c.since + ended > now);
    }

    /// The shell deletes what the lane calls garbage, at once and always with success.
    fn collect_garbage(&mut self) {
        loop {
            let keys = self.lane.take_garbage(3, self.now);
            if keys.is_empty() {
                break;
            }
            for key in &keys {
                self.stored_keys.remove(key);
            }
            self.lane.garbage_deleted(&keys);
        }
    }

    fn check(&mut self) {
        let restored = Lane::restore(settings(), self.storage.0.clone());
        assert_eq!(restored.next_deadline_ms(), self.lane.next_deadline_ms());
        for expected in &self.expected {
            let status = self.lane.status(&expected.id).unwrap();
            assert_eq!(status.state, expected.state, "{expected:?}");
            let waits_until = self.pause.filter(|_| expected.state.is_active());
            assert_eq!(status.paused.as_ref().map(|paused| paused.until_ms), waits_until);
            let done = expected.strips.iter().filter(|s| **s == Strip::Done).count();
            assert_eq!(status.strips.done as usize, done);
            let ahead = self.expected.iter().take_while(|e| e.id != expected.id);
            let ahead = ahead.filter(|e| e.state.is_active()).count();
            let position = if expected.state == CaptureState::Queued { ahead } else { 0 };
            assert_eq!(status.position as usize, position);
            // What comes back from storage is the same, but for what the renderers said last.
            let mut kept = serde_json::to_value(&status).unwrap();
            let mut again = serde_json::to_value(restored.status(&expected.id).unwrap()).unwrap();
            for soft in [&mut kept, &mut again] {
                soft["eta_ms"].take();
                soft["tiles"].take();
            }
            assert_eq!(kept, again);
            // An open capture's finished strips are all in the store, but for what was delivered.
            if expected.is_open() {
                for chunk in &status.chunks[1..] {
                    let is_tail = chunk.index as usize == expected.strips.len() + 1;
                    if chunk.state != "delivered" && !is_tail {
                        let prefix = format!("{}/{}/", expected.id, chunk.index - 1);
                        let stored = self.stored_keys.iter().filter(|k| k.starts_with(&prefix)).count();
                        assert_eq!(stored, 1, "{prefix} {:?}", self.stored_keys);
                    }
                }
            }
        }
        // Nothing is in the store that nobody can fetch.
        for key in &self.stored_keys {
            let open = |e: &Expected| e.is_open() && key.starts_with(&format!("{}/", e.id));
            assert!(self.expected.iter().any(open), "{key} is an orphan");
        }
    }
}

fn inline(bytes: &[u8]) -> InlineChunk {
    InlineChunk { bytes: bytes.to_vec(), sha256: String::new(), state: Default::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_history_follows_the_rules(ops in prop::collection::vec(op(), 1..120)) {
        let mut world = World::new();
        for op in &ops {
            world.step(op);
        }
    }
}
