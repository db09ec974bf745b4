//! A source of maps, checked.

use serde::{Deserialize, Serialize};

use crate::geo::TileGrid;
use crate::source::entry::Entry;
use crate::source::wms::Wms;
use crate::source::{AddressTemplate, AnswerRules, Colours, Layer, SourceId, region};

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
const MAX_CONNECTIONS: u32 = 12;

/// The most tiles that one capture may need, unless an entry says less.
const MAX_TILES: u64 = 6_400;

/// How long one request may take, unless an entry says otherwise.
const TIMEOUT_MS: u32 = 15_000;

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
}

impl From<Source> for Entry {
    fn from(source: Source) -> Self {
        source.entry
    }
}
