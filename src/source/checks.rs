//! What is checked of an entry before it is a source.

use std::fmt::Display;

use crate::geo::{Crs, TileGrid};
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

impl TryFrom<Entry> for Source {
    type Error = CatalogueError;

    fn try_from(entry: Entry) -> Result<Self, CatalogueError> {
        let id = SourceId::new(&entry.id)?;
        let named = |(field, value, reason): Wrong| CatalogueError::Field {
            entry: entry.id.clone(),
            field,
            value: value.chars().take(200).collect(),
            reason,
        };
        check_numbers(&entry).map_err(named)?;
        check_texts(&entry).map_err(named)?;
        let kind = kind(&entry)?;
        let rules = rules(&entry, &kind).map_err(named)?;
        let colours = Colours::declared(entry.grey, entry.palette.as_deref())
            .map_err(|reason| wrong("palette", &entry.palette.as_ref().map_or(0, Vec::len), reason))
            .map_err(named)?;
        if entry.transparent && colours != Colours::Any {
            return Err(named(wrong("transparent", &true, "must be false where grey or palette is given")));
        }
        let (grid, min_zoom, max_zoom) = match &kind {
            Kind::Stack(parts) => {
                let bottom = parts.first().ok_or_else(|| named(wrong("parts", &0, NO_PARTS)))?;
                let (min, max) = bottom.zooms();
                (bottom.grid().clone(), entry.min_zoom.unwrap_or(min), entry.max_zoom.unwrap_or(max))
            }
            _ => {
                let grid = grid(&entry, &kind)?;
                let (first, last) = grid.levels();
                (grid, entry.min_zoom.unwrap_or(first), entry.max_zoom.unwrap_or_else(|| last.min(19)))
            }
        };
        for level in [min_zoom, max_zoom] {
            grid.resolution(level)
                .map_err(|reason| CatalogueError::Grid { entry: entry.id.clone(), reason })?;
        }
        if min_zoom > max_zoom {
            return Err(named(wrong("min_zoom", &min_zoom, "must not be above max_zoom")));
        }
        let rows_known = ["webmercator-xyz", "webmercator-tms", "geodetic-wmts", "geodetic-tms"];
        if kind.template().is_some_and(AddressTemplate::is_square) && !rows_known.contains(&grid.id()) {
            let url = entry.url.as_deref().unwrap_or_default();
            return Err(named(wrong(
                "url",
                &url,
                "must not have {-y} or {q}, which need a grid of 2^z rows",
            )));
        }
        let names = entry.matrix_ids.len();
        if names > 0 && (entry.min_zoom.is_none() || names != usize::from(max_zoom - min_zoom) + 1) {
            return Err(named(wrong(
                "matrix_ids",
                &names,
                "must be one for each level from min_zoom to max_zoom",
            )));
        }
        // Which levels an undescribed one has is still to be heard.
        let entry = match kind.is_described() {
            true => Entry { min_zoom: Some(min_zoom), max_zoom: Some(max_zoom), ..entry },
            false => entry,
        };
        Ok(Self { id, entry, kind, grid, colours, rules })
    }
}

const NO_PARTS: &str = "must be 1 to 8 sources, bottom to top";

fn wrong(field: &'static str, value: &dyn Display, reason: &'static str) -> Wrong {
    (field, value.to_string(), reason)
}

/// How a source is asked.
fn kind(entry: &Entry) -> Result<Kind, CatalogueError> {
    let fail = |(field, value, reason): Wrong| CatalogueError::Field {
        entry: entry.id.clone(),
        field,
        value,
        reason,
    };
    let must_be_absent =
        |fields: &[(&'static str, bool)], reason| match fields.iter().find(|(_, given)| *given) {
            Some((field, _)) => Err(fail(wrong(field, &"given", reason))),
            None => Ok(()),
        };
    let url = entry.url.as_deref().unwrap_or_default();
    let filling =
        || Filling { subdomains: &entry.subdomains, params: entry.params.clone(), ..Filling::default() };
    let bad_url = |reason| fail(wrong("url", &url, reason));
    if entry.kind != "stack" && !entry.parts.is_empty() {
        return Err(fail(wrong("parts", &entry.parts.len(), "must be absent but for kind stack")));
    }
    match entry.kind.as_str() {
        "" | "xyz" => {
            let template = AddressTemplate::filled(url, wmts::filling(entry)).map_err(bad_url)?;
            Ok(Kind::Xyz(template))
        }
        "wmts" if is_undescribed(entry) => Ok(Kind::Undescribed(Protocol::Wmts)),
        "wmts" => wmts::template(entry).map(Kind::Wmts).map_err(fail),
        "wms" if is_undescribed(entry) => Ok(Kind::Undescribed(Protocol::Wms)),
        "wms" => {
            let base = join(url, &WMS_PARAMETERS);
            let mut address = AddressTemplate::base(&base, filling()).map_err(bad_url)?;
            if entry.params.keys().any(|name| WMS_PARAMETERS.iter().any(|p| p.eq_ignore_ascii_case(name))) {
                return Err(fail(wrong("params", &"", "must not be those that have a field of their own")));
            }
            address.append(params_of(&entry.params).map_err(|reason| fail(wrong("params", &"", reason)))?);
            let usual = ["EPSG:3857".to_owned()];
            let parts = WmsParts {
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
            };
            Wms::new(parts).map(Kind::Wms).map_err(fail)
        }
        "stack" => {
            must_be_absent(
                &[
                    ("url", entry.url.is_some()),
                    ("grid", entry.grid.is_some()),
                    ("capabilities", entry.capabilities.is_some()),
                ],
                "must be absent for kind stack, whose parts have it",
            )?;
            if !(1..=8).contains(&entry.parts.len()) {
                return Err(fail(wrong("parts", &entry.parts.len(), NO_PARTS)));
            }
            let mut parts: Vec<Source> = Vec::with_capacity(entry.parts.len());
            for part in &entry.parts {
                if part.kind == "stack" {
                    return Err(fail(wrong("parts", &part.id, "must not be stacks themselves")));
                }
                let part = Source::try_from(part.clone()).map_err(|reason| CatalogueError::Part {
                    entry: entry.id.clone(),
                    reason: Box::new(reason),
                })?;
                if parts.iter().any(|before| before.id() == part.id()) || part.id().as_str() == entry.id {
                    return Err(fail(wrong("parts", part.id(), "must have ids of their own")));
                }
                parts.push(part);
            }
            Ok(Kind::Stack(parts))
        }
        "naturalearth" => {
            must_be_absent(&[("url", entry.url.is_some())], "must be absent for kind naturalearth")?;
            Ok(Kind::NaturalEarth)
        }
        other => Err(fail(wrong("kind", &other, "must be xyz, wmts, wms, stack or naturalearth"))),
    }
}

/// Whether the source's own description is still to be read.
fn is_undescribed(entry: &Entry) -> bool {
    let lacks_grid = entry.kind == "wmts" && entry.grid.is_none();
    entry.capabilities.is_some() && (entry.url.is_none() || lacks_grid)
}

/// The grid of anything but a stack.
fn grid(entry: &Entry, kind: &Kind) -> Result<TileGrid, CatalogueError> {
    let bad = |reason| CatalogueError::Grid { entry: entry.id.clone(), reason };
    match &entry.grid {
        Some(GridEntry::Name(name)) => TileGrid::named(name, entry.tile_size).map_err(bad),
        Some(GridEntry::Spec(_)) if entry.tile_size.is_some() => Err(CatalogueError::Field {
            entry: entry.id.clone(),
            field: "tile_size",
            value: entry.tile_size.unwrap_or(0).to_string(),
            reason: "must be absent, or within grid",
        }),
        Some(GridEntry::Spec(spec)) => TileGrid::from_spec(&entry.id, spec).map_err(bad),
        None => {
            let name = match kind {
                Kind::Wms(wms) => usual_grid(wms).ok_or_else(|| CatalogueError::Field {
                    entry: entry.id.clone(),
                    field: "grid",
                    value: String::new(),
                    reason: "must be given, for no grid is usual in the CRSs that are offered",
                })?,
                _ => "webmercator-xyz",
            };
            TileGrid::named(name, entry.tile_size).map_err(bad)
        }
    }
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
