//! An entry of the catalogue as it is written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::source::answer::MarksEntry;
use crate::source::grid_entry::GridEntry;
use crate::source::wms::{AxisPolicy, WmsVersion};

fn is_false(value: &bool) -> bool {
    !value
}

/// An entry as it is written in `sources.json` or `SOURCES`, and as `GET /api/sources` shows it. docs/sources.md explains
/// every field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Entry {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) subdomains: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) params: BTreeMap<String, String>,
    pub(super) grid: Option<GridEntry>,
    pub(super) min_zoom: Option<u8>,
    pub(super) max_zoom: Option<u8>,
    pub(super) tile_size: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) capabilities: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) layers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) styles: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) matrix_set: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) matrix_ids: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<WmsVersion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) axis: Option<AxisPolicy>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) crs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) layer_limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) buffer_px: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parts: Vec<Self>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) opacity: Option<f32>,
    pub(super) attribution: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) terms: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) terms_url: Option<String>,
    pub(super) enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) off_because: Option<String>,
    pub(super) transparent: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) grey: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) palette: Option<Vec<String>>,
    pub(super) max_connections: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_per_second: Option<f64>,
    pub(super) max_tiles: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) slots: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_queued: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timeout_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) capture_timeout_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retries: Option<u32>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) cache: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) empty: Option<MarksEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<MarksEntry>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) referer: Option<String>,
    pub(super) browser: Option<bool>,
    pub(super) proxy: Option<bool>,
    pub(super) presets_m: Option<Vec<f64>>,
}

impl Entry {
    /// Its request headers: its own, and those that have a field to themselves.
    pub(super) fn all_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let named = [("User-Agent", &self.user_agent), ("Referer", &self.referer)];
        own.chain(named.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))))
    }
}
