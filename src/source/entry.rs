//! One entry of the catalogue: as it is written, and as a checked [`Source`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::geo::TileGrid;
use crate::source::template;
use crate::source::{AddressTemplate, CatalogueError, Colours, FetchError, SourceId};

/// A tile source, checked.
///
/// # Guarantees
/// The grid has every level from `min_zoom` to `max_zoom`; the limits are positive; an `xyz` source has a template
/// whose host is the operator's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Entry", into = "Entry")]
pub struct Source {
    id: SourceId,
    entry: Entry,
    kind: Kind,
    grid: TileGrid,
    colours: Colours,
}

/// How a source is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Tiles by level, column and row from an address template.
    Xyz(AddressTemplate),
    /// Drawn by Mapshot itself from embedded Natural Earth data.
    NaturalEarth,
}

/// What a source allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Requests under way at once, over all renderers of a lane.
    pub max_connections: u32,
    /// Requests a second, over all renderers of a lane.
    pub max_per_second: Option<f64>,
    /// Tiles of one capture.
    pub max_tiles: u64,
    /// Renderers that work for its lane at once, where that is not what the operator has set for all.
    pub slots: Option<u32>,
    /// Captures that may wait in its lane, likewise.
    pub max_queued: Option<u32>,
}

/// An entry as it is written in `sources.json` or `SOURCES`, and as `GET /api/sources` shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Entry {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subdomains: Vec<String>,
    grid: Option<String>,
    min_zoom: Option<u8>,
    max_zoom: Option<u8>,
    tile_size: Option<u32>,
    attribution: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    terms_url: Option<String>,
    pub(super) enabled: Option<bool>,
    transparent: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    grey: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    palette: Option<Vec<String>>,
    max_connections: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_per_second: Option<f64>,
    max_tiles: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slots: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_queued: Option<u32>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, String>,
    pub(super) browser: Option<bool>,
    pub(super) proxy: bool,
    presets_m: Option<Vec<f64>>,
}

/// Requests under way at once, unless an entry says otherwise: what browsers open to one host, for each of two strips.
const MAX_CONNECTIONS: u32 = 12;

/// The most tiles that one capture may need, unless an entry says less.
const MAX_TILES: u64 = 6_400;

impl Source {
    /// The id.
    #[must_use]
    pub const fn id(&self) -> &SourceId {
        &self.id
    }

    /// What people call it.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.entry.title
    }

    /// How it is asked.
    #[must_use]
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Its tile grid.
    #[must_use]
    pub const fn grid(&self) -> &TileGrid {
        &self.grid
    }

    /// First and last level with tiles.
    #[must_use]
    pub fn zooms(&self) -> (u8, u8) {
        let (first, last) = self.grid.levels();
        (self.entry.min_zoom.unwrap_or(first), self.entry.max_zoom.unwrap_or(last))
    }

    /// The line that must stand beside its images.
    #[must_use]
    pub fn attribution(&self) -> &str {
        &self.entry.attribution
    }

    /// Whether its tiles let lower layers show through.
    #[must_use]
    pub const fn is_transparent(&self) -> bool {
        self.entry.transparent
    }

    /// The colours that its tiles have.
    #[must_use]
    pub const fn colours(&self) -> &Colours {
        &self.colours
    }

    /// Whether callers may use it.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.entry.enabled.unwrap_or(true)
    }

    /// Whether a page may fetch its tiles directly. Never where the address needs a key.
    #[must_use]
    pub fn is_browser(&self) -> bool {
        match &self.kind {
            Kind::Xyz(template) if template.needs_key() => false,
            Kind::Xyz(_) => self.entry.browser.unwrap_or(self.entry.headers.is_empty()),
            Kind::NaturalEarth => true,
        }
    }

    /// Whether `GET /tiles/{source}/...` passes its tiles on.
    #[must_use]
    pub fn is_proxied(&self) -> bool {
        self.entry.proxy || self.kind == Kind::NaturalEarth
    }

    /// What it allows.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            max_connections: self.entry.max_connections.unwrap_or(MAX_CONNECTIONS),
            max_per_second: self.entry.max_per_second,
            max_tiles: self.entry.max_tiles.unwrap_or(MAX_TILES),
            slots: self.entry.slots,
            max_queued: self.entry.max_queued,
        }
    }

    /// The names of the secrets that its address and headers need.
    #[must_use]
    pub fn key_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = match &self.kind {
            Kind::Xyz(template) => template.key_names().collect(),
            Kind::NaturalEarth => Vec::new(),
        };
        names.extend(self.entry.headers.values().flat_map(|value| template::keys_in(value)));
        names
    }

    /// Request headers with their secrets filled in. `key` looks one up by its name.
    ///
    /// # Errors
    /// [`FetchError::MissingKey`] when a secret is not set.
    pub fn filled_headers(
        &self,
        key: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Vec<(&str, String)>, FetchError> {
        self.entry
            .headers
            .iter()
            .map(|(name, value)| Ok((name.as_str(), template::fill_keys(value, key)?)))
            .collect()
    }

    /// The entry as the outside may see it: without headers, and with an address only where a page may use it.
    pub(super) fn public(&self) -> Entry {
        let (min_zoom, max_zoom) = self.zooms();
        let limits = self.limits();
        let url = match &self.kind {
            Kind::Xyz(template) if self.is_browser() => Some(template.as_str().to_owned()),
            _ => None,
        };
        Entry {
            subdomains: if url.is_some() { self.entry.subdomains.clone() } else { Vec::new() },
            url,
            grid: Some(self.grid.id().to_owned()),
            min_zoom: Some(min_zoom),
            max_zoom: Some(max_zoom),
            tile_size: Some(self.grid.tile_size_px()),
            enabled: Some(true),
            max_connections: Some(limits.max_connections),
            max_tiles: Some(limits.max_tiles),
            headers: BTreeMap::new(),
            browser: Some(self.is_browser()),
            proxy: self.is_proxied(),
            presets_m: Some(self.presets_m()),
            ..self.entry.clone()
        }
    }

    /// Radii that suit what the source can show, in metres.
    fn presets_m(&self) -> Vec<f64> {
        const STREETS_M: [f64; 4] = [1_000.0, 2_000.0, 5_000.0, 10_000.0];
        const COUNTRIES_M: [f64; 4] = [100_000.0, 250_000.0, 500_000.0, 1_000_000.0];
        self.entry
            .presets_m
            .clone()
            .unwrap_or_else(|| if self.zooms().1 >= 13 { STREETS_M.to_vec() } else { COUNTRIES_M.to_vec() })
    }
}

impl TryFrom<Entry> for Source {
    type Error = CatalogueError;

    fn try_from(entry: Entry) -> Result<Self, CatalogueError> {
        let id = SourceId::new(&entry.id)?;
        let wrong = |field: &'static str, value: &dyn std::fmt::Display, reason: &'static str| {
            CatalogueError::Field { entry: entry.id.clone(), field, value: value.to_string(), reason }
        };
        let url = entry.url.as_deref().unwrap_or_default();
        let kind = match entry.kind.as_str() {
            "" | "xyz" => Kind::Xyz(
                AddressTemplate::parse(url, &entry.subdomains)
                    .map_err(|reason| wrong("url", &url, reason))?,
            ),
            "naturalearth" if entry.url.is_none() => Kind::NaturalEarth,
            "naturalearth" => return Err(wrong("url", &url, "must be absent for kind naturalearth")),
            other => return Err(wrong("kind", &other, "must be xyz or naturalearth")),
        };
        let grid_id = entry.grid.as_deref().unwrap_or("webmercator-xyz");
        let grid = TileGrid::named(grid_id, entry.tile_size)
            .map_err(|reason| CatalogueError::Grid { entry: entry.id.clone(), reason })?;
        let (first, last) = grid.levels();
        let max_zoom = entry.max_zoom.unwrap_or_else(|| last.min(19));
        let min_zoom = entry.min_zoom.unwrap_or(first);
        for level in [min_zoom, max_zoom] {
            grid.resolution(level)
                .map_err(|reason| CatalogueError::Grid { entry: entry.id.clone(), reason })?;
        }
        if min_zoom > max_zoom {
            return Err(wrong("min_zoom", &min_zoom, "must not be above max_zoom"));
        }
        if !(1..=64).contains(&entry.max_connections.unwrap_or(MAX_CONNECTIONS)) {
            return Err(wrong("max_connections", &entry.max_connections.unwrap_or(0), "must be 1 to 64"));
        }
        if let Some(rate) = entry.max_per_second
            && !(rate > 0.0 && rate.is_finite())
        {
            return Err(wrong("max_per_second", &rate, "must be above 0"));
        }
        if entry.max_tiles == Some(0) {
            return Err(wrong("max_tiles", &0, "must be above 0"));
        }
        if entry.slots.is_some_and(|slots| !(1..=64).contains(&slots)) {
            return Err(wrong("slots", &entry.slots.unwrap_or(0), "must be 1 to 64"));
        }
        if entry.max_queued == Some(0) {
            return Err(wrong("max_queued", &0, "must be above 0"));
        }
        for (name, value) in &entry.headers {
            let keys_close = value.matches("{key:").count() == template::keys_in(value).len();
            let token = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            let line = value.bytes().all(|b| (0x20..0x7f).contains(&b));
            if !token || !line || !keys_close {
                let reason = "must be header names and one line of ASCII each, keys as {key:NAME}";
                return Err(wrong("headers", name, reason));
            }
        }
        if let Some(presets) = &entry.presets_m {
            let fits = |m: &f64| m.is_finite() && *m > 0.0;
            if presets.is_empty() || presets.len() > 12 || !presets.iter().all(fits) {
                return Err(wrong("presets_m", &presets.len(), "must be 1 to 12 radii above 0"));
            }
        }
        let colours = Colours::declared(entry.grey, entry.palette.as_deref())
            .map_err(|reason| wrong("palette", &entry.palette.as_ref().map_or(0, Vec::len), reason))?;
        if entry.transparent && colours != Colours::Any {
            return Err(wrong("transparent", &true, "must be false where grey or palette is given"));
        }
        let entry = Entry { min_zoom: Some(min_zoom), max_zoom: Some(max_zoom), ..entry };
        Ok(Self { id, entry, kind, grid, colours })
    }
}

impl From<Source> for Entry {
    fn from(source: Source) -> Self {
        source.entry
    }
}
