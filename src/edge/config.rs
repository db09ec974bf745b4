//! What the operator has set: variables and secrets of the script.

use js_sys::{JSON, Reflect};
use wasm_bindgen::JsValue;
use worker::Env;

use crate::edge::error::EdgeError;
use crate::job::LaneSettings;
use crate::render::Limits;
use crate::source::Catalogue;

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

/// The catalogue: the built-in one with what the variable `SOURCES` adds or replaces.
pub fn catalogue(env: &Env) -> Result<Catalogue, EdgeError> {
    Ok(Catalogue::with_changes(text(env, "SOURCES").as_deref())?)
}

/// A secret that an address template or a header names.
pub fn key(env: &Env, name: &str) -> Option<String> {
    text(env, name)
}

/// The settings of lanes: `SLOTS`, `LEASE_MS`, `CLAIM_MS`, `RETENTION_MS`, `TOMBSTONE_MS`, `MAX_ATTEMPTS`, `MAX_QUEUED`.
pub fn lane_settings(env: &Env) -> LaneSettings {
    let base = LaneSettings::default();
    let ms = |name, default: u64, least: u64| number(env, name).unwrap_or(default).max(least);
    let small = |name, default: u32| {
        let given = number(env, name).and_then(|n| u32::try_from(n).ok());
        given.unwrap_or(default).clamp(1, 64)
    };
    LaneSettings {
        slots: small("SLOTS", base.slots),
        lease_ms: ms("LEASE_MS", base.lease_ms, 1_000),
        claim_ms: ms("CLAIM_MS", base.claim_ms, 1_000),
        // The chunk store keeps nothing for less than a minute.
        retention_ms: ms("RETENTION_MS", base.retention_ms, 1_000),
        tombstone_ms: ms("TOMBSTONE_MS", base.tombstone_ms, 1_000),
        max_attempts: small("MAX_ATTEMPTS", base.max_attempts),
        max_queued: number(env, "MAX_QUEUED")
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(base.max_queued),
        ms_per_tile: base.ms_per_tile,
    }
}

/// The limits of plans. As many strips are in flight as the lane has slots.
pub fn limits(env: &Env) -> Limits {
    let base = Limits::default();
    Limits {
        max_tiles: number(env, "MAX_TILES").unwrap_or(base.max_tiles),
        strips_in_flight: lane_settings(env).slots,
        strips_per_module: lane_settings(env).slots,
        ..base
    }
}

/// How long the chunk store keeps a chunk at the most, in seconds: longer than any capture lives in the lane, so that
/// only what the lane has lost sight of is deleted this way. `RENDERING_MS` is the longest that rendering a capture takes.
pub fn chunk_ttl_s(env: &Env) -> u64 {
    const RENDERING_MS: u64 = 60 * 60_000;
    let rendering_ms = number(env, "RENDERING_MS").unwrap_or(RENDERING_MS);
    ((lane_settings(env).retention_ms + rendering_ms) / 1_000).max(60)
}
