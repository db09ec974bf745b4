//! An entry of the catalogue as it is written.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::geo::GridSpec;
use crate::source::answer::MarksEntry;
use crate::source::fields::{FieldReader, Fields, Misfit};
use crate::source::grid_entry::GridEntry;
use crate::source::wms::{AxisPolicy, WmsVersion};

fn is_false(value: &bool) -> bool {
    !value
}

/// An entry as it is written in `sources.json` or `SOURCES`, and as `GET /api/sources` shows it. docs/sources.md explains
/// every field.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
    /// An entry from its fields.
    pub(super) fn read(fields: Fields) -> Result<Self, Misfit> {
        let mut fields = FieldReader::new(fields, "");
        let entry = Self {
            id: fields.text("id").unwrap_or_default(),
            title: fields.text("title").unwrap_or_default(),
            kind: fields.text("kind").unwrap_or_default(),
            url: fields.text("url"),
            subdomains: fields.texts("subdomains").unwrap_or_default(),
            params: fields.texts_by_name("params"),
            grid: grid(&mut fields),
            min_zoom: fields.u8("min_zoom"),
            max_zoom: fields.u8("max_zoom"),
            tile_size: fields.u32("tile_size"),
            capabilities: fields.text("capabilities"),
            layers: fields.texts("layers").unwrap_or_default(),
            styles: fields.texts("styles").unwrap_or_default(),
            format: fields.text("format"),
            matrix_set: fields.text("matrix_set"),
            matrix_ids: fields.texts("matrix_ids").unwrap_or_default(),
            version: version(&mut fields),
            axis: axis(&mut fields),
            crs: fields.texts("crs").unwrap_or_default(),
            max_width: fields.u32("max_width"),
            max_height: fields.u32("max_height"),
            layer_limit: fields.u32("layer_limit"),
            buffer_px: fields.u32("buffer_px"),
            parts: parts(&mut fields),
            opacity: fields.number("opacity").map(|number| number as f32),
            attribution: fields.text("attribution").unwrap_or_default(),
            terms: fields.text("terms"),
            terms_url: fields.text("terms_url"),
            enabled: fields.flag("enabled"),
            off_because: fields.text("off_because"),
            transparent: fields.flag("transparent").unwrap_or(false),
            grey: fields.flag("grey").unwrap_or(false),
            palette: fields.texts("palette"),
            max_connections: fields.u32("max_connections"),
            max_per_second: fields.number("max_per_second"),
            max_tiles: fields.whole("max_tiles", u64::MAX),
            slots: fields.u32("slots"),
            max_queued: fields.u32("max_queued"),
            timeout_ms: fields.u32("timeout_ms"),
            capture_timeout_ms: fields.whole("capture_timeout_ms", u64::MAX),
            retries: fields.u32("retries"),
            cache: fields.flag("cache").unwrap_or(false),
            region: fields.text("region"),
            empty: marks(&mut fields, "empty"),
            error: marks(&mut fields, "error"),
            headers: fields.texts_by_name("headers"),
            user_agent: fields.text("user_agent"),
            referer: fields.text("referer"),
            browser: fields.flag("browser"),
            proxy: fields.flag("proxy"),
            presets_m: fields.numbers("presets_m"),
        };
        fields.finish()?;
        Ok(entry)
    }

    /// Its request headers: its own, and those that have a field to themselves.
    pub(super) fn all_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let named = [("User-Agent", &self.user_agent), ("Referer", &self.referer)];
        own.chain(named.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))))
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Fields::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn grid(fields: &mut FieldReader) -> Option<GridEntry> {
    match fields.value("grid")? {
        Value::String(name) => Some(GridEntry::Name(name)),
        value => match GridSpec::deserialize(value) {
            Ok(spec) => Some(GridEntry::Spec(Box::new(spec))),
            Err(error) => {
                fields.wrong("grid", &format!("must be a name, or a grid in full: {error}"));
                None
            }
        },
    }
}

fn marks(fields: &mut FieldReader, name: &'static str) -> Option<MarksEntry> {
    let within = if name == "empty" { "empty." } else { "error." };
    match MarksEntry::read(FieldReader::new(fields.object(name)?, within)) {
        Ok(marks) => Some(marks),
        Err(Misfit { field, reason }) => {
            fields.wrong(&field, &reason);
            None
        }
    }
}

fn version(fields: &mut FieldReader) -> Option<WmsVersion> {
    match fields.text("version")?.as_str() {
        "1.1.1" => Some(WmsVersion::V1_1_1),
        "1.3.0" => Some(WmsVersion::V1_3_0),
        _ => {
            fields.wrong("version", "must be 1.1.1 or 1.3.0");
            None
        }
    }
}

fn axis(fields: &mut FieldReader) -> Option<AxisPolicy> {
    match fields.text("axis")?.as_str() {
        "standard" => Some(AxisPolicy::Standard),
        "xy" => Some(AxisPolicy::Xy),
        "yx" => Some(AxisPolicy::Yx),
        _ => {
            fields.wrong("axis", "must be standard, xy or yx");
            None
        }
    }
}

fn parts(fields: &mut FieldReader) -> Vec<Entry> {
    let mut parts = Vec::new();
    for (index, part) in fields.list("parts").into_iter().flatten().enumerate() {
        match part {
            Value::Object(part) if part.contains_key("parts") => {
                fields.wrong("parts", "must not be stacks themselves");
            }
            Value::Object(part) => match Entry::read(part) {
                Ok(part) => parts.push(part),
                Err(Misfit { field, reason }) => fields.wrong(&format!("parts[{index}].{field}"), &reason),
            },
            _ => fields.wrong("parts", "must be a list of entries"),
        }
    }
    parts
}
