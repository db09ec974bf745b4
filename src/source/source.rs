//! A source of maps, checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::geo::TileGrid;
use crate::source::answer::hide;
use crate::source::entry::Entry;
use crate::source::grid_entry::GridEntry;
use crate::source::template::{Filling, fill_keys, keys_in};
use crate::source::wms::Wms;
use crate::source::{
    AddressTemplate, Answer, AnswerBytes, AnswerRules, Colours, FetchError, Layer, RetryPolicy, SourceId,
    TileRequest, region,
};

/// A source of maps, checked.
///
/// # Guarantees
/// The grid has every level from `min_zoom` to `max_zoom`; the limits are positive; whatever is asked for, a request goes to a
/// host of the operator's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Entry", into = "Entry")]
pub struct Source {
    pub(super) id: SourceId,
    pub(super) entry: Entry,
    pub(super) kind: Kind,
    pub(super) grid: TileGrid,
    pub(super) colours: Colours,
    pub(super) rules: AnswerRules,
}

/// How a source is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Tiles by level, column and row from an address template.
    Xyz(AddressTemplate),
    /// Tiles of a Web Map Tile Service (OGC 07-057r7), whose requests are addresses by a template, too.
    Wmts(AddressTemplate),
    /// Maps of boxes from a Web Map Service.
    Wms(Wms),
    /// Several sources on top of one another under one name, bottom to top: imagery and labels.
    Stack(Vec<Source>),
    /// Drawn by Mapshot itself from embedded Natural Earth data.
    NaturalEarth,
    /// A service whose own description has not been read yet.
    Undescribed(Protocol),
}

/// What a service speaks that describes itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Web Map Service.
    Wms,
    /// Web Map Tile Service.
    Wmts,
}

impl Kind {
    /// Whether all is known that is needed to ask it.
    pub(super) fn is_described(&self) -> bool {
        match self {
            Self::Undescribed(_) => false,
            Self::Stack(parts) => parts.iter().all(Source::is_described),
            Self::Xyz(_) | Self::Wmts(_) | Self::Wms(_) | Self::NaturalEarth => true,
        }
    }

    /// The template of its addresses, if it has one.
    pub(super) const fn template(&self) -> Option<&AddressTemplate> {
        match self {
            Self::Xyz(template) | Self::Wmts(template) => Some(template),
            Self::Wms(wms) => Some(wms.template()),
            Self::Stack(_) | Self::NaturalEarth | Self::Undescribed(_) => None,
        }
    }
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
    /// How long one request may take.
    pub timeout_ms: u32,
    /// How long a capture may be rendered, where that is not what the operator has set for all.
    pub capture_timeout_ms: Option<u64>,
}

/// Requests under way at once, unless an entry says otherwise: what browsers open to one host, for each of two strips.
pub(super) const MAX_CONNECTIONS: u32 = 12;

/// The most tiles that one capture may need, unless an entry says less.
const MAX_TILES: u64 = 6_400;

/// How long one request may take, unless an entry says otherwise.
const TIMEOUT_MS: u32 = 15_000;

/// The most bytes of one tile of 256 px: more than one of 16 bits a sample that cannot be compressed has.
const TILE_BYTES: usize = 640 << 10;

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

    /// Its tile grid; for a WMS, whose maps have no grid, the one that gives it levels when it is the base of an image.
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

    /// Whether it is asked for tiles of its grid.
    #[must_use]
    pub const fn is_tiled(&self) -> bool {
        matches!(self.kind, Kind::Xyz(_) | Kind::Wmts(_))
    }

    /// The WMS that it is, if it is one.
    #[must_use]
    pub const fn wms(&self) -> Option<&Wms> {
        match &self.kind {
            Kind::Wms(wms) => Some(wms),
            _ => None,
        }
    }

    /// Side in pixels of the stable squares in which its maps are asked; for a source of tiles that of a tile.
    #[must_use]
    pub fn piece_px(&self) -> u32 {
        self.wms().map_or_else(|| self.grid.tile_size_px(), Wms::piece_px)
    }

    /// The sources that an image has for it, bottom to top: its parts, or itself. `opacity` is that of the whole.
    #[must_use]
    pub fn layers(&self, opacity: f32, multiplies: bool) -> Vec<Layer> {
        match &self.kind {
            Kind::Stack(parts) => {
                let own = |part: &Self| part.entry.opacity.unwrap_or(1.0);
                parts
                    .iter()
                    .map(|part| Layer { source: part.clone(), opacity: opacity * own(part), multiplies })
                    .collect()
            }
            _ => vec![Layer { source: self.clone(), opacity, multiplies }],
        }
    }

    /// The line that must stand beside its images.
    #[must_use]
    pub fn attribution(&self) -> &str {
        &self.entry.attribution
    }

    /// On what terms it may be used, in a sentence.
    #[must_use]
    pub fn terms(&self) -> Option<&str> {
        self.entry.terms.as_deref()
    }

    /// Whether its tiles let lower layers show through.
    #[must_use]
    pub fn is_transparent(&self) -> bool {
        match &self.kind {
            Kind::Stack(parts) => parts.first().is_none_or(Self::is_transparent),
            _ => self.entry.transparent,
        }
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

    /// Why it is off, in words for the operator.
    #[must_use]
    pub fn off_because(&self) -> Option<&str> {
        self.entry.off_because.as_deref().filter(|_| !self.is_enabled())
    }

    /// Whether all is known that is needed to ask it.
    #[must_use]
    pub fn is_described(&self) -> bool {
        self.kind.is_described()
    }

    /// The address of its own description, with its secrets.
    ///
    /// # Errors
    /// [`FetchError::MissingKey`]; [`FetchError::NoAddress`] where the entry names none.
    pub fn capabilities_address(&self, key: &dyn Fn(&str) -> Option<String>) -> Result<String, FetchError> {
        let url = self.entry.capabilities.as_deref().ok_or(FetchError::NoAddress)?;
        let filling = Filling {
            subdomains: &self.entry.subdomains,
            params: self.entry.params.clone(),
            ..Filling::default()
        };
        let template = AddressTemplate::base(url, filling).map_err(|_| FetchError::NoAddress)?;
        template.address(crate::geo::TileCoord { z: 0, x: 0, y: 0 }, key)
    }

    /// Whether a page may fetch its tiles directly. Never where a request needs a key or headers of its own.
    #[must_use]
    pub fn is_browser(&self) -> bool {
        // A page has a name of its own, which is no reason against it.
        let plain = self.entry.headers.is_empty() && self.entry.referer.is_none();
        match &self.kind {
            Kind::NaturalEarth => true,
            Kind::Xyz(template) | Kind::Wmts(template) => {
                !template.needs_key() && self.entry.browser.unwrap_or(plain)
            }
            // Few of them let pages of other hosts read their answers.
            Kind::Wms(wms) => !wms.template().needs_key() && plain && self.entry.browser.unwrap_or(false),
            Kind::Stack(parts) => parts.iter().all(Self::is_browser),
            Kind::Undescribed(_) => false,
        }
    }

    /// Whether `GET /tiles/{source}/...` passes its tiles on: unless the entry says otherwise, where a page cannot fetch them.
    #[must_use]
    pub fn is_proxied(&self) -> bool {
        self.kind == Kind::NaturalEarth || self.entry.proxy.unwrap_or(!self.is_browser())
    }

    /// Whether its answers may be kept in the platform's cache for other captures.
    #[must_use]
    pub const fn is_cached(&self) -> bool {
        self.entry.cache
    }

    /// The country whose addresses alone it answers, by its two letters.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.entry.region.as_deref()
    }

    /// Where its lane and renderers should be: a location hint of Durable Objects.
    #[must_use]
    pub fn location_hint(&self) -> Option<&'static str> {
        region::location_hint(self.region()?)
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
            timeout_ms: self.entry.timeout_ms.unwrap_or(TIMEOUT_MS),
            capture_timeout_ms: self.entry.capture_timeout_ms,
        }
    }

    /// How often a failed request is repeated.
    #[must_use]
    pub fn retry_policy(&self) -> RetryPolicy {
        let base = RetryPolicy::default();
        RetryPolicy { attempts: self.entry.retries.map_or(base.attempts, |retries| retries + 1), ..base }
    }

    /// The most bytes of one answer.
    #[must_use]
    pub fn answer_bytes(&self) -> usize {
        let side = match &self.kind {
            Kind::Wms(wms) => wms.piece_px() + 2 * wms.buffer_px(),
            _ => self.grid.tile_size_px(),
        };
        let side = side as usize;
        TILE_BYTES * side.saturating_mul(side).div_ceil(256 * 256)
    }

    /// The names of the secrets that its addresses and headers need.
    #[must_use]
    pub fn key_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        names.extend(self.kind.template().into_iter().flat_map(AddressTemplate::key_names));
        names.extend(self.entry.all_headers().flat_map(|(_, value)| keys_in(value)));
        names.extend(self.entry.capabilities.iter().flat_map(|url| keys_in(url)));
        if let Kind::Stack(parts) = &self.kind {
            names.extend(parts.iter().flat_map(Self::key_names));
        }
        names.sort_unstable();
        names.dedup();
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
        self.entry.all_headers().map(|(name, value)| Ok((name, fill_keys(value, key)?))).collect()
    }

    /// The address of a tile or map, with its secrets filled in.
    ///
    /// # Errors
    /// [`FetchError::MissingKey`]; [`FetchError::NoAddress`] for what the source cannot name or is not asked for.
    pub fn address(
        &self,
        request: &TileRequest,
        key: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, FetchError> {
        match (&self.kind, request) {
            (Kind::Xyz(template) | Kind::Wmts(template), TileRequest::Tile(tile)) => {
                template.address(*tile, key)
            }
            (Kind::Wms(wms), TileRequest::Map(map)) => wms.address(map, key),
            _ => Err(FetchError::NoAddress),
        }
    }

    /// Judges an answer by its bytes. The source's words, where they are shown, do not have the secrets that `key` knows.
    ///
    /// # Errors
    /// As [`AnswerRules::judge`].
    pub fn judge(
        &self,
        status: u16,
        body: &dyn AnswerBytes,
        key: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Answer, FetchError> {
        let mut judged = self.rules.judge(status, body);
        if let Err(FetchError::Said { text, .. } | FetchError::Refused { text }) = &mut judged {
            for secret in self.key_names().into_iter().filter_map(key) {
                hide(text, &secret);
            }
        }
        judged
    }

    /// The entry as the outside may see it: without what the operator keeps, and with an address only where a page may use it.
    pub(super) fn public(&self) -> Entry {
        let (min_zoom, max_zoom) = self.zooms();
        let limits = self.limits();
        let mut public = Entry {
            min_zoom: Some(min_zoom),
            max_zoom: Some(max_zoom),
            enabled: Some(true),
            off_because: None,
            capabilities: None,
            max_connections: Some(limits.max_connections),
            max_tiles: Some(limits.max_tiles),
            headers: BTreeMap::new(),
            user_agent: None,
            referer: None,
            empty: None,
            error: None,
            browser: Some(self.is_browser()),
            proxy: Some(self.is_proxied()),
            presets_m: Some(self.presets_m()),
            ..self.entry.clone()
        };
        if let Kind::Stack(parts) = &self.kind {
            public.parts = parts.iter().map(Self::public).collect();
            return public;
        }
        if !matches!(self.entry.grid, Some(GridEntry::Spec(_))) {
            public.grid = Some(GridEntry::Name(self.grid.id().to_owned()));
            public.tile_size = Some(self.grid.tile_size_px());
        }
        if !self.is_browser() || public.url.is_none() {
            public.url = None;
            public.subdomains = Vec::new();
            public.params = BTreeMap::new();
            public.matrix_ids = Vec::new();
            if self.is_tiled() {
                // What passes its tiles on names them by their numbers.
                public.kind = "xyz".to_owned();
                (public.layers, public.styles) = (Vec::new(), Vec::new());
                (public.matrix_set, public.format) = (None, None);
            }
        }
        public
    }

    /// Radii that suit what the source can show, in metres.
    fn presets_m(&self) -> Vec<f64> {
        const STREETS_M: [f64; 4] = [1_000.0, 2_000.0, 5_000.0, 10_000.0];
        const COUNTRIES_M: [f64; 4] = [100_000.0, 250_000.0, 500_000.0, 1_000_000.0];
        /// Metres per pixel from which on streets can be seen, at the equator.
        const STREET_M: f64 = 20.0;
        let finest =
            |level: u8| self.grid.resolution(level).unwrap_or(f64::MAX) * self.grid.crs().metres_per_unit();
        let (min, max) = self.zooms();
        let streets = finest(min).min(finest(max)) < STREET_M;
        self.entry
            .presets_m
            .clone()
            .unwrap_or_else(|| if streets { STREETS_M.to_vec() } else { COUNTRIES_M.to_vec() })
    }
}

impl From<Source> for Entry {
    fn from(source: Source) -> Self {
        source.entry
    }
}
