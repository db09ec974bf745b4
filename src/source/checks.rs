//! What is checked of an entry before it is a source.

use std::fmt::Display;

use crate::geo::{Crs, GeoError, GridSpec, LevelSpec, RowDirection, TileGrid};
use crate::source::answer::{AnswerRules, Marks};
use crate::source::entry::Entry;
use crate::source::grid_entry::GridEntry;
use crate::source::source::Protocol;
use crate::source::template::{Filling, keys_in};
use crate::source::wms::{Wms, WmsParts, Wrong, join, params_of};
use crate::source::{AddressTemplate, CatalogueError, Colours, Kind, Source, SourceId, region, wmts};

/// The buffer around a map, unless an entry says otherwise.
const BUFFER_PX: u32 = 32;

/// Parameters that are ours in the address of a WMS.
const WMS_PARAMETERS: [&str; 14] = [
    "service",
    "version",
    "request",
    "layers",
    "styles",
    "format",
    "transparent",
    "exceptions",
    "crs",
    "srs",
    "bbox",
    "width",
    "height",
    "bgcolor",
];

/// What is wrong with an entry.
enum Refusal {
    Field(Wrong),
    Grid(GeoError),
    Part(CatalogueError),
}

impl From<Wrong> for Refusal {
    fn from(wrong: Wrong) -> Self {
        Self::Field(wrong)
    }
}

impl From<GeoError> for Refusal {
    fn from(reason: GeoError) -> Self {
        Self::Grid(reason)
    }
}

impl Refusal {
    fn of(self, entry: String) -> CatalogueError {
        match self {
            Self::Field((field, value, reason)) => {
                CatalogueError::Field { entry, field, value: value.chars().take(200).collect(), reason }
            }
            Self::Grid(reason) => CatalogueError::Grid { entry, reason },
            Self::Part(reason) => CatalogueError::Part { entry, reason: Box::new(reason) },
        }
    }
}

impl TryFrom<Entry> for Source {
    type Error = CatalogueError;

    fn try_from(mut entry: Entry) -> Result<Self, CatalogueError> {
        let id = SourceId::new(&entry.id)?;
        let (kind, grid, colours, rules) = match checked(&entry) {
            Ok(checked) => checked,
            Err(refusal) => return Err(refusal.of(entry.id)),
        };
        // Which levels an undescribed one has is still to be heard.
        if kind.is_described() {
            let (min_zoom, max_zoom) = zooms(&entry, &kind, &grid);
            (entry.min_zoom, entry.max_zoom) = (Some(min_zoom), Some(max_zoom));
        }
        Ok(Self { id, entry, kind, grid, colours, rules })
    }
}

fn checked(entry: &Entry) -> Result<(Kind, TileGrid, Colours, AnswerRules), Refusal> {
    check_numbers(entry)?;
    check_texts(entry)?;
    let kind = kind(entry)?;
    let grid = grid(entry, &kind)?;
    let rules = rules(entry, &kind)?;
    let colours = Colours::declared(entry.grey, entry.palette.as_deref())
        .map_err(|reason| wrong("palette", &entry.palette.as_ref().map_or(0, Vec::len), reason))?;
    if entry.transparent && colours != Colours::Any {
        return Err(wrong("transparent", &true, "must be false where grey or palette is given").into());
    }
    let (min_zoom, max_zoom) = zooms(entry, &kind, &grid);
    grid.resolution(min_zoom)?;
    grid.resolution(max_zoom)?;
    if min_zoom > max_zoom {
        return Err(wrong("min_zoom", &min_zoom, "must not be above max_zoom").into());
    }
    let rows_known = ["webmercator-xyz", "webmercator-tms", "geodetic-wmts", "geodetic-tms"];
    if kind.template().is_some_and(AddressTemplate::is_square) && !rows_known.contains(&grid.id()) {
        let url = entry.url.as_deref().unwrap_or_default();
        return Err(wrong("url", &url, "must not have {-y} or {q}, which need a grid of 2^z rows").into());
    }
    let names = entry.matrix_ids.len();
    if names > 0 && (entry.min_zoom.is_none() || names != usize::from(max_zoom - min_zoom) + 1) {
        return Err(
            wrong("matrix_ids", &names, "must be one for each level from min_zoom to max_zoom").into()
        );
    }
    Ok((kind, grid, colours, rules))
}

/// First and last level: those of the entry, else of the bottom of a stack, else of the grid, and no finer than is usual.
fn zooms(entry: &Entry, kind: &Kind, grid: &TileGrid) -> (u8, u8) {
    let (first, last) = match kind {
        Kind::Stack(parts) => parts.first().map_or_else(|| grid.levels(), Source::zooms),
        _ => (grid.levels().0, grid.levels().1.min(19)),
    };
    (entry.min_zoom.unwrap_or(first), entry.max_zoom.unwrap_or(last))
}

fn wrong(field: &'static str, value: &dyn Display, reason: &'static str) -> Wrong {
    (field, value.to_string(), reason)
}

/// How a source is asked.
fn kind(entry: &Entry) -> Result<Kind, Refusal> {
    if entry.kind != "stack" && !entry.parts.is_empty() {
        return Err(wrong("parts", &entry.parts.len(), "must be absent but for kind stack").into());
    }
    match entry.kind.as_str() {
        "" | "xyz" => {
            let url = entry.url.as_deref().unwrap_or_default();
            let template = AddressTemplate::filled(url, wmts::filling(entry))
                .map_err(|reason| wrong("url", &url, reason))?;
            Ok(Kind::Xyz(template))
        }
        "wmts" if is_undescribed(entry) => Ok(Kind::Undescribed(Protocol::Wmts)),
        "wmts" => Ok(Kind::Wmts(wmts::template(entry)?)),
        "wms" if is_undescribed(entry) => Ok(Kind::Undescribed(Protocol::Wms)),
        "wms" => Ok(Kind::Wms(wms(entry)?)),
        "stack" => stack(entry).map(Kind::Stack),
        "naturalearth" if entry.url.is_some() => {
            Err(wrong("url", &"given", "must be absent for kind naturalearth").into())
        }
        "naturalearth" => Ok(Kind::NaturalEarth),
        other => Err(wrong("kind", &other, "must be xyz, wmts, wms, stack or naturalearth").into()),
    }
}

fn wms(entry: &Entry) -> Result<Wms, Wrong> {
    let url = entry.url.as_deref().unwrap_or_default();
    let own = |name: &String| WMS_PARAMETERS.iter().any(|own| own.eq_ignore_ascii_case(name));
    if let Some(name) = entry.params.keys().find(|name| own(name)) {
        return Err(wrong("params", name, "must not be those that have a field of their own"));
    }
    let filling = wmts::filling(entry);
    let mut address = AddressTemplate::base(&join(url, &WMS_PARAMETERS), filling)
        .map_err(|reason| wrong("url", &url, reason))?;
    address.append(params_of(&entry.params).map_err(|reason| wrong("params", &"", reason))?);
    let usual = ["EPSG:3857".to_owned()];
    Wms::new(WmsParts {
        address,
        version: entry.version.unwrap_or_default(),
        axis: entry.axis.unwrap_or_default(),
        layers: &entry.layers,
        styles: &entry.styles,
        format: entry.format.as_deref().unwrap_or("image/png"),
        transparent: entry.transparent,
        crs: if entry.crs.is_empty() { &usual } else { &entry.crs },
        max_px: (entry.max_width, entry.max_height),
        layer_limit: entry.layer_limit,
        buffer_px: entry.buffer_px.unwrap_or(BUFFER_PX),
    })
}

fn stack(entry: &Entry) -> Result<Vec<Source>, Refusal> {
    let given = [entry.url.is_some(), entry.grid.is_some(), entry.capabilities.is_some()];
    if let Some((field, _)) = ["url", "grid", "capabilities"].into_iter().zip(given).find(|(_, given)| *given)
    {
        return Err(wrong(field, &"given", "must be absent for kind stack, whose parts have it").into());
    }
    if !(1..=8).contains(&entry.parts.len()) {
        return Err(wrong("parts", &entry.parts.len(), "must be 1 to 8 sources, bottom to top").into());
    }
    let mut parts: Vec<Source> = Vec::with_capacity(entry.parts.len());
    for part in &entry.parts {
        if part.kind == "stack" {
            return Err(wrong("parts", &part.id, "must not be stacks themselves").into());
        }
        let part = Source::try_from(part.clone()).map_err(Refusal::Part)?;
        if parts.iter().any(|before| before.id() == part.id()) || part.id().as_str() == entry.id {
            return Err(wrong("parts", part.id(), "must have ids of their own").into());
        }
        parts.push(part);
    }
    Ok(parts)
}

/// Whether the source's own description is still to be read.
fn is_undescribed(entry: &Entry) -> bool {
    let lacks_grid = entry.kind == "wmts" && entry.grid.is_none();
    entry.capabilities.is_some() && (entry.url.is_none() || lacks_grid)
}

/// The grid; that of a stack is its bottom's.
fn grid(entry: &Entry, kind: &Kind) -> Result<TileGrid, Refusal> {
    if let Kind::Stack(parts) = kind
        && let Some(bottom) = parts.first()
    {
        return Ok(bottom.grid().clone());
    }
    let name = match &entry.grid {
        Some(GridEntry::Name(name)) => name.as_str(),
        Some(GridEntry::Spec(_)) if entry.tile_size.is_some() => {
            let given = entry.tile_size.unwrap_or(0);
            return Err(wrong("tile_size", &given, "must be absent, or within grid").into());
        }
        Some(GridEntry::Spec(spec)) => return Ok(TileGrid::from_spec(&entry.id, spec)?),
        None => match kind {
            Kind::Wms(wms) => match usual_grid(wms) {
                Some(name) => name,
                None => return Ok(own_grid(&entry.id, wms.best_crs(Crs::WEB_MERCATOR))?),
            },
            _ => "webmercator-xyz",
        },
    };
    Ok(TileGrid::named(name, entry.tile_size)?)
}

/// Levels for a WMS in whose CRSs no grid is usual: from 4,096 m a pixel, each half of the one before.
fn own_grid(id: &str, crs: Crs) -> Result<TileGrid, GeoError> {
    const COARSEST_M: f64 = 4_096.0;
    const LEVELS: u8 = 18;
    let resolution = |z: u8| COARSEST_M / crs.metres_per_unit() / f64::from(1u32 << z);
    let spec = GridSpec {
        crs,
        origin: [0.0, 0.0],
        rows: RowDirection::Down,
        tile_size: 256,
        levels: (0..=LEVELS).map(|z| LevelSpec { z, resolution: resolution(z) }).collect(),
        resolutions: Vec::new(),
        first_level: None,
        extent: None,
    };
    TileGrid::from_spec(id, &spec)
}

/// The grid that gives a WMS its levels where it is the base of an image.
fn usual_grid(wms: &Wms) -> Option<&'static str> {
    const GRIDS: [(u16, &str); 4] =
        [(3857, "webmercator-xyz"), (5181, "kakao-5181"), (5179, "ngii-5179"), (4326, "geodetic-wmts")];
    GRIDS
        .iter()
        .find(|(epsg, _)| Crs::from_epsg(*epsg).is_some_and(|crs| wms.offers(crs)))
        .map(|(_, grid)| *grid)
}

fn rules(entry: &Entry, kind: &Kind) -> Result<AnswerRules, Wrong> {
    let marks = |field, marks: &Option<_>| match marks {
        Some(marks) => Marks::declared(marks).map_err(|reason| wrong(field, &"", reason)),
        None => Ok(Marks::default()),
    };
    let has_key = kind.template().is_some_and(AddressTemplate::needs_key)
        || entry.all_headers().any(|(_, value)| !keys_in(value).is_empty());
    Ok(AnswerRules { empty: marks("empty", &entry.empty)?, error: marks("error", &entry.error)?, has_key })
}

fn check_numbers(entry: &Entry) -> Result<(), Wrong> {
    let small = |value: Option<u32>| value.map(u64::from);
    let ranges: [(&'static str, Option<u64>, u64, u64, &'static str); 11] = [
        ("max_connections", small(entry.max_connections), 1, 64, "must be 1 to 64"),
        ("max_tiles", entry.max_tiles, 1, u64::MAX, "must be above 0"),
        ("slots", small(entry.slots), 1, 64, "must be 1 to 64"),
        ("max_queued", small(entry.max_queued), 1, u64::MAX, "must be above 0"),
        ("timeout_ms", small(entry.timeout_ms), 100, 120_000, "must be 100 to 120000"),
        ("capture_timeout_ms", entry.capture_timeout_ms, 1_000, 86_400_000, "must be 1000 to 86400000"),
        ("retries", small(entry.retries), 0, 10, "must be 0 to 10"),
        ("max_width", small(entry.max_width), 32, 100_000, "must be 32 to 100000"),
        ("max_height", small(entry.max_height), 32, 100_000, "must be 32 to 100000"),
        ("layer_limit", small(entry.layer_limit), 1, 1_000, "must be 1 to 1000"),
        ("buffer_px", small(entry.buffer_px), 0, 512, "must be 0 to 512"),
    ];
    for (field, value, least, most, reason) in ranges {
        if let Some(value) = value.filter(|value| !(least..=most).contains(value)) {
            return Err(wrong(field, &value, reason));
        }
    }
    if let Some(rate) = entry.max_per_second
        && !(rate > 0.0 && rate.is_finite())
    {
        return Err(wrong("max_per_second", &rate, "must be above 0"));
    }
    if let Some(opacity) = entry.opacity
        && !(0.0..=1.0).contains(&opacity)
    {
        return Err(wrong("opacity", &opacity, "must be 0 to 1"));
    }
    if let Some(presets) = &entry.presets_m {
        let fits = |m: &f64| m.is_finite() && *m > 0.0;
        if presets.is_empty() || presets.len() > 12 || !presets.iter().all(fits) {
            return Err(wrong("presets_m", &presets.len(), "must be 1 to 12 radii above 0"));
        }
    }
    Ok(())
}

fn check_texts(entry: &Entry) -> Result<(), Wrong> {
    for (name, value) in entry.all_headers() {
        let keys_close = value.matches("{key:").count() == keys_in(value).len();
        let token = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let line = value.bytes().all(|b| (0x20..0x7f).contains(&b));
        if !token || !line || !keys_close {
            let field = match name {
                "User-Agent" => "user_agent",
                "Referer" => "referer",
                _ => "headers",
            };
            let reason = "must be header names and one line of ASCII each, keys as {key:NAME}";
            return Err(wrong(field, &name, reason));
        }
    }
    if let Some(url) = &entry.capabilities {
        let filling =
            Filling { subdomains: &entry.subdomains, params: entry.params.clone(), ..Filling::default() };
        AddressTemplate::base(url, filling).map_err(|reason| wrong("capabilities", url, reason))?;
    }
    if let Some(url) = &entry.terms_url
        && !(url.starts_with("https://") || url.starts_with("http://"))
    {
        return Err(wrong("terms_url", url, "must begin with http:// or https://"));
    }
    if let Some(country) = &entry.region
        && region::location_hint(country).is_none()
    {
        return Err(wrong(
            "region",
            country,
            "must be the two small letters of a country that docs/sources.md lists",
        ));
    }
    Ok(())
}
