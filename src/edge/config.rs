//! What the operator has set: variables and secrets of the script.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{JSON, Reflect};
use wasm_bindgen::JsValue;
use worker::{Env, Request};

use crate::edge::error::EdgeError;
use crate::job::LaneSettings;
use crate::render::Limits;
use crate::source::{Catalogue, Source};

/// A variable as text; an object or list, as wrangler.toml can hold, as its JSON.
fn text(env: &Env, name: &str) -> Option<String> {
    let value = Reflect::get(env, &JsValue::from_str(name)).ok()?;
    if value.is_undefined() || value.is_null() {
        return None;
    }
    value.as_string().or_else(|| JSON::stringify(&value).ok()?.as_string())
}

fn number(env: &Env, name: &str) -> Option<u64> {
    text(env, name)?.trim().parse().ok()
}

thread_local! {
    /// The catalogue read last, and what `SOURCES` said then.
    static CATALOGUE: RefCell<Option<(Option<String>, Rc<Catalogue>)>> = const { RefCell::new(None) };
}

/// The catalogue: the built-in one with what the variable `SOURCES` adds or replaces. It is read once in an isolate.
pub fn catalogue(env: &Env) -> Result<Rc<Catalogue>, EdgeError> {
    let changes = text(env, "SOURCES");
    let known = CATALOGUE.with_borrow(|known| {
        known.as_ref().filter(|(said, _)| *said == changes).map(|(_, catalogue)| catalogue.clone())
    });
    if let Some(catalogue) = known {
        return Ok(catalogue);
    }
    let catalogue = Rc::new(Catalogue::with_changes(changes.as_deref())?);
    CATALOGUE.set(Some((changes, catalogue.clone())));
    Ok(catalogue)
}

/// Keeps a catalogue that is the present one with more that is known of its sources.
pub fn keep_catalogue(env: &Env, catalogue: Rc<Catalogue>) {
    CATALOGUE.set(Some((text(env, "SOURCES"), catalogue)));
}

/// Whether a word is the operator's: the secret `OPERATOR_KEY`. Without one there is no operator.
pub fn is_operator(env: &Env, word: &str) -> bool {
    let Some(key) = text(env, "OPERATOR_KEY").filter(|key| !key.is_empty()) else { return false };
    // The time that it takes tells nothing of where they differ.
    let differing = key.bytes().zip(word.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    key.len() == word.len() && differing == 0
}

/// A secret that an address template or a header names.
pub fn key(env: &Env, name: &str) -> Option<String> {
    text(env, name)
}

/// Where the objects of a source's lane should be.
pub fn location_hint(env: &Env, id: &str) -> Option<&'static str> {
    catalogue(env).ok()?.listed(id)?.location_hint()
}

/// Where sources are told who asks: `CONTACT`, an address that the operator has chosen, or else where this deployment is.
pub fn contact(env: &Env, request: &Request) -> String {
    let chosen =
        text(env, "CONTACT").filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()));
    chosen.unwrap_or_else(|| {
        let address = request.inner().url();
        // Scheme, nothing, host.
        address.split('/').take(3).collect::<Vec<_>>().join("/")
    })
}

/// The settings of a source's lane: what its entry says, else `SLOTS`, `MAX_QUEUED`; and `LEASE_MS`, `CLAIM_MS`, `RETENTION_MS`,
/// `TOMBSTONE_MS`, `GRACE_MS`, `RENDERING_MS`, `MAX_ATTEMPTS`, `MAX_PAUSES`, `MAX_PIXELS`, `MAX_CLIENT_PIXELS`, `MAX_CHUNKS`.
pub fn lane_settings(env: &Env, source: Option<&Source>) -> LaneSettings {
    let base = LaneSettings::default();
    let own = source.map(Source::limits);
    let ms = |name, default: u64, least: u64| number(env, name).unwrap_or(default).max(least);
    let most = |name, default: u64| number(env, name).unwrap_or(default);
    let small = |name, default: u32| {
        let given = number(env, name).and_then(|n| u32::try_from(n).ok());
        given.unwrap_or(default).clamp(1, 64)
    };
    LaneSettings {
        slots: own.and_then(|own| own.slots).unwrap_or_else(|| small("SLOTS", base.slots)),
        lease_ms: ms("LEASE_MS", base.lease_ms, 1_000),
        claim_ms: ms("CLAIM_MS", base.claim_ms, 1_000),
        // The chunk store keeps nothing for less than a minute.
        retention_ms: ms("RETENTION_MS", base.retention_ms, 1_000),
        tombstone_ms: ms("TOMBSTONE_MS", base.tombstone_ms, 1_000),
        rendering_ms: own
            .and_then(|own| own.capture_timeout_ms)
            .unwrap_or_else(|| ms("RENDERING_MS", base.rendering_ms, 1_000)),
        max_pauses: small("MAX_PAUSES", base.max_pauses),
        max_attempts: small("MAX_ATTEMPTS", base.max_attempts),
        max_queued: own
            .and_then(|own| own.max_queued.map(u64::from))
            .unwrap_or_else(|| most("MAX_QUEUED", base.max_queued)),
        max_pixels: most("MAX_PIXELS", base.max_pixels),
        max_client_pixels: most("MAX_CLIENT_PIXELS", base.max_client_pixels),
        max_chunks: most("MAX_CHUNKS", base.max_chunks),
        grace_ms: ms("GRACE_MS", base.grace_ms, 1_000),
        garbage_retry_ms: ms("GARBAGE_RETRY_MS", base.garbage_retry_ms, 100),
        ms_per_tile: base.ms_per_tile,
    }
}

/// The limits of plans. As many strips are in flight as the lane has slots.
pub fn limits(env: &Env, base_source: Option<&Source>) -> Limits {
    let base = Limits::default();
    let slots = lane_settings(env, base_source).slots;
    let budget = Budget::of(env);
    Limits {
        max_tiles: number(env, "MAX_TILES").unwrap_or(base.max_tiles),
        strips_in_flight: slots,
        strips_per_module: slots,
        // The platform has six; one is the chunk store's.
        connections_per_strip: 5,
        max_strip_tiles: budget.strip_tiles(),
        max_strips: budget.strips(),
        ..base
    }
}

/// What one invocation may ask of others: `SUBREQUESTS`, 10,000 unless the plan that the scripts run on has less (50).
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    subrequests: u32,
}

impl Budget {
    /// Operations on the chunk store that an invocation may do, whatever else it may.
    const STORE: u32 = 1_000;

    /// Calls to the lane, and pieces to be stored, beside the tiles of a strip.
    const BESIDE_TILES: u32 = 12;

    pub fn of(env: &Env) -> Self {
        let given = number(env, "SUBREQUESTS").and_then(|n| u32::try_from(n).ok());
        Self { subrequests: given.unwrap_or(10_000).clamp(30, 1_000_000) }
    }

    /// Tiles of a strip; a fifth of what is left is for repeated requests.
    const fn strip_tiles(self) -> u32 {
        (self.subrequests - Self::BESIDE_TILES) / 5 * 4
    }

    /// Calls to the lane while an image is sent: an invocation may lead to 32 others.
    pub const fn image_calls(self) -> u32 {
        let share = self.subrequests / 5;
        if share < 24 { share } else { 24 }
    }

    /// Strips of an image: each is a chunk at least that is fetched while the image is sent.
    const fn strips(self) -> u32 {
        let all = if self.subrequests < Self::STORE { self.subrequests } else { Self::STORE };
        all - self.image_calls() - 4
    }

    /// Chunks that are deleted by one invocation.
    pub const fn deletions(self) -> usize {
        let all = if self.subrequests < Self::STORE { self.subrequests } else { Self::STORE };
        all as usize / 2
    }

    /// What a renderer may have asked for when it takes a further strip.
    pub const fn before_next_strip(self) -> u32 {
        self.subrequests / 5
    }
}

/// How long a chunk that is ready is looked for, when the store does not show it, before it is given up for lost.
pub fn chunk_patience_ms(env: &Env) -> u64 {
    number(env, "CHUNK_PATIENCE_MS").unwrap_or(6_000)
}

/// How long the chunk store keeps a chunk at the most, in seconds: longer than any capture lives in the lane, so that
/// only what the lane has lost sight of is deleted this way.
pub fn chunk_ttl_s(env: &Env) -> u64 {
    let settings = lane_settings(env, None);
    ((settings.retention_ms + settings.rendering_ms) / 1_000).max(60)
}
